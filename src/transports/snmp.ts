import type { Clock } from '../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import { busErrors } from './bus-errors.js';
import type { WireState } from './ports-bus.js';
import type { SnmpBinding, SnmpBus } from './ports-snmp.js';
import { SnmpAddress } from './snmp-address.js';
import type { RawBinding } from './snmp-answer.js';
import { snmpErrors, snmpStatusName } from './snmp-errors.js';
import {
  agentName,
  loadSnmpLibrary,
  type SnmpAgentOptions,
  type SnmpLibrary,
  SnmpSession,
} from './snmp-session.js';

export type SnmpOptions = SnmpAgentOptions;

/** Requests that wait; a walk is one of them. */
const queueLimit = 32;
/** Identifiers in one request: their answers fit into one frame of Ethernet. */
const mostOidsOfRequest = 16;
/** Values that are asked for at once on a walk. */
const mostRepetitions = 20;
/** A walk may take as long as so many time-outs: one value at a time, each of them late, would take hours. */
const walkTimeouts = 30;

/** error-status, RFC 3416 section 3. */
const tooBig = 1;
const noSuchName = 2;
const genErr = 5;

/**
 * One agent by SNMP over UDP, see `SnmpBus`. The socket is opened with the first request, and anew after what has
 * failed, so that a printer with another address, or one that has started again, is found.
 *
 * A walk ends where the subtree does, where the agent goes back (what it gave before holds), or at `most`; one that
 * takes longer than 30 time-outs ends with `snmp.timeout`.
 *
 * It is `open` as long as it is not closed: UDP has no connection that could be lost. It is `lost` with `wire.unusable`
 * where the package net-snmp is not installed or the options can't be used.
 */
export function snmpBus(
  name: string,
  options: SnmpOptions,
  clock: Clock,
  load: () => SnmpLibrary = loadSnmpLibrary,
): SnmpBus {
  return new Agent(name, options, clock, load);
}

class Agent implements SnmpBus {
  readonly type = 'snmp';
  state: WireState = 'open';
  lostBecause: HallwardError | undefined;
  sent = 0;
  readonly #changes = new Listeners<[]>();
  #session: SnmpSession | undefined;
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  readonly #address: SnmpAddress;
  #repetitions = mostRepetitions;

  constructor(
    readonly name: string,
    private readonly options: SnmpOptions,
    private readonly clock: Clock,
    private readonly load: () => SnmpLibrary,
  ) {
    this.#address = new SnmpAddress(options, clock);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  get(oids: readonly string[]): Promise<readonly SnmpBinding[]> {
    return this.#inTurn(async () => {
      const found: SnmpBinding[] = [];
      for (let at = 0; at < oids.length; at += mostOidsOfRequest) {
        found.push(...(await this.#get(oids.slice(at, at + mostOidsOfRequest))));
      }
      return found;
    });
  }

  subtree(oid: string, most: number): Promise<readonly SnmpBinding[]> {
    return this.#inTurn(() => this.#walk(oid, most));
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closed';
    const error = busErrors.closed(this.name);
    const session = this.#session;
    this.#session = undefined;
    this.#address.close(error);
    await session?.close(error);
  }

