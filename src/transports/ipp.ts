/**
 * The way to one IPP printer: HTTP or HTTPS, one kept socket, one request at a time. Nothing is connected until there is
 * something to ask; a printer that is away is told by each request.
 */
import { X509Certificate } from 'node:crypto';
import { lookup as systemLookup } from 'node:dns';
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { Clock } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import { busErrors } from './bus-errors.js';
import { ippAddress } from './ipp-address.js';
import { ippErrors } from './ipp-errors.js';
import { type IppTarget, postIpp } from './ipp-post.js';
import type { WireState } from './ports-bus.js';
import type { IppBus } from './ports-ipp.js';

export interface IppOptions {
  /** See `ippAddress`. */
  readonly url: string;
  /**
   * Certificates (PEM) to trust instead of the system's. The printer's own may be among them: then the name that it is
   * made out to does not matter.
   */
  readonly ca?: string;
  /** From the sending of a request to the last byte of its answer, connecting included. */
  readonly timeoutMilliseconds: number;
}

const queueLimit = 32;

/**
 * Makes the one owner of the way to a printer; see `IppBus`. Open as soon as it exists, until it is closed.
 * @throws `ipp.bad-url` or `ipp.bad-ca` (usage)
 */
export function ippBus(name: string, options: IppOptions, clock: Clock): IppBus {
  return new HttpIppBus(name, options, clock);
}

interface Entry {
  readonly message: Uint8Array;
  /** Only the first of both counts. */
  resolve(bytes: Uint8Array): void;
  reject(error: unknown): void;
}

class HttpIppBus implements IppBus {
  readonly type = 'ipp';
  readonly printerUri: string;
  readonly lostBecause = undefined;
  state: WireState = 'open';
  sent = 0;
  readonly #target: IppTarget;
  readonly #changes = new Listeners<[]>();
  #waiting: Entry[] = [];
  #current: { readonly entry: Entry; readonly abort: AbortController } | undefined;

  constructor(
    readonly name: string,
    private readonly options: IppOptions,
    private readonly clock: Clock,
  ) {
    this.#target = targetOf(options);
    this.printerUri = this.#target.address;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  exchange(message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.state === 'closed') return Promise.reject(busErrors.closed(this.name));
    if (signal?.aborted === true) return Promise.reject(busErrors.cancelled(this.name));
    if (this.#waiting.length >= queueLimit) return Promise.reject(busErrors.queueFull(this.name, queueLimit));
    return new Promise((resolve, reject) => {
      const callOff = () => this.#end(entry, busErrors.cancelled(this.name));
      const forget = () => signal?.removeEventListener('abort', callOff);
      const entry: Entry = {
        message,
        resolve: (bytes) => {
          forget();
          resolve(bytes);
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      };
      signal?.addEventListener('abort', callOff, { once: true });
      this.#waiting.push(entry);
      this.#next();
    });
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closed';
    const error = busErrors.closed(this.name);
    for (const entry of this.#waiting.splice(0)) entry.reject(error);
    if (this.#current !== undefined) this.#end(this.#current.entry, error);
    const { agent } = this.#target;
    const sockets = [agent.sockets, agent.freeSockets].flatMap((all) =>
      Object.values(all).flatMap((some) => some ?? []),
    );
    agent.destroy();
    await Promise.all(
      sockets.map((socket) => socket.closed || new Promise((closed) => void socket.once('close', closed))),
    );
    this.#changes.tell();
  }

  /** Gives one request up, under way or not. */
  #end(entry: Entry, error: HallwardError): void {
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    entry.reject(error);
    if (this.#current?.entry === entry) this.#current.abort.abort(error);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const entry = this.#waiting.shift();
    if (entry !== undefined) void this.#run(entry);
  }

  /** Never rejects. */
  async #run(entry: Entry): Promise<void> {
    const abort = new AbortController();
    this.#current = { entry, abort };
    this.sent++;
    const { timeoutMilliseconds } = this.options;
    const { address } = this.#target;
    const timer = this.clock.after(`${this.name}: answer of the printer`, timeoutMilliseconds, () =>
      abort.abort(ippErrors.timeout(address, timeoutMilliseconds)),
    );
    try {
      entry.resolve(await postIpp(this.#target, entry.message, abort.signal));
    } catch (thrown) {
      entry.reject(asHallwardError(thrown, 'ipp.unreachable', 'absent'));
    } finally {
      timer.cancel();
      this.#current = undefined;
      this.#next();
    }
  }
}

function targetOf({ url, ca }: IppOptions): IppTarget {
  const { printerUri, ...where } = ippAddress(url);
  const agent = where.secure ? new SecureAgent({ ...oneSocket, ...trust(ca) }) : new Agent(oneSocket);
  return { address: printerUri, ...where, agent, lookup: lookupOnce() };
}

const oneSocket = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 } as const;

function trust(ca: string | undefined) {
  if (ca === undefined) return {};
  const own = certificatesIn(ca);
  return {
    ca: own.map((certificate) => certificate.toString()),
    checkServerIdentity: (host: string, peer: Parameters<typeof checkServerIdentity>[1]) =>
      own.some(({ raw }) => raw.equals(peer.raw)) ? undefined : checkServerIdentity(host, peer),
  };
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0) throw new Error('there is no BEGIN CERTIFICATE in it');
    return blocks.map((block) => new X509Certificate(block));
  } catch (thrown) {
    const because = thrown instanceof Error ? thrown.message : String(thrown);
    throw new HallwardError('ipp.bad-ca', 'usage', `ca holds no certificate (PEM): ${because}`, { because });
  }
}

/**
 * A look-up of a name that hangs in the system keeps one thread of four: only one of this bus is ever under way, and all
 * who ask meanwhile wait for that one.
 */
function lookupOnce(): LookupFunction {
  type Callback = Parameters<LookupFunction>[2];
  const asking = new Map<string, Callback[]>();
  return (host, options, callback) => {
    const key = JSON.stringify([host, options.all ?? false, options.family ?? 0]);
    const others = asking.get(key);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    const all = [callback];
    asking.set(key, all);
    systemLookup(host, options, (error, address, family) => {
      asking.delete(key);
      for (const each of all) each(error, address as string, family);
    });
  };
}
