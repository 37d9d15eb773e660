/** The configuration document, declared once: types, checks, JSON Schema and documentation follow from it. */
import * as v from 'valibot';
import { standardRules } from '../../calling/settings.js';
import type { DeviceConfig, DeviceKind, ProtocolDeclaration } from '../../devices/kind.js';
import { deviceKinds } from '../../devices/registry.js';
import { namePattern } from '../../protocols/hub/topics.js';
import { httpSchema, type PageBusConfig } from './http.js';

const name = v.pipe(v.string(), v.regex(namePattern, 'a name: a-z, 0-9 and "-", at most 40'));
const file = v.pipe(v.string(), v.minLength(1));
const windowName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9-]{1,40}$/, 'a window name in quotes: letters, digits and "-", at most 40'),
);

const standardTimezone = 'Asia/Shanghai';

const timezone = v.pipe(
  v.string(),
  v.check((zone) => {
    // The usual one without asking Intl, whose first answer costs 11 ms and 9 MiB.
    if (zone === standardTimezone) return true;
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  }, 'a time zone such as Asia/Shanghai'),
  v.description('IANA time zone of the hall; events stay UTC, people see local time'),
);

const weekday = '(?:mon|tue|wed|thu|fri|sat|sun)';
const dayRange = v.pipe(
  v.string(),
  v.regex(new RegExp(`^${weekday}(?:-${weekday})?$`), 'a day or range of days: mon, mon-fri'),
);
const timeRange = v.pipe(
  v.string(),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time range such as "09:00-11:30"'),
  v.check((range) => range.slice(0, 5) < range.slice(6), 'a range that ends after it begins'),
);
const date = v.pipe(v.string(), v.isoDate('a date such as "2026-10-01"'));

const brokerUrl = v.pipe(
  v.string(),
  v.check((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return (
      url !== undefined &&
      ['mqtt:', 'mqtts:'].includes(url.protocol) &&
      url.hostname !== '' &&
      url.username === '' &&
      url.password === ''
    );
  }, 'a broker address such as mqtts://hub.example:8883 (user name and password stand apart)'),
);

const hub = v.strictObject({
  url: v.pipe(
    v.union([brokerUrl, v.pipe(v.array(brokerUrl), v.minLength(1), v.maxLength(8))]),
    v.description('Address of the MQTT broker, or a list tried in order'),
  ),
  username: v.optional(v.pipe(v.string(), v.description('User name at the broker'))),
  passwordFile: v.optional(v.pipe(file, v.description('File that holds the password, mode 600'))),
  ca: v.optional(v.pipe(file, v.description('File with the certificate authority of the broker (PEM)'))),
  cert: v.optional(v.pipe(file, v.description('Certificate of this controller for mutual TLS (PEM)'))),
  key: v.optional(v.pipe(file, v.description('Private key of this controller for mutual TLS, mode 600'))),
});

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

const label = v.pipe(v.string(), v.maxLength(80));

/** Options that every device may carry. */
const commonDeviceOptions = {
  bus: v.pipe(name, v.description('Bus the device is connected to')),
  label: v.optional(v.pipe(label, v.description('What people call it'))),
  place: v.optional(v.pipe(label, v.description('Where it stands'))),
  contact: v.optional(v.pipe(label, v.description('Whom to call when it fails'))),
  poweredOutsideHours: v.optional(
    v.pipe(
      v.boolean(),
      v.description('false: the hall switches it off outside hours; its silence is no fault'),
    ),
    true,
  ),
};

const words = v.pipe(v.string(), v.minLength(1), v.maxLength(80));
const code = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/, 'a code: a-z, 0-9 and "-", at most 40'));
const timeOfDay = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "13:30"'));

/** A whole number with a default. */
function whole(description: string, standard: number, minimum: number, maximum: number) {
  return v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(minimum),
      v.maxValue(maximum),
      v.description(`${description}; ${minimum} to ${maximum}`),
    ),
    standard,
  );
}

const { rating: standardRating, ...standard } = standardRules;

