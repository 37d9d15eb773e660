/** Which faults stand by what a printer says of itself. Pure. */

import type { PrinterPicture, PrinterReason, SupplyState } from '../../protocols/printer-picture.js';
import type { FoundFault, FoundFaults } from '../standing-faults.js';
import type { WatchedSupply } from '../supplies/supply-book.js';
import { faultOfReason, type PrinterFault } from './reason-faults.js';

export interface WatchedPicture {
  readonly state: PrinterPicture['state'];
  readonly reasons: readonly PrinterReason[] | null;
  /** Those that are watched, with their states by the options. */
  readonly supplies: readonly WatchedSupply[];
  /** Every supply is watched: what the printer says of one that it does not name is about one of these. */
  readonly watchesAll: boolean;
  readonly message: string | null;
}

/** Parts that wear out: they are no ink, and print on when their time is over. */
const wearing = new Set([
  'opc',
  'fuser',
  'transfer-unit',
  'cleaner-unit',
  'fuser-cleaning-pad',
  'fuser-oil',
  'fuser-oil-wick',
  'fuser-oiler',
  'corona-wire',
]);

/** What is put to the paper by a finisher. */
const finishing = new Set([
  'binding-supply',
  'banding-supply',
  'stitching-wire',
  'shrink-wrap',
  'paper-wrap',
  'staples',
  'inserts',
  'covers',
  'glue-water-additive',
]);

export const isInk = ({ group, type }: WatchedSupply): boolean => group === 'marker' && !wearing.has(type);
export const isPaper = ({ group, type }: WatchedSupply): boolean => group === 'media' && !finishing.has(type);
const isWearing = ({ group, type }: WatchedSupply): boolean => group === 'marker' && wearing.has(type);

/** None of these prevents printing. */
const remarks = new Set<PrinterFault>([
  'printer.media-low',
  'printer.marker-supply-low',
  'printer.waste-almost-full',
  'printer.service-needed',
]);

/**
 * The faults, one for each cause: what levels and reasons say of the same thing is one, "empty" takes the place of "low",
 * and a printer is only "offline", or has an unknown error, where nothing else explains why it stands.
 */
export function faultsOfPicture(picture: WatchedPicture): FoundFaults {
  const found = new Map<PrinterFault, FoundFault>();
  const said = new Map<PrinterFault, string[]>();
  const unknown: string[] = [];
  for (const { keyword, severity } of picture.reasons ?? []) {
    const fault = faultOfReason(keyword, severity);
    if (fault !== undefined && fault !== null) said.set(fault, [...(said.get(fault) ?? []), keyword]);
    else if (fault === undefined && severity === 'error') unknown.push(keyword);
  }
  addPaper(found, said, picture);
  addInk(found, said, picture);
  const worn = picture.supplies.filter((supply) => isWearing(supply) && isShort(supply.state));
  if (worn.length > 0) {
    said.set('printer.service-needed', [...(said.get('printer.service-needed') ?? []), labelsOf(worn)]);
  }
  if (said.has('printer.waste-full')) said.delete('printer.waste-almost-full');
  for (const [fault, words] of said) {
    if (fault === 'printer.offline') continue;
    const parts = fault === 'printer.service-needed' ? worn.map(({ name }) => name) : [];
    found.set(fault, { evidence: { reason: words.join(', ') }, parts });
  }
  const isExplained = [...found.keys()].some((fault) => !remarks.has(fault));
  if (!isExplained) addUnexplained(found, said.get('printer.offline'), unknown, picture);
  return found;
}

/** Why it stands, where nothing that is known explains it. */
function addUnexplained(
  found: Map<PrinterFault, FoundFault>,
  offline: readonly string[] | undefined,
  unknown: readonly string[],
  { state, message }: WatchedPicture,
): void {
  const isStopped = state === 'stopped';
  const words = unknown.filter((word) => word !== 'other');
  // "Other" says nothing: then what its display says.
  if (unknown.length > 0 && words.length === 0 && message !== null) words.push(message);
  if (isStopped && words.length > 0) {
    found.set('printer.hardware-error', { evidence: { reason: words.join(', ') }, parts: [] });
  } else if (offline !== undefined || isStopped) {
    const reason = offline?.join(', ') ?? message ?? 'no reason given';
    found.set('printer.offline', { evidence: { reason }, parts: [] });
  }
}

/**
 * Paper: of several trays one that is empty is a remark as long as another has some, and one that was never filled is no
 * fault at all, for many printers have a slot that nobody uses. A tray that is watched by its name counts alone.
 */
