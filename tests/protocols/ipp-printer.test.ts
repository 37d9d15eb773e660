import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeResponse } from '../../src/protocols/ipp.js';
import { ippAttributesWanted, readIppPrinter, readReason } from '../../src/protocols/ipp-printer.js';
import { unpackSupplies } from '../../src/protocols/ipp-supplies.js';
import type { PrinterPicture } from '../../src/protocols/printer-picture.js';
import { attribute, octets, printerAnswer } from './ipp-bytes.js';

type Value = string | number | Uint8Array;

/** What is made of a printer that says this: tag, name, values. */
const picture = (...said: readonly (readonly [string, string, ...Value[]])[]): PrinterPicture =>
  readIppPrinter(
    decodeResponse(printerAnswer(...said.map(([tag, name, ...values]) => attribute(tag, name, ...values)))),
  );
const supply = (...texts: string[]) => picture(['30', 'printer-supply', ...texts]).supplies;
const trays = (...texts: string[]) => picture(['30', 'printer-input-tray', ...texts]).supplies;
const reasons = (...texts: string[]) => picture(['44', 'printer-state-reasons', ...texts]).reasons;

/** OpenPrinting/cups, tools/ippeveprinter.c. */
const wasteToner =
  'index=1;class=receptacleThatIsFilled;type=wasteToner;unit=percent;maxcapacity=100;level=25;colorantname=unknown;';
const blackToner =
  'index=2;class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level=75;colorantname=black;';