  /** One after the other; after an error the next one begins with a new session. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.state === 'closed') return Promise.reject(busErrors.closed(this.name));
    if (this.#waiting >= queueLimit) return Promise.reject(busErrors.queueFull(this.name, queueLimit));
    this.#waiting++;
    const turn = this.#line.then(async () => {
      try {
        return await work();
      } catch (thrown) {
        const error = asHallwardError(thrown, 'snmp.failed');
        // A refused identifier is no reason to forget the agent.
        if (typeof error.evidence.status !== 'string') await this.#forget(error);
        throw error;
      } finally {
        this.#waiting--;
      }
    });
    this.#line = turn.catch(() => {});
    return turn;
  }

  async #forget(error: HallwardError): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close(error);
  }

  /** Version 1 answers for all or for none: what it does not know is left out and asked no more. */
  async #get(oids: readonly string[]): Promise<SnmpBinding[]> {
    const values = new Map<string, SnmpBinding['value']>();
    let rest = oids;
    while (rest.length > 0) {
      const { status, at, bindings } = await (await this.#open()).get(rest);
      const culprit = rest[at];
      if (status === tooBig && rest.length > 1) {
        const half = Math.ceil(rest.length / 2);
        const halves = [...(await this.#get(rest.slice(0, half))), ...(await this.#get(rest.slice(half)))];
        for (const { oid, value } of halves) values.set(oid, value);
        break;
      }
      if ((status === noSuchName || status === genErr) && culprit !== undefined) {
        values.set(culprit, null);
        rest = rest.filter((oid) => oid !== culprit);
        continue;
      }
      if (status !== 0) throw this.#refused(status, culprit ?? null);
      if (bindings.length !== rest.length || bindings.some(({ oid }, index) => oid !== rest[index])) {
        throw snmpErrors.garbled(this.#agent, 'other objects than were asked for');
      }
      for (const { oid, value } of bindings) values.set(oid, value);
      break;
    }
    return oids.map((oid) => ({ oid, value: values.get(oid) ?? null }));
  }

  async #walk(root: string, most: number): Promise<SnmpBinding[]> {
    const found: SnmpBinding[] = [];
    const { timeoutMilliseconds } = this.options;
    const patience = walkTimeouts * timeoutMilliseconds;
    const began = this.clock.monotonicMilliseconds();
    let from = root;
    while (found.length < most) {
      if (this.clock.monotonicMilliseconds() - began > patience) {
        throw snmpErrors.slow(this.#agent, patience, found.length);
      }
      const repetitions = Math.min(this.#repetitions, most - found.length);
      const { status, bindings } = await (await this.#open()).next(from, repetitions);
      if (status === tooBig && this.#repetitions > 1) {
        // For good: what it can't send at once it won't be able to send later.
        this.#repetitions = Math.max(1, Math.floor(this.#repetitions / 2));
        continue;
      }
      // How version 1 says that there is nothing more.
      if (status === noSuchName) return found;
      if (status !== 0) throw this.#refused(status, from);
      if (bindings.length === 0) throw snmpErrors.garbled(this.#agent, 'an answer without a value');
      for (const binding of bindings) {
        const step = stepOf(binding, from, root);
        if (step === 'back' && found.length === 0) {
          throw snmpErrors.garbled(this.#agent, `${binding.oid || 'no object'} does not come after ${from}`);
        }
        if (step !== 'on' || found.length >= most) return found;
        found.push({ oid: binding.oid, value: binding.value });
        from = binding.oid;
      }
    }
    return found;
  }

  get #agent(): string {
    return agentName(this.options);
  }

  #refused(status: number, oid: string | null): HallwardError {
    return snmpErrors.refused(this.#agent, snmpStatusName(status), oid);
  }

  async #open(): Promise<SnmpSession> {
    this.#stillOpen();
    if (this.#session !== undefined) return this.#session;
    let library: SnmpLibrary;
    try {
      library = this.load();
    } catch (thrown) {
      throw this.#unusable(snmpErrors.unusable(this.#agent, thrown));
    }
    try {
      const address = await this.#address.find();
      this.#stillOpen();
      const session = await SnmpSession.open(
        library,
        this.options,
        address,
        this.clock,
        () => void this.sent++,
      );
      if (this.state === 'closed') await session.close(busErrors.closed(this.name));
      this.#stillOpen();
      this.#session = session;
      this.#become('open', undefined);
      return session;
    } catch (thrown) {
      const error = asHallwardError(thrown, 'snmp.failed');
      // Nothing left the house, but it was tried: a network that is down must not look like work that is not done.
      this.sent++;
      throw error.code === 'wire.unusable' ? this.#unusable(error) : error;
    }
  }

  #stillOpen(): void {
    if (this.state === 'closed') throw busErrors.closed(this.name);
  }

  #unusable(error: HallwardError): HallwardError {
    if (this.state !== 'closed') this.#become('lost', error);
    return error;
  }

  #become(state: WireState, because: HallwardError | undefined): void {
    const isTold = state !== this.state;
    this.state = state;
    this.lostBecause = because;
    if (isTold) this.#changes.tell();
  }
}

/** Where a walk stands with this value: further on, at the end of its subtree, or not further on at all. */
function stepOf({ oid, isEnd }: RawBinding, from: string, root: string): 'on' | 'end' | 'back' {
  if (isEnd) return 'end';
  if (!isAfter(oid, from)) return 'back';
  return oid.startsWith(`${root}.`) ? 'on' : 'end';
}

/** Identifiers are in order by their numbers, not by their letters. */
function isAfter(oid: string, other: string): boolean {
  if (oid === '') return false;
  const [left, right] = [oid.split('.'), other.split('.')];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = Number(left[at]) - Number(right[at]);
    if (difference !== 0) return difference > 0;
  }
  return left.length > right.length;
}
