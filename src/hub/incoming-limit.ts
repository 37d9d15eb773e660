/**
 * What comes in from a broker, cut by the lengths of its packets (MQTT 5 and 3.1.1, sections 2.1 and 2.2): a message that
 * is too large is passed over while it comes, and costs neither memory nor the connection. MQTT 3.1.1 has no other way to
 * be spared one, and one that stands retained would end each connection that subscribes to its topic, for ever.
 */
import { Transform, type TransformCallback } from 'node:stream';
import type { OversizedMessage } from './connection-types.js';

export interface IncomingLimitHandlers {
  /** A message was passed over. */
  tooLarge(message: OversizedMessage): void;
  /** It was one in QoS 1: without an acknowledgement the broker would hold it, and others behind it, back for us. */
  acknowledge(packetId: number): void;
  /** A packet is too large, and none that can be passed over: nothing comes through any more. */
  refused(): void;
  /** A piece of a packet has come, and far more of it is to come before anything else can. */
  goesOn(): void;
}

const publishType = 3;
const longestHeader = 5;
/** So much comes at once on any line. */
const quickBytes = 64 * 1024;

/** A message that is being passed over. */
interface Passing {
  readonly first: number;
  /** Topic and packet id, as far as they have come. */
  head: Buffer;
  /** Of both; 2 until the topic's length is known. */
  headBytes: number;
  payloadBytes: number;
}

export class IncomingLimit extends Transform {
  /** First byte and length of a packet, until its length is known. */
  #header: number[] = [];
  /** Bytes of the present packet that are still to come. */
  #left = 0;
  #passing: Passing | undefined;
  /** `raw`: a length was none, and who reads the packets will say so. */
  #mode: 'packets' | 'raw' | 'refused' = 'packets';

  /** @param maximumBytes of a whole packet */
  constructor(
    private readonly maximumBytes: number,
    private readonly handlers: IncomingLimitHandlers,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const kept: Buffer[] = [];
    for (let at = 0; at < chunk.length && this.#mode !== 'refused'; ) {
      const bytes = this.#mode === 'raw' ? chunk.length - at : this.#left;
      if (bytes === 0) {
        this.#takeHeader(chunk[at++]!, kept);
        continue;
      }
      const piece = chunk.subarray(at, at + bytes);
      at += piece.length;
      if (this.#mode === 'packets') this.#left -= piece.length;
      if (this.#passing === undefined) kept.push(piece);
      else this.#passOver(this.#passing, piece);
    }
    if (this.#left > quickBytes) this.handlers.goesOn();
    if (kept.length > 0) this.push(kept.length === 1 ? kept[0] : Buffer.concat(kept));
    done();
  }

  #takeHeader(byte: number, kept: Buffer[]): void {
    this.#header.push(byte);
    const isFirst = this.#header.length === 1;
    if (isFirst || (byte >= 0x80 && this.#header.length < longestHeader)) return;
    const header = this.#header;
    this.#header = [];
    if (byte >= 0x80) this.#mode = 'raw';
    else this.#left = header.slice(1).reduceRight((length, digit) => length * 128 + (digit & 0x7f), 0);
    const [first] = header as [number];
    if (header.length + this.#left <= this.maximumBytes) kept.push(Buffer.from(header));
    else if (first >> 4 !== publishType || qosOf(first) > 1) this.#refuse();
    else this.#passing = { first, head: Buffer.alloc(0), headBytes: 2, payloadBytes: 0 };
  }

  #passOver(passing: Passing, piece: Buffer): void {
    let rest = piece;
    while (passing.head.length < passing.headBytes && rest.length > 0) {
      const taken = rest.subarray(0, passing.headBytes - passing.head.length);
      rest = rest.subarray(taken.length);
      passing.head = Buffer.concat([passing.head, taken]);
      if (passing.headBytes > 2 || passing.head.length < 2) continue;
      const topicBytes = passing.head.readUInt16BE(0);
      passing.headBytes = 2 + topicBytes + (qosOf(passing.first) === 0 ? 0 : 2);
      // Of no topic at all are only those with an alias, and we allow none.
      if (topicBytes === 0 || passing.headBytes - 2 > rest.length + this.#left) {
        this.#refuse();
        return;
      }
    }
    passing.payloadBytes += rest.length;
    if (this.#left > 0) return;
    this.#passing = undefined;
    this.#told(passing);
  }

  #told({ first, head, payloadBytes }: Passing): void {
    const topicEnd = 2 + head.readUInt16BE(0);
    if (qosOf(first) === 1) this.handlers.acknowledge(head.readUInt16BE(topicEnd));
    const topic = head.toString('utf8', 2, topicEnd);
    this.handlers.tooLarge({ topic, bytes: payloadBytes, retain: (first & 1) === 1 });
  }

  #refuse(): void {
    this.#mode = 'refused';
    this.#passing = undefined;
    this.handlers.refused();
  }
}

/** 0 to 3, from the first byte of a message. */
function qosOf(first: number): number {
  return (first >> 1) & 3;
}
