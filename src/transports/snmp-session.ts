import { isIP } from 'node:net';
import type { Clock } from '../kernel/clock.js';
import { HallwardError, systemCode } from '../kernel/errors.js';
import { requirePackage } from '../kernel/require.js';
import { answerOf, type SnmpAnswer } from './snmp-answer.js';
import { snmpErrors } from './snmp-errors.js';
import { SnmpSocket } from './snmp-socket.js';

export type SnmpLibrary = typeof import('net-snmp');
type SnmpAuthProtocol = 'md5' | 'sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
type SnmpPrivProtocol = 'des' | 'aes' | 'aes256b' | 'aes256r';

/** Secrets are texts, not files. */
interface SnmpUser {
  readonly name: string;
  readonly authProtocol?: SnmpAuthProtocol;
  /** Without it the user proves nothing, and nothing is encrypted. */
  readonly authKey?: string;
  readonly privProtocol?: SnmpPrivProtocol;
  /** Without it nothing is encrypted. */
  readonly privKey?: string;
}

export interface SnmpAgentOptions {
  readonly host: string;
  readonly port: number;
  readonly version: '1' | '2c' | '3';
  /** Of versions 1 and 2c; `public` if absent. */
  readonly community?: string;
  /** Of version 3, which needs one. */
  readonly user?: SnmpUser;
  /** For each message. */
  readonly timeoutMilliseconds: number;
  /** How often a message without an answer is sent again. */
  readonly retries: number;
}

/** The package, loaded with the first request. Throws where it is not installed. */
export function loadSnmpLibrary(): SnmpLibrary {
  try {
    return requirePackage('net-snmp') as SnmpLibrary;
  } catch (thrown) {
    // Node's own words go on with a list of paths.
    const [reason] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    throw new Error(`the package net-snmp cannot be loaded: npm install net-snmp (${reason})`);
  }
}

/** What net-snmp knows as ResponseInvalidCode, of which the type is there, but not the numbers at run time. */
const codeAuthenticationFailed = 5;
const codeCommunityNoMatch = 10;
/** The community that everybody knows. */
const publicCommunity = 'public';
/** Reports that are no refusal: the agent has started anew, and a new session learns its time and engine. */
const passingReports = /not in time window|unknown engine id/i;
/** Beyond the library's own time-outs: what hangs longer is a mistake of its own. */
const slackMilliseconds = 250;
/** Version 3 may need three messages for a request: who are you, what time is it, the request. */
const messagesOfVersion3 = 3;
/** Derived keys that net-snmp keeps, for each engine that ever said its name, until it has so many. */
const mostKeptKeys = 64;

/** One life of net-snmp's session with one agent. After an error other than `snmp.refused` a new one is to be opened. */
export class SnmpSession {
  readonly #session: import('net-snmp').Session;
  #current: ((outcome: SnmpAnswer | HallwardError) => void) | undefined;
  #noise: { readonly bytes: Uint8Array | undefined; readonly reason: string } | undefined;

  /**
   * @param address an IP address
   * @param sent is told of each datagram that leaves
   * Rejects with `snmp.unreachable`, or `wire.unusable` where the options can't be used.
   */
  static async open(
    library: SnmpLibrary,
    options: SnmpAgentOptions,
    address: string,
    clock: Clock,
    sent: () => void,
  ): Promise<SnmpSession> {
    const agent = agentName(options);
    // Known only when there is a socket; what comes before belongs to nobody.
    let session: SnmpSession | undefined;
    let socket: SnmpSocket;
    try {
      socket = await SnmpSocket.connect(address, isIP(address) === 6 ? 6 : 4, options.port, {
        sent,
        unreadable: (bytes, error) => session?.unreadable(bytes, error),
        failed: (error) => session?.end(snmpErrors.unreachable(agent, error)),
      });
    } catch (thrown) {
      throw isOurs(thrown) ? snmpErrors.unusable(agent, thrown) : snmpErrors.unreachable(agent, thrown);
    }
    try {
      session = new SnmpSession(library, options, address, clock, socket);
      return session;
    } catch (thrown) {
      await socket.close();
      throw snmpErrors.unusable(agent, thrown);
    }
  }

