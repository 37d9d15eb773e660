/**
 * Supplies and trays as IPP printers tell them: `printer-supply` and `printer-input-tray` (PWG 5100.13; the words of the
 * Printer-MIB, RFC 3805, packed into one octetString each) and the `marker-...` lists of CUPS. Pure.
 *
 * What makers send: the last `;` left away, keys doubled (Kyocera), several supplies glued into one value, descriptions
 * that are all empty (HP), -2 for everything while the printer sleeps.
 */
import { cleanText } from './plain-text.js';
import { type PrinterSupply, supplyState } from './printer-picture.js';

/** The keys of one packed value, in lower case. */
type PackedSupply = ReadonlyMap<string, string>;

/** What is known of a level, in any unit. */
interface Level {
  readonly levelPercent: number | null;
  readonly state: PrinterSupply['state'];
  readonly level: number | null;
  readonly capacity: number | null;
}

const unknownLevel: Level = { levelPercent: null, state: 'unknown', level: null, capacity: null };

const pairLimit = 256;
const supplyLimit = 64;
/** A tray may be a little fuller than it is made for; more than that is no reading. */
const overfull = 1.1;

/**
 * Takes `key=value;` pairs apart. The first of doubled keys counts; a number behind which the `;` is missing may be cut
 * and is left away. One value may hold several supplies, with a comma between them.
 */
export function unpackSupplies(text: string): PackedSupply[] {
  const found: Map<string, string>[] = [new Map()];
  // Some count the NUL behind their string.
  const pairs = text.replaceAll('\0', '').split(';');
  for (const [index, pair] of pairs.slice(0, pairLimit).entries()) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    if (pair.startsWith(',')) found.push(new Map());
    const key = pair.slice(0, equals).replace(/^,/, '').trim().toLowerCase();
    const value = pair.slice(equals + 1).trim();
    const isLast = index === pairs.length - 1;
    if (key === '' || (isLast && /^-?\d*$/.test(value))) continue;
    const into = found.at(-1);
    if (into !== undefined && !into.has(key)) into.set(key, value);
  }
  return found.filter((supply) => supply.size > 0);
}

/**
 * Supplies from `printer-supply`.
 * @param descriptions `printer-supply-description`, used where there is one for each supply
 */
export function readSupplies(
  packed: readonly PackedSupply[],
  descriptions: readonly string[],
): PrinterSupply[] {
  const names = new Set<string>();
  return withoutDoubles(packed).flatMap(({ values, position }) => {
    const kind = word(values.get('type') ?? '');
    // A supply without a word of what it is and how much there is of it is none.
    if (kind === '' && !values.has('level')) return [];
    const type = kind === '' ? 'other' : kind;
    const index = naturalNumber(values.get('index')) ?? position + 1;
    const color = label(values.get('colorantname') ?? '');
    const said = descriptions.length === packed.length ? label(descriptions[position] ?? '') : '';
    const name = free(names, type, index);
    const fallback = color === '' || color === 'unknown' || color === 'none' ? name : `${color} ${type}`;
    const unit = label(values.get('unit') ?? '') || null;
    return [
      {
        name,
        label: said === '' ? fallback : said,
        group: isWaste(type, values.get('class')) ? 'waste' : 'marker',
        type,
        ...readLevel(values, unit),
        unit,
      },
    ];
  });
}

/** Trays from `printer-input-tray`. `auto` is not a tray but a choice among the others. */
export function readTrays(packed: readonly PackedSupply[]): PrinterSupply[] {
  const isAuto = (values: PackedSupply) => values.get('name')?.toLowerCase() === 'auto';
  const trays = packed.filter((values) => values.has('type') || values.has('level') || values.has('name'));
  const real = trays.some((values) => !isAuto(values)) ? trays.filter((values) => !isAuto(values)) : trays;
  const names = new Set<string>();
  return withoutDoubles(real).map(({ values, position }) => {
    const name = free(names, 'tray', position + 1);
    const unit = label(values.get('unit') ?? '') || null;
    return {
      name,
      label: label(values.get('name') ?? '') || name,
      group: 'media',
      type: word(values.get('type') ?? '') || 'tray',
      ...readLevel(values, unit),
      unit,
    };
  });
}

/** The lists of CUPS, each as long as the printer likes. */
interface MarkerLists {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly colors: readonly string[];
  /** `null` where a value is not a number. */
  readonly levels: readonly (number | null)[];
  readonly lowLevels: readonly (number | null)[];
  readonly highLevels: readonly (number | null)[];
}

