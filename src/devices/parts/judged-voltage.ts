import { asHallwardError, HallwardError } from '../../kernel/errors.js';
import type { Voltage } from './analog-part.js';
import { failedLooks, type PartEvents } from './part.js';

/**
 * Makes of the voltages of an analogue input what they mean, and of impossible ones an unknown: three in a row.
 * @param read gives the meaning; throws a `HallwardError` (garbled) where there is none
 * @param events `unknown` is told once for each code, also where the input itself is lost
 */
export function judgedVoltage<Values>(
  read: (voltage: Voltage, atMilliseconds: number) => Values,
  events: PartEvents<Values>,
): Pick<PartEvents<Voltage>, 'values' | 'unknown'> {
  let impossible = 0;
  let told: string | undefined;
  const tell = (error: HallwardError): void => {
    if (told === error.code) return;
    told = error.code;
    events.unknown(error);
  };
  return {
    values(voltage, at) {
      try {
        const values = read(voltage, at);
        impossible = 0;
        told = undefined;
        events.values(values, at);
      } catch (thrown) {
        if (!(thrown instanceof HallwardError) || thrown.kind !== 'garbled') {
          events.crashed(asHallwardError(thrown, 'sensor.unreadable'));
        } else if (++impossible >= failedLooks) {
          tell(thrown);
        }
      }
    },
    unknown(error) {
      impossible = 0;
      tell(error);
    },
  };
}

/** An average that forgets with this time constant, whatever the pace of the samples. */
export class FadingAverage {
  #value: number | undefined;
  #at = 0;

  constructor(private readonly milliseconds: number) {}

  take(sample: number, atMilliseconds: number): number {
    const passed = Math.max(0, atMilliseconds - this.#at);
    const before = this.#value ?? sample;
    this.#value = before + (1 - Math.exp(-passed / this.milliseconds)) * (sample - before);
    this.#at = atMilliseconds;
    return this.#value;
  }

  forget(): void {
    this.#value = undefined;
  }
}
