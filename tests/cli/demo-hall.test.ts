import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startBroker } from '../../src/cli/demo/broker.js';
import { type Demo, startDemo } from '../../src/cli/demo/demo-hall.js';
import type { HallEvent, Told } from '../../src/cli/demo/model.js';
import { systemClock } from '../../src/kernel/clock.js';
import { silentLog } from '../../src/kernel/log.js';

let running: Demo | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function demoHall() {
  const clock = systemClock();
  const folders: string[] = [];
  const demo = await startDemo({
    clock,
    log: silentLog,
    port: 0,
    language: 'en',
    seed: 5,
    folderMade: (folder) => folders.push(folder),
  });
  running = demo;
  const told: Told[] = [];
  demo.onTold((one) => told.push(one));
  const events = <Type extends HallEvent['type']>(type: Type) =>
    told.flatMap((one) =>
      'event' in one && one.event.type === type ? [one.event as Extract<HallEvent, { type: Type }>] : [],
    );
  const until = (what: () => unknown) => expect.poll(what, { timeout: 15_000, interval: 50 });
  const board = (window: string) =>
    demo
      .model()
      .windows.find((row) => row.window === window)
      ?.board.text.trim();
  return { demo, clock, folders, told, events, until, board };
}

describe('the demo hall', () => {
  it('calls visitors to boards, tells a dead board in words until it is back, and leaves nothing', {
    timeout: 60_000,
  }, async () => {
    const { demo, clock, folders, events, until, board } = await demoHall();
    await until(() => events('ticket.called').length).toBeGreaterThanOrEqual(4);
    await until(() => ['1', '2', '3', '4'].map(board)).toEqual(['001', '002', '003', '004']);
    await until(() => demo.model().hub.windows.get('1')).toMatchObject({ state: 'serving', number: 'A001' });
    expect(demo.model().hub.queue?.lastCalled).toBe('A004');

    demo.hands.board('2');
    expect(board('2')).toBe('');
    await until(() => demo.model().hub.faults.map((fault) => fault.text.en)).toEqual([
      'board-2 does not answer',
    ]);
    expect(demo.model().hub.faults[0]?.action['zh-CN']).toContain('电源');
    demo.hands.board('2');
    await until(() => demo.model().hub.faults).toEqual([]);
    await until(() => board('2')).toMatch(/^\d{3}$|^$|^-+$/);

    demo.hands.row();
    demo.hands.keypad();
    await until(() =>
      demo
        .model()
        .hub.faults.map((fault) => `${fault.device} ${fault.code}`)
        .sort(),
    ).toEqual(['keys-1 bus.lost', 'row bus.lost']);
    expect(demo.model().hub.faults.find((fault) => fault.device === 'row')?.affected).toHaveLength(4);
    demo.hands.row();
    demo.hands.keypad();
    await until(() => demo.model().hub.faults).toEqual([]);

    const [folder] = folders;
    expect(existsSync(folder!)).toBe(true);
    await demo.stop();
    expect(folders).toHaveLength(1);
    expect(existsSync(folder!)).toBe(false);
    await until(() => clock.pending()).toEqual([]);
  });

  it('goes on calling while the broker is away, and then tells everything without a gap', {
    timeout: 60_000,
  }, async () => {
    const { demo, told, events, until, board } = await demoHall();
    await until(() => events('ticket.called').length).toBeGreaterThanOrEqual(4);
    await demo.hands.broker();
    expect(demo.model().broker.up).toBe(false);
    await until(() => demo.model().hub.connected).toBe(false);
    const before = demo.model().hub.events.sequence;
    // Calls go on, visible on the boards; the hub hears nothing, and nobody gets a ticket.
    await until(() =>
      Math.max(...['1', '2', '3', '4'].map((window) => Number(board(window)))),
    ).toBeGreaterThan(5);
    await until(() => demo.model().eventsKept).toBeGreaterThan(5);
    await until(() => demo.model().atKiosk).toBeGreaterThan(0);
    expect(demo.model().hub.events.sequence).toBe(before);

    await demo.hands.broker();
    await until(() => demo.model().hub).toMatchObject({ connected: true, controller: 'online' });
    await until(() => demo.model().eventsKept).toBe(0);
    await until(() => told.some((one) => 'note' in one && /without it/.test(one.note.en))).toBe(true);
    const { sequence, lost, doubled } = demo.model().hub.events;
    expect(sequence).toBeGreaterThan(before + 5);
    expect({ lost, doubled }).toEqual({ lost: 0, doubled: 0 });
    const numbers = told.flatMap((one) => ('event' in one ? [one.event.sequence] : []));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
    await until(() => demo.model().atKiosk).toBe(0);
  });
});

describe('the broker of the demo', () => {
  const reach = (port: number) =>
    new Promise<Socket | undefined>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(socket));
      socket.once('error', () => resolve(undefined));
    });

  it('is not to be reached while it is dropped, and is back on the same port', async () => {
    const broker = await startBroker(0);
    const socket = await reach(broker.port);
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    await broker.drop();
    await closed;
    expect(await reach(broker.port)).toBeUndefined();
    await broker.drop();
    const { port } = broker;
    await broker.back();
    expect(broker.port).toBe(port);
    const again = await reach(port);
    expect(again).toBeDefined();
    await broker.close();
    expect(await reach(port)).toBeUndefined();
  });

  it('says when somebody else has its port', async () => {
    const broker = await startBroker(0);
    await expect(startBroker(broker.port)).rejects.toMatchObject({ code: 'broker.port-taken', kind: 'busy' });
    await broker.drop();
    const other = await startBroker(broker.port);
    await expect(broker.back()).rejects.toMatchObject({ code: 'broker.port-taken' });
    await other.close();
    await broker.back();
    await broker.close();
  });
});
