/**
 * An SNMP agent of versions 1 and 2c on UDP, written from RFC 1157 and RFC 3416, with what can be wrong with one.
 * Message: 30 { 02 version, 04 community, PDU { 02 request-id, 02 error-status, 02 error-index, 30 { 30 { 06, value } } } }.
 */
import { createSocket, type Socket } from 'node:dgram';
import { type Clock, systemClock, type Timer } from '../kernel/clock.js';
import {
  type BerElement,
  berElement,
  berInteger,
  berOid,
  readBer,
  readBerInteger,
  readBerOid,
} from './ber.js';
import { type SimulatedObject, snmpInteger } from './snmp-objects.js';

export interface SimulatedAgentOptions {
  /** A free one if absent. */
  readonly port?: number;
  /** `public` if absent. */
  readonly community?: string;
  /** The longest answer that it can send; 1472, a frame of Ethernet, if absent. RFC 3417 asks for 484 at least. */
  readonly mostBytes?: number;
  readonly clock?: Clock;
}

/** What can be seen of the agent and done to it. */
export interface SimulatedAgentPanel {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Messages that came in, whatever became of them. */
  readonly requests: number;
  readonly power: { off(): void; on(): void };
  /** Its answers are cut in half and have a wrong bit in each byte. */
  garble(on: boolean): void;
  /** Under every object that it is asked to go on from there are more, without end. */
  babble(on: boolean): void;
  /** It never gets on: after an object comes the same again. */
  loop(on: boolean): void;
  /** Each answer leaves so much later. */
  late(milliseconds: number): void;
  /** Objects under `oid` can't be read (genErr); `undefined` ends it. */
  refuse(oid: string | undefined): void;
  /** What leaves in place of each answer: nothing, other bytes, several. `undefined` ends it. */
  disturb(change: ((answer: Uint8Array, request: Uint8Array) => readonly Uint8Array[]) | undefined): void;
  close(): Promise<void>;
}

const getRequest = 0xa0;
const getNextRequest = 0xa1;
const response = 0xa2;
const getBulkRequest = 0xa5;
const requestsOf2c = [getRequest, getNextRequest, getBulkRequest];
const noError = 0;
const tooBig = 1;
const noSuchName = 2;
const genErr = 5;
const nullValue = Uint8Array.of(0x05, 0x00);
const noSuchInstance = Uint8Array.of(0x81, 0x00);
const endOfMibView = Uint8Array.of(0x82, 0x00);
/** Octets of a message beside its bindings, generously. */
const headBytes = 64;

/** @param objects asked anew for each request; in any order */
export async function simulatedSnmpAgent(
  objects: () => readonly SimulatedObject[],
  options: SimulatedAgentOptions = {},
): Promise<SimulatedAgentPanel> {
  const agent = new Agent(objects, options);
  await agent.listen(options.port ?? 0);
  return agent;
}

interface Request {
  readonly version: number;
  readonly kind: number;
  readonly oids: readonly string[];
  readonly nonRepeaters: number;
  readonly repetitions: number;
}

interface Outcome {
  readonly status: number;
  /** From 1; 0 is none. */
  readonly index: number;
  readonly bindings: readonly SimulatedObject[];
}

