/**
 * The presence radar HLK-LD2410 on a serial line.
 *
 * Source: Hi-Link, HLK-LD2410 serial communication protocol V1.00: reports `F4F3F2F1 0D00 02AA ... 5500 F8F7F6F5`,
 * factory setting gates 8 and 8 and 5 s, firmware `0000 0201 16240622`. Energies tremble by a few, as all users see.
 */
import type { Clock } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import { hexBytes } from './hex.js';
import { RadarModule, type RadarPanel } from './hilink-radar.js';

export interface SimulatedLd2410 extends RadarPanel {
  /** Somebody is there, moving, still, or both; energies 0 to 100, 60 if absent. */
  someone(who: {
    readonly movingCentimetres?: number;
    readonly movingEnergy?: number;
    readonly stillCentimetres?: number;
    readonly stillEnergy?: number;
  }): void;
  /** Somebody sits there. */
  still(centimetres: number): void;
  nobody(): void;
  /** It measures the thresholds of the room (firmware 2.44 and later); `nobody` or `someone` ends it. */
  calibrates(): void;
  /** How far it looks and for how long it holds, as it was last set. */
  readonly set: { readonly movingGate: number; readonly stillGate: number; readonly nobodySeconds: number };
}

const u16 = (value: number): string =>
  (value & 0xff).toString(16).padStart(2, '0') + (value >> 8).toString(16).padStart(2, '0');
const u8 = (value: number): string => value.toString(16).padStart(2, '0');

/** A module with power in an empty room, that begins to report after 100 ms. */
export function simulatedLd2410(farEnd: FarEnd, clock: Clock): SimulatedLd2410 {
  let state = 0;
  let moving = { centimetres: 0, energy: 0 };
  let still = { centimetres: 0, energy: 0 };
  const set = { movingGate: 8, stillGate: 8, nobodySeconds: 5 };
  const trembling = (energy: number, count: number) =>
    energy === 0 ? 0 : Math.max(1, Math.min(100, energy - (count % 3)));

  const module = new RadarModule(farEnd, clock, 'LD2410', {
    report: (count) =>
      hexBytes(
        `f4f3f2f1 0d00 02aa ${u8(state)} ${u16(moving.centimetres)} ${u8(trembling(moving.energy, count))}` +
          `${u16(still.centimetres)} ${u8(trembling(still.energy, count + 1))}` +
          `${u16(moving.centimetres || still.centimetres)} 5500 f8f7f6f5`,
      ),
    command(number, values) {
      switch (number) {
        case 0x60:
          // Word, long word, three times.
          if (values.length !== 18) return undefined;
          set.movingGate = values[2]!;
          set.stillGate = values[8]!;
          set.nobodySeconds = values[14]! + 256 * values[15]!;
          return '';
        case 0x61:
          return (
            `aa08${u8(set.movingGate)}${u8(set.stillGate)}` +
            `3232281e140f0f0f0f 000028281e1e141414${u16(set.nobodySeconds)}`
          ).replaceAll(' ', '');
        case 0x62:
        case 0x63:
        case 0x64:
        case 0xa3:
          return '';
        case 0xa0:
          return '0000020116240622';
        default:
          return undefined;
      }
    },
  });
  return Object.assign(module, {
    set,
    someone(who: Parameters<SimulatedLd2410['someone']>[0]) {
      const { movingCentimetres, movingEnergy = 60, stillCentimetres, stillEnergy = 60 } = who;
      state = (movingCentimetres === undefined ? 0 : 1) + (stillCentimetres === undefined ? 0 : 2);
      moving = {
        centimetres: movingCentimetres ?? 0,
        energy: movingCentimetres === undefined ? 0 : movingEnergy,
      };
      still = {
        centimetres: stillCentimetres ?? 0,
        energy: stillCentimetres === undefined ? 0 : stillEnergy,
      };
    },
    still(centimetres: number) {
      state = 2;
      moving = { centimetres: 0, energy: 0 };
      still = { centimetres, energy: 59 };
    },
    nobody() {
      state = 0;
      moving = { centimetres: 0, energy: 0 };
      still = { centimetres: 0, energy: 0 };
    },
    calibrates() {
      state = 4;
    },
  });
}
