/**
 * What hinders a printer, from the three places in which the MIBs say it: detected errors (RFC 2790), covers and alerts
 * (RFC 3805), as keywords of `printer-state-reasons` (RFC 8011, PWG 5100.9). One cause gives one reason.
 */
import { integerOf, type MibValue, type MibView } from './printer-mib-view.js';
import type { PrinterReason, ReasonSeverity } from './printer-picture.js';

const coverStatus = '1.3.6.1.2.1.43.6.1.1.3';
const alertTable = '1.3.6.1.2.1.43.18.1.1';

interface PrinterStatusWords {
  readonly deviceStatus: number | null;
  readonly printerStatus: number | null;
  /** hrPrinterDetectedErrorState */
  readonly detected: MibValue;
}

interface Reasons {
  /** Something was said that only a printer says. */
  readonly understood: boolean;
  readonly list: readonly PrinterReason[];
}

/** The reasons of the printer whose rows begin with `device`; the worst first. */
export function reasonsOf(view: MibView, device: number, words: PrinterStatusWords): Reasons {
  const found = new Map<string, ReasonSeverity>();
  const add = (keyword: string, severity: ReasonSeverity) => {
    const known = found.get(keyword);
    if (known === undefined || rank[severity] > rank[known]) found.set(keyword, severity);
  };
  // RFC 3805, appendix E: with one of these it prints all the same. Unknown is not "it prints".
  const prints =
    (words.deviceStatus === 2 || words.deviceStatus === 3) &&
    (words.printerStatus === 3 || words.printerStatus === 4 || words.printerStatus === 5);
  const hindrance: ReasonSeverity = prints ? 'warning' : 'error';

  const { detected } = words;
  if (detected instanceof Uint8Array) addDetected(detected, words, hindrance, add);

  const covers = rowsOf(view, coverStatus, device);
  if (covers.some(({ value }) => value === 3 || value === 5)) add('cover-open', hindrance);

  const alerts = rowsOf(view, `${alertTable}.7`, device);
  for (const { index, value } of alerts) {
    const cell = (column: number) => view.integer(`${alertTable}.${column}.${index.join('.')}`);
    addAlert({ severity: cell(2), group: cell(4), code: integerOf(value) }, hindrance, add);
  }

  // "Low" beside "empty" of the same sort, where it is only a remark, is the same cause.
  if (found.has('media-empty') && found.get('media-low') === 'report') found.delete('media-low');
  const known = (status: number | null) => status !== null && status >= 3 && status <= 5;
  return {
    understood:
      detected instanceof Uint8Array ||
      known(words.printerStatus) ||
      words.printerStatus === 1 ||
      covers.length > 0 ||
      alerts.length > 0,
    list: [...found]
      .map(([keyword, severity]) => ({ keyword, severity }))
      .sort(
        (one, other) => rank[other.severity] - rank[one.severity] || (one.keyword < other.keyword ? -1 : 1),
      ),
  };
}

const rank: Readonly<Record<ReasonSeverity, number>> = { report: 0, warning: 1, error: 2 };

const rowsOf = (view: MibView, column: string, device: number) =>
  view.column(column).filter(({ index }) => index[0] === device);

/**
 * hrPrinterDetectedErrorState: bit 0 is the highest of the first byte; makers send two bytes, one, or none at all. Low
 * paper, offline and service are not to be relied on (CUPS has left the last two out for that): they are remarks,
 * but for "offline" where the device status says so, too.
 */
function addDetected(
  bytes: Uint8Array,
  { deviceStatus }: PrinterStatusWords,
  hindrance: ReasonSeverity,
  add: (keyword: string, severity: ReasonSeverity) => void,
): void {
  const bits = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const has = (mask: number) => (bits & mask) !== 0;
  if (has(0x4000)) add('media-empty', hindrance);
  else if (has(0x8000)) add('media-low', 'report');
  if (has(0x1000)) add('marker-supply-empty', hindrance);
  else if (has(0x2000)) add('marker-supply-low', 'warning');
  if (has(0x0800)) add('cover-open', hindrance);
  if (has(0x0400)) add('media-jam', hindrance);
  if (has(0x0200)) add('offline', deviceStatus === 5 ? 'error' : 'report');
  if (has(0x0100)) add('service-needed', 'report');
  if (has(0x0080)) add('input-tray-missing', hindrance);
  if (has(0x0040)) add('output-tray-missing', hindrance);
  if (has(0x0020)) add('marker-supply-missing', hindrance);
  if (has(0x0008)) add('output-area-full', hindrance);
  else if (has(0x0010)) add('output-area-almost-full', 'warning');
  // One tray of several: the printer takes from another.
  if (has(0x0004)) add('media-empty', 'warning');
  if (has(0x0002)) add('service-needed', 'report');
}

interface Alert {
  readonly severity: number | null;
  readonly group: number | null;
  readonly code: number | null;
}

