import * as v from 'valibot';
import { expect } from 'vitest';
import { decide } from '../../src/calling/decide.js';
import type { Decision } from '../../src/calling/decision.js';
import type { CallingEvent, CallingEventData, CallingEventType } from '../../src/calling/events.js';
import type { CallingInput } from '../../src/calling/inputs.js';
import { type CallingRules, type CallingSettings, standardRules } from '../../src/calling/settings.js';
import { apply, type CallingState, isWaiting, loadCalling } from '../../src/calling/state.js';
import { nextTickAt } from '../../src/calling/time.js';
import { queueView, windowView } from '../../src/calling/views.js';
import type { TimeQuality } from '../../src/kernel/clock.js';
import type { Json } from '../../src/kernel/json.js';
import type { Stamp } from '../../src/kernel/stamp.js';
import { eventTypes, type NewEvent } from '../../src/protocols/hub/events.js';

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** The standard rules, but `next` calls at once; tests of the hold say so. */
export const plainRules: CallingRules = { ...standardRules, holdSeconds: 0 };

export const exampleSettings: CallingSettings = {
  timezone: 'Asia/Shanghai',
  queues: {
    general: { prefix: 'A', matter: 'registration', windows: ['5', '6'] },
    tax: { prefix: 'T', matter: 'tax', windows: ['6'] },
  },
  windows: {
    '5': { unit: 'Human Resources', staff: '0317' },
    '6': { unit: 'Human Resources', staff: '0321' },
  },
  matters: {},
  evaluatorWindows: ['5'],
  rules: plainRules,
};

/** The example with some rules of its own. */
export function withRules(rules: Partial<CallingRules>, settings = exampleSettings): CallingSettings {
  return { ...settings, rules: { ...settings.rules, ...rules } };
}

/** Calling with a clock that a test moves by hand and a key-value store that survives restarts. */
export class Hall {
  readonly stored = new Map<string, Json>();
  readonly events: CallingEvent[] = [];
  calling: CallingState;
  boot = 'boot-1';
  monotonic = 1_000_000;
  wall: number;
  quality: TimeQuality = 'synced';
  settings: CallingSettings;
  #ids = 0;

  /** Starts at 09:00 in Shanghai. */
  constructor(settings: CallingSettings = exampleSettings, start = '2026-11-21T01:00:00.000Z') {
    this.settings = settings;
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

  /** Decides without making it so. */
  ask(input: CallingInput): Decision {
    return decide(this.calling, input, {
      now: this.now,
      newId: () => `id-${++this.#ids}`,
      settings: this.settings,
    });
  }

  /** As `ask`, by a process that has just read what is stored. */
  askLoaded(input: CallingInput): Decision {
    const ids = this.#ids;
    const built = this.calling;
    this.calling = loadCalling(this.stored);
    const decision = this.ask(input);
    this.calling = built;
    this.#ids = ids;
    return decision;
  }

  /** Decides, stores and applies. */
  tell(input: CallingInput): Decision {
    const decision = this.ask(input);
    for (const [key, value] of Object.entries(decision.puts)) {
      if (value === null) this.stored.delete(key);
      else this.stored.set(key, JSON.parse(JSON.stringify(value)));
    }
    apply(this.calling, decision.puts);
    this.events.push(...decision.events);
    return decision;
  }

  /** The process starts again; with a new boot, the power was off. */
  restart(boot = this.boot): void {
    if (boot !== this.boot) this.monotonic = 5000;
    this.boot = boot;
    this.calling = loadCalling(this.stored);
  }

  issue(queue = 'general', priority = false): NonNullable<Decision['issued']> {
    const { issued, refusal } = this.tell({ type: 'ticket.issue', queue, priority });
    if (issued === undefined) throw new Error(`not issued: ${refusal?.code}`);
    return issued;
  }

  next(window: string): Decision {
    return this.tell({ type: 'next', window });
  }

  rate(window: string, level: number): Decision {
    return this.tell({ type: 'rate', window, level, device: 'rate-x', channel: 'key' });
  }

  window(name: string) {
    return windowView(this.calling, name, this.settings);
  }

  queue(name: string) {
    return queueView(this.calling, name, this.settings);
  }

  millisecondsToTick(): number {
    return nextTickAt(this.calling, this.now, this.settings) - this.monotonic;
  }

  of<Type extends CallingEventType>(type: Type): CallingEventData[Type][] {
    return this.events.filter((event) => event.type === type).map((event) => event.data) as never;
  }
}

/** Numbers that were called, or called again, in order. */
export const calledIn = (decision: Decision): string[] => decision.calls.map(({ number }) => number);

export const typesOf = (decision: Decision): string[] => decision.events.map(({ type }) => type);

/** All that the state says, as plain values: what was built step by step must equal what is loaded. */
export function picture(calling: CallingState): Record<string, unknown> {
  const queues = [...new Set([...calling.tickets.values()].filter(isWaiting).map(({ queue }) => queue))];
  const waiting = queues.map((queue) => {
    const lines = calling.lines(queue);
    const { priority = [], normal = [] } = lines ?? {};
    const ids = [[...priority], [...normal]].map((line) => line.map(({ id }) => id));
    return [
      queue,
      ids,
      lines?.priority.size ?? 0,
      lines?.normal.size ?? 0,
      lines?.priority.first?.id,
      lines?.normal.first?.id,
    ];
  });
  return {
    day: calling.day,
    lastOrder: calling.lastOrder,
    tickets: Object.fromEntries(calling.tickets),
    queues: Object.fromEntries(calling.queues),
    windows: Object.fromEntries(calling.windows),
    ratings: Object.fromEntries(calling.ratings),
    strays: calling.strays,
    bad: calling.bad,
    paces: Object.fromEntries(calling.paces),
    planTime: calling.planTime,
    held: [...calling.heldWindows].sort(),
    skipped: [...calling.skipped].map(({ id }) => id),
    byNumber: [...calling.tickets].map(([, { number }]) => [number, calling.ticketId(number)]).sort(),
    sessions: [...calling.openSessions].sort(),
    damaged: [...calling.damaged].sort(),
    waiting: Object.fromEntries(waiting.map(([queue, ...rest]) => [queue, rest])),
  };
}

/** Events and puts are JSON, nothing is `undefined`, and each event's data is what the hub protocol declares. */
export function expectSound(decision: Decision): void {
  expect(JSON.parse(JSON.stringify(decision.puts))).toStrictEqual(decision.puts);
  expect(JSON.parse(JSON.stringify(decision.events))).toStrictEqual(decision.events);
  for (const event of decision.events) {
    // The compiler's word that calling's events are the hub's.
    const declared: NewEvent = event;
    expect(declared.subject).not.toBe('');
    expect(v.parse(eventTypes[declared.type].data, declared.data)).toStrictEqual(declared.data);
  }
  if (decision.refusal !== undefined) {
    for (const words of Object.values(decision.refusal.message))
      expect(words).not.toMatch(/\{(queue|window|ticket|number|limit|level|date|day|latest|reason)\}|^$/);
  }
}
