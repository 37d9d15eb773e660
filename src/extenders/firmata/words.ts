/** What can go wrong with a Firmata board, in words that say what to do. */
import { type Evidence, HallwardError } from '../../kernel/errors.js';
import type { FirmataStage } from '../../transports/ports-firmata.js';

const flash = 'load StandardFirmata onto it with the Arduino IDE (File, Examples, Firmata)';

const reached: Readonly<Record<FirmataStage, string>> = {
  silent: `nothing comes from it: check its power and cable, and ${flash}`,
  version: 'it told its version, but not the name of its firmware',
  firmware: 'it told its firmware, but not what its pins can do',
  capabilities: 'what it says of its pins and of its analogue inputs does not fit together, or is missing',
};

export const firmataErrors = {
  /** Not ready in time. */
  notReady: (address: string, stage: FirmataStage, seconds: number, evidence: Evidence) =>
    new HallwardError(
      'firmata.no-answer',
      'timeout',
      `${address}: the Firmata board is not ready after ${seconds} s: ${reached[stage]}`,
      { stage, ...evidence },
    ),

  /** @param sample the first bytes that were none of Firmata's */
  notFirmata: (address: string, sample: string, evidence: Evidence) =>
    new HallwardError(
      'firmata.not-firmata',
      'garbled',
      `${address}: what comes is not Firmata (${sample}): it is another device, has another firmware (${flash}), or another speed (57600 baud is usual)`,
      { sample, ...evidence },
    ),

  /** It was ready, and answers no more. */
  silent: (address: string, misses: number, evidence: Evidence) =>
    new HallwardError(
      'firmata.no-answer',
      'timeout',
      `${address}: the Firmata board has not answered ${misses} times: press its reset button, check its power and cable`,
      { misses, ...evidence },
    ),

  /** A channel that was told to report does not. */
  channelSilent: (address: string, channel: number) =>
    new HallwardError('firmata.no-answer', 'timeout', `${address}: no values come from A${channel}`, {
      channel,
    }),

  /** The board is not there, as its lines and channels say it; the bus says why in its own code. */
  lost: (cause: HallwardError) =>
    cause.code.startsWith('wire.')
      ? cause
      : new HallwardError('wire.lost', 'absent', cause.message, { ...cause.evidence, cause: cause.code }),

  opening: (address: string) =>
    new HallwardError('wire.absent', 'absent', `${address}: the Firmata board is not ready yet`),

  lineUnknown: (address: string, line: number | string, why: string) =>
    new HallwardError('gpio.line-unknown', 'usage', `${address}: ${line} ${why}`, { line }),

  lineBusy: (address: string, pin: number, consumer: string) =>
    new HallwardError('gpio.line-busy', 'busy', `${address}: pin ${pin} is in use already (${consumer})`, {
      line: pin,
      consumer,
    }),

  noPullUp: (address: string, pin: number, version: string) =>
    new HallwardError(
      'gpio.failed',
      'refused',
      `${address}: this firmware (Firmata ${version}) can't pull pin ${pin} up: load StandardFirmata 2.5 or later, or wire a resistor of 10 kΩ to the supply and set "bias: disabled"`,
      { line: pin, version },
    ),

  notTaken: (address: string, pin: number, wanted: string, evidence: Evidence) =>
    new HallwardError('gpio.failed', 'refused', `${address}: pin ${pin} did not become ${wanted}`, {
      line: pin,
      ...evidence,
    }),

  pinSilent: (address: string, pin: number) =>
    new HallwardError('gpio.failed', 'timeout', `${address}: no answer about pin ${pin}`, { line: pin }),

  channelUnknown: (address: string, channel: number, count: number) =>
    new HallwardError(
      'analog.channel-unknown',
      'usage',
      `${address}: the board has no analogue input A${channel}; it has ${count === 0 ? 'none' : `A0 to A${count - 1}`}`,
      { channel, channels: count },
    ),
} as const;
