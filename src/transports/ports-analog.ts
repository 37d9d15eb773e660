/**
 * Analogue inputs: voltages that a converter measures, channel by channel. Its one owner asks for each channel as often
 * as the one who wants it most often.
 */
import type { HallwardError } from '../kernel/errors.js';
import type { BusBase } from './ports-bus.js';

export interface AnalogRequest {
  /** 0 is the first input of the converter (AIN0, A0). */
  readonly channel: number;
  /** How often a value is wanted. */
  readonly everyMilliseconds: number;
}

/** What is told of one channel. */
export interface AnalogEvents {
  /** Measured just now. `fraction`: of the full scale that can be told apart, 0 to 1; 1 also where it is more. */
  value(volts: number, fraction: number, atMilliseconds: number): void;
  /** Nothing is known of it; told once for each loss, and again where its code becomes another. */
  lost(error: HallwardError): void;
}

/**
 * The one owner of a converter. Errors: `analog.channel-unknown` (usage: there is no such channel), and those of what
 * it hangs on (`i2c.no-answer`, `i2c.failed`, `wire.lost`, ...). A channel that is lost is asked for again by itself, at
 * least every 2 s.
 */
export interface AnalogBus extends BusBase {
  readonly type: 'analog';
  /** Returns the function that ends it. */
  sample(request: AnalogRequest, events: AnalogEvents): () => void;
}
