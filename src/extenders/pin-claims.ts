/** What somebody asked of an expander's pins: to hear of them, or to bring one to a level. */
import { HallwardError } from '../kernel/errors.js';
import type { GpioEdges, GpioLine } from '../transports/ports-gpio.js';
import type { PinLook, WantedPins } from './expander-models.js';

/** Looks in a row in which an output is not where it was brought, until that counts as failed. */
const failedLooks = 3;

/** A look, with what stood at the outputs while it was taken. */
interface SeenPins extends PinLook {
  readonly wanted: WantedPins;
}

export interface PinClaim {
  readonly pins: readonly number[];
  /** Settles once what was asked for is there: levels are known, the output has its level. */
  readonly settled: Promise<void>;
  saw(seen: SeenPins): void;
  /** It is over; told to whoever asked. */
  lose(error: HallwardError): void;
}

/** Lines that are watched together. */
export class WatchedPins implements PinClaim {
  readonly pins: readonly number[];
  readonly #told = new Map<number, boolean>();
  readonly #waiting = waiting();
  #begun = false;
  #over = false;

  constructor(
    private readonly lines: readonly { readonly line: GpioLine; readonly pin: number }[],
    private readonly activeLow: boolean,
    /** Whether the chip shall hold them high. */
    readonly pulledUp: boolean,
    private readonly edges: GpioEdges,
  ) {
    this.pins = lines.map(({ pin }) => pin);
  }

  get settled(): Promise<void> {
    return this.#waiting.promise;
  }

  saw({ levels, sure, flashed }: SeenPins): void {
    for (const { line, pin } of this.lines) {
      if (this.#over) return;
      if (((sure >> pin) & 1) === 0) continue;
      const high = ((levels >> pin) & 1) === 1;
      const before = this.#told.get(pin);
      this.#told.set(pin, high);
      if (before === high && ((flashed >> pin) & 1) === 0) continue;
      if (before === high) this.edges.level(line, high === this.activeLow);
      if (!this.#over) this.edges.level(line, high !== this.activeLow);
    }
    if (this.#told.size < this.lines.length) return;
    this.#begun = true;
    this.#waiting.resolve();
  }

  lose(error: HallwardError): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#begun) this.edges.closed(error);
    else this.#waiting.reject(error);
  }

  /** Nothing is told any more. */
  end(): void {
    this.#over = true;
    this.#waiting.reject(givenBack());
  }
}

/** One line that is brought to a level. */
export class DrivenPin implements PinClaim {
  readonly pins: readonly number[];
  high: boolean;
  #waiting = waiting();
  #isWaiting = true;
  #misses = 0;
  #over = false;

  constructor(
    readonly pin: number,
    high: boolean,
    /** The pin's name and the chip's, for people. */
    private readonly where: string,
    private readonly proves: (high: boolean) => boolean,
    private readonly closed: (error: HallwardError) => void,
  ) {
    this.pins = [pin];
    this.high = high;
  }

  get settled(): Promise<void> {
    return this.#waiting.promise;
  }

  /** The level that is wanted from now on; `settled` is then about this one. */
  bring(high: boolean): void {
    this.high = high;
    this.#misses = 0;
    if (this.#isWaiting) return;
    this.#waiting = waiting();
    if (this.#over) this.#waiting.reject(givenBack());
    else this.#isWaiting = true;
  }

  saw({ levels, sure, wanted }: SeenPins): void {
    const bit = (mask: number) => ((mask >> this.pin) & 1) === 1;
    if (this.#over || !bit(wanted.outputs) || bit(wanted.high) !== this.high) return;
    if (this.proves(this.high)) {
      if (!bit(sure)) return;
      if (bit(levels) !== this.high) {
        if (++this.#misses >= failedLooks) this.lose(this.#held());
        return;
      }
    }
    this.#misses = 0;
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#waiting.resolve();
  }

  lose(error: HallwardError): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#isWaiting) this.#waiting.reject(error);
    else this.closed(error);
  }

  /** Nothing is told any more. */
  end(): void {
    this.#over = true;
    if (this.#isWaiting) this.#waiting.reject(givenBack());
  }

  #held(): HallwardError {
    const [wanted, read] = this.high ? ['high', 'low'] : ['low', 'high'];
    const text = `${this.where} is brought ${wanted} and stays ${read}: it is shorted, or what hangs on it is too strong`;
    return new HallwardError('gpio.failed', 'refused', text, { pin: this.pin, wanted, read });
  }
}

const givenBack = () => new HallwardError('gpio.failed', 'cancelled', 'the line was given back or lost');

/** Somebody who waits for something to be settled. */
interface Waiting {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: HallwardError): void;
}

function waiting(): Waiting {
  let resolve = () => {};
  let reject: (error: HallwardError) => void = () => {};
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  // Whoever has asked hears of it; one that nobody waits for any more is no error of the process.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
