import { beforeEach, describe, expect, it } from 'vitest';
import { standardRules } from '../../src/calling/settings.js';
import type {
  BoardView,
  Capabilities,
  FreePaper,
  Press,
  TicketPaper,
} from '../../src/devices/capabilities.js';
import { Hall } from '../../src/hall/hall.js';
import type { HallPorts } from '../../src/hall/ports.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { NewEvent } from '../../src/protocols/hub/events.js';
import { topicsOf } from '../../src/protocols/hub/topics.js';
import { Following } from '../../src/supervisor/several/following.js';
import { Leading, type SeveralPorts } from '../../src/supervisor/several/leading.js';
import { Presence } from '../../src/supervisor/several/presence.js';
import { hallSettings } from '../hall/settings.js';
import { MemoryBroker } from './hall-line.js';
import { MemoryCommits } from './world.js';

let clock: VirtualClock;
let broker: MemoryBroker;

beforeEach(() => {
  clock = new VirtualClock();
  broker = new MemoryBroker();
});

/** One controller without its devices and its storage. */
function controller(name: string, session = 1, commits = new MemoryCommits()) {
  const line = broker.line();
  const topics = topicsOf('hall', name);
  const faults = new Map<string, Readonly<Record<string, unknown>>>();
  let ids = 0;
  const ports: HallPorts = {
    clock,
    boot: 'boot',
    log: silentLog,
    newId: () => `${name}-${session}-${++ids}`,
    state: commits.state,
    commit: commits.commit,
    publishQueue: () => {},
    publishWindow: () => {},
    publishChannels: () => {},
    publishRoom: () => {},
    raise: ({ code, evidence = {} }) => void faults.set(code, evidence),
    clear: (_, code) => void faults.delete(code),
  };
  const hall = new Hall(ports);
  const several: SeveralPorts = {
    hallName: 'hall',
    controller: name,
    topics,
    session,
    clock,
    log: silentLog,
    newId: ports.newId,
    line,
    presence: new Presence(line, 'hall', name, clock),
    hall,
    faults: { raise: ports.raise, clear: ports.clear },
    state: commits.state,
    commit: (puts) => commits.commit({ puts }),
  };
  const online = () =>
    broker.publish(topics.status, { state: 'online', session, degraded: ['status-never-expires'] }, true);
  online();
  return { line, topics, faults, hall, commits, several };
}

const calling = {
  queues: { general: { prefix: 'A', label: '综合', windows: ['5', '7'] } },
  windows: {},
  rules: { ...standardRules, holdSeconds: 0 },
};

function leader(hands = ['row-b']) {
  const made = controller('row-a');
  const leading = new Leading({
    ports: made.several,
    settings: hallSettings(calling),
    hands,
    heirs: hands,
    countFrom: () => {},
    adoptedBy: () => {},
  });
  return { ...made, leading };
}

function hand(commits = new MemoryCommits(), windows = ['7']) {
  const made = controller('row-b', 1, commits);
  const events: NewEvent[] = [];
  const following = new Following({
    ports: made.several,
    leaders: ['row-a', 'row-d'],
    settings: { ...hallSettings({ queues: {} }), leads: false, follows: 'row-a' },
    windows,
    localTime: () => '2026-11-21 09:00',
    record: (event) => events.push(event),
  });
  const views: BoardView[] = [];
  const papers: (TicketPaper | FreePaper)[] = [];
  let press: (press: Press) => void = () => {};
  const board: Capabilities = {
    showsTicket: {
      window: '7',
      show: async (view) => {
        views.push(view);
        return 'confirmed';
      },
    },
    presses: {
      purpose: 'call',
      window: '7',
      onPress: (listener) => {
        press = listener;
        return () => {};
      },
    },
  };
  made.hall.attach('window-7', board);
  const printer: Capabilities = {
    printsTickets: {
      place: null,
      readiness: 'ready',
      onReadiness: () => () => {},
      print: async (paper) => {
        papers.push(paper);
        return { result: 'confirmed' };
      },
    },
  };
  return {
    ...made,
    following,
    events,
    views,
    papers,
    printer,
    press: (key: string) =>
      press({ device: 'caller-7', window: '7', key, atMilliseconds: clock.monotonicMilliseconds() }),
    answers: () =>
      broker.said
        .filter(({ topic }) => topic === made.topics.following)
        .map(({ payload }) => JSON.parse(payload) as { beat: number; mode: string; leader: string }),
  };
}