const rating = v.strictObject({
  labels: v.optional(
    v.pipe(
      v.record(v.picklist(['1', '2', '3', '4', '5']), words),
      v.description('What the levels are called on pages: { "5": 非常满意, … "1": 非常不满意 }'),
    ),
    {},
  ),
  reasons: v.optional(
    v.pipe(
      v.record(
        code,
        v.strictObject({
          label: words,
          levels: v.optional(v.array(v.picklist([1, 2, 3, 4, 5])), [1, 2]),
        }),
      ),
      v.description('Reasons that a page offers: { slow: { label: 等候时间长, levels: [1, 2] } }'),
    ),
  ),
  tooSoonSeconds: whole(
    'A rating sooner after the invitation is marked suspect',
    standardRating.tooSoonSeconds,
    0,
    60,
  ),
  shortServiceSeconds: whole(
    'A rating of a shorter service is marked suspect',
    standardRating.shortServiceSeconds,
    0,
    600,
  ),
  runOfFives: whole(
    'From so many fives in a row at one window on, each is marked suspect',
    standardRating.runOfFives,
    2,
    1000,
  ),
  callbackDays: whole(
    'Days until the author of a bad rating is called back',
    standardRating.callbackDays,
    0,
    60,
  ),
  fixDays: whole('Days until what was bad is put right', standardRating.fixDays, 0, 365),
  deadlineDays: v.optional(
    v.pipe(v.picklist(['working', 'calendar']), v.description('Which days count for these deadlines')),
    standardRating.deadlineDays,
  ),
  repeatDays: whole(
    'Two bad ratings of one staff member and matter within so many days are told',
    standardRating.repeatDays,
    1,
    365,
  ),
});

const controllerNames = (description: string) =>
  v.pipe(v.array(name), v.minLength(1), v.maxLength(32), v.description(description));

const calling = v.strictObject({
  hands: v.optional(
    controllerNames(
      'Other controllers of this hall whose boards, voices, keys and printers this one leads, too',
    ),
  ),
  standbyFor: v.optional(
    v.pipe(name, v.description('Leads only after a person has it adopt the calling of this controller')),
  ),
  queues: v.record(
    name,
    v.strictObject({
      prefix: v.pipe(
        v.string(),
        v.regex(/^[A-Z]{1,2}$/, 'one or two capital letters'),
        v.description('Letters before the number: A gives A001'),
      ),
      matter: v.optional(v.pipe(v.string(), v.maxLength(80), v.description('Matter (事项) of this queue'))),
      label: v.optional(v.pipe(label, v.description('What people call the queue'))),
      windows: v.pipe(v.array(windowName), v.minLength(1), v.description('Windows that serve this queue')),
    }),
  ),
  matters: v.optional(
    v.pipe(
      v.record(
        words,
        v.strictObject({
          label: v.optional(v.pipe(label, v.description('What people call the matter'))),
          unit: v.optional(v.pipe(words, v.description('Department that answers for it, at any window'))),
        }),
      ),
      v.description('Matters (事项) by the names that queues use'),
    ),
    {},
  ),
  windows: v.optional(
    v.record(
      windowName,
      v.strictObject({
        unit: v.optional(v.pipe(v.string(), v.maxLength(80), v.description('Department of the window'))),
        staff: v.optional(
          v.pipe(v.string(), v.maxLength(40), v.description('Staff number, until somebody logs in')),
        ),
        label: v.optional(v.pipe(label, v.description('What people call the window'))),
        business: v.optional(
          v.pipe(
            label,
            v.description('What a board with words shows between calls; the queues where absent'),
          ),
        ),
        schedule: v.optional(
          v.pipe(
            v.record(timeOfDay, v.array(name)),
            v.description('From a time of day on, it serves these queues: { "13:30": [tax] }'),
          ),
        ),
      }),
    ),
    {},
  ),
  priorityOneIn: whole(
    'Of so many calls of a queue, one goes to a waiting priority ticket (1: always first)',
    standard.priorityOneIn,
    1,
    20,
  ),
  mostCalls: whole('A ticket is called so often; one more recall skips it', standard.mostCalls, 1, 20),
  returnPlaces: whole(
    'Who comes back after being skipped waits behind so many others',
    standard.returnPlaces,
    0,
    100,
  ),
  holdSeconds: whole(
    'After next has ended a service that can be rated, the call waits so long for the rating',
    standard.holdSeconds,
    0,
    120,
  ),
  lastTicketMinutes: whole(
    'No tickets in the last minutes before closing',
    standard.lastTicketMinutes,
    0,
    480,
  ),
  ticketsOutsideHours: v.optional(
    v.pipe(v.boolean(), v.description('false: no tickets while the hall is closed by its hours')),
    standard.ticketsOutsideHours,
  ),
  unattendedMinutes: whole(
    'An open window where nobody acts while people wait is told after so long',
    standard.unattendedMinutes,
    1,
    480,
  ),
  overlongMinutes: whole('A longer service is told to the duty manager', standard.overlongMinutes, 1, 480),
  pressureMinutes: whole(
    'A longer expected wait is told to the duty manager',
    standard.pressureMinutes,
    1,
    480,
  ),
  ratingSeconds: whole('How long a finished service can be rated', standardRating.ratingSeconds, 5, 600),
  publicUrl: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(300),
      v.regex(/^https?:\/\/[^\s]+$/, 'an address such as https://hall.example/t/{ticket}'),
      v.description('Address for the QR code of a ticket; {ticket} and {number} stand for its own'),
    ),
  ),
  rating: v.optional(rating, {}),
});

