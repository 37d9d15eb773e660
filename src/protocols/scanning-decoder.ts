/**
 * The part that all binary codecs share: keep the place in a stream of bytes, look at each place for a frame, and
 * account for every byte. The codec only says what it sees at one place.
 */
import { concatBytes } from '../kernel/bytes.js';
import type { Decoded, Decoder } from '../kernel/framing.js';

/** The reason of bytes that say nothing about themselves. */
const unknownBytes = 'unknown-bytes';

/**
 * What stands at a place.
 * - `wait`: it may become a frame; more bytes must tell. It must not depend on how the stream was cut.
 * - `frame`: a whole frame of `length` bytes.
 * - `discard`: that many bytes (1 or more) belong to no frame; the search goes on behind them. `suspect` counts
 *   the bytes from here on that share the reason, where nothing better is found for them: those of the bad frame.
 */
export type Verdict<Frame> =
  | 'wait'
  | { readonly frame: Frame; readonly length: number }
  | { readonly discard: number; readonly reason: string; readonly suspect?: number };

/**
 * Looks at `bytes` from `offset` (there is at least one byte). `final`: no more bytes will come, so that what could
 * be a frame already must be taken for one; a `wait` costs the first byte, as `unfinished`.
 */
export type Look<Frame> = (bytes: Uint8Array, offset: number, final: boolean) => Verdict<Frame>;

export const discardOne: Verdict<never> = { discard: 1, reason: unknownBytes };

/**
 * A decoder over `look`. Neighbouring discarded bytes of one reason come as one run for each call.
 * @param limitBytes the longest that a frame may be; after so many bytes a `wait` is no longer believed.
 */
export function scanningDecoder<Frame>(look: Look<Frame>, limitBytes: number): Decoder<Frame> {
  let rest: Uint8Array = new Uint8Array(0);
  let suspectBytes = 0;
  let suspectReason = unknownBytes;

  function scan(bytes: Uint8Array, final: boolean): Decoded<Frame>[] {
    const found: Decoded<Frame>[] = [];
    let offset = 0;
    let runStart = 0;
    let runReason = unknownBytes;

    const endRun = () => {
      if (runStart < offset) found.push({ discarded: bytes.subarray(runStart, offset), reason: runReason });
      runStart = offset;
    };
    const discard = (length: number, stated: string) => {
      const reason = stated === unknownBytes && suspectBytes > 0 ? suspectReason : stated;
      if (reason !== runReason) {
        endRun();
        runReason = reason;
      }
      offset += length;
      suspectBytes = Math.max(0, suspectBytes - length);
    };

    while (offset < bytes.length) {
      const verdict = look(bytes, offset, final);
      if (verdict === 'wait') {
        const left = bytes.length - offset;
        if (!final && left < limitBytes) break;
        suspectReason = final ? 'unfinished' : 'too-long';
        suspectBytes = left;
        discard(1, suspectReason);
      } else if ('frame' in verdict) {
        endRun();
        const end = offset + verdict.length;
        found.push({ frame: verdict.frame, bytes: bytes.subarray(offset, end) });
        offset = end;
        runStart = end;
        suspectBytes = Math.max(0, suspectBytes - verdict.length);
      } else {
        if (verdict.suspect !== undefined) {
          suspectReason = verdict.reason;
          suspectBytes = verdict.suspect;
        }
        discard(verdict.discard, verdict.reason);
      }
    }
    endRun();
    // A copy: the few bytes left over must not hold a whole chunk, nor change when its owner uses it again.
    rest = new Uint8Array(bytes.subarray(offset));
    if (final) suspectBytes = 0;
    return found;
  }

  return {
    feed: (chunk) => scan(rest.length === 0 ? chunk : concatBytes(rest, chunk), false),
    idle: () => scan(rest, true),
  };
}
