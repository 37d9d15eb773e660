/** The section `buses` of the configuration: each type with its options. */
import * as v from 'valibot';
import { file } from './schema-parts.js';

const serialBus = v.strictObject({
  type: v.literal('serial'),
  path: v.pipe(
    file,
    v.description('Device path; use /dev/serial/by-id/… so that it stays the same when re-plugged'),
  ),
  baudRate: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(110), v.maxValue(4_000_000), v.description('Bits a second')),
    9600,
  ),
  parity: v.optional(v.picklist(['none', 'even', 'odd']), 'none'),
  dataBits: v.optional(v.picklist([7, 8]), 8),
  stopBits: v.optional(v.picklist([1, 2]), 1),
  rs485: v.optional(
    v.pipe(
      v.picklist(['auto', 'rts']),
      v.description(
        'Who turns the direction: the adapter (auto), or the kernel driver by RTS (rts, set in the device tree)',
      ),
    ),
    'auto',
  ),
});

const tcpBus = v.strictObject({
  type: v.literal('tcp'),
  host: v.pipe(v.string(), v.minLength(1), v.maxLength(253), v.description('Host name or address')),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535), v.description('TCP port')),
});

const usbPrinterBus = v.strictObject({
  type: v.literal('usb-printer'),
  path: v.pipe(
    file,
    v.description('Device path; a link that udev keeps, such as /dev/hallward/tickets, or /dev/usb/lp0'),
  ),
});

const gpioBus = v.strictObject({
  type: v.literal('gpio'),
  chip: v.pipe(
    v.string(),
    v.regex(
      /^[A-Za-z0-9_.:@-]{1,64}$/,
      'the label of a chip as gpiodetect shows it, such as pinctrl-bcm2711',
    ),
    v.check(
      (label) => !/^gpiochip\d+$/.test(label),
      'a label such as pinctrl-rp1: numbers change with the kernel',
    ),
    v.description('Label of the chip as gpiodetect shows it: pinctrl-bcm2711 (Pi 4), pinctrl-rp1 (Pi 5)'),
  ),
  access: v.optional(
    v.pipe(
      v.picklist(['auto', 'character-device', 'sysfs']),
      v.description(
        'How lines are reached: character-device by the gpiod tools, sysfs by onoff (no bias), auto: the first that is there',
      ),
    ),
    'auto',
  ),
});

const i2cBus = v.strictObject({
  type: v.literal('i2c'),
  number: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(0),
    v.maxValue(255),
    v.description('Number of the bus: 1 is /dev/i2c-1'),
  ),
});

const audioBus = v.strictObject({
  type: v.literal('audio'),
  card: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[A-Za-z0-9_][A-Za-z0-9_:=,.-]{0,63}$/,
        'an ALSA device as aplay -L shows it, such as default or plughw:CARD=Device,DEV=0',
      ),
      v.description('ALSA device as aplay -L shows it: default, plughw:CARD=Device,DEV=0'),
    ),
    'default',
  ),
  program: v.optional(
    v.pipe(v.picklist(['espeak-ng']), v.description('Program that makes speech of text')),
    'espeak-ng',
  ),
});

/** Each bus type with its options. */
export const busSchemas = {
  serial: serialBus,
  tcp: tcpBus,
  'usb-printer': usbPrinterBus,
  gpio: gpioBus,
  i2c: i2cBus,
  audio: audioBus,
} as const;

export type WireBusConfig = v.InferOutput<(typeof busSchemas)[keyof typeof busSchemas]>;
export type ByteBusConfig = Extract<WireBusConfig, { type: 'serial' | 'tcp' | 'usb-printer' }>;
export type GpioBusConfig = v.InferOutput<typeof gpioBus>;
export type I2cBusConfig = v.InferOutput<typeof i2cBus>;
export type AudioBusConfig = v.InferOutput<typeof audioBus>;
