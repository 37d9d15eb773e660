import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { startBroker } from '../../src/cli/demo/broker.js';
import { startDemo } from '../../src/cli/demo/demo-hall.js';
import { freePortFrom } from '../../src/cli/demo/free-port.js';
import type { HallEvent, Told } from '../../src/cli/demo/model.js';
import { thingNames } from '../../src/cli/demo/things-plan.js';
import { systemClock } from '../../src/kernel/clock.js';

// People come, and clerks call them, at their own pace.
vi.setConfig({ testTimeout: 600_000 });

const comeAndGo: readonly string[] = Object.values(thingNames);

/** A demo that is stopped after its test. Several run at once: in a hall most of the time goes by waiting. */
async function demoHall({ expect, onTestFinished }: TestContext) {
  const clock = systemClock();
  const folders: string[] = [];
  const demo = await startDemo({
    clock,
    port: 0,
    language: 'en',
    seed: 5,
    folderMade: (folder) => folders.push(folder),
  });
  onTestFinished(() => demo.stop());
  const told: Told[] = [];
  demo.onTold((one) => told.push(one));
  const events = <Type extends HallEvent['type']>(type: Type) =>
    told.flatMap((one) =>
      'event' in one && one.event.type === type ? [one.event as Extract<HallEvent, { type: Type }>] : [],
    );
  /**
   * Without noise: on a machine with too much to do answers come so late that they belong to nobody. And without what
   * comes and goes by itself, for people use things up.
   */
  const faults = () =>
    demo
      .model()
      .hub.faults.filter(
        ({ code, device }) =>
          code !== 'bus.noisy' && code !== 'hall.seats-short' && !comeAndGo.includes(device),
      );
  /** What staff are told to do meanwhile. */
  const duty = () => demo.model().hub.channelsDown[0];
  const until = (what: () => unknown) => expect.poll(what, { timeout: 60_000, interval: 50 });
  const board = (window: string) =>
    demo
      .model()
      .windows.find((row) => row.window === window)
      ?.board.text.trim();
  const heard = () => told.flatMap((one) => ('heard' in one ? [one.heard] : []));
  return { demo, clock, folders, told, events, heard, faults, duty, until, board };
}

