import fc from 'fast-check';
import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DeviceContext } from '../../src/devices/kind.js';
import { PictureWatch } from '../../src/devices/printer/picture-watch.js';
import { printer } from '../../src/devices/printer/printer.js';
import { faultOfReason } from '../../src/devices/printer/reason-faults.js';
import { systemClock } from '../../src/kernel/clock.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { Listeners } from '../../src/kernel/listeners.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { eventTypes } from '../../src/protocols/hub/events.js';
import type { PrinterPicture, PrinterReason, PrinterSupply } from '../../src/protocols/printer-picture.js';
import type { SimulatedPrinterOptions } from '../../src/simulator/escpos-panel.js';
import { simulatedPrinter } from '../../src/simulator/escpos-printer.js';
import { simulatedIppPrinter } from '../../src/simulator/ipp-printer.js';
import { simulatedSnmpPrinter } from '../../src/simulator/snmp-printer.js';
import { ippBus } from '../../src/transports/ipp.js';
import type { BusBase, WireState } from '../../src/transports/ports.js';
import { snmpBus } from '../../src/transports/snmp.js';
import { bench, makeDevice, memory, parseDevice, RecordedReports, surroundings } from './bench.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const supply = (
  name: string,
  levelPercent: number | null,
  more: Partial<PrinterSupply> = {},
): PrinterSupply => ({
  name,
  label: '',
  group: name.startsWith('tray') ? 'media' : name.startsWith('waste') ? 'waste' : 'marker',
  type: name.replace(/-\d+$/, ''),
  levelPercent,
  state: levelPercent === null ? 'unknown' : 'ok',
  level: null,
  capacity: null,
  unit: null,
  ...more,
});

const well: PrinterPicture = {
  state: 'idle',
  reasons: [],
  supplies: [supply('tray-1', 80), supply('toner-1', 70, { label: 'Black Cartridge' })],
  pagesPrinted: 1234,
  model: 'Kiosk Laser 1',
  message: null,
};

const reasons = (...words: string[]): PrinterReason[] =>
  words.map((word) => {
    const [, keyword = word, severity = 'error'] = /^(.*)-(report|warning|error)$/.exec(word) ?? [];
    return { keyword, severity: severity as PrinterReason['severity'] };
  });

/** A bus that only has a state. */
function busWithState() {
  const listeners = new Listeners<[]>();
  let state: WireState = 'open';
  const lost = new HallwardError('wire.lost', 'absent', 'the network is down');
  const bus: BusBase = {
    name: 'net',
    get state() {
      return state;
    },
    get lostBecause() {
      return state === 'open' ? undefined : lost;
    },
    sent: 0,
    onChange: (listener) => listeners.add(listener),
    close: async () => {},
  };
  return {
    bus,
    become(next: WireState) {
      state = next;
      listeners.tell();
    },
  };
}

/** A printer that says what the test says. */
function watched(
  entry: Readonly<Record<string, unknown>> = {},
  more: Partial<DeviceContext> = {},
  clock = new VirtualClock(),
) {
  const config = parseDevice(printer, { protocol: 'snmp', bus: 'net', ...entry });
  const reports = new RecordedReports(clock);
  const kept = more.memory ?? memory();
  const context = { ...surroundings(clock), reports, memory: kept, ...more };
  const { bus, become } = busWithState();
  let says: PrinterPicture | HallwardError = well;
  let looks = 0;
  const options = config as unknown as ConstructorParameters<typeof PictureWatch>[0];
  const device = new PictureWatch(options, context, bus, async () => {
    looks++;
    if (says instanceof HallwardError) throw says;
    return says;
  });
  device.start();
  const stop = async () => {
    await device.stop();
    expect(clock.pending()).toEqual([]);
    expect(reports.crashes).toEqual([]);
    for (const { type, ...data } of reports.events) {
      v.parse(eventTypes[type as 'supply.changed'].data, { device: 'one', ...data });
    }
  };
  ends.push(stop);
  return {
    clock,
    device,
    reports,
    bus: { become },
    memory: kept,
    stop: async () => {
      ends.splice(ends.indexOf(stop), 1);
      await stop();
    },
    get looks() {
      return looks;
    },
    /** The next look finds this. */
    async says(next: Partial<PrinterPicture> | HallwardError, looksAtIt = 1) {
      says = next instanceof HallwardError ? next : { ...well, ...next };
      for (let look = 0; look < looksAtIt; look++) await clock.advance(30_000);
    },
    standing: () => [...reports.standing.keys()].sort(),
    parts: (code: string) => reports.about.get(code)?.parts,
    events: () => reports.events.map(({ supply, state, levelPercent }) => [supply, state, levelPercent]),
  };
}

const timeout = new HallwardError('snmp.timeout', 'timeout', 'no answer within 2 s', { host: '192.0.2.1' });
const garbage = new HallwardError('snmp.garbled', 'garbled', 'an answer that is no SNMP', { bytes: '00 01' });

