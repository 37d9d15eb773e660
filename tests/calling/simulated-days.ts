/** A seeded hall with visitors and staff, to measure what expected waits are worth. Knows nothing of how they are made. */
import { decide } from '../../src/calling/decide.js';
import type { Decision } from '../../src/calling/decision.js';
import type { WaitMinutes } from '../../src/calling/events.js';
import type { CallingInput } from '../../src/calling/inputs.js';
import type { CallingSettings } from '../../src/calling/settings.js';
import { apply, CallingState } from '../../src/calling/state.js';
import type { Stamp } from '../../src/kernel/stamp.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** A Monday, 00:00 in Shanghai. */
const firstDay = Date.parse('2026-11-01T16:00:00.000Z');

export interface QueuePlan {
  /** Visitors an hour, by time of day in hours, at most 300. */
  readonly arrivals: (hourOfDay: number) => number;
  readonly serviceMinutes: number;
  /** Standard deviation of a service by its mean; services are distributed log-normally. */
  readonly variation: number;
}

export interface WindowPlan {
  /** When it is open, in hours of the day. */
  readonly open: readonly (readonly [number, number])[];
  /** How much longer than others staff take there. */
  readonly slowness?: number;
}

export interface HallPlan {
  readonly settings: CallingSettings;
  readonly days: number;
  readonly queues: Readonly<Record<string, QueuePlan>>;
  readonly windows: Readonly<Record<string, WindowPlan>>;
  readonly priorityShare?: number;
  readonly noShowShare?: number;
  /** How many times as long services last, by day and hour. */
  readonly slowdown?: (day: number, hourOfDay: number) => number;
}

export interface Visit {
  readonly day: number;
  readonly hourOfDay: number;
  readonly queue: string;
  readonly priority: boolean;
  readonly issuedAt: number;
  readonly told: WaitMinutes;
  /** `null` where the visitor was not called. */
  waitedMinutes: number | null;
}

/** Mulberry32: numbers in [0, 1) from a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Happening =
  | { readonly at: number; readonly kind: 'arrives'; readonly queue: string }
  | { readonly at: number; readonly kind: 'opens' | 'leaves' | 'free'; readonly window: string }
  | { readonly at: number; readonly kind: 'ticks' };

/** What will happen, the next first. */
class Agenda {
  readonly #heap: Happening[] = [];

  add(entry: Happening): void {
    const heap = this.#heap;
    heap.push(entry);
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (heap[parent]!.at <= heap[child]!.at) break;
      [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
      child = parent;
    }
  }

  next(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && heap[child]!.at < heap[least]!.at) least = child;
      }
      if (least === parent) return first;
      [heap[parent], heap[least]] = [heap[least]!, heap[parent]!];
      parent = least;
    }
  }
}

/** Visitors and staff of a plan, and the calling that leads them. */
export class SimulatedHall {
  readonly calling = new CallingState();
  /** Everybody who took a ticket. */
  readonly visits: Visit[] = [];
  readonly #agenda = new Agenda();
  readonly #random: () => number;
  readonly #here = new Map<string, Visit>();
  readonly #idle = new Set<string>();
  readonly #leaving = new Set<string>();
  readonly #calledInVain = new Set<string>();
  #at = 0;
  #ids = 0;

  constructor(
    readonly plan: HallPlan,
    seed: number,
  ) {
    this.#random = randomFrom(seed);
    for (let day = 0; day < plan.days; day++) this.#planDay(day);
  }

  /** Runs to the end, or until a day and hour. */
  run(untilDay = Infinity, untilHour = 0): this {
    const until = (untilDay * 24 + untilHour) * hour;
    for (let entry = this.#agenda.next(); entry !== undefined; entry = this.#agenda.next()) {
      if (entry.at >= until) {
        this.#agenda.add(entry);
        this.#at = until;
        return this;
      }
      this.#at = entry.at;
      this.#happen(entry);
    }
    return this;
  }

