/**
 * The waiting area: seats taken, people in the hall, and by that how many stand; a warning before the seats run out.
 * Nobody counts people who stand: who is inside and neither sits nor is being served must stand.
 */
import type { CountsPeople, CountsSeats } from '../devices/capabilities.js';
import { rfc3339, type Timer } from '../kernel/clock.js';
import type { Text } from '../kernel/text.js';
import type { RoomState } from '../protocols/hub/payloads.js';
import type { HallPorts } from './ports.js';

/** Seats of the whole hall that are taken, in percent, from which on people are told. */
const shortPercent = 90;
/** The warning ends below this. */
const enoughPercent = 80;
/** A forecast is trusted only where seats are in use at all. */
const forecastFromPercent = 60;
/** The trend is that of this time, and it is warned so long before the seats would run out by it. */
const trendMilliseconds = 10 * 60_000;
const aheadMinutes = 10;
/** Once it is warned, the seats must be likely to last for so long. */
const aheadAgainMinutes = 20;
/** The trend is looked at so often; what is published in between is what changes. */
const lookMilliseconds = 60_000;
/** What seats and doors say is judged and published at most this often. */
const publishMilliseconds = 2_000;
/** A warning stands so long while nobody knows how many seats are taken. */
const unknownMilliseconds = 10 * 60_000;

/** What is said where no door counts people: then nobody knows how many stand. */
const withoutStanding: Text = {
  'zh-CN': '等候座位紧张：{seats} 个座位已占 {taken} 个',
  en: 'Seats run short: {taken} of {seats} are taken',
};

interface WaitingRoomOptions {
  readonly ports: Pick<HallPorts, 'clock' | 'raise' | 'clear' | 'publishRoom'>;
  /** Windows that serve somebody now. */
  readonly served: () => number;
}

export class WaitingRoom {
  readonly #seats = new Map<string, CountsSeats>();
  readonly #doors = new Map<string, CountsPeople>();
  /** Seats taken, a look a minute, over the time of the trend. */
  #trend: { readonly at: number; readonly taken: number }[] = [];
  #lookTimer: Timer | undefined;
  #publishTimer: Timer | undefined;
  #published = '';
  #short = false;
  /** Since when a warning stands of which nobody knows whether it still holds. */
  #unknownSince: number | undefined;
  #stopped = false;

  constructor(private readonly options: WaitingRoomOptions) {}

  /** Connects seats. Returns the function that takes them away. */
  addSeats(device: string, seats: CountsSeats): () => void {
    return this.#add(this.#seats, device, seats);
  }

  /** Connects the doors of the hall. Returns the function that takes them away. */
  addDoors(device: string, doors: CountsPeople): () => void {
    return this.#add(this.#doors, device, doors);
  }

  /** Nothing is judged or published any more; no timer is left. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimers();
  }

  #add<Thing extends CountsSeats | CountsPeople>(
    things: Map<string, Thing>,
    device: string,
    thing: Thing,
  ): () => void {
    things.set(device, thing);
    const stop = thing.onChange(() => this.#changed());
    this.#connected();
    return () => {
      stop();
      if (things.get(device) !== thing) return;
      things.delete(device);
      this.#connected();
    };
  }

  /** Other seats or doors than before: what they say together does not go on from what was. */
  #connected(): void {
    if (this.#stopped) return;
    this.#trend = [];
    if (this.#seats.size > 0 || this.#doors.size > 0) {
      this.#changed();
      return;
    }
    this.#cancelTimers();
    this.#enough();
    this.#published = '';
    this.options.ports.publishRoom(null);
  }

