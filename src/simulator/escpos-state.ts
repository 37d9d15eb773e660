/** What the world has done to a simulated printer, and what follows from it. Pure. */
import type { PrinterCondition } from './escpos-bits.js';

/** Lines left when the near-end sensor sees the core of the roll. */
export const lowLines = 40;

/** What the world has done to the printer. */
export interface PrinterState {
  readonly powered: boolean;
  readonly coverOpen: boolean;
  readonly drawerOpen: boolean;
  readonly buttonHeld: boolean;
  readonly cutterJammed: boolean;
  readonly cutterError: boolean;
  readonly mechanicalError: boolean;
  readonly unrecoverable: boolean;
  readonly overheated: boolean;
  /** Lines of paper left. */
  readonly lines: number;
}

export const wellAndFull: PrinterState = {
  powered: true,
  coverOpen: false,
  drawerOpen: false,
  buttonHeld: false,
  cutterJammed: false,
  cutterError: false,
  mechanicalError: false,
  unrecoverable: false,
  overheated: false,
  lines: Number.POSITIVE_INFINITY,
};

/** The paper is at its end. */
export function isOut({ lines }: PrinterState): boolean {
  return lines <= 0;
}

/** It prints nothing now. */
export function isOffline(state: PrinterState): boolean {
  const { coverOpen, buttonHeld, cutterError, mechanicalError, unrecoverable, overheated } = state;
  const hasFailed = cutterError || mechanicalError || unrecoverable || overheated;
  return hasFailed || coverOpen || buttonHeld || isOut(state);
}

/** What its status bytes tell. */
export function conditionOf(state: PrinterState): PrinterCondition {
  const paperLow = state.lines <= lowLines;
  return { ...state, offline: isOffline(state), paperLow, paperOut: isOut(state) };
}
