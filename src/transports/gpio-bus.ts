import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import { type Claim, drivenLine, watchedLines } from './gpio-claims.js';
import type { WireState } from './ports-bus.js';
import type {
  GpioBus,
  GpioChip,
  GpioInputEvents,
  GpioInputs,
  GpioOutput,
  GpioOutputRequest,
} from './ports-gpio.js';

/** How often it is looked whether a chip in use is still there; a chip that is pulled says nothing by itself. */
const LOOK_MILLISECONDS = 2_000;

/**
 * Makes the one owner of `chip`; see `GpioBus`.
 *
 * A chip that is not there is looked for again after 0.2 s to 2 s, and everything that was asked of it is taken up
 * again when it is back. A line that can't be had costs nothing but itself.
 *
 * @param random for the pauses, 0 (inclusive) to 1 (exclusive).
 */
export function gpioBus(
  name: string,
  chip: GpioChip,
  clock: Clock,
  random: () => number = Math.random,
): GpioBus {
  return new ChipOwner(name, chip, clock, random);
}

class ChipOwner implements GpioBus {
  readonly type = 'gpio';
  state: WireState = 'opening';
  lostBecause: HallwardError | undefined;
  sent = 0;
  readonly #changes = new Listeners<[]>();
  readonly #claims = new Set<Claim>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #looking = false;

  constructor(
    readonly name: string,
    private readonly chip: GpioChip,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {
    this.#backoff = new Backoff({ firstMilliseconds: 200, maximumMilliseconds: 2_000, random });
    void this.#probe();
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  watch(inputs: GpioInputs, events: GpioInputEvents): () => void {
    const claim = watchedLines(this.#surroundings(), inputs, events);
    this.#begin(claim, events);
    return () => void this.#end(claim);
  }

  drive(request: GpioOutputRequest, events: Pick<GpioInputEvents, 'ready' | 'lost'>): GpioOutput {
    const claim = drivenLine(this.#surroundings(), request, events);
    this.#begin(claim, events);
    return { set: (active) => claim.set(active), release: () => void this.#end(claim) };
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.#timer?.cancel();
    const claims = [...this.#claims];
    this.#claims.clear();
    // Also what was given back just before is still being brought to rest.
    await Promise.all([...claims.map((claim) => claim.end()), ...this.#leaving]);
  }

  #surroundings() {
    return {
      name: this.name,
      chip: this.chip,
      clock: this.clock,
      random: this.random,
      worked: () => {
        this.sent++;
      },
      leaving: (done: Promise<void>) => {
        this.#leaving.add(done);
        void done.then(() => this.#leaving.delete(done));
      },
      rested: () => Promise.all(this.#leaving),
      chipInDoubt: () => void this.#look(),
      chipGone: (error: HallwardError) => this.#lose(error),
    };
  }

  #begin(claim: Claim, events: Pick<GpioInputEvents, 'lost'>): void {
    if (this.state === 'closed') {
      const error = new HallwardError('bus.closed', 'cancelled', `${this.name} is closed`);
      queueMicrotask(() => events.lost(error));
      return;
    }
    this.#claims.add(claim);
    if (this.state === 'open') claim.take();
    else if (this.lostBecause !== undefined) claim.lose(this.lostBecause);
  }

  #end(claim: Claim): Promise<void> {
    this.#claims.delete(claim);
    return claim.end();
  }

  async #probe(): Promise<void> {
    try {
      await this.chip.probe();
    } catch (thrown) {
      this.#lose(asHallwardError(thrown, 'wire.unusable'));
      return;
    }
    if (this.state === 'closed') return;
    this.#backoff.reset();
    this.state = 'open';
    this.lostBecause = undefined;
    this.#lookLater();
    this.#changes.tell();
    for (const claim of [...this.#claims]) claim.take();
  }

  /** The chip is gone or can't be used: what hangs on it waits, and the chip is tried again. */
  #lose(error: HallwardError): void {
    if (this.state === 'closed') return;
    this.#timer?.cancel();
    this.#timer = this.clock.after(
      `${this.name}: look for the chip`,
      this.#backoff.next(),
      () => void this.#probe(),
    );
    const known = this.state === 'lost' && this.lostBecause?.message === error.message;
    this.state = 'lost';
    this.lostBecause = error;
    if (known) return;
    for (const claim of [...this.#claims]) claim.lose(error);
    this.#changes.tell();
  }

  #lookLater(): void {
    if (this.chip.present === undefined) return;
    this.#timer?.cancel();
    this.#timer = this.clock.after(
      `${this.name}: is the chip there`,
      LOOK_MILLISECONDS,
      () => void this.#look(),
    );
  }

  /** Looks whether the chip is still there: from time to time, and when something on it ended by itself. */
  async #look(): Promise<void> {
    if (this.state !== 'open' || this.#looking) return;
    this.#looking = true;
    try {
      if (this.chip.present === undefined) await this.chip.probe();
      else await this.chip.present();
      if (this.state === 'open') this.#lookLater();
    } catch (thrown) {
      if (this.state === 'open') this.#lose(asHallwardError(thrown, 'wire.lost', 'absent'));
    } finally {
      this.#looking = false;
    }
  }
}