describe('the demo hall', () => {
  it.concurrent('calls visitors to boards, tells a dead board in words until it is back, and leaves nothing', async (context) => {
    const { demo, clock, folders, events, faults, duty, until, board } = await demoHall(context);
    await until(() => events('ticket.called').length).toBeGreaterThanOrEqual(4);
    // Each board shows what the hub says.
    await until(() => {
      const { windows } = demo.model().hub;
      return [...windows].filter(([name, { number }]) => number !== null && number.slice(1) === board(name))
        .length;
    }).toBe(4);
    expect(demo.model().hub.windows.get('1')).toMatchObject({ state: 'serving', staff: '0317' });
    expect(demo.model().hub.queues.get('insurance')?.lastCalled).toMatch(/^A00\d$/);
    expect(demo.model().hub.queues.get('property')?.lastCalled).toMatch(/^B00\d$/);

    demo.hands.board('2');
    expect(board('2')).toBe('');
    await until(() => faults().map((fault) => fault.text.en)).toEqual(['board 2 does not answer']);
    expect(faults()[0]?.action['zh-CN']).toContain('电源');
    await until(() => duty()?.text.en).toBe('The board of window 2 shows nothing');
    expect(duty()?.action['zh-CN']).toMatch(/^叫号由语音、.*继续/);
    demo.hands.board('2');
    await until(() => [...faults(), duty()]).toEqual([undefined]);
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

  it.concurrent('has visitors with priority, and a tablet at window 4 that they rate on', async (context) => {
    const { demo, events } = await demoHall(context);
    // One in eight has priority, and not every visitor rates: it may take a while until it happens.
    const chance = (what: () => unknown) => context.expect.poll(what, { timeout: 240_000, interval: 100 });
    await chance(() => events('ticket.called').map(({ data }) => data.rule)).toContain('priority');
    await chance(() =>
      events('rating.submitted').map(({ data }) => `${data.window} ${data.channel}`),
    ).toContain('4 page');
    expect(events('rating.submitted').filter(({ data }) => data.quarantined)).toEqual([]);
    expect(demo.model().late.skipped).toBe(events('ticket.skipped').length);
    expect(events('command.refused')).toEqual([]);
  });

  it.concurrent('goes on calling while the broker is away, and then tells everything without a gap', async (context) => {
    const { demo, told, events, until, board } = await demoHall(context);
    await until(() => events('ticket.called').length).toBeGreaterThanOrEqual(4);
    await demo.hands.broker();
    expect(demo.model().broker.up).toBe(false);
    await until(() => demo.model().hub.connected).toBe(false);
    const before = demo.model().hub.events.sequence;
    // Calls go on, visible on the boards; the hub hears nothing, and nobody gets a ticket.
    const shown = () => ['1', '2', '3', '4'].map((window) => board(window));
    const atFirst = shown();
    const others = () => shown().filter((text, index) => /^\d+$/.test(text ?? '') && text !== atFirst[index]);
    await until(() => others().length).toBeGreaterThan(1);
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

  it.concurrent('tells in words that the paper has ended, and prints the torn ticket again under its number', async (context) => {
    const { demo, events, faults, duty, until } = await demoHall(context);
    const { hands } = demo;
    const slips = () =>
      demo
        .model()
        .machine.slips.map(
          ({ number, whole, again }) => `${number}${whole ? '' : ' torn'}${again ? ' again' : ''}`,
        );
    const waiting = () => [...demo.model().hub.queues.values()].map((queue) => queue.waiting);
    const isCalled = (number: string) => events('ticket.called').some(({ data }) => data.number === number);
    let torn = '';
    // Whoever is called before there is paper again needs none: then the next one's is looked at.
    for (let round = 0; round < 3 && !slips().includes(`${torn} again`); round++) {
      // Some wait before whoever gets the next ticket.
      await until(() => waiting().length === 2 && Math.min(...waiting()) > 2).toBe(true);
      await until(() => slips().at(-1)).toMatch(/^[AB]\d+$/);
      hands.paper();
      expect(demo.model().machine.roll).toBe('ending');
      await until(() => demo.model().machine.roll).toBe('out');
      torn = slips().at(-1)?.split(' ')[0] ?? '';
      expect(slips().at(-1)).toBe(`${torn} torn`);
      await until(() => faults().map(({ code }) => code)).toEqual(['printer.media-empty']);
      expect(faults()[0]?.action.en).toContain('put in paper');
      await until(() => demo.model().lamps.fault).toBe(true);
      expect(demo.model().hub.paper).toBe('empty');
      await until(() => duty()?.text.en).toBe('the ticket machine gives out no paper');

      hands.paper();
      expect(demo.model().machine.roll).toBe('in');
      await until(() => slips().includes(`${torn} again`) || isCalled(torn)).toBe(true);
    }
    expect(slips()).toContain(`${torn} again`);
    await until(() => faults()).toEqual([]);
    await until(() => demo.model().hub.paper).toBe('ok');
    await until(() => events('ticket.printed').find(({ data }) => data.copy === 2)?.data.number).toBe(torn);
    await until(() => slips().filter((slip) => !slip.includes('torn')).length).toBeGreaterThan(3);
    expect(demo.model().numbers.twice).toBe(0);
    expect([...demo.model().tried]).toEqual(['paper']);
  });

  it.concurrent('loses nothing and gives no number twice when the power of the controller is pulled', async (context) => {
    const { demo, told, events, until, board } = await demoHall(context);
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

  it.concurrent('takes up a power-on that comes at once after the power-off, and an end in between', async (context) => {
    const { demo, clock, until } = await demoHall(context);
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

  it.concurrent('serves its pages to a browser on this machine, whose stream tells a call as it happens', async (context) => {
    const { demo, clock, events, faults, until } = await demoHall(context);
    const { pages } = demo.model();
    expect(pages).toBe(`http://127.0.0.1:${demo.pagesPort}/`);
    const get = (path: string) => fetch(`${pages}${path}`);
    await until(async () => (await get('').catch(() => undefined))?.status).toBe(200);
    const list = await (await get('')).text();
    for (const name of ['hall-display', 'ticket-kiosk', 'window-1', 'rating-4']) {
      expect(list).toContain(`href="/${name}/"`);
      const page = await get(`${name}/`);
      expect(page.status).toBe(200);
      expect(await page.text()).toMatch(/<script/);
    }
    const browser = await get('hall-display/events');
    let stream = '';
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of browser.body!) stream += decoder.decode(chunk, { stream: true });
    })().catch(() => {});
    const before = events('ticket.called').length;
    await until(() => events('ticket.called').length).toBeGreaterThan(before + 2);
    const { number, window } = events('ticket.called').at(-1)!.data;
    await until(() => stream).toMatch(
      new RegExp(`"number":"${number}","window":\\{"zh-CN":"${window}号窗口","en":"Window ${window}"`),
    );
    // Screens of the hall have every page open: nobody is told that one is missing.
    expect(faults()).toEqual([]);
    await demo.stop();
    await reading;
    await expect(fetch(pages)).rejects.toThrow();
    await until(() => clock.pending()).toEqual([]);
  });

  it.concurrent('says each call aloud; with the voice dead the boards go on, and staff are told', async (context) => {
    const { demo, events, heard, faults, duty, until, board } = await demoHall(context);
    await until(() => heard().join()).toMatch(/[Tt]icket A zero zero .*, please go to window (one|two)/);
    await until(() => demo.model().voice.saying).toMatch(/^(Ticket|Priority ticket) [AB] zero/);
    demo.hands.voice();
    expect(demo.model().voice).toMatchObject({ powered: false, saying: undefined });
    const said = heard().length;
    await until(() => faults().map(({ text }) => text.en)).toEqual(['the voice does not answer']);
    await until(() => duty()?.text.en).toBe('The voice is silent');
    expect(duty()?.action.en).toContain('Calls go on by the window boards');
    await until(() => demo.model().lamps.fault).toBe(true);
    const before = events('ticket.called').length;
    await until(() => events('ticket.called').length).toBeGreaterThan(before + 1);
    const { window, number } = events('ticket.called').at(-1)!.data;
    await until(() => board(window)).toBe(number.slice(1));
    expect(heard()).toHaveLength(said);
    demo.hands.voice();
    await until(() => [...faults(), duty()]).toEqual([undefined]);
    await until(() => heard().length).toBeGreaterThan(said);
    expect([...demo.model().tried]).toEqual(['voice']);
  });

  it.concurrent('stops calling while the fire contact is open, shows and says the way out, and goes on afterwards', async (context) => {
    const { demo, events, heard, faults, until, board } = await demoHall(context);
    await until(() => events('ticket.called').length).toBeGreaterThanOrEqual(4);
    demo.hands.fire();
    expect(demo.model().fire).toBe(true);
    await until(() => faults().map(({ code }) => code)).toEqual(['hall.fire-alarm']);
    await until(() => ['1', '2', '3', '4'].map(board)).toEqual(['------', '------', '------', '------']);
    await until(() => heard().at(-1)).toBe('Please leave by the nearest exit now');
    const page = await fetch(`${demo.model().pages}window-1/events`);
    const reader = page.body!.getReader();
    let state = '';
    await until(async () => {
      const { value } = await reader.read();
      state += new TextDecoder().decode(value);
      return state;
    }).toContain('Please leave by the nearest exit now');
    await reader.cancel();
    const before = events('ticket.called').length;
    // Nothing but time passes: the next visitor would stand at the machine, and nobody is called.
    await until(() => demo.model().atKiosk).toBeGreaterThan(1);
    expect(events('ticket.called')).toHaveLength(before);
    expect(events('command.refused')).toEqual([]);
    expect(demo.model().windows.some((row) => row.board.wrong)).toBe(false);
    demo.hands.fire();
    await until(() => faults()).toEqual([]);
    await until(() => events('ticket.called').length).toBeGreaterThan(before + 1);
    await until(() => demo.model().atKiosk).toBe(0);
  });

  it.concurrent('tells that the kiosk printer is out of toner, also after a restart of the controller, until there is some', async (context) => {
    const { demo, events, until } = await demoHall(context);
    const { hands } = demo;
    const told = () =>
      demo.model().hub.faults.flatMap(({ device, code }) => (device === thingNames.printer ? [code] : []));
    await until(() => demo.model().hub.things.printer).toMatchObject({ paper: 'ok' });
    expect(demo.model().hub.things.printer.toner).toBeGreaterThan(60);
    hands.toner();
    expect(demo.model().tonerOut).toBe(true);
    await until(told).toEqual(['printer.marker-supply-empty']);
    await until(() => demo.model().hub.things.printer.toner).toBe(0);
    await until(() => demo.model().lamps.fault).toBe(true);
    await hands.power();
    await hands.power();
    // Found anew by a controller that has just begun, over the same network.
    const since = () => demo.model().hub.faults.find(({ device }) => device === thingNames.printer)?.session;
    await until(since).toBe(2);
    hands.toner();
    await until(told).toEqual([]);
    await until(() => demo.model().hub.things.printer.toner).toBe(100);
    expect(events('fault.cleared').map(({ data }) => data.code)).toContain('printer.marker-supply-empty');
    expect([...demo.model().tried].sort()).toEqual(['power', 'toner']);
  });

  it.concurrent('warns of a wet floor in the washroom, whose lamp calls a cleaner', async (context) => {
    const { demo, events, until } = await demoHall(context);
    const told = () =>
      demo.model().hub.faults.flatMap(({ device, code }) => (device === thingNames.washroom ? [code] : []));
    await until(() => demo.model().hub.things.washroom).toMatchObject({ due: false });
    expect(demo.model().washroomLamp).toBe(false);
    demo.hands.water();
    expect(demo.model().wet).toBe(true);
    await until(() => told().sort()).toEqual(['washroom.cleaning-due', 'washroom.floor-wet']);
    await until(() => demo.model().washroomLamp).toBe(true);
    await until(() => demo.model().wet).toBe(false);
    await until(() => events('washroom.cleaned').map(({ data }) => data.because.join())).toContain('water');
    expect(events('washroom.cleaned')[0]?.data.dueSeconds).toBeGreaterThan(5);
    await until(() => demo.model().washroomLamp).toBe(false);
    expect(told()).not.toContain('washroom.cleaning-due');
  });

  it.concurrent('counts the people who come and go by the door, as they are', async (context) => {
    const { demo, events, until } = await demoHall(context);
    await until(() => demo.model().hub.things.rollPercent).toBeGreaterThan(60);
    await until(() => demo.model().inside).toBeGreaterThan(8);
    await until(() => events('ticket.served').length).toBeGreaterThan(3);
    for (let look = 0; look < 5; look++) {
      const before = events('ticket.issued').length;
      await until(() => events('ticket.issued').length).toBeGreaterThan(before);
      // What the door has counted arrives some seconds after the people.
      await until(() => {
        const { inside, hub } = demo.model();
        const { people } = hub.room ?? {};
        return people != null && people.low <= inside && inside <= people.high;
      }).toBe(true);
    }
    const { room } = demo.model().hub;
    expect(room).toMatchObject({ seats: 14 });
    expect(room?.standing).not.toBeNull();
    // Nobody is inside twice, and those who were served have gone.
    const { inside } = demo.model();
    expect(inside).toBeLessThan(events('ticket.issued').length + demo.model().atKiosk);
  });

  it.concurrent('has visitors sit down while they wait, and the controller knows it; buttons rate at window 1', async (context) => {
    const { demo, events, until } = await demoHall(context);
    await until(() => demo.model().seats.filter(Boolean).length).toBeGreaterThan(2);
    await until(() => demo.model().hub.room?.taken).toBeGreaterThan(2);
    await until(() => demo.model().lamps.invitation).toBe(true);
    // Not every visitor rates, and not every one at window 1.
    const rated = () => events('rating.submitted').map(({ data }) => data.window);
    await context.expect.poll(rated, { timeout: 240_000, interval: 50 }).toContain('1');
  });
});

describe('a free port', () => {
  it('takes the port after its broker for its pages, or the next that is free', async ({
    onTestFinished,
  }) => {
    const first = await freePortFrom(20_000 + (process.pid % 10_000));
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(first + 1, '127.0.0.1', resolve));
    const running = await startDemo({ clock: systemClock(), port: first, language: 'en', seed: 1 });
    onTestFinished(() => running.stop());
    expect(running.port).toBe(first);
    expect(running.pagesPort).toBeGreaterThan(first + 1);
    expect(running.pagesPort).toBeLessThan(first + 20);
    taken.close();
  });

  it('is the first from a number on, and any where all of those are taken', async () => {
    const broker = await startBroker(0);
    expect(await freePortFrom(broker.port)).toBeGreaterThan(broker.port);
    expect(await freePortFrom(65_536)).toBeGreaterThan(0);
    await broker.close();
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
