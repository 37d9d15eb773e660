import { describe, expect, it } from 'vitest';
import { type Broker, haveMosquitto } from '../broker/support/broker.js';
import { retained } from '../broker/support/hall.js';
import { scenario } from './support/scenario.js';
import type { VirtualHall } from './support/virtual-hall.js';
import { pause, waitFor } from './support/waiting.js';
import type { Watcher } from './support/watcher.js';

const controllerFault = (code: string) => `fault/controller/controller.${code}`;

describe('a hub that goes away', () => {
  const test = scenario();

  // aedes keeps its memory only in memory, and with MQTT 3.1.1 nobody notices that nobody listens yet.
  it.runIf(haveMosquitto).each([
    ['with its memory', true],
    ['without its memory', false],
  ])('and comes back %s finds everything true, and nothing is lost', async (_, persistence) => {
    const { broker, hall, watcher } = await test.all({ debounceMilliseconds: 0 }, { persistence });
    await watcher.issue();
    await watcher.issue();
    hall.keys5.press('next');
    await watcher.see('window/5', 'serving', ({ state }) => state === 'serving');
    const { connection } = await watcher.see('status', 'online');
    if (!persistence) watcher.order = 'by type';
    await (persistence ? broker.stop() : broker.kill());
    hall.keys6.press('next');
    await waitFor('calling goes on', () => hall.shows(6) === '002');
    hall.keys5.press('done');
    await waitFor('the board is dark', () => hall.shows(5) === '');
    await broker.start();
    await watcher.see('status', 'online again', (status) => status.connection > connection);
    await watcher.see('window/6', 'what is true now', ({ number }) => number === 'A002');
    await watcher.settled();
    await expectTruth(broker, hall, watcher);
    const types = watcher.events().map(({ type }) => type);
    expect(types.filter((type) => type === 'ticket.called')).toHaveLength(2);
    expect(types.filter((type) => type === 'ticket.served')).toHaveLength(1);
  });

  it('for seconds in which 200 visitors are called gets all 200 calls in order, and the fault is told', async () => {
    const { broker, hall, watcher, controller } = await test.all({ debounceMilliseconds: 0 });
    for (let issued = 0; issued < 200; issued++) {
      await watcher.send('ticket.issue', JSON.stringify({ id: `issue-${issued}`, queue: 'general' }));
    }
    await watcher.see('queue/general', 'all wait', ({ waiting }) => waiting === 200);
    await watcher.settled();
    watcher.order = 'by type';
    // First it hangs, so that much is on its way when it dies.
    broker.freeze();
    for (let called = 0; called < 200; called++) {
      if (called === 60) await broker.kill();
      (called % 3 === 0 ? hall.keys6 : hall.keys5).press('next');
      await pause(15);
    }
    await waitFor('the last one is called', () => [hall.shows(5), hall.shows(6)].includes('200'));
    // A broker that is only restarted raises nothing.
    await waitFor('it is found away', () =>
      controller.log.some(({ code }) => code === 'controller.hub-lost'),
    );
    await broker.start();
    const isOutage = ({ data }: { data: Record<string, unknown> }) => data.code === 'controller.hub-lost';
    const raised = await watcher.event('fault.raised', 'the outage', isOutage);
    expect(raised.subject).toBe('controller');
    expect(raised.data).toMatchObject({ status: 'out-of-specification' });
    for (const words of [raised.data.text, raised.data.action]) {
      expect(words).toEqual({ 'zh-CN': expect.stringMatching(/\p{Script=Han}/u), en: expect.any(String) });
    }
    const cleared = await watcher.event('fault.cleared', 'its end', isOutage);
    expect(cleared.data).toMatchObject({ id: raised.data.id, durationSeconds: expect.any(Number) });
    const events = await watcher.settled();
    const numbers = events.filter(({ type }) => type === 'ticket.called').map(({ data }) => data.number);
    expect(numbers).toEqual(
      Array.from({ length: 200 }, (_, index) => `A${String(index + 1).padStart(3, '0')}`),
    );
    expect(watcher.latest('status')).toMatchObject({ state: 'online' });
    expect(watcher.standing('fault/')).toEqual([]);
    await expectTruth(broker, hall, watcher);
  });

  it.runIf(haveMosquitto)('where nobody listens keeps its events until somebody does', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url, debounceMilliseconds: 0 });
    const controller = await test.run(
      hall,
      hall.document((document) => {
        delete document.calling;
      }),
    );
    await controller.says('hub: connected');
    for (const key of ['next', 'recall', 'skip', 'pause', 'done']) hall.keys5.press(key);
    await waitFor('it is told', () => controller.log.some(({ code }) => code === 'controller.hub-refused'));
    const watcher = await test.watch(broker, hall.root);
    watcher.order = 'by type';
    await watcher.event('key.pressed', 'the last one', ({ data }) => data.key === 'done');
    const fault = await watcher.event('fault.raised', 'that nobody listened');
    expect(fault.data.code).toBe('controller.hub-refused');
    await watcher.event('fault.cleared', 'somebody does');
    await watcher.seeCleared(controllerFault('hub-refused'));
    const keys = watcher.events('key.pressed').map(({ data }) => data.key);
    expect(keys).toEqual(['next', 'recall', 'skip', 'pause', 'done']);
  });

  it('was never there: the hall calls alone, and tells it all once there is one', async () => {
    const { broker, hall, watcher, controller } = await test.all({ debounceMilliseconds: 0 });
    for (let issued = 0; issued < 6; issued++) await watcher.issue();
    expect(await controller.stop()).toMatchObject({ code: 0 });
    watcher.order = 'by type';
    await broker.kill();

    const alone = await test.run(
      hall,
      hall.document((document) => {
        delete document.hub;
      }),
    );
    hall.keys5.press('next');
    await waitFor('001 is shown without a hub', () => hall.shows(5) === '001');
    hall.keys6.press('next');
    await waitFor('002 is shown without a hub', () => hall.shows(6) === '002');
    expect(await alone.stop()).toMatchObject({ code: 0 });

    await test.run(hall);
    await waitFor('the boards show it again', () => hall.shows(5) === '001' && hall.shows(6) === '002');
    for (const number of ['003', '004', '005', '006']) {
      hall.keys5.press('next');
      await waitFor(`${number} is shown while the hub is away`, () => hall.shows(5) === number);
    }
    watcher.forget();
    await broker.start();
    await watcher.see('status', 'online', ({ state, session }) => state === 'online' && session === 3);
    const events = await watcher.settled();
    expect(events.filter(({ type }) => type === 'ticket.called').map(({ data }) => data.number)).toEqual([
      'A001',
      'A002',
      'A003',
      'A004',
      'A005',
      'A006',
    ]);
    await expectTruth(broker, hall, watcher);
  });
});