/** Severity: 3 critical, 4 warning, 5 warning that goes away by itself; nothing else hinders (RFC 3805). */
function addAlert(
  { severity, group, code }: Alert,
  hindrance: ReasonSeverity,
  add: (keyword: string, severity: ReasonSeverity) => void,
): void {
  if (code === null || (severity !== 3 && severity !== 4 && severity !== 5)) return;
  const isCritical = severity === 3;
  const keyword = keywordOf(group, code);
  if (keyword === 'other') {
    // A code of no meaning: many a maker says "ready" or "sleeping" with it, so that more than one word must agree.
    add(keyword, isCritical ? hindrance : 'report');
  } else if (keyword !== undefined) {
    add(keyword, isCritical ? 'error' : 'warning');
  }
}

/** prtAlertGroup: 4 device, 5 printer, 6 cover, 8 input, 9 output, 10 marker, 11 supplies, 12 colorant, 13 path. */
const subunits: Readonly<Record<number, string>> = {
  8: 'input-tray',
  9: 'output-tray',
  10: 'marker',
  11: 'marker-supply',
  12: 'marker-supply',
  13: 'media-path',
};

/** Codes that say which part they mean by themselves (IANA-PRINTER-MIB, PrtAlertCodeTC). */
const plainCodes: Readonly<Record<number, string>> = {
  3: 'cover-open',
  5: 'cover-open', // an interlock is what a cover presses
  8: 'media-jam',
  501: 'cover-open',
  801: 'input-tray-missing',
  807: 'media-low',
  808: 'media-empty',
  809: 'media-needed',
  810: 'media-needed',
  811: 'input-tray-position-failure',
  812: 'input-tray-elevation-failure',
  813: 'media-needed',
  901: 'output-tray-missing',
  902: 'output-area-almost-full',
  903: 'output-area-full',
  1001: 'fuser-under-temp',
  1002: 'fuser-over-temp',
  1003: 'marker-fuser-timing-failure',
  1004: 'marker-fuser-thermistor-failure',
  1101: 'marker-supply-empty',
  1102: 'marker-supply-empty',
  1103: 'marker-supply-empty',
  1104: 'marker-supply-low',
  1105: 'marker-supply-low',
  1106: 'marker-supply-low',
  1107: 'marker-waste-almost-full',
  1108: 'marker-waste-almost-full',
  1109: 'marker-waste-full',
  1110: 'marker-waste-full',
  1111: 'opc-near-eol',
  1112: 'opc-life-over',
  1113: 'developer-low',
  1114: 'developer-empty',
  1115: 'marker-supply-missing',
  1301: 'output-tray-missing',
  1302: 'output-area-almost-full',
  1303: 'output-area-full',
};

/** Codes by the part that they are said of; `undefined` elsewhere. */
const codesOfSubunit: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  9: {
    'input-tray': 'input-tray-missing',
    'output-tray': 'output-tray-missing',
    'marker-supply': 'marker-supply-missing',
    marker: 'marker-supply-missing',
  },
  10: { marker: 'marker-supply-low', 'marker-supply': 'marker-supply-low' },
  11: { marker: 'marker-supply-empty', 'marker-supply': 'marker-supply-empty' },
  12: { 'input-tray': 'media-low', marker: 'marker-supply-low', 'marker-supply': 'marker-supply-low' },
  13: { 'input-tray': 'media-empty', marker: 'marker-supply-empty', 'marker-supply': 'marker-supply-empty' },
  14: {
    'output-tray': 'output-area-almost-full',
    'media-path': 'output-area-almost-full',
    'marker-supply': 'marker-waste-almost-full',
    marker: 'marker-waste-almost-full',
  },
  15: {
    'output-tray': 'output-area-full',
    'media-path': 'output-area-full',
    'marker-supply': 'marker-waste-full',
    marker: 'marker-waste-full',
  },
};

/** Codes of what has broken: the part's name stands before it, where it has one. */
const failures: Readonly<Record<number, string>> = {
  29: 'recoverable-failure',
  30: 'unrecoverable-failure',
  31: 'recoverable-storage-error',
  32: 'unrecoverable-storage-error',
  33: 'motor-failure',
  35: 'under-temperature',
  36: 'over-temperature',
  37: 'timing-failure',
  38: 'thermistor-failure',
};

/** Codes that are news, not a hindrance: closed, turned on, sleeping, warming up, media changed, memory added. */
const news = new Set([
  4, 6, 7, 19, 20, 23, 24, 25, 27, 28, 502, 503, 504, 505, 506, 507, 802, 803, 804, 805, 806, 1005, 1304,
  1501, 1502, 1503, 1504, 1505, 1506, 1507, 1509, 1801,
]);

/** `other` for a hindrance without a name, `undefined` for none. */
function keywordOf(group: number | null, code: number): string | undefined {
  if (news.has(code)) return undefined;
  const plain = plainCodes[code];
  if (plain !== undefined) return plain;
  const subunit = subunits[group ?? 0];
  const failure = failures[code];
  if (failure !== undefined) return subunit === undefined ? failure : `${subunit}-${failure}`;
  if (code === 18 && group === 6) return 'cover-open';
  if (code === 22 && (group === 4 || group === 5)) return 'offline';
  // Near a limit and at it is life that ends, removed is missing.
  const alike = code === 16 ? 10 : code === 17 ? 11 : code === 26 ? 9 : code;
  return codesOfSubunit[alike]?.[subunit ?? ''] ?? 'other';
}
