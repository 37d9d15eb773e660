/**
 * HLK-LD2410 (B, C), a presence radar by Hi-Link: ten reports a second, unasked.
 *
 * `F4 F3 F2 F1`, length (two bytes, low first, as all numbers), data, `F8 F7 F6 F5`. Data: 02 (basic) or 01
 * (engineering), `AA`, state, moving distance and energy, still distance and energy, detection distance, the
 * engineering part, `55`, `00`. No checksum and no number in sequence: what a figure can't be is refused.
 *
 * Source: Hi-Link, HLK-LD2410 serial communication protocol V1.00 to V1.07; states 4 to 6 and the last two bytes of the
 * engineering part (light, OUT pin) are of the LD2410B and C.
 */
import { hasBytesAt } from '../kernel/bytes.js';
import type { Framing } from '../kernel/framing.js';
import {
  type Acknowledge,
  longestAcknowledgeBytes,
  lookForAcknowledge,
  mayBecome,
} from './hilink-acknowledge.js';
import { discardOne, scanningDecoder, type Verdict } from './scanning-decoder.js';

const head = Uint8Array.of(0xf4, 0xf3, 0xf2, 0xf1);
const tail = Uint8Array.of(0xf8, 0xf7, 0xf6, 0xf5);
const basicBytes = 13;
const engineeringBytes = 35;
const gateCount = 9;
/** Nine gates of 0.75 m end at 6.75 m; beyond this a distance is no distance. */
const farthestCentimetres = 1000;
const mostEnergy = 100;

/** `calibrating`: it measures the thresholds of the room (firmware 2.44 and later), or has just done so. */
const states = ['none', 'moving', 'still', 'both', 'calibrating', 'calibrating', 'calibrating'] as const;

export interface Ld2410Report {
  readonly type: 'report';
  readonly listener: number;
  readonly state: (typeof states)[number];
  /** Of the moving target; says nothing unless the state is `moving` or `both`. */
  readonly movingCentimetres: number;
  /** 0 to 100, as `stillEnergy`. */
  readonly movingEnergy: number;
  /** Of the still target; says nothing unless the state is `still` or `both`. */
  readonly stillCentimetres: number;
  readonly stillEnergy: number;
  readonly detectionCentimetres: number;
  readonly engineering?: {
    readonly farthestMovingGate: number;
    readonly farthestStillGate: number;
    /** Of the gates 0 to 8. */
    readonly movingEnergies: readonly number[];
    readonly stillEnergies: readonly number[];
    /** 0 (dark) to 255, of the LD2410C. */
    readonly light: number;
    readonly outPin: boolean;
  };
}

type Ld2410Frame = Ld2410Report | Acknowledge;

/**
 * Cuts a stream into reports and acknowledges. One module has a wire for itself, so `listener` is always 0. Reasons of
 * discarded bytes: `unknown-bytes`, `bad-length`, `bad-tail`, `impossible` (a figure that can't be), `no-acknowledge`,
 * `unfinished`.
 */
export const ld2410: Framing<null, Ld2410Frame> = {
  name: 'ld2410',
  idleMilliseconds: 50,
  decoder: () => scanningDecoder(look, longestAcknowledgeBytes),
};

const wordAt = (bytes: Uint8Array, offset: number): number => bytes[offset]! + 256 * bytes[offset + 1]!;

function look(bytes: Uint8Array, offset: number): Verdict<Ld2410Frame> {
  if (bytes[offset] === 0xfd) return lookForAcknowledge(bytes, offset);
  if (!mayBecome(bytes, head, offset)) return discardOne;
  if (bytes.length - offset < head.length + 2) return 'wait';
  const length = wordAt(bytes, offset + 4);
  if (length !== basicBytes && length !== engineeringBytes) {
    return { discard: 1, reason: 'bad-length', suspect: head.length + 2 };
  }
  const whole = head.length + 2 + length + tail.length;
  if (bytes.length - offset < whole) return 'wait';
  if (!hasBytesAt(bytes, tail, offset + whole - tail.length)) {
    return { discard: 1, reason: 'bad-tail', suspect: whole };
  }
  const frame = reportOf(bytes.subarray(offset + 6, offset + 6 + length));
  return frame === undefined
    ? { discard: 1, reason: 'impossible', suspect: whole }
    : { frame, length: whole };
}

function reportOf(data: Uint8Array): Ld2410Report | undefined {
  const isEngineering = data.length === engineeringBytes;
  if (data[0] !== (isEngineering ? 0x01 : 0x02) || data[1] !== 0xaa) return undefined;
  if (data.at(-2) !== 0x55 || data.at(-1) !== 0x00) return undefined;
  const state = states[data[2]!];
  const report = {
    type: 'report' as const,
    listener: 0,
    movingCentimetres: wordAt(data, 3),
    movingEnergy: data[5]!,
    stillCentimetres: wordAt(data, 6),
    stillEnergy: data[8]!,
    detectionCentimetres: wordAt(data, 9),
  };
  const distances = [report.movingCentimetres, report.stillCentimetres, report.detectionCentimetres];
  if (state === undefined || distances.some((distance) => distance > farthestCentimetres)) return undefined;
  if (Math.max(report.movingEnergy, report.stillEnergy) > mostEnergy) return undefined;
  if (!isEngineering) return { ...report, state };
  return {
    ...report,
    state,
    engineering: {
      farthestMovingGate: data[11]!,
      farthestStillGate: data[12]!,
      movingEnergies: [...data.subarray(13, 13 + gateCount)],
      stillEnergies: [...data.subarray(22, 22 + gateCount)],
      light: data[31]!,
      outPin: data[32] !== 0,
    },
  };
}
