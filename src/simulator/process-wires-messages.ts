/** What passes between a process that hosts wires and the child that uses them. See `process-wires.ts`. */
import { asHallwardError, type ErrorKind, type Evidence, HallwardError } from '../kernel/errors.js';
import type { GpioInputs, GpioLine, GpioOutputRequest } from '../transports/ports-gpio.js';
import type { I2cTransfer } from '../transports/ports-i2c.js';

export type WireType = 'carrier' | 'gpio' | 'i2c';

/** What the child asks for. It chooses the number of each `handle`: what it opens, watches or drives. */
export type Ask =
  | { readonly what: 'describe'; readonly type: WireType; readonly name: string }
  | { readonly what: 'present'; readonly type: WireType; readonly name: string }
  | { readonly what: 'probe'; readonly name: string }
  | {
      readonly what: 'open';
      readonly type: 'carrier' | 'i2c';
      readonly name: string;
      readonly handle: number;
    }
  | { readonly what: 'look'; readonly name: string; readonly handle: number }
  | {
      readonly what: 'watch';
      readonly name: string;
      readonly handle: number;
      readonly inputs: GpioInputs;
    }
  | {
      readonly what: 'drive';
      readonly name: string;
      readonly handle: number;
      readonly output: GpioOutputRequest;
    }
  | { readonly what: 'write'; readonly handle: number; readonly bytes: Uint8Array }
  | { readonly what: 'set'; readonly handle: number; readonly active: boolean }
  | { readonly what: 'transfer'; readonly handle: number; readonly transfer: I2cTransfer }
  | { readonly what: 'close'; readonly handle: number };

/** The answer to `describe`. */
export interface Description {
  readonly address: string;
  /** Of a carrier; 0 otherwise. */
  readonly byteMicroseconds: number;
  /** It can be asked whether it is there; `true` or `false` is what it says now. */
  readonly present: boolean | null;
  /** A carrier that tells when its far end comes or goes. */
  readonly watched: boolean;
}

/** What an open wire tells unasked. */
export type Told =
  | { readonly bytes: Uint8Array }
  | { readonly closed: PassedError }
  /** The far end may have come or gone. */
  | { readonly changed: true; readonly present: boolean | null }
  | { readonly line: GpioLine; readonly active: boolean };

/** From the child to its parent. */
export interface AskMessage {
  readonly wires: 'ask';
  readonly id: number;
  readonly ask: Ask;
}

/** From the parent to its child. */
export type ReplyMessage =
  | { readonly wires: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly wires: 'answer'; readonly id: number; readonly error: PassedError }
  | { readonly wires: 'told'; readonly handle: number; readonly told: Told };

/** A `HallwardError` as it passes between processes. */
export interface PassedError {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly evidence: Evidence;
}

/** Any thrown value as plain data. */
export function passError(thrown: unknown): PassedError {
  const { code, kind, message, evidence } = asHallwardError(thrown, 'wire.unusable');
  return { code, kind, message, evidence };
}

/** The error that was passed, made again. */
export function rebuildError({ code, kind, message, evidence }: PassedError): HallwardError {
  return new HallwardError(code, kind, message, evidence);
}

/** True for a message of this protocol; others may pass over the same channel. */
export function isWireMessage<Message extends AskMessage | ReplyMessage>(
  message: unknown,
  ...kinds: readonly Message['wires'][]
): message is Message {
  const kind = (message as { wires?: unknown } | null)?.wires;
  return typeof message === 'object' && kinds.some((one) => one === kind);
}
