/** Every kind of device that this version knows. A new kind is one file and one line here. */
import { caller } from './caller.js';
import { evaluator } from './evaluator.js';
import { hallBoard } from './hall-board.js';
import { hallButton } from './hall-button.js';
import type { DeviceKind } from './kind.js';
import { hallDisplay, ratingPage, ticketKiosk, windowPage } from './pages.js';
import { seating } from './seating.js';
import { signal } from './signal.js';
import { ticketPrinter } from './ticket-printer.js';
import { voice } from './voice.js';
import { windowBoard } from './window-board.js';

export const deviceKinds: readonly DeviceKind[] = [
  caller,
  evaluator,
  hallBoard,
  hallButton,
  hallDisplay,
  ratingPage,
  signal,
  seating,
  ticketKiosk,
  ticketPrinter,
  voice,
  windowBoard,
  windowPage,
];

export function findKind(kind: string): DeviceKind | undefined {
  return deviceKinds.find((candidate) => candidate.kind === kind);
}
