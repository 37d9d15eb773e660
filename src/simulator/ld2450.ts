/**
 * The radar HLK-LD2450, which follows up to three people, on a serial line.
 *
 * Source: Hi-Link, HLK-LD2450 serial communication protocol V1.03: `AAFF0300`, three targets of four words, `55CC`; the
 * published target `0E03 B186 1000 4001` is x -782 mm, y 1713 mm, -16 cm/s, 320 mm; A2 and a restart bring the factory
 * setting back. Not known, and assumed: the speed is negative for who comes nearer. A person that does not move is lost
 * after some seconds; here only where a test says so.
 */
import type { Clock } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import { hexBytes } from './hex.js';
import { RadarModule, type RadarPanel } from './hilink-radar.js';

/** A place in the radar's field. */
export interface RadarSpot {
  readonly xMillimetres: number;
  readonly yMillimetres: number;
}

export interface SimulatedLd2450 extends RadarPanel {
  /**
   * Somebody walks in a straight line in the clock's time, and is not there before and after. Walking on from the same
   * place is one person; a fourth one at a time is not seen.
   * @param millimetresPerSecond 1000 if absent
   * @returns how long that takes, in milliseconds
   */
  walk(from: RadarSpot, to: RadarSpot, millimetresPerSecond?: number): number;
  /** Just these are there now, whoever walks besides; none with an empty list. */
  targets(spots: readonly RadarSpot[]): void;
  targetMode(): 'single' | 'multiple';
}

interface Walker {
  readonly from: RadarSpot;
  readonly to: RadarSpot;
  readonly begin: number;
  readonly milliseconds: number;
}

/** Two bytes, low first, with the top bit set for what is positive. */
function turnedSign(value: number): string {
  const whole = Math.round(value);
  const magnitude = Math.min(0x7fff, Math.abs(whole));
  const top = (magnitude >> 8) | (whole >= 0 ? 0x80 : 0);
  return (magnitude & 0xff).toString(16).padStart(2, '0') + top.toString(16).padStart(2, '0');
}

/** A module with power in front of an empty door, that begins to report after 100 ms. */
export function simulatedLd2450(farEnd: FarEnd, clock: Clock): SimulatedLd2450 {
  let walkers: Walker[] = [];
  let standing: readonly RadarSpot[] = [];
  let mode: 'single' | 'multiple' = 'multiple';
  let becomesFactory = false;

  const seen = (): (RadarSpot & { readonly speed: number })[] => {
    const now = clock.monotonicMilliseconds();
    walkers = walkers.filter(({ begin, milliseconds }) => now <= begin + milliseconds);
    const walking = walkers.map(({ from, to, begin, milliseconds }) => {
      const share = milliseconds === 0 ? 1 : (now - begin) / milliseconds;
      const along = (a: number, b: number) => a + share * (b - a);
      return {
        xMillimetres: along(from.xMillimetres, to.xMillimetres),
        yMillimetres: along(from.yMillimetres, to.yMillimetres),
        speed: (100 * (to.yMillimetres - from.yMillimetres)) / Math.max(1, milliseconds),
      };
    });
    return [...standing.map((spot) => ({ ...spot, speed: 0 })), ...walking].slice(
      0,
      mode === 'single' ? 1 : 3,
    );
  };

  const module = new RadarModule(farEnd, clock, 'LD2450', {
    report(count) {
      const targets = seen().map(({ xMillimetres, yMillimetres, speed }, index) => {
        const tremble = ((count * 7 + index * 3) % 5) - 2;
        return `${turnedSign(xMillimetres + tremble)}${turnedSign(yMillimetres + tremble)}${turnedSign(speed)}6801`;
      });
      return hexBytes(`aaff0300${targets.join('').padEnd(48, '0')}55cc`);
    },
    starts() {
      if (becomesFactory) mode = 'multiple';
      becomesFactory = false;
    },
    command(number) {
      switch (number) {
        case 0x80:
          mode = 'single';
          return '';
        case 0x90:
          mode = 'multiple';
          return '';
        case 0x91:
          return mode === 'single' ? '0100' : '0200';
        case 0xa0:
          return '0000020116240622';
        case 0xa2:
          becomesFactory = true;
          return '';
        case 0xa3:
          return '';
        case 0xa5:
          return '8f272eb80f65';
        default:
          return undefined;
      }
    },
  });
  return Object.assign(module, {
    walk(from: RadarSpot, to: RadarSpot, millimetresPerSecond = 1_000) {
      const distance = Math.hypot(to.xMillimetres - from.xMillimetres, to.yMillimetres - from.yMillimetres);
      const milliseconds = (1_000 * distance) / millimetresPerSecond;
      walkers.push({ from, to, begin: clock.monotonicMilliseconds(), milliseconds });
      return milliseconds;
    },
    targets(spots: readonly RadarSpot[]) {
      standing = [...spots];
      if (spots.length === 0) walkers = [];
    },
    targetMode: () => mode,
  });
}
