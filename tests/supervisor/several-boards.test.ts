import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { commandSchemas } from '../../src/protocols/hub/commands.js';
import type { SeenPress } from '../../src/protocols/hub/hall-payloads.js';
import { topicsOf } from '../../src/protocols/hub/topics.js';
import { Claims } from '../../src/supervisor/several/claims.js';
import { boardArguments, FarBoard } from '../../src/supervisor/several/far-boards.js';
import { type FarEnd, FarPrinter } from '../../src/supervisor/several/far-devices.js';
import { HandPresses } from '../../src/supervisor/several/hand-presses.js';
import { manualPrefixes } from '../../src/supervisor/several/manual.js';
import { Presence } from '../../src/supervisor/several/presence.js';
import { type Answer, Requests } from '../../src/supervisor/several/requests.js';
import { MemoryBroker } from './hall-line.js';
import { MemoryCommits } from './world.js';

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
});

describe('presses of a hand', () => {
  let commits: MemoryCommits;
  const make = () =>
    new HandPresses('row-b', clock, silentLog, commits.state, (puts) => commits.commit({ puts }));
  /** `ago` by the hand's own clock, which is `off` milliseconds before ours. */
  const press = (sequence: number, ago = 0, off = 0, store = 'one'): SeenPress => ({
    id: `id-${sequence}`,
    time: new Date(clock.wallMilliseconds() - off - ago).toISOString(),
    sequence: String(sequence).padStart(16, '0'),
    store,
    data: { device: 'caller-7', window: '7', key: 'next', priority: false },
  });
  const read = (presses: HandPresses, off = 0) =>
    presses.clockRead(clock.monotonicMilliseconds(), clock.wallMilliseconds() - off);

  beforeEach(() => {
    commits = new MemoryCommits();
  });

  it('count once, in order, also over a restart of the leader', () => {
    const presses = make();
    read(presses);
    expect(presses.take(press(3))).toBeDefined();
    expect(presses.take(press(3))).toBeUndefined();
    expect(presses.take(press(2))).toBeUndefined();
    expect(presses.take(press(4))).toBeDefined();
    const again = make();
    read(again);
    expect(again.take(press(4))).toBeUndefined();
    expect(again.take(press(5))).toBeDefined();
    // A new storage of the hand counts from 1 again.
    expect(again.take(press(1, 0, 0, 'two'))).toBeDefined();
  });

  it('count only when not older than 5 s, whatever the clock of the hand shows', () => {
    for (const off of [0, 40 * 365 * 86_400_000, -3_600_000]) {
      const presses = make();
      read(presses, off);
      expect(presses.take(press(10, 4_900, off, `${off}`))).toBe(clock.monotonicMilliseconds() - 4_900);
      expect(presses.take(press(11, 5_100, off, `${off}`))).toBeUndefined();
    }
  });

  it('count not at all before the clock of the hand was read, nor just after it was set', async () => {
    const presses = make();
    expect(presses.take(press(1))).toBeUndefined();
    read(presses);
    expect(presses.take(press(2))).toBeDefined();
    // Its clock is put back by a minute: what it sends now may be a minute old or new, nobody knows.
    read(presses, 60_000);
    expect(presses.take(press(3, 0, 60_000))).toBeUndefined();
    await clock.advance(11_000);
    read(presses, 60_000);
    expect(presses.take(press(4, 0, 60_000))).toBeDefined();
  });
});

