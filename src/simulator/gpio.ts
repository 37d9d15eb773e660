/**
 * A GPIO chip that is not there: lines with a world at their far end that pulls, drives and takes them. Electrical
 * levels only; what a level means is the controller's business.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type {
  GpioBias,
  GpioChip,
  GpioDrive,
  GpioEdges,
  GpioInputs,
  GpioLine,
  GpioOutputRequest,
  GpioWatch,
} from '../transports/ports-gpio.js';

export interface SimulatedGpioOptions {
  /** As `gpiodetect` would show it. */
  readonly label: string;
  /** How many lines it has; line 17 is also called `GPIO17`. */
  readonly lines: number;
  /** For bounces. */
  readonly clock: Clock;
}

/** One line, seen from the world outside. */
export interface SimulatedLine {
  /** Joined to ground, as by a button pressed against it. */
  low(): void;
  /** Joined to the supply. */
  high(): void;
  /** Joined to nothing: the bias asked for pulls it; without one it stays as it was. So it begins. */
  floats(): void;
  /** Changes from the level that it has now `count` times, the first time at once. Returns what ends it. */
  bounce(count: number, everyMilliseconds: number): () => void;
  /** Another program takes the line; who watched or drove it loses it. */
  takenBy(consumer: string): void;
  free(): void;
  /** Whether the controller drives it. */
  readonly isDriven: boolean;
  /** Whether the controller watches it. */
  readonly isWatched: boolean;
  readonly level: 'high' | 'low';
}

export interface SimulatedGpioPanel {
  /** Throws for a line that the chip has not: that is a mistake in the test. */
  line(offset: number): SimulatedLine;
  /** The chip is pulled out. */
  unplug(): void;
  plug(): void;
  readonly isPlugged: boolean;
}

export interface SimulatedGpio {
  readonly chip: GpioChip;
  readonly panel: SimulatedGpioPanel;
}

/** A chip inside the process. Nothing is told in the same moment as it happens. */
export function simulatedGpio(options: SimulatedGpioOptions): SimulatedGpio {
  const chip = new Chip(options);
  return { chip, panel: chip };
}

class Chip implements GpioChip, SimulatedGpioPanel {
  readonly address: string;
  isPlugged = true;
  readonly #lines: readonly Line[];

  constructor({ label, lines, clock }: SimulatedGpioOptions) {
    this.address = label;
    this.#lines = Array.from({ length: lines }, (_, offset) => new Line(offset, clock));
  }

  line(offset: number): SimulatedLine {
    const line = this.#lines[offset];
    if (line === undefined)
      throw new Error(`this chip has no line ${offset}, only 0 to ${this.#lines.length - 1}`);
    return line;
  }

  unplug(): void {
    this.isPlugged = false;
    const gone = new HallwardError('wire.lost', 'absent', `the GPIO chip ${this.address} is gone`);
    for (const line of this.#lines) line.lose(gone);
  }

  plug(): void {
    this.isPlugged = true;
  }

  async probe(): Promise<void> {
    if (this.isPlugged) return;
    throw new HallwardError('wire.absent', 'absent', `no GPIO chip is called ${this.address}; there is none`);
  }

  async watch({ lines, bias, activeLow }: GpioInputs, edges: GpioEdges): Promise<GpioWatch> {
    await this.probe();
    const taken = lines.map((line) => this.#free(line));
    let over = false;
    const close = () => {
      over = true;
      for (const line of taken) line.release();
    };
    for (const [index, line] of taken.entries()) {
      const asked = lines[index] ?? line.offset;
      line.watch(bias, {
        level: (high) => {
          if (!over) edges.level(asked, high !== activeLow);
        },
        closed: (error) => {
          if (over) return;
          close();
          edges.closed(error);
        },
      });
    }
    return { close: async () => close() };
  }

  async drive(output: GpioOutputRequest, closed: (error: HallwardError) => void): Promise<GpioDrive> {
    await this.probe();
    const line = this.#free(output.line);
    const level = (active: boolean) => active !== output.activeLow;
    let over = false;
    line.drive(level(output.active), (error) => {
      over = true;
      closed(error);
    });
    return {
      async set(active) {
        if (over) throw new HallwardError('gpio.failed', 'refused', 'the line was lost');
        line.put(level(active));
      },
      async close() {
        if (over) return;
        over = true;
        line.put(level(false));
        line.release();
      },
    };
  }

  #free(asked: GpioLine): Line {
    const line = this.#lines.find(({ offset }) => asked === offset || asked === `GPIO${offset}`);
    if (line === undefined) {
      const text = `${this.address} has no such line: ${asked}`;
      throw new HallwardError('gpio.line-unknown', 'usage', text, { line: asked });
    }
    const consumer = line.consumer;
    if (consumer !== undefined) {
      const text = `line ${asked} of ${this.address} is in use by "${consumer}"`;
      throw new HallwardError('gpio.line-busy', 'busy', text, { line: asked, consumer });
    }
    return line;
  }
}

interface Watcher {
  level(high: boolean): void;
  closed(error: HallwardError): void;
}

class Line implements SimulatedLine {
  #outside: 'low' | 'high' | 'floating' = 'floating';
  #high = false;
  #bias: GpioBias = 'as-is';
  #other: string | undefined;
  #watcher: Watcher | undefined;
  #driver: ((error: HallwardError) => void) | undefined;

