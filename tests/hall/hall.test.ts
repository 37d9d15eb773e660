import { beforeEach, describe, expect, it } from 'vitest';
import type {
  Announcement,
  BoardView,
  Capabilities,
  Press,
  ShowResult,
  SpeakResult,
  Speaks,
} from '../../src/devices/capabilities.js';
import { Hall } from '../../src/hall/hall.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { ChannelsState, QueueState, WindowState } from '../../src/protocols/hub/payloads.js';
import { MemoryCommits } from '../supervisor/world.js';
import { hallSettings } from './settings.js';

const settings = hallSettings({
  queues: { general: { prefix: 'A', matter: 'registration', windows: ['5', '6'] } },
  windows: { '5': { unit: 'HR', staff: '0317' }, '6': { unit: 'HR', staff: '0321' } },
  evaluatorWindows: ['5'],
});

let clock: VirtualClock;
let commits: MemoryCommits;
let queues: Map<string, QueueState>;
let windows: Map<string, WindowState>;
let faults: string[];
let channels: ChannelsState | undefined;
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
    publishRoom: () => {},
    publishChannels: (state) => {
      channels = state;
    },
    raise: ({ device, code, evidence }) => faults.push(`${device} ${code} ${evidence?.window ?? ''}`.trim()),
    clear: (device, code) => faults.push(`${device} ${code} over`),
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
  faults = [];
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
    expect(queues.get('general')).toMatchObject({
      waiting: 1,
      windowsOpen: 0,
      waitMinutes: null,
      waitCoverage: null,
    });
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
    expect(faults).toEqual(['rate-5 rating.unmapped over']);
    const stranger = keys('rate', 'rates', '99');
    hall.attach('rates', stranger.capabilities);
    stranger.press('1');
    expect(faults).toEqual(['rate-5 rating.unmapped over', 'rates rating.unmapped 99']);
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
    hall.useCalling(
      hallSettings({ queues: { general: { ...settings.calling.queues.general!, windows: ['6'] } } }),
    );
    await clock.advance(0);
    expect([...windows.keys()]).toEqual(['6']);
    expect(one.views.at(-1)).toMatchObject({ number: null, state: 'closed' });
    hall.useCalling(hallSettings({ queues: {} }, { leads: false }));
    expect([windows.size, queues.size]).toEqual([0, 0]);
    expect(clock.pending()).toEqual(['watch for a process that stands still']);
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

describe('the expected wait of a queue', () => {
  it('is published with how many of the latest came true, once enough were measured', async () => {
    const hall = makeHall();
    hall.useCalling(hallSettings({ queues: { general: { prefix: 'A', windows: ['5'] } } }));
    for (let visitor = 0; visitor < 40; visitor++) {
      hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
      if (visitor >= 2) hall.desk!.act({ type: 'next', window: '5' });
      await clock.advance(60_000);
    }
    const { waitCoverage } = queues.get('general')!;
    expect(waitCoverage!.of).toBeGreaterThan(10);
    expect(waitCoverage!.percent).toBeGreaterThanOrEqual(0);
    expect(waitCoverage!.percent).toBeLessThanOrEqual(100);
  });
});

