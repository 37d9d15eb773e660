/**
 * Acknowledges of Hi-Link's radar modules, which pass between the reports when somebody sets one up on the same wire:
 * `FD FC FB FA`, length (two bytes, low first), the command's number with 0x0100 added, a status (0: done), values,
 * `04 03 02 01`. There is no checksum.
 *
 * Source: Hi-Link, HLK-LD2410 serial communication protocol V1.00; HLK-LD2450 serial communication protocol V1.03.
 */
import { hasBytesAt } from '../kernel/bytes.js';
import { discardOne, type Verdict } from './scanning-decoder.js';

const head = Uint8Array.of(0xfd, 0xfc, 0xfb, 0xfa);
const tail = Uint8Array.of(0x04, 0x03, 0x02, 0x01);
/** The longest that an acknowledge is believed to be: command, status and values. The longest known has 28 bytes. */
const mostDataBytes = 64;

/** The longest frame with an acknowledge in it. */
export const longestAcknowledgeBytes = head.length + 2 + mostDataBytes + tail.length;

export interface Acknowledge {
  readonly type: 'acknowledge';
  readonly listener: number;
  /** The command that it answers: 0xA0. */
  readonly command: number;
  readonly ok: boolean;
  /** What follows the status. */
  readonly values: Uint8Array;
}

/** True where all that has come from `offset` on may become `pattern`. */
export function mayBecome(bytes: Uint8Array, pattern: Uint8Array, offset: number): boolean {
  const there = Math.min(pattern.length, bytes.length - offset);
  return hasBytesAt(bytes, pattern.subarray(0, there), offset);
}

/** Looks for an acknowledge at `offset`, for a module's decoder. */
export function lookForAcknowledge(bytes: Uint8Array, offset: number): Verdict<Acknowledge> {
  if (!mayBecome(bytes, head, offset)) return discardOne;
  if (bytes.length - offset < head.length + 2) return 'wait';
  const length = bytes[offset + 4]! + 256 * bytes[offset + 5]!;
  if (length < 4 || length > mostDataBytes) {
    return { discard: 1, reason: 'bad-length', suspect: head.length + 2 };
  }
  const whole = head.length + 2 + length + tail.length;
  if (bytes.length - offset < whole) return 'wait';
  if (!hasBytesAt(bytes, tail, offset + whole - tail.length)) {
    return { discard: 1, reason: 'bad-tail', suspect: whole };
  }
  // The high byte says that it is an acknowledge: the other one is the command.
  if (bytes[offset + 7] !== 0x01) return { discard: 1, reason: 'no-acknowledge', suspect: whole };
  return {
    length: whole,
    frame: {
      type: 'acknowledge',
      listener: 0,
      command: bytes[offset + 6]!,
      ok: bytes[offset + 8] === 0 && bytes[offset + 9] === 0,
      values: bytes.slice(offset + 10, offset + 6 + length),
    },
  };
}