/** Everything but buses and devices, which are checked by their type and kind. */
export const documentEntries = {
  hall: v.pipe(name, v.description('Name of the hall')),
  controller: v.pipe(name, v.description('Name of this controller in the hall')),
  language: v.optional(
    v.pipe(v.picklist(['zh-CN', 'en']), v.description('Language of boards, voice and faults')),
    'zh-CN',
  ),
  timezone: v.optional(timezone, standardTimezone),
  hours: v.optional(
    v.pipe(
      v.objectWithRest(
        {
          holidays: v.optional(v.pipe(v.array(date), v.description('Days the hall is closed'))),
          workdays: v.optional(v.pipe(v.array(date), v.description('Weekend days that are worked (调休)'))),
        },
        v.array(timeRange),
      ),
      v.description('Opening hours: { mon-fri: ["09:00-11:30", "13:30-17:00"] }'),
    ),
  ),
  hub: v.optional(v.pipe(hub, v.description('The MQTT broker; without it the hall runs alone'))),
  storage: v.optional(
    v.strictObject({
      path: v.optional(v.pipe(file, v.description('Folder of the event log')), '/var/lib/hallward'),
      maxMegabytes: v.optional(
        v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(65536), v.description('Most it may take')),
        256,
      ),
    }),
    {},
  ),
  http: v.optional(v.pipe(httpSchema, v.description('Present: this controller serves pages to screens'))),
  freeText: v.optional(
    v.pipe(
      v.strictObject({
        key: v.pipe(
          file,
          v.description('File with the Ed25519 public key that free text must be signed with'),
        ),
      }),
      v.description('Who may show free text; without it, whoever may send the commands'),
    ),
  ),
  leader: v.optional(
    v.pipe(
      v.union([name, controllerNames('')]),
      v.description('The controller that leads this one as its hand; a list, with those that may take over'),
    ),
  ),
  calling: v.optional(v.pipe(calling, v.description('Present: this controller leads the calling'))),
};

/** Hours keys other than `holidays` and `workdays` are days; valibot's rest entry does not check names. */
export const hoursKey = dayRange;

/** The schema of one device of a kind over a protocol. */
export function deviceSchema(kind: DeviceKind, protocol: string, declaration: ProtocolDeclaration) {
  const { defaults } = kind;
  return v.strictObject({
    kind: v.literal(kind.kind),
    ...commonDeviceOptions,
    ...(defaults === undefined ? {} : { bus: v.optional(commonDeviceOptions.bus, defaults.bus) }),
    protocol:
      defaults?.protocol === protocol ? v.optional(v.literal(protocol), protocol) : v.literal(protocol),
    ...kind.options,
    ...declaration.options,
  });
}

/** The whole document as one schema, for the JSON Schema that editors use. */
export function documentSchema() {
  const devices = deviceKinds.flatMap((kind) =>
    Object.entries(kind.protocols).map(([protocol, declaration]) =>
      deviceSchema(kind, protocol, declaration),
    ),
  );
  return v.strictObject({
    ...documentEntries,
    buses: v.optional(v.record(name, v.union(Object.values(busSchemas))), {}),
    devices: v.optional(v.record(name, v.union(devices)), {}),
  });
}

export type BusConfig = v.InferOutput<(typeof busSchemas)[keyof typeof busSchemas]> | PageBusConfig;
export type ByteBusConfig = Extract<BusConfig, { type: 'serial' | 'tcp' | 'usb-printer' }>;
export type GpioBusConfig = v.InferOutput<typeof gpioBus>;
export type I2cBusConfig = v.InferOutput<typeof i2cBus>;
export type AudioBusConfig = v.InferOutput<typeof audioBus>;
export type { PageBusConfig } from './http.js';
export type HubConfig = v.InferOutput<typeof hub>;
export type CallingConfig = v.InferOutput<typeof calling>;

/** A valid document, defaults filled in. */
export interface Configuration {
  readonly hall: string;
  readonly controller: string;
  readonly language: 'zh-CN' | 'en';
  readonly timezone: string;
  readonly hours?: Readonly<Record<string, readonly string[]>>;
  readonly hub?: HubConfig;
  readonly storage: { readonly path: string; readonly maxMegabytes: number };
  readonly buses: Readonly<Record<string, BusConfig>>;
  readonly devices: Readonly<Record<string, DeviceConfig>>;
  readonly freeText?: { readonly key: string };
  readonly leader?: string | readonly string[];
  readonly calling?: CallingConfig;
}