describe('a hand', () => {
  it('says 5 s after the last heartbeat that its leader is away, and no sooner', async () => {
    const { line } = leader();
    const b = hand();
    await clock.advance(20_000);
    expect(b.following.hasLeader).toBe(true);
    expect(b.faults.size).toBe(0);
    line.connect(false);
    await clock.advance(2_900);
    expect(b.faults.size).toBe(0);
    await clock.advance(2_100);
    expect([...b.faults.keys()]).toEqual(['hall.leader-lost']);
    expect(b.events.map(({ type, data }) => [type, 'state' in data && data.state])).toEqual([
      ['channel.changed', 'down'],
    ]);
    line.connect(true);
    await clock.advance(2_100);
    expect(b.faults.size).toBe(0);
    expect(b.events).toHaveLength(2);
    expect(b.answers().at(-1)).toMatchObject({ leader: 'row-a', mode: 'following' });
  });

  it('says so 15 s after its start where it never heard of one, or only of one that does not name it', async () => {
    leader(['row-c']);
    const b = hand();
    await clock.advance(14_900);
    expect(b.faults.size).toBe(0);
    await clock.advance(200);
    expect([...b.faults.keys()]).toEqual(['hall.leader-lost']);
    expect(b.answers()).toEqual([]);
  });

  it('says so, too, when its own way to the broker is cut', async () => {
    leader();
    const b = hand();
    await clock.advance(3_000);
    b.line.connect(false);
    await clock.advance(5_100);
    expect([...b.faults.keys()]).toEqual(['hall.leader-lost']);
  });

  it('prints who waits, also after a restart during the outage', async () => {
    const a = leader();
    const commits = new MemoryCommits();
    const b = hand(commits);
    b.hall.attach('tickets', b.printer);
    for (const priority of [false, true])
      a.hall.desk?.act({ type: 'ticket.issue', queue: 'general', priority });
    await clock.advance(3_000);
    a.line.connect(false);
    await clock.advance(6_000);
    const lines = (papers: typeof b.papers) =>
      papers.flatMap((paper) => ('lines' in paper ? paper.lines : []));
    expect(lines(b.papers)).toEqual(
      expect.arrayContaining(['综合：2 人', 'A002优先  A001', '截至 2026-11-21 09:00 时']),
    );
    expect(b.faults.get('hall.leader-lost')).toMatchObject({
      waiting: 2,
      numbers: 'A002 A001',
      list: 'tickets',
    });
    b.following.end();
    b.line.connect(false);
    broker.retained.clear();
    const again = hand(commits);
    again.hall.attach('tickets', again.printer);
    await clock.advance(16_000);
    expect(lines(again.papers)).toEqual(expect.arrayContaining(['A002优先  A001']));
  });

  it('calls its own numbers meanwhile, and obeys again once nobody is left with one', async () => {
    const a = leader();
    const b = hand();
    await clock.advance(3_000);
    a.line.connect(false);
    await clock.advance(6_000);
    expect(b.views.at(-1)?.over).toMatchObject({ kind: 'text', text: expect.stringContaining('人工叫号') });
    // Nothing here prints tickets: each press gives out the next number.
    b.press('next');
    expect(b.views.at(-1)).toMatchObject({ number: 'M001', state: 'serving' });
    b.press('next');
    expect(b.views.at(-1)).toMatchObject({ number: 'M002' });
    a.line.connect(true);
    await clock.advance(3_000);
    expect(b.answers().at(-1)).toMatchObject({ mode: 'manual' });
    expect(b.views.at(-1)).toMatchObject({ number: 'M002' });
    // The leader is back: nobody gets a new one, and who was served has gone.
    b.press('next');
    await clock.advance(1);
    expect(b.answers().at(-1)).toMatchObject({ mode: 'following' });
    expect(b.hall.desk).toBeUndefined();
    const types = b.commits.events.map(({ type }) => type);
    expect(types.filter((type) => type === 'ticket.issued')).toHaveLength(2);
    expect(types.filter((type) => type === 'ticket.served')).toHaveLength(2);
    b.press('next');
    expect(b.commits.events.at(-1)).toMatchObject({
      type: 'key.pressed',
      data: { window: '7', key: 'next' },
    });
  });

  it('gives its numbers up when a person says so, but not while nobody else could call', async () => {
    const a = leader();
    const b = hand();
    expect(b.following.endManual()).toMatchObject({ code: 'manual.not-active' });
    await clock.advance(3_000);
    a.line.connect(false);
    await clock.advance(6_000);
    for (let issued = 0; issued < 2; issued++) b.hall.desk?.act({ type: 'ticket.issue', queue: 'manual' });
    expect(b.following.endManual()).toMatchObject({ code: 'manual.leader-away' });
    a.line.connect(true);
    await clock.advance(3_000);
    expect(b.following.isManual).toBe(true);
    expect(b.following.endManual()).toMatchObject({ ok: true, result: { cancelled: ['M001', 'M002'] } });
    expect(b.following.isManual).toBe(false);
    expect(b.commits.events.filter(({ type }) => type === 'ticket.cancelled')).toHaveLength(2);
  });

  it('shows the way out while a fire contact stands at any board of the hall', async () => {
    const a = leader();
    const b = hand();
    await clock.advance(3_000);
    a.hall.cover.fire('door', true);
    await clock.advance(1);
    expect(b.views.at(-1)?.over).toMatchObject({ kind: 'text', urgent: true });
    a.hall.cover.fire('door', false);
    await clock.advance(1);
    expect(b.views.at(-1)?.over).toBeUndefined();
    b.hall.cover.fire('exit', true);
    await clock.advance(2_100);
    expect(a.hall.desk?.act({ type: 'ticket.issue', queue: 'general' }).refusal?.code).toBe('hall.alarm');
    b.hall.cover.fire('exit', false);
    await clock.advance(2_100);
    expect(a.hall.desk?.act({ type: 'ticket.issue', queue: 'general' }).refusal).toBeUndefined();
  });

  it('lives through garbage on every topic of its leader', async () => {
    const a = leader();
    const b = hand();
    await clock.advance(3_000);
    const { topics } = a;
    for (const payload of [
      '',
      '{',
      '[]',
      'null',
      '{"beat":1}',
      '{"hands":7}',
      '{"queue":"general","mirror":{}}',
      'x'.repeat(9_999),
    ]) {
      for (const topic of [
        topics.leading,
        topics.waiting('general'),
        topics.waiting('x'),
        topics.claim('general'),
      ]) {
        broker.publish(topic, payload);
      }
      for (const topic of [
        b.topics.following,
        b.topics.status,
        b.topics.device('board-7'),
        b.topics.event('key.pressed'),
      ]) {
        broker.publish(topic, payload);
      }
    }
    await clock.advance(2_500);
    expect(b.following.hasLeader).toBe(true);
    a.leading.stop([]);
    b.following.stop();
    for (const one of [a, b]) {
      one.hall.stop();
      one.several.presence.stop();
    }
    expect(clock.pending()).toEqual([]);
  });
});
