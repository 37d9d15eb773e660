/**
 * What a printer says by SNMP: which objects to ask for, and what they mean together.
 * Sources: RFC 3805 (Printer MIB v2), RFC 2790 (Host Resources MIB), IANA-PRINTER-MIB; RFC 3805, appendix E, for what
 * device status, printer status and detected errors mean together.
 */
import { cleanText } from './plain-text.js';
import { reasonsOf } from './printer-mib-reasons.js';
import { suppliesOf } from './printer-mib-supplies.js';
import { integerOf, type MibBinding, MibView, textOf } from './printer-mib-view.js';
import type { PrinterPicture, PrinterReason } from './printer-picture.js';

const hrDevice = '1.3.6.1.2.1.25.3.2.1';
const hrPrinter = '1.3.6.1.2.1.25.3.5.1';
const printerMib = '1.3.6.1.2.1.43';
const sysDescr = '1.3.6.1.2.1.1.1.0';
const hrDevicePrinter = '1.3.6.1.2.1.25.3.1.5';

const consoleText = `${printerMib}.16.5.1.2`;

/** A part of the tree to walk, and how much of it at most. */
export interface MibSubtree {
  readonly oid: string;
  readonly most: number;
}

/** Which device is a printer; to be walked first. */
export const hrDeviceTypes: MibSubtree = { oid: `${hrDevice}.2`, most: 64 };

/**
 * The tables of the Printer MIB, each asked for once. Whole tables take fewer messages than their columns one by one;
 * the bounds are three to five times what a large office machine has.
 */
export const printerMibSubtrees: readonly MibSubtree[] = [
  { oid: `${printerMib}.6.1.1`, most: 64 }, // covers
  { oid: `${printerMib}.8.2.1`, most: 512 }, // input: trays
  { oid: `${printerMib}.11.1.1`, most: 512 }, // marker supplies
  { oid: consoleText, most: 16 },
  { oid: `${printerMib}.18.1.1`, most: 512 }, // alerts
];

/** The single objects of one printer, for one request. */
export function printerMibGets(hrDeviceIndex: number): readonly string[] {
  const ofMarker = (column: number) => `${printerMib}.10.2.1.${column}.${hrDeviceIndex}.1`;
  return [
    `${hrDevice}.5.${hrDeviceIndex}`, // hrDeviceStatus
    `${hrPrinter}.1.${hrDeviceIndex}`, // hrPrinterStatus
    `${hrPrinter}.2.${hrDeviceIndex}`, // hrPrinterDetectedErrorState
    `${hrDevice}.3.${hrDeviceIndex}`, // hrDeviceDescr
    sysDescr,
    ofMarker(3), // prtMarkerCounterUnit
    ofMarker(4), // prtMarkerLifeCount
  ];
}

/** The index of the first device whose hrDeviceType is a printer; 1, which nearly all of them have, where none says so. */
export function printerIndexOf(bindings: readonly MibBinding[]): number {
  return printerIndexIn(new MibView(bindings)) ?? 1;
}

function printerIndexIn(view: MibView): number | undefined {
  return view.column(`${hrDevice}.2`).find(({ value }) => value === hrDevicePrinter)?.index[0];
}

/** The answers to all of the above, in any order, as a picture. Never throws; what can't be understood is `null`. */
export function readPrinterMib(bindings: readonly MibBinding[]): PrinterPicture {
  const view = new MibView(bindings);
  // An answer without the types still says by itself which index was asked for.
  const device = printerIndexIn(view) ?? view.column(`${hrPrinter}.1`)[0]?.index[0] ?? 1;
  const row = rowDevice(view, device);
  const deviceStatus = view.integer(`${hrDevice}.5.${device}`);
  const printerStatus = view.integer(`${hrPrinter}.1.${device}`);
  const reasons = reasonsOf(view, row, {
    deviceStatus,
    printerStatus,
    detected: view.value(`${hrPrinter}.2.${device}`),
  });
  return {
    // A computer has an hrDevice 1, too, and it runs: that does not make it a printer that is ready.
    state: reasons.understood ? stateOf(deviceStatus, printerStatus, reasons.list) : null,
    reasons: reasons.understood ? reasons.list : null,
    supplies: suppliesOf(view, row),
    pagesPrinted: pagesOf(view, row),
    model: view.text(`${hrDevice}.3.${device}`, 80) ?? view.text(sysDescr, 80),
    message: messageOf(view, row),
  };
}

/**
 * The first part of the Printer MIB's own indices is hrDeviceIndex; makers who have no Host Resources MIB, or another
 * numbering there, use 1 all the same.
 */
function rowDevice(view: MibView, device: number): number {
  const columns = [`${printerMib}.11.1.1.9`, `${printerMib}.8.2.1.10`, `${printerMib}.6.1.1.3`];
  const present = columns.flatMap((column) => view.column(column).map(({ index }) => index[0] ?? 0));
  return present.length === 0 || present.includes(device) ? device : Math.min(...present);
}

/** hrDeviceStatus: 2 running, 3 warning, 4 testing, 5 down. hrPrinterStatus: 1 other, 3 idle, 4 printing, 5 warm-up. */
function stateOf(
  deviceStatus: number | null,
  printerStatus: number | null,
  reasons: readonly PrinterReason[],
): PrinterPicture['state'] {
  if (deviceStatus === 5) return 'stopped';
  if (printerStatus === 4) return 'processing';
  if (printerStatus === 3 || printerStatus === 5) return 'idle';
  // "Other" is a printer that sleeps, or one that has stopped.
  if (printerStatus === 1 && (deviceStatus === 2 || deviceStatus === 3)) {
    return reasons.some(({ severity }) => severity === 'error') ? 'stopped' : 'idle';
  }
  return null;
}

/** The lines of its display, as one. */
function messageOf(view: MibView, device: number): string | null {
  const lines = view
    .column(consoleText)
    .filter(({ index }) => index[0] === device)
    .slice(0, 16)
    .flatMap(({ value }) => textOf(value, 200) ?? []);
  return cleanText(lines.join(' '), 200) || null;
}

/** Counter units that are pages: 7 impressions, 8 sheets. Some makers leave the unit out. */
function pagesOf(view: MibView, device: number): number | null {
  const cell = (column: number) =>
    view.column(`${printerMib}.10.2.1.${column}`).find(({ index }) => index[0] === device)?.value ?? null;
  const unit = integerOf(cell(3));
  const count = integerOf(cell(4));
  return count !== null && count >= 0 && (unit === null || unit === 7 || unit === 8) ? count : null;
}