describe('a controller that dies', () => {
  const test = scenario();

  it('is said to be lost, and online again when it is back, with a greater session', async () => {
    const { hall, watcher, controller } = await test.all();
    const before = await watcher.see('status', 'online');
    await controller.kill();
    const lost = await watcher.see('status', 'lost', ({ state }) => state === 'lost');
    expect(lost).toMatchObject({ session: before.session, connection: before.connection });
    await test.run(hall);
    const back = await watcher.see('status', 'online', ({ state }) => state === 'online');
    expect(back.session).toBe(before.session + 1);
    await watcher.see('device/board-5', 'of this session', ({ session }) => session === back.session);
  });

  it.runIf(haveMosquitto)('without a word (it hangs) is unknown or lost to every newcomer soon', async () => {
    const { broker, hall, watcher, controller } = await test.all();
    controller.signal('SIGSTOP');
    const isOnline = async () => {
      const status = (await retained(broker, `${hall.root}/status`)).get(`${hall.root}/status`);
      return status !== undefined && JSON.parse(status).state === 'online';
    };
    // The contract says 25 s.
    await waitFor('nobody calls it online any more', async () => !(await isOnline()), 40);
    controller.signal('SIGCONT');
    await waitFor('it is online again', isOnline);
    await watcher.see('status', 'online', ({ state }) => state === 'online');
  });
});

/** What stands retained at the broker for a newcomer is what the watcher saw last, and none of it is of the past. */
async function expectTruth(broker: Broker, hall: VirtualHall, watcher: Watcher): Promise<void> {
  const standing = await retained(broker, `${hall.root}/#`);
  const topics = [...standing.keys()].map((topic) => topic.slice(hall.root.length + 1)).sort();
  expect(topics).toEqual([
    'channels',
    'claim/general',
    'config/reported',
    'device/board-5',
    'device/board-6',
    'device/caller-5',
    'device/caller-6',
    'device/rates',
    'queue/general',
    'ratings',
    'status',
    'window/5',
    'window/6',
  ]);
  const said = (topic: string) => JSON.parse(standing.get(`${hall.root}/${topic}`) ?? 'null');
  const { session, state } = said('status');
  expect(state).toBe('online');
  for (const topic of topics.filter((one) => one.startsWith('device/'))) {
    expect(said(topic)).toMatchObject({ session, status: 'good', faults: [] });
  }
  for (const window of [5, 6] as const) {
    const { number } = said(`window/${window}`);
    expect(hall.shows(window)).toBe(number === null ? '' : number.slice(1));
    expect(said(`window/${window}`)).toEqual(watcher.latest(`window/${window}`));
  }
  expect(said('queue/general')).toEqual(watcher.latest('queue/general'));
  expect(standing.has(`${hall.root}/${controllerFault('hub-lost')}`)).toBe(false);
}
