import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escposStatus,
  type PrinterFrame,
  type RealtimeQuestion,
  readAsb,
  readBuffered,
  readRealtime,
  realtimeQuestions,
} from '../../src/protocols/escpos-status.js';
import { bytesOf, cutAt, cuts, feedAll, framesOf, hex, mostHeld, story } from './stream.js';

const decode = (bytes: Uint8Array) => {
  const decoder = escposStatus.decoder([null]);
  return [...decoder.feed(bytes), ...decoder.idle()];
};
/** `["realtime 12", "asb 14 00 00 00"]`. */
const said = (frames: readonly PrinterFrame[]) =>
  frames.map((frame) => {
    const bytes = frame.kind === 'asb' ? [...frame.bytes] : [frame.byte];
    return [frame.kind, ...bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))].join(' ');
  });

const fine: Readonly<Record<RealtimeQuestion, object>> = {
  1: { online: true, feeding: false },
  2: { cover: 'closed', feeding: false, stoppedByPaperEnd: false, error: false },
  3: { mechanicalError: false, cutterError: false, unrecoverable: false, autoRecoverable: false },
  4: { paper: 'ok' },
};

describe('a real-time answer', () => {
  // 12 16 1E 72: ha-escpos-thermal-printer and python-escpos; 1A 32 7E: hardless-http-dialects.
  it.each([
    [1, '12', {}],
    [2, '12', {}],
    [3, '12', {}],
    [4, '12', {}],
    [2, '16', { cover: 'open' }],
    [1, '16', {}], // the drawer's pin: no matter of ours
    [4, '1E', { paper: 'low' }],
    [4, '72', { paper: 'empty' }],
    [2, '72', { stoppedByPaperEnd: true, error: true }],
    [1, '1A', { online: false }],
    [2, '32', { stoppedByPaperEnd: true }],
    [4, '7E', { paper: 'empty' }],
    [1, '52', { feeding: true }],
    [1, '32', {}],
    [2, '1A', { feeding: true }],
    [2, '52', { error: true }],
    [3, '16', { mechanicalError: true }],
    [3, '1A', { cutterError: true }],
    [3, '32', { unrecoverable: true }],
    [3, '52', { autoRecoverable: true }],
    [4, '16', { paper: 'low' }],
    [4, '32', { paper: 'empty' }],
  ] as const)('to question %i of %s says what that question asked', (question, byte, meaning) => {
    expect(readRealtime(question, hex(byte)[0]!)).toEqual({ ...fine[question], ...meaning });
  });

  it('is only a byte with the fixed bits', () => {
    for (let byte = 0; byte < 256; byte++) {
      for (const question of realtimeQuestions) {
        expect(readRealtime(question, byte) !== undefined).toBe((byte & 0x93) === 0x12);
      }
    }
  });
});

describe('a block of automatic status', () => {
  const allFine = { ...fine[1], cover: 'closed', ...fine[3], paper: 'ok' };

  it.each([
    ['14 00 00 00', {}],
    ['10 00 00 00', {}],
    ['38 00 0C 00', { online: false, cover: 'open', paper: 'empty' }],
    ['18 08 00 00', { online: false, cutterError: true }],
    ['18 04 00 00', { online: false, mechanicalError: true }],
    ['18 20 00 00', { online: false, unrecoverable: true }],
    ['18 40 00 00', { online: false, autoRecoverable: true }],
    ['10 00 03 00', { paper: 'low' }],
    ['18 00 0F 00', { online: false, paper: 'empty' }],
    ['58 00 00 00', { online: false, feeding: true }],
    ['10 03 60 6F', {}], // bits that some models use for something else
  ])('%s', (bytes, meaning) => {
    expect(readAsb(hex(bytes))).toEqual({ ...allFine, ...meaning });
  });

  it('is none with a wrong fixed bit, or of another length', () => {
    for (const bytes of [
      '12 00 00 00',
      '10 10 00 00',
      '10 00 80 00',
      '90 00 00 00',
      '10 00 00',
      '10 00 00 00 00',
    ])
      expect(readAsb(hex(bytes))).toBeUndefined();
  });
});

describe('an answer through the buffer', () => {
  it('tells the paper, by the bits that the printer has for it', () => {
    expect(readBuffered(0x00)).toEqual({ paper: 'ok' });
    expect(readBuffered(0x03)).toEqual({ paper: 'low' });
    expect(readBuffered(0x0c)).toEqual({ paper: 'empty' });
    expect(readBuffered(0x0f)).toEqual({ paper: 'empty' });
    expect(readBuffered(0x0c, 'bits23')).toEqual({ paper: 'low' });
    expect(readBuffered(0x03, 'bits23')).toEqual({ paper: 'ok' });
    expect(readBuffered(0x12)).toBeUndefined();
  });
});

