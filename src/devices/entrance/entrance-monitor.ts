import { rfc3339, type Timer } from '../../kernel/clock.js';
import { Listeners } from '../../kernel/listeners.js';
import type { Capabilities } from '../capabilities.js';
import { HallNight, minutesOf } from '../hall-night.js';
import type { Device, DeviceConfig, DeviceContext, DeviceKind } from '../kind.js';
import { untilSummary } from '../occupancy-summary.js';
import { PacedReadings } from '../paced-readings.js';
import type { SensorPart } from '../parts/part.js';
import { Parts } from '../parts/parts.js';
import { noPassages, type Passages, sumOf, totalOf } from '../parts/passages.js';
import { EntranceDoors } from './entrance-doors.js';
import { EntranceFaults } from './entrance-faults.js';
import { isOfDay, type Kept, readKept } from './entrance-memory.js';
import type { EntranceOptions } from './entrance-options.js';
import { type Band, PeopleCount } from './people-count.js';

const tellEveryMilliseconds = 2_000;
const periodMilliseconds = 300_000;
/** What is lost of a door is noticed after a minute at the latest: a blocked barrier. */
const noticedWithinMilliseconds = 60_000;
/** Of what may have passed unseen in five minutes this is assumed where no busier five minutes are known. */
const leastBusy = 10;
/** An open hall that nobody has entered or left for so long by night is empty. */
const quietMilliseconds = 3_600_000;
/** What a power cut may take of the count, at most: after so many passages it is kept. */
const mostUnkept = 10;

/**
 * The doors of a hall at work. What it counted it keeps with the event of each five minutes, and when it stops; after a
 * restart it goes on with that, and what may have passed meanwhile (by the busiest five minutes known) widens the band. As
 * long as one of the doors is not watched nothing is known, and what may have passed by then widens it as well.
 */
export class EntranceMonitor implements Device {
  readonly capabilities: Capabilities;
  readonly #parts: Parts;
  readonly #doors: EntranceDoors;
  readonly #night: HallNight;
  readonly #count: PeopleCount;
  readonly #faults: EntranceFaults;
  readonly #changes = new Listeners<[]>();
  readonly #readings: PacedReadings;
  #today: Passages = noPassages;
  #period: Passages = noPassages;
  #periodBeganAt: number;
  #lastPassageAt: number;
  /** Of the day before and of this one. */
  #busiest: readonly [number, number] = [0, 0];
  /** The turn of the day that `#today` is of. */
  #turn: number | undefined;
  #emptiedAt: number | null = null;
  /** It is settled what of an earlier life counts; before, what passes waits here. */
  #resumed = false;
  #waiting: { passages: Passages; missed: number } = { passages: noPassages, missed: 0 };
  /** When all doors were watched for the first time. */
  #watchedSince: number | undefined;
  #savedAt = Number.NEGATIVE_INFINITY;
  #unkept = 0;
  #toldBand = '';
  #summaryTimer: Timer | undefined;

