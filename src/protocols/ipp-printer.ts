/**
 * What a printer says of itself in the answer to Get-Printer-Attributes, as one picture: RFC 8011, 5.4 (state, reasons),
 * PWG 5100.9 (keywords), PWG 5100.13 (supplies, trays), and the `marker-...` attributes of CUPS. Pure. What is missing,
 * out of band or no sense is `null`, never a guess.
 */
import { type IppResponse, ippGroups } from './ipp.js';
import { readMarkers, readSupplies, readTrays, unpackSupplies } from './ipp-supplies.js';
import type { IppAttributes, IppValue } from './ipp-values.js';
import { cleanText, decodeText } from './plain-text.js';
import type { PrinterPicture, PrinterReason, ReasonSeverity } from './printer-picture.js';

/** What to ask for: all that `readIppPrinter` looks at. */
export const ippAttributesWanted: readonly string[] = [
  'printer-state',
  'printer-state-reasons',
  'printer-state-message',
  'printer-make-and-model',
  'printer-supply',
  'printer-supply-description',
  'printer-input-tray',
  'marker-names',
  'marker-types',
  'marker-colors',
  'marker-levels',
  'marker-low-levels',
  'marker-high-levels',
  'printer-impressions-completed',
  'printer-pages-completed',
];

const states: Readonly<Record<number, NonNullable<PrinterPicture['state']>>> = {
  3: 'idle',
  4: 'processing',
  5: 'stopped',
};

const reasonLimit = 64;
const keywordLimit = 64;

/** Attributes of all printer groups; the first counts where one comes twice. */
function ippPrinterAttributes(response: IppResponse): IppAttributes {
  const all = new Map<string, readonly IppValue[]>();
  for (const { tag, attributes } of response.groups) {
    if (tag !== ippGroups.printer) continue;
    for (const [name, values] of attributes) if (!all.has(name)) all.set(name, values);
  }
  return all;
}

/** Never throws. */
export function readIppPrinter(response: IppResponse): PrinterPicture {
  const attributes = ippPrinterAttributes(response);
  const numbers = (name: string) => (attributes.get(name) ?? []).map(numberOf);
  const texts = (name: string) => (attributes.get(name) ?? []).map((value) => textOf(value) ?? '');
  const packed = (name: string) => texts(name).flatMap(unpackSupplies);

  const supplies = readSupplies(packed('printer-supply'), texts('printer-supply-description'));
  const markers = () =>
    readMarkers({
      names: texts('marker-names'),
      types: texts('marker-types'),
      colors: texts('marker-colors'),
      levels: numbers('marker-levels'),
      lowLevels: numbers('marker-low-levels'),
      highLevels: numbers('marker-high-levels'),
    });
  const pages = numbers('printer-impressions-completed')[0] ?? numbers('printer-pages-completed')[0] ?? null;
  return {
    state: states[numbers('printer-state')[0] ?? 0] ?? null,
    reasons: readReasons(attributes.get('printer-state-reasons')),
    // Both tell the same cartridges: one of them is enough.
    supplies: [...(supplies.length > 0 ? supplies : markers()), ...readTrays(packed('printer-input-tray'))],
    pagesPrinted: pages === null || pages < 0 ? null : pages,
    model: cleanText(texts('printer-make-and-model')[0] ?? '', 127) || null,
    message: cleanText(texts('printer-state-message').join(' '), 200) || null,
  };
}

function readReasons(values: readonly IppValue[] | undefined): PrinterReason[] | null {
  if (values === undefined) return null;
  const understood = values.slice(0, reasonLimit).flatMap((value) => {
    const text = textOf(value)?.trim().toLowerCase();
    return text !== undefined && text.length <= keywordLimit && /^[a-z][a-z0-9._-]*$/.test(text)
      ? [text]
      : [];
  });
  if (understood.length === 0) return null;
  const reasons = new Map<string, PrinterReason>();
  for (const text of understood) {
    if (text === 'none') continue;
    const reason = readReason(text);
    const known = reasons.get(reason.keyword);
    if (known === undefined || worse(reason.severity, known.severity)) reasons.set(reason.keyword, reason);
  }
  return [...reasons.values()];
}

/** The only registered keywords (PWG 5100.9) that end like a severity: `bander-unrecoverable-storage-error` and its like. */
const endsLikeSeverity = /-(un)?recoverable-storage-error$/;

/** A keyword with its severity apart; without one it is an error (RFC 8011, 5.4.12). */
export function readReason(text: string): PrinterReason {
  const suffix = endsLikeSeverity.test(text) ? null : /^(.+)-(report|warning|error)$/.exec(text);
  return suffix === null
    ? { keyword: text, severity: 'error' }
    : { keyword: suffix[1] ?? text, severity: suffix[2] as ReasonSeverity };
}

const order: readonly ReasonSeverity[] = ['report', 'warning', 'error'];
const worse = (one: ReasonSeverity, other: ReasonSeverity) => order.indexOf(one) > order.indexOf(other);

function numberOf(value: IppValue): number | null {
  return value.syntax === 'integer' || value.syntax === 'enum' ? value.value : null;
}

/** Words and texts of any syntax: makers mix them up. */
function textOf(value: IppValue): string | undefined {
  switch (value.syntax) {
    case 'text':
    case 'name':
    case 'keyword':
    case 'uri':
      return value.value;
    case 'octetString':
      return decodeText(value.value);
    default:
      return undefined;
  }
}