describe('a printer that is watched', () => {
  it('shows what it says of itself', async () => {
    const one = watched({}, { language: 'en' });
    await one.says({
      message: 'Ready',
      supplies: [...well.supplies, supply('waste-toner-2', 25), supply('drum-3', null)],
    });
    expect(one.reports.now).toEqual({
      state: 'idle',
      reasons: 'none',
      paper: 'ok',
      levelPercent: 70,
      supplies: 'tray-1 80 %, Black Cartridge 70 %, waste-toner-2 25 % room, drum-3 ?',
      pagesPrinted: 1234,
      cover: 'closed',
      message: 'Ready',
    });
    expect(Object.keys(one.reports.now).sort()).toEqual(Object.keys(printer.readings).sort());
    expect(one.standing()).toEqual([]);
    expect(one.reports.alives.length).toBeGreaterThan(0);
  });

  it('has no reading that nobody knows', async () => {
    const one = watched();
    await one.says({ state: null, reasons: null, supplies: [], pagesPrinted: null, message: null });
    expect(Object.values(one.reports.now).every((reading) => reading === null)).toBe(true);
    expect(one.standing()).toEqual([]);
    await one.says({ state: null, reasons: null, supplies: [supply('tray-1', null, { state: 'some' })] });
    expect(one.reports.now).toMatchObject({ paper: 'ok', cover: null, levelPercent: null, state: null });
  });

  const matters: [string, Partial<PrinterPicture>, string[]][] = [
    ['an empty tray', { supplies: [supply('tray-1', 0)] }, ['printer.media-empty']],
    ['a low tray', { supplies: [supply('tray-1', 9)] }, ['printer.media-low']],
    ['no paper', { reasons: reasons('media-empty-error') }, ['printer.media-empty']],
    ['no paper, without a suffix', { reasons: reasons('media-empty') }, ['printer.media-empty']],
    ['paper that is wanted', { reasons: reasons('media-needed-error') }, ['printer.media-empty']],
    ['low toner', { supplies: [supply('toner-1', 10)] }, ['printer.marker-supply-low']],
    ['no toner', { supplies: [supply('toner-1', 1)] }, ['printer.marker-supply-empty']],
    ['low toner by its word', { reasons: reasons('toner-low-report') }, ['printer.marker-supply-low']],
    ['an open cover', { reasons: reasons('cover-open-warning') }, ['printer.cover-open']],
    ['an open door, as CUPS says it', { reasons: reasons('door-open-report') }, ['printer.cover-open']],
    ['a jam', { reasons: reasons('media-jam-warning') }, ['printer.media-jam']],
    ['a tray that was taken out', { reasons: reasons('input-tray-missing') }, ['printer.cover-open']],
    ['a full waste container', { reasons: reasons('marker-waste-full-error') }, ['printer.waste-full']],
    [
      'one that is nearly full, and full of another',
      { reasons: reasons('marker-waste-almost-full-warning', 'marker-waste-full-warning') },
      ['printer.waste-full'],
    ],
    ['a full output tray', { reasons: reasons('output-area-full-error') }, ['printer.output-full']],
    ['a queue that is paused', { state: 'stopped', reasons: reasons('paused') }, ['printer.offline']],
    ['a disk that is full', { reasons: reasons('spool-area-full') }, ['printer.offline']],
    ['one that just stands', { state: 'stopped', reasons: [] }, ['printer.offline']],
    ['a drum that is worn', { reasons: reasons('opc-near-eol-report') }, ['printer.service-needed']],
    ['a fuser that is worn', { supplies: [supply('fuser-1', 0)] }, ['printer.service-needed']],
    [
      'an error of its own',
      { state: 'stopped', reasons: reasons('com-maker-belt-error') },
      ['printer.hardware-error'],
    ],
    ['a broken motor', { reasons: reasons('motor-failure-error') }, ['printer.hardware-error']],
    ['a stuck cutter', { reasons: reasons('separation-cutter-jam-error') }, ['printer.cutter-error']],
    [
      'a cover that is open while paper is jammed',
      { state: 'stopped', reasons: reasons('cover-open-error', 'media-jam-error', 'other') },
      ['printer.cover-open', 'printer.media-jam'],
    ],
  ];

  it.each(matters)('finds %s, as one fault, and that it is over', async (_, picture, codes) => {
    const one = watched();
    await one.says({});
    await one.says(picture);
    expect(one.standing()).toEqual(codes);
    await one.says(picture, 5);
    expect(one.reports.faults.filter((said) => said.startsWith('raised'))).toHaveLength(codes.length);
    for (const code of codes) {
      const declared = printer.faults.find((fault) => fault.code === code);
      expect(declared, code).toBeDefined();
      const evidence = one.reports.standing.get(code) ?? {};
      for (const text of [declared!.text.en, declared!.text['zh-CN'], declared!.action.en]) {
        for (const [, name = ''] of text.matchAll(/\{(\w+)\}/g))
          if (name !== 'device') expect(evidence[name], `${code} {${name}}`).toBeTruthy();
      }
    }
    await one.says({});
    expect(one.standing()).toEqual([]);
  });

  it.each([
    ['a remark about paper', reasons('media-low-report', 'output-area-almost-full-warning')],
    ['a bit that makers set at will', reasons('offline-report', 'service-needed-report')],
    ['an unknown warning', reasons('com-maker-belt-warning')],
    ['an unknown error of a printer that goes on', reasons('com-maker-belt-error', 'other')],
    ['warming up', reasons('fuser-under-temp-warning')],
    ['a closed cover', reasons('cover-closed-warning', 'none')],
    ['a jam of its scanner', reasons('scanner-media-path-jam-error')],
  ])('says nothing of %s', async (_, list) => {
    const one = watched();
    await one.says({ reasons: list }, 3);
    expect(one.standing()).toEqual([]);
  });

  it('makes no fault of a level that nobody knows', async () => {
    const one = watched();
    const vague = ['some', 'unknown'] as const;
    for (const state of vague) {
      await one.says(
        { supplies: [supply('tray-1', null, { state }), supply('toner-1', null, { state })] },
        4,
      );
      expect(one.standing()).toEqual([]);
      expect(one.reports.now.levelPercent).toBeNull();
    }
  });

  it('says which supply, and one fault by level and word together', async () => {
    const one = watched();
    const colours = (black: number, cyan: number) => [
      supply('toner-1', black, { label: 'Black' }),
      supply('toner-2', cyan, { label: 'Cyan' }),
    ];
    await one.says({ supplies: colours(8, 50), reasons: reasons('marker-supply-low-warning') });
    expect(one.standing()).toEqual(['printer.marker-supply-low']);
    expect(one.parts('printer.marker-supply-low')).toEqual(['toner-1']);
    expect(one.reports.standing.get('printer.marker-supply-low')).toMatchObject({ supplies: 'Black' });
    await one.says({ supplies: colours(8, 6) });
    expect(one.parts('printer.marker-supply-low')).toEqual(['toner-1', 'toner-2']);
    await one.says({ supplies: colours(0, 6), reasons: reasons('marker-supply-empty-warning') });
    expect(one.standing()).toEqual(['printer.marker-supply-empty', 'printer.marker-supply-low']);
    expect(one.parts('printer.marker-supply-empty')).toEqual(['toner-1']);
    expect(one.parts('printer.marker-supply-low')).toEqual(['toner-2']);
    // "Low", without a name, beside one that is empty, is that one.
    await one.says({ supplies: colours(0, 50), reasons: reasons('toner-low-warning') });
    expect(one.standing()).toEqual(['printer.marker-supply-empty']);
    // "Empty", without a name, is the one that has the least.
    await one.says({ supplies: colours(4, 50), reasons: reasons('marker-supply-empty-error') });
    expect(one.standing()).toEqual(['printer.marker-supply-empty']);
    expect(one.parts('printer.marker-supply-empty')).toEqual(['toner-1']);
  });

  it('sends nobody to a slot that was never filled, or to an empty tray beside a full one as if nothing came out', async () => {
    const one = watched();
    const trays = (first: number, second: number | null) => ({
      supplies: [supply('tray-1', first), supply('tray-2', second)],
    });
    await one.says({ ...trays(80, 0), reasons: reasons('media-empty-warning') }, 3);
    expect(one.standing()).toEqual([]);
    await one.says(trays(80, 60));
    await one.says({ ...trays(80, 0), reasons: reasons('media-empty-warning') });
    expect(one.standing()).toEqual(['printer.media-low']);
    expect(one.parts('printer.media-low')).toEqual(['tray-2']);
    await one.says(trays(0, 0));
    expect(one.standing()).toEqual(['printer.media-empty']);
    expect(one.reports.now.paper).toBe('empty');
    // The other one may have some.
    await one.says(trays(0, null));
    expect(one.standing()).toEqual(['printer.media-low']);
    await one.says({ ...trays(0, null), reasons: reasons('media-empty-warning') });
    expect(one.standing()).toEqual(['printer.media-empty']);
  });

  it('watches the supplies that it is told to, and says so where there is none of that name', async () => {
    const warnings: unknown[] = [];
    const log = {
      ...surroundings(new VirtualClock()).log,
      warn: (about: object) => void warnings.push(about),
    };
    const one = watched({ supplies: ['tray-2', 'toner-9'], lowPercent: 20 }, { log });
    await one.says({ supplies: [supply('tray-1', 0), supply('tray-2', 50), supply('toner-1', 0)] }, 3);
    expect(one.standing()).toEqual([]);
    expect(warnings).toEqual([{ missing: ['toner-9'], names: ['tray-1', 'tray-2', 'toner-1'] }]);
    await one.says({ supplies: [supply('tray-1', 90), supply('tray-2', 19)] });
    expect(one.standing()).toEqual(['printer.media-low']);
    await one.says({ supplies: [supply('tray-1', 90), supply('tray-2', 0)] });
    expect(one.standing()).toEqual(['printer.media-empty']);
  });

  it('does not flicker at the limit', async () => {
    const one = watched();
    for (const level of [11, 10, 11, 12, 10, 11, 9]) await one.says({ supplies: [supply('toner-1', level)] });
    const raised = one.reports.faults.filter((fault) => fault.startsWith('raised'));
    expect(raised).toEqual(['raised printer.marker-supply-low']);
    expect(one.standing()).toEqual(['printer.marker-supply-low']);
    await one.says({ supplies: [supply('toner-1', 13)] });
    expect(one.standing()).toEqual([]);
  });
});

