/** Ratings alone: services end and begin without queues and windows behind them. */
import * as v from 'valibot';
import { expect } from 'vitest';
import { type Decision, Draft } from '../../src/calling/decision.js';
import type { CallingEvent, CallingEventData, CallingEventType } from '../../src/calling/events.js';
import type { InviteInput, RateInput } from '../../src/calling/inputs.js';
import { turnRatingDay } from '../../src/calling/rating-sessions.js';
import { endRating, invite, openRating, rate } from '../../src/calling/ratings.js';
import { dayKey } from '../../src/calling/records.js';
import { type CallingSettings, type RatingRules, standardRules } from '../../src/calling/settings.js';
import { apply, type CallingState, loadCalling } from '../../src/calling/state.js';
import { passTime } from '../../src/calling/time.js';
import type { TimeQuality } from '../../src/kernel/clock.js';
import type { Json } from '../../src/kernel/json.js';
import type { Stamp } from '../../src/kernel/stamp.js';
import { eventTypes } from '../../src/protocols/hub/events.js';

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export const deskSettings: CallingSettings = {
  timezone: 'Asia/Shanghai',
  queues: { general: { prefix: 'A', matter: 'registration', windows: ['5', '6'] } },
  windows: {
    '5': { unit: 'Front Office', staff: '0317' },
    '6': { unit: 'Front Office', staff: '0321' },
    '7': { unit: 'Front Office', staff: '0333' },
  },
  matters: { registration: { unit: 'Human Resources' }, tax: { unit: 'Tax Bureau' }, other: {} },
  hours: { 'mon-fri': ['09:00-17:00'] },
  rules: standardRules,
  evaluatorWindows: ['5', '6'],
};

export const withRules = (rules: Partial<RatingRules>): CallingSettings => ({
  ...deskSettings,
  rules: { ...standardRules, rating: { ...standardRules.rating, ...rules } },
});

/** A service as it usually is. */
export const service = { staff: '0317', matter: 'registration', servedSeconds: 180 };

export class RatingDesk {
  readonly stored = new Map<string, Json>();
  readonly events: CallingEvent[] = [];
  calling: CallingState;
  boot = 'boot-1';
  monotonic = 1_000_000;
  quality: TimeQuality = 'synced';
  wall: number;
  #ids = 0;
  #tickets = 0;

  /** Starts at 09:00 on a Friday in Shanghai. */
  constructor(
    public settings: CallingSettings = deskSettings,
    start = '2026-11-20T01:00:00.000Z',
  ) {
    this.wall = Date.parse(start);
    this.calling = loadCalling(this.stored);
  }

  get now(): Stamp {
    const { boot, monotonic, wall, quality } = this;
    return { boot, monotonicMilliseconds: monotonic, wallMilliseconds: wall, quality };
  }

  pass(milliseconds: number): void {
    this.monotonic += milliseconds;
    this.wall += milliseconds;
  }

  restart(boot = this.boot): void {
    if (boot !== this.boot) this.monotonic = 5000;
    this.boot = boot;
    this.calling = loadCalling(this.stored);
  }

  /** Lets time pass, does something, stores and applies what came of it. */
  do(act: (draft: Draft) => void): Decision {
    const newId = () => `id-${++this.#ids}`;
    const draft = new Draft(this.calling, { now: this.now, newId, settings: this.settings });
    passTime(draft);
    act(draft);
    const decision = draft.finish();
    for (const { type, data } of decision.events) {
      expect(v.parse(eventTypes[type].data, data)).toStrictEqual(data);
    }
    expect(JSON.parse(JSON.stringify(decision.events))).toStrictEqual(decision.events);
    for (const [key, value] of Object.entries(decision.puts)) {
      if (value === null) this.stored.delete(key);
      else this.stored.set(key, JSON.parse(JSON.stringify(value)));
    }
    apply(this.calling, decision.puts);
    expect(this.calling.problems).toStrictEqual([]);
    this.events.push(...decision.events);
    return decision;
  }

  /** A service ends and its visitor is invited; gives the ticket. */
  serve(window = '5', how: Partial<Parameters<typeof openRating>[2]> = {}): string {
    const ticket = `ticket-${++this.#tickets}`;
    this.do((draft) => openRating(draft, window, { ...service, ticket, ...how }));
    return ticket;
  }

  callNext(window = '5'): Decision {
    return this.do((draft) => endRating(draft, window));
  }

  press(level: number, how: Partial<RateInput> = {}): Decision {
    const input: RateInput = { type: 'rate', window: '5', level, channel: 'key', ...how };
    return this.do((draft) => {
      const refused = rate(draft, input);
      if (refused !== undefined) draft.outcome.refusal = refused;
    });
  }

  invite(how: Partial<InviteInput> = {}): Decision {
    const nothing = { unit: null, staff: null, matter: null, ticket: null, caseRef: null };
    return this.do((draft) => {
      const refused = invite(draft, { type: 'invite', window: '5', ...nothing, ...how });
      if (refused !== undefined) draft.outcome.refusal = refused;
    });
  }

  tick(): Decision {
    return this.do(() => {});
  }

  /** A person begins a day; what began before it is of the day before. */
  beginDay(date: string): Decision {
    return this.do((draft) => {
      draft.day = date;
      turnRatingDay(draft, () => false);
      expect(draft.finish().puts[dayKey]).toStrictEqual({ day: date });
    });
  }

  of<Type extends CallingEventType>(type: Type): CallingEventData[Type][] {
    return this.events.filter((event) => event.type === type).map((event) => event.data) as never;
  }

  /** The latest rating. */
  get rating(): CallingEventData['rating.submitted'] {
    return this.of('rating.submitted').at(-1)!;
  }
}

export const typesOf = (decision: Decision): string[] => decision.events.map(({ type }) => type);
