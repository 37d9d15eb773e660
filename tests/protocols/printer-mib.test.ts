import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  printerIndexOf,
  printerMibGets,
  printerMibSubtrees,
  readPrinterMib,
} from '../../src/protocols/printer-mib.js';
import type { MibBinding, MibValue } from '../../src/protocols/printer-mib-view.js';

const hr = '1.3.6.1.2.1.25.3';
const mib = '1.3.6.1.2.1.43';
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const text = (words: string) => new TextEncoder().encode(words);
const bind = (values: Readonly<Record<string, MibValue>>): MibBinding[] =>
  Object.entries(values).map(([oid, value]) => ({ oid, value }));

/** Device and printer status of a printer that prints, besides what is said. */
const status = (device: number | null, printer: number | null, detected: MibValue): MibBinding[] =>
  bind({
    [`${hr}.2.1.5.1`]: device,
    [`${hr}.5.1.1.1`]: printer,
    [`${hr}.5.1.2.1`]: detected,
  });
const reasonsOf = (bindings: readonly MibBinding[]) =>
  readPrinterMib(bindings).reasons?.map(({ keyword, severity }) => `${keyword} ${severity}`) ?? null;

interface Row {
  readonly class?: number;
  readonly type?: number;
  readonly label?: string;
  readonly unit?: number;
  readonly capacity?: MibValue;
  readonly level: MibValue;
}
const supply = (row: Row, index = 1, device = 1): MibBinding[] => {
  const cell = (column: number) => `${mib}.11.1.1.${column}.${device}.${index}`;
  return bind({
    [cell(4)]: row.class ?? 3,
    [cell(5)]: row.type ?? 3,
    ...(row.label === undefined ? {} : { [cell(6)]: text(row.label) }),
    ...(row.unit === undefined ? {} : { [cell(7)]: row.unit }),
    ...(row.capacity === undefined ? {} : { [cell(8)]: row.capacity }),
    [cell(9)]: row.level,
  });
};
const supplyOf = (row: Row) => readPrinterMib(supply(row)).supplies[0];
const tray = (type: number, level: number, capacity = 250, index = 1): MibBinding[] => {
  const cell = (column: number) => `${mib}.8.2.1.${column}.1.${index}`;
  return bind({ [cell(2)]: type, [cell(8)]: 8, [cell(9)]: capacity, [cell(10)]: level });
};
const alert = (severity: number, group: number, code: number, index = 1): MibBinding[] => {
  const cell = (column: number) => `${mib}.18.1.1.${column}.1.${index}`;
  return bind({ [cell(2)]: severity, [cell(4)]: group, [cell(5)]: 1, [cell(7)]: code });
};

describe('detected errors', () => {
  // RFC 2790, hrPrinterDetectedErrorState; the masks of CUPS (backend/snmp-supplies.c) agree. 20: Centreon #2784.
  it.each([
    ['00', []],
    ['', []],
    ['00 00', []],
    ['20', ['marker-supply-low warning']],
    ['40 00', ['media-empty error']],
    ['08', ['cover-open error']],
    ['04', ['media-jam error']],
    ['10', ['marker-supply-empty error']],
    ['80', ['media-low report']],
    ['02', ['offline error']],
    ['01', ['service-needed report']],
    ['00 80', ['input-tray-missing error']],
    ['00 40', ['output-tray-missing error']],
    ['00 20', ['marker-supply-missing error']],
    ['00 10', ['output-area-almost-full warning']],
    ['00 08', ['output-area-full error']],
    ['00 04', ['media-empty warning']],
    ['00 02', ['service-needed report']],
    ['C0 00', ['media-empty error']],
    ['30', ['marker-supply-empty error']],
    ['40 04', ['media-empty error']],
    ['48 00 FF FF', ['cover-open error', 'media-empty error']],
  ])('%s of a printer that is down mean %j', (hex, reasons) => {
    expect(reasonsOf(status(5, 1, bytes(hex)))).toEqual(reasons);
  });

  it('are warnings of a printer that prints all the same', () => {
    expect(reasonsOf(status(3, 3, bytes('40 00')))).toEqual(['media-empty warning']);
    expect(reasonsOf(status(2, 4, bytes('00 08')))).toEqual(['output-area-full warning']);
  });

  it('are errors where nobody says whether it prints', () => {
    expect(reasonsOf(status(null, null, bytes('40')))).toEqual(['media-empty error']);
    expect(reasonsOf(status(2, 1, bytes('40')))).toEqual(['media-empty error']);
  });

  it('say offline only as a remark while the device runs', () => {
    expect(reasonsOf(status(2, 3, bytes('02')))).toEqual(['offline report']);
  });

  it('of another type than bytes say nothing', () => {
    expect(reasonsOf(status(2, null, 0x40))).toBeNull();
    expect(reasonsOf(status(2, null, '40'))).toBeNull();
  });
});

