import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/cli/watch/clean-text.js';
import { filtersOf, readTopic } from '../../src/cli/watch/payloads.js';
import { reportOf } from '../../src/cli/watch/report.js';
import { topicsOf } from '../../src/protocols/hub/topics.js';
import { at, broken, calm, device, fault, full, health, room, shelf, status, World } from './watch-hall.js';

const root = 'jinshan/row-a';

function stateOf(world: World) {
  const { state, unknownBecause } = world.view().controllers[0]!;
  return { state, unknownBecause };
}

describe('a controller that is watched', () => {
  it('is online while that is renewed, and unknown 25 s after the last time', async () => {
    const world = new World().say(`${root}/status`, status(), true);
    await world.clock.advance(10_000);
    world.say(`${root}/status`, status());
    await world.clock.advance(25_000);
    expect(stateOf(world).state).toBe('online');
    await world.clock.advance(1);
    expect(stateOf(world)).toEqual({ state: 'unknown', unknownBecause: 'not-renewed' });
    expect(world.view().controllers[0]?.sinceMilliseconds).toBe(Date.parse(at(10)));
    world.say(`${root}/status`, status());
    expect(stateOf(world).state).toBe('online');
  });

  it('is proved alive by any message on a broker where nothing is renewed', async () => {
    const world = new World().say(`${root}/status`, status({ degraded: ['status-never-expires'] }), true);
    await world.clock.advance(60_000);
    expect(stateOf(world).state).toBe('online');
    world.say(`${root}/health`, health());
    await world.clock.advance(75_000);
    expect(stateOf(world).state).toBe('online');
    world.say(`${root}/device/board-1`, device(), true);
    await world.clock.advance(1);
    expect(stateOf(world)).toEqual({ state: 'unknown', unknownBecause: 'not-renewed' });
  });

  it('without a status is unknown, whatever else stands there', () => {
    const world = new World().say(`${root}/device/board-1`, device(), true);
    expect(stateOf(world)).toEqual({ state: 'unknown', unknownBecause: 'not-heard' });
    world.say(`${root}/status`, status(), true).say(`${root}/status`, null);
    expect(stateOf(world)).toEqual({ state: 'unknown', unknownBecause: 'not-heard' });
  });

  it('that is stopped or lost stays so for as long as nothing else is said', async () => {
    for (const state of ['stopped', 'lost']) {
      const world = new World().say(`${root}/status`, status({ state }), true);
      await world.clock.advance(3_600_000);
      expect(stateOf(world)).toEqual({ state, unknownBecause: null });
    }
  });

  it('is not taken for dead by the will of an earlier connection that arrives late', () => {
    const world = new World().say(`${root}/status`, status({ connection: 12 }));
    world.say(`${root}/status`, status({ state: 'lost', connection: 11 }));
    world.say(`${root}/status`, status({ state: 'stopped', session: 6, connection: 40 }));
    expect(stateOf(world).state).toBe('online');
    world.say(`${root}/status`, status({ state: 'lost', connection: 12 }));
    expect(stateOf(world).state).toBe('lost');
  });

  it('with a new storage, whose numbers begin again, is believed', () => {
    const world = new World().say(`${root}/status`, status({ session: 40 }));
    world.say(`${root}/status`, status({ session: 1, connection: 1 }));
    expect(world.view().controllers[0]?.status?.session).toBe(1);
  });

  it('has its health only while that is fresh', async () => {
    const world = new World().say(`${root}/status`, status()).say(`${root}/health`, health());
    expect(world.view().controllers[0]?.health?.outbox.events).toBe(4);
    for (let passed = 0; passed < 80; passed += 20) {
      await world.clock.advance(20_000);
      world.say(`${root}/status`, status());
    }
    expect(world.view().controllers[0]).toMatchObject({ state: 'online', health: null });
  });
});

