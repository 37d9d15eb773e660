import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ld2450 } from '../../src/protocols/ld2450.js';
import { feedAll, framesOf, garbage, hex, mostHeld, story } from './stream.js';
import { itKeepsItsPlace } from './whole-frames.js';

const none = '00'.repeat(8);
/** Hi-Link, HLK-LD2450 serial communication protocol V1.03: the example of a report. */
const one = `AAFF0300 0E03 B186 1000 4001 ${none}${none} 55CC`;
const nobody = `AAFF0300 ${none}${none}${none} 55CC`;

const decode = (...chunks: string[]) => feedAll(ld2450.decoder([null]), chunks.map(hex));
const target = (words: string) => `AAFF0300 ${words} ${none}${none} 55CC`;

describe('a report of an LD2450', () => {
  it('is the maker’s example: the top bit is set for what is positive', () => {
    expect(framesOf(decode(one))).toEqual([
      {
        type: 'report',
        listener: 0,
        targets: [
          {
            xMillimetres: -782,
            yMillimetres: 1713,
            speedCentimetresPerSecond: -16,
            resolutionMillimetres: 320,
          },
        ],
      },
    ]);
  });

  // A person who stood still in front of a real module, read from a capture by lnxusr1/kenzy-ld2450 (protocol.py, adc1b82).
  it('has a person to the right of its middle at positive places', () => {
    expect(framesOf(decode(target('4E80 A789 0000 6801')))).toMatchObject([
      {
        targets: [
          { xMillimetres: 78, yMillimetres: 2471, speedCentimetresPerSecond: 0, resolutionMillimetres: 360 },
        ],
      },
    ]);
  });

  it('leaves out targets that are none', () => {
    expect(framesOf(decode(nobody))).toEqual([{ type: 'report', listener: 0, targets: [] }]);
    const second = `AAFF0300 ${none} 0180 E883 0000 6801 ${none} 55CC`;
    expect(framesOf(decode(second))).toMatchObject([{ targets: [{ xMillimetres: 1, yMillimetres: 1000 }] }]);
  });

  it('has one zero only', () => {
    const [found] = framesOf(decode(target('0000 0080 0000 6801')));
    expect(found).toMatchObject({ targets: [{ xMillimetres: 0, speedCentimetresPerSecond: 0 }] });
    expect(JSON.stringify(found)).not.toContain('-0');
  });

  it.each([
    ['12 m to the side', target('E0AE B186 1000 4001'), 'impossible'],
    ['a speed of 327 m/s', target('0E03 B186 FF7F 4001'), 'impossible'],
    ['another tail', one.replace('55CC', '55CD'), 'bad-tail'],
  ])('with %s is discarded, and the next one is read', (_what, bad, reason) => {
    const found = decode(`${bad} ${one}`);
    expect(framesOf(found)).toHaveLength(1);
    expect(story(found)[0]).toContain(reason);
  });

  it('that is cut off by the next one costs itself', () => {
    expect(framesOf(decode(`${one.slice(0, 29)} ${one} ${nobody}`))).toHaveLength(2);
  });
});

describe('a command to an LD2450', () => {
  it('is acknowledged', () => {
    expect(framesOf(decode('FDFCFBFA 0400 8001 0000 04030201'))).toMatchObject([{ command: 0x80, ok: true }]);
    expect(framesOf(decode('FDFCFBFA 0600 9101 0000 0100 04030201'))).toEqual([
      { type: 'acknowledge', listener: 0, command: 0x91, ok: true, values: hex('0100') },
    ]);
  });
});

describe('the decoder of an LD2450', () => {
  const frames = [one, nobody, target('0180 E883 0A80 6801'), 'FDFCFBFA 0400 8001 0000 04030201'].map(hex);
  itKeepsItsPlace(() => ld2450.decoder([null]), frames, [0xaa, 0xfd]);

  it('reads back every place that the far end’s sign and magnitude can say', () => {
    const value = fc.integer({ min: -9_999, max: 9_999 });
    fc.assert(
      fc.property(value, value, (x, y) => {
        const bytes = Buffer.from(hex(target('0000 0000 0A80 6801')));
        bytes.writeUInt16LE(x >= 0 ? x | 0x8000 : -x, 4);
        bytes.writeUInt16LE(y >= 0 ? y | 0x8000 : -y, 6);
        expect(framesOf(ld2450.decoder([null]).feed(new Uint8Array(bytes)))).toMatchObject([
          { targets: [{ xMillimetres: x, yMillimetres: y, speedCentimetresPerSecond: 10 }] },
        ]);
      }),
    );
  });

  it('holds no more than one frame of a megabyte of garbage', () => {
    expect(mostHeld(ld2450.decoder([null]), garbage(1_000_000), 4096)).toBeLessThanOrEqual(74);
  });
});
