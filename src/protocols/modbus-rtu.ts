/**
 * Modbus RTU, the master's side of functions 03, 06 and 16.
 * Source: "MODBUS Application Protocol Specification V1.1b3" and "MODBUS over Serial Line V1.02" (modbus.org).
 *
 * Answers are found by expected length and checksum, never by the 1.5 and 3.5 character pauses of the
 * specification: USB adapters deliver in batches and blur them.
 */
import { hasBytesAt } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';
import type { Decoder } from '../kernel/framing.js';
import { crc16Modbus } from './crc16.js';
import { discardOne, scanningDecoder, type Verdict } from './scanning-decoder.js';

const readFunction = 0x03;
const writeSingleFunction = 0x06;
const writeMultipleFunction = 0x10;
const exceptionFlag = 0x80;

const lowestSlaveAddress = 1;
const highestSlaveAddress = 247;
const mostRegistersRead = 125;
const mostRegistersWritten = 123;
const writeAnswerBytes = 8;
const exceptionBytes = 5;
/** The longest frame of Modbus RTU. */
const frameLimitBytes = 256;

export type ModbusFunction = 3 | 6 | 16;

/** A request as data. */
export interface ModbusRequest {
  /** The slave's address, 1 to 247. Broadcasts (0) are not made: nobody answers them. */
  readonly address: number;
  readonly function: ModbusFunction;
  /** First register, counted from 0. */
  readonly start: number;
  /** Number of registers. */
  readonly count: number;
  /** The whole frame with its checksum. */
  readonly bytes: Uint8Array;
  /** Length of the answer, if it is no exception. */
  readonly responseBytes: number;
}

export type ModbusAnswer =
  | { readonly function: 3; readonly address: number; readonly registers: readonly number[] }
  | { readonly function: 6; readonly address: number; readonly register: number; readonly value: number }
  | { readonly function: 16; readonly address: number; readonly start: number; readonly count: number };

const exceptionMeanings: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'slave device failure',
  5: 'acknowledged, still working',
  6: 'slave device busy',
  7: 'negative acknowledge',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target does not answer',
};

/** Function 03: reads `count` (1 to 125) registers from `start`. Throws `modbus.out-of-range` (usage). */
export function readHoldingRegisters(address: number, start: number, count: number): ModbusRequest {
  checkRange('address', address, lowestSlaveAddress, highestSlaveAddress);
  checkSpan(start, count, mostRegistersRead);
  const bytes = frame(address, readFunction, [...word(start), ...word(count)]);
  return { address, function: readFunction, start, count, bytes, responseBytes: 5 + 2 * count };
}

/** Function 06: writes one register. Throws `modbus.out-of-range` (usage). */
export function writeSingleRegister(address: number, register: number, value: number): ModbusRequest {
  checkRange('address', address, lowestSlaveAddress, highestSlaveAddress);
  checkRange('register', register, 0, 0xffff);
  checkRange('value', value, 0, 0xffff);
  const bytes = frame(address, writeSingleFunction, [...word(register), ...word(value)]);
  return {
    address,
    function: writeSingleFunction,
    start: register,
    count: 1,
    bytes,
    responseBytes: writeAnswerBytes,
  };
}

/** Function 16: writes 1 to 123 registers from `start` at once. Throws `modbus.out-of-range` (usage). */
export function writeMultipleRegisters(
  address: number,
  start: number,
  values: readonly number[],
): ModbusRequest {
  checkRange('address', address, lowestSlaveAddress, highestSlaveAddress);
  checkSpan(start, values.length, mostRegistersWritten);
  for (const value of values) checkRange('value', value, 0, 0xffff);
  const count = values.length;
  const body = [...word(start), ...word(count), 2 * count, ...values.flatMap(word)];
  const bytes = frame(address, writeMultipleFunction, body);
  return { address, function: writeMultipleFunction, start, count, bytes, responseBytes: writeAnswerBytes };
}

/**
 * Reads the answer to `request` out of what the line brings.
 *
 * An exception answer comes as a `HallwardError` frame: `modbus.exception`, kind `refused`, evidence
 * `{function, exception, meaning}`. Everything else is discarded, with the reason:
 * - `echo`: our own request, given back by the adapter (functions 03 and 16).
 * - `crc`: begins like the answer, but the checksum is wrong.
 * - `wrong-length`: begins like the answer to 03, but with an impossible count of bytes.
 * - `unexpected-answer`: a valid frame of this slave that does not answer this request (a late one, mostly).
 * - `other-address`: a valid frame of another slave.
 * - `unfinished`: the line fell silent in the middle of a frame.
 * - `unknown-bytes`: noise.
 *
 * The answer to 06 equals its request byte for byte, so that on a line that echoes nobody can tell one from the
 * other here. The bus must strip echoes before this decoder sees them, and a device should read once before it
 * writes: the answer to 03 is never mistaken for its echo, and so shows the bus that there is one.
 *
 * A place that could begin a frame is waited for only as long as any whole answer behind it would take, so that
 * noise in front of an answer never holds it up. Only an exception (shorter than the rest) may have to wait for
 * `idle()`: call it before giving up.
 */
