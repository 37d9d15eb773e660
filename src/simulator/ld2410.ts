/**
 * The presence radar HLK-LD2410 on a serial line.
 *
 * Source: Hi-Link, HLK-LD2410 serial communication protocol V1.00: reports `F4F3F2F1 0D00 02AA ... 5500 F8F7F6F5`, with
 * the energies of all gates `F4F3F2F1 2300 01AA ...` between the commands 62 and 63 or until it starts anew; factory setting
 * gates 8 and 8, 5 s and the thresholds below, which A2 and a restart bring back; firmware `0000 0201 16240622`. Energies
 * tremble by a few, as all users see. Not known, and assumed: the energies of the gates where nobody is.
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
  /** How far it looks, for how long it holds and its thresholds for the gates 0 to 8, as they were last set. */
  readonly set: {
    readonly movingGate: number;
    readonly stillGate: number;
    readonly nobodySeconds: number;
    readonly movingThresholds: readonly number[];
    readonly stillThresholds: readonly number[];
  };
}

const factory = () => ({
  movingGate: 8,
  stillGate: 8,
  nobodySeconds: 5,
  movingThresholds: [50, 50, 40, 30, 20, 15, 15, 15, 15],
  stillThresholds: [0, 0, 40, 40, 30, 30, 20, 20, 20],
});
const gateCentimetres = 75;
/** Weak echoes of an empty room. */
const quietEnergies = [9, 6, 4, 3, 3, 2, 2, 2, 2];
/** In the daylight of a room; no module but the LD2410C measures it. */
const light = 96;

const u16 = (value: number): string =>
  (value & 0xff).toString(16).padStart(2, '0') + (value >> 8).toString(16).padStart(2, '0');
const u8 = (value: number): string => value.toString(16).padStart(2, '0');

/** A module with power in an empty room, that begins to report after 100 ms. */
export function simulatedLd2410(farEnd: FarEnd, clock: Clock): SimulatedLd2410 {
  let state = 0;
  let moving = { centimetres: 0, energy: 0 };
  let still = { centimetres: 0, energy: 0 };
  const set = factory();
  let isEngineering = false;
  let becomesFactory = false;
  const trembling = (energy: number, count: number) =>
    energy === 0 ? 0 : Math.max(1, Math.min(100, energy - (count % 3)));

  const target = (count: number) =>
    `aa ${u8(state)} ${u16(moving.centimetres)} ${u8(trembling(moving.energy, count))}` +
    `${u16(still.centimetres)} ${u8(trembling(still.energy, count + 1))}` +
    `${u16(moving.centimetres || still.centimetres)}`;
  const gates = (who: typeof moving, count: number) =>
    quietEnergies
      .map((quiet, gate) =>
        u8(
          trembling(
            who.energy > 0 && gate === Math.floor(who.centimetres / gateCentimetres) ? who.energy : quiet,
            count + gate,
          ),
        ),
      )
      .join('');
  /** Word, long word, three times; the second of each. */
  const threeValues = (values: Uint8Array) =>
    values.length === 18 ? [2, 8, 14].map((at) => values[at]! + 256 * values[at + 1]!) : undefined;

  const module = new RadarModule(farEnd, clock, 'LD2410', {
    report: (count) =>
      hexBytes(
        isEngineering
          ? `f4f3f2f1 2300 01 ${target(count)} ${u8(set.movingGate)}${u8(set.stillGate)} ${gates(moving, count)}` +
              `${gates(still, count + 1)} ${u8(light)}${u8(state === 0 ? 0 : 1)} 5500 f8f7f6f5`
          : `f4f3f2f1 0d00 02 ${target(count)} 5500 f8f7f6f5`,
      ),
    starts() {
      isEngineering = false;
      if (becomesFactory) Object.assign(set, factory());
      becomesFactory = false;
    },
    command(number, values) {
      switch (number) {
        case 0x60: {
          const [movingGate, stillGate, nobodySeconds] = threeValues(values) ?? [];
          if (nobodySeconds === undefined) return undefined;
          Object.assign(set, { movingGate, stillGate, nobodySeconds });
          return '';
        }
        case 0x61: {
          const thresholds = [...set.movingThresholds, ...set.stillThresholds].map(u8).join('');
          return `aa08${u8(set.movingGate)}${u8(set.stillGate)}${thresholds}${u16(set.nobodySeconds)}`;
        }
        case 0x62:
        case 0x63:
          isEngineering = number === 0x62;
          return '';
        case 0x64: {
          const [gate = 0, movingThreshold = 101, stillThreshold = 101] = threeValues(values) ?? [];
          if (Math.max(movingThreshold, stillThreshold) > 100 || (gate > 8 && gate !== 0xffff))
            return undefined;
          for (const at of gate === 0xffff ? quietEnergies.keys() : [gate]) {
            set.movingThresholds[at] = movingThreshold;
            set.stillThresholds[at] = stillThreshold;
          }
          return '';
        }
        case 0xa2:
          becomesFactory = true;
          return '';
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
