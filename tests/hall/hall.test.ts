import { beforeEach, describe, expect, it } from 'vitest';
import type { CallingSettings } from '../../src/calling/settings.js';
import type { BoardView, Capabilities, Press, ShowResult } from '../../src/devices/capabilities.js';
import { Hall } from '../../src/hall/hall.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { QueueState, WindowState } from '../../src/protocols/hub/payloads.js';
import { MemoryCommits } from '../supervisor/world.js';

const settings: CallingSettings = {
  queues: { general: { prefix: 'A', matter: 'registration', windows: ['5', '6'] } },
  windows: { '5': { unit: 'HR', staff: '0317' }, '6': { unit: 'HR', staff: '0321' } },
  timezone: 'Asia/Shanghai',
  evaluatorWindows: ['5'],
};

let clock: VirtualClock;
let commits: MemoryCommits;
let queues: Map<string, QueueState>;
let windows: Map<string, WindowState>;
let unmapped: string[];
let ids = 0;

function makeHall(): Hall {
  return new Hall({
    clock,
    boot: 'boot',
    log: silentLog,
    newId: () => `id-${++ids}`,
    state: commits.state,
    commit: commits.commit,
    publishQueue: (queue, state) => void (state === null ? queues.delete(queue) : queues.set(queue, state)),
    publishWindow: (window, state) =>
      void (state === null ? windows.delete(window) : windows.set(window, state)),
    unmapped: (device, window) => unmapped.push(`${device} ${window}`),
    mapped: (device) => unmapped.push(`${device} ok`),
  });
}

/** A board that answers when the test says so. */
function board(window = '5') {
  const views: BoardView[] = [];
  const answers: ((result: ShowResult) => void)[] = [];
  const capabilities: Capabilities = {
    showsTicket: {
      window,
      show: (view) => {
        views.push(view);
        return new Promise((resolve) => answers.push(resolve));
      },
    },
  };
  return { capabilities, views, answers };
}

function keys(purpose: 'call' | 'rate', device: string, window = '5') {
  let listener: (press: Press) => void = () => {};
  const capabilities: Capabilities = {
    presses: {
      purpose,
      window,
      onPress: (heard) => {
        listener = heard;
        return () => {
          listener = () => {};
        };
      },
    },
  };
  const press = (key: string, ageMilliseconds = 0) =>
    listener({ device, window, key, atMilliseconds: clock.monotonicMilliseconds() - ageMilliseconds });
  return { capabilities, press };
}

beforeEach(() => {
  clock = new VirtualClock();
  commits = new MemoryCommits();
  queues = new Map();
  windows = new Map();
  unmapped = [];
});

