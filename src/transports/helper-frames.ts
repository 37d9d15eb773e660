/**
 * How bytes pass between a process and a helper that blocks, over a pipe of their own: frames of a number, a word that
 * says what it is, and bytes. Both ends are the same program, so a frame is trusted to be one.
 */

/** The pipe, in the helper. */
export const framesDescriptor = 4;

/** What a frame is: a request or its answer, or the error in place of the answer (JSON). */
export const frameKinds = { bytes: 0, error: 1 } as const;

export interface HelperFrame {
  readonly id: number;
  /** One of `frameKinds`. */
  readonly kind: number;
  /** At most 65535 bytes. */
  readonly payload: Uint8Array;
}

/** Id (4 bytes), kind (1), length of what follows (2); big-endian. */
const headerLength = 7;
const none: Buffer = Buffer.alloc(0);

export function encodeFrame({ id, kind, payload }: HelperFrame): Buffer {
  const frame = Buffer.allocUnsafe(headerLength + payload.length);
  frame.writeUInt32BE(id, 0);
  frame.writeUInt8(kind, 4);
  frame.writeUInt16BE(payload.length, 5);
  frame.set(payload, headerLength);
  return frame;
}

/** Takes bytes as they come, cut anywhere. */
export class FrameReader {
  #rest = none;

  /** The frames that are complete with these bytes; their payloads lie in them and are copied by whoever keeps them. */
  push(bytes: Uint8Array): HelperFrame[] {
    const all = this.#rest.length === 0 ? asBuffer(bytes) : Buffer.concat([this.#rest, bytes]);
    const frames: HelperFrame[] = [];
    let at = 0;
    while (all.length - at >= headerLength) {
      const end = at + headerLength + all.readUInt16BE(at + 5);
      if (end > all.length) break;
      const payload = all.subarray(at + headerLength, end);
      frames.push({ id: all.readUInt32BE(at), kind: all.readUInt8(at + 4), payload });
      at = end;
    }
    this.#rest = at === all.length ? none : Buffer.from(all.subarray(at));
    return frames;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
