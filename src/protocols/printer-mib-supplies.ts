/** Paper trays and marker supplies of the Printer MIB (RFC 3805, prtInputTable and prtMarkerSuppliesTable). */
import { integerOf, type MibView } from './printer-mib-view.js';
import { type PrinterSupply, supplyState } from './printer-picture.js';

const inputTable = '1.3.6.1.2.1.43.8.2.1';
const suppliesTable = '1.3.6.1.2.1.43.11.1.1';
/** More trays or supplies than this no printer has. */
const mostRows = 64;
/** A percentage that is a little over hundred is a new cartridge that was filled well. */
const mostPercent = 110;

/** Trays, then supplies, in the order of the MIB, of the printer whose rows begin with `device`. */
export function suppliesOf(view: MibView, device: number): readonly PrinterSupply[] {
  return [...traysOf(view, device), ...markersOf(view, device)];
}

/** The rows of a table: every second index that a column of it has. */
function rowsOf(view: MibView, columns: readonly string[], device: number): readonly number[] {
  const rows = new Set<number>();
  for (const column of columns) {
    for (const { index } of view.column(column)) {
      if (index.length === 2 && index[0] === device) rows.add(index[1]!);
    }
  }
  return [...rows].sort((one, other) => one - other).slice(0, mostRows);
}

/** prtInputType: 3 removable tray, 4 fixed tray, 5 manual, 6 roll, 7 fan-fold. */
const manualFeed = 5;
const inputTypes: Readonly<Record<number, string>> = { 6: 'continuous-roll', 7: 'continuous-fan-fold' };

function traysOf(view: MibView, device: number): PrinterSupply[] {
  return rowsOf(view, [`${inputTable}.10`, `${inputTable}.9`], device).flatMap((row) => {
    const cell = (column: number) => `${inputTable}.${column}.${device}.${row}`;
    const inputType = view.integer(cell(2));
    // Empty is how a slot for single sheets is: nobody is to be sent there.
    if (inputType === manualFeed) return [];
    const type = inputTypes[inputType ?? 0] ?? 'tray';
    const unit = unitOf(view.integer(cell(8)));
    // 13 is the maker's name, 18 its description.
    const label = view.text(cell(13), 80) ?? view.text(cell(18), 80) ?? `${wordsOf(type)} ${row}`;
    return [
      {
        name: `${type}-${row}`,
        label,
        group: 'media' as const,
        type,
        ...amountOf(view.integer(cell(10)), view.integer(cell(9)), unit),
        unit,
      },
    ];
  });
}

/** prtMarkerSuppliesType, in the MIB's order from 1. */
const supplyTypes = [
  'other',
  'unknown',
  'toner',
  'waste-toner',
  'ink',
  'ink-cartridge',
  'ink-ribbon',
  'waste-ink',
  'opc',
  'developer',
  'fuser-oil',
  'solid-wax',
  'ribbon-wax',
  'waste-wax',
  'fuser',
  'corona-wire',
  'fuser-oil-wick',
  'cleaner-unit',
  'fuser-cleaning-pad',
  'transfer-unit',
  'toner-cartridge',
  'fuser-oiler',
  'water',
  'waste-water',
  'glue-water-additive',
  'waste-paper',
  'binding-supply',
  'banding-supply',
  'stitching-wire',
  'shrink-wrap',
  'paper-wrap',
  'staples',
  'inserts',
  'covers',
] as const;
/** What is taken from here on is put to the paper, not on it. */
const mediaFrom = supplyTypes.indexOf('binding-supply');
/** prtMarkerSuppliesClass: 3 is consumed, 4 is a receptacle that fills up. */
const receptacle = 4;

function markersOf(view: MibView, device: number): PrinterSupply[] {
  return rowsOf(view, [`${suppliesTable}.9`, `${suppliesTable}.8`], device).map((row) => {
    const cell = (column: number) => `${suppliesTable}.${column}.${device}.${row}`;
    const number = integerOf(view.value(cell(5))) ?? 2;
    const type = supplyTypes[number - 1] ?? 'unknown';
    const unit = unitOf(view.integer(cell(7)));
    const isWaste = view.integer(cell(4)) === receptacle || type.startsWith('waste-');
    return {
      name: `${type}-${row}`,
      label: view.text(cell(6), 80) ?? `${wordsOf(type)} ${row}`,
      group: isWaste ? 'waste' : number - 1 >= mediaFrom && type !== 'unknown' ? 'media' : 'marker',
      type,
      // Of a receptacle, too, the level is what is left: room (RFC 3805, prtMarkerSuppliesLevel).
      ...amountOf(view.integer(cell(9)), view.integer(cell(8)), unit),
      unit,
    };
  });
}

type Amount = Pick<PrinterSupply, 'levelPercent' | 'state' | 'level' | 'capacity'>;

/**
 * -3 is "some is left", -2 and -1 say nothing of the level; a capacity of -1 or -2 is not known. A number that is
 * impossible is no number.
 */
function amountOf(level: number | null, saidCapacity: number | null, unit: string | null): Amount {
  const capacity = saidCapacity !== null && saidCapacity > 0 ? saidCapacity : null;
  const none = (state: 'some' | 'unknown', known: number | null = null): Amount => ({
    levelPercent: null,
    state,
    level: known,
    capacity,
  });
  const of = (levelPercent: number): Amount => ({
    levelPercent,
    state: supplyState(levelPercent),
    level,
    capacity,
  });
  if (level === -3) return none('some');
  // 0 of 0 is what makers say of a supply that they don't measure.
  if (level === null || level < 0 || saidCapacity === 0) return none('unknown');
  if (unit === 'percent' && (capacity === null || capacity === 100)) {
    return level <= mostPercent ? of(Math.min(100, level)) : none('unknown');
  }
  if (capacity === null) return level === 0 ? of(0) : none('some', level);
  return level <= capacity ? of(Math.floor((100 * level) / capacity)) : none('unknown');
}

/** PrtMarkerSuppliesSupplyUnitTC and PrtCapacityUnitTC, which agree where both have a number. */
const units: Readonly<Record<number, string>> = {
  3: 'tenThousandthsOfInches',
  4: 'micrometres',
  7: 'impressions',
  8: 'sheets',
  11: 'hours',
  12: 'thousandthsOfOunces',
  13: 'tenthsOfGrams',
  14: 'hundredthsOfFluidOunces',
  15: 'tenthsOfMillilitres',
  16: 'feet',
  17: 'metres',
  18: 'items',
  19: 'percent',
};

const unitOf = (number: number | null) => units[number ?? 0] ?? null;

/** `ink-cartridge` as `Ink cartridge`. */
function wordsOf(type: string): string {
  const words = type.replaceAll('-', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
