import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../../src/kernel/bytes.js';
import { ld2410 } from '../../src/protocols/ld2410.js';
import {
  bytesOf,
  cutAt,
  cuts,
  fates,
  feedAll,
  framesOf,
  garbage,
  hex,
  join,
  mostHeld,
  story,
} from './stream.js';

/** Hi-Link, HLK-LD2410 serial communication protocol V1.00: the example of a basic report. */
const basic = 'F4F3F2F1 0D00 02 AA 02 5100 00 0000 3B 0000 55 00 F8F7F6F5';
/** The same, of an engineering report. */
const engineering =
  'F4F3F2F1 2300 01 AA 03 1E00 3C 0000 39 0000 08 08 3C22050303040306 05 0000391013060608 04 0305 55 00 F8F7F6F5';
const entered = 'FDFCFBFA 0800 FF01 0000 0100 4000 04030201';
const firmware = 'FDFCFBFA 0C00 A001 0000 0000 0201 16240622 04030201';

const decode = (...chunks: string[]) => feedAll(ld2410.decoder([null]), chunks.map(hex));
const acknowledge = (text: string) => framesOf(decode(text))[0];

describe('a report of an LD2410', () => {
  it('is the maker’s example', () => {
    expect(framesOf(decode(basic))).toEqual([
      {
        type: 'report',
        listener: 0,
        state: 'still',
        movingCentimetres: 81,
        movingEnergy: 0,
        stillCentimetres: 0,
        stillEnergy: 59,
        detectionCentimetres: 0,
      },
    ]);
  });

  it('may carry the energies of all gates', () => {
    expect(framesOf(decode(engineering))).toEqual([
      {
        type: 'report',
        listener: 0,
        state: 'both',
        movingCentimetres: 30,
        movingEnergy: 60,
        stillCentimetres: 0,
        stillEnergy: 57,
        detectionCentimetres: 0,
        engineering: {
          farthestMovingGate: 8,
          farthestStillGate: 8,
          movingEnergies: [60, 34, 5, 3, 3, 4, 3, 6, 5],
          stillEnergies: [0, 0, 57, 16, 19, 6, 6, 8, 4],
          light: 3,
          outPin: true,
        },
      },
    ]);
  });

  it.each([
    [0, 'none'],
    [1, 'moving'],
    [3, 'both'],
    [4, 'calibrating'],
    [5, 'calibrating'],
    [6, 'calibrating'],
  ])('says by %d that the state is %s', (code, state) => {
    expect(framesOf(decode(basic.replace('AA 02', `AA 0${code}`)))).toMatchObject([{ state }]);
  });

  it.each([
    ['an unknown state', basic.replace('AA 02', 'AA 07'), 'impossible'],
    ['an energy over 100', basic.replace('3B 0000 55', '65 0000 55'), 'impossible'],
    ['a distance of 256 m', basic.replace('5100 00', '0064 00'), 'impossible'],
    ['no mark before its end', basic.replace('55 00', '54 00'), 'impossible'],
    ['another kind', basic.replace('02 AA', '03 AA'), 'impossible'],
    ['another tail', basic.replace('F8F7F6F5', 'F8F7F6F4'), 'bad-tail'],
    ['a length of nobody', basic.replace('0D00', '0E00'), 'bad-length'],
  ])('with %s is discarded, and the next one is read', (_what, bad, reason) => {
    const found = decode(`${bad} ${basic}`);
    expect(framesOf(found)).toHaveLength(1);
    expect(story(found)[0]).toContain(reason);
    expect(formatHex(bytesOf(found))).toBe(formatHex(hex(bad + basic)));
  });

  it('that is cut off by the next one costs itself', () => {
    const found = decode(`${basic.slice(0, 30)} ${basic} ${basic}`);
    expect(framesOf(found)).toHaveLength(2);
    expect(story(found)).toEqual([expect.stringMatching(/^F4 F3 .*bad-tail$/), 'frame', 'frame']);
  });

  it('that falls silent is unfinished', () => {
    const decoder = ld2410.decoder([null]);
    expect(decoder.feed(hex(basic.slice(0, 20)))).toEqual([]);
    expect(story(decoder.idle())).toEqual([expect.stringContaining('unfinished')]);
    expect(framesOf(decoder.feed(hex(basic)))).toHaveLength(1);
  });
});

describe('a command to an LD2410', () => {
  it('is acknowledged with its number, a status and values', () => {
    expect(acknowledge(entered)).toEqual({
      type: 'acknowledge',
      listener: 0,
      command: 0xff,
      ok: true,
      values: hex('0100 4000'),
    });
    expect(acknowledge('FDFCFBFA 0400 6001 0100 04030201')).toMatchObject({ command: 0x60, ok: false });
  });

  it('whose acknowledge is damaged is discarded', () => {
    expect(story(decode(entered.replace('04030201', '04030200')))[0]).toContain('bad-tail');
    expect(story(decode(entered.replace('0800', 'FF00')))[0]).toContain('bad-length');
  });

  it('that comes back to us is no acknowledge', () => {
    expect(story(decode('FDFCFBFA 0200 A000 04030201'))[0]).toContain('bad-length');
    expect(story(decode('FDFCFBFA 0400 FF00 0100 04030201'))).toEqual([
      expect.stringContaining('no-acknowledge'),
    ]);
  });
});

describe('the decoder of an LD2410', () => {
  const frames = [basic, engineering, entered, firmware].map(hex);
  /** Bytes that begin no frame. */
  const noise = fc
    .array(
      fc.integer({ min: 0, max: 255 }).filter((byte) => byte !== 0xf4 && byte !== 0xfd),
      { maxLength: 10 },
    )
    .map((bytes) => Uint8Array.from(bytes));

  it('finds every frame, cut anywhere, glued together, with noise between, and accounts for each byte', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, fc.nat(3)), { maxLength: 20 }), cuts, (parts, shares) => {
        const stream = join(parts.flatMap(([before, which]) => [before, frames[which]!]));
        const found = feedAll(ld2410.decoder([null]), cutAt(stream, shares));
        expect(framesOf(found)).toEqual(
          parts.map(([, which]) => framesOf(ld2410.decoder([null]).feed(frames[which]!))[0]),
        );
        expect(bytesOf(found)).toEqual(stream);
      }),
      { numRuns: 300 },
    );
  });

  it('says the same of arbitrary bytes and broken frames however they were cut', () => {
    const broken = fc
      .tuple(fc.nat(3), fc.nat(45), fc.nat(255))
      .map(([which, at, byte]) => frames[which]!.map((old, index) => (index === at ? byte : old)));
    fc.assert(
      fc.property(fc.array(fc.oneof(noise, broken), { maxLength: 20 }), cuts, (parts, shares) => {
        const stream = join(parts);
        const [once, often] = [ld2410.decoder([null]), ld2410.decoder([null])];
        const atOnce = [...once.feed(stream), ...once.idle()];
        expect(bytesOf(atOnce)).toEqual(stream);
        const inPieces = [...feedAll(often, cutAt(stream, shares)), ...often.idle()];
        expect(fates(inPieces)).toEqual(fates(atOnce));
      }),
      { numRuns: 300 },
    );
  });

  it.each([1, 7, 4096])('holds no more than one frame of a megabyte of garbage, in chunks of %d', (size) => {
    expect(mostHeld(ld2410.decoder([null]), garbage(1_000_000), size)).toBeLessThanOrEqual(74);
    expect(
      mostHeld(ld2410.decoder([null]), garbage(100_000, [0xf4, 0xf3, 0xf2, 0xf1, 0x0d, 0]), size),
    ).toBeLessThanOrEqual(74);
  });
});