  private constructor(
    library: SnmpLibrary,
    private readonly options: SnmpAgentOptions,
    address: string,
    private readonly clock: Clock,
    private readonly socket: SnmpSocket,
  ) {
    const common = {
      port: options.port,
      timeout: options.timeoutMilliseconds,
      retries: options.retries,
      dgramModule: { createSocket: () => socket },
    };
    const { authToKeyCache } = library.Authentication;
    if (Object.keys(authToKeyCache).length > mostKeptKeys) {
      for (const key of Object.keys(authToKeyCache)) delete authToKeyCache[key];
    }
    const user = options.version === '3' ? libraryUser(library, options.user) : undefined;
    this.#session =
      user !== undefined
        ? library.createV3Session(address, user, common)
        : library.createSession(address, options.community ?? 'public', {
            ...common,
            version: options.version === '1' ? library.Version1 : library.Version2c,
          });
    // Bytes that are no SNMP at all: the right answer may come yet, so they are only remembered.
    this.#session.on('error', (error) => {
      this.#noise = { bytes: socket.lastReceived, reason: error.message };
    });
    // In place of its own, which keeps to itself what the error status is about, and takes an answer without
    // authentication for one to an authenticated request.
    const needed = (user?.level ?? 1) - 1;
    this.#session.onSimpleGetResponse = (request, message) => {
      const flags = message.msgGlobalData?.msgFlags ?? 0;
      if (user !== undefined && (flags & 3) < [0, 1, 3][needed]!) {
        this.end(snmpErrors.notTrusted(this.#agent, 'an answer without the protection of its request'));
        return;
      }
      request.responseCb(null, [answerOf(message.pdu)] as never);
    };
  }

  get #agent(): string {
    return agentName(this.options);
  }

  /** The values of just these identifiers. */
  get(oids: readonly string[]): Promise<SnmpAnswer> {
    return this.#ask((done) => this.#session.get([...oids], done));
  }

  /** What follows `oid`: up to `repetitions` values; one where the version has no GetBulk. */
  next(oid: string, repetitions: number): Promise<SnmpAnswer> {
    return this.#ask((done) =>
      this.options.version === '1'
        ? this.#session.getNext([oid], done)
        : this.#session.getBulk([oid], 0, repetitions, done),
    );
  }

  /** Ends what is under way with `error`. Leaves no timer and no socket. */
  close(error: HallwardError): Promise<void> {
    this.end(error);
    // net-snmp hears of it, and ends its timers.
    return this.socket.close();
  }

  /** What was under way, if anything, has ended so. */
  end(outcome: SnmpAnswer | HallwardError): void {
    const current = this.#current;
    this.#current = undefined;
    current?.(outcome);
  }

  /** net-snmp broke off in the middle of an answer: it has taken the request off its list already. */
  unreadable(bytes: Uint8Array, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.end(this.#garbled(reason, bytes));
  }

  #ask(send: (done: (error: Error | null, answers?: unknown) => void) => void): Promise<SnmpAnswer> {
    const { timeoutMilliseconds, retries, version } = this.options;
    const messages = version === '3' ? messagesOfVersion3 : 1;
    const patience = timeoutMilliseconds * (retries + 1) * messages + slackMilliseconds;
    return new Promise((resolve, reject) => {
      this.#noise = undefined;
      // net-snmp calls back twice now and then: the first time counts.
      const timer = this.clock.after(`${this.#agent}: SNMP answer`, patience, () => this.end(this.#late()));
      this.#current = (outcome) => {
        timer.cancel();
        if (outcome instanceof HallwardError) reject(outcome);
        else resolve(outcome);
      };
      const mine = this.#current;
      const settle = (outcome: SnmpAnswer | HallwardError) => {
        if (this.#current === mine) this.end(outcome);
      };
      try {
        send((error, answers) => {
          if (error !== null) settle(this.#meaning(error));
          else settle((answers as readonly (SnmpAnswer | HallwardError)[])[0]!);
        });
      } catch (thrown) {
        settle(snmpErrors.unusable(this.#agent, thrown));
      }
    });
  }

  /** No answer in time; where something else came instead, that is told. */
  #late(): HallwardError {
    const { timeoutMilliseconds, retries, version } = this.options;
    const noise = this.#noise;
    return noise === undefined
      ? snmpErrors.timeout(this.#agent, timeoutMilliseconds * (retries + 1), version !== '3')
      : this.#garbled(noise.reason, noise.bytes);
  }

  /** Versions 1 and 2c carry the community in the clear in every message: then none is shown. */
  #garbled(reason: string, received?: Uint8Array): HallwardError {
    const { community = publicCommunity, version } = this.options;
    if (version === '3' || community === publicCommunity || community === '') {
      return snmpErrors.garbled(this.#agent, reason, received);
    }
    return snmpErrors.garbled(this.#agent, reason.replaceAll(community, '…'));
  }

  #meaning(error: Error): HallwardError {
    if (error instanceof HallwardError) return error;
    if (error.name === 'RequestTimedOutError') return this.#late();
    if (error.name === 'ResponseInvalidError') {
      const { code } = error as { code?: unknown };
      // net-snmp's own words hold both communities.
      if (code === codeCommunityNoMatch) return this.#garbled('an answer with another community');
      return code === codeAuthenticationFailed && !passingReports.test(error.message)
        ? snmpErrors.notTrusted(this.#agent, trustWord(error.message))
        : this.#garbled(error.message);
    }
    return isOurs(error)
      ? snmpErrors.unusable(this.#agent, error)
      : snmpErrors.unreachable(this.#agent, error);
  }
}

/** net-snmp's message on a wrong digest holds the right one, with which the answer would have been believed. */
const trustWord = (message: string) =>
  message.startsWith('Authentication digest') ? 'an answer with a wrong digest' : message;

/** Node's own codes (a port out of range) and what has none are about what we asked for, not about the network. */
const isOurs = (thrown: unknown) => systemCode(thrown)?.startsWith('ERR_') !== false;

export const agentName = ({ host, port }: Pick<SnmpAgentOptions, 'host' | 'port'>): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

function libraryUser(library: SnmpLibrary, user: SnmpUser | undefined): import('net-snmp').User {
  if (user === undefined) throw new Error('version 3 needs a user');
  const { AuthProtocols, PrivProtocols, SecurityLevel } = library;
  if (user.authKey === undefined) {
    if (user.privKey !== undefined) throw new Error('encryption needs authentication: an authKey');
    return { name: user.name, level: SecurityLevel.noAuthNoPriv };
  }
  const authenticated = {
    name: user.name,
    authProtocol: AuthProtocols[user.authProtocol ?? 'sha'],
    authKey: passPhrase(user.authKey),
  };
  if (user.privKey === undefined) return { ...authenticated, level: SecurityLevel.authNoPriv };
  return {
    ...authenticated,
    level: SecurityLevel.authPriv,
    privProtocol: PrivProtocols[user.privProtocol ?? 'aes'],
    privKey: passPhrase(user.privKey),
  };
}

/** RFC 3414, 11.2: agents take no shorter one, and an empty one would hang key derivation. */
function passPhrase(text: string): string {
  if (text.length < 8) throw new Error('a pass phrase of version 3 has at least 8 characters');
  return text;
}
