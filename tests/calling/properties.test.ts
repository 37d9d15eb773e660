import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextAttentionAt } from '../../src/calling/attention.js';
import type { Decision } from '../../src/calling/decision.js';
import type { CallingInput } from '../../src/calling/inputs.js';
import { type CallingSettings, standardRules } from '../../src/calling/settings.js';
import { type CallingState, isWaiting, loadCalling } from '../../src/calling/state.js';
import { recentCalls, windowDetail } from '../../src/calling/views.js';
import { expectSound, Hall, hour, minute, picture, second } from './hall.js';
import { Onlooker } from './onlooker.js';

const settings: CallingSettings = {
  timezone: 'Asia/Kathmandu',
  hours: { 'mon-sun': ['08:00-12:00', '13:00-18:00'] },
  queues: {
    a: { prefix: 'A', matter: 'a-matter', windows: ['1', '2', '3'] },
    b: { prefix: 'B', windows: ['2', '3', '4'] },
    c: { prefix: 'C', matter: 'c-matter', windows: ['3', '4'] },
    // Nobody takes a ticket for it: visitors come to it from the others.
    d: { prefix: 'D', matter: 'c-matter', windows: ['4'] },
  },
  windows: {
    '1': { unit: 'One', staff: 's1', schedule: { '09:30': ['b', 'a'], '17:00': [] } },
    '2': { unit: 'Two' },
    '3': { staff: 's3' },
    '4': {},
  },
  matters: { 'c-matter': { unit: 'Three' } },
  evaluatorWindows: ['1', '2', '3'],
  rules: { ...standardRules, mostCalls: 2, returnPlaces: 2 },
};

/** More of them where somebody has the time: `PROPERTY_RUNS=20 npx vitest run`. */
const runs = (usual: number) => usual * Number(process.env.PROPERTY_RUNS ?? 1);

type Step =
  | { readonly do: 'pass'; readonly milliseconds: number }
  | { readonly do: 'jump'; readonly milliseconds: number }
  | { readonly do: 'trust'; readonly quality: 'synced' | 'holdover' | 'untrusted' }
  | { readonly do: 'restart'; readonly powerCut: boolean }
  | { readonly do: 'tell'; readonly input: CallingInput }
  | {
      readonly do: 'ticket';
      readonly what: 'cancel' | 'return' | 'prioritise' | 'transfer' | 'call';
      readonly pick: number;
      readonly window: string;
      readonly queue: string;
    };

const window = fc.constantFrom('1', '2', '3', '4');
const queue = fc.constantFrom('a', 'b', 'c', 'd');
const onward = fc.array(queue, { maxLength: 2 });
const input: fc.Arbitrary<CallingInput> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('ticket.issue' as const),
      queue: fc.constantFrom('a', 'b', 'c'),
      priority: fc.boolean(),
      onward,
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
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('serve' as const), window, queues: fc.array(queue) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('day.begin' as const),
      date: fc.constantFrom('2026-11-21', '2026-11-22', '2026-11-24', '2026-12-30', 'today'),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ type: 'tick' as const }) },
);
const duration = fc.constantFrom(1, second, 5 * second, 30 * second, 10 * minute, 3 * hour, 25 * hour);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('tell' as const), input }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('ticket' as const),
      what: fc.constantFrom('cancel', 'return', 'return', 'prioritise', 'transfer', 'call'),
      pick: fc.nat(12),
      window,
      queue,
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
  expect([...hall.calling.tickets.keys()].sort(), 'nobody is forgotten').toStrictEqual(living.sort());
  const waiting = [...onlooker.tickets].filter(([, { at }]) => at === 'waiting').map(([id]) => id);
  const inLine = [...hall.calling.tickets].filter(([, ticket]) => isWaiting(ticket)).map(([id]) => id);
  expect(inLine.sort()).toStrictEqual(waiting.sort());
  expect(hall.stored.size).toBeLessThan(living.length + 30);
  expect(
    recentCalls(hall.calling)
      .map(({ window, ticket }) => [window, ticket])
      .sort(),
  ).toStrictEqual([...onlooker.serving].sort());
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

test(
  'whatever people, clocks and power do, numbers, tickets, windows and ratings stay in order',
  () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
        const hall = new Hall(settings);
        const onlooker = new Onlooker(settings, (name) => hall.window(name).queues);
        let boots = 1;
        for (const one of steps) {
          if (one.do === 'pass') hall.pass(one.milliseconds);
          else if (one.do === 'jump') hall.wall += one.milliseconds;
          else if (one.do === 'trust') hall.quality = one.quality;
          else if (one.do === 'restart') hall.restart(one.powerCut ? `boot-${++boots}` : hall.boot);
          else tellAndLook(hall, onlooker, one.do === 'tell' ? one.input : aboutTicket(hall, onlooker, one));
        }
        hall.pass(2 * minute);
        tellAndLook(hall, onlooker, { type: 'tick' });
        const invited = onlooker.services.filter((service) => !service.endsWith(' 4'));
        expect(onlooker.rated.sort(), 'each invitation ends, rated or missed').toStrictEqual(invited.sort());
      }),
      { numRuns: runs(150) },
    );
  },
  30_000 * runs(1),
);