describe('a hall that somebody else leads', () => {
  it('passes its keys on', () => {
    const hall = makeHall();
    hall.useCalling(hallSettings({ queues: {} }, { leads: false }));
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

  it('shows anew what a hub told a board, but not once somebody else has led', () => {
    const hall = makeHall();
    const byHub = { ...settings, leads: false };
    hall.useCalling(byHub);
    const leave = hall.attach('board-5', board().capabilities);
    const look = { urgent: false, priority: false, blink: false, paused: false, closed: false };
    const ordered = hall.outside.order('board-5', { text: 'A023', look, milliseconds: 60_000 });
    commits.commit(ordered?.change() ?? {});
    leave();
    const again = board();
    const leaveAgain = hall.attach('board-5', again.capabilities);
    expect(again.views.at(-1)).toMatchObject({ number: 'A023' });
    leaveAgain();
    hall.useCalling(settings);
    hall.useCalling(byHub);
    const later = board();
    hall.attach('board-5', later.capabilities);
    expect(later.views.filter(({ number }) => number !== null)).toEqual([]);
  });
});

/** A voice that has said something when the test says so. */
function voice(windows: readonly string[] | null = null) {
  const said: Announcement[] = [];
  const ends: ((result: SpeakResult) => void)[] = [];
  let readiness: Speaks['readiness'] = 'ready';
  let changed = () => {};
  const speaks: Speaks = {
    windows,
    get readiness() {
      return readiness;
    },
    onReadiness(listener) {
      changed = listener;
      return () => {};
    },
    speak(announcement, signal) {
      said.push(announcement);
      return new Promise((resolve) => {
        ends.push(resolve);
        signal?.addEventListener('abort', () => resolve({ result: 'failed', reason: 'cancelled' }));
      });
    },
  };
  const be = (now: Speaks['readiness']) => {
    readiness = now;
    changed();
  };
  return { capabilities: { speaks } satisfies Capabilities, said, ends, be };
}

describe('what is said in a hall', () => {
  const issueAndCall = (hall: Hall, window: string) => {
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    hall.desk!.act({ type: 'next', window });
  };

  it('comes after the record is synced, one thing after the other with a pause between', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const one = voice();
    hall.attach('voice', one.capabilities);
    commits.held = true;
    issueAndCall(hall, '5');
    await clock.advance(0);
    expect(one.said).toEqual([]);
    commits.release();
    await clock.advance(0);
    expect(one.said).toMatchObject([{ kind: 'call', number: 'A001', window: '5' }]);
    issueAndCall(hall, '6');
    await clock.advance(5_000);
    expect(one.said).toHaveLength(1);
    one.ends[0]!({ result: 'confirmed' });
    await clock.advance(700);
    expect(one.said).toHaveLength(1);
    await clock.advance(200);
    expect(one.said[1]).toMatchObject({ number: 'A002', window: '6' });
    expect(commits.events.at(-1)).toMatchObject({
      type: 'ticket.announced',
      data: { device: 'voice', result: 'confirmed' },
    });
  });

  it('is nothing that is not true any more, and nothing of another part of the hall', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [all, only6] = [voice(), voice(['6'])];
    hall.attach('voice', all.capabilities);
    hall.attach('voice-6', only6.capabilities);
    issueAndCall(hall, '5');
    issueAndCall(hall, '6');
    await clock.advance(0);
    expect(only6.said).toMatchObject([{ window: '6' }]);
    hall.desk!.act({ type: 'skip', window: '6' });
    all.ends[0]!({ result: 'confirmed' });
    await clock.advance(2_000);
    expect(all.said).toHaveLength(1);
  });

  it('is said by boards that blink while no voice works, and stops blinking when one does', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [one, two] = [board(), voice()];
    hall.attach('board-5', one.capabilities);
    hall.attach('voice', two.capabilities);
    issueAndCall(hall, '5');
    expect(one.views.at(-1)?.blink).toBeUndefined();
    two.be('unable');
    expect(one.views.at(-1)).toMatchObject({ number: 'A001', blink: true });
    expect(commits.events.at(-1)).toMatchObject({
      type: 'channel.changed',
      data: { channel: 'voice', at: 'hall', state: 'down' },
    });
    await clock.advance(0);
    expect(channels?.down).toMatchObject([{ channel: 'voice', at: 'hall', carriedBy: ['boards'] }]);
    expect(channels?.down[0]?.action['zh-CN']).toContain('窗口屏');
    two.be('ready');
    expect(one.views.at(-1)?.blink).toBeUndefined();
    expect(commits.events.at(-1)).toMatchObject({ data: { channel: 'voice', state: 'up' } });
    await clock.advance(0);
    expect(channels?.down).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('insists where the board of the window is dead', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const one = voice();
    hall.attach('board-5', board().capabilities);
    hall.attach('voice', one.capabilities);
    hall.deviceFailed('board-5', true);
    issueAndCall(hall, '5');
    await clock.advance(0);
    expect(one.said).toMatchObject([{ number: 'A001', insist: true }]);
    expect(hall.screen.now.calls).toMatchObject([{ number: 'A001', window: '5' }]);
  });
});

