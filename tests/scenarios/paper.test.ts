import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { ptyCable, type SimulatedPrinter, simulatedPrinter, tcpCable } from '../../src/simulator/index.js';
import { scenario } from './support/scenario.js';
import type { Document, VirtualHall } from './support/virtual-hall.js';
import { pause, waitFor } from './support/waiting.js';
import type { Watcher } from './support/watcher.js';

const inBothLanguages = {
  'zh-CN': expect.stringMatching(/\p{Script=Han}/u),
  en: expect.stringMatching(/\w/),
};

/** The number that stands large on a slip. */
function numberOn(printer: SimulatedPrinter, slip: number): string | undefined {
  return printer.slips[slip]?.lines.map(({ text }) => text.trim()).find((text) => /^A\d{3}$/.test(text));
}

const numbersOn = (printer: SimulatedPrinter) =>
  printer.slips.map((_, slip) => numberOn(printer, slip)).filter((number) => number !== undefined);

describe('a ticket printer on the network', () => {
  const test = scenario();

  /** A hall with printers at TCP sockets; each is on its own bus. */
  async function withPrinters(places: Readonly<Record<string, string>>) {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    const cables = new Map<string, Awaited<ReturnType<typeof tcpCable>>>();
    const printers = new Map<string, SimulatedPrinter>();
    for (const name of Object.keys(places)) {
      const cable = await tcpCable();
      test.atEnd(() => cable.close());
      cables.set(name, cable);
      printers.set(name, simulatedPrinter(cable.farEnd, systemClock()));
    }
    const document = hall.document((made) => addPrinters(made, places, (name) => cables.get(name)!.port));
    const controller = await test.run(hall, document);
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    for (const name of Object.keys(places)) {
      await watcher.see(`device/${name}`, 'with paper', ({ readings }) => readings.paper === 'ok');
    }
    const printer = (name: string) => printers.get(name)!;
    const cable = (name: string) => cables.get(name)!;
    return { hall, watcher, controller, document, printer, cable };
  }

  function addPrinters(
    document: Document,
    places: Readonly<Record<string, string>>,
    portOf: (name: string) => number,
  ): void {
    for (const [name, place] of Object.entries(places)) {
      document.buses[`wire-${name}`] = { type: 'tcp', host: '127.0.0.1', port: portOf(name) };
      document.devices[name] = { kind: 'ticket-printer', bus: `wire-${name}`, protocol: 'escpos', place };
    }
  }

  async function callAll(hall: VirtualHall, watcher: Watcher, numbers: readonly string[]) {
    for (const number of numbers) {
      hall.keys5.press('next');
      await watcher.see('window/5', number, (window) => window.number === number);
      await pause(350);
    }
  }

  it('prints each ticket, and tells its numbers to nobody before they are recorded', async () => {
    const { watcher, printer } = await withPrinters({ tickets: 'door' });
    const replies = [];
    for (let issued = 0; issued < 3; issued++) {
      replies.push(await watcher.command('ticket.issue', { queue: 'general' }));
    }
    expect(replies.map(({ result }) => [result?.number, result?.printer])).toEqual([
      ['A001', 'tickets'],
      ['A002', 'tickets'],
      ['A003', 'tickets'],
    ]);
    await waitFor('three slips', () => printer('tickets').slips.length === 3);
    expect(numbersOn(printer('tickets'))).toEqual(['A001', 'A002', 'A003']);
    expect(printer('tickets').slips.every(({ complete }) => complete)).toBe(true);
    const printed = await watcher.event('ticket.printed', 'the third', ({ data }) => data.number === 'A003');
    expect(printed.data).toMatchObject({ device: 'tickets', result: 'confirmed', copy: 1 });
  });

  it('that runs out of paper is told with what to do; a ticket cut short comes again under its number', async () => {
    const { hall, watcher, printer } = await withPrinters({ tickets: 'door' });
    printer('tickets').paper.runLow();
    const low = await watcher.see('fault/tickets/printer.media-low', 'raised');
    expect(low).toMatchObject({ status: 'maintenance-required', audience: 'maintenance' });
    await watcher.event('supply.changed', 'low', ({ data }) => data.state === 'low');
    printer('tickets').paper.endAfterLines(6);
    await watcher.command('ticket.issue', { queue: 'general' });
    const empty = await watcher.see('fault/tickets/printer.media-empty', 'raised');
    expect(empty).toMatchObject({
      status: 'failure',
      audience: 'maintenance',
      text: inBothLanguages,
      action: inBothLanguages,
    });
    const changed = await watcher.event('supply.changed', 'empty', ({ data }) => data.state === 'empty');
    expect(changed.data).toEqual({
      device: 'tickets',
      supply: 'paper',
      state: 'empty',
      levelPercent: null,
      daysLeft: null,
    });
    await watcher.seeCleared('fault/tickets/printer.media-low');
    expect(printer('tickets').slips.at(-1)?.complete ?? false).toBe(false);
    // People still get in line, and are called.
    const second = await watcher.command('ticket.issue', { queue: 'general' });
    expect(second.result).toMatchObject({ number: 'A002', printer: null });
    const before = printer('tickets').slips.length;
    printer('tickets').paper.load();
    await watcher.seeCleared('fault/tickets/printer.media-empty');
    await watcher.event(
      'ticket.printed',
      'A002',
      ({ data }) => data.result === 'confirmed' && data.number === 'A002',
    );
    const after = printer('tickets').slips.slice(before);
    const words = after.map(({ lines }) => lines.map(({ text }) => text).join());
    const check = words.findIndex((text) => text.includes('纸卷已更换'));
    // Before it comes what the printer still had of the ticket that was cut short.
    expect(check).toBeGreaterThanOrEqual(0);
    expect(numbersOn(printer('tickets')).slice(-2)).toEqual(['A001', 'A002']);
    expect(after.slice(check).every(({ complete }) => complete)).toBe(true);
    await watcher.event(
      'ticket.printed',
      'A001 again',
      ({ data }) => data.copy === 2 && data.number === 'A001',
    );
    await callAll(hall, watcher, ['A001', 'A002']);
  });

  it('that is far prints what the near one can not', async () => {
    const { watcher, printer } = await withPrinters({ near: 'door', far: 'stairs' });
    const issue = async () =>
      (await watcher.command('ticket.issue', { queue: 'general', at: 'door' })).result?.printer;
    expect(await issue()).toBe('near');
    await watcher.event('ticket.printed', 'the first', ({ data }) => data.result === 'confirmed');
    printer('near').paper.runOut();
    await watcher.see('fault/near/printer.media-empty', 'raised');
    expect(await issue()).toBe('far');
    await waitFor('the second slip', () => printer('far').slips.length === 1);
    expect(numbersOn(printer('far'))).toEqual(['A002']);
  });

  it('that vanishes in the middle of a ticket prints it again when it is back', async () => {
    const { watcher, printer, cable } = await withPrinters({ tickets: 'door' });
    printer('tickets').answerAfter(2_000);
    await watcher.command('ticket.issue', { queue: 'general' });
    await waitFor(
      'paper',
      () => printer('tickets').current.lines.length > 0 || printer('tickets').slips.length > 0,
    );
    cable('tickets').cable.cut();
    await watcher.see('fault/wire-tickets/bus.lost', 'raised');
    const failed = await watcher.event('ticket.printed', 'failed', ({ data }) => data.result === 'failed');
    expect(failed.data).toMatchObject({ number: 'A001', device: 'tickets', copy: 1 });
    printer('tickets').answerAfter(1);
    cable('tickets').cable.join();
    await watcher.seeCleared('fault/wire-tickets/bus.lost');
    const again = await watcher.event('ticket.printed', 'again', ({ data }) => data.copy === 2);
    expect(again.data).toMatchObject({ number: 'A001', result: 'confirmed' });
    expect(numbersOn(printer('tickets')).at(-1)).toBe('A001');
  });

  it('whose cable was pulled before is not said to have been given a ticket; it comes out once it is back', async () => {
    const { watcher, printer, cable } = await withPrinters({ tickets: 'door' });
    cable('tickets').cable.cut();
    await watcher.see('fault/wire-tickets/bus.lost', 'raised');
    const issued = await watcher.command('ticket.issue', { queue: 'general' });
    expect(issued.result).toMatchObject({ number: 'A001', printer: null, print: 'waiting' });
    const again = await watcher.command('ticket.reprint', { ticket: 'A001' });
    expect(again.error).toMatchObject({ code: 'printer.none' });
    cable('tickets').cable.join();
    const printed = await watcher.event('ticket.printed', 'A001', ({ data }) => data.number === 'A001');
    expect(printed.data).toMatchObject({ device: 'tickets', result: 'confirmed', copy: 1 });
    expect(numbersOn(printer('tickets'))).toEqual(['A001']);
  });

  it('gets the tickets that were not on paper when the process was killed', async () => {
    const { hall, watcher, controller, document, printer } = await withPrinters({ tickets: 'door' });
    printer('tickets').cover.open();
    await watcher.see('fault/tickets/printer.cover-open', 'raised');
    await watcher.command('ticket.issue', { queue: 'general' });
    await watcher.command('ticket.issue', { queue: 'general' });
    await controller.kill();
    printer('tickets').cover.close();
    await test.run(hall, document);
    await waitFor('both slips', () => numbersOn(printer('tickets')).length === 2);
    expect(numbersOn(printer('tickets'))).toEqual(['A001', 'A002']);
  });

  it('prints on a serial port as well, at 19200 baud, and tells of its cover', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    const cable = ptyCable({ link: `${hall.folder}/by-id/printer` });
    test.atEnd(() => cable.close());
    const printer = simulatedPrinter(cable.farEnd, systemClock());
    const document = hall.document((made) => {
      made.buses.printer = { type: 'serial', path: cable.path, baudRate: 19_200 };
      made.devices.tickets = { kind: 'ticket-printer', bus: 'printer', protocol: 'escpos' };
    });
    await test.run(hall, document);
    await watcher.see('device/tickets', 'with paper', ({ readings }) => readings.paper === 'ok');
    await watcher.command('ticket.issue', { queue: 'general' });
    const printed = await watcher.event('ticket.printed', 'A001', ({ data }) => data.number === 'A001');
    expect(printed.data).toMatchObject({ result: 'confirmed' });
    expect(numbersOn(printer)).toEqual(['A001']);
    printer.cover.open();
    await watcher.see('fault/tickets/printer.cover-open', 'raised');
    printer.cover.close();
    await watcher.seeCleared('fault/tickets/printer.cover-open');
  });

  it('that babbles harms nobody else', async () => {
    const { hall, watcher, cable } = await withPrinters({ tickets: 'door' });
    const rubbish = Uint8Array.from({ length: 200_000 }, (_, index) => (index * 7919) & 0xff);
    for (let times = 0; times < 20; times++) cable('tickets').farEnd.send(rubbish);
    await watcher.command('ticket.issue', { queue: 'general' });
    hall.keys5.press('next');
    await waitFor('the call is shown', () => hall.shows(5) === '001');
  });
});
