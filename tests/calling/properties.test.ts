import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../src/calling/decision.js';
import type { CallingEvent } from '../../src/calling/events.js';
import type { CallingInput } from '../../src/calling/inputs.js';
import type { CallingSettings } from '../../src/calling/settings.js';
import { type CallingState, loadCalling } from '../../src/calling/state.js';
import { expectSound, Hall, hour, minute, picture, second } from './hall.js';

const settings: CallingSettings = {
  timezone: 'Asia/Kathmandu',
  queues: {
    a: { prefix: 'A', matter: 'a-matter', windows: ['1', '2', '3'] },
    b: { prefix: 'B', windows: ['2', '3', '4'] },
    c: { prefix: 'C', matter: 'c-matter', windows: ['3', '4'] },
  },
  windows: { '1': { unit: 'One', staff: 's1' }, '2': { unit: 'Two' }, '3': { staff: 's3' }, '4': {} },
  evaluatorWindows: ['1', '2', '3'],
};

/** More of them where somebody has the time: `PROPERTY_RUNS=20 npx vitest run`. */
const runs = (usual: number) => usual * Number(process.env.PROPERTY_RUNS ?? 1);

type Step =
  | { readonly do: 'pass'; readonly milliseconds: number }
  | { readonly do: 'jump'; readonly milliseconds: number }
  | { readonly do: 'trust'; readonly quality: 'synced' | 'holdover' | 'untrusted' }
  | { readonly do: 'restart'; readonly powerCut: boolean }
  | { readonly do: 'tell'; readonly input: CallingInput }
  | { readonly do: 'ticket'; readonly pick: number; readonly window: string | null };

const window = fc.constantFrom('1', '2', '3', '4');
const input: fc.Arbitrary<CallingInput> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('ticket.issue' as const),
      queue: fc.constantFrom('a', 'b', 'c'),
      priority: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('next' as const), window }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('recall', 'skip', 'done', 'pause', 'resume', 'open', 'close', 'logout', 'call'),
      window,
    }) as fc.Arbitrary<CallingInput>,
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('rate' as const),
      window: fc.oneof({ weight: 9, arbitrary: window }, { weight: 1, arbitrary: fc.string() }),
      level: fc.constantFrom(1, 2, 3, 4, 5),
      device: fc.constant('rates'),
      channel: fc.constant('key' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('login' as const), window, staff: fc.string() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('ticket.issue' as const), queue: fc.string() }) },
  { weight: 2, arbitrary: fc.constant({ type: 'tick' as const }) },
);
const duration = fc.constantFrom(1, second, 5 * second, 30 * second, 10 * minute, 3 * hour, 25 * hour);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('tell' as const), input }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('ticket' as const),
      pick: fc.nat(30),
      window: fc.option(window),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), milliseconds: duration }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      milliseconds: fc.oneof(
        fc.integer({ min: -3 * 24 * hour, max: 3 * 24 * hour }),
        fc.constantFrom(-50 * 365 * 24 * hour, 1e17),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('trust' as const),
      quality: fc.constantFrom('synced', 'holdover', 'untrusted'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), powerCut: fc.boolean() }) },
);

interface Known {
  readonly queue: string;
  readonly order: number;
  readonly priority: boolean;
  at: 'waiting' | 'ended' | { readonly window: string };
}

/** What an onlooker who sees nothing but events knows, and what must never surprise them. */
class Onlooker {
  readonly tickets = new Map<string, Known>();
  readonly numbers = new Set<string>();
  readonly serving = new Map<string, string>();
  readonly served = new Map<string, string>();
  readonly sessions = new Set<string>();
  readonly rated = new Set<string>();
  readonly ended: string[] = [];
  days: string[] = [];

