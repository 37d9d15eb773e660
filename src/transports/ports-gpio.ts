/**
 * GPIO: single lines of a chip, found by its label. A `GpioChip` is what the system (or the simulator) offers; the
 * `GpioBus` over it is the one owner of the chip: it asks for lines, asks again when they were taken by somebody
 * else, and tells their levels.
 */
import type { HallwardError } from '../kernel/errors.js';
import type { BusBase } from './ports-bus.js';

/** A line by its offset on the chip (17) or by its name (`GPIO17`). */
export type GpioLine = number | string;

/** What pulls a line while nothing drives it. `as-is`: as somebody else has set it. */
export type GpioBias = 'pull-up' | 'pull-down' | 'disabled' | 'as-is';

/** Lines that are watched together. */
export interface GpioInputs {
  readonly lines: readonly GpioLine[];
  /** True: a line is active while it is low (a button to ground). */
  readonly activeLow: boolean;
  readonly bias: GpioBias;
}

export interface GpioOutputRequest {
  readonly line: GpioLine;
  readonly activeLow: boolean;
  readonly active: boolean;
}

/** What a chip tells of lines that are watched. Nothing comes after `closed`. */
export interface GpioEdges {
  /** `line` is one of those asked for, as it was asked for. Every line once at first, then at each edge. */
  level(line: GpioLine, active: boolean): void;
  /** The watch ended by itself: the chip is gone, or what watches has died. */
  closed(error: HallwardError): void;
}

export interface GpioWatch {
  /** Gives the lines back. Never rejects. */
  close(): Promise<void>;
}

export interface GpioDrive {
  /** Resolves when the line has the level. Rejects with `gpio.failed`. */
  set(active: boolean): Promise<void>;
  /** Gives the line back, inactive. Never rejects. */
  close(): Promise<void>;
}

/** One chip, as the system offers it. Errors: see `GpioBus`. */
export interface GpioChip {
  /** For people: the label. */
  readonly address: string;
  /** Looks whether the chip is there. Rejects with `wire.absent`, `wire.denied` or `wire.unusable`. */
  probe(): Promise<void>;
  /**
   * A cheap look whether the chip that `probe` found is still there; rejects with `wire.absent` or `wire.lost` where it
   * is not. Absent where lines in use are closed by themselves when the chip goes.
   */
  present?(): Promise<void>;
  watch(inputs: GpioInputs, edges: GpioEdges): Promise<GpioWatch>;
  drive(output: GpioOutputRequest, closed: (error: HallwardError) => void): Promise<GpioDrive>;
}

/** What a device is told of the lines that it asked for. */
export interface GpioInputEvents {
  /** A line's level: each once as soon as the lines are watched, then at each edge. `atMilliseconds` is monotonic. */
  level(line: GpioLine, active: boolean, atMilliseconds: number): void;
  /** The lines are watched (again). */
  ready(): void;
  /**
   * They can't be watched, by a code of the line (`gpio.…`) or of the chip (`wire.…`, which the bus says, too). Told
   * once for each loss, and again where its code becomes another. It is tried again by itself.
   */
  lost(error: HallwardError): void;
}

export interface GpioOutput {
  /** Brings the line to a level and keeps it there, also after it was lost for a while. Never throws. */
  set(active: boolean): void;
  /** Gives the line back, inactive. */
  release(): void;
}

/**
 * The one owner of a chip. Lines that can't be had are asked for again with growing pauses, 0.5 s to 5 s.
 * Errors: `gpio.line-unknown` (no such line), `gpio.line-busy` (somebody else has it; evidence `consumer`),
 * `gpio.failed`, and those of `GpioChip.probe`.
 */
export interface GpioBus extends BusBase {
  readonly type: 'gpio';
  /** Returns the function that ends the watch. */
  watch(inputs: GpioInputs, events: GpioInputEvents): () => void;
  drive(output: GpioOutputRequest, events: Pick<GpioInputEvents, 'ready' | 'lost'>): GpioOutput;
}