describe('state', () => {
  // RFC 3805, appendix E.
  it.each([
    [2, 3, 'idle'],
    [2, 4, 'processing'],
    [2, 5, 'idle'],
    [2, 1, 'idle'], // standby
    [3, 3, 'idle'],
    [3, 4, 'processing'],
    [5, 1, 'stopped'],
    [5, 3, 'stopped'],
    [null, 3, 'idle'],
    [null, 1, null],
    [2, 2, null],
    [99, 99, null],
  ] as const)('of device %s and printer %s is %s', (device, printer, state) => {
    expect(readPrinterMib(status(device, printer, new Uint8Array())).state).toBe(state);
  });

  it('of a running computer without a printer is not known, and not "all is well"', () => {
    const computer = bind({ [`${hr}.2.1.2.1`]: '1.3.6.1.2.1.25.3.1.3', [`${hr}.2.1.5.1`]: 2 });
    expect(readPrinterMib(computer)).toMatchObject({ state: null, reasons: null, supplies: [] });
  });

  it('of nothing at all is nothing', () => {
    expect(readPrinterMib([])).toEqual({
      state: null,
      reasons: null,
      supplies: [],
      pagesPrinted: null,
      model: null,
      message: null,
    });
  });

  it('is not known from supplies alone', () => {
    expect(readPrinterMib(supply({ level: 70, capacity: 100 }))).toMatchObject({
      state: null,
      reasons: null,
    });
  });
});

describe('alerts and covers', () => {
  const fine = status(2, 3, new Uint8Array([0, 0]));

  it.each([
    [3, 8, 808, ['media-empty error']],
    [4, 8, 807, ['media-low warning']],
    [3, 8, 13, ['media-empty error']],
    [4, 8, 12, ['media-low warning']],
    [3, 8, 9, ['input-tray-missing error']],
    [3, 9, 15, ['output-area-full error']],
    [4, 11, 12, ['marker-supply-low warning']],
    [3, 11, 13, ['marker-supply-empty error']],
    [4, 11, 14, ['marker-waste-almost-full warning']],
    [3, 11, 1109, ['marker-waste-full error']],
    [3, 13, 8, ['media-jam error']],
    [3, 6, 3, ['cover-open error']],
    [3, 6, 5, ['cover-open error']],
    [5, 5, 501, ['cover-open warning']],
    [3, 5, 22, ['offline error']],
    [3, 10, 30, ['marker-unrecoverable-failure error']],
    [3, 10, 1002, ['fuser-over-temp error']],
    [4, 11, 1111, ['opc-near-eol warning']],
    // Asleep, warming up, media changed, door closed: news.
    [4, 5, 23, []],
    [3, 10, 24, []],
    [4, 8, 804, []],
    [3, 5, 502, []],
    // Neither critical nor a warning.
    [1, 8, 808, []],
    [2, 8, 808, []],
    // A code without a meaning, at a printer that prints.
    [4, 5, 1, ['other report']],
    [3, 5, 1, ['other warning']],
  ] as const)('severity %i, group %i, code %i mean %j', (severity, group, code, reasons) => {
    expect(reasonsOf([...fine, ...alert(severity, group, code)])).toEqual(reasons);
  });

  it('give one cause one reason, with the worst severity', () => {
    const bindings = [
      ...status(3, 3, bytes('48 04')),
      ...bind({ [`${mib}.6.1.1.3.1.1`]: 4, [`${mib}.6.1.1.3.1.2`]: 3 }),
      ...alert(3, 8, 808, 1),
      ...alert(4, 8, 808, 2),
      ...alert(3, 6, 3, 3),
    ];
    expect(reasonsOf(bindings)).toEqual(['cover-open error', 'media-empty error']);
  });

  it('know an open interlock for an open cover, and a closed one for none', () => {
    expect(reasonsOf([...status(5, 1, bytes('00')), ...bind({ [`${mib}.6.1.1.3.1.1`]: 5 })])).toEqual([
      'cover-open error',
    ]);
    expect(reasonsOf([...fine, ...bind({ [`${mib}.6.1.1.3.1.1`]: 6 })])).toEqual([]);
  });
});