describe('supplies of a printer', () => {
  const toner = (level: number | null, state?: PrinterSupply['state']) => ({
    supplies: [supply('toner-1', level, state === undefined ? {} : { state })],
  });

  it('are told when their state changes, at each five percent, and when they are refilled', async () => {
    const one = watched();
    for (let level = 30; level >= 0; level--) await one.says(toner(level));
    await one.says(toner(100));
    expect(one.events()).toEqual([
      ['toner-1', 'ok', 30],
      ['toner-1', 'ok', 25],
      ['toner-1', 'ok', 20],
      ['toner-1', 'ok', 15],
      ['toner-1', 'low', 10],
      ['toner-1', 'low', 5],
      ['toner-1', 'empty', 1],
      ['toner-1', 'ok', 100],
    ]);
    const kept = one.memory as ReturnType<typeof memory>;
    expect(kept.writes).toBeLessThanOrEqual(one.reports.events.length);
  });

  it('write nothing to the card while nothing happens', async () => {
    const one = watched();
    await one.says({});
    const { writes } = one.memory as ReturnType<typeof memory>;
    await one.says({}, 500);
    expect((one.memory as ReturnType<typeof memory>).writes).toBe(writes);
    expect(one.reports.events).toHaveLength(2);
  });

  it('are not told anew after a restart', async () => {
    const first = watched();
    await first.says(toner(40));
    await first.stop();
    const kept = first.memory.get();
    const second = watched({}, { memory: memory(kept) });
    await second.says(toner(70), 2);
    await second.says(toner(69), 2);
    expect(second.events().filter(([name]) => name === 'toner-1')).toEqual([['toner-1', 'ok', 70]]);
  });

  it('are not told to be unknown because the printer sleeps', async () => {
    const one = watched();
    await one.says({});
    await one.says({ supplies: [supply('tray-1', 80)] }, 100);
    await one.says({});
    await one.says({ supplies: [supply('tray-1', 80), supply('toner-1', null, { state: 'some' })] }, 2);
    await one.says({});
    expect(one.reports.events).toHaveLength(2);
    await one.says({ supplies: [supply('tray-1', 80)] }, 122);
    expect(one.events().at(-1)).toEqual(['toner-1', 'unknown', null]);
  });

  it('say for how many days they last, also after a restart', async () => {
    const clock = new VirtualClock('2026-11-23T01:00:00.000Z');
    const more = {
      localMinutes: () => Math.floor(clock.wallMilliseconds() / 60_000 + 480) % 1440,
      memory: memory(),
    };
    const one = watched({ pollMilliseconds: 600_000 }, more, clock);
    for (let level = 100; level >= 40; level -= 2) {
      // 10 % a day: 2 % each 4.8 hours, all round the clock
      await one.says(toner(level), 0);
      await clock.advance(4.8 * 3_600_000);
    }
    const last = one.reports.events.filter(({ supply: name }) => name === 'toner-1').at(-1);
    expect(last).toMatchObject({ levelPercent: expect.any(Number) });
    const { low, median, high } = last!.daysLeft as { low: number; median: number; high: number };
    expect(low).toBeGreaterThanOrEqual(3);
    expect(high).toBeLessThanOrEqual(6);
    expect(median).toBeGreaterThanOrEqual(low);
    await one.stop();
    const again = watched({ pollMilliseconds: 600_000 }, more, clock);
    await again.says(toner(30));
    await clock.advance(600_000);
    expect(again.reports.events.at(-1)).toMatchObject({ levelPercent: 30, daysLeft: { median: 3 } });
  });

  it('begin anew where somebody says that one was replaced', async () => {
    const one = watched();
    await one.says({});
    const { supplyReplaced } = one.device.capabilities.maintained;
    expect(supplyReplaced('toner-7')).toBe(false);
    expect(supplyReplaced(null)).toBe(false); // which of the two?
    expect(supplyReplaced('toner-1')).toBe(true);
    expect(one.events().at(-1)).toEqual(['toner-1', 'ok', 70]);
    await one.says(toner(100));
    expect(supplyReplaced(null)).toBe(true);
  });

  it('of a printer that makes up new ones at each look fill neither memory nor card', async () => {
    const one = watched();
    for (let look = 0; look < 60; look++) {
      const supplies = Array.from({ length: 64 }, (_, at) =>
        supply(`toner-${look}-${at}`, (look * 7 + at) % 101),
      );
      await one.says({ supplies });
    }
    expect(JSON.stringify(one.memory.get()).length).toBeLessThan(8_000);
    expect(String(one.reports.now.supplies).length).toBeLessThan(1_000);
    expect(one.reports.events).toHaveLength(60);
    await one.clock.advance(3_600_000);
    await one.says({});
    expect(one.events().slice(60)).toContainEqual(['tray-1', 'ok', 80]);
  });

  it('are read from whatever the storage holds', async () => {
    for (const kept of [
      null,
      7,
      { supplies: 'all' },
      { supplies: [{ name: '../x' }, null, { name: 'toner-1', state: 'ok', level: 900, filled: true }] },
    ]) {
      const one = watched({}, { memory: memory(kept) });
      await one.says({});
      expect(one.events()).toEqual([
        ['tray-1', 'ok', 80],
        ['toner-1', 'ok', 70],
      ]);
      await one.stop();
    }
  });
});

