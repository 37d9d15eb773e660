/** The words of GPIO for what can go wrong; the codes are those of `GpioBus` and `GpioChip.probe`. */
import { type Evidence, HallwardError } from '../kernel/errors.js';
import type { GpioLine } from './ports-gpio.js';

export const gpioErrors = {
  /** @param present labels of the chips that are there. */
  chipAbsent: (label: string, present: readonly string[]) =>
    new HallwardError(
      'wire.absent',
      'absent',
      `no GPIO chip is called ${label}; ${present.length === 0 ? 'there is none' : `there are ${present.join(', ')}`}`,
      { label, present: present.join(', ') },
    ),

  chipTwice: (label: string, names: readonly string[]) =>
    new HallwardError(
      'wire.unusable',
      'usage',
      `${names.length} GPIO chips are called ${label} (${names.join(', ')}): unplug all but one`,
      { label, chips: names.join(', ') },
    ),

  chipLost: (label: string) =>
    new HallwardError('wire.lost', 'absent', `the GPIO chip ${label} is gone`, { label }),

  denied: (label: string, detail: string) =>
    new HallwardError(
      'wire.denied',
      'absent',
      `no right to use the GPIO chip ${label}: the user of this process must be in the group gpio`,
      { label, group: 'gpio', detail },
    ),

  unusable: (text: string, evidence: Evidence = {}) =>
    new HallwardError('wire.unusable', 'usage', text, evidence),

  lineUnknown: (label: string, line: GpioLine, why = 'has no such line') =>
    new HallwardError('gpio.line-unknown', 'usage', `${label} ${why}: ${line}`, { line }),

  lineBusy: (label: string, line: GpioLine, consumer: string) =>
    new HallwardError('gpio.line-busy', 'busy', `line ${line} of ${label} is in use by "${consumer}"`, {
      line,
      consumer,
    }),

  failed: (text: string, evidence: Evidence = {}) =>
    new HallwardError('gpio.failed', 'refused', text, evidence),
} as const;
