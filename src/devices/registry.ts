/** Every kind of device that this version knows. A new kind is one file and one line here. */
import { caller } from './caller.js';
import { evaluator } from './evaluator.js';
import type { DeviceKind } from './kind.js';
import { seating } from './seating.js';
import { signal } from './signal.js';
import { ticketPrinter } from './ticket-printer.js';
import { windowBoard } from './window-board.js';

export const deviceKinds: readonly DeviceKind[] = [
  caller,
  evaluator,
  signal,
  seating,
  ticketPrinter,
  windowBoard,
];

export function findKind(kind: string): DeviceKind | undefined {
  return deviceKinds.find((candidate) => candidate.kind === kind);
}
