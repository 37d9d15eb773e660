import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startBroker } from '../../src/cli/demo/broker.js';
import type { Demo } from '../../src/cli/demo/demo.js';
import { startDemo } from '../../src/cli/demo/demo-hall.js';
import type { HallEvent, Told } from '../../src/cli/demo/model.js';
import { systemClock } from '../../src/kernel/clock.js';

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
  /** Without noise: on a machine with too much to do answers come so late that they belong to nobody. */
  const faults = () => demo.model().hub.faults.filter(({ code }) => code !== 'bus.noisy');
  const until = (what: () => unknown) => expect.poll(what, { timeout: 25_000, interval: 50 });
  const board = (window: string) =>
    demo
      .model()
      .windows.find((row) => row.window === window)
      ?.board.text.trim();
  return { demo, clock, folders, told, events, faults, until, board };
}

describe('the demo hall', () => {
  it('calls visitors to boards, tells a dead board in words until it is back, and leaves nothing', {
    timeout: 60_000,
  }, async () => {
    const { demo, clock, folders, events, faults, until, board } = await demoHall();
    await until(() => events('ticket.called').length).toBeGreaterThanOrEqual(4);
    // Each board shows what the hub says.
    await until(() => {
      const { windows } = demo.model().hub;
      return [...windows].filter(([name, { number }]) => number !== null && number.slice(1) === board(name))
        .length;
    }).toBe(4);
    expect(demo.model().hub.windows.get('1')).toMatchObject({ state: 'serving', staff: '0317' });
    expect(demo.model().hub.queue?.lastCalled).toMatch(/^A00\d$/);

    demo.hands.board('2');
    expect(board('2')).toBe('');
    await until(() => faults().map((fault) => fault.text.en)).toEqual(['board 2 does not answer']);
    expect(faults()[0]?.action['zh-CN']).toContain('电源');
    demo.hands.board('2');
    await until(() => faults()).toEqual([]);
    await until(() => board('2')).toMatch(/^\d{3}$|^$|^-+$/);

    demo.hands.row();
    demo.hands.keypad();
    await until(() =>
      faults()
        .map((fault) => `${fault.device} ${fault.code}`)
        .sort(),
    ).toEqual(['keys-1 bus.lost', 'row bus.lost']);
    expect(faults().find((fault) => fault.device === 'row')?.affected).toHaveLength(4);
    demo.hands.row();
    demo.hands.keypad();
    await until(() => faults()).toEqual([]);

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

  it('tells in words that the paper has ended, and prints the torn ticket again under its number', {
    timeout: 60_000,
  }, async () => {
    const { demo, events, faults, until } = await demoHall();
    const { hands } = demo;
    const slips = () =>
      demo
        .model()
        .machine.slips.map(
          ({ number, whole, again }) => `${number}${whole ? '' : ' torn'}${again ? ' again' : ''}`,
        );
    // By now some wait before whoever gets the next ticket, so that it is still of use when there is paper again.
    await until(() => slips()).toContain('A009');
    hands.paper();
    expect(demo.model().machine.roll).toBe('ending');
    await until(() => demo.model().machine.roll).toBe('out');
    await until(() => faults().map(({ code }) => code)).toEqual(['printer.media-empty']);
    expect(faults()[0]?.action.en).toContain('put in a new roll');
    await until(() => demo.model().lamps.fault).toBe(true);
    expect(demo.model().hub.paper).toBe('empty');
    const torn = slips().at(-1)?.split(' ')[0];
    expect(slips().at(-1)).toBe(`${torn} torn`);

    hands.paper();
    expect(demo.model().machine.roll).toBe('in');
    await until(() => slips()).toContain(`${torn} again`);
    await until(() => faults()).toEqual([]);
    await until(() => demo.model().hub.paper).toBe('ok');
    await until(() => events('ticket.printed').find(({ data }) => data.copy === 2)?.data.number).toBe(torn);
    await until(() => slips().filter((slip) => !slip.includes('torn')).length).toBeGreaterThan(3);
    expect(demo.model().numbers.twice).toBe(0);
    expect([...demo.model().tried]).toEqual(['paper']);
  });

  it('loses nothing and gives no number twice when the power of the controller is pulled', {
    timeout: 90_000,
  }, async () => {
    const { demo, told, events, until, board } = await demoHall();
    const { hands } = demo;
    const notes = () => told.flatMap((one) => ('note' in one ? [one.note.en] : []));
    await until(() => events('ticket.called').length).toBeGreaterThanOrEqual(4);
    for (const round of [1, 2]) {
      const first = demo.model().box.pid;
      await hands.power();
      expect(demo.model().box).toMatchObject({ state: 'off', pid: undefined });
      expect(() => process.kill(first!, 0)).toThrow('ESRCH');
      await until(() => demo.model().hub.controller).toBe('lost');
      // A lamp has no power of its own; boards have.
      expect(demo.model().lamps).toEqual({ fault: false, invitation: false });
      const shown = ['1', '2', '3', '4'].map(board);
      expect(shown.join('')).toMatch(/\d/);
      await until(() => demo.model().atKiosk).toBeGreaterThan(0);
      expect(['1', '2', '3', '4'].map(board)).toEqual(shown);
      expect(demo.model().eventsKept).toBeNull();

      await hands.power();
      expect(demo.model().box.state).toBe('running');
      expect(demo.model().box.pid).not.toBe(first);
      await until(() => notes().filter((note) => note.includes('0 events lost, 0 numbers')).length).toBe(
        round,
      );
      const before = events('ticket.called').length;
      await until(() => events('ticket.called').length).toBeGreaterThan(before + 2);
    }
    const { hub, numbers } = demo.model();
    expect(hub.events).toMatchObject({ lost: 0, doubled: 0 });
    expect(numbers).toMatchObject({ twice: 0 });
    const issued = events('ticket.issued').map(({ data }) => data.number);
    expect(new Set(issued).size).toBe(issued.length);
  });

  it('takes up a power-on that comes at once after the power-off, and an end in between', {
    timeout: 60_000,
  }, async () => {
    const { demo, clock, until } = await demoHall();
    const { hands } = demo;
    const off = hands.power();
    const on = hands.power();
    await Promise.all([off, on]);
    expect(demo.model().box.state).toBe('running');
    void hands.power();
    void hands.power();
    await demo.stop();
    expect(demo.model().box.state).toBe('off');
    expect(existsSync(demo.folder)).toBe(false);
    await until(() => clock.pending()).toEqual([]);
  });

  it('has visitors sit down while they wait, and the controller knows it; buttons rate at window 1', {
    timeout: 60_000,
  }, async () => {
    const { demo, events, until } = await demoHall();
    await until(() => demo.model().seats.filter(Boolean).length).toBeGreaterThan(2);
    await until(() => demo.model().hub.seatsTaken).toBeGreaterThan(2);
    await until(() => demo.model().lamps.invitation).toBe(true);
    await until(() => events('rating.submitted').map(({ data }) => data.window)).toContain('1');
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