  see(event: CallingEvent): void {
    switch (event.type) {
      case 'ticket.issued': {
        const { ticket, queue, day, number, priority, ahead } = event.data;
        const key = `${queue} ${day} ${number}`;
        expect(this.numbers, 'a number given twice').not.toContain(key);
        this.numbers.add(key);
        expect(this.tickets.has(ticket)).toBe(false);
        expect(ahead).toBe(this.waiting(queue).filter((other) => other.priority || !priority).length);
        this.tickets.set(ticket, { queue, order: this.tickets.size, priority, at: 'waiting' });
        if (this.days.at(-1) !== day) this.days.push(day);
        return;
      }
      case 'ticket.called': {
        const { ticket, window, rule } = event.data;
        const known = this.known(ticket);
        expect(known.at, 'called only from waiting').toBe('waiting');
        expect(this.serving.has(window), 'a window serves one').toBe(false);
        if (rule !== 'named') this.expectTurn(known, window, rule);
        known.at = { window };
        this.serving.set(window, ticket);
        return;
      }
      case 'ticket.recalled':
        expect(this.serving.get(event.data.window)).toBe(event.data.ticket);
        return;
      case 'ticket.served':
      case 'ticket.skipped':
      case 'ticket.cancelled':
      case 'ticket.expired': {
        const { ticket, window } = event.data;
        const known = this.known(ticket);
        expect(known.at, 'a ticket ends once').not.toBe('ended');
        expect(window).toBe(known.at === 'waiting' ? null : (known.at as { window: string }).window);
        if (window !== null) this.serving.delete(window);
        if (event.type === 'ticket.served') this.served.set(ticket, window ?? '');
        known.at = 'ended';
        this.ended.push(ticket);
        return;
      }
      case 'rating.submitted':
      case 'rating.missed': {
        const { session, ticket, window } = event.data;
        if (session === null || ticket === null) {
          expect(event.data).toMatchObject({ session: null, ticket: null, quarantined: true });
          return;
        }
        expect(this.served.get(ticket), 'rated where it was served').toBe(window);
        expect(this.sessions, 'a session ends once').not.toContain(session);
        expect(this.rated, 'a service is rated once').not.toContain(ticket);
        this.sessions.add(session);
        this.rated.add(ticket);
        return;
      }
      default:
        expect(this.serving.has(event.data.window), 'a serving window changes state only after it').toBe(
          false,
        );
    }
  }

  known(ticket: string): Known {
    const known = this.tickets.get(ticket);
    if (known === undefined) throw new Error(`${ticket} was never issued`);
    return known;
  }

  waiting(queue: string): Known[] {
    return [...this.tickets.values()].filter((ticket) => ticket.queue === queue && ticket.at === 'waiting');
  }

  /** The queue of the one who waits longest has its turn; in it priority goes first, then the order of issue. */
  expectTurn(called: Known, window: string, rule: string): void {
    const queues = Object.keys(settings.queues).filter((q) => settings.queues[q]?.windows.includes(window));
    const candidates = queues.flatMap((queue) => this.waiting(queue));
    const oldest = candidates.reduce((a, b) => (a.order < b.order ? a : b));
    const inQueue = candidates.filter(({ queue }) => queue === oldest.queue);
    const first = inQueue.find(({ priority }) => priority) ?? inQueue[0];
    expect(called).toBe(first);
    expect(rule).toBe(called.priority ? 'priority' : 'order');
  }
}

function expectAgreement(hall: Hall, onlooker: Onlooker): void {
  expect(picture(loadCalling(hall.stored)), 'loaded equals built').toStrictEqual(picture(hall.calling));
  expect(hall.calling.problems).toStrictEqual([]);
  for (const queue of Object.keys(settings.queues)) {
    expect(hall.queue(queue).waiting).toBe(onlooker.waiting(queue).length);
  }
  for (const name of Object.keys(settings.windows)) {
    const view = hall.window(name);
    expect(view.ticket).toBe(onlooker.serving.get(name) ?? null);
    expect(view.state === 'serving').toBe(view.ticket !== null);
    expect(view.number === null).toBe(view.ticket === null);
  }
  const living = [...onlooker.tickets].filter(([, { at }]) => at !== 'ended').map(([id]) => id);
  expect([...hall.calling.tickets.keys()].sort()).toStrictEqual(living.sort());
  expect(hall.stored.size).toBeLessThan(living.length + 20);
}

function expectTold(hall: Hall, before: Record<string, unknown>, decision: Decision): void {
  const after = views(hall);
  const changed = Object.keys(after).filter(
    (name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]),
  );
  const told = [
    ...decision.changed.queues.map((name) => `queue ${name}`),
    ...decision.changed.windows.map((name) => `window ${name}`),
  ];
  for (const name of changed) expect(told, 'every changed view is told').toContain(name);
}

function views(hall: Hall): Record<string, unknown> {
  return Object.fromEntries([
    ...Object.keys(settings.queues).map((name) => [`queue ${name}`, hall.queue(name)]),
    ...Object.keys(settings.windows).map((name) => [`window ${name}`, hall.window(name)]),
  ]);
}