/**
 * Supplies from the `marker-...` lists. For a waste container they say how full it is with some makers and how much room
 * there is with others, so its level is not known; the printer's own reasons say when it is full.
 */
export function readMarkers(markers: MarkerLists): PrinterSupply[] {
  const { names, types, colors, levels, lowLevels, highLevels } = markers;
  const count = Math.min(supplyLimit, Math.max(names.length, types.length, levels.length));
  const taken = new Set<string>();
  return Array.from({ length: count }, (_, at) => {
    const type = word(types[at] ?? '') || 'marker';
    const name = free(taken, type, at + 1);
    const group = isWaste(type, undefined) ? 'waste' : 'marker';
    const level = levels[at] ?? null;
    return {
      name,
      label: label(names[at] ?? '') || label(colors[at] ?? '') || name,
      group,
      type,
      ...(group === 'waste'
        ? unknownLevel
        : markerLevel(level, lowLevels[at] ?? null, highLevels[at] ?? null)),
      unit: 'percent',
    };
  });
}

/** A level in percent, or in parts of a higher `high`. */
function markerLevel(level: number | null, low: number | null, high: number | null): Level {
  const capacity = high !== null && high > 100 ? high : 100;
  if (level === null || level < 0 || level > capacity) {
    return { ...unknownLevel, capacity: 100, state: level === -3 ? 'some' : 'unknown' };
  }
  const levelPercent = Math.round((100 * level) / capacity);
  return { levelPercent, state: stateOf(levelPercent, low), level, capacity };
}

/** `level` of `maxcapacity`; -1 and -2 are unknown, -3 is "some" (RFC 3805, prtMarkerSuppliesLevel). */
function readLevel(values: PackedSupply, unit: string | null): Level {
  const level = wholeNumber(values.get('level'));
  const said = wholeNumber(values.get('maxcapacity'));
  const capacity = said !== null && said > 0 ? said : unit === 'percent' ? 100 : null;
  if (level === null || level < 0)
    return { ...unknownLevel, capacity, state: level === -3 ? 'some' : 'unknown' };
  if (capacity === null) {
    // Nothing of an unknown whole is nothing; anything else is no percentage.
    return level === 0
      ? { levelPercent: 0, state: 'empty', level, capacity }
      : { levelPercent: null, state: 'some', level, capacity };
  }
  if (level > capacity * overfull) return { ...unknownLevel, capacity };
  const levelPercent = Math.min(100, Math.round((100 * level) / capacity));
  return { levelPercent, state: stateOf(levelPercent, wholeNumber(values.get('lowlevel'))), level, capacity };
}

/** @param low what the printer itself calls low, in percent */
function stateOf(levelPercent: number, low: number | null): PrinterSupply['state'] {
  const state = supplyState(levelPercent);
  return state === 'ok' && low !== null && low < 100 && levelPercent <= low ? 'low' : state;
}

function isWaste(type: string, supplyClass: string | undefined): boolean {
  if (type.startsWith('waste')) return true;
  // Toner is no waste, whatever class a printer gives it.
  const isKnown = /^(toner|ink|solid-wax|ribbon|opc|developer|fuser|transfer|cleaner)/.test(type);
  return !isKnown && supplyClass?.toLowerCase() === 'receptaclethatisfilled';
}

/** Each with its place among all of them. */
function withoutDoubles(packed: readonly PackedSupply[]): { values: PackedSupply; position: number }[] {
  const seen = new Set<string>();
  return packed.slice(0, supplyLimit).flatMap((values, position) => {
    const whole = JSON.stringify([...values]);
    if (seen.has(whole)) return [];
    seen.add(whole);
    return [{ values, position }];
  });
}

/** `toner-2`, or the next number that is free. */
function free(names: Set<string>, type: string, index: number): string {
  let number = index;
  while (names.has(`${type.slice(0, 32)}-${number}`)) number++;
  const name = `${type.slice(0, 32)}-${number}`;
  names.add(name);
  return name;
}

/** `wasteToner` and `waste-toner` as `waste-toner`. */
function word(text: string): string {
  return text
    .slice(0, 80)
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
}

function label(text: string): string {
  return cleanText(text, 80);
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : null;
}

function naturalNumber(text: string | undefined): number | null {
  const number = wholeNumber(text);
  return number !== null && number >= 1 && number <= 999 ? number : null;
}