  #cancelTimers(): void {
    this.#lookTimer?.cancel();
    this.#lookTimer = undefined;
    this.#publishTimer?.cancel();
    this.#publishTimer = undefined;
  }

  #changed(): void {
    if (this.#stopped) return;
    this.#lookTimer ??= this.#lookLater();
    this.#publishTimer ??= this.options.ports.clock.after(
      'tell of the waiting room',
      publishMilliseconds,
      () => {
        this.#publishTimer = undefined;
        this.#judge();
        this.#publish();
      },
    );
  }

  #lookLater(): Timer {
    return this.options.ports.clock.after('look at the waiting room', lookMilliseconds, () => {
      this.#lookTimer = undefined;
      const { taken } = this.#state();
      const at = this.#now;
      if (taken === null) this.#trend = [];
      else this.#trend.push({ at, taken });
      this.#trend = this.#trend.filter((look) => at - look.at <= trendMilliseconds);
      this.#changed();
    });
  }

  get #now(): number {
    return this.options.ports.clock.monotonicMilliseconds();
  }

  #state(): Omit<RoomState, 'at'> {
    const seats = [...this.#seats.values()];
    // Of a hall without seats that are watched nobody knows who sits.
    const isKnown = seats.length > 0 && !seats.some((one) => one.taken === null);
    const taken = isKnown ? seats.reduce((sum, one) => sum + (one.taken ?? 0), 0) : null;
    const people = this.#people();
    return {
      seats: seats.reduce((sum, one) => sum + one.seats, 0),
      taken,
      people,
      standing: people === null || taken === null ? null : this.#standing(people, taken),
    };
  }

  #people(): RoomState['people'] {
    const sum = { low: 0, median: 0, high: 0 };
    if (this.#doors.size === 0) return null;
    for (const { occupancy } of this.#doors.values()) {
      if (occupancy === null) return null;
      sum.low += occupancy.low;
      sum.median += occupancy.median;
      sum.high += occupancy.high;
    }
    return sum;
  }

  #standing(people: NonNullable<RoomState['people']>, taken: number): NonNullable<RoomState['standing']> {
    const elsewhere = taken + this.options.served();
    const left = (count: number) => Math.max(0, count - elsewhere);
    return { low: left(people.low), median: left(people.median), high: left(people.high) };
  }

  #judge(): void {
    const { ports } = this.options;
    const { seats, taken, standing } = this.#state();
    if (this.#seats.size > 0 && taken === null) {
      this.#unknown();
      return;
    }
    this.#unknownSince = undefined;
    if (seats === 0 || taken === null) {
      this.#enough();
      return;
    }
    const percent = (100 * taken) / seats;
    const fullInMinutes = this.#fullInMinutes(seats, taken);
    const ahead = this.#short ? aheadAgainMinutes : aheadMinutes;
    const soon = percent >= forecastFromPercent && fullInMinutes !== null && fullInMinutes <= ahead;
    if (percent < (this.#short ? enoughPercent : shortPercent) && !soon) {
      this.#enough();
      return;
    }
    this.#short = true;
    const evidence = { taken, seats, standing: standing?.median ?? null, fullInMinutes };
    ports.raise({
      device: 'controller',
      code: 'hall.seats-short',
      evidence,
      parts: [...this.#seats.keys()],
      ...(standing === null ? { text: withoutStanding } : {}),
    });
  }

  /** Not to be known is not to have enough: a warning goes on for a while, as when a wire is lost for a moment. */
  #unknown(): void {
    this.#unknownSince ??= this.#now;
    if (this.#now - this.#unknownSince >= unknownMilliseconds) this.#enough();
  }

  #enough(): void {
    if (this.#short) this.options.ports.clear('controller', 'hall.seats-short');
    this.#short = false;
  }

  /** When no seat will be left if it goes on as in the last minutes; `null` where it does not rise. */
  #fullInMinutes(seats: number, taken: number): number | null {
    const [first] = this.#trend;
    if (first === undefined || this.#now - first.at < trendMilliseconds / 2) return null;
    const perMinute = (60_000 * (taken - first.taken)) / (this.#now - first.at);
    return perMinute <= 0 ? null : Math.ceil((seats - taken) / perMinute);
  }

  #publish(): void {
    const { ports } = this.options;
    const state = this.#state();
    const text = JSON.stringify(state);
    if (text === this.#published) return;
    this.#published = text;
    ports.publishRoom({ ...state, at: rfc3339(ports.clock.wallMilliseconds()) });
  }
}
