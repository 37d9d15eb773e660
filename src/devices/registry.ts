/** Every kind of device that this version knows. A new kind is one file and one line here. */
import { caller } from './caller.js';
import { entrance } from './entrance/entrance.js';
import { evaluator } from './evaluator.js';
import { facility } from './facility/facility.js';
import { hallBoard } from './hall-board.js';
import { hallButton } from './hall-button.js';
import type { DeviceKind } from './kind.js';
import { hallDisplay, ratingPage, ticketKiosk, windowPage } from './pages.js';
import { printer } from './printer/printer.js';
import { seating } from './seating.js';
import { signal } from './signal.js';
import { supplySensor } from './supplies/supply-sensor.js';
import { ticketPrinter } from './ticket-printer.js';
import { voice } from './voice.js';
import { washroom } from './washroom/washroom.js';
import { windowBoard } from './window-board.js';

export const deviceKinds: readonly DeviceKind[] = [
  caller,
  entrance,
  evaluator,
  facility,
  hallBoard,
  hallButton,
  hallDisplay,
  printer,
  ratingPage,
  signal,
  seating,
  supplySensor,
  ticketKiosk,
  ticketPrinter,
  voice,
  washroom,
  windowBoard,
  windowPage,
];

export function findKind(kind: string): DeviceKind | undefined {
  return deviceKinds.find((candidate) => candidate.kind === kind);
}
