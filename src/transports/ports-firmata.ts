/**
 * An Arduino-class board that speaks Firmata: lines and analogue inputs at the end of a serial cable. Pins are lines by
 * their number on the board (`13`) or their name (`D13`, `A0`); analogue channel 0 is A0.
 */
import type { HallwardError } from '../kernel/errors.js';
import type { AnalogBus } from './ports-analog.js';
import type { BusBase } from './ports-bus.js';
import type { GpioBus } from './ports-gpio.js';

/** What the board says of itself once it is ready. */
export interface FirmataAbout {
  /** Name of its firmware: `StandardFirmata`. */
  readonly firmware: string;
  /** `2.5` */
  readonly version: string;
  readonly pins: number;
  readonly analogInputs: number;
}

/** The one owner of such a board. Open only while the board answers. */
export interface FirmataBus extends BusBase {
  readonly type: 'firmata';
  readonly lines: GpioBus;
  readonly analog: AnalogBus;
  /** `undefined` until it is ready. */
  readonly about: FirmataAbout | undefined;
}

/** One pin, as the board describes it. */
export interface FirmataPin {
  /** Modes that it can be in, by their numbers in Firmata: 0 input, 1 output, 2 analogue, 11 input with pull-up. */
  readonly modes: readonly number[];
  /** `null` for a pin that can't measure. */
  readonly analogChannel: number | null;
}

/** What a board says of itself before it can be used. */
export interface FirmataBoard {
  readonly firmware: string;
  readonly version: string;
  readonly pins: readonly FirmataPin[];
  /** What an analogue input reads at full scale: 1023 with ten bits. */
  readonly analogMaximum: number;
}

/** What the board answers to a question about a pin. */
export interface FirmataPinState {
  readonly mode: number;
  /** Of an output: its level. Of an input: whether its pull-up is on. */
  readonly state: number;
}

/**
 * What an engine is told to do, one thing after the other. `version`, `mode`, `write` and `state` are done once the
 * board has answered; the others once they are sent.
 */
export type FirmataOrder =
  | { readonly order: 'version' | 'reset' }
  | { readonly order: 'state'; readonly pin: number }
  | { readonly order: 'mode'; readonly pin: number; readonly mode: number }
  | { readonly order: 'write'; readonly pin: number; readonly high: boolean }
  /** Levels of the eight pins 8 × `port` and on are told from now on, at once and at each change, or no more. */
  | { readonly order: 'watch'; readonly port: number; readonly on: boolean }
  | { readonly order: 'sample'; readonly channel: number; readonly on: boolean }
  /** How often analogue inputs are told; 10 to 16383 ms. */
  | { readonly order: 'interval'; readonly milliseconds: number };

/** How far a board has come until it is ready. */
export type FirmataStage = 'silent' | 'version' | 'firmware' | 'capabilities';

/** What an engine tells. Nothing comes after `ended`, nor after `close`. */
export interface FirmataEngineEvents {
  /** Bytes for the board. */
  write(bytes: Uint8Array): void;
  /** The board has answered so far. */
  stage(stage: FirmataStage): void;
  /** It can be used; told once. */
  ready(board: FirmataBoard): void;
  /** An input's level: at first, and at each change; again after its `mode` was set. */
  level(pin: number, high: boolean): void;
  /** Measured just now: 0 to `analogMaximum`. */
  analog(channel: number, value: number): void;
  /** The board has begun anew by itself: none of its pins is what it was told to be. */
  restarted(): void;
  /** The engine has died, or does not keep up with what comes in. */
  ended(error: HallwardError): void;
}

/** What speaks Firmata for one opening of the wire. It never touches the wire itself. */
export interface FirmataEngine {
  /** Bytes of the board: whole, well-formed messages. What it can't take in time ends it. */
  bytes(messages: Uint8Array): void;
  /**
   * Gives the pin's state for `mode`, `write` and `state`, else `null`. Rejects with `firmata.no-answer` (timeout) where
   * the board has not answered for a second, or with what ended the engine.
   */
  do(order: FirmataOrder): Promise<FirmataPinState | null>;
  /** Ends it. Never rejects. */
  close(): Promise<void>;
}

export interface FirmataEngineOptions {
  /** For people and for timers: the wire's address. */
  readonly address: string;
  /** A board that says nothing by itself is asked after this time: a boot loader must not be disturbed. */
  readonly askAfterMilliseconds: number;
}

/** Starts an engine. Rejects with `firmata.engine-died`, or with `wire.unusable` where its packages are missing. */
export type FirmataEngineFactory = (
  options: FirmataEngineOptions,
  events: FirmataEngineEvents,
) => Promise<FirmataEngine>;
