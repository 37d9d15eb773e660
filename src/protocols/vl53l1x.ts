/**
 * The distance sensor VL53L1X on I2C: 16-bit register numbers, the high byte first.
 *
 * Sources: ST DS12385 (model 010F reads EA CC); ST's Ultra Lite Driver STSW-IMG009, UM2510: what it writes from 2D to 87
 * (`VL53L1X_SensorInit`: long distance mode, 100 ms), the order of boot, first measurement and start, and the layout of
 * the block at 89 (`VL53L1X_GetResult`).
 */
import { parseHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';
import type { RangeSample } from './range-sample.js';

export const vl53l1xAddress = 0x29;
export const vl53l1xModel = { register: 0x010f, value: 0xeacc } as const;
/** FIRMWARE__SYSTEM_STATUS: bit 0 once it has booted, at most 1.2 ms after power-on. */
export const vl53l1xBooted = 0x00e5;
/** GPIO__TIO_HV_STATUS: bit 0 is 1 while a measurement is there (with bit 4 of register 30 at 0, as it is set up here). */
export const vl53l1xReady = 0x0031;
/** RESULT__RANGE_STATUS and what follows it. */
export const vl53l1xResult = { register: 0x0089, length: 17 } as const;
/**
 * SYSTEM__THRESH_HIGH, which means nothing as long as every measurement is told (46 is 20): holds a mark of ours. What has
 * lost its power has it no more.
 */
export const vl53l1xMark = { register: 0x0072, value: 0x4877 } as const;

const SYSTEM__INTERRUPT_CLEAR = 0x0086;
const SYSTEM__MODE_START = 0x0087;
const VHV_CONFIG__TIMEOUT_MACROP_LOOP_BOUND = 0x0008;
const VHV_CONFIG__INIT = 0x000b;

const firstSetting = 0x002d;
/**
 * Registers 2D to 87, sixteen a line from the second line on. Bit 0 of 2E: the wires are pulled up higher than 1.8 V, as
 * on every module that a 3.3 V board can be joined to.
 */
const settings = [
  '00 01 00',
  '01 02 00 02 08 00 08 10 01 01 00 00 00 00 FF 00',
  '0F 00 00 00 00 00 20 0B 00 00 02 0A 21 00 00 05',
  '00 00 00 00 C8 00 00 38 FF 01 00 08 00 00 01 CC',
  '0F 01 F1 0D 01 68 00 80 08 B8 00 00 00 00 0F 89',
  '00 00 00 00 00 00 00 01 0F 0D 0E 0E 00 00 02 C7',
  'FF 9B 00 00 00 01 00 00',
].join(' ');

/** No transfer is longer than 32 bytes, two of them the register. */
const mostBytes = 30;

/** The bytes that make it do one thing, a transfer each. */
export type Vl53l1xWrites = readonly Uint8Array[];

/** Sets everything up but the mark; the first measurement after it calibrates the detector. */
export function vl53l1xSetUp(): Vl53l1xWrites {
  const bytes = parseHex(settings) ?? new Uint8Array();
  const writes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += mostBytes) {
    writes.push(writeTo(firstSetting + at, ...bytes.slice(at, at + mostBytes)));
  }
  return writes;
}

/** After the first measurement: the next calibrations begin at what it has found. And the mark. */
export function vl53l1xAfterFirst(): Vl53l1xWrites {
  const { register, value } = vl53l1xMark;
  return [
    writeTo(VHV_CONFIG__TIMEOUT_MACROP_LOOP_BOUND, 0x09),
    writeTo(VHV_CONFIG__INIT, 0x00),
    writeTo(register, value >> 8, value & 0xff),
  ];
}

/** Forgets what was measured before, and begins to measure. */
export function vl53l1xStart(): Vl53l1xWrites {
  return [writeTo(SYSTEM__INTERRUPT_CLEAR, 0x01), writeTo(SYSTEM__MODE_START, 0x40)];
}

export function vl53l1xStop(): Vl53l1xWrites {
  return [writeTo(SYSTEM__INTERRUPT_CLEAR, 0x01), writeTo(SYSTEM__MODE_START, 0x00)];
}

/** A register's number as it is written before a read. */
export function vl53l1xPointer(register: number): Uint8Array {
  return writeTo(register);
}

function writeTo(register: number, ...values: number[]): Uint8Array {
  return Uint8Array.of(register >> 8, register & 0xff, ...values);
}

/** It reaches 4 m at the very best. */
const farthestMillimetres = 4_000;
const complete = 9;
const broken: Readonly<Record<number, string>> = {
  1: 'the laser fails its continuity test',
  2: 'the laser fails its watchdog test',
  3: 'no bias voltage was found for the detector',
};

/**
 * Reads the block of a measurement that is done.
 * @param block 17 bytes from register 89
 * @throws `sensor.hardware` (garbled: the chip says that it is broken)
 */
export function readVl53l1xResult(block: Uint8Array): RangeSample {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const status = view.getUint8(0) & 0x1f;
  const words = broken[status];
  if (words !== undefined) {
    throw new HallwardError('sensor.hardware', 'garbled', `the distance sensor is broken: ${words}`, {
      status,
    });
  }
  const range = view.getUint16(13);
  const good = status === complete && range > 0 && range <= farthestMillimetres;
  // Without status and the number of the measurement, which counts on by itself.
  return { millimetres: good ? range : null, raw: block.slice(3, 17), range };
}
