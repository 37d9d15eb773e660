/** The configuration document, declared once: types, checks, JSON Schema and documentation follow from it. */
import * as v from 'valibot';
import type { DeviceConfig, DeviceKind, ProtocolDeclaration } from '../../devices/kind.js';
import { deviceKinds } from '../../devices/registry.js';
import { httpSchema, type PageBusConfig } from './http.js';
import { busSchemas, type WireBusConfig } from './schema-buses.js';
import { callingSchema } from './schema-calling.js';
import { controllerNames, file, label, name } from './schema-parts.js';

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
  configKey: v.optional(
    v.pipe(
      file,
      v.description('File with the Ed25519 public key that pushed configurations must be signed with (PEM)'),
    ),
  ),
});

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
  calling: v.optional(v.pipe(callingSchema, v.description('Present: this controller leads the calling'))),
};

/** Hours keys other than `holidays` and `workdays` are days; valibot's rest entry does not check names. */
export const hoursKey = dayRange;

/** The schema of one device of a kind over a protocol. */
export function deviceSchema(kind: DeviceKind, protocol: string, declaration: ProtocolDeclaration) {
  const { defaults } = kind;
  const { bus, ...common } = commonDeviceOptions;
  return v.strictObject({
    kind: v.literal(kind.kind),
    bus: defaults === undefined ? bus : v.optional(bus, defaults.bus),
    ...common,
    protocol:
      defaults?.protocol === protocol ? v.optional(v.literal(protocol), protocol) : v.literal(protocol),
    ...kind.options,
    ...declaration.options,
  });
}

/** The schema of one part over a protocol. */
export function partSchema(protocol: string, declaration: ProtocolDeclaration) {
  return v.strictObject({
    bus: v.pipe(name, v.description('Bus the part is connected to')),
    protocol: v.literal(protocol),
    ...declaration.options,
  });
}

/**
 * The schema of a device of a kind that has parts.
 * @param parts the schema of the section `parts`; if absent that of all that it may hold
 */
export function deviceWithPartsSchema(kind: DeviceKind, parts: v.GenericSchema = partsSchema(kind)) {
  const { bus: _, ...common } = commonDeviceOptions;
  return v.strictObject({
    kind: v.literal(kind.kind),
    ...common,
    ...kind.options,
    parts: v.pipe(parts, v.description('What it is made of: each part with bus, protocol and options')),
  });
}

function partsSchema({ parts = {} }: DeviceKind) {
  const entries = Object.entries(parts).map(([part, { about, required, protocols }]) => {
    const ways = Object.entries(protocols).map(([protocol, declaration]) =>
      partSchema(protocol, declaration),
    );
    const schema = v.pipe(v.union(ways), v.description(about.en));
    return [part, required ? schema : v.optional(schema)] as const;
  });
  return v.strictObject(Object.fromEntries(entries));
}

/** The whole document as one schema, for the JSON Schema that editors use. */
export function documentSchema() {
  const devices: v.GenericSchema[] = deviceKinds.flatMap((kind): v.GenericSchema[] =>
    kind.parts === undefined
      ? Object.entries(kind.protocols).map(([protocol, declaration]) =>
          deviceSchema(kind, protocol, declaration),
        )
      : [deviceWithPartsSchema(kind)],
  );
  return v.strictObject({
    ...documentEntries,
    buses: v.optional(v.record(name, v.union(Object.values(busSchemas))), {}),
    devices: v.optional(v.record(name, v.union(devices)), {}),
  });
}

export type BusConfig = WireBusConfig | PageBusConfig;
export type {
  AudioBusConfig,
  ByteBusConfig,
  FirmataBusConfig,
  GpioBusConfig,
  I2cBusConfig,
  IppBusConfig,
  SnmpBusConfig,
} from './schema-buses.js';
export { busSchemas } from './schema-buses.js';
export type HubConfig = v.InferOutput<typeof hub>;
type CallingConfig = v.InferOutput<typeof callingSchema>;

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