  constructor(
    private readonly options: EntranceOptions,
    kind: DeviceKind,
    config: DeviceConfig,
    private readonly context: DeviceContext,
  ) {
    const doors = Object.keys(kind.parts ?? {}).filter((name) => config.parts?.[name] !== undefined);
    this.#parts = new Parts(kind, config, context);
    this.#doors = new EntranceDoors(doors, this.#now);
    this.#night = new HallNight(minutesOf(options.zeroAt));
    this.#count = new PeopleCount(options.errorPercent / 100);
    this.#faults = new EntranceFaults(options, context);
    this.#readings = new PacedReadings(tellEveryMilliseconds, context);
    this.#periodBeganAt = this.#now;
    this.#lastPassageAt = this.#now;
    for (const name of doors) {
      this.#parts.sensor(name, kind.parts?.[name] as SensorPart<Passages>, {
        values: (passages) => this.#values(name, passages),
        unknown: () => this.#unknown(name),
      });
    }
    const band = () => this.#band;
    this.capabilities = {
      countsPeople: {
        get occupancy() {
          return band();
        },
        onChange: (listener) => this.#changes.add(listener),
      },
    };
  }

  start(): void {
    this.#faults.start();
    this.#parts.start();
    this.#summariseLater();
    this.#changed();
  }

  async stop(): Promise<void> {
    this.#parts.stop();
    this.#readings.stop();
    this.#summaryTimer?.cancel();
    if (this.#resumed && (this.#now - this.#savedAt >= 1_000 || totalOf(this.#period) > 0)) this.#save();
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  get #band(): Band | null {
    return this.#resumed && this.#doors.allKnown ? this.#count.band : null;
  }

  /** Minutes of the hall's own day and the Unix time; `null` while the clock can't be trusted. */
  get #localTime(): { readonly minutes: number; readonly wall: number } | null {
    const { clock, localMinutes } = this.context;
    const minutes = clock.quality() === 'untrusted' ? null : localMinutes();
    return minutes === null ? null : { minutes, wall: Math.round(clock.wallMilliseconds()) };
  }

  #values(door: string, passages: Passages): void {
    const outage = this.#doors.watched(door, this.#now);
    if (outage > 0) this.#missed(outage + noticedWithinMilliseconds);
    if (this.#doors.allKnown) this.#watchedSince ??= this.#now;
    if (totalOf(passages) > 0) {
      this.#today = sumOf(this.#today, passages);
      this.#period = sumOf(this.#period, passages);
      this.#lastPassageAt = this.#now;
      this.#faults.passed();
      if (this.#resumed) this.#count.passed(passages);
      else this.#waiting.passages = sumOf(this.#waiting.passages, passages);
    }
    this.#resume();
    this.#unkept += totalOf(passages);
    if (this.#resumed && this.#unkept >= mostUnkept) this.#save();
    this.#changed();
  }

  #unknown(door: string): void {
    this.#doors.lost(door, this.#now);
    this.#changed();
  }

  /** So many people may have passed unseen in a time. */
  #unseenIn(milliseconds: number): number {
    const busiest = Math.max(leastBusy, totalOf(this.#period), ...this.#busiest);
    return Math.ceil((busiest * milliseconds) / periodMilliseconds);
  }

  #missed(milliseconds: number): void {
    const people = this.#unseenIn(milliseconds);
    if (this.#resumed) this.#count.missed(people);
    else this.#waiting.missed += people;
  }

  /** Goes on with what was kept, once all doors are watched and the clock can be trusted: else nobody knows of when it is. */
  #resume(): void {
    const time = this.#localTime;
    if (this.#resumed || this.#watchedSince === undefined || time === null) return;
    const { memory, isOpen } = this.context;
    const turn = this.#night.lastTurn(time.wall, time.minutes);
    const began = time.wall - (this.#now - this.#watchedSince);
    const kept = readKept(memory.get());
    this.#turn = turn;
    if (kept !== undefined) this.#busiest = kept.busiest;
    const isOfToday = kept !== undefined && isOfDay(kept, turn, began);
    if (isOfToday) {
      this.#today = sumOf(kept.today, this.#today);
      this.#period = sumOf(kept.untold, this.#period);
    }
    if (isOfToday && kept.count.base !== null) {
      this.#count.resume(kept.count);
      this.#emptiedAt = kept.emptiedAt;
      this.#count.missed(this.#unseenIn(Math.max(0, began - (kept.at ?? began))));
    } else {
      this.#count.begin(isOpen() ? (this.options.startsWith ?? null) : 0);
      this.#emptiedAt = isOpen() ? null : time.wall;
    }
    this.#resumed = true;
    this.#count.missed(this.#waiting.missed);
    this.#count.passed(this.#waiting.passages);
  }

  #summariseLater(): void {
    const { clock, name, reports } = this.context;
    this.#summaryTimer = clock.after(`${name}: passages`, untilSummary(clock.wallMilliseconds()), () => {
      this.#summariseLater();
      try {
        this.#resume();
        this.#summarise();
        this.#turnDay();
        this.#changed();
      } catch (error) {
        reports.crashed(error);
      }
    });
  }

  #summarise(): void {
    const { clock, reports } = this.context;
    const length = this.#now - this.#periodBeganAt;
    const { entered, left, unknownDirection } = this.#period;
    const passages = totalOf(this.#period);
    const knownPercent = this.#doors.knownPercent(length, this.#now);
    this.#faults.period(length, passages, knownPercent === 100);
    this.#busiest = [this.#busiest[0], Math.max(this.#busiest[1], passages)];
    this.#period = noPassages;
    this.#periodBeganAt = this.#now;
    // Where nothing was known at all the fault that stands says more than an event every five minutes.
    if (passages === 0 && (knownPercent === 100 || knownPercent === 0)) return;
    const wall = clock.wallMilliseconds();
    reports.record('entrance.summary', {
      from: rfc3339(Math.round(wall - length)),
      to: rfc3339(Math.round(wall)),
      entered,
      left,
      ...(unknownDirection === 0 ? {} : { unknownDirection }),
      occupancy: this.#band,
      knownPercent,
    });
    if (this.#resumed) this.#save();
  }

  /** The turn of the day: its sums begin anew, and the hall is empty, where it is. */
  #turnDay(): void {
    const time = this.#localTime;
    if (time === null || !this.#resumed) return;
    const turn = this.#night.lastTurn(time.wall, time.minutes);
    const isNew = this.#turn !== undefined && this.#night.isOther(turn, this.#turn);
    this.#turn = turn;
    if (isNew) {
      this.#today = noPassages;
      this.#busiest = [this.#busiest[1], 0];
    }
    const isQuiet = this.#doors.allKnown && this.#now - this.#lastPassageAt >= quietMilliseconds;
    const isEmpty = !this.context.isOpen() || isQuiet;
    if (isEmpty && this.#night.isToBeEmptied(turn, this.#emptiedAt, time.wall)) {
      this.context.log.info({ ...this.#count.state, band: this.#count.band }, 'the hall is empty by night');
      this.#faults.emptied(this.#count, this.#doors.allKnown);
      this.#count.begin(0);
      this.#emptiedAt = time.wall;
      this.#save();
    } else if (isNew) {
      this.#save();
    }
  }

  #save(): void {
    const { clock, memory } = this.context;
    const trusted = clock.quality() !== 'untrusted';
    const kept: Kept = {
      version: 1,
      at: trusted ? Math.round(clock.wallMilliseconds()) : null,
      emptiedAt: this.#emptiedAt,
      count: { ...this.#count.state },
      today: { ...this.#today },
      untold: { ...this.#period },
      busiest: [this.#busiest[0], Math.max(this.#busiest[1], totalOf(this.#period))],
    };
    memory.put(kept);
    this.#savedAt = this.#now;
    this.#unkept = 0;
  }

  /** Tells the hall at once, and the readings at most every two seconds. */
  #changed(): void {
    const band = this.#band;
    this.#faults.people(band, this.#count);
    const text = JSON.stringify(band);
    if (text !== this.#toldBand) {
      this.#toldBand = text;
      this.#changes.tell();
    }
    const today = this.#doors.allKnown ? this.#today : null;
    this.#readings.tell({
      enteredToday: today?.entered ?? null,
      leftToday: today?.left ?? null,
      unknownDirectionToday: today?.unknownDirection ?? null,
      occupancy: band?.median ?? null,
      occupancyLow: band?.low ?? null,
      occupancyHigh: band?.high ?? null,
    });
  }
}