describe('a hall that leads its calling', () => {
  it('paints the board at once and tells everybody else after the sync', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const one = board();
    const caller = keys('call', 'caller-5');
    hall.attach('board-5', one.capabilities);
    hall.attach('caller-5', caller.capabilities);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    await clock.advance(0);
    expect(queues.get('general')).toMatchObject({ waiting: 1, windowsOpen: 0, waitMinutes: null });
    commits.held = true;
    caller.press('next');
    expect(one.views.at(-1)).toMatchObject({ number: 'A001', state: 'serving' });
    await clock.advance(0);
    expect(windows.get('5')).toMatchObject({ state: 'closed' });
    commits.release();
    await clock.advance(0);
    expect(windows.get('5')).toMatchObject({ state: 'serving', number: 'A001', staff: '0317' });
    expect(queues.get('general')).toMatchObject({ waiting: 0, windowsOpen: 1, lastCalled: 'A001' });
  });

  it('says what became of a call on each board, with how long it took since the press', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [good, dead] = [board(), board()];
    const caller = keys('call', 'caller-5');
    hall.attach('board-5', good.capabilities);
    hall.attach('board-5b', dead.capabilities);
    hall.attach('caller-5', caller.capabilities);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    commits.takeTypes();
    caller.press('next', 10);
    await clock.advance(40);
    good.answers.at(-1)!('confirmed');
    dead.answers.at(-1)!('failed');
    await clock.advance(0);
    const shown = commits.events.filter((event) => event.type === 'ticket.shown').map((event) => event.data);
    expect(shown).toMatchObject([
      { device: 'board-5', result: 'confirmed', afterMilliseconds: 50 },
      { device: 'board-5b', result: 'failed', afterMilliseconds: null },
    ]);
  });

  it('brings a board that joins later to what is true now', () => {
    const hall = makeHall();
    hall.useCalling(settings);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    hall.desk!.act({ type: 'next', window: '5' });
    const late = board();
    hall.attach('board-5', late.capabilities);
    expect(late.views).toMatchObject([{ number: 'A001', state: 'serving' }]);
  });

  it('serves the same people after a restart, with nothing said again', async () => {
    const first = makeHall();
    first.useCalling(settings);
    first.desk!.act({ type: 'ticket.issue', queue: 'general' });
    first.desk!.act({ type: 'next', window: '5' });
    first.stop();
    commits.takeTypes();
    const second = makeHall();
    const one = board();
    second.attach('board-5', one.capabilities);
    second.useCalling(settings);
    await clock.advance(0);
    expect(one.views.at(-1)).toMatchObject({ number: 'A001', state: 'serving' });
    expect(windows.get('5')).toMatchObject({ state: 'serving', number: 'A001' });
    expect(commits.takeTypes()).toEqual([]);
  });

  it('ties a rating to the service, and says which cannot be tied', () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const rating = keys('rate', 'rate-5');
    hall.attach('rate-5', rating.capabilities);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    hall.desk!.act({ type: 'next', window: '5' });
    hall.desk!.act({ type: 'done', window: '5' });
    rating.press('4');
    expect(commits.events.at(-1)).toMatchObject({
      type: 'rating.submitted',
      subject: 'rate-5',
      data: { level: 4, window: '5', unit: 'HR', staff: '0317', matter: 'registration', channel: 'key' },
    });
    expect(unmapped).toEqual(['rate-5 ok']);
    const stranger = keys('rate', 'rates', '99');
    hall.attach('rates', stranger.capabilities);
    stranger.press('1');
    expect(unmapped).toEqual(['rate-5 ok', 'rates 99']);
  });

  it('ends an unrated session by itself, by the clock alone', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    hall.desk!.act({ type: 'next', window: '5' });
    hall.desk!.act({ type: 'done', window: '5' });
    commits.takeTypes();
    await clock.advance(61_000);
    expect(commits.takeTypes()).toEqual(['rating.missed']);
  });

  it('never acts on a press older than 5 s', () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const caller = keys('call', 'caller-5');
    hall.attach('caller-5', caller.capabilities);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    commits.takeTypes();
    caller.press('next', 5_001);
    expect(commits.takeTypes()).toEqual([]);
    caller.press('next', 4_999);
    expect(commits.takeTypes()).toContain('ticket.called');
  });

  it('that stops leading clears its topics and empties its boards', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const one = board();
    hall.attach('board-5', one.capabilities);
    hall.useCalling({
      ...settings,
      queues: { general: { ...settings.queues.general!, windows: ['6'] } },
      windows: {},
    });
    await clock.advance(0);
    expect([...windows.keys()]).toEqual(['6']);
    expect(one.views.at(-1)).toMatchObject({ number: null, state: 'closed' });
    hall.useCalling(undefined);
    expect([windows.size, queues.size]).toEqual([0, 0]);
    expect(clock.pending()).toEqual([]);
  });

  it('hears nothing more of a device that was taken away', () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [one, caller] = [board(), keys('call', 'caller-5')];
    const detach = [hall.attach('board-5', one.capabilities), hall.attach('caller-5', caller.capabilities)];
    for (const undo of detach) undo();
    const before = [one.views.length, commits.events.length];
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    commits.takeTypes();
    caller.press('next');
    expect([one.views.length, commits.takeTypes().length]).toEqual([before[0], 0]);
  });
});

describe('a hall that somebody else leads', () => {
  it('passes its keys on', () => {
    const hall = makeHall();
    const [caller, rates] = [keys('call', 'caller-5'), keys('rate', 'rates', '')];
    hall.attach('caller-5', caller.capabilities);
    hall.attach('rates', rates.capabilities);
    caller.press('next');
    rates.press('3');
    expect(commits.events).toEqual([
      { type: 'key.pressed', subject: 'caller-5', data: { device: 'caller-5', window: '5', key: 'next' } },
      { type: 'key.pressed', subject: 'rates', data: { device: 'rates', window: null, key: '3' } },
    ]);
  });
});