export function responseDecoder(request: ModbusRequest): Decoder<ModbusAnswer | HallwardError> {
  return scanningDecoder((bytes, offset, final) => look(request, bytes, offset, final), frameLimitBytes);
}

function look(
  request: ModbusRequest,
  bytes: Uint8Array,
  offset: number,
  final: boolean,
): Verdict<ModbusAnswer | HallwardError> {
  const left = bytes.length - offset;
  const echo = request.function === writeSingleFunction ? 'none' : echoAt(request.bytes, bytes, offset);
  if (echo === 'whole') return { discard: request.bytes.length, reason: 'echo' };
  // Also decides the rare answer that equals the beginning of its request: another byte or silence must tell.
  if (echo === 'begun' && !final) return 'wait';

  const address = bytes[offset]!;
  if (address < lowestSlaveAddress || address > highestSlaveAddress) return discardOne;
  if (left < 2) return 'wait';
  const code = bytes[offset + 1]!;
  const ours = address === request.address && (code & ~exceptionFlag) === request.function;

  let length: number;
  if (code > exceptionFlag) length = exceptionBytes;
  else if (code === writeSingleFunction || code === writeMultipleFunction) length = writeAnswerBytes;
  else if (code === readFunction) {
    if (left < 3) return 'wait';
    const data = bytes[offset + 2]!;
    length = exceptionBytes + data;
    const possible =
      data > 0 && data % 2 === 0 && length <= Math.max(request.responseBytes, writeAnswerBytes);
    if (!possible) return ours ? { discard: 1, reason: 'wrong-length', suspect: 3 } : discardOne;
  } else return discardOne;

  if (left < length) return 'wait';
  const end = offset + length;
  if (crc16Modbus(bytes, offset, end - 2) !== (bytes[end - 2]! | (bytes[end - 1]! << 8))) {
    return ours ? { discard: 1, reason: 'crc', suspect: length } : discardOne;
  }
  if (address !== request.address) return { discard: length, reason: 'other-address' };
  const answer = ours ? readAnswer(request, bytes, offset, length) : undefined;
  return answer === undefined ? { discard: length, reason: 'unexpected-answer' } : { frame: answer, length };
}

/** The answer in a valid frame of the right slave and function; `undefined` if it answers something else. */
function readAnswer(
  request: ModbusRequest,
  bytes: Uint8Array,
  offset: number,
  length: number,
): ModbusAnswer | HallwardError | undefined {
  const { address } = request;
  if (bytes[offset + 1]! > exceptionFlag) return exceptionError(request.function, bytes[offset + 2]!);
  if (length !== request.responseBytes) return undefined;
  switch (request.function) {
    case readFunction: {
      const registers = Array.from({ length: request.count }, (_, at) => wordAt(bytes, offset + 3 + 2 * at));
      return { function: readFunction, address, registers };
    }
    case writeSingleFunction:
      if (!hasBytesAt(bytes, request.bytes, offset)) return undefined;
      return {
        function: writeSingleFunction,
        address,
        register: request.start,
        value: wordAt(bytes, offset + 4),
      };
    case writeMultipleFunction: {
      const start = wordAt(bytes, offset + 2);
      const count = wordAt(bytes, offset + 4);
      if (start !== request.start || count !== request.count) return undefined;
      return { function: writeMultipleFunction, address, start, count };
    }
  }
}

function exceptionError(functionCode: number, exception: number): HallwardError {
  const meaning = exceptionMeanings[exception] ?? 'unknown exception';
  const message = `The slave refused function ${functionCode}: ${meaning} (exception ${exception}).`;
  return new HallwardError('modbus.exception', 'refused', message, {
    function: functionCode,
    exception,
    meaning,
  });
}

/** How much of `request` stands at `offset`: all, all that has arrived, or it is something else. */
function echoAt(request: Uint8Array, bytes: Uint8Array, offset: number): 'whole' | 'begun' | 'none' {
  const length = Math.min(request.length, bytes.length - offset);
  for (let index = 0; index < length; index++) {
    if (bytes[offset + index] !== request[index]) return 'none';
  }
  return length === request.length ? 'whole' : 'begun';
}

function frame(address: number, functionCode: number, body: readonly number[]): Uint8Array {
  const bytes = Uint8Array.of(address, functionCode, ...body, 0, 0);
  const crc = crc16Modbus(bytes, 0, bytes.length - 2);
  bytes[bytes.length - 2] = crc & 0xff;
  bytes[bytes.length - 1] = crc >>> 8;
  return bytes;
}

const word = (value: number): [number, number] => [value >>> 8, value & 0xff];

const wordAt = (bytes: Uint8Array, offset: number): number => (bytes[offset]! << 8) | bytes[offset + 1]!;

function checkSpan(start: number, count: number, most: number): void {
  checkRange('start', start, 0, 0xffff);
  checkRange('count', count, 1, most);
  checkRange('last register', start + count - 1, 0, 0xffff);
}

function checkRange(name: string, value: number, lowest: number, highest: number): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  const message = `Modbus ${name} must be a whole number from ${lowest} to ${highest}, not ${value}.`;
  throw new HallwardError('modbus.out-of-range', 'usage', message, { name, value, lowest, highest });
}