  get now(): Stamp {
    const monotonicMilliseconds = Math.round(this.#at);
    const wallMilliseconds = firstDay + monotonicMilliseconds;
    return { boot: 'boot-1', monotonicMilliseconds, wallMilliseconds, quality: 'synced' };
  }

  tell(input: CallingInput): Decision {
    const { settings } = this.plan;
    const newId = () => `id-${++this.#ids}`;
    const decision = decide(this.calling, input, { now: this.now, newId, settings });
    // As it is stored and read back.
    apply(this.calling, JSON.parse(JSON.stringify(decision.puts)));
    for (const call of decision.calls) this.#serve(call.ticket, call.window);
    return decision;
  }

  get #hourOfDay(): number {
    return (this.#at / hour) % 24;
  }

  #planDay(day: number): void {
    const most = 300;
    for (const [queue, { arrivals }] of Object.entries(this.plan.queues)) {
      for (let time = 7; ; ) {
        time -= Math.log(1 - this.#random()) / most;
        if (time >= 19) break;
        if (this.#random() * most >= arrivals(time)) continue;
        this.#agenda.add({ at: (day * 24 + time) * hour, kind: 'arrives', queue });
      }
    }
    for (const [window, { open }] of Object.entries(this.plan.windows)) {
      for (const [from, to] of open) {
        const late = this.#random() * 2 * minute;
        this.#agenda.add({ at: (day * 24 + from) * hour + late, kind: 'opens', window });
        this.#agenda.add({ at: (day * 24 + to) * hour, kind: 'leaves', window });
      }
    }
  }

  #happen(entry: Happening): void {
    switch (entry.kind) {
      case 'arrives':
        this.#arrive(entry.queue);
        return;
      case 'opens':
        this.#leaving.delete(entry.window);
        this.tell({ type: 'open', window: entry.window });
        this.#soon('free', entry.window, 20 * second);
        return;
      case 'leaves':
        this.#leaving.add(entry.window);
        if (this.#idle.has(entry.window)) this.#callNext(entry.window);
        return;
      case 'free':
        if (this.#calledInVain.delete(entry.window)) {
          this.tell({ type: 'skip', window: entry.window });
          this.#soon('free', entry.window, 5 * second);
        } else this.#callNext(entry.window);
        return;
      case 'ticks':
        this.tell({ type: 'tick' });
    }
  }

  #soon(kind: 'free', window: string, milliseconds: number): void {
    this.#agenda.add({ at: this.#at + milliseconds, kind, window });
  }

  #arrive(queue: string): void {
    const priority = this.#random() < (this.plan.priorityShare ?? 0);
    const { issued } = this.tell({ type: 'ticket.issue', queue, priority });
    if (issued === undefined) return;
    const visit: Visit = {
      day: Math.floor(this.#at / (24 * hour)),
      hourOfDay: this.#hourOfDay,
      queue,
      priority,
      issuedAt: this.#at,
      told: issued.waitMinutes,
      waitedMinutes: null,
    };
    this.visits.push(visit);
    this.#here.set(issued.ticket, visit);
    // Staff with nobody to serve see somebody come, and press a moment later.
    for (const window of this.#idle) this.#soon('free', window, (3 + 12 * this.#random()) * second);
    this.#idle.clear();
  }

  #callNext(window: string): void {
    if (this.#leaving.delete(window)) {
      this.#idle.delete(window);
      this.tell({ type: this.#hourOfDay > 16 ? 'close' : 'pause', window });
      return;
    }
    const { calls, held } = this.tell({ type: 'next', window });
    if (held) {
      const milliseconds = this.plan.settings.rules.holdSeconds * second;
      this.#agenda.add({ at: this.#at + milliseconds, kind: 'ticks' });
    } else if (calls.length === 0) this.#idle.add(window);
  }

  #serve(ticket: string, window: string): void {
    const visit = this.#here.get(ticket);
    if (visit === undefined) throw new Error(`${ticket} is called and was never issued`);
    this.#here.delete(ticket);
    this.#idle.delete(window);
    visit.waitedMinutes = (this.#at - visit.issuedAt) / minute;
    if (this.#random() < (this.plan.noShowShare ?? 0)) {
      this.#calledInVain.add(window);
      this.#soon('free', window, (60 + 30 * this.#random()) * second);
      return;
    }
    const { serviceMinutes, variation } = this.plan.queues[visit.queue]!;
    const sigma = Math.sqrt(Math.log(1 + variation ** 2));
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
    const times =
      (this.plan.windows[window]?.slowness ?? 1) * (this.plan.slowdown?.(visit.day, this.#hourOfDay) ?? 1);
    const minutes = serviceMinutes * times * Math.exp(sigma * normal - sigma ** 2 / 2);
    // Staff take a moment until they press.
    this.#soon('free', window, minutes * minute + 5 * second);
  }
}

export interface Measured {
  readonly called: number;
  /** Of those called: how many were told a wait. */
  readonly toldPercent: number;
  /** Of those told: how many waited as long as they were told. */
  readonly coveredPercent: number;
  /** Median width of the intervals that were told. */
  readonly widthMinutes: number;
  /** From the first to the last tenth of all waits. */
  readonly spreadMinutes: number;
}

export function measure(visits: readonly Visit[]): Measured {
  const waits: number[] = [];
  const widths: number[] = [];
  let covered = 0;
  for (const { told, waitedMinutes } of visits) {
    if (waitedMinutes === null) continue;
    waits.push(waitedMinutes);
    if (told === null) continue;
    widths.push(told.high - told.low);
    if (waitedMinutes >= told.low && waitedMinutes <= told.high) covered++;
  }
  waits.sort((a, b) => a - b);
  widths.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(waits.length * share)] ?? 0;
  return {
    called: waits.length,
    toldPercent: percent(widths.length, waits.length),
    coveredPercent: percent(covered, widths.length),
    widthMinutes: widths[widths.length >> 1] ?? 0,
    spreadMinutes: Math.round((at(0.9) - at(0.1)) * 10) / 10,
  };
}

function percent(part: number, of: number): number {
  return of === 0 ? 0 : Math.round((1000 * part) / of) / 10;
}
