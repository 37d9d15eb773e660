/** What can be asked of a simulated ESC/POS printer, seen of it, and done to it. */
import type { Slip } from './escpos-slips.js';

/** How a clone differs from an Epson. */
export interface PrinterQuirks {
  /** The questions of DLE EOT that it answers; 1 to 4 if absent. */
  readonly answers?: readonly number[];
  /** It answers `12` to every question, whatever is the matter. */
  readonly alwaysFine?: boolean;
  /** False: it does not know GS a. */
  readonly asb?: boolean;
  /** A DIP switch makes it tell changes of online and offline from power-on (GS a 2). */
  readonly asbFromPowerOn?: boolean;
  /** False: it does not know GS r. */
  readonly answersGsR?: boolean;
  /** It prints, and never says anything. */
  readonly silent?: boolean;
  /** It says "near end" in bits 2 and 3 of the answer to GS r (EP-360). */
  readonly nearEndBits23?: boolean;
  /** It answers DLE EOT only when it is done with printing. */
  readonly answersAfterPrinting?: boolean;
}

export interface SimulatedPrinterOptions {
  /** 48 if absent. */
  readonly columns?: number;
  /** Time that a line of 3.75 mm takes; 25 (150 mm/s) if absent. */
  readonly lineMilliseconds?: number;
  /** 4096 if absent. */
  readonly bufferBytes?: number;
  /** From the question's last byte to the answer; 1 if absent. */
  readonly answerAfterMilliseconds?: number;
  /** It is in Chinese mode after power-on, as most are that are sold in China; true if absent. */
  readonly startsInChinese?: boolean;
  readonly quirks?: PrinterQuirks;
}

/** What can be seen of the printer and done to it. */
export interface SimulatedPrinter {
  /** Pieces of paper, the oldest first, those that were cut off by the end of the roll as well; the last 1,000. */
  readonly slips: readonly Slip[];
  /** Told of each piece when it is cut or torn off. Returns the function that stops listening. */
  onSlip(listener: (slip: Slip) => void): () => void;
  /** What hangs out of it. */
  readonly current: Slip;
  /** Bytes that found no room in its buffer, in all. */
  readonly lostBytes: number;
  /** The DLE EOT that it was asked, in order; the last 1,000. */
  readonly asked: readonly number[];
  readonly paper: {
    runLow(): void;
    runOut(): void;
    /** So many lines of 3.75 mm are left. */
    endAfterLines(lines: number): void;
    /** A new roll; the cover is opened for it and closed. */
    load(): void;
  };
  readonly cover: { open(): void; close(): void };
  /** The knife sticks at its next cut. */
  readonly cutter: { jam(): void; free(): void };
  readonly head: { overheat(): void; cool(): void };
  readonly hardware: { breakMechanically(): void; breakForGood(): void; repair(): void };
  readonly drawer: { open(): void; close(): void };
  readonly power: { off(): void; on(): void };
  readonly button: { hold(): void; release(): void };
  /** How long each answer takes from now on, in milliseconds. */
  answerAfter(milliseconds: number): void;
}
