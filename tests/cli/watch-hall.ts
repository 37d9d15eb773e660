/** A hub's messages for the tests of `hallward watch`, as a controller would send them; nothing of ours makes them. */

import { HallBook, type Limits } from '../../src/cli/watch/hall-book.js';
import type { HallView } from '../../src/cli/watch/hall-view.js';
import { judge } from '../../src/cli/watch/judge.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

export const start = '2026-11-21T01:10:30.000Z';

export function at(seconds: number): string {
  return new Date(Date.parse(start) + seconds * 1_000).toISOString();
}

export function status(change: object = {}): object {
  return {
    state: 'online',
    session: 7,
    connection: 12,
    version: '1.2.3',
    configRevision: 3,
    startedAt: at(-5_400),
    at: at(0),
    ...change,
  };
}

export function device(change: object = {}): object {
  return {
    kind: 'window-board',
    status: 'good',
    verified: true,
    faults: [],
    readings: { shown: '008' },
    session: 7,
    at: at(-60),
    ...change,
  };
}

export function fault(change: object = {}): object {
  return {
    id: '0190',
    device: 'board-1',
    code: 'device.unresponsive',
    status: 'failure',
    severity: 'high',
    audience: 'maintenance',
    text: { 'zh-CN': '1 号窗口屏无应答', en: 'The board of window 1 does not answer' },
    action: {
      'zh-CN': '检查设备电源和接线，核对地址；恢复后会自动显示当前内容',
      en: 'Check its power, cable and address; it shows what is true now as soon as it is back',
    },
    since: at(-185),
    acknowledged: null,
    count: 1,
    evidence: {},
    session: 7,
    ...change,
  };
}

export function health(change: object = {}): object {
  return {
    uptimeSeconds: 5_400,
    rssBytes: 75_000_000,
    cpuPercent: 2,
    eventLoopDelayMilliseconds: 3,
    outbox: { events: 4, bytes: 2_000, oldestAt: at(-3) },
    bytesWritten: 1,
    clock: 'synced',
    ...change,
  };
}

export function room(change: object = {}): object {
  return {
    seats: 80,
    taken: 12,
    people: { low: 130, median: 140, high: 150 },
    standing: { low: 40, median: 47, high: 55 },
    at: at(0),
    ...change,
  };
}

/** A band of so many to so many people. */
export function band(low: number, high: number): object {
  return { low, median: Math.round((low + high) / 2), high };
}

/** By whom and until when a fault is out of sight. */
export function shelf(change: object = {}): object {
  return { by: 'wang', at: at(-600), until: at(3_000), reason: '等配件', ...change };
}

/** A book with a clock that is moved by hand. */
export class World {
  readonly clock = new VirtualClock(start);
  readonly book: HallBook;
  readonly hub = {
    url: 'mqtt://hub:1883',
    connected: true,
    sinceMilliseconds: Date.parse(start),
    detail: '',
  };

  constructor(limits?: Limits) {
    this.book = new HallBook(this.clock, limits);
    this.book.connected();
  }

  /** A message below a controller's root; text is sent as it is, `null` as nothing. */
  say(topic: string, payload: object | string | Uint8Array | null, retained = false): this {
    const bytes =
      payload === null
        ? new Uint8Array()
        : payload instanceof Uint8Array
          ? payload
          : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    this.book.take(`hallward/v1/${topic}`, bytes, retained);
    return this;
  }

  view(change: Partial<HallView> & { judgedAtMilliseconds?: number } = {}): HallView {
    return judge(this.book, this.clock, {
      hall: null,
      hub: this.hub,
      stale: false,
      complete: true,
      judgedAtMilliseconds: this.clock.monotonicMilliseconds(),
      ...change,
    });
  }
}

