/**
 * I/O expanders on I2C as chips with lines: PCF8574, PCF8575, MCP23017. One poll looks at all lines that are watched or
 * driven; where nobody asks for a line, nothing is sent.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import type { Priority } from '../transports/ports-bus.js';
import type {
  GpioChip,
  GpioDrive,
  GpioEdges,
  GpioInputs,
  GpioLine,
  GpioOutputRequest,
  GpioWatch,
} from '../transports/ports-gpio.js';
import type { I2cBus } from '../transports/ports-i2c.js';
import { ChipSearch, hexAddress, wireLost } from './chip-search.js';
import {
  type ExpanderModel,
  type ExpanderModelName,
  expanderModel,
  type PinLook,
  type WantedPins,
} from './expander-models.js';
import { DrivenPin, type PinClaim, WatchedPins } from './pin-claims.js';

export interface ExpanderOptions {
  readonly chip: ExpanderModelName;
  /** 0x20 to 0x27; a PCF8574A is a `pcf8574` at 0x38 to 0x3F. */
  readonly address: number;
  /** How often lines that are watched are read. */
  readonly pollMilliseconds: number;
}

/** Failed looks in a row until the chip counts as missing. */
const failedLooks = 3;
/** How often a chip is looked at where lines are only driven, at most: whether it has lost its power. */
const outputsMilliseconds = 500;
/** Giving a line back waits no longer than this for its last level. */
const farewellMilliseconds = 300;

/**
 * The expander at `address`, for `gpioBus`. Lines go by number, 0 to 7 or 0 to 15, or by the names of the data sheet:
 * `P0` (PCF8574), `P00` to `P17` (PCF8575), `GPA0` to `GPB7` (MCP23017). Opens nothing and starts no timer.
 *
 * - A watch tells each level once it was read, then at each poll that finds it changed. An MCP23017 also tells what came
 *   and went between two polls: the other level and the present one, at the same moment.
 * - An output keeps its level through a loss of the chip's power, and stays at its inactive level when it is given back.
 * - `gpio.failed` (usage): a bias that the chip has not, with what to do instead; a pin that can't be an input.
 *   `gpio.failed` (refused): an output that does not reach its level. `gpio.failed` (garbled): another chip answers.
 * - A chip that gives no answer three times in a row ends everything with `wire.absent`; a bus that is lost with
 *   `wire.lost`. Where something answers at another address of this family that nobody uses, the error says which.
 */
export function expanderChip(i2c: I2cBus, options: ExpanderOptions, clock: Clock): GpioChip {
  return new Expander(i2c, options, clock);
}

class Expander implements GpioChip {
  readonly address: string;
  readonly #model: ExpanderModel;
  readonly #search: ChipSearch;
  readonly #claims = new Set<PinClaim>();
  /** Pins that were driven and given back, with the level that they keep. */
  readonly #parked = new Map<number, boolean>();
  /** Pins whose level is known from the last look. */
  #known = 0;
  #levels = 0;
  #failures = 0;
  #looking = false;
  /** Somebody has asked for a look since the one that is under way began. */
  #asked: Priority | undefined;
  /** Told after the next look that begins. */
  #afterLook: (() => void)[] = [];
  #timer: Timer | undefined;

  constructor(
    private readonly i2c: I2cBus,
    private readonly options: ExpanderOptions,
    private readonly clock: Clock,
  ) {
    this.#model = expanderModel(options.chip, i2c, options.address);
    const { title, family } = this.#model;
    this.#search = new ChipSearch(i2c, title, options.address, family);
    this.address = `${title} at ${hexAddress(options.address)} of ${i2c.name}`;
  }

  async probe(): Promise<void> {
    try {
      await this.#model.ping();
    } catch (thrown) {
      throw await this.#missed(asHallwardError(thrown, 'i2c.failed', 'garbled'));
    }
    this.#answered();
  }

  /** Lines in use are closed by themselves when the chip goes; where none is, only the bus is looked at. */
  async present(): Promise<void> {
    const { state, lostBecause, name } = this.i2c;
    if (state !== 'lost' && state !== 'closed') return;
    throw wireLost(this.i2c, lostBecause ?? new HallwardError('bus.closed', 'absent', `${name} is closed`));
  }

