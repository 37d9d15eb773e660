import * as v from 'valibot';
import type { Timer } from '../../kernel/clock.js';
import type { Evidence } from '../../kernel/errors.js';
import { Listeners } from '../../kernel/listeners.js';
import type { Capabilities, CountsSeats } from '../capabilities.js';
import type { Device, DeviceContext, DeviceMemory, Reading } from '../kind.js';
import { OccupancyPeriod, untilSummary } from '../occupancy-summary.js';
import { PacedReadings } from '../paced-readings.js';
import { NightSeats } from './night-seats.js';
import { SeatFaults } from './seat-faults.js';
import type { SeatEvents, SeatSource } from './seat-source.js';
import { type SeatLook, type SeatPicture, SeatStates, type SeatTimes } from './seat-states.js';

export interface SeatMonitorOptions extends SeatTimes {
  readonly seatCount: number;
  /** Readings are told at most this often. */
  readonly publishMilliseconds: number;
}

const keptSchema = v.object({ version: v.literal(1), nightSeats: v.array(v.number()) });

/** Counts seats, whatever looks at them: states, faults, the sum of five minutes, what the hall asks. */
export class SeatMonitor implements Device {
  readonly capabilities: Capabilities;
  readonly #source: SeatSource;
  readonly #seats: SeatStates;
  readonly #night: NightSeats;
  readonly #faults: SeatFaults;
  readonly #readings: PacedReadings;
  readonly #changes = new Listeners<[]>();
  #period = new OccupancyPeriod(0);
  #summaryTimer: Timer | undefined;
  /** As the hall sees them: seats that count, and those of them that are taken. */
  #counted: { readonly seats: number; readonly taken: number | null };
  #nightSeats: string;

  constructor(
    private readonly options: SeatMonitorOptions,
    private readonly context: DeviceContext,
    connect: (events: SeatEvents) => SeatSource,
  ) {
    const { seatCount, publishMilliseconds } = options;
    this.#seats = new SeatStates(seatCount, options);
    this.#night = new NightSeats(seatCount, keptSeats(context.memory));
    this.#nightSeats = this.#night.seats.join();
    this.#faults = new SeatFaults(context.reports);
    this.#readings = new PacedReadings(publishMilliseconds, context);
    this.#counted = { seats: seatCount, taken: null };
    this.capabilities = { countsSeats: this.#countsSeats() };
    this.#source = connect({
      saw: (looks) => this.#saw(looks),
      unknown: () => this.#unknown(),
      silent: (evidence) => this.#silent(evidence),
    });
  }

  start(): void {
    this.#period = new OccupancyPeriod(this.#now);
    this.#summariseLater();
    this.#faults.say('seating.night-seat', this.#night.seats);
    this.#source.start();
  }

  async stop(): Promise<void> {
    this.#source.stop();
    this.#summaryTimer?.cancel();
    this.#readings.stop();
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  #countsSeats(): CountsSeats {
    const counted = () => this.#counted;
    return {
      get seats() {
        return counted().seats;
      },
      get taken() {
        return counted().taken;
      },
      onChange: (listener) => this.#changes.add(listener),
    };
  }

  #saw(looks: readonly (SeatLook | null)[]): void {
    const now = this.#now;
    const picture = this.#seats.look(looks, now);
    if (!picture.isSettled) {
      this.#period.lost();
      this.#count(null);
      this.#readings.tell(this.#unknownReadings);
      return;
    }
    const { counts, stuck } = picture;
    if (counts === null) this.#period.lost();
    else this.#period.saw(counts.taken, now);
    this.#sayFaults(picture, looks);
    this.#count(counts);
    this.#readings.tell({
      seats: this.options.seatCount,
      taken: counts?.taken ?? null,
      free: counts?.free ?? null,
      stuck: counts === null ? null : stuck.length,
    });
  }

  #sayFaults({ stuck, restless, states }: SeatPicture, looks: readonly (SeatLook | null)[]): void {
    const { localMinutes, isOpen, memory } = this.context;
    const minutes = Math.round(this.options.stuckAfterMilliseconds / 60_000);
    this.#faults.say('seating.stuck-seat', stuck, { minutes });
    this.#faults.say('seating.restless-seat', restless);
    this.#night.look({
      closed: looks.map((look) => look?.closed ?? null),
      states,
      localMinutes: localMinutes(),
      isOpen: isOpen(),
      at: this.#now,
    });
    const nightSeats = this.#night.seats;
    this.#faults.say('seating.night-seat', nightSeats);
    if (nightSeats.join() === this.#nightSeats) return;
    this.#nightSeats = nightSeats.join();
    memory.put({ version: 1, nightSeats });
  }

  /** Nothing is known; why is told elsewhere. */
  #unknown(): void {
    this.#forget();
    this.#readings.tellNow(this.#unknownReadings);
  }

  #silent(evidence: Evidence): void {
    this.#forget();
    this.#readings.forget();
    this.context.reports.silent(evidence);
  }

  #forget(): void {
    this.#seats.forget();
    this.#night.lost();
    this.#period.lost();
    this.#count(null);
  }

  /** Tells the hall where that is something new. */
  #count(counts: SeatPicture['counts']): void {
    const seats =
      counts === null ? this.options.seatCount - this.#seats.stuckCount : counts.taken + counts.free;
    const taken = counts?.taken ?? null;
    if (seats === this.#counted.seats && taken === this.#counted.taken) return;
    this.#counted = { seats, taken };
    this.#changes.tell();
  }

  get #unknownReadings(): Readonly<Record<string, Reading>> {
    return { seats: this.options.seatCount, taken: null, free: null, stuck: null };
  }

  #summariseLater(): void {
    const { clock, name, reports } = this.context;
    const wait = untilSummary(clock.wallMilliseconds());
    this.#summaryTimer = clock.after(`${name}: occupancy`, wait, () => {
      const summary = this.#period.end(this.#now, clock.wallMilliseconds());
      if (summary !== null) {
        reports.record('occupancy.summary', { ...summary, seats: this.options.seatCount });
      }
      this.#summariseLater();
    });
  }
}

function keptSeats(memory: DeviceMemory): readonly number[] {
  const kept = v.safeParse(keptSchema, memory.get());
  return kept.success ? kept.output.nightSeats : [];
}
