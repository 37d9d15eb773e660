/** What a distance says of how much is left. Pure. */
import type { SupplyState } from '../../protocols/printer-picture.js';

export type { SupplyState } from '../../protocols/printer-picture.js';

/**
 * - `roll`: on a spindle: its surface comes no nearer to the axis than the core.
 * - `lying-roll`: in a bucket (drop-in): it lies on its bottom, so that its top sinks by twice as much.
 * - `stack`: forms, labels in a fan fold, a liquid: what is left goes with the height.
 */
export const supplyShapes = ['roll', 'lying-roll', 'stack'] as const;
export type SupplyShape = (typeof supplyShapes)[number];

/** The distance with a new filling, and the one with the last of it. */
interface Calibration {
  readonly full: number;
  readonly empty: number;
}

/** Full and empty nearer to each other than this can't be told apart from noise. */
export const leastSpanMillimetres = 5;

/** Whether the two can belong together: a supply shrinks, so its surface goes away from the sensor. */
export function isPlausible({ full, empty }: Calibration): boolean {
  return empty - full >= leastSpanMillimetres;
}

/**
 * How much is left, 0 to 100. Of a roll the area between core and surface counts, for all its turns are equally thick.
 * @param coreMillimetres diameter of the core, of a roll
 */
export function levelAt(
  distanceMillimetres: number,
  { full, empty }: Calibration,
  shape: SupplyShape,
  coreMillimetres: number,
): number {
  const left = empty - Math.min(empty, Math.max(full, distanceMillimetres));
  const span = empty - full;
  if (shape === 'stack') return (left / span) * 100;
  const core = coreMillimetres / 2;
  const perRadius = shape === 'roll' ? 1 : 2;
  const area = (height: number) => (core + height / perRadius) ** 2 - core ** 2;
  return (area(left) / area(span)) * 100;
}

export interface SupplyLimits {
  readonly lowPercent: number;
  readonly emptyPercent: number;
  /** So much above a limit, what fell under it is over it again. */
  readonly hysteresisPercent: number;
}

/**
 * What level and fork say together. The fork wins for empty, both ways: it sits where the printer draws, so without paper
 * there nothing comes out however much is on the roll; and with paper there something still does.
 * @param levelPercent `null` where nobody knows
 * @param present what the fork sees; `null` where there is none, or nobody knows
 */
export function judgeSupply(
  levelPercent: number | null,
  present: boolean | null,
  before: SupplyState,
  { lowPercent, emptyPercent, hysteresisPercent }: SupplyLimits,
): SupplyState {
  if (present === false) return 'empty';
  if (levelPercent === null) return present === true ? 'some' : 'unknown';
  const under = (limit: number, wasUnder: boolean) =>
    levelPercent <= limit || (wasUnder && levelPercent < limit + hysteresisPercent);
  const wasEmpty = before === 'empty';
  if (present === null && under(emptyPercent, wasEmpty)) return 'empty';
  return under(lowPercent, wasEmpty || before === 'low') ? 'low' : 'ok';
}
