import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../../src/kernel/bytes.js';
import { syn6288, syn6288Tags } from '../../src/protocols/syn6288.js';
import { type VoiceEncoding, voiceReplies } from '../../src/protocols/voice-codec.js';
import { xfs5152, xfs5152Tags } from '../../src/protocols/xfs5152.js';
import { ascii, bytesOf, cutAt, cuts, feedAll, framesOf, garbage, hex, mostHeld, story } from './stream.js';

const encodings: readonly VoiceEncoding[] = ['gb2312', 'gbk', 'big5', 'unicode'];
const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });

describe('a SYN6288', () => {
  // SYN6288 data sheet V1.7 and the code of libdriver/syn6288.
  it.each([
    ['stop', syn6288.stop, 'FD 00 02 02 FD'],
    ['pause', syn6288.pause, 'FD 00 02 03 FC'],
    ['resume', syn6288.resume, 'FD 00 02 04 FB'],
    ['status', syn6288.status, 'FD 00 02 21 DE'],
    ['power down', syn6288.sleep, 'FD 00 02 88 77'],
    [
      '宇音天下 in GB2312',
      syn6288.speak(hex('D3 EE D2 F4 CC EC CF C2'), 'gb2312'),
      'FD 00 0B 01 00 D3 EE D2 F4 CC EC CF C2 C1',
    ],
    [
      '宇音天下 in GBK',
      syn6288.speak(hex('D3 EE D2 F4 CC EC CF C2'), 'gbk'),
      'FD 00 0B 01 01 D3 EE D2 F4 CC EC CF C2 C0',
    ],
    [
      'Unicode, big-endian',
      syn6288.speak(hex('8B ED 97 F3 59 29 4E 0B'), 'unicode'),
      'FD 00 0B 01 03 8B ED 97 F3 59 29 4E 0B C3',
    ],
    ['a volume', syn6288.speak(ascii('[v11]'), 'gbk'), 'FD 00 08 01 01 5B 76 31 31 5D 85'],
  ])('is told %s as its data sheet has it', (_what, frame, expected) => {
    expect(formatHex(frame)).toBe(expected);
  });

  it('takes frames whose length and checksum are those of their bytes, whatever the text', () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom(...encodings), (text, encoding) => {
        const frame = syn6288.speak(text, encoding);
        expect(frame.length).toBeLessThanOrEqual(206);
        expect(frame[1]! * 256 + frame[2]!).toBe(frame.length - 3);
        expect(frame.reduce((sum, byte) => sum ^ byte, 0)).toBe(0);
        expect(frame.subarray(5, -1)).toEqual(text);
      }),
    );
  });

  it('is never told nothing, or more than 200 bytes', () => {
    expect(() => syn6288.speak(new Uint8Array(0), 'gbk')).toThrow(RangeError);
    expect(() => syn6288.speak(new Uint8Array(201), 'gbk')).toThrow(RangeError);
    expect(syn6288.speak(new Uint8Array(200), 'gbk')).toHaveLength(206);
  });

  it('gets its tags within its steps, and is never made mute', () => {
    expect(syn6288Tags(80, 4, false)).toBe('[d][v13][m0][t4][x0]');
    expect(syn6288Tags(100, 5, true)).toBe('[d][v16][m0][t5][x1]');
    expect(syn6288Tags(1, 0, false)).toContain('[v1]');
  });
});

describe('an XFS5152CE', () => {
  // https://github.com/isdom/XFS5152CE and https://github.com/lebinlv/XFS5152CE.
  it.each([
    ['status', xfs5152.status, 'FD 00 01 21'],
    ['stop', xfs5152.stop, 'FD 00 01 02'],
    ['pause', xfs5152.pause, 'FD 00 01 03'],
    ['resume', xfs5152.resume, 'FD 00 01 04'],
    ['sleep', xfs5152.sleep, 'FD 00 01 88'],
    ['wake', xfs5152.wake ?? new Uint8Array(0), 'FD 00 01 FF'],
    [
      '宇音天下',
      xfs5152.speak(hex('D3 EE D2 F4 CC EC CF C2'), 'gb2312'),
      'FD 00 0A 01 00 D3 EE D2 F4 CC EC CF C2',
    ],
  ])('is told %s without a checksum', (_what, frame, expected) => {
    expect(formatHex(frame)).toBe(expected);
  });

  it('takes frames whose length is that of their bytes, beyond 255 as well', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1000 }), (text) => {
        const frame = xfs5152.speak(text, 'gbk');
        expect(frame[1]! * 256 + frame[2]!).toBe(frame.length - 3);
        expect(frame.subarray(5)).toEqual(text);
      }),
    );
    expect(() => xfs5152.speak(new Uint8Array(1001), 'gbk')).toThrow(RangeError);
  });

  it('gets its tags within its steps', () => {
    expect(xfs5152Tags(80, 5)).toBe('[d][v7][s5]');
    expect(xfs5152Tags(1, 0)).toBe('[d][v1][s0]');
    expect(xfs5152Tags(100, 9)).toBe('[d][v9][s9]');
  });
});

describe('the replies of a speech module', () => {
  const decoder = () => voiceReplies.decoder([null]);
  const names = (found: ReturnType<ReturnType<typeof decoder>['feed']>) =>
    framesOf(found).map(({ reply }) => reply);

  it('are one byte each', () => {
    expect(names(decoder().feed(hex('4A 41 45 4E 4F')))).toEqual([
      'ready',
      'accepted',
      'refused',
      'busy',
      'idle',
    ]);
  });

  it('are found between noise, however the stream is cut, and every byte is accounted for', () => {
    const known = [0x4a, 0x41, 0x45, 0x4e, 0x4f];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), cuts, (noise, places) => {
        const one = decoder();
        const found = [...feedAll(one, cutAt(noise, places)), ...one.idle()];
        expect(framesOf(found)).toHaveLength([...noise].filter((byte) => known.includes(byte)).length);
        expect(bytesOf(found)).toEqual(noise);
      }),
    );
    expect(story(decoder().feed(hex('00 41 FF FF 4F')))).toEqual([
      '00 unknown-bytes',
      'frame',
      'FF FF unknown-bytes',
      'frame',
    ]);
  });

  it('are never held back', () => {
    expect(mostHeld(decoder(), garbage(5_000), 7)).toBe(0);
  });

  it('are nobody’s where nobody listens', () => {
    expect(story(voiceReplies.decoder([]).feed(hex('41')))).toEqual(['41 unknown-bytes']);
  });
});