describe('a printer that says nothing that can be used', () => {
  it('is unresponsive after three looks, knows nothing any more, and comes back by itself', async () => {
    const one = watched();
    await one.says({ reasons: reasons('cover-open') });
    expect(one.standing()).toEqual(['printer.cover-open']);
    await one.says(timeout, 0);
    await one.clock.advance(30_000 + 3_999);
    expect(one.reports.silences).toEqual([]);
    await one.clock.advance(4_002);
    expect(one.reports.silences).toHaveLength(1);
    expect(one.reports.silences[0]!.evidence).toMatchObject({
      polls: 3,
      code: 'snmp.timeout',
      host: '192.0.2.1',
    });
    expect(Object.values(one.reports.now).every((reading) => reading === null)).toBe(true);
    expect(one.standing()).toEqual([]);
    const { alives } = one.reports;
    const before = alives.length;
    await one.says({}, 0);
    await one.clock.advance(4_001);
    expect(alives.length).toBe(before + 1);
    expect(one.reports.now).toMatchObject({ state: 'idle', paper: 'ok' });
  });

  it('has a bad reading where it answers garbage, and is silent where it then falls silent', async () => {
    const one = watched();
    await one.says({});
    await one.says(garbage, 2);
    expect(one.standing()).toEqual(['device.bad-reading']);
    expect(one.reports.standing.get('device.bad-reading')).toMatchObject({
      reason: 'an answer that is no SNMP',
    });
    expect(one.reports.now.state).toBeNull();
    expect(one.reports.silences).toEqual([]);
    await one.says(timeout, 2);
    expect(one.standing()).toEqual([]);
    expect(one.reports.silences).toHaveLength(1);
    await one.says(garbage, 2);
    await one.says({});
    expect(one.standing()).toEqual([]);
    expect(one.reports.now.state).toBe('idle');
  });

  it('clears what an earlier life of it has raised', async () => {
    const one = watched();
    one.reports.raise('printer.media-jam', {});
    one.reports.raise('printer.media-low', {});
    await one.says({ reasons: reasons('media-low-warning') });
    expect(one.standing()).toEqual(['printer.media-low']);
  });

  it('is not both silent and garbled, nor silent on a lost bus', async () => {
    const one = watched();
    await one.says({});
    one.reports.raise('device.unresponsive', {});
    await one.says(garbage, 3);
    expect(one.standing()).toEqual(['device.bad-reading']);
    await one.says(timeout, 3);
    one.reports.raise('device.unresponsive', {});
    one.bus.become('lost');
    await one.clock.advance(30_000);
    expect(one.standing()).toEqual([]);
  });

  it('has no fault of its own while the bus is lost', async () => {
    const one = watched();
    await one.says({});
    one.bus.become('lost');
    await one.says(timeout, 3);
    expect(one.reports.silences).toEqual([]);
    expect(one.standing()).toEqual([]);
    expect(one.reports.now.state).toBeNull();
    one.bus.become('open');
    await one.says({});
    expect(one.reports.now.state).toBe('idle');
  });

  it('never crashes, and never says what it does not know, whatever it says', async () => {
    const picture = fc.record({
      state: fc.constantFrom('idle', 'processing', 'stopped', null),
      reasons: fc.oneof(
        fc.constant(null),
        fc.array(
          fc.record({
            keyword: fc.oneof(
              fc.constantFrom(
                'media-empty',
                'media-low',
                'toner-low',
                'toner-empty',
                'other',
                'paused',
                'opc-life-over',
              ),
              fc.string({ maxLength: 64 }),
            ),
            severity: fc.constantFrom('report', 'warning', 'error'),
          }),
          { maxLength: 30 },
        ),
      ),
      supplies: fc.array(
        fc
          .tuple(
            fc.constantFrom('tray-1', 'tray-2', 'toner-1', 'toner-2', 'waste-toner-1', 'opc-1', 'staples-1'),
            fc.option(fc.integer({ min: 0, max: 100 })),
            fc.constantFrom('ok', 'low', 'empty', 'some', 'unknown'),
          )
          .map(([name, level, state]) =>
            supply(name, level, { state: level === null && state === 'ok' ? 'some' : state }),
          ),
        { maxLength: 7 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(picture, { maxLength: 20 }), async (pictures) => {
        const one = watched();
        for (const each of pictures) {
          await one.says(each);
          const standing = one.standing();
          expect(standing.every((code) => printer.faults.some((fault) => fault.code === code))).toBe(true);
          const both = ['printer.media-empty', 'printer.media-low'].filter((code) => standing.includes(code));
          expect(both.length).toBeLessThan(2);
          if (standing.includes('printer.offline'))
            expect(
              standing.filter(
                (code) => printer.faults.find((fault) => fault.code === code)?.status === 'failure',
              ),
            ).toHaveLength(1);
          if (each.state === 'stopped')
            expect(
              standing.some(
                (code) => printer.faults.find((fault) => fault.code === code)?.status === 'failure',
              ),
            ).toBe(true);
          if (each.reasons === null && each.supplies.length === 0) expect(one.reports.now.paper).toBeNull();
        }
        await one.stop();
      }),
      { numRuns: 60 },
    );
  });
});

describe('the words of a printer', () => {
  it('are found by their pattern, the first that fits', () => {
    const fault = (word: string) => {
      const [one] = reasons(word);
      return faultOfReason(one!.keyword, one!.severity);
    };
    expect(fault('marker-ink-almost-empty-warning')).toBe('printer.marker-supply-low');
    expect(fault('marker-ink-empty-warning')).toBe('printer.marker-supply-empty');
    expect(fault('toner-empty-report')).toBe('printer.marker-supply-low');
    expect(fault('marker-waste-toner-receptacle-almost-full-warning')).toBe('printer.waste-almost-full');
    expect(fault('marker-waste-ink-receptacle-full-error')).toBe('printer.waste-full');
    expect(fault('marker-toner-cartridge-missing-error')).toBe('printer.marker-supply-empty');
    expect(fault('marker-supply-missing-error')).toBe('printer.marker-supply-empty');
    expect(fault('marker-fuser-missing-error')).toBe('printer.hardware-error');
    expect(fault('media-path-input-jam-error')).toBe('printer.media-jam');
    expect(fault('stapler-jam-report')).toBeNull();
    expect(fault('trimmer-cover-open-warning')).toBe('printer.cover-open');
    expect(fault('input-tray-elevation-failure-error')).toBe('printer.hardware-error');
    expect(fault('fuser-life-almost-over-report')).toBe('printer.service-needed');
    expect(fault('none')).toBeNull();
    expect(fault('com-maker-thing')).toBeUndefined();
    for (const odd of ['', '-', '*', 'jam', '-jam', 'marker-', 'cutter', '__proto__', 'constructor'])
      expect(() => faultOfReason(odd, 'error')).not.toThrow();
    expect(faultOfReason('__proto__', 'error')).toBeUndefined();
  });
});

describe('the configuration of a printer', () => {
  const problems = (entry: object) =>
    printer.protocols.snmp!.problems!(parseDevice(printer, { protocol: 'snmp', bus: 'net', ...entry }));

  it('has limits that are in order', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ lowPercent: 10, emptyPercent: 10 })).toEqual([
      { path: ['emptyPercent'], message: '10 is not below lowPercent, which is 10' },
    ]);
    expect(problems({ lowPercent: 0, emptyPercent: 0 })).toEqual([]);
  });

  it('says what each protocol needs', () => {
    expect(() => parseDevice(printer, { protocol: 'snmp', bus: 'net', supplies: [] })).toThrow();
    expect(() => parseDevice(printer, { protocol: 'ipp', bus: 'net', pollMilliseconds: 500 })).toThrow();
    expect(() => parseDevice(printer, { protocol: 'escpos', bus: 'row', supplies: 'all' })).toThrow();
    expect(parseDevice(printer, { protocol: 'escpos', bus: 'row', model: 'ep-360' })).toMatchObject({
      pollMilliseconds: 2_000,
    });
  });
});

