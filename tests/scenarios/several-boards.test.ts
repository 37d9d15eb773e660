import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readMirror } from '../../src/calling/mirror.js';
import { haveMosquitto } from '../broker/support/broker.js';
import { BoardOfAHall, queues, windows } from './support/boards-of-a-hall.js';
import { undeclared } from './support/declared.js';
import { writeConfiguration } from './support/program.js';
import { scenario } from './support/scenario.js';
import { waitFor } from './support/waiting.js';
import type { Payload, Watcher } from './support/watcher.js';

/**
 * Three controllers over one broker: row-a leads and gives out tickets, row-b has window 7 and stands by, row-c has
 * window 8 and the voice.
 */
describe.skipIf(!haveMosquitto)('several boards in one hall', () => {
  const test = scenario();

  async function hallOfThree() {
    const broker = await test.broker();
    const folder = test.folder();
    const a = new BoardOfAHall(folder, 'row-a', '5', { printer: true });
    const b = new BoardOfAHall(folder, 'row-b', '7', { printer: true });
    const c = new BoardOfAHall(folder, 'row-c', '8', { voice: true });
    for (const board of [a, b, c]) test.atEnd(() => board.close());
    const calling = { queues, windows, holdSeconds: 0 };
    const documents = {
      a: a.document(broker.url, { calling: { ...calling, hands: ['row-b', 'row-c'] } }),
      b: b.document(broker.url, {
        leader: 'row-a',
        calling: { ...calling, standbyFor: 'row-a', hands: ['row-c'] },
      }),
      c: c.document(broker.url, { leader: ['row-a', 'row-b'] }),
    };
    const start = (board: BoardOfAHall, document: object) => {
      mkdirSync(board.folder, { recursive: true });
      return test.program(['run', '--config', writeConfiguration(board.folder, document)]);
    };
    const watch = async (board: Pick<BoardOfAHall, 'root'>) => {
      const watcher = await test.watch(broker, board.root);
      watcher.order = 'by type';
      return watcher;
    };
    const watchers = { a: await watch(a), b: await watch(b), c: await watch(c) };
    const programs = {
      a: start(a, documents.a),
      b: start(b, documents.b),
      c: start(c, documents.c),
    };
    for (const watcher of Object.values(watchers)) {
      await watcher.see('status', 'online', ({ state }) => state === 'online');
    }
    await obeyed(watchers.b);
    await obeyed(watchers.c);
    return { broker, folder, calling, a, b, c, documents, start, watch, watchers, programs };
  }

  /** A hand has answered its leader `times` times: it is known there by now. */
  async function obeyed(hand: Watcher, times = 2, leader = 'row-a'): Promise<void> {
    const before = hand.at('following').length;
    await waitFor(`${hand.root} follows ${leader}`, () => {
      const answers = hand.at('following').slice(before);
      return answers.filter((one) => one.leader === leader && one.mode === 'following').length >= times;
    });
  }

  /** The leader has told all that these wait, and nobody else: it does so once a second at most. */
  function toldWhoWaits(leader: Watcher, numbers: readonly string[]): Promise<Payload> {
    return leader.see('waiting/general', numbers.join(' '), ({ mirror }) => {
      const waiting = readMirror(mirror)?.tickets.filter(([, , , , , , { called }]) => called === undefined);
      return waiting?.map(([, number]) => number).join() === numbers.join();
    });
  }

  const raised = (watcher: Watcher, code: string) =>
    watcher.event('fault.raised', code, ({ data }) => data.code === code);

  it('call at any window of any board, and are spoken and rated where the devices are', async () => {
    const { a, b, c, watchers } = await hallOfThree();
    for (let issued = 0; issued < 3; issued++) await watchers.a.issue();
    b.keys.press('next');
    await waitFor('the board of window 7 shows 001', () => b.shows === '001');
    await watchers.a.see('window/7', 'serves A001', ({ number }) => number === 'A001');
    const called = await watchers.a.event('ticket.called', 'A001', ({ data }) => data.number === 'A001');
    expect(called).toMatchObject({ subject: 'row-b/caller-7', data: { window: '7', staff: '0321' } });
    const shown = await watchers.a.event(
      'ticket.shown',
      'A001',
      ({ data }) => data.device === 'row-b/board-7',
    );
    expect(shown.data.result).toBe('confirmed');
    await waitFor('the voice of row-c says it', () =>
      c.voice?.heard.some(({ text, complete }) => complete && /零零一.*窗口/.test(text)),
    );
    const said = await watchers.a.event(
      'ticket.announced',
      'A001',
      ({ data }) => data.device === 'row-c/voice',
    );
    expect(said.data.result).toBe('confirmed');
    a.keys.press('next');
    c.keys.press('next');
    await waitFor('each window has somebody', () => a.shows !== '' && c.shows !== '');
    expect([a.shows, c.shows].sort()).toEqual(['002', '003']);
    b.keys.press('done');
    await watchers.a.event('ticket.served', 'A001', ({ data }) => data.number === 'A001');
    b.rates.rate('7', 5);
    const rated = await watchers.a.event('rating.submitted', 'at window 7');
    expect(rated).toMatchObject({
      subject: 'row-b/rate-7',
      data: { level: 5, window: '7', staff: '0321', matter: 'registration' },
    });
    // The presses themselves are the hand's; nothing was called there.
    await watchers.b.event('key.pressed', 'of the rating', ({ data }) => data.key === '5');
    expect(watchers.b.rawEvents('key.pressed').map(({ data }) => data.key)).toEqual(['next', 'done', '5']);
    expect(watchers.b.rawEvents('ticket.')).toEqual([]);
    expect(watchers.c.rawEvents('ticket.')).toEqual([]);
    // Orders that come over and over are not written down by the hand.
    expect(watchers.b.rawEvents('command.')).toEqual([]);
    await watchers.a.settled();
  });

  it('whose leader dies say so, print who waits, and call by hand until it is back', async () => {
    const { a, b, c, documents, start, watchers, programs } = await hallOfThree();
    for (let issued = 0; issued < 4; issued++) await watchers.a.issue();
    b.keys.press('next');
    await waitFor('the board of window 7 shows 001', () => b.shows === '001');
    await toldWhoWaits(watchers.a, ['A002', 'A003', 'A004']);
    const slips = b.printer!.slips.length;
    await programs.a.kill();
    // Nobody acts on it: the leader is gone and the hand does not know it yet.
    c.keys.press('next');
    const lost = await raised(watchers.b, 'hall.leader-lost');
    expect(lost.data).toMatchObject({ audience: 'duty', evidence: { leader: 'row-a', waiting: 3 } });
    expect(lost.data.evidence.numbers).toBe('A002 A003 A004');
    await raised(watchers.c, 'hall.leader-lost');
    await waitFor('the list is printed', () => b.printer!.slips.length > slips);
    const list = b.paper.join('\n');
    expect(list).toMatch(/等候名单[\s\S]*A002 {2}A003 {2}A004[\s\S]*A001→7/);
    const step = await watchers.b.event(
      'channel.changed',
      'the leader',
      ({ data }) => data.channel === 'leader',
    );
    expect(step.data).toMatchObject({ at: 'row-a', state: 'down' });

    // row-c prints nothing, so its numbers are given out by hand: each press calls the next one.
    c.keys.press('next');
    await watchers.c.see('window/8', 'serves by hand', ({ number }) => /^[A-Z]001$/.test(number ?? ''));
    await waitFor('board 8 shows 001', () => c.shows === '001');
    const byHand = await watchers.b.issue('manual');
    expect(byHand.number).toMatch(/^[^A]001$/);
    // Two hands give out different numbers.
    expect(byHand.number).not.toBe(watchers.c.latest('window/8')?.number);

    start(a, documents.a);
    await watchers.a.see('status', 'online', ({ state, session }) => state === 'online' && session === 2);
    await watchers.b.event(
      'channel.changed',
      'back',
      ({ data }) => data.channel === 'leader' && data.state === 'up',
    );
    // The manual number that somebody holds is called first; then the leader calls again.
    b.keys.press('next');
    await watchers.b.see('window/7', 'the manual one', ({ number }) => number === byHand.number);
    b.keys.press('done');
    c.keys.press('done');
    await obeyed(watchers.b);
    await obeyed(watchers.c);
    await waitFor('window 7 shows whom it serves again', () => b.shows === '001');
    // The press in the gap was not acted on.
    expect(watchers.a.latest('window/8')?.number ?? null).toBeNull();
    expect(watchers.a.rawEvents('ticket.called').map(({ data }) => data.number)).toEqual(['A001']);
    c.keys.press('next');
    await waitFor('board 8 shows 002', () => c.shows === '002');
    expect(watchers.b.standing('fault/')).toEqual([]);
    const ends = watchers.b.rawEvents('ticket.served').map(({ data }) => data.number);
    expect(ends).toEqual([byHand.number]);
  });

  it('go on without a hand that dies, and paint it again when it is back', async () => {
    const { a, b, documents, start, watchers, programs } = await hallOfThree();
    for (let issued = 0; issued < 3; issued++) await watchers.a.issue();
    b.keys.press('next');
    await waitFor('the board of window 7 shows 001', () => b.shows === '001');
    await programs.b.kill();
    const lost = await raised(watchers.a, 'hall.hand-lost');
    expect(lost.data).toMatchObject({ parts: ['row-b'], audience: 'duty' });
    expect(lost.data.affected).toContain('row-b/board-7');
    await watchers.a.see('channels', 'the board is down', ({ down }) =>
      down.some((one: Payload) => one.channel === 'board' && one.at === '7'),
    );
    a.keys.press('next');
    await waitFor('window 5 goes on', () => a.shows === '002');
    // A command calls at the dead board's window: the voice says it, the board is told when it is back.
    await watchers.a.command('window.call', { window: '7' });
    await watchers.a.see('window/7', 'A003', ({ number }) => number === 'A003');
    start(b, documents.b);
    await waitFor('the board of window 7 shows 003', () => b.shows === '003');
    await watchers.a.seeCleared('fault/controller/hall.hand-lost');
    await watchers.a.see('channels', 'nothing is down', ({ down }) => down.length === 0);
    b.keys.press('done');
    await watchers.a.event('ticket.served', 'A003', ({ data }) => data.number === 'A003');
  });

  it('give no number twice where two claim one queue, and say so on both', async () => {
    const { a, folder, calling, documents, start, watch, broker, watchers, programs } = await hallOfThree();
    for (let issued = 0; issued < 2; issued++) await watchers.a.issue();
    const d = new BoardOfAHall(folder, 'row-d', '9');
    test.atEnd(() => d.close());
    const watcher = await watch(d);
    start(
      d,
      d.document(broker.url, {
        calling: { ...calling, queues: { general: { prefix: 'A', windows: ['9'] } } },
      }),
    );
    for (const one of [watcher, watchers.a]) {
      const fault = await raised(one, 'calling.claimed-twice');
      expect(fault.data).toMatchObject({
        parts: ['general'],
        audience: 'admin',
        evidence: { issues: 'row-a' },
      });
    }
    const refused = await watcher.command('ticket.issue', { queue: 'general' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'queue.claimed-elsewhere' } });
    expect((await watchers.a.issue()).number).toBe('A003');
    // The earlier one goes: the later goes on behind all numbers that the other may have given out.
    await programs.a.stop();
    await watcher.seeCleared('fault/controller/calling.claimed-twice');
    const first = await watcher.issue();
    expect(first.number).toBe('A101');
    // It is back, and its claim is the earlier one: it counts on behind those that the other gave out.
    watchers.a.forget();
    start(a, documents.a);
    await watchers.a.see('fault/controller/calling.claimed-twice', 'again');
    await waitFor('the later one gives out none any more', async () => {
      const reply = await watcher.command('ticket.issue', { queue: 'general' });
      return reply.error?.code === 'queue.claimed-elsewhere';
    });
    expect((await watchers.a.issue()).number).toBe('A201');
  });

  it('let a standby take over with all who wait, and the old leader follows it when it is back', async () => {
    const { a, b, c, documents, start, watchers, programs } = await hallOfThree();
    for (let issued = 0; issued < 5; issued++) await watchers.a.issue();
    b.keys.press('next');
    await waitFor('the board of window 7 shows 001', () => b.shows === '001');
    expect(await watchers.b.command('calling.adopt', { by: 'duty' })).toMatchObject({
      error: { code: 'calling.leader-lives' },
    });
    await toldWhoWaits(watchers.a, ['A002', 'A003', 'A004', 'A005']);
    await programs.a.kill();
    await raised(watchers.b, 'hall.leader-lost');
    const adopted = await watchers.b.command('calling.adopt', { by: 'duty' });
    expect(adopted).toMatchObject({ ok: true, result: { from: 'row-a', waiting: { general: 4 } } });
    const event = await watchers.b.event('calling.adopted', 'by a person');
    expect(event.data).toEqual({ from: 'row-a', by: 'duty', queues: ['general'], tickets: 5 });
    await watchers.b.see('window/7', 'still A001', ({ number }) => number === 'A001');
    await obeyed(watchers.c, 2, 'row-b');
    c.keys.press('next');
    await waitFor('board 8 shows 002', () => c.shows === '002');
    expect((await watchers.b.issue()).number).toBe('A101');

    // Over a restart it leads on.
    await programs.b.kill();
    start(b, documents.b);
    await watchers.b.see('status', 'online', ({ state, session }) => state === 'online' && session === 2);
    await obeyed(watchers.c, 2, 'row-b');

    start(a, documents.a);
    const fault = await raised(watchers.a, 'calling.adopted-elsewhere');
    expect(fault.data).toMatchObject({ evidence: { other: 'row-b', numbers: '-' }, audience: 'duty' });
    await obeyed(watchers.a, 2, 'row-b');
    a.keys.press('next');
    await waitFor('board 5 shows 003', () => a.shows === '003');
    b.keys.press('next');
    await waitFor('board 7 shows 004', () => b.shows === '004');
    await watchers.b.event('ticket.called', 'A004', ({ data }) => data.number === 'A004');
    const called = new Map(
      [...watchers.a.rawEvents('ticket.called'), ...watchers.b.rawEvents('ticket.called')].map((one) => [
        one.id,
        one,
      ]),
    );
    expect([...called.values()].map(({ data }) => data.number)).toEqual(['A001', 'A002', 'A003', 'A004']);
    const both = [...watchers.a.rawEvents('ticket.'), ...watchers.b.rawEvents('ticket.')];
    const events = [...new Map(both.map((one) => [one.id, one])).values()];
    const issued = events.filter(({ type }) => type === 'ticket.issued');
    expect(new Set(issued.map(({ data }) => data.number)).size).toBe(issued.length);
    const ends = events
      .filter(({ type }) => /served|cancelled|expired|skipped/.test(type))
      .map(({ data }) => data.ticket);
    expect(new Set(ends).size).toBe(ends.length);
    expect(ends).toHaveLength(1);
    // What boards say to each other, the orders and their answers too, is as the AsyncAPI document has it.
    for (const watcher of [watchers.a, watchers.b, watchers.c]) expect(undeclared(watcher)).toEqual([]);
  });
});