describe('what takes the place of everything', () => {
  function input(does: 'fire' | 'blank' | 'help' | 'ticket') {
    let listener: (active: boolean, at: number) => void = () => {};
    const capabilities: Capabilities = {
      hallInput: {
        does,
        queue: does === 'ticket' ? 'general' : null,
        priority: false,
        place: null,
        onChange(heard) {
          listener = heard;
          return () => {};
        },
      },
    };
    const set = (active: boolean, age = 0) => listener(active, clock.monotonicMilliseconds() - age);
    return { capabilities, set };
  }

  it('is the way out in a fire: nothing is called until it is over, then everything goes on', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [fire, one, two] = [input('fire'), board(), voice()];
    hall.attach('fire', fire.capabilities);
    hall.attach('board-5', one.capabilities);
    hall.attach('voice', two.capabilities);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    fire.set(true);
    expect(one.views.at(-1)?.over).toMatchObject({ kind: 'text', urgent: true });
    expect(two.said).toMatchObject([{ kind: 'text' }]);
    expect(hall.screen.now.over).toMatchObject({ urgent: true });
    expect(hall.desk!.act({ type: 'next', window: '5' }).refusal?.code).toBe('hall.alarm');
    expect(hall.desk!.act({ type: 'ticket.issue', queue: 'general' }).refusal?.code).toBe('hall.alarm');
    fire.set(false);
    expect(one.views.at(-1)?.over).toBeUndefined();
    expect(hall.desk!.act({ type: 'next', window: '5' }).calls).toMatchObject([{ number: 'A001' }]);
    expect(commits.events.filter(({ type }) => type === 'hall.alarm')).toHaveLength(2);
  });

  it('is nothing at all once somebody blanks the hall, also after a restart, until the next touch', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [blank, one] = [input('blank'), board()];
    hall.attach('blank', blank.capabilities);
    hall.attach('board-5', one.capabilities);
    blank.set(true);
    blank.set(false);
    await clock.advance(0);
    expect(one.views.at(-1)?.over).toEqual({ kind: 'blank' });
    const again = makeHall();
    again.useCalling(settings);
    const later = board();
    again.attach('board-5', later.capabilities);
    expect(later.views.at(-1)?.over).toEqual({ kind: 'blank' });
    again.attach('blank', blank.capabilities);
    blank.set(true);
    await clock.advance(0);
    expect(later.views.at(-1)?.over).toBeUndefined();
  });

  it('takes no press for a ticket that is older than 5 s, and gives one for a fresh press', () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const button = input('ticket');
    hall.attach('button', button.capabilities);
    button.set(true, 6_000);
    expect(commits.takeTypes()).not.toContain('ticket.issued');
    button.set(true);
    expect(commits.takeTypes()).toContain('ticket.issued');
  });

  it('calls for help until somebody was there, or ten minutes have passed', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const help = input('help');
    hall.attach('help-door', help.capabilities);
    help.set(true);
    expect(faults).toEqual(['help-door hall.help-wanted']);
    await clock.advance(601_000);
    expect(faults).toEqual(['help-door hall.help-wanted', 'help-door hall.help-wanted over']);
  });
});

describe('notices', () => {
  it('stand until their time is over, also over a restart, and each is recorded with who said it', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const set = hall.notices.set('lunch', { text: '中午休息', by: 'duty', milliseconds: 60_000 })!;
    commits.commit(set.change);
    set.afterSync();
    expect(hall.screen.now.notices).toEqual([{ id: 'lunch', text: '中午休息' }]);
    expect(commits.events.at(-1)).toMatchObject({
      type: 'text.shown',
      data: { by: 'duty', text: '中午休息' },
    });
    await clock.advance(30_000);
    const again = makeHall();
    again.useCalling(settings);
    expect(again.screen.now.notices).toHaveLength(1);
    await clock.advance(31_000);
    expect(again.screen.now.notices).toEqual([]);
    expect(commits.events.at(-1)).toMatchObject({ type: 'text.shown', data: { text: null } });
  });
});