function tellAndLook(hall: Hall, onlooker: Onlooker, input: CallingInput): void {
  const before = JSON.stringify(picture(hall.calling));
  hall.ask(input);
  expect(JSON.stringify(picture(hall.calling)), 'deciding changes nothing').toBe(before);

  const dayBefore = hall.calling.day;
  const afterRestart = hall.askLoaded(input);
  const viewsBefore = views(hall);
  const decision = hall.tell(input);
  expect(unordered(afterRestart), 'decided the same after a restart').toStrictEqual(unordered(decision));
  expectSound(decision);
  if (dayBefore !== hall.calling.day) onlooker.seeNewDay((ticket) => hall.calling.tickets.has(ticket));
  for (const event of decision.events) onlooker.see(event);
  expectAgreement(hall, onlooker);
  expectTold(hall, viewsBefore, decision);
  expect(onlooker.days, 'the day never goes back').toStrictEqual([...onlooker.days].sort());
  if (dayBefore !== null && hall.quality === 'untrusted' && input.type !== 'day.begin') {
    expect(hall.calling.day).toBe(dayBefore);
  }
  expect(hall.millisecondsToTick()).toBeGreaterThanOrEqual(0);
  expect(hall.millisecondsToTick()).toBeLessThanOrEqual(hour);
}

/** What the order of things in one turn does not matter for. */
function unordered({ events, changed, refusal, ...rest }: Decision) {
  return {
    ...rest,
    // That a ticket was there once is told as long as the process remembers.
    refusal: refusal?.code === 'ticket.ended' ? 'ticket.unknown' : refusal?.code,
    events: events.map((event) => JSON.stringify(event)).sort(),
    queues: [...changed.queues].sort(),
    windows: [...changed.windows].sort(),
  };
}

function aboutTicket(hall: Hall, onlooker: Onlooker, step: Step & { do: 'ticket' }): CallingInput {
  const all = [...onlooker.tickets.keys()];
  // The newest are the likelier to be alive; those who may return are looked for among those who were skipped.
  const skipped = [...hall.calling.skipped].map(({ id }) => id);
  const id = (step.what === 'return' ? skipped : all).at(-1 - step.pick) ?? all.at(-1) ?? 'never-issued';
  const ticket = step.pick % 2 ? id : (hall.calling.tickets.get(id)?.number ?? id);
  const { window, queue, what } = step;
  if (what === 'call') return { type: 'call', window, ticket };
  return what === 'transfer'
    ? { type: 'ticket.transfer', ticket, queue }
    : { type: `ticket.${what}`, ticket };
}

test(
  'a tick when it is due, and never again before it, ends what time ends',
  () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(input, duration), { maxLength: 40 }), (steps) => {
        const hall = new Hall(settings);
        const untilTick = () =>
          Math.min(hall.millisecondsToTick(), nextAttentionAt(hall.calling, hall.now, settings));
        for (const [told, pause] of steps) {
          hall.tell(told);
          let left = pause;
          while (left >= untilTick()) {
            const due = untilTick();
            hall.pass(due);
            left -= due;
            hall.tell({ type: 'tick' });
            expect(untilTick(), 'a tick that did its work is not due at once').toBeGreaterThan(0);
          }
          hall.pass(left);
          // Nothing is overdue: one more look finds nothing to do.
          expect(hall.ask({ type: 'tick' }).puts).toStrictEqual({});
        }
      }),
      { numRuns: runs(100) },
    );
  },
  20_000 * runs(1),
);

const strange = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', '1', 'A001', 'id-1', 'id-2', 'A002', 'B001') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '', ' ', 'x'.repeat(5000)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const anyInput = fc.oneof(
  input,
  fc.record({ type: fc.constant('ticket.issue'), queue: strange, onward }),
  fc.record({
    type: fc.constantFrom('ticket.cancel', 'ticket.return', 'ticket.prioritise', 'ticket.transfer'),
    ticket: strange,
    queue: strange,
  }),
  fc.record({
    type: fc.constantFrom(
      'next',
      'recall',
      'skip',
      'done',
      'call',
      'login',
      'serve',
      'open',
      'rate',
      'invite',
    ),
    window: strange,
    device: strange.filter((name) => name !== ''),
    ticket: strange,
    staff: strange,
    matter: strange,
    unit: fc.option(strange),
    caseRef: fc.option(strange),
    queues: fc.array(strange),
    level: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.double()),
    channel: fc.constantFrom('key', 'page', 'qr'),
    reasons: fc.array(strange),
  }),
  fc.record({ type: fc.constant('day.begin'), date: strange }),
) as fc.Arbitrary<CallingInput>;

test('whatever names are given, nothing throws, and what is refused has changed nothing of the queues', () => {
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 40, size: 'max' }), (inputs) => {
      const hall = new Hall(settings);
      hall.issue('a');
      hall.issue('b', true);
      for (const one of inputs) {
        const tickets = JSON.stringify(picture(hall.calling).tickets);
        const decision = hall.tell(one);
        expectSound(decision);
        if (decision.refusal && decision.calls.length === 0)
          expect(JSON.stringify(picture(hall.calling).tickets)).toBe(tickets);
        expect(picture(loadCalling(hall.stored))).toStrictEqual(picture(hall.calling));
        for (const name of ['1', '9', '__proto__']) windowDetail(hall.calling, name, settings);
        hall.pass(second);
      }
    }),
    { numRuns: runs(200) },
  );
});

const anyJson = fc.jsonValue().filter((value) => value !== null);
const someKey = fc.oneof(
  fc.constantFrom(
    'calling/day',
    'calling/strays',
    'calling/plan',
    'calling/bad',
    'calling/pace/a',
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
