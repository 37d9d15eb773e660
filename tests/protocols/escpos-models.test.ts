import { afterEach, describe, expect, it } from 'vitest';
import { printer } from '../../src/devices/printer/printer.js';
import { ticketPrinter } from '../../src/devices/ticket-printer.js';
import {
  type EscposModel,
  escposModelNames,
  escposModels,
  modelDefaults,
} from '../../src/protocols/escpos-models.js';
import { readAsb } from '../../src/protocols/escpos-status.js';
import type { SimulatedPrinterOptions } from '../../src/simulator/escpos-panel.js';
import { simulatedPrinter } from '../../src/simulator/escpos-printer.js';
import { bench } from '../devices/bench.js';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

/** A ticket printer on a wire, with everything that the controller has sent to it. */
function stand(options: Readonly<Record<string, unknown>>, far: SimulatedPrinterOptions = {}) {
  const line = bench();
  const simulated = simulatedPrinter(line.farEnd, line.clock, far);
  const heard: number[] = [];
  line.farEnd.onBytes((bytes) => void heard.push(...bytes));
  const { device, reports } = line.add(ticketPrinter, 'tickets', { protocol: 'escpos', ...options });
  open.push(line);
  const print = async () => {
    const result = device.capabilities.printsTickets!.print({
      ticket: 't1',
      number: 'A001',
      matter: '户籍登记',
      priority: false,
      ahead: 3,
      issuedAt: '2026-11-22 09:03',
      copy: 1,
    });
    await line.clock.advance(30_000);
    return result;
  };
  return { ...line, printer: simulated, reports, print, hex: () => Buffer.from(heard).toString('hex') };
}

describe('the table of ESC/POS models', () => {
  it('says of each entry where it stands, in words', () => {
    for (const [name, model] of Object.entries<EscposModel>(escposModels)) {
      expect(name).toMatch(/^[a-z0-9-]{1,40}$/);
      expect(model.source).toMatch(/manual/);
      expect(model.title.length).toBeGreaterThan(3);
      const { opaque = [], answers = [1, 2, 3, 4] } = model;
      expect(
        opaque.filter((question) => answers.includes(question)),
        name,
      ).toEqual([]);
    }
  });

  it('leaves everything as Epson has it where no model is named', () => {
    expect(modelDefaults()).toEqual({
      columns: 48,
      nearEnd: 'epson',
      asb: true,
      cut: 'full',
      confirm: 'buffered',
      questions: [1, 2, 3, 4],
      opaque: [],
      asbErrorBit: 'mechanical',
    });
    expect(modelDefaults('epson-tm')).toEqual(modelDefaults());
  });

  it.each([
    ['ep-360', { nearEnd: 'bits23' }],
    ['microcom-814m', { cut: 'full' }],
    ['maxim-mob-58', { columns: 32, questions: [1, 4], opaque: [1, 4] }],
    ['custom-p80c', { questions: [2], opaque: [] }],
    ['citizen-cbm1000', { asbErrorBit: 'black-mark' }],
    ['sprt-sp-eu58iii', { columns: 32 }],
  ] as const)('knows what %s does otherwise', (name, otherwise) => {
    expect(modelDefaults(name)).toEqual({ ...modelDefaults(), ...otherwise });
  });

  it('is what both kinds of printers take', () => {
    for (const kind of [ticketPrinter, printer]) {
      const schema = JSON.stringify(kind.protocols.escpos!.options.model);
      for (const name of escposModelNames) expect(schema).toContain(`"${name}"`);
    }
  });
});

describe('the options of a ticket printer', () => {
  it('are those of its model', async () => {
    const one = stand({ model: 'sprt-sp-eu58iii' }, { columns: 32, quirks: { asbFromPowerOn: true } });
    expect(await one.print()).toEqual({ result: 'confirmed' });
    const lines = one.printer.slips.at(-1)!.lines.map(({ text }) => text);
    expect(lines.length).toBeGreaterThan(4);
    // Both languages do not fit into 32 columns on one line.
    expect(lines).toContain('前面还有 3 人');
  });

  it('win over the model where the configuration names them', async () => {
    const own = { columns: 48, cut: 'partial', nearEnd: 'epson', asb: false };
    const one = stand({ model: 'maxim-mob-58', ...own });
    await one.print();
    expect(one.hex()).toContain('1d564200');
    expect(one.hex()).not.toContain('1d564100');
    expect(one.hex()).not.toContain('1d61ff');
    const plain = stand({ model: 'microcom-814m' });
    await plain.print();
    expect(plain.hex()).toContain('1d564100');
    expect(plain.hex()).toContain('1d61ff');
  });

  it('read near end of an EP-360 by its model', async () => {
    const far = { quirks: { nearEndBits23: true, answers: [1], asb: false } } as const;
    const one = stand({ model: 'ep-360', asb: false }, far);
    one.printer.paper.runLow();
    await one.print();
    expect([...one.reports.standing.keys()]).toEqual(['printer.media-low']);
  });

  it('leave Chinese mode at the start of each job, in which an SP91 is after power-on', async () => {
    const one = stand({ model: 'sprt-sp91' }, { startsInChinese: true });
    expect(await one.print()).toEqual({ result: 'confirmed' });
    expect(one.hex()).toContain('1b401c2e');
    expect(one.printer.slips.at(-1)!.lines.some(({ text }) => text.includes('A001'))).toBe(true);
  });
});

describe('the black mark of a Citizen', () => {
  // Byte 2, bit 2 (Citizen CBM1000; protocols of the maker): mechanical error of all others.
  const block = Uint8Array.of(0x18, 0x04, 0x00, 0x00);

  it('is another error than broken mechanics', () => {
    expect(readAsb(block)).toMatchObject({ mechanicalError: true });
    expect(readAsb(block, 'black-mark')).toMatchObject({ blackMarkError: true });
    expect(readAsb(block, 'black-mark')).not.toHaveProperty('mechanicalError');
  });

  it('is told in its own words', async () => {
    const line = bench();
    const simulated = simulatedPrinter(line.farEnd, line.clock, { quirks: { answers: [1] } });
    const { reports } = line.add(ticketPrinter, 'tickets', { protocol: 'escpos', model: 'citizen-cbm1000' });
    open.push(line);
    await line.clock.advance(2_000);
    simulated.hardware.breakMechanically();
    await line.clock.advance(2_000);
    expect(reports.standing.get('printer.hardware-error')).toMatchObject({
      reason: expect.stringMatching(/^black mark/),
    });
    simulated.hardware.repair();
    await line.clock.advance(2_000);
    expect([...reports.standing.keys()]).toEqual([]);
  });
});