  constructor(
    readonly offset: number,
    private readonly clock: Clock,
  ) {}

  get level(): 'high' | 'low' {
    return this.#high ? 'high' : 'low';
  }

  get isDriven(): boolean {
    return this.#driver !== undefined;
  }

  get isWatched(): boolean {
    return this.#watcher !== undefined;
  }

  get consumer(): string | undefined {
    return this.#other ?? (this.isDriven || this.isWatched ? 'hallward' : undefined);
  }

  low(): void {
    this.#join('low');
  }

  high(): void {
    this.#join('high');
  }

  floats(): void {
    this.#join('floating');
  }

  bounce(count: number, everyMilliseconds: number): () => void {
    let timer: Timer | undefined;
    const change = (left: number) => {
      if (left <= 0) return;
      this.#join(this.#high ? 'low' : 'high');
      timer = this.clock.after('bouncing contact', everyMilliseconds, () => change(left - 1));
    };
    change(count);
    return () => timer?.cancel();
  }

  takenBy(consumer: string): void {
    const text = `line ${this.offset} was taken by "${consumer}"`;
    this.lose(new HallwardError('gpio.failed', 'refused', text, { line: this.offset }));
    this.#other = consumer;
  }

  free(): void {
    this.#other = undefined;
  }

  watch(bias: GpioBias, watcher: Watcher): void {
    this.#bias = bias;
    this.#settle();
    this.#watcher = watcher;
    const high = this.#high;
    queueMicrotask(() => {
      if (this.#watcher === watcher) watcher.level(high);
    });
  }

  drive(high: boolean, closed: (error: HallwardError) => void): void {
    this.#driver = closed;
    this.put(high);
  }

  /** The controller's level on a line that it drives. */
  put(high: boolean): void {
    this.#high = high;
  }

  release(): void {
    this.#watcher = undefined;
    this.#driver = undefined;
    this.#bias = 'as-is';
  }

  lose(error: HallwardError): void {
    const [watcher, driver] = [this.#watcher, this.#driver];
    this.release();
    if (watcher !== undefined || driver !== undefined) {
      queueMicrotask(() => {
        watcher?.closed(error);
        driver?.(error);
      });
    }
  }

  #join(outside: 'low' | 'high' | 'floating'): void {
    this.#outside = outside;
    this.#settle();
  }

  #settle(): void {
    if (this.isDriven) return;
    const before = this.#high;
    if (this.#outside !== 'floating') this.#high = this.#outside === 'high';
    else if (this.#bias === 'pull-up') this.#high = true;
    else if (this.#bias === 'pull-down') this.#high = false;
    const [watcher, now] = [this.#watcher, this.#high];
    if (watcher === undefined || now === before) return;
    queueMicrotask(() => {
      if (this.#watcher === watcher) watcher.level(now);
    });
  }
}
