/** What a device asked of a chip, kept up: taken, taken again after a loss, and given back. */
import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../kernel/errors.js';
import type {
  GpioChip,
  GpioDrive,
  GpioInputEvents,
  GpioInputs,
  GpioLine,
  GpioOutputRequest,
  GpioWatch,
} from './ports-gpio.js';

/** What a claim needs of the owner of the chip. */
export interface ClaimSurroundings {
  readonly name: string;
  readonly chip: GpioChip;
  readonly clock: Clock;
  readonly random: () => number;
  /** Something was done on the chip. */
  worked(): void;
  /** Something ended by itself: the chip may be gone. */
  chipInDoubt(): void;
  /** Lines are being given back until `done`. */
  leaving(done: Promise<void>): void;
  /** Resolves when nothing is being given back: who asks before would find lines busy that were its own. */
  rested(): Promise<unknown>;
  /** The chip itself can't be used. */
  chipGone(error: HallwardError): void;
}

export interface Claim {
  /** The chip is there: asks for the lines, again and again until they are had. */
  take(): void;
  /** The chip is gone. */
  lose(error: HallwardError): void;
  /** Gives the lines back; nothing is told from now on. Never rejects. */
  end(): Promise<void>;
}

/** Lines that were held this long before they were lost are asked for again after the shortest pause. */
const WELL_MILLISECONDS = 5_000;

/** Lines whose levels are told; see `GpioBus.watch`. */
export function watchedLines(around: ClaimSurroundings, inputs: GpioInputs, events: GpioInputEvents): Claim {
  const take = (closed: (error: HallwardError) => void, current: () => boolean) =>
    around.chip.watch(inputs, {
      level(line: GpioLine, active: boolean) {
        if (current()) events.level(line, active, around.clock.monotonicMilliseconds());
      },
      closed,
    });
  return new KeptClaim<GpioWatch>(around, inputs.lines.join(', '), take, events);
}

/** A line that is brought to a level; see `GpioBus.drive`. */
export function drivenLine(
  around: ClaimSurroundings,
  request: GpioOutputRequest,
  events: Pick<GpioInputEvents, 'ready' | 'lost'>,
): Claim & { set(active: boolean): void } {
  let wanted = request.active;
  let shown = wanted;
  let busy = false;
  const take = async (closed: (error: HallwardError) => void) => {
    shown = wanted;
    return around.chip.drive({ ...request, active: shown }, closed);
  };
  const claim = new KeptClaim<GpioDrive>(around, String(request.line), take, {
    ready() {
      void follow();
      events.ready();
    },
    lost: events.lost,
  });

  /** Brings the line to the level that is wanted last; those in between are left out. */
  async function follow(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      for (let held = claim.held; held !== undefined && shown !== wanted; held = claim.held) {
        shown = wanted;
        try {
          await held.set(shown);
          around.worked();
        } catch (thrown) {
          if (claim.held === held) claim.failed(asHallwardError(thrown, 'gpio.failed'));
        }
      }
    } finally {
      busy = false;
    }
  }

  return {
    take: () => claim.take(),
    lose: (error) => claim.lose(error),
    end: () => claim.end(),
    set(active) {
      wanted = active;
      void follow();
    },
  };
}

class KeptClaim<Held extends { close(): Promise<void> }> implements Claim {
  held: Held | undefined;
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  /** Which try is the one that counts; what an older one brings is given back. */
  #turn = 0;
  #asked: Promise<Held> | undefined;
  #ended = false;
  /** Code of the loss that was told last; none while the lines are held. */
  #told: string | undefined;
  #heldAt = 0;
  /** What is being given back. */
  #leaving: Promise<void> = Promise.resolve();

  constructor(
    private readonly around: ClaimSurroundings,
    private readonly lines: string,
    private readonly request: (
      closed: (error: HallwardError) => void,
      current: () => boolean,
    ) => Promise<Held>,
    private readonly events: Pick<GpioInputEvents, 'ready' | 'lost'>,
  ) {
    const { random } = around;
    this.#backoff = new Backoff({ firstMilliseconds: 500, maximumMilliseconds: 5_000, random });
  }

  take(): void {
    if (this.#ended || this.#asked !== undefined || this.held !== undefined) return;
    this.#timer?.cancel();
    void this.#try();
  }

  lose(error: HallwardError): void {
    this.#drop();
    this.#tell(error);
  }

  /** What was held can't be used any more, or could not be had. */
  failed(error: HallwardError): void {
    if (this.#ended) return;
    const { name, clock } = this.around;
    if (this.held !== undefined && clock.monotonicMilliseconds() - this.#heldAt > WELL_MILLISECONDS) {
      this.#backoff.reset();
    }
    this.#drop();
    if (error.code.startsWith('wire.')) {
      this.#tell(error);
      this.around.chipGone(error);
      return;
    }
    const pause = this.#backoff.next();
    this.#timer = clock.after(`${name}: ask again for ${this.lines}`, pause, () => this.take());
    this.#tell(error);
    this.around.chipInDoubt();
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#drop();
    await this.#leaving;
  }

  async #try(): Promise<void> {
    const turn = ++this.#turn;
    const current = () => turn === this.#turn;
    let endedEarly: HallwardError | undefined;
    const closed = (error: HallwardError) => {
      if (!current()) return;
      if (this.held === undefined) endedEarly = error;
      else this.failed(error);
    };
    this.#asked = this.around.rested().then(() => this.request(closed, current));
    try {
      const held = await this.#asked;
      if (!current()) return;
      this.#asked = undefined;
      this.held = held;
      this.#heldAt = this.around.clock.monotonicMilliseconds();
    } catch (thrown) {
      if (!current()) return;
      this.#asked = undefined;
      this.failed(asHallwardError(thrown, 'gpio.failed'));
      return;
    }
    if (endedEarly !== undefined) {
      this.failed(endedEarly);
      return;
    }
    this.#told = undefined;
    this.around.worked();
    this.events.ready();
  }

  /** Gives back what is held, and what a try that is under way may still bring. */
  #drop(): void {
    this.#turn++;
    this.#timer?.cancel();
    const held = this.held === undefined ? this.#asked : Promise.resolve(this.held);
    this.held = undefined;
    this.#asked = undefined;
    if (held === undefined) return;
    this.#leaving = Promise.all([held, this.#leaving])
      .then(([one]) => one.close())
      .catch(() => {});
    this.around.leaving(this.#leaving);
  }

  #tell(error: HallwardError): void {
    if (this.#told === error.code || this.#ended) return;
    this.#told = error.code;
    this.events.lost(error);
  }
}
