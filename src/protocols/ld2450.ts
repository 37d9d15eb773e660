/**
 * HLK-LD2450, a radar by Hi-Link that follows up to three moving people: ten reports a second, unasked.
 *
 * `AA FF 03 00`, three targets, `55 CC`. A target is x, y, speed, resolution, two bytes each, low first. x, y and speed
 * are sign and magnitude with the sign turned round: top bit 1 is positive. A target of zeros is none. No checksum: what
 * a figure can't be is refused.
 *
 * Source: Hi-Link, HLK-LD2450 serial communication protocol V1.03 (2023-10-17).
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

const head = Uint8Array.of(0xaa, 0xff, 0x03, 0x00);
const tail = Uint8Array.of(0x55, 0xcc);
const targetBytes = 8;
const wholeBytes = 30;
/** It sees 6 m; beyond this a place is no place. */
const farthestMillimetres = 10_000;
const fastestCentimetresPerSecond = 2_000;

interface Ld2450Target {
  /** Sideways; to the right of whoever looks out of the radar is positive by the maker's drawing. */
  readonly xMillimetres: number;
  /** Away from the radar. */
  readonly yMillimetres: number;
  readonly speedCentimetresPerSecond: number;
  readonly resolutionMillimetres: number;
}

interface Ld2450Report {
  readonly type: 'report';
  readonly listener: number;
  /** At most three; those that are none are left out. */
  readonly targets: readonly Ld2450Target[];
}

type Ld2450Frame = Ld2450Report | Acknowledge;

/**
 * Cuts a stream into reports and acknowledges. One module has a wire for itself, so `listener` is always 0. Reasons of
 * discarded bytes: `unknown-bytes`, `bad-length`, `bad-tail`, `impossible` (a figure that can't be), `no-acknowledge`,
 * `unfinished`.
 */
export const ld2450: Framing<null, Ld2450Frame> = {
  name: 'ld2450',
  idleMilliseconds: 50,
  decoder: () => scanningDecoder(look, longestAcknowledgeBytes),
};

function look(bytes: Uint8Array, offset: number): Verdict<Ld2450Frame> {
  if (bytes[offset] === 0xfd) return lookForAcknowledge(bytes, offset);
  if (!mayBecome(bytes, head, offset)) return discardOne;
  if (bytes.length - offset < wholeBytes) return 'wait';
  if (!hasBytesAt(bytes, tail, offset + wholeBytes - tail.length)) {
    return { discard: 1, reason: 'bad-tail', suspect: wholeBytes };
  }
  const targets: Ld2450Target[] = [];
  for (let at = offset + head.length; at < offset + wholeBytes - tail.length; at += targetBytes) {
    if (bytes.subarray(at, at + targetBytes).every((byte) => byte === 0)) continue;
    const target = targetAt(bytes, at);
    if (target === undefined) return { discard: 1, reason: 'impossible', suspect: wholeBytes };
    targets.push(target);
  }
  return { frame: { type: 'report', listener: 0, targets }, length: wholeBytes };
}

function targetAt(bytes: Uint8Array, at: number): Ld2450Target | undefined {
  const xMillimetres = signed(bytes, at);
  const yMillimetres = signed(bytes, at + 2);
  const speedCentimetresPerSecond = signed(bytes, at + 4);
  if (Math.max(Math.abs(xMillimetres), Math.abs(yMillimetres)) > farthestMillimetres) return undefined;
  if (Math.abs(speedCentimetresPerSecond) > fastestCentimetresPerSecond) return undefined;
  const resolutionMillimetres = bytes[at + 6]! + 256 * bytes[at + 7]!;
  return { xMillimetres, yMillimetres, speedCentimetresPerSecond, resolutionMillimetres };
}

/** Top bit 1 is positive, and 0 is negative; there is only one zero here. */
function signed(bytes: Uint8Array, at: number): number {
  const magnitude = bytes[at]! + 256 * (bytes[at + 1]! & 0x7f);
  return (bytes[at + 1]! & 0x80) !== 0 || magnitude === 0 ? magnitude : -magnitude;
}