describe('claims of one queue', () => {
  let broker: MemoryBroker;
  beforeEach(() => {
    broker = new MemoryBroker();
  });

  function claimant(controller: string, heirs: readonly string[] = [], commits = new MemoryCommits()) {
    const topics = topicsOf('hall', controller);
    const line = broker.line();
    const presence = new Presence(line, 'hall', controller, clock);
    const faults = new Set<string>();
    const counted: [string, string | null, number][] = [];
    const adopters: string[] = [];
    const claims = new Claims({
      hall: 'hall',
      controller,
      topics,
      session: 1,
      clock,
      line,
      presence,
      faults: { raise: ({ code }) => void faults.add(code), clear: (_, code) => void faults.delete(code) },
      state: commits.state,
      commit: (puts) => commits.commit({ puts }),
      queues: ['general'],
      heirs,
      calling: () => undefined,
      countFrom: (...what) => counted.push(what),
      adoptedBy: (name) => adopters.push(name),
    });
    const status = (state: string) =>
      broker.publish(topics.status, { state, session: 1, connection: 1, startedAt: '' }, true);
    const claim = (more: object) =>
      broker.publish(
        topics.claim('general'),
        {
          queue: 'general',
          epoch: 1,
          since: '2026-11-21T01:00:00.000Z',
          trusted: true,
          day: null,
          reserved: 0,
          session: 1,
          ...more,
        },
        true,
      );
    return { claims, faults, counted, adopters, status, claim, commits, line };
  }

  it('are told on both, and the later one gives out no tickets until the other has gone', async () => {
    const first = claimant('row-z');
    first.claims.start();
    first.status('online');
    await clock.advance(1_000);
    const second = claimant('row-a');
    second.claims.start();
    second.status('online');
    await clock.advance(0);
    expect([...first.faults, ...second.faults]).toEqual(['calling.claimed-twice', 'calling.claimed-twice']);
    expect(first.claims.claimedElsewhere('general')).toBeNull();
    expect(second.claims.claimedElsewhere('general')).toBe('row-z');
    first.claim({ day: '2026-11-21', reserved: 200, since: '2026-11-21T01:00:00.000Z' });
    first.status('lost');
    // Perhaps it starts anew.
    await clock.advance(2_000);
    expect(second.claims.claimedElsewhere('general')).toBe('row-z');
    await clock.advance(2_000);
    expect(second.claims.claimedElsewhere('general')).toBeNull();
    expect(second.counted).toEqual([['general', '2026-11-21', 200]]);
    expect(second.faults.size).toBe(0);
  });

  it('stay with who has the trusted clock, else the earlier time, else the name', async () => {
    const own = claimant('row-m');
    own.claims.start();
    const other = claimant('row-b');
    other.status('online');
    const leads = async (more: object) => {
      other.claim(more);
      await clock.advance(0);
      return own.claims.claimedElsewhere('general');
    };
    expect(await leads({ since: '2026-11-21T00:00:00.000Z', trusted: false })).toBeNull();
    expect(await leads({ since: '2026-11-21T00:59:59.999Z' })).toBe('row-b');
    await clock.advance(5_000);
    other.claim({ since: '2026-11-21T01:00:00.000Z' });
    await clock.advance(5_000);
    expect(own.claims.claimedElsewhere('general')).toBe('row-b');
    other.claim({ since: '2026-11-21T01:00:00.001Z' });
    await clock.advance(5_000);
    expect(own.claims.claimedElsewhere('general')).toBeNull();
  });

  it('of a controller that is not online mean nothing, nor do broken ones', async () => {
    const own = claimant('row-m');
    own.claims.start();
    const other = claimant('row-b');
    other.claim({ since: '2020-01-01T00:00:00.000Z' });
    broker.publish('hallward/v1/hall/row-c/claim/general', '{"queue":', true);
    broker.publish('hallward/v1/hall/row-c/status', { state: 'online', session: 1 }, true);
    await clock.advance(5_000);
    expect(own.faults.size).toBe(0);
    other.status('online');
    await clock.advance(0);
    expect(own.claims.claimedElsewhere('general')).toBe('row-b');
    // A status that is not said again has expired.
    await clock.advance(40_000);
    expect(own.claims.claimedElsewhere('general')).toBeNull();
  });

  it('are kept from a restart on, as long as nobody sees that the other has gone', async () => {
    const own = claimant('row-m');
    own.claims.start();
    const other = claimant('row-b');
    other.status('online');
    other.claim({ since: '2020-01-01T00:00:00.000Z' });
    await clock.advance(0);
    own.claims.stop(['general']);
    broker.retained.clear();
    const again = claimant('row-m', [], own.commits);
    again.line.connect(false);
    again.claims.start();
    await clock.advance(60_000);
    expect(again.claims.claimedElsewhere('general')).toBe('row-b');
    again.line.connect(true);
    await clock.advance(5_000);
    expect(again.claims.claimedElsewhere('general')).toBeNull();
  });

  it('go over to an heir of a later epoch, but to no stranger', async () => {
    const own = claimant('row-a', ['row-b']);
    own.claims.start();
    const stranger = claimant('row-x');
    stranger.status('online');
    stranger.claim({ epoch: 9, since: '2026-11-21T05:00:00.000Z' });
    await clock.advance(5_000);
    expect(own.adopters).toEqual([]);
    expect(own.claims.claimedElsewhere('general')).toBeNull();
    expect([...own.faults]).toEqual(['calling.claimed-twice']);
    const heir = claimant('row-b');
    heir.status('online');
    heir.claim({ epoch: 2 });
    await clock.advance(5_000);
    expect(own.adopters).toEqual(['row-b']);
  });
});

