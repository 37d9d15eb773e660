/**
 * What a printer says of itself, in one vocabulary whatever the protocol: the keywords of `printer-state-reasons`
 * (RFC 8011, 5.4.12; PWG 5100.9), and supplies as the Printer-MIB has them (RFC 3805). Pure data.
 */

/** `error`: it can't print; a reason without a suffix is one (RFC 8011, 5.4.12). */
export type ReasonSeverity = 'report' | 'warning' | 'error';

export interface PrinterReason {
  /** Without its suffix: `media-empty`, `marker-supply-low`. Lower case, at most 64 characters. */
  readonly keyword: string;
  readonly severity: ReasonSeverity;
}

/**
 * What is known of a supply's level: `some` is "not empty, but no number" (-3 of the Printer-MIB), `unknown` is -2, -1
 * or silence. Neither of them is a number.
 */
export const supplyStates = ['ok', 'low', 'empty', 'some', 'unknown'] as const;
export type SupplyState = (typeof supplyStates)[number];

export interface PrinterSupply {
  /** `toner-1`, `tray-2`: stable over restarts; at most 40 of a-z, 0-9 and -. */
  readonly name: string;
  /** For people, as the printer itself says it: `Black Toner Cartridge`. Cleaned of control characters, at most 80. */
  readonly label: string;
  /** Paper and labels; ink, toner, ribbon and drum; a container that fills up. */
  readonly group: 'media' | 'marker' | 'waste';
  /** `toner`, `ink-cartridge`, `opc`, `tray`; the MIB's own word. */
  readonly type: string;
  /** How much is left, 0 to 100; of a waste container, how much room. */
  readonly levelPercent: number | null;
  readonly state: SupplyState;
  /** As measured, in `unit`; `null` where it is not said. */
  readonly level: number | null;
  readonly capacity: number | null;
  /** `percent`, `impressions`, `sheets`, `tenthsOfMillilitres`, ...; `null` where it is not said. */
  readonly unit: string | null;
}

export interface PrinterPicture {
  readonly state: 'idle' | 'processing' | 'stopped' | null;
  /** None where all is well; `null` where it said nothing that can be understood. */
  readonly reasons: readonly PrinterReason[] | null;
  readonly supplies: readonly PrinterSupply[];
  /** Pages since it was made. */
  readonly pagesPrinted: number | null;
  /** Maker and model. */
  readonly model: string | null;
  /** What the printer says to people, cleaned; at most 200 characters. */
  readonly message: string | null;
}

/** At or below this a supply is low, and empty: in percent (as CUPS has them). */
const lowPercent = 5;
const emptyPercent = 1;

/** State of a supply of which a number is known. */
export function supplyState(levelPercent: number): 'ok' | 'low' | 'empty' {
  return levelPercent <= emptyPercent ? 'empty' : levelPercent <= lowPercent ? 'low' : 'ok';
}
