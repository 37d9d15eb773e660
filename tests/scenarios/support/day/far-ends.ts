/** Everything that hangs on the hall's cables, in one process: keypads, boards, voices, the printer, rating buttons. */
import type { Clock } from '../../../../src/kernel/clock.js';
import {
  type FarEnd,
  type SimulatedKeypad,
  type SimulatedPanels,
  type SimulatedPrinter,
  type SimulatedPrinterOptions,
  type SimulatedRatingLine,
  type SimulatedVoice,
  type SimulatedVoiceOptions,
  simulatedKeypad,
  simulatedPanels,
  simulatedPrinter,
  simulatedRatingLine,
  simulatedXfs5152,
} from '../../../../src/simulator/index.js';
import { keypadKeys, rowOf, rows, voiceBusOf, windowNames } from './plan.js';

export interface FarEndOptions {
  /** From a question to the answer of a board; the simulator's own if absent. */
  readonly answerAfterMilliseconds?: number;
  readonly voice: SimulatedVoiceOptions;
  readonly printer?: SimulatedPrinterOptions;
}

export class FarEnds {
  readonly voices: readonly SimulatedVoice[];
  readonly printer: SimulatedPrinter;
  readonly #rates: SimulatedRatingLine;
  readonly #keypads = new Map<string, SimulatedKeypad>();
  readonly #panels = new Map<string, SimulatedPanels>();

  /** @param end the device's side of a bus's cable */
  constructor(end: (bus: string) => FarEnd, clock: Clock, options: FarEndOptions) {
    const { answerAfterMilliseconds, voice, printer } = options;
    for (const window of windowNames) {
      this.#keypads.set(window, simulatedKeypad(end(`keys-${window}`), keypadKeys));
    }
    for (const row of rows) {
      const addresses = windowNames.filter((window) => rowOf(window) === row).map(Number);
      const answer = answerAfterMilliseconds === undefined ? {} : { answerAfterMilliseconds };
      this.#panels.set(row, simulatedPanels(end(row), clock, { addresses, ...answer }));
    }
    this.voices = rows.map((row) => simulatedXfs5152(end(voiceBusOf(row)), clock, voice));
    this.printer = simulatedPrinter(end('printer'), clock, printer);
    this.#rates = simulatedRatingLine(end('rate-line'));
  }

  press(window: string, key: string): void {
    this.#keypads.get(window)?.press(key);
  }

  rate(window: string, level: number): void {
    this.#rates.rate(window, level);
  }

  /** What a person reads above a window, without blanks. */
  shows(window: string): string {
    return this.#panel(window).shows().trim();
  }

  /** Part of a ticket hangs out of the printer. */
  get isPrinting(): boolean {
    return this.printer.current.lines.length > 2;
  }

  power(on: boolean): void {
    const devices = [...windowNames.map((window) => this.#panel(window)), ...this.voices, this.printer];
    for (const { power } of devices) {
      if (on) power.on();
      else power.off();
    }
  }

  close(): void {
    for (const panels of this.#panels.values()) panels.close();
    for (const voice of this.voices) voice.close();
  }

  #panel(window: string) {
    return (this.#panels.get(rowOf(window)) as SimulatedPanels).panel(Number(window));
  }
}