describe('the stream of a printer', () => {
  it('is cut into answers and blocks', () => {
    expect(said(framesOf(decode(hex('12 16 14 00 00 00 00 38 00 0C 00 1E'))))).toEqual([
      'realtime 12',
      'realtime 16',
      'asb 14 00 00 00',
      'buffered 00',
      'asb 38 00 0C 00',
      'realtime 1E',
    ]);
  });

  it('may have real-time answers inside a block', () => {
    const found = decode(hex('18 12 00 72 0C 00'));
    expect(said(framesOf(found))).toEqual(['realtime 12', 'realtime 72', 'asb 18 00 0C 00']);
    expect(story(found)).toEqual(['frame', 'frame', 'frame']);
  });

  it('gives up a block that breaks off, and takes none of its bytes for the answer that confirms a ticket', () => {
    expect(story(decode(hex('10 00 00')))).toEqual(['10 00 00 unfinished']);
    expect(story(decode(hex('10 00 10 00 00 00')))).toEqual(['10 00 unfinished', 'frame']);
    expect(story(decode(hex('10 00 FF 00')))).toEqual(['10 00 unfinished', 'FF unknown-bytes', 'frame']);
  });

  it('counts flow control as no noise, not even inside a block', () => {
    expect(said(framesOf(decode(hex('13 10 00 11 00 00'))))).toEqual([
      'flow-control 13',
      'flow-control 11',
      'asb 10 00 00 00',
    ]);
  });

  it('of garbage is discarded with a reason', () => {
    expect(story(decode(hex('80 FF 93 12')))).toEqual(['80 FF 93 unknown-bytes', 'frame']);
  });

  const realtime = fc.integer({ min: 0, max: 255 }).map((byte) => (byte & 0x6c) | 0x12);
  const rest = fc.integer({ min: 0, max: 255 }).map((byte) => byte & 0x6f);
  const block = fc
    .tuple(fc.integer({ min: 0, max: 255 }), rest, rest, rest)
    .map(([first, ...others]) => [(first & 0x6c) | 0x10, ...others]);
  const piece = fc.oneof(
    realtime.map((byte) => ({ bytes: [byte], frames: [['realtime', byte]] })),
    rest.map((byte) => ({ bytes: [byte], frames: [['buffered', byte]] })),
    block.map((bytes) => ({ bytes, frames: [['asb', ...bytes]] })),
    fc.tuple(block, realtime, fc.integer({ min: 1, max: 3 })).map(([bytes, byte, at]) => ({
      bytes: [...bytes.slice(0, at), byte, ...bytes.slice(at)],
      frames: [
        ['realtime', byte],
        ['asb', ...bytes],
      ],
    })),
  );
  const flat = (frames: readonly PrinterFrame[]) =>
    frames.map((frame) => [frame.kind, ...(frame.kind === 'asb' ? frame.bytes : [frame.byte])]);

  it('gives the same frames wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), cuts, (pieces, shares) => {
        const stream = Uint8Array.from(pieces.flatMap(({ bytes }) => bytes));
        const decoder = escposStatus.decoder([null]);
        const found = [...feedAll(decoder, cutAt(stream, shares)), ...decoder.idle()];
        expect(flat(framesOf(found))).toEqual(pieces.flatMap(({ frames }) => frames));
      }),
    );
  });

  it('accounts for each byte, and holds back three at most', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), cuts, (stream, shares) => {
        const decoder = escposStatus.decoder([null]);
        const found = [...feedAll(decoder, cutAt(stream, shares)), ...decoder.idle()];
        // A real-time answer inside a block comes before it: the bytes are the same ones, in another order.
        expect(bytesOf(found).toSorted()).toEqual(stream.toSorted());
        expect(mostHeld(escposStatus.decoder([null]), stream, 7)).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('finds what comes after noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), block, realtime, (noise, bytes, byte) => {
        const decoder = escposStatus.decoder([null]);
        decoder.feed(noise);
        decoder.idle();
        expect(flat(framesOf(decoder.feed(Uint8Array.from([...bytes, byte]))))).toEqual([
          ['asb', ...bytes],
          ['realtime', byte],
        ]);
      }),
    );
  });
});
