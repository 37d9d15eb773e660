/** What every device on GPIO lines shares: how lines are configured, what it claims of its bus, lines that are lost. */
import * as v from 'valibot';
import type { HallwardError } from '../kernel/errors.js';
import type { GpioInputEvents, GpioLine } from '../transports/ports-gpio.js';
import type { Claim, DeviceContext } from './kind.js';

const lineWords =
  'a line: its number on the chip, 0 to 1023, or its name as gpioinfo shows it, such as GPIO17';

/** A line as people write it. A name of digits alone is none: it may well be meant as a number. */
export const gpioLine = v.union(
  [
    v.pipe(v.number(), v.integer(lineWords), v.minValue(0, lineWords), v.maxValue(1023, lineWords)),
    v.pipe(v.string(), v.regex(/^(?=.*[A-Za-z])[A-Za-z0-9_.:+/][A-Za-z0-9_.:+/ -]{0,30}$/, lineWords)),
  ],
  lineWords,
);

export const biases = ['pull-up', 'pull-down', 'disabled', 'as-is'] as const;

/** A claim on one line, for the check of doubles. What has not passed the schema yet claims nothing. */
export function lineClaim(path: readonly string[], line: unknown): Claim[] {
  return typeof line === 'number' || typeof line === 'string' ? [{ path, text: `line ${line}` }] : [];
}

/**
 * Keeps `device.line-unavailable` of a device true, for all that it asked of its bus. A chip that is gone is the bus's
 * fault, not the device's.
 */
export class LineTroubles {
  readonly #troubles = new Map<string, HallwardError>();

  constructor(private readonly context: DeviceContext) {}

  /** @param part what the lines are for, as the fault names it: `buttons`. */
  of(part: string): Pick<GpioInputEvents, 'ready' | 'lost'> {
    return {
      ready: () => this.#set(part, undefined),
      lost: (error) => this.#set(part, error.code.startsWith('wire.') ? undefined : error),
    };
  }

  #set(part: string, error: HallwardError | undefined): void {
    const stood = this.#troubles.size > 0;
    if (error === undefined) this.#troubles.delete(part);
    else this.#troubles.set(part, error);
    const { reports } = this.context;
    const [first] = this.#troubles.values();
    if (first !== undefined) {
      const evidence = { ...first.evidence, reason: first.message, code: first.code };
      reports.raise('device.line-unavailable', evidence, [...this.#troubles.keys()]);
    } else if (stood) {
      reports.clear('device.line-unavailable');
    }
  }
}

/** Hears levels, and gives what fails there to the device's reports: nothing that a device does may end a wire. */
export function guardedLevels(
  context: DeviceContext,
  heard: (line: GpioLine, active: boolean, atMilliseconds: number) => void,
): GpioInputEvents['level'] {
  return (line, active, atMilliseconds) => {
    try {
      heard(line, active, atMilliseconds);
    } catch (error) {
      context.reports.crashed(error);
    }
  };
}