describe('the supplies of a printer', () => {
  it('are read from printer-supply, with the words of printer-supply-description', () => {
    const { supplies } = picture(
      ['30', 'printer-supply', wasteToner, blackToner],
      ['41', 'printer-supply-description', 'Toner Waste Tank', 'Black Toner'],
    );
    expect(supplies).toEqual([
      {
        name: 'waste-toner-1',
        label: 'Toner Waste Tank',
        group: 'waste',
        type: 'waste-toner',
        levelPercent: 25,
        state: 'ok',
        level: 25,
        capacity: 100,
        unit: 'percent',
      },
      {
        name: 'toner-2',
        label: 'Black Toner',
        group: 'marker',
        type: 'toner',
        levelPercent: 75,
        state: 'ok',
        level: 75,
        capacity: 100,
        unit: 'percent',
      },
    ]);
  });

  it('of a single marker may come bare (Brother HL-L2370DW, python-ipp issue 410)', () => {
    const { supplies } = picture(
      ['42', 'marker-colors', '#000000'],
      ['21', 'marker-high-levels', 100],
      ['21', 'marker-levels', 70],
      ['21', 'marker-low-levels', 9],
      ['42', 'marker-names', 'BK'],
      ['44', 'marker-types', 'toner'],
    );
    expect(supplies).toEqual([
      {
        name: 'toner-1',
        label: 'BK',
        group: 'marker',
        type: 'toner',
        levelPercent: 70,
        state: 'ok',
        level: 70,
        capacity: 100,
        unit: 'percent',
      },
    ]);
  });

  it('are low where the printer itself calls them so (Brother MFC-J5320DW, python-ipp fixture)', () => {
    const { supplies, reasons: said } = picture(
      ['42', 'marker-names', 'M', 'C', 'Y', 'BK'],
      ['44', 'marker-types', 'ink-cartridge', 'ink-cartridge', 'ink-cartridge', 'ink-cartridge'],
      ['21', 'marker-levels', 11, 9, 45, 11],
      ['21', 'marker-low-levels', 18, 18, 18, 18],
      ['21', 'marker-high-levels', 100, 100, 100, 100],
      ['44', 'printer-state-reasons', 'marker-supply-low-warning'],
    );
    expect(supplies.map(({ name, levelPercent, state }) => [name, levelPercent, state])).toEqual([
      ['ink-cartridge-1', 11, 'low'],
      ['ink-cartridge-2', 9, 'low'],
      ['ink-cartridge-3', 45, 'ok'],
      ['ink-cartridge-4', 11, 'low'],
    ]);
    expect(said).toEqual([{ keyword: 'marker-supply-low', severity: 'warning' }]);
  });

  it('are told once where both ways tell them (HP, apple/cups issue 6309)', () => {
    const hp = (level: number, color: string) =>
      `type=tonerCartridge;maxcapacity=100;level=${level};class=supplyThatIsConsumed;unit=percent;colorantname=${color};`;
    const { supplies } = picture(
      ['42', 'marker-names', 'black', 'cyan', 'magenta', 'yellow'],
      ['21', 'marker-levels', 70, 70, 80, 70],
      ['30', 'printer-supply', hp(70, 'black'), hp(70, 'cyan'), hp(80, 'magenta'), hp(70, 'yellow')],
      // github.com/gmuth/ipp-client-kotlin, log of an HP inkjet: there is a description, and it is empty.
      ['41', 'printer-supply-description', '', '', '', ''],
    );
    expect(supplies.map(({ name, label, levelPercent }) => [name, label, levelPercent])).toEqual([
      ['toner-cartridge-1', 'black toner-cartridge', 70],
      ['toner-cartridge-2', 'cyan toner-cartridge', 70],
      ['toner-cartridge-3', 'magenta toner-cartridge', 80],
      ['toner-cartridge-4', 'yellow toner-cartridge', 70],
    ]);
  });

  it('are read from the markers where printer-supply is garbage', () => {
    const { supplies } = picture(
      ['30', 'printer-supply', 'Unknown', ';;;', '\u0000'],
      ['21', 'marker-levels', 40],
    );
    expect(supplies.map(({ name, levelPercent }) => [name, levelPercent])).toEqual([['marker-1', 40]]);
  });

  it.each([
    ['level=-3', null, 'some'],
    ['level=-2', null, 'unknown'],
    ['level=-1', null, 'unknown'],
    ['level=', null, 'unknown'],
    ['level=many', null, 'unknown'],
    ['level=99999999999', null, 'unknown'],
    ['level=101', 100, 'ok'],
    ['level=200', null, 'unknown'],
    ['level=5', 5, 'low'],
    ['level=1', 1, 'empty'],
    ['level=0', 0, 'empty'],
    ['lowlevel=10;level=10', 10, 'low'],
  ])('with %s', (level, levelPercent, state) => {
    expect(supply(`type=toner;unit=percent;maxcapacity=100;${level};colorantname=black;`)).toMatchObject([
      { levelPercent, state },
    ]);
  });

  it.each([-1, -2, -3, 101, 2 ** 31 - 1])('that the markers give as %d are no number', (level) => {
    const [found] = picture(['44', 'marker-types', 'toner'], ['21', 'marker-levels', level]).supplies;
    expect(found).toMatchObject({
      levelPercent: null,
      level: null,
      state: level === -3 ? 'some' : 'unknown',
    });
  });

  it('whose capacity is not known have no percentage, unless there is nothing left', () => {
    expect(supply('type=toner;maxcapacity=-2;level=120;unit=impressions;name=x;')).toMatchObject([
      { levelPercent: null, state: 'some', level: 120, capacity: null, unit: 'impressions' },
    ]);
    expect(supply('type=toner;maxcapacity=-2;level=0;unit=impressions;name=x;')).toMatchObject([
      { levelPercent: 0, state: 'empty' },
    ]);
  });

  it('that are cut within a number have no level', () => {
    for (let length = 1; length < blackToner.length; length++) {
      const [found] = supply(blackToner.slice(0, length));
      if (found === undefined) continue;
      const isWhole = length > blackToner.indexOf('level=75;') + 'level=75'.length;
      expect([found.levelPercent, found.state]).toEqual(isWhole ? [75, 'ok'] : [null, 'unknown']);
    }
  });

  it('that come doubled or glued together count once each', () => {
    expect(supply(blackToner, blackToner).map(({ name }) => name)).toEqual(['toner-2']);
    expect(supply(`${wasteToner},${blackToner}`).map(({ name }) => name)).toEqual([
      'waste-toner-1',
      'toner-2',
    ]);
    // The same index for two: each keeps a name of its own.
    expect(supply(blackToner, blackToner.replace('75', '9')).map(({ name }) => name)).toEqual([
      'toner-2',
      'toner-3',
    ]);
  });

  it('that are waste have no level from the markers: makers do not agree what it means (OpenPrinting issue 1462)', () => {
    const { supplies } = picture(
      ['42', 'marker-names', 'TK-5440K', 'Waste Toner Box'],
      ['44', 'marker-types', 'toner', 'waste-toner'],
      ['21', 'marker-levels', 90, 0],
    );
    expect(supplies).toMatchObject([
      { group: 'marker', levelPercent: 90 },
      { group: 'waste', levelPercent: null, state: 'unknown', level: null },
    ]);
  });

  it('are cleaned of what does not belong on a screen', () => {
    const { supplies } = picture(
      ['30', 'printer-supply', blackToner],
      ['41', 'printer-supply-description', `  Black\u001b[31m\u0007\r\n Toner \u202e${'x'.repeat(500)}`],
    );
    expect(supplies[0]?.label).toMatch(/^Black \[31m Toner x+$/);
    expect(supplies[0]?.label).toHaveLength(80);
  });
});

describe('the trays of a printer', () => {
  it('are read from printer-input-tray (ippeveprinter); auto is none', () => {
    const tray = 'type=sheetFeedAutoRemovableTray;mediafeed=0;mediaxfeed=0;';
    expect(
      trays(
        `${tray}maxcapacity=-2;level=-2;status=0;name=auto`,
        `${tray}maxcapacity=250;level=100;status=0;name=main`,
        'type=sheetFeedManual;mediafeed=0;mediaxfeed=0;maxcapacity=1;level=-2;status=0;name=manual',
      ).map(({ name, label, group, type, levelPercent, state }) => [
        name,
        label,
        group,
        type,
        levelPercent,
        state,
      ]),
    ).toEqual([
      ['tray-1', 'main', 'media', 'sheet-feed-auto-removable-tray', 40, 'ok'],
      ['tray-2', 'manual', 'media', 'sheet-feed-manual', null, 'unknown'],
    ]);
    expect(
      trays('type=continuousRoll;mediafeed=0;maxcapacity=100;level=-2;status=0;name=auto;'),
    ).toMatchObject([{ name: 'tray-1', type: 'continuous-roll', levelPercent: null, state: 'unknown' }]);
  });

  // Real printers, from the tests of python-ipp.
  it.each([
    ['type=sheetFeedAutoRemovableTray;maxcapacity=520;level=130;status=0;name=Tray1', 25, 'ok'],
    [
      'type=sheetFeedAutoNonRemovableTray;maxcapacity=-2;level=-2;status=0;name=Rear Auto Sheet Feeder;',
      null,
      'unknown',
    ],
    // Kyocera doubles its keys.
    ['type=other;mediafeed=85000;mediafeed=110000;maxcapacity=150;level=0;level=70;name=MP Tray', 0, 'empty'],
    ['type=sheetFeedAutoRemovableTray;maxcapacity=520;level=390;status=0;name=Tray1\u0000', 75, 'ok'],
  ])('%s', (text, levelPercent, state) => {
    expect(trays(text)).toMatchObject([{ levelPercent, state }]);
  });

  it('that cannot be understood are none', () => {
    expect(trays('Unknown', '', '=;=;')).toEqual([]);
  });
});

describe('the reasons of a printer', () => {
  it('are keywords with a severity; one without is an error', () => {
    expect(reasons('media-empty', 'toner-low-report', 'cover-open-warning', 'media-jam-error')).toEqual([
      { keyword: 'media-empty', severity: 'error' },
      { keyword: 'toner-low', severity: 'report' },
      { keyword: 'cover-open', severity: 'warning' },
      { keyword: 'media-jam', severity: 'error' },
    ]);
  });

  it('that are registered with such an ending keep it', () => {
    expect(readReason('bander-unrecoverable-storage-error')).toEqual({
      keyword: 'bander-unrecoverable-storage-error',
      severity: 'error',
    });
    expect(readReason('puncher-recoverable-storage-error-report')).toEqual({
      keyword: 'puncher-recoverable-storage-error',
      severity: 'report',
    });
  });

  it('are none for "none", and not known where it says nothing', () => {
    expect(reasons('none')).toEqual([]);
    expect(picture().reasons).toBeNull();
    expect(picture(['12', 'printer-state-reasons', '']).reasons).toBeNull();
    expect(reasons('', '缺纸', 'x'.repeat(65), 'two words')).toBeNull();
    expect(reasons('缺纸', 'Media-Empty')).toEqual([{ keyword: 'media-empty', severity: 'error' }]);
  });

  it('count once each, as bad as they come', () => {
    expect(reasons('media-low-report', 'media-low-warning', 'media-low-report', 'none')).toEqual([
      { keyword: 'media-low', severity: 'warning' },
    ]);
  });
});

describe('the picture of a printer', () => {
  it('has state, model, message and pages', () => {
    expect(
      picture(
        ['23', 'printer-state', 5],
        ['35', 'printer-state-message', octets('0x0005', 'zh-cn', '0x0006', '缺纸')],
        ['41', 'printer-make-and-model', 'Brother HL-L2370DW series'],
        ['21', 'printer-impressions-completed', 120_400],
        ['21', 'pages-per-minute', 30],
      ),
    ).toEqual({
      state: 'stopped',
      reasons: null,
      supplies: [],
      pagesPrinted: 120_400,
      model: 'Brother HL-L2370DW series',
      message: '缺纸',
    });
  });

  it('is empty where nothing is said, and pages a minute are no pages', () => {
    const empty = {
      state: null,
      reasons: null,
      supplies: [],
      pagesPrinted: null,
      model: null,
      message: null,
    };
    expect(picture()).toEqual(empty);
    expect(picture(['23', 'printer-state', 9], ['21', 'pages-per-minute', 30])).toEqual(empty);
    expect(
      picture(
        ['12', 'printer-state', ''],
        ['21', 'printer-impressions-completed', -2],
        ['41', 'printer-make-and-model', '\u0007 '],
      ),
    ).toEqual(empty);
    expect(readIppPrinter(decodeResponse(octets('0x0200', '0x0000', '0x00000001', '0x0403')))).toEqual(empty);
  });

  it('whatever a printer says has no number outside of its range and no text without a limit', () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(
        'type=toner;',
        'level=-3;',
        'level=50;',
        'maxcapacity=0;',
        'unit=percent;',
        wasteToner,
        blackToner,
      ),
      fc
        .array(
          fc.constantFrom('type=', 'level=', 'maxcapacity=', ';', ',', '-2', '7', '100', '0', 'index='),
          { maxLength: 20 },
        )
        .map((parts) => parts.join('')),
    );
    const value = fc.oneof(
      texts,
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.uint8Array({ maxLength: 12 }),
    );
    const tag = fc.constantFrom('21', '23', '30', '41', '42', '44', '35', '12', '22', '7f');
    const said = fc.tuple(tag, fc.constantFrom(...ippAttributesWanted), value, value);
    fc.assert(
      fc.property(fc.array(said, { maxLength: 12 }), (all) => {
        const { supplies, pagesPrinted, message, model } = picture(...all);
        for (const { name, label, levelPercent, state, type } of supplies) {
          expect(name).toMatch(/^[a-z0-9-]{1,40}$/);
          expect([...label].length).toBeLessThanOrEqual(80);
          expect(type.length).toBeLessThanOrEqual(40);
          if (levelPercent === null) expect(['some', 'unknown']).toContain(state);
          else expect(levelPercent >= 0 && levelPercent <= 100).toBe(true);
        }
        expect(new Set(supplies.map(({ name }) => name)).size).toBe(supplies.length);
        expect(pagesPrinted ?? 0).toBeGreaterThanOrEqual(0);
        expect([...(message ?? ''), ...(model ?? '')].length).toBeLessThanOrEqual(327);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes packed supplies apart within bounds', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (text) => {
        for (const values of unpackSupplies(text)) expect(values.size).toBeLessThanOrEqual(256);
      }),
    );
    expect(unpackSupplies('a=1;'.repeat(10_000)).length).toBe(1);
    expect(
      supply(...Array.from({ length: 500 }, (_, at) => `type=toner;level=${at % 100};index=${at + 1};`))
        .length,
    ).toBe(64);
  });
});