test('whatever people, clocks and power do, numbers, tickets, windows and ratings stay in order', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
      const hall = new Hall(settings);
      const onlooker = new Onlooker();
      let boots = 1;
      for (const one of steps) {
        if (one.do === 'pass') hall.pass(one.milliseconds);
        else if (one.do === 'jump') hall.wall += one.milliseconds;
        else if (one.do === 'trust') hall.quality = one.quality;
        else if (one.do === 'restart') hall.restart(one.powerCut ? `boot-${++boots}` : hall.boot);
        else tellAndLook(hall, onlooker, one.do === 'tell' ? one.input : aboutTicket(onlooker, one));
      }
      hall.pass(2 * minute);
      tellAndLook(hall, onlooker, { type: 'tick' });
      const invited = [...onlooker.served].filter(([, window]) => window !== '4').map(([ticket]) => ticket);
      expect([...onlooker.rated].sort(), 'each invitation ends, rated or missed').toStrictEqual(
        invited.sort(),
      );
    }),
    { numRuns: runs(150) },
  );
});

function tellAndLook(hall: Hall, onlooker: Onlooker, input: CallingInput): void {
  const before = JSON.stringify(picture(hall.calling));
  hall.ask(input);
  expect(JSON.stringify(picture(hall.calling)), 'deciding changes nothing').toBe(before);

  const dayBefore = hall.calling.day;
  const viewsBefore = views(hall);
  const decision = hall.tell(input);
  expectSound(decision);
  for (const event of decision.events) onlooker.see(event);
  expectAgreement(hall, onlooker);
  expectTold(hall, viewsBefore, decision);
  expect(onlooker.days, 'the day never goes back').toStrictEqual([...onlooker.days].sort());
  if (dayBefore !== null && hall.quality === 'untrusted') expect(hall.calling.day).toBe(dayBefore);
  expect(hall.millisecondsToTick()).toBeGreaterThanOrEqual(0);
  expect(hall.millisecondsToTick()).toBeLessThanOrEqual(hour);
}

function aboutTicket(onlooker: Onlooker, step: Step & { do: 'ticket' }): CallingInput {
  const all = [...onlooker.tickets.keys()];
  // The newest are the likelier to be alive.
  const ticket = all.at(-1 - step.pick) ?? 'never-issued';
  return step.window === null
    ? { type: 'ticket.cancel', ticket }
    : { type: 'call', window: step.window, ticket };
}

test('a tick when it is due, and never again before it, ends what time ends', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(input, duration), { maxLength: 40 }), (steps) => {
      const hall = new Hall(settings);
      for (const [told, pause] of steps) {
        hall.tell(told);
        let left = pause;
        while (left >= hall.millisecondsToTick()) {
          const due = hall.millisecondsToTick();
          hall.pass(due);
          left -= due;
          hall.tell({ type: 'tick' });
          expect(hall.millisecondsToTick(), 'a tick that did its work is not due at once').toBeGreaterThan(0);
        }
        hall.pass(left);
        // Nothing is overdue: one more look finds nothing to do.
        expect(hall.ask({ type: 'tick' }).puts).toStrictEqual({});
      }
    }),
    { numRuns: runs(100) },
  );
});

const anyJson = fc.jsonValue().filter((value) => value !== null);
const someKey = fc.oneof(
  fc.constantFrom(
    'calling/day',
    'calling/strays',
    'calling/queue/a',
    'calling/window/1',
    'calling/rating/1',
    'calling/ticket/id-1',
    'calling/ticket/id-2',
    'calling/',
    'calling/newer/thing',
    'elsewhere',
  ),
  fc.string().map((name) => `calling/${name}`),
);

/** What is certain after damage: where its record is lost, how far the day and the common order came is not. */
function sure(calling: CallingState): Record<string, unknown> {
  const { lastOrder: _, day, ...rest } = picture(calling);
  return calling.damaged.has('calling/day') ? rest : { day, ...rest };
}

test('whatever garbage is stored, it loads, is told, and the hall goes on', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(someKey, anyJson)),
      fc.array(input, { maxLength: 15 }),
      (garbage, inputs) => {
        const hall = new Hall(settings);
        hall.issue('a');
        hall.issue('a');
        hall.next('1');
        for (const [key, value] of garbage) hall.stored.set(key, value as never);
        hall.restart();
        for (const { key, message } of hall.calling.problems) {
          expect(key).toMatch(/^calling\//);
          expect(message).not.toBe('');
        }
        for (const one of inputs) {
          expectSound(hall.tell(one));
          expect(sure(loadCalling(hall.stored))).toStrictEqual(sure(hall.calling));
        }
      },
    ),
    { numRuns: runs(200) },
  );
});