/** Moves the device's time on until it is so; the network takes its own time. */
async function until(clock: VirtualClock, done: () => void): Promise<void> {
  await vi.waitFor(
    async () => {
      await clock.advance(500);
      done();
    },
    { timeout: 15_000, interval: 20 },
  );
}

describe('over SNMP a printer', () => {
  it('is watched, lost and found again', async () => {
    const far = await simulatedSnmpPrinter();
    const bus = snmpBus(
      'net',
      { host: '127.0.0.1', port: far.port, version: '2c', timeoutMilliseconds: 300, retries: 0 },
      systemClock(),
    );
    const clock = new VirtualClock();
    const { device, reports } = makeDevice(
      printer,
      'kiosk',
      { protocol: 'snmp', bus: 'net', pollMilliseconds: 1_000 },
      bus,
      clock,
    );
    ends.push(async () => {
      await device.stop();
      await bus.close();
      await far.close();
    });
    device.start();
    await until(clock, () =>
      expect(reports.now).toMatchObject({
        state: 'idle',
        paper: 'ok',
        levelPercent: 70,
        pagesPrinted: 1_234,
      }),
    );
    expect([...reports.standing]).toEqual([]);
    expect(reports.now.supplies).toMatch(/70 %.*80 % 剩余空间/);
    far.paper.runOut();
    await until(clock, () => expect([...reports.standing.keys()]).toEqual(['printer.media-empty']));
    far.paper.load();
    far.cover.open();
    far.supply('black').set(7);
    await until(clock, () =>
      expect([...reports.standing.keys()].sort()).toEqual([
        'printer.cover-open',
        'printer.marker-supply-low',
      ]),
    );
    far.cover.close();
    far.supply('black').set('unknown');
    await until(clock, () => expect([...reports.standing.keys()]).toEqual([]));
    far.jam();
    await until(clock, () => expect([...reports.standing.keys()]).toEqual(['printer.media-jam']));
    far.free();
    far.power.off();
    await until(clock, () => expect(reports.silences).toHaveLength(1));
    expect(Object.values(reports.now).every((reading) => reading === null)).toBe(true);
    far.power.on();
    await until(clock, () => expect(reports.now.state).toBe('idle'));
    expect(reports.crashes).toEqual([]);
  }, 60_000);
});