function addPaper(
  found: Map<PrinterFault, FoundFault>,
  said: Map<PrinterFault, string[]>,
  { supplies, reasons, watchesAll }: WatchedPicture,
): void {
  const trays = supplies.filter(isPaper);
  const words = said.get('printer.media-empty') ?? [];
  const lowWords = said.get('printer.media-low') ?? [];
  said.delete('printer.media-empty');
  said.delete('printer.media-low');

  const emptyTrays = trays.filter(({ state }) => state === 'empty');
  const hasOther = trays.some(({ state }) => state === 'ok' || state === 'low' || state === 'some');
  const hasUnknown = trays.some(({ state }) => state === 'unknown');
  const isCertain = (reasons ?? []).some(
    ({ keyword, severity }) => severity === 'error' && words.includes(keyword),
  );
  const isMeasured = emptyTrays.length > 0 && (!watchesAll || (!hasOther && !hasUnknown));
  // What it says without a name is about a tray that is watched, unless all of these have paper.
  const isMeant = watchesAll || trays.length === 0 || trays.some(({ state }) => state !== 'ok');
  if (isCertain || isMeasured || (words.length > 0 && !hasOther && isMeant)) {
    const parts = emptyTrays.map(({ name }) => name);
    found.set('printer.media-empty', { evidence: { reason: reasonOf(words, emptyTrays) }, parts });
    return;
  }
  const used = emptyTrays.filter(({ wasFilled }) => wasFilled);
  const short = trays.filter((tray) => tray.state === 'low' || used.includes(tray));
  const isUnused = emptyTrays.length > 0 && used.length === 0;
  const all = [...lowWords, ...words];
  // "One tray is empty", where one is that nobody uses, is that one.
  const isSaid = isMeant && (isUnused ? lowWords.includes('media-low') : all.length > 0);
  if (short.length === 0 && !isSaid) return;
  const parts = short.map(({ name }) => name);
  found.set('printer.media-low', { evidence: { reason: reasonOf(all, short) }, parts });
}

/** Ink and toner. What the printer says without naming a supply is about the one that has the least. */
function addInk(
  found: Map<PrinterFault, FoundFault>,
  said: Map<PrinterFault, string[]>,
  { supplies, watchesAll }: WatchedPicture,
): void {
  const inks = supplies.filter(isInk);
  const mayBeMeant = watchesAll || inks.some(({ state }) => state !== 'ok');
  const words = (fault: PrinterFault) => (mayBeMeant ? (said.get(fault) ?? []) : []);
  const emptyWords = words('printer.marker-supply-empty');
  const lowWords = words('printer.marker-supply-low');
  said.delete('printer.marker-supply-empty');
  said.delete('printer.marker-supply-low');

  let out = inks.filter(({ state }) => state === 'empty');
  if (out.length === 0 && emptyWords.length > 0) {
    out = inks
      .filter(({ state }) => state === 'low')
      .sort(byLevel)
      .slice(0, 1);
  }
  const low = inks.filter((ink) => ink.state === 'low' && !out.includes(ink));
  const isOut = out.length > 0 || emptyWords.length > 0;
  const add = (fault: PrinterFault, which: readonly WatchedSupply[], keywords: readonly string[]) => {
    const reason = reasonOf(keywords, which);
    const supplies = which.length > 0 ? labelsOf(which) : reason;
    found.set(fault, { evidence: { reason, supplies }, parts: which.map(({ name }) => name) });
  };
  if (isOut) add('printer.marker-supply-empty', out, emptyWords);
  // "Low" without a name, beside one that is empty, is that one.
  if (low.length > 0 || (lowWords.length > 0 && !isOut)) add('printer.marker-supply-low', low, lowWords);
}

const isShort = (state: SupplyState): boolean => state === 'low' || state === 'empty';
const byLevel = (one: WatchedSupply, other: WatchedSupply): number =>
  (one.levelPercent ?? 0) - (other.levelPercent ?? 0);

const labelsOf = (supplies: readonly WatchedSupply[]): string =>
  supplies.map(({ label, name }) => label || name).join(', ');

/** The printer's own words; where it has none, what was measured. */
function reasonOf(keywords: readonly string[], supplies: readonly WatchedSupply[]): string {
  if (keywords.length > 0) return [...new Set(keywords)].join(', ');
  return supplies.map(({ name, state }) => `${name} ${state}`).join(', ');
}