  async watch({ lines, activeLow, bias }: GpioInputs, edges: GpioEdges): Promise<GpioWatch> {
    const taken = lines.map((line) => ({ line, pin: this.#free(line) }));
    for (const { line, pin } of taken) {
      const problem = this.#model.inputProblem(pin, bias);
      if (problem !== undefined) throw this.#refused(line, problem);
    }
    const watch = new WatchedPins(taken, activeLow, bias === 'pull-up', edges);
    this.#take(watch);
    try {
      await watch.settled;
    } catch (error) {
      this.#claims.delete(watch);
      throw error;
    }
    return {
      close: async () => {
        watch.end();
        this.#claims.delete(watch);
      },
    };
  }

  async drive(
    { line, activeLow, active }: GpioOutputRequest,
    closed: (error: HallwardError) => void,
  ): Promise<GpioDrive> {
    const pin = this.#free(line);
    const where = `${this.#model.names[pin]} of the ${this.address}`;
    const proves = (high: boolean) => this.#model.proves(high);
    const drive = new DrivenPin(pin, active !== activeLow, where, proves, (error) => {
      this.#letGo(drive);
      closed(error);
    });
    const reached = async () => {
      try {
        await drive.settled;
      } catch (error) {
        this.#letGo(drive);
        throw error;
      }
    };
    this.#take(drive);
    await reached();
    return {
      set: async (now) => {
        drive.bring(now !== activeLow);
        this.#kick('command');
        await reached();
      },
      close: async () => {
        const held = this.#claims.delete(drive);
        drive.end();
        if (!held) return;
        this.#parked.set(pin, activeLow);
        await this.#oneLook();
      },
    };
  }

  #take(claim: PinClaim): void {
    for (const pin of claim.pins) this.#parked.delete(pin);
    this.#claims.add(claim);
    this.#kick('command');
  }

  /** An output that failed becomes an input again: nothing is driven against what holds it. */
  #letGo(drive: DrivenPin): void {
    if (this.#claims.delete(drive)) this.#kick('command');
  }

  /** The pin of a line that nobody has. Throws `gpio.line-unknown` (usage), `gpio.line-busy` (busy). */
  #free(line: GpioLine): number {
    const { names } = this.#model;
    const pin = typeof line === 'number' ? line : names.indexOf(line.toUpperCase());
    if (names[pin] === undefined) {
      const text = `the ${this.address} has no line ${line}, only 0 to ${names.length - 1} or ${names[0]} to ${names.at(-1)}`;
      throw new HallwardError('gpio.line-unknown', 'usage', text, { line });
    }
    if ([...this.#claims].some(({ pins }) => pins.includes(pin))) {
      const text = `line ${line} of the ${this.address} is in use already`;
      throw new HallwardError('gpio.line-busy', 'busy', text, { line, consumer: 'hallward' });
    }
    return pin;
  }

  #refused(line: GpioLine, problem: string): HallwardError {
    return new HallwardError('gpio.failed', 'usage', `line ${line} of the ${this.address}: ${problem}`, {
      line,
    });
  }

  #wanted(): WantedPins {
    const wanted = { inputs: 0, pullUps: 0, outputs: 0, high: 0 };
    const drive = (pin: number, high: boolean) => {
      wanted.outputs |= 1 << pin;
      if (high) wanted.high |= 1 << pin;
    };
    for (const [pin, high] of this.#parked) drive(pin, high);
    for (const claim of this.#claims) {
      if (claim instanceof DrivenPin) drive(claim.pin, claim.high);
      if (!(claim instanceof WatchedPins)) continue;
      for (const pin of claim.pins) {
        wanted.inputs |= 1 << pin;
        if (claim.pulledUp) wanted.pullUps |= 1 << pin;
      }
    }
    return wanted;
  }

  /** Looks now, or again as soon as the look that is under way has ended. */
  #kick(priority: Priority): void {
    this.#timer?.cancel();
    if (this.#looking) this.#asked = priority;
    else void this.#look(priority);
  }

  /** Resolves after a look that has begun since, successful or not; wires that are held are not waited for. */
  async #oneLook(): Promise<void> {
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      timer = this.clock.after(`${this.address}: give a line back`, farewellMilliseconds, resolve);
      this.#afterLook.push(resolve);
      this.#kick('command');
    });
    timer?.cancel();
  }

  /** Never rejects. */
  async #look(priority: Priority): Promise<void> {
    this.#looking = true;
    this.#asked = undefined;
    const began = this.clock.monotonicMilliseconds();
    const waiting = this.#afterLook.splice(0);
    const wanted = this.#wanted();
    try {
      const before = { known: this.#known & wanted.inputs, levels: this.#levels };
      this.#saw(wanted, await this.#model.look(wanted, before, priority));
    } catch (thrown) {
      const error = await this.#missed(asHallwardError(thrown, 'gpio.failed'));
      if (this.#failures >= failedLooks || error.code === 'wire.lost') this.#lose(error);
    }
    this.#looking = false;
    for (const done of waiting) done();
    // Whoever was told may have asked for more in the meantime.
    if (this.#asked !== undefined) void this.#look(this.#asked);
    else if (this.#claims.size > 0) this.#lookLater(began);
  }

  #lookLater(began: number): void {
    const watched = [...this.#claims].some((claim) => claim instanceof WatchedPins);
    const { pollMilliseconds } = this.options;
    const period =
      watched || this.#failures > 0 ? pollMilliseconds : Math.max(pollMilliseconds, outputsMilliseconds);
    const pause = Math.max(0, began + period - this.clock.monotonicMilliseconds());
    this.#timer?.cancel();
    this.#timer = this.clock.after(`poll ${this.address}`, pause, () => this.#kick('poll'));
  }

  #saw(wanted: WantedPins, look: PinLook): void {
    this.#answered();
    this.#levels = (this.#levels & ~look.sure) | (look.levels & look.sure);
    this.#known |= look.sure;
    for (const claim of [...this.#claims]) claim.saw({ ...look, wanted });
  }

  #answered(): void {
    this.#failures = 0;
    this.#search.found();
  }

  /** A look or probe failed. Gives the error that says so, and looks elsewhere with the third in a row. */
  async #missed(error: HallwardError): Promise<HallwardError> {
    if (this.i2c.state !== 'open') return wireLost(this.i2c, error);
    this.#failures++;
    if (error.code === 'i2c.no-answer') {
      return this.#failures < failedLooks ? this.#search.missing(error) : this.#search.search(error);
    }
    if (error.code.startsWith('gpio.')) return error;
    return new HallwardError('gpio.failed', error.kind, `${this.address}: ${error.message}`, {
      ...error.evidence,
      code: error.code,
    });
  }

  /** Ends all that was asked for; whoever still wants it asks again. */
  #lose(error: HallwardError): void {
    this.#known = 0;
    this.#model.forget();
    const claims = [...this.#claims];
    this.#claims.clear();
    for (const claim of claims) claim.lose(error);
  }
}
