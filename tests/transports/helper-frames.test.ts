import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader, frameKinds } from '../../src/transports/helper-frames.js';

const plain = ({ id, kind, payload }: { id: number; kind: number; payload: Uint8Array }) => ({
  id,
  kind,
  payload: [...payload],
});

describe('frames between a process and its helper', () => {
  it('are a number, a kind, a length and bytes', () => {
    const frame = encodeFrame({ id: 0x01020304, kind: frameKinds.error, payload: Uint8Array.of(0xaa, 0xbb) });
    expect([...frame]).toEqual([0x01, 0x02, 0x03, 0x04, 0x01, 0x00, 0x02, 0xaa, 0xbb]);
  });

  it('arrive whole and in order, cut anywhere and glued together', () => {
    const frame = fc.record({
      id: fc.integer({ min: 0, max: 0xffff_ffff }),
      kind: fc.constantFrom(0, 1),
      payload: fc.uint8Array({ maxLength: 80 }),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map(encodeFrame));
          const reader = new FrameReader();
          const heard = [];
          // The same piece of memory each time, as the helper reads into.
          const chunk = Buffer.alloc(60);
          for (let at = 0; at < bytes.length; ) {
            const count = bytes.copy(chunk, 0, at, at + (cuts.next().value ?? 1));
            heard.push(...reader.push(chunk.subarray(0, count)).map(plain));
            at += count;
          }
          expect(heard).toEqual(frames.map(plain));
        },
      ),
    );
  });

  it('are at most 65535 bytes long', () => {
    const longest = { id: 1, kind: 0, payload: new Uint8Array(65_535) };
    expect(new FrameReader().push(encodeFrame(longest))[0]?.payload).toHaveLength(65_535);
    expect(() => encodeFrame({ ...longest, payload: new Uint8Array(65_536) })).toThrow(RangeError);
  });
});
