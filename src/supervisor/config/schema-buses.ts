/** The section `buses` of the configuration: each type with its options. */
import * as v from 'valibot';
import { milliseconds } from '../../devices/options.js';
import { file, name } from './schema-parts.js';

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

const parentBus = v.pipe(name, v.description('I2C bus that it hangs on'));

const expanderBus = v.pipe(
  v.strictObject({
    type: v.literal('expander'),
    bus: parentBus,
    chip: v.pipe(
      v.picklist(['pcf8574', 'pcf8575', 'mcp23017']),
      v.description('The chip; a PCF8574A is a pcf8574 with other addresses'),
    ),
    address: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0x20, 'an address from 0x20 to 0x27, or 0x38 to 0x3F'),
      v.maxValue(0x3f, 'an address from 0x20 to 0x27, or 0x38 to 0x3F'),
      v.check(
        (address) => address <= 0x27 || address >= 0x38,
        'an address from 0x20 to 0x27, or 0x38 to 0x3F',
      ),
      v.description('I2C address: 0x20 to 0x27; 0x38 to 0x3F of a PCF8574A'),
    ),
    pollMilliseconds: milliseconds('How often its inputs are read.', 50, 10, 5_000),
  }),
  v.check(
    ({ chip, address }) => chip === 'pcf8574' || address <= 0x27,
    'an address from 0x20 to 0x27 for this chip',
  ),
);

const adcBus = v.strictObject({
  type: v.literal('adc'),
  bus: parentBus,
  chip: v.optional(v.pipe(v.literal('ads1115'), v.description('The converter')), 'ads1115'),
  address: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(0x48, 'an address from 0x48 to 0x4B'),
    v.maxValue(0x4b, 'an address from 0x48 to 0x4B'),
    v.description('I2C address, 0x48 to 0x4B'),
  ),
  fullScaleVolts: v.optional(
    v.pipe(
      v.picklist([6.144, 4.096, 2.048, 1.024, 0.512, 0.256]),
      v.description('Full scale of its amplifier in volts; no input may ever be above the supply'),
    ),
    4.096,
  ),
  samplesPerSecond: v.optional(
    v.pipe(
      v.picklist([8, 16, 32, 64, 128, 250, 475, 860]),
      v.description('Data rate: a slow one hears less noise'),
    ),
    128,
  ),
});

const firmataBus = v.strictObject({
  type: v.literal('firmata'),
  path: v.pipe(
    file,
    v.description('Device path of the board; use /dev/serial/by-id/… so that it stays the same'),
  ),
  baudRate: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(9_600),
      v.maxValue(1_000_000),
      v.description('Bits a second, as its firmware has them'),
    ),
    57_600,
  ),
  referenceVolts: v.optional(
    v.pipe(
      v.number(),
      v.minValue(1),
      v.maxValue(5.5),
      v.description('Voltage at which its analogue inputs are full'),
    ),
    5,
  ),
});

const snmpBus = v.pipe(
  v.strictObject({
    type: v.literal('snmp'),
    host: v.pipe(v.string(), v.minLength(1), v.maxLength(253), v.description('Host name or address')),
    port: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535), v.description('UDP port')),
      161,
    ),
    version: v.optional(
      v.pipe(v.picklist(['1', '2c', '3']), v.description('SNMP version; 3 has a user and may encrypt')),
      '2c',
    ),
    communityFile: v.optional(
      v.pipe(file, v.description('File with the community of versions 1 and 2c; public if absent')),
    ),
    user: v.optional(
      v.pipe(v.string(), v.minLength(1), v.maxLength(32), v.description('User name of version 3')),
    ),
    authProtocol: v.optional(
      v.pipe(v.picklist(['sha', 'sha256', 'sha512', 'md5']), v.description('How version 3 proves itself')),
      'sha',
    ),
    authKeyFile: v.optional(
      v.pipe(file, v.description('File with the authentication pass phrase, mode 600')),
    ),
    privProtocol: v.optional(
      v.pipe(v.picklist(['aes', 'aes256r', 'aes256b', 'des']), v.description('How version 3 encrypts')),
      'aes',
    ),
    privKeyFile: v.optional(v.pipe(file, v.description('File with the privacy pass phrase, mode 600'))),
    timeoutMilliseconds: milliseconds('How long an answer may take.', 2_000, 200, 30_000),
  }),
  v.check(({ version, user }) => version !== '3' || user !== undefined, 'user with version 3'),
  v.check(
    ({ version, communityFile }) => version !== '3' || communityFile === undefined,
    'no communityFile with version 3, which has a user',
  ),
  v.check(
    ({ version, user, authKeyFile, privKeyFile }) =>
      version === '3' || [user, authKeyFile, privKeyFile].every((option) => option === undefined),
    'version: "3" with user, authKeyFile or privKeyFile',
  ),
  v.check(
    ({ authKeyFile, privKeyFile }) => privKeyFile === undefined || authKeyFile !== undefined,
    'authKeyFile with privKeyFile: SNMP does not encrypt for a user who proves nothing',
  ),
);

const ippBus = v.pipe(
  v.strictObject({
    type: v.literal('ipp'),
    url: v.pipe(
      v.string(),
      v.check((text) => {
        const url = URL.canParse(text) ? new URL(text) : undefined;
        return (
          url !== undefined &&
          ['ipp:', 'ipps:', 'http:', 'https:'].includes(url.protocol) &&
          url.hostname !== '' &&
          url.username === '' &&
          url.password === ''
        );
      }, 'a printer address such as ipp://192.168.1.60/ipp/print'),
      v.description('Address of the printer'),
    ),
    ca: v.optional(
      v.pipe(file, v.description('File with the certificate that an ipps printer is trusted by (PEM)')),
    ),
    timeoutMilliseconds: milliseconds('How long an answer may take.', 5_000, 500, 30_000),
  }),
  v.check(
    ({ url, ca }) => ca === undefined || /^(ipps|https):/i.test(url),
    'url with ipps: or https: where there is a ca',
  ),
);

/** Each bus type with its options. */
export const busSchemas = {
  serial: serialBus,
  tcp: tcpBus,
  'usb-printer': usbPrinterBus,
  gpio: gpioBus,
  i2c: i2cBus,
  expander: expanderBus,
  adc: adcBus,
  firmata: firmataBus,
  snmp: snmpBus,
  ipp: ippBus,
  audio: audioBus,
} as const;

export type WireBusConfig = v.InferOutput<(typeof busSchemas)[keyof typeof busSchemas]>;
export type ByteBusConfig = Extract<WireBusConfig, { type: 'serial' | 'tcp' | 'usb-printer' }>;
export type GpioBusConfig = v.InferOutput<typeof gpioBus>;
export type I2cBusConfig = v.InferOutput<typeof i2cBus>;
export type FirmataBusConfig = v.InferOutput<typeof firmataBus>;
export type SnmpBusConfig = v.InferOutput<typeof snmpBus>;
export type IppBusConfig = v.InferOutput<typeof ippBus>;
export type AudioBusConfig = v.InferOutput<typeof audioBus>;
