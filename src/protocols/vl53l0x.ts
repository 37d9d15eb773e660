/**
 * What the distance sensor VL53L0X says of itself and of one measurement. How it is set up is ST's secret (the register
 * map is not public): the package `vl53l0x`, a port of ST's API, does that.
 *
 * Sources: ST DS11555, "VL53L0X" (reference registers: C0 reads EE, C1 AA, C2 10; 8-bit register numbers); ST's API
 * STSW-IMG005, `VL53L0X_GetRangingMeasurementData` (layout of the block at 14) and `VL53L0X_get_pal_range_status`.
 */
import { HallwardError } from '../kernel/errors.js';
import type { RangeSample } from './range-sample.js';

export const vl53l0xAddress = 0x29;
/** Register of the model and what it reads. */
export const vl53l0xModel = { register: 0xc0, value: 0xee } as const;
/** Selects the bank of registers; 0 is the usual one. */
export const vl53l0xBank = 0xff;
/**
 * SYSTEM_SEQUENCE_CONFIG: FF at power-on, E8 once it is set up (no check of the minimum signal, no target centre check).
 * What reads otherwise has lost its power since.
 */
export const vl53l0xSetUp = { register: 0x01, value: 0xe8 } as const;
/** RESULT_RANGE_STATUS and what follows it. */
export const vl53l0xResult = { register: 0x14, length: 12 } as const;

/** What the range register holds where nothing was measured is 8190 or 8191; it reaches 2 m at the very best. */
const farthestMillimetres = 2_000;
/** DeviceRangeStatus: a complete measurement. */
const complete = 11;
/** The laser's two self-tests, and no voltage found for the detector. All others mean: no target, or none for certain. */
const broken: Readonly<Record<number, string>> = {
  1: 'the laser fails its continuity test',
  2: 'the laser fails its watchdog test',
  3: 'no bias voltage was found for the detector',
};

/**
 * Reads the block of a measurement that is done.
 * @param block 12 bytes from register 14
 * @throws `sensor.hardware` (garbled: the chip says that it is broken)
 */
export function readVl53l0xResult(block: Uint8Array): RangeSample {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const status = (view.getUint8(0) & 0x78) >> 3;
  const words = broken[status];
  if (words !== undefined) {
    throw new HallwardError('sensor.hardware', 'garbled', `the distance sensor is broken: ${words}`, {
      status,
    });
  }
  const range = view.getUint16(10);
  const good = status === complete && range > 0 && range <= farthestMillimetres;
  // Detectors in use, signal rate, ambient rate, range: light is counted, so a live one never repeats all of them.
  return { millimetres: good ? range : null, raw: block.slice(2, 12), range };
}