/** An ordinary morning: one controller, all well. */
export function calm(): World {
  const world = new World();
  world
    .say('jinshan/row-a/status', status(), true)
    .say('jinshan/row-a/health', health())
    .say('jinshan/row-a/queue/general', {
      ...{ waiting: 5, windowsOpen: 2, waitMinutes: { low: 4, median: 6, high: 9 } },
      ...{ lastCalled: 'A008', at: at(0) },
    });
  for (const name of ['1', '2', '3', '4']) {
    world.say(`jinshan/row-a/device/board-${name}`, device({ readings: { shown: `00${name}` } }));
    const caller = { kind: 'caller', verified: false, readings: {} };
    world.say(`jinshan/row-a/device/caller-${name}`, device(caller));
  }
  const window = { ticket: null, number: null, staff: '0317', queues: ['general'], at: at(0) };
  world
    .say('jinshan/row-a/window/1', { ...window, state: 'serving', number: 'A008' })
    .say('jinshan/row-a/window/2', { ...window, state: 'open' })
    .say('jinshan/row-a/window/3', { ...window, state: 'paused' })
    .say('jinshan/row-a/window/4', { ...window, state: 'closed', staff: null });
  world.say('jinshan/row-a/room', room({ people: band(20, 23), standing: band(2, 5) }));
  const printer = { kind: 'ticket-printer', readings: { paper: 'low', cover: 'closed', online: true } };
  world.say('jinshan/row-a/device/tickets', device({ ...printer, status: 'maintenance-required' }));
  return world;
}

/** Four controllers: one well, one with faults, one lost, one that nobody vouches for. */
export function broken(): World {
  const world = calm();
  const bus = { 'zh-CN': 'keys-1 线路断开', en: 'The wire keys-1 is gone' };
  const plug = { 'zh-CN': '检查转接器和接线，重新插好即可自动恢复', en: 'Check the adapter and its plug' };
  const unknown = { status: 'failure', verified: false, readings: { shown: null } };
  world
    .say('jinshan/row-b/status', status({ session: 3 }), true)
    .say('jinshan/row-b/health', health({ clock: 'untrusted', undervoltage: true, temperatureCelsius: 71.4 }))
    .say('jinshan/row-b/device/board-1', device({ ...unknown, faults: ['device.unresponsive'], session: 3 }))
    .say('jinshan/row-b/device/caller-1', device({ ...unknown, cause: 'keys-1/bus.lost', session: 3 }))
    .say('jinshan/row-b/device/board-2', device({ session: 2 }))
    .say('jinshan/row-b/fault/board-1/device.unresponsive', fault({ session: 3 }))
    .say(
      'jinshan/row-b/fault/keys-1/bus.lost',
      fault({
        ...{ session: 3, text: bus, action: plug, since: at(-4_000), affected: ['caller-1', 'caller-2'] },
        acknowledged: { by: '0317', at: at(-100) },
      }),
    )
    .say('jinshan/row-c/status', status({ state: 'lost' }), true)
    .say('jinshan/row-c/device/board-1', device())
    .say('jinshan/row-c/fault/board-1/device.unresponsive', fault())
    .say('jinshan/row-c/window/9', { state: 'serving', number: 'B001', at: at(0) })
    .say('jinshan/row-d/device/board-1', device());
  return world;
}

/** A hall with more people than seats, one that counts nothing but them, one that is lost; faults that are shelved. */
export function full(): World {
  const world = new World();
  const paper = { 'zh-CN': '纸将用完', en: 'The paper is nearly used up' };
  const load = { 'zh-CN': '准备新纸', en: 'Have new paper ready' };
  world
    .say('jinshan/row-a/status', status({ configRevision: 12 }), true)
    .say('jinshan/row-a/health', health())
    .say('jinshan/row-a/room', room({ taken: 80 }))
    .say('jinshan/row-a/fault/board-1/device.unresponsive', fault({ shelved: shelf() }))
    .say(
      'jinshan/row-a/fault/tickets/printer.media-low',
      fault({
        ...{ severity: 'low', text: paper, action: load, parts: ['tray-1', 'tray-2'], since: at(-40) },
        shelved: shelf({ by: 'li', until: at(90_000), part: 'tray-2' }),
      }),
    )
    .say('jinshan/row-b/status', status({ configRevision: 0 }), true)
    .say('jinshan/row-b/health', health())
    .say('jinshan/row-b/room', room({ seats: 0, taken: null, people: band(1, 1), standing: null }))
    .say('jinshan/row-b/fault/board-2/device.unresponsive', fault({ severity: 'medium', since: at(-70) }))
    .say('jinshan/row-c/status', status({ state: 'lost' }), true)
    .say('jinshan/row-c/room', room())
    .say('jinshan/row-d/status', status({ state: 'stopped' }), true)
    .say('jinshan/row-d/room', 'cut');
  return world;
}
