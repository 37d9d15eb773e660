import { describe, expect, it } from 'vitest';
import { formatHex } from '../../src/kernel/bytes.js';
import { type Ld2410Report, ld2410 } from '../../src/protocols/ld2410.js';
import { bytesOf, feedAll, framesOf, garbage, hex, mostHeld, story } from './stream.js';
import { itKeepsItsPlace } from './whole-frames.js';

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

  // Noted by the authors of Tasmota (xsns_102_ld2410.ino), by aio-ld2410 (tests/protocol/test_reports.py, 0745fa5).
  it.each([
    ['00 0000 00 0000 37 0000', 'none', [0, 0, 0, 55]],
    ['00 4500 3E 0000 3A 0000', 'none', [69, 62, 0, 58]],
    ['03 4600 34 0000 3C 0000', 'both', [70, 52, 0, 60]],
    ['02 9600 00 0000 36 0000', 'still', [150, 0, 0, 54]],
    ['03 2A00 64 0000 64 0000', 'both', [42, 100, 0, 100]],
  ])('is read as modules in the field send it: %s', (target, state, figures) => {
    const [report] = framesOf(decode(`F4F3F2F1 0D00 02 AA ${target} 55 00 F8F7F6F5`)) as Ld2410Report[];
    const { movingCentimetres, movingEnergy, stillCentimetres, stillEnergy } = report!;
    expect(report!.state).toBe(state);
    expect([movingCentimetres, movingEnergy, stillCentimetres, stillEnergy]).toEqual(figures);
  });

  it('with the energies of all gates is read as modules in the field send it', () => {
    const quiet =
      'F4F3F2F1 2300 01 AA 00 1E00 00 1E00 0D 0000 08 08 130E07020507030405 00000D060505050505 62 00 55 00 F8F7F6F5';
    const daylight = engineering.replace('0305 55', '6001 55');
    const still =
      'F4F3F2F1 2300 01 AA 02 2001 00 3701 64 2601 08 08 120504090C0D0F0401 00001F64646464311A 8C 01 55 00 F8F7F6F5';
    expect(framesOf(decode(quiet, daylight, still))).toMatchObject([
      {
        state: 'none',
        movingCentimetres: 30,
        stillCentimetres: 30,
        stillEnergy: 13,
        engineering: { light: 98, outPin: false },
      },
      { state: 'both', engineering: { light: 96, outPin: true } },
      {
        state: 'still',
        stillCentimetres: 311,
        stillEnergy: 100,
        detectionCentimetres: 294,
        engineering: {
          movingEnergies: [18, 5, 4, 9, 12, 13, 15, 4, 1],
          stillEnergies: [0, 0, 31, 100, 100, 100, 100, 49, 26],
          light: 140,
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
  itKeepsItsPlace(() => ld2410.decoder([null]), frames, [0xf4, 0xfd]);

  it.each([1, 7, 4096])('holds no more than one frame of a megabyte of garbage, in chunks of %d', (size) => {
    expect(mostHeld(ld2410.decoder([null]), garbage(1_000_000), size)).toBeLessThanOrEqual(74);
    expect(
      mostHeld(ld2410.decoder([null]), garbage(100_000, [0xf4, 0xf3, 0xf2, 0xf1, 0x0d, 0]), size),
    ).toBeLessThanOrEqual(74);
  });
});