describe('supplies', () => {
  it('of an HP LaserJet P1102w are 70 % of black toner', () => {
    // Walk in apple/cups #3610.
    expect(supplyOf({ type: 3, capacity: 100, level: 70, label: 'Black Cartridge HP CE285A' })).toEqual({
      name: 'toner-1',
      label: 'Black Cartridge HP CE285A',
      group: 'marker',
      type: 'toner',
      levelPercent: 70,
      state: 'ok',
      level: 70,
      capacity: 100,
      unit: null,
    });
  });

  it('that fill up say how much room there is', () => {
    expect(supplyOf({ class: 4, type: 4, unit: 19, capacity: 100, level: 25 })).toMatchObject({
      name: 'waste-toner-1',
      group: 'waste',
      levelPercent: 25,
      state: 'ok',
      unit: 'percent',
    });
  });

  it.each([
    [-1, 'unknown'],
    [-2, 'unknown'],
    [-3, 'some'],
    [-4, 'unknown'],
    [null, 'unknown'],
  ] as const)('with level %s have no number, but are %s', (level, state) => {
    expect(supplyOf({ unit: 19, capacity: 100, level: level ?? 'gone' })).toMatchObject({
      levelPercent: null,
      level: null,
      state,
    });
  });

  it.each([
    // level, capacity, unit: percent, state
    [0, 100, 19, 0, 'empty'],
    [1, 100, 19, 1, 'empty'],
    [5, 100, 19, 5, 'low'],
    [6, 100, 19, 6, 'ok'],
    [40, -2, 19, 40, 'ok'],
    [104, 100, 19, 100, 'ok'],
    [111, 100, 19, null, 'unknown'],
    [1_600, 3_000, 7, 53, 'ok'],
    [3_001, 3_000, 7, null, 'unknown'],
    [0, -2, 8, 0, 'empty'],
    [120, -2, 8, null, 'some'],
    [0, 0, 19, null, 'unknown'],
    [0, 0, 7, null, 'unknown'],
    [2_147_483_647, 100, 7, null, 'unknown'],
  ] as const)('%i of %i in unit %i are %s percent: %s', (level, capacity, unit, levelPercent, state) => {
    expect(supplyOf({ level, capacity, unit })).toMatchObject({ levelPercent, state });
  });

  it('of paper are the trays that take it by themselves', () => {
    const { supplies } = readPrinterMib([
      ...tray(4, -3, 250, 1),
      ...tray(3, 0, 250, 2),
      ...tray(5, 0, 1, 3),
      ...tray(6, -2, 100, 4),
      ...bind({ [`${mib}.8.2.1.13.1.2`]: text('Tray 2') }),
    ]);
    expect(
      supplies.map(({ name, label, state, levelPercent, unit }) => ({
        name,
        label,
        state,
        levelPercent,
        unit,
      })),
    ).toEqual([
      { name: 'tray-1', label: 'Tray 1', state: 'some', levelPercent: null, unit: 'sheets' },
      { name: 'tray-2', label: 'Tray 2', state: 'empty', levelPercent: 0, unit: 'sheets' },
      {
        name: 'continuous-roll-4',
        label: 'Continuous roll 4',
        state: 'unknown',
        levelPercent: null,
        unit: 'sheets',
      },
    ]);
  });

  it('of another printer on the same agent are left out', () => {
    const bindings = [
      ...bind({
        [`${hr}.2.1.2.1`]: '1.3.6.1.2.1.25.3.1.3',
        [`${hr}.2.1.2.4`]: '1.3.6.1.2.1.25.3.1.5',
        [`${hr}.2.1.2.5`]: '1.3.6.1.2.1.25.3.1.5',
      }),
      ...supply({ level: 10, capacity: 100 }, 1, 4),
      ...supply({ level: 90, capacity: 100 }, 1, 5),
    ];
    expect(printerIndexOf(bindings)).toBe(4);
    expect(readPrinterMib(bindings).supplies.map(({ levelPercent }) => levelPercent)).toEqual([10]);
  });

  it('are found where the maker counts devices otherwise in the Printer MIB', () => {
    const bindings = [
      ...bind({ [`${hr}.2.1.2.7`]: '1.3.6.1.2.1.25.3.1.5' }),
      ...supply({ level: 10, capacity: 100 }, 1, 1),
    ];
    expect(readPrinterMib(bindings).supplies).toHaveLength(1);
  });
});

describe('texts and counters', () => {
  it('are read as UTF-8, else as Latin 1, without what does not print', () => {
    const label = (value: Uint8Array) =>
      readPrinterMib([...supply({ level: 1 }), ...bind({ [`${mib}.11.1.1.6.1.1`]: value })]).supplies[0]
        ?.label;
    expect(label(text('黑色粉盒'))).toBe('黑色粉盒');
    expect(label(bytes('54 6F 6E 65 72 20 6E E9'))).toBe('Toner né');
    expect(label(bytes('1B 5B 33 31 6D 42 6C 61 63 6B 00 0D 0A'))).toBe('[31mBlack');
    expect(label(new Uint8Array(5_000).fill(0x41))).toBe('A'.repeat(80));
    expect(label(bytes('00 00'))).toBe('Toner 1');
  });

  it('give the model by hrDeviceDescr, else by sysDescr', () => {
    const sys = { '1.3.6.1.2.1.1.1.0': text('Brother NC-340') };
    expect(readPrinterMib(bind(sys)).model).toBe('Brother NC-340');
    expect(readPrinterMib(bind({ ...sys, [`${hr}.2.1.3.1`]: text('HL-L2370DW') })).model).toBe('HL-L2370DW');
  });

  it('give the display line by line as one message', () => {
    const lines = { [`${mib}.16.5.1.2.1.2`]: text('Tray 1 '), [`${mib}.16.5.1.2.1.1`]: text('Load paper') };
    expect(readPrinterMib(bind(lines)).message).toBe('Load paper Tray 1');
  });

  it.each([
    [1_234, 7, 1_234],
    [1_234n, null, 1_234],
    [1_234, 16, null], // feet
    [-5, 7, null],
    [null, 7, null],
  ])('count %s in unit %s as %s pages', (count, unit, pages) => {
    const values = { [`${mib}.10.2.1.4.1.1`]: count, [`${mib}.10.2.1.3.1.1`]: unit };
    expect(readPrinterMib(bind(values)).pagesPrinted).toBe(pages);
  });
});

