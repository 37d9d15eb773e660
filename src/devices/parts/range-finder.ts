import { HallwardError } from '../../kernel/errors.js';
import type { RangeSample } from '../../protocols/range-sample.js';
import { addressText as hex } from './asked-chip.js';

/** A chip that measures a distance when it is asked. All reject with a `HallwardError`. */
export interface RangeFinder {
  /** Makes sure that it is the right chip (else `sensor.wrong-chip`), and sets it up. */
  begin(): Promise<void>;
  /** False: it is not as `begin` left it, for its power was away. */
  ready(): Promise<boolean>;
  measure(): Promise<RangeSample>;
  /** The part has stopped: what the chip does without an end is ended, where that can be done. */
  leave?(): void;
}

/** Another chip answers at the address. */
export function wrongChip(wanted: string, address: number, expected: number, found: number): HallwardError {
  const [at, right, wrong] = [hex(address), hex(expected), hex(found)];
  return new HallwardError(
    'sensor.wrong-chip',
    'garbled',
    `the chip at ${at} is no ${wanted}: its model register reads ${wrong}, not ${right}`,
    { address: at, expected: right, found: wrong },
  );
}

/** It answers, but nothing comes of it. */
export function notReady(register: number, waitedMilliseconds: number): HallwardError {
  return new HallwardError(
    'sensor.not-ready',
    'timeout',
    `the distance sensor answers, but does not come to the end of a measurement (${Math.round(waitedMilliseconds)} ms)`,
    { register },
  );
}