describe('over IPP a printer', () => {
  it('is watched, garbled, lost and found again', async () => {
    const far = await simulatedIppPrinter();
    const bus = ippBus('net', { url: far.url, timeoutMilliseconds: 1_000 }, systemClock());
    const clock = new VirtualClock();
    const { device, reports } = makeDevice(
      printer,
      'kiosk',
      { protocol: 'ipp', bus: 'net', pollMilliseconds: 1_000 },
      bus,
      clock,
    );
    ends.push(async () => {
      await device.stop();
      await bus.close();
      await far.close();
    });
    device.start();
    await until(clock, () =>
      expect(reports.now).toMatchObject({ state: 'idle', reasons: 'none', paper: 'ok', levelPercent: 70 }),
    );
    expect([...reports.standing]).toEqual([]);
    far.paper.runOut();
    await until(clock, () => expect([...reports.standing.keys()]).toEqual(['printer.media-empty']));
    far.paper.load();
    far.marker('black').set(0);
    await until(clock, () => expect([...reports.standing.keys()]).toEqual(['printer.marker-supply-empty']));
    far.marker('black').set('some');
    far.jam();
    await until(clock, () => expect([...reports.standing.keys()]).toEqual(['printer.media-jam']));
    far.free();
    far.state('stopped');
    await until(clock, () => expect([...reports.standing.keys()]).toEqual(['printer.offline']));
    far.state('idle');
    far.garble(true);
    await until(clock, () => expect([...reports.standing.keys()]).toEqual(['device.bad-reading']));
    expect(reports.now.state).toBeNull();
    far.garble(false);
    await until(clock, () => expect(reports.now.state).toBe('idle'));
    await far.power.off();
    await until(clock, () => expect(reports.now.state).toBeNull());
    await far.power.on();
    await until(clock, () => expect(reports.now.state).toBe('idle'));
    expect([...reports.standing.keys()]).toEqual([]);
    expect(reports.crashes).toEqual([]);
  }, 60_000);
});