describe('whatever comes in', () => {
  const oids = [
    ...printerMibGets(1),
    `${hr}.2.1.2.1`,
    `${hr}.2.1.2.3`,
    ...[2, 8, 9, 10, 13, 18].flatMap((column) => [1, 2].map((row) => `${mib}.8.2.1.${column}.1.${row}`)),
    ...[4, 5, 6, 7, 8, 9].flatMap((column) => [1, 2].map((row) => `${mib}.11.1.1.${column}.1.${row}`)),
    ...[2, 4, 5, 7].flatMap((column) => [1, 2].map((row) => `${mib}.18.1.1.${column}.1.${row}`)),
    `${mib}.6.1.1.3.1.1`,
    `${mib}.16.5.1.2.1.1`,
    `${mib}.11.1.1.9`,
    `${mib}.11.1.1.9.1.1.1.1`,
    '',
  ];
  const value: fc.Arbitrary<MibValue> = fc.oneof(
    fc.integer({ min: -5, max: 130 }),
    fc.integer(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc.uint8Array({ maxLength: 300 }),
    fc.string(),
    fc.constant('1.3.6.1.2.1.25.3.1.5'),
    fc.constant(null),
  );
  const binding = fc.record({ oid: fc.oneof(fc.constantFrom(...oids), fc.string()), value });

  it('is read without an exception, and no percentage is beyond 0 to 100', () => {
    fc.assert(
      fc.property(fc.array(binding, { maxLength: 80 }), (bindings) => {
        const picture = readPrinterMib(bindings);
        expect(picture.pagesPrinted ?? 0).toBeGreaterThanOrEqual(0);
        expect(picture.message?.length ?? 0).toBeLessThanOrEqual(400);
        for (const { keyword } of picture.reasons ?? []) expect(keyword).toMatch(/^[a-z-]{1,64}$/);
        const keywords = (picture.reasons ?? []).map(({ keyword }) => keyword);
        expect(new Set(keywords).size).toBe(keywords.length);
        for (const one of picture.supplies) {
          expect(one.name).toMatch(/^[a-z0-9-]{1,40}$/);
          expect([...one.label].length).toBeLessThanOrEqual(80);
          if (one.levelPercent !== null) {
            expect(one.levelPercent).toBeGreaterThanOrEqual(0);
            expect(one.levelPercent).toBeLessThanOrEqual(100);
          }
          expect(one.levelPercent === null).toBe(one.state === 'some' || one.state === 'unknown');
          if (one.level !== null) expect(one.level).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never makes a number of a level of -1, -2 or -3', () => {
    const row = fc.record({
      level: fc.constantFrom(-1, -2, -3),
      capacity: fc.oneof(fc.integer({ min: -3, max: 5_000 }), fc.constant(null)),
      unit: fc.integer({ min: 0, max: 20 }),
      class: fc.integer({ min: 1, max: 4 }),
      type: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(row, (one) => {
        expect(supplyOf(one)).toMatchObject({
          levelPercent: null,
          level: null,
          state: one.level === -3 ? 'some' : 'unknown',
        });
      }),
    );
  });

  it('is read in a bounded part, however much it is', () => {
    const flood = Array.from({ length: 50_000 }, (_, at) => ({
      oid: `${mib}.11.1.1.9.1.${at + 1}`,
      value: 50,
    }));
    expect(readPrinterMib(flood).supplies.length).toBeLessThanOrEqual(64);
  });

  it('is asked for with few requests, and nothing twice', () => {
    expect(printerMibGets(3)).toHaveLength(new Set(printerMibGets(3)).size);
    expect(printerMibGets(3).every((oid) => /\.3(\.1)?$/.test(oid) || oid === '1.3.6.1.2.1.1.1.0')).toBe(
      true,
    );
    expect(printerMibSubtrees.length).toBeLessThanOrEqual(6);
  });
});