describe('orders to a hand', () => {
  /** A hand whose answers the test gives. */
  function hand() {
    const asked: { name: string; args: Record<string, unknown>; answer: (answer: Answer) => void }[] = [];
    const far = {
      clock,
      isReady: true,
      ask: (name: string, args: object) =>
        new Promise<Answer>((answer) => asked.push({ name, args: args as Record<string, unknown>, answer })),
    };
    return { far: far as FarEnd & { isReady: boolean }, asked };
  }

  it('say all of a view, in a form that the hand takes', () => {
    for (const number of ['A012', null]) {
      for (const state of ['open', 'serving', 'paused', 'closed'] as const) {
        const view = { ticket: 't', number, state, priority: true, blink: true, business: '社保' };
        const args = boardArguments('board-7', view);
        const read = v.safeParse(commandSchemas['board.show'], args);
        expect(read.success).toBe(true);
        expect(read.output).toMatchObject({ text: number ?? '', business: '社保' });
        const style = (read.output as { style: string[] }).style;
        expect(style).toEqual(expect.arrayContaining(['priority', 'blink']));
        expect(style.includes(state)).toBe(state === 'paused' || state === 'closed');
      }
    }
  });

  it('paint the newest view only, again until the board has it, and at once when the hand is back', async () => {
    const { far, asked } = hand();
    const board = new FarBoard(far, 'board-7', '7');
    const show = (number: string) => board.show({ ticket: number, number, state: 'serving' });
    const [first, second, third] = [show('A001'), show('A002'), show('A003')];
    expect(await first).toBe('failed');
    expect(await second).toBe('failed');
    asked[0]!.answer({ ok: true, result: { shown: 'confirmed' } });
    await clock.advance(0);
    expect(asked.map(({ args }) => args.text)).toEqual(['A001', 'A003']);
    asked[1]!.answer({ ok: false, code: 'board.failed', sent: true });
    expect(await third).toBe('failed');
    await clock.advance(3_000);
    expect(asked).toHaveLength(3);
    asked[2]!.answer({ ok: true, result: { shown: 'sent' } });
    await clock.advance(10_000);
    expect(asked).toHaveLength(3);
    far.isReady = false;
    expect(await show('A004')).toBe('failed');
    far.isReady = true;
    board.returned();
    expect(asked[3]!.args.text).toBe('A004');
    board.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('let a ticket be printed elsewhere under its own number only where nothing of it can be on paper', async () => {
    const { far, asked } = hand();
    const printer = new FarPrinter(far, 'tickets', null);
    const paper = {
      ticket: 't',
      number: 'A001',
      matter: null,
      priority: false,
      ahead: 0,
      issuedAt: null,
      copy: 1,
      at: 'kept by the desk',
    };
    const outcomes: [Answer, object][] = [
      [{ ok: true, result: { printed: 'confirmed' } }, { result: 'confirmed' }],
      [{ ok: false, code: 'printer.not-begun', sent: true }, { begun: false }],
      [{ ok: false, code: 'hub.lost', sent: false }, { begun: false }],
      [
        { ok: false, code: 'hand.silent', sent: true },
        { result: 'failed', reason: 'hand.silent' },
      ],
    ];
    for (const [answer, expected] of outcomes) {
      const printing = printer.print(paper);
      asked.at(-1)!.answer(answer);
      const result = await printing;
      expect(result).toMatchObject(expected);
      if (!('begun' in expected)) expect(result.begun).toBeUndefined();
    }
    expect(v.safeParse(commandSchemas['ticket.print'], asked[0]!.args).success).toBe(true);
    far.isReady = false;
    expect(await printer.print(paper)).toMatchObject({ result: 'failed', begun: false });
  });

  it('have an answer in any case: a reply, a time-out, or the end of the connection', async () => {
    const broker = new MemoryBroker();
    const line = broker.line();
    let ids = 0;
    const requests = new Requests(line, 'hall', 'row-b', clock, () => `id-${++ids}`);
    const replies = topicsOf('hall', 'row-b');
    const answers: Answer[] = [];
    const ask = () => void requests.ask('say', {}, 2_000).then((answer) => answers.push(answer));
    ask();
    broker.publish(replies.reply('id-1'), { id: 'id-1', ok: true, result: { said: 'sent' } });
    broker.publish(replies.reply('id-1'), { id: 'id-1', ok: true });
    broker.publish(replies.reply('id-9'), 'garbage');
    ask();
    await clock.advance(2_000);
    ask();
    line.connect(false);
    ask();
    await clock.advance(0);
    expect(answers).toEqual([
      { ok: true, result: { said: 'sent' } },
      { ok: false, code: 'hand.silent', sent: true },
      { ok: false, code: 'hub.lost', sent: true },
      { ok: false, code: 'hub.lost', sent: false },
    ]);
    requests.stop();
    expect(clock.pending()).toEqual([]);
  });
});

describe('numbers that hands give out by themselves', () => {
  it('have a prefix of their own for each hand, and none of the queues', () => {
    const hands = Array.from({ length: 60 }, (_, index) => `row-${index}`);
    const prefixes = Object.values(manualPrefixes(hands, ['A', 'M', 'MN']));
    expect(new Set(prefixes).size).toBe(60);
    for (const prefix of prefixes) expect(prefix).toMatch(/^[A-Z]{1,2}$/);
    expect(prefixes).not.toContain('A');
    expect(prefixes).not.toContain('M');
  });
});
