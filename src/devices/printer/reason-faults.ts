/**
 * Which fault a reason of `printer-state-reasons` is (RFC 8011, 5.4.12; PWG 5100.9), by how serious the printer takes it.
 * Data. What nobody can do anything about is no fault.
 */
import type { ReasonSeverity } from '../../protocols/printer-picture.js';

export type PrinterFault =
  | 'printer.media-low'
  | 'printer.media-empty'
  | 'printer.marker-supply-low'
  | 'printer.marker-supply-empty'
  | 'printer.cover-open'
  | 'printer.media-jam'
  | 'printer.cutter-error'
  | 'printer.hardware-error'
  | 'printer.offline'
  | 'printer.waste-almost-full'
  | 'printer.waste-full'
  | 'printer.output-full'
  | 'printer.service-needed';

type BySeverity = readonly [
  report: PrinterFault | null,
  warning: PrinterFault | null,
  error: PrinterFault | null,
];

const always = (fault: PrinterFault): BySeverity => [fault, fault, fault];
const fromWarning = (fault: PrinterFault): BySeverity => [null, fault, fault];
const onlyError = (fault: PrinterFault): BySeverity => [null, null, fault];
const none: BySeverity = [null, null, null];

const low = always('printer.marker-supply-low');
/** Told as a remark (CUPS does so at 1 %) it still prints. */
const empty: BySeverity = [
  'printer.marker-supply-low',
  'printer.marker-supply-empty',
  'printer.marker-supply-empty',
];
const wasteFull: BySeverity = ['printer.waste-almost-full', 'printer.waste-full', 'printer.waste-full'];
const worn: BySeverity = ['printer.service-needed', 'printer.service-needed', 'printer.hardware-error'];
const serviceCalled: BySeverity = [null, 'printer.service-needed', 'printer.hardware-error'];

/** A `*` stands for anything; the first line that fits counts. */
const rules: readonly (readonly [keyword: string, faults: BySeverity])[] = [
  ['none', none],
  // As a remark it is a bit of SNMP that is set with the tray half full.
  ['media-low', fromWarning('printer.media-low')],
  // Of several trays one may be empty; see `picture-faults.ts`.
  ['media-empty', ['printer.media-low', 'printer.media-empty', 'printer.media-empty']],
  ['media-needed', fromWarning('printer.media-empty')],
  ['*cutter*-jam', always('printer.cutter-error')],
  ['*cutter*-failure', onlyError('printer.cutter-error')],
  ['media-jam', always('printer.media-jam')],
  ['scanner-*', none],
  ['*-jam', fromWarning('printer.media-jam')],
  ['*-feed-error', onlyError('printer.media-jam')],
  // Printers call it a remark, and print nothing with it.
  ['cover-open', always('printer.cover-open')],
  ['door-open', always('printer.cover-open')],
  ['interlock-open', always('printer.cover-open')],
  ['*-cover-open', fromWarning('printer.cover-open')],
  ['*-interlock-open', fromWarning('printer.cover-open')],
  ['*-tray-missing', fromWarning('printer.cover-open')],
  ['toner-low', low],
  ['marker-supply-low', low],
  ['developer-low', low],
  ['toner-empty', empty],
  ['marker-supply-empty', empty],
  ['developer-empty', empty],
  ['marker-waste-almost-full', always('printer.waste-almost-full')],
  ['marker-waste-*-receptacle-almost-full', always('printer.waste-almost-full')],
  ['marker-waste-full', wasteFull],
  ['marker-waste-*-receptacle-full', wasteFull],
  ['marker-waste-*missing', onlyError('printer.hardware-error')],
  ['marker-*-almost-empty', low],
  ['marker-*-empty', empty],
  ['marker-opc-missing', onlyError('printer.hardware-error')],
  ['marker-fuser-missing', onlyError('printer.hardware-error')],
  ['marker-cleaner-missing', onlyError('printer.hardware-error')],
  ['marker-*missing', fromWarning('printer.marker-supply-empty')],
  ['output-area-full', fromWarning('printer.output-full')],
  ['media-path-output-full', fromWarning('printer.output-full')],
  ['output-area-almost-full', none],
  ['opc-near-eol', worn],
  ['opc-life-over', worn],
  ['*-life-almost-over', worn],
  ['*-life-warn', worn],
  ['*-life-over', worn],
  // As remarks these are bits of SNMP that makers set at will.
  ['service-needed', serviceCalled],
  ['service-request*', serviceCalled],
  ['overdue-maintenance', serviceCalled],
  // Remarks while it warms up.
  ['fuser-over-temp', onlyError('printer.hardware-error')],
  ['fuser-under-temp', onlyError('printer.hardware-error')],
  ['*-failure', onlyError('printer.hardware-error')],
  ['*-storage-error', onlyError('printer.hardware-error')],
  ['moving-to-paused', always('printer.offline')],
  ['paused', always('printer.offline')],
  ['spool-area-full', fromWarning('printer.offline')],
  ['shutdown', fromWarning('printer.offline')],
  ['deactivated', fromWarning('printer.offline')],
  // As a remark it is what SNMP's bit says of printers that sleep.
  ['offline', fromWarning('printer.offline')],
  ['timed-out', onlyError('printer.offline')],
];

const columns: Readonly<Record<ReasonSeverity, 0 | 1 | 2>> = { report: 0, warning: 1, error: 2 };

const patterns = rules.map(([keyword, faults]) => {
  const [first = '', ...rest] = keyword.split('*');
  return { first, rest, faults };
});

/** The fault; `null` where it is none, `undefined` where nobody knows the word. */
export function faultOfReason(keyword: string, severity: ReasonSeverity): PrinterFault | null | undefined {
  return patterns.find((pattern) => fits(keyword, pattern))?.faults[columns[severity]];
}

/** No regular expression: the words are the printer's own. */
function fits(keyword: string, { first, rest }: { first: string; rest: readonly string[] }): boolean {
  if (rest.length === 0) return keyword === first;
  if (!keyword.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = keyword.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = rest.at(-1) ?? '';
  return keyword.length - last.length >= at && keyword.endsWith(last);
}