class Agent implements SimulatedAgentPanel {
  readonly host = '127.0.0.1';
  port = 0;
  requests = 0;
  readonly power = { off: () => this.#switch(false), on: () => this.#switch(true) };
  #isOn = true;
  #garbles = false;
  #babbles = false;
  #loops = false;
  #lateMilliseconds = 0;
  #refused: string | undefined;
  #change: ((answer: Uint8Array, request: Uint8Array) => readonly Uint8Array[]) | undefined;
  readonly #socket: Socket = createSocket('udp4');
  readonly #timers = new Set<Timer>();
  readonly #clock: Clock;
  readonly #community: string;
  readonly #mostBytes: number;

  constructor(
    private readonly objects: () => readonly SimulatedObject[],
    { clock = systemClock(), community = 'public', mostBytes = 1_472 }: SimulatedAgentOptions,
  ) {
    this.#clock = clock;
    this.#community = community;
    this.#mostBytes = mostBytes;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.on('message', (request, { address, port: from }) => {
        this.requests++;
        for (const answer of this.#answers(request)) this.#send(answer, from, address);
      });
      this.#socket.bind(port, this.host, () => {
        this.port = this.#socket.address().port;
        this.#socket.off('error', reject);
        this.#socket.on('error', () => {});
        resolve();
      });
    });
  }

  garble(on: boolean): void {
    this.#garbles = on;
  }

  babble(on: boolean): void {
    this.#babbles = on;
  }

  loop(on: boolean): void {
    this.#loops = on;
  }

  late(milliseconds: number): void {
    this.#lateMilliseconds = milliseconds;
  }

  refuse(oid: string | undefined): void {
    this.#refused = oid;
  }

  disturb(change: ((answer: Uint8Array, request: Uint8Array) => readonly Uint8Array[]) | undefined): void {
    this.#change = change;
  }

  close(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }

  #switch(on: boolean): void {
    this.#isOn = on;
  }

  #send(bytes: Uint8Array, port: number, address: string): void {
    const leave = () => this.#socket.send(bytes, port, address, () => {});
    if (this.#lateMilliseconds === 0) {
      leave();
      return;
    }
    const timer = this.#clock.after('simulated SNMP answer', this.#lateMilliseconds, () => {
      this.#timers.delete(timer);
      leave();
    });
    this.#timers.add(timer);
  }

  /** Nobody is told of what can't be read, nor of a wrong community: RFC 1157, 4.1. */
  #answers(request: Uint8Array): readonly Uint8Array[] {
    if (!this.#isOn) return [];
    let answer: Uint8Array | undefined;
    try {
      answer = this.#answer(request);
    } catch {
      return [];
    }
    if (answer === undefined) return [];
    if (this.#garbles) return [answer.subarray(0, answer.length / 2).map((byte) => byte ^ 0x10)];
    return this.#change === undefined ? [answer] : this.#change(answer, request);
  }

  #answer(bytes: Uint8Array): Uint8Array | undefined {
    const [message] = readBer(bytes);
    const [version, community, pdu] = readBer(partsOf(message));
    if (version === undefined || community === undefined || pdu === undefined) return undefined;
    const known = readBerInteger(version) === 0 ? [getRequest, getNextRequest] : requestsOf2c;
    if (readBerInteger(version) > 1 || !known.includes(pdu.tag)) return undefined;
    if (new TextDecoder().decode(community.content) !== this.#community) return undefined;
    const [id, first, second, list] = readBer(pdu.content);
    if (id === undefined || first === undefined || second === undefined) return undefined;
    const request: Request = {
      version: readBerInteger(version),
      kind: pdu.tag,
      oids: readBer(partsOf(list)).map(({ content }) => {
        const [oid] = readBer(content);
        return readBerOid(oid ?? { tag: 0, content: new Uint8Array() });
      }),
      nonRepeaters: readBerInteger(first),
      repetitions: readBerInteger(second),
    };
    const { status, index, bindings } = this.#outcome(request);
    return berElement(
      0x30,
      berInteger(0x02, request.version),
      berElement(0x04, community.content),
      berElement(
        response,
        berElement(0x02, id.content),
        berInteger(0x02, status),
        berInteger(0x02, index),
        berElement(0x30, ...bindings.map(encoded)),
      ),
    );
  }

  #outcome(request: Request): Outcome {
    const { version, kind, oids } = request;
    const failed = (status: number, index: number): Outcome => ({
      status,
      index,
      // The request's own list comes back with the error.
      bindings: oids.map((oid) => ({ oid, value: nullValue })),
    });
    const all = [...this.objects()].sort((one, other) => (isAfter(one.oid, other.oid) ? 1 : -1));
    const found: SimulatedObject[] = [];
    for (const [at, oid] of oids.entries()) {
      if (this.#refused !== undefined && isUnder(this.#startOf(kind, oid, all), this.#refused)) {
        return failed(genErr, at + 1);
      }
      const object = kind === getRequest ? all.find((one) => one.oid === oid) : this.#next(oid, all);
      if (object === undefined && version === 0) return failed(noSuchName, at + 1);
      if (kind === getBulkRequest && at >= request.nonRepeaters) continue;
      found.push(object ?? { oid, value: kind === getRequest ? noSuchInstance : endOfMibView });
    }
    if (kind === getBulkRequest) found.push(...this.#repeated(request, all));
    const size = (list: readonly SimulatedObject[]) =>
      list.reduce((sum, one) => sum + encoded(one).length, headBytes);
    if (size(found) <= this.#mostBytes) return { status: noError, index: 0, bindings: found };
    // As many as there is room for: RFC 3416, 4.2.3.
    if (kind !== getBulkRequest || size(found.slice(0, 1)) > this.#mostBytes) {
      return version === 0 ? failed(tooBig, 0) : { status: tooBig, index: 0, bindings: [] };
    }
    while (size(found) > this.#mostBytes) found.pop();
    return { status: noError, index: 0, bindings: found };
  }

  #repeated(
    { oids, nonRepeaters, repetitions }: Request,
    all: readonly SimulatedObject[],
  ): SimulatedObject[] {
    const found: SimulatedObject[] = [];
    let from = oids.slice(nonRepeaters);
    for (let round = 0; round < Math.min(repetitions, 100); round++) {
      const row = from.map((oid) => this.#next(oid, all) ?? { oid, value: endOfMibView });
      found.push(...row);
      from = row.map(({ oid }) => oid);
    }
    return found;
  }

  #startOf(kind: number, oid: string, all: readonly SimulatedObject[]): string {
    return kind === getRequest ? oid : (this.#next(oid, all)?.oid ?? oid);
  }

  #next(oid: string, all: readonly SimulatedObject[]): SimulatedObject | undefined {
    if (this.#babbles) {
      const [, stem, number] = /^(.*)\.9999\.(\d+)$/.exec(oid) ?? [];
      const next = stem === undefined ? `${oid}.9999.1` : `${stem}.9999.${Number(number) + 1}`;
      return { oid: next, value: snmpInteger(1) };
    }
    const here = all.find((one) => one.oid === oid);
    if (this.#loops && here !== undefined) return here;
    return all.find((one) => isAfter(one.oid, oid));
  }
}

const partsOf = (element: BerElement | undefined) => element?.content ?? new Uint8Array();

const encoded = ({ oid, value }: SimulatedObject) => berElement(0x30, berOid(0x06, oid), value);

const isUnder = (oid: string, root: string) => oid === root || oid.startsWith(`${root}.`);

function isAfter(oid: string, other: string): boolean {
  const [left, right] = [oid.split('.').map(Number), other.split('.').map(Number)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at === -1 ? false : left[at]! > (right[at] ?? -1);
}