describe('devices and faults', () => {
  it('hold only while their controller is online with the same session', () => {
    const world = new World()
      .say(`${root}/status`, status({ session: 7 }))
      .say(`${root}/device/board-1`, device({ session: 7 }))
      .say(`${root}/device/board-2`, device({ session: 6 }))
      .say(`${root}/device/board-3`, device({ session: 8 }))
      .say(`${root}/fault/board-1/device.unresponsive`, fault({ session: 6 }));
    const doubts = () => {
      const { devices, faults } = world.view();
      return Object.fromEntries([
        ...devices.map((row) => [row.device, [row.status, row.doubt]]),
        ...faults.map((row) => [row.code, row.doubt]),
      ]);
    };
    expect(doubts()).toEqual({
      'board-1': ['good', null],
      'board-2': [null, 'earlier-start'],
      'board-3': [null, 'earlier-start'],
      'device.unresponsive': 'earlier-start',
    });
    world.say(`${root}/status`, status({ session: 7, state: 'lost' }));
    expect(doubts()).toEqual({
      'board-1': [null, 'lost'],
      'board-2': [null, 'lost'],
      'board-3': [null, 'lost'],
      'device.unresponsive': 'lost',
    });
  });

  it('are in doubt as soon as the status is not renewed', async () => {
    const world = calm();
    await world.clock.advance(25_001);
    const { devices, windows, queues, rooms, supplies } = world.view();
    expect(rooms).toHaveLength(1);
    for (const row of [...devices, ...windows, ...queues, ...rooms, ...supplies])
      expect(row.doubt).toBe('unknown');
    expect(devices.every((row) => row.status === null)).toBe(true);
  });

  it('go when their topics are cleared', () => {
    const world = calm().say(`${root}/fault/board-1/device.unresponsive`, fault());
    expect(world.view().faults).toHaveLength(1);
    world.say(`${root}/fault/board-1/device.unresponsive`, null).say(`${root}/device/board-1`, null);
    expect(world.view().rooms).toHaveLength(1);
    world.say(`${root}/room`, null);
    expect(world.view()).toMatchObject({ rooms: [], unreadable: 0 });
    expect(world.view().faults).toEqual([]);
    expect(world.view().devices.map((row) => row.device)).not.toContain('board-1');
  });

  it('stand in the order in which somebody should look', () => {
    const world = new World().say(`${root}/status`, status());
    const raise = (name: string, change: object) =>
      world.say(`${root}/fault/${name}/device.unresponsive`, fault(change));
    raise('a', { severity: 'low' });
    raise('b', { severity: 'high', since: at(-10) });
    raise('c', { severity: 'high', since: at(-90), acknowledged: { by: '0317', at: at(-5) } });
    raise('d', { severity: 'high', since: at(-60) });
    raise('e', { severity: 'high', session: 1 });
    raise('f', { severity: 'medium' });
    raise('g', { severity: 'high', shelved: shelf() });
    raise('h', { severity: 'medium', parts: ['x', 'y'], shelved: shelf({ part: 'x' }), since: at(-20) });
    raise('i', { severity: 'medium', parts: ['x'], shelved: shelf({ part: 'x' }) });
    const seen = { by: '0317', at: at(-5), part: 'x' };
    raise('j', { severity: 'low', parts: ['x', 'y'], acknowledged: seen, since: at(-300) });
    const order = ['d', 'b', 'c', 'f', 'h', 'j', 'a', 'e', 'g', 'i'];
    expect(world.view().faults.map((row) => row.device)).toEqual(order);
  });
});

describe('a hub that comes back', () => {
  it('is believed in what it tells, and what it does not tell any more is gone', () => {
    const world = calm().say(`${root}/fault/board-1/device.unresponsive`, fault());
    world.book.connected();
    world.say(`${root}/status`, status(), true).say(`${root}/device/board-2`, device(), true);
    expect(world.view().devices).toHaveLength(9);
    world.book.complete();
    const view = world.view();
    expect(view.faults).toEqual([]);
    expect(view.devices.map((row) => row.device)).toEqual(['board-2']);
    expect(view.windows).toEqual([]);
    expect(view.rooms).toEqual([]);
  });

  it('without a memory leaves its controllers unknown, not gone', () => {
    const world = calm();
    world.book.connected();
    world.book.complete();
    expect(stateOf(world)).toEqual({ state: 'unknown', unknownBecause: 'not-heard' });
  });

  it('may tell of a death with smaller numbers than before: nobody listened to what came between', () => {
    const world = calm();
    world.book.connected();
    world.say(`${root}/status`, status({ state: 'lost', session: 1, connection: 1 }), true);
    expect(stateOf(world).state).toBe('lost');
  });

  it('while it was away, nothing grew old', async () => {
    const world = calm();
    const lostAt = world.clock.monotonicMilliseconds();
    await world.clock.advance(600_000);
    expect(world.view({ stale: true, judgedAtMilliseconds: lostAt }).controllers[0]?.state).toBe('online');
    expect(world.view().controllers[0]?.state).toBe('unknown');
  });
});

