/**
 * The shape of every codec's receiving side. It stands in the kernel because the codecs (which know no transport)
 * implement it and the transports (which know no codec) use it.
 */

/** What a decoder gives: a whole frame, or bytes that belong to none, with the reason. */
export type Decoded<Frame> =
  | { readonly frame: Frame; readonly bytes: Uint8Array }
  | { readonly discarded: Uint8Array; readonly reason: string };

/** A pure codec's receiving side. It keeps its place across calls and its buffer is bounded. */
export interface Decoder<Frame> {
  /** Feeds what arrived; gives what became whole. The given bytes may be views into `chunk`. */
  feed(chunk: Uint8Array): Decoded<Frame>[];
  /** The line was idle: nothing more of what is left over will come. A frame that was in doubt is decided. */
  idle(): Decoded<Frame>[];
}

/**
 * A way to cut an unasked stream into frames, shared by all who listen on one wire: `decoder` gets the parameters
 * of all listeners and says in each frame which of them it is for (`listener`, an index into the parameters).
 */
export interface Framing<Parameters, Frame extends { readonly listener: number }> {
  readonly name: string;
  /** Silence after which an unfinished frame is given up, in milliseconds. */
  readonly idleMilliseconds: number;
  decoder(parameters: readonly Parameters[]): Decoder<Frame>;
}
