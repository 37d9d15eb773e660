/**
 * How a kiosk's laser printer stands, as its IPP attributes say it.
 *
 * Sources: RFC 8011, 5.4 (state, reasons), PWG 5100.9 (keywords), PWG 5100.13 (printer-supply, printer-input-tray).
 * Supplies and tray are worded as in `ippeveprinter` of CUPS 2.4; the markers as a Brother HL-L2370DW says them.
 */
import type { SimulatedIppAttribute } from './ipp-message.js';

const stateNumbers = { idle: 3, processing: 4, stopped: 5 } as const;

export interface PrinterStanding {
  readonly state: keyof typeof stateNumbers;
  /** Keywords of printer-state-reasons; none where all is well. */
  readonly reasons: readonly string[];
  /** In the tray, of 250. */
  readonly sheets: number;
  /** Percent of the toner, and of room in the waste container; -3 some, -2 unknown. */
  readonly black: number;
  readonly waste: number;
}

/** All that it says of itself, by name. */
export function standingAttributes({
  state,
  reasons,
  sheets,
  black,
  waste,
}: PrinterStanding): Map<string, SimulatedIppAttribute> {
  return new Map<string, SimulatedIppAttribute>([
    ['printer-state', { tag: 0x23, values: [stateNumbers[state]] }],
    ['printer-state-reasons', { tag: 0x44, values: reasons.length === 0 ? ['none'] : reasons }],
    ['printer-state-message', { tag: 0x41, values: [reasons.length === 0 ? 'Ready' : 'Check printer'] }],
    ['printer-make-and-model', { tag: 0x41, values: ['Example KP-80 Laser'] }],
    [
      'printer-supply',
      {
        tag: 0x30,
        values: [
          `index=1;class=receptacleThatIsFilled;type=wasteToner;unit=percent;maxcapacity=100;level=${waste};colorantname=unknown;`,
          `index=2;class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level=${black};colorantname=black;`,
        ],
      },
    ],
    ['printer-supply-description', { tag: 0x41, values: ['Toner Waste Tank', 'Black Toner'] }],
    [
      'printer-input-tray',
      {
        tag: 0x30,
        values: [
          'type=sheetFeedAutoRemovableTray;mediafeed=0;mediaxfeed=0;maxcapacity=-2;level=-2;status=0;name=auto',
          `type=sheetFeedAutoRemovableTray;mediafeed=0;mediaxfeed=0;maxcapacity=250;level=${sheets};status=0;name=main`,
        ],
      },
    ],
    ['marker-names', { tag: 0x42, values: ['BK'] }],
    ['marker-types', { tag: 0x44, values: ['toner'] }],
    ['marker-colors', { tag: 0x42, values: ['#000000'] }],
    ['marker-levels', { tag: 0x21, values: [black] }],
    ['marker-low-levels', { tag: 0x21, values: [9] }],
    ['marker-high-levels', { tag: 0x21, values: [100] }],
    ['printer-impressions-completed', { tag: 0x21, values: [1204] }],
  ]);
}