describe('what anybody may send', () => {
  const kinds = ['status', 'device/x', 'fault/x/device.y', 'queue/x', 'window/x', 'room', 'health'];

  it('never throws, is counted where it is unreadable, and never becomes a good state', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => Buffer.from(text)),
          fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        ),
        (topic, payload) => {
          const world = new World().say(`${root}/${topic}`, Buffer.from(payload));
          const view = world.view();
          reportOf(view);
          if (payload.length > 0) expect(view.unreadable).toBe(1);
          expect(view.controllers.filter(({ state }) => state !== 'unknown')).toEqual([]);
          expect(view.devices.filter((row) => row.status !== null)).toEqual([]);
          expect(view.rooms.filter((row) => row.doubt === null)).toEqual([]);
        },
      ),
    );
  });

  it('of a waiting area in a wrong shape makes no figure of it', () => {
    const wrong = [
      'x',
      '{}',
      JSON.stringify(room({ seats: null })),
      JSON.stringify(room({ seats: 80.5 })),
      JSON.stringify(room({ taken: -1 })),
      JSON.stringify(room({ taken: '12' })),
      JSON.stringify(room({ people: 12 })),
      JSON.stringify(room({ people: { low: -1, median: 1, high: 2 } })),
      JSON.stringify(room({ people: { low: 9, median: 5, high: 3 } })),
      JSON.stringify(room({ standing: { low: 1, high: 2 } })),
      JSON.stringify(room()).replace('"high":150', '"high":1e999'),
      JSON.stringify(room({ note: 'x'.repeat(70_000) })),
    ];
    for (const payload of wrong) {
      const world = new World().say(`${root}/status`, status()).say(`${root}/room`, payload);
      const what = payload.slice(0, 80);
      expect(world.view().rooms, what).toMatchObject([{ state: null, doubt: 'unreadable' }]);
      expect(world.view().unreadable, what).toBe(1);
    }
  });

  it('in a wrong shape leaves a device unknown, and a status as it was', () => {
    const wrong = [
      '',
      'x',
      '[]',
      '{}',
      '{"state":"online"}',
      JSON.stringify(status({ session: '7' })),
      JSON.stringify(device({ status: 'fine' })),
      JSON.stringify(device({ verified: 1 })),
      JSON.stringify(device({ readings: [1] })),
      JSON.stringify(device({ readings: { a: { b: 1 } } })),
      `{"session":1e999,${JSON.stringify(device()).slice(1)}`.replace('"session":7', '"session":1e999'),
      `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      JSON.stringify(device({ kind: 'x'.repeat(70_000) })),
    ].filter((text) => text !== '');
    for (const payload of wrong) {
      const world = calm().say(`${root}/device/board-1`, payload).say(`${root}/status`, payload);
      const row = world.view().devices.find((one) => one.device === 'board-1');
      expect(row, payload.slice(0, 80)).toMatchObject({ status: null, doubt: 'unreadable' });
      expect(stateOf(world).state).toBe('online');
      expect(world.view().unreadable).toBe(2);
    }
  });

  it('at a topic that no controller has is counted and kept nowhere', () => {
    const topics = [
      'Jinshan/row-a/status',
      'jinshan/row-a/statu',
      'jinshan/row-a/device/',
      'jinshan/row-a/device/a/b',
      'jinshan/row-a/fault/x',
      'jinshan/row-a/fault/x/\x1b[2J',
      `jinshan/${'x'.repeat(41)}/status`,
      'jinshan/row a/status',
    ];
    const world = new World();
    for (const topic of topics) world.say(topic, status());
    expect(world.view()).toMatchObject({ controllers: [], unreadable: topics.length });
  });

  it('is bounded, and what is left out is counted until there is room', () => {
    const limits = { controllers: 2, devices: 3, faults: 1, queues: 1, windows: 1 };
    const world = new World(limits).say(`${root}/status`, status());
    for (let index = 0; index < 20; index++) {
      world.say(`${root}/device/d-${index}`, device()).say(`${root}/queue/q-${index}`, { waiting: 1 });
      world.say(`${root}/fault/d-${index}/device.unresponsive`, fault());
      world
        .say(`hall-${index}/x/status`, status())
        .say(`hall-${index}/x/room`, room())
        .say(`${root}/window/${index}`, { state: 'open' });
    }
    const view = world.view();
    expect(view.devices).toHaveLength(3);
    expect([view.faults, view.queues, view.windows].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(view.controllers).toHaveLength(2);
    expect(view.rooms).toHaveLength(1);
    expect(view.leftOut).toBe(17 + 3 * 19 + 19);
    world.say(`${root}/device/d-0`, null).say(`${root}/device/d-19`, device());
    expect(world.view().devices.map((row) => row.device)).toEqual(['d-1', 'd-2', 'd-19']);
  });

  it('cannot reach the terminal as anything but letters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.integer({ min: 1, max: 60 }),
        (text, most) => {
          const clean = cleanText(text, most);
          expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
          expect([...clean].length).toBeLessThanOrEqual(most + 1);
        },
      ),
    );
    expect(cleanText('\x1b[2J\x1b]0;title\x07\x9b31mred\x1b[0m\r\n\u202eback\u0007', 50)).toBe('red back');
    expect(cleanText(`e${'\u0301'.repeat(40)}`, 50)).toBe('e\u0301\u0301');
    expect(cleanText('大'.repeat(10_000), 5)).toBe('大大大大大…');
  });

  it('in a text of a fault or a reading is cleaned before it is kept', () => {
    const evil = 'a\x1b[2J\u202eb';
    const world = calm()
      .say(`${root}/fault/row/bus.lost`, fault({ text: { 'zh-CN': evil, en: evil }, affected: [evil] }))
      .say(
        `${root}/fault/row/bus.noisy`,
        fault({ shelved: { by: evil, at: evil, until: evil, reason: evil, part: evil } }),
      )
      .say(
        `${root}/device/board-1`,
        device({ kind: evil, cause: evil, readings: { [evil]: evil, __proto__: 1 } }),
      )
      .say(`${root}/window/1`, { state: 'serving', number: evil });
    expect(JSON.stringify(reportOf(world.view()))).not.toMatch(/u001b|\u202e/);
    expect(world.view().windows[0]?.state?.number).toBe('ab');
  });
});

describe('what is subscribed to', () => {
  it('are the topics of controllers, and never their events', () => {
    const topics = topicsOf('jinshan', 'row-a');
    const wanted = [
      ...[topics.status, topics.health, topics.device('x'), topics.fault('x', 'bus.lost')],
      ...[topics.queue('x'), topics.window('5'), topics.room],
    ];
    const matches = (filter: string, topic: string) =>
      new RegExp(`^${filter.replaceAll('.', '\\.').replaceAll('+', '[^/]+')}$`).test(topic);
    for (const hall of ['jinshan', '+']) {
      const filters = filtersOf(hall);
      for (const topic of wanted) {
        expect(filters.filter((filter) => matches(filter, topic))).toHaveLength(1);
        expect(readTopic(topic)).toMatchObject({ hall: 'jinshan', controller: 'row-a' });
      }
      // A subscriber of ours would let a controller believe that its events are delivered.
      const event = topics.event('ticket.called');
      expect(filters.filter((filter) => matches(filter, event) || filter.includes('#'))).toEqual([]);
      // Up to a mebibyte for each controller, which a watch of hundreds has no use for.
      expect(filters.filter((filter) => matches(filter, topics.configReported))).toEqual([]);
    }
  });
});

describe('the report', () => {
  it('says null for what is unknown, and what was said last apart from it', () => {
    const report = JSON.parse(JSON.stringify(reportOf(broken().view())));
    const [hall] = report.halls;
    expect(report.halls).toHaveLength(1);
    expect(hall.controllers.map((one: { state: string }) => one.state)).toEqual([
      'online',
      'online',
      'lost',
      'unknown',
    ]);
    expect(hall.controllers[0]).toMatchObject({
      ...{ controller: 'row-a', session: 7, version: '1.2.3', health: { outbox: { events: 4 } } },
      supplies: [{ device: 'tickets', supply: 'paper', state: 'low', levelPercent: null, doubt: null }],
    });
    expect(hall.controllers[2].devices).toEqual([
      {
        ...{ device: 'board-1', kind: 'window-board', status: null, verified: null, doubt: 'lost' },
        last: expect.objectContaining({ status: 'good', readings: { shown: '008' } }),
      },
    ]);
    expect(hall.controllers[2].faults[0]).toMatchObject({ holds: false, doubt: 'lost' });
    expect(hall.controllers[2].health).toBeNull();
  });

  it('has the waiting area of each controller, and who shelved a fault until when', () => {
    const [hall] = JSON.parse(JSON.stringify(reportOf(full().view()))).halls;
    const [a, b, c, d] = hall.controllers;
    expect(a).toMatchObject({ configRevision: 12, room: { doubt: null, ...room({ taken: 80 }) } });
    expect(b.room).toMatchObject({ doubt: null, seats: 0, taken: null, standing: null });
    expect(c.room).toEqual({ doubt: 'lost', last: room() });
    expect(d.room).toEqual({ doubt: 'unreadable', last: null });
    expect(a.faults.map((one: { shelved: object }) => one.shelved)).toEqual([
      { ...shelf({ by: 'li', until: at(90_000), part: 'tray-2' }) },
      shelf(),
    ]);
    const [bare] = JSON.parse(JSON.stringify(reportOf(broken().view()))).halls;
    expect(bare.controllers[1].room).toBeNull();
  });
});