describe('over ESC/POS a printer', () => {
  function stand(far: SimulatedPrinterOptions = {}, options: Readonly<Record<string, unknown>> = {}) {
    const line = bench();
    const simulated = simulatedPrinter(line.farEnd, line.clock, far);
    const { device, reports } = line.add(printer, 'kiosk', { protocol: 'escpos', ...options });
    ends.push(async () => {
      await line.stop();
      expect(line.clock.pending()).toEqual([]);
      expect(line.listenerCount()).toBe(0);
      expect(reports.crashes).toEqual([]);
    });
    return { ...line, printer: simulated, device, reports, standing: () => [...reports.standing.keys()] };
  }

  it('is asked how it is, and nothing is printed', async () => {
    const one = stand();
    await one.clock.advance(3_000);
    expect(one.reports.now).toEqual({
      state: 'idle',
      reasons: 'none',
      paper: 'ok',
      levelPercent: null,
      supplies: null,
      pagesPrinted: null,
      cover: 'closed',
      message: null,
    });
    one.printer.paper.runLow();
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual(['printer.media-low']);
    expect(one.reports.about.get('printer.media-low')?.parts).toEqual(['paper']);
    one.printer.paper.runOut();
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual(['printer.media-empty']);
    expect(one.reports.now).toMatchObject({ state: 'stopped', reasons: 'media-empty', paper: 'empty' });
    expect(one.reports.standing.get('printer.media-empty')).toEqual({ reason: 'paper end' });
    one.printer.paper.load();
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual([]);
    expect(one.reports.events.map(({ supply: name, state }) => `${name} ${state}`)).toEqual([
      'paper ok',
      'paper low',
      'paper empty',
      'paper ok',
    ]);
    expect(one.printer.slips).toEqual([]);
    expect(one.printer.current.lines).toEqual([]);
    expect(one.device.capabilities.maintained?.supplyReplaced?.(null, null)).toBe(true);
  });

  it('does not flicker where its near-end sensor does', async () => {
    const one = stand();
    await one.clock.advance(3_000);
    const changes = () => one.reports.events.map(({ state }) => state);
    for (let turn = 0; turn < 20; turn++) {
      one.printer.paper.runLow();
      await one.clock.advance(7_000);
      one.printer.paper.endAfterLines(1_000);
      await one.clock.advance(5_000);
    }
    expect(changes()).toEqual(['ok', 'low']);
    expect(one.reports.faults.filter((fault) => fault === 'raised printer.media-low')).toHaveLength(1);
    // Another roll is believed at once.
    one.printer.paper.load();
    await one.clock.advance(5_000);
    expect(changes()).toEqual(['ok', 'low', 'ok']);
    expect(one.standing()).toEqual([]);
  });

  it('believes that it has enough again where it says so for ten seconds, and after a flicker for ten minutes', async () => {
    const one = stand();
    const isLowThenEnough = async () => {
      one.printer.paper.runLow();
      await one.clock.advance(5_000);
      one.printer.paper.endAfterLines(1_000);
    };
    await isLowThenEnough();
    await one.clock.advance(5_000);
    expect(one.reports.now.paper).toBe('low');
    await one.clock.advance(10_000);
    expect(one.reports.now.paper).toBe('ok');
    await isLowThenEnough();
    await one.clock.advance(590_000);
    expect(one.reports.now.paper).toBe('low');
    await one.clock.advance(15_000);
    expect(one.reports.now.paper).toBe('ok');
    // Ten minutes later it is no flicker any more.
    await one.clock.advance(600_000);
    await isLowThenEnough();
    await one.clock.advance(15_000);
    expect(one.reports.now.paper).toBe('ok');
  });

  it('is unresponsive once it is switched off, and comes back by itself', async () => {
    const one = stand();
    await one.clock.advance(3_000);
    one.printer.cover.open();
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual(['printer.cover-open']);
    one.printer.power.off();
    await one.clock.advance(12_000);
    expect(one.reports.silences.length).toBeGreaterThan(0);
    expect(Object.values(one.reports.now).every((reading) => reading === null)).toBe(true);
    expect(one.standing()).toEqual([]);
    one.printer.cover.close();
    one.printer.power.on();
    await one.clock.advance(5_000);
    expect(one.reports.now.state).toBe('idle');
    expect(one.reports.events.map(({ state }) => state)).toEqual(['ok']);
  });

  it('makes no reading of noise', async () => {
    const one = stand();
    await one.clock.advance(3_000);
    one.cable.noise(1);
    await one.clock.advance(20_000);
    one.cable.noise(0);
    await one.clock.advance(5_000);
    expect(one.reports.now).toMatchObject({ state: 'idle', paper: 'ok', cover: 'closed' });
    expect(one.standing()).toEqual([]);
  });

  it('is asked only what its model answers', async () => {
    const one = stand({ quirks: { answers: [2], asb: false } }, { model: 'custom-p80c', asb: false });
    await one.clock.advance(10_000);
    expect(new Set(one.printer.asked)).toEqual(new Set([2]));
    one.printer.cover.open();
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual(['printer.cover-open']);
  });

  it('proves that it lives by answers that nobody can read, and no more', async () => {
    const one = stand({ quirks: { asb: false } }, { model: 'maxim-mob-58' });
    one.printer.paper.runOut();
    await one.clock.advance(10_000);
    expect(new Set(one.printer.asked)).toEqual(new Set([1, 4]));
    expect(one.reports.alives.length).toBeGreaterThan(0);
    expect(one.reports.silences).toEqual([]);
    expect(one.standing()).toEqual([]);
    expect(Object.values(one.reports.now).every((reading) => reading === null)).toBe(true);
  });
});
