/** How a kind of device is declared. Schema, `hallward kinds`, fault catalogue and documentation follow from it. */
import type * as v from 'valibot';
import type { Clock } from '../kernel/clock.js';
import { type Evidence, HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import type { Language, Text } from '../kernel/text.js';
import type { DeviceEventType, EventData } from '../protocols/hub/events.js';
import type { Audience, DeviceStatus, Severity } from '../protocols/hub/payloads.js';
import type { Bus } from '../transports/ports.js';
import type { Capabilities } from './capabilities.js';

/** Types of buses as the configuration has them. */
export type BusType =
  | 'serial'
  | 'tcp'
  | 'usb-printer'
  | 'gpio'
  | 'expander'
  | 'adc'
  | 'firmata'
  | 'i2c'
  | 'snmp'
  | 'ipp'
  | 'audio'
  | 'page';

/** Buses that carry a stream of bytes. */
export const byteBuses: readonly BusType[] = ['serial', 'tcp', 'usb-printer'];
/** Buses with lines that are watched and driven: the board's own, an I/O expander's, an Arduino's. */
export const lineBuses: readonly BusType[] = ['gpio', 'expander', 'firmata'];
/** Buses with analogue inputs. */
export const analogBuses: readonly BusType[] = ['adc', 'firmata'];

/**
 * How a device proves that it lives: it answers when asked, it speaks unasked, or not at all.
 * What speaks only when somebody presses a key proves nothing by its silence.
 */
export type ProofOfLife = 'answers' | 'speaks' | 'none';

export type Reading = number | string | boolean | null;

export interface ReadingDeclaration {
  readonly about: Text;
  /** As it stands in the name (`levelPercent`): `percent`, `millimetres`; none for counts and words. */
  readonly unit?: string;
  readonly range?: readonly [number, number];
}

/** One entry of a strict object schema: option names to their schemas, each with a `v.description`. */
export type OptionEntries = Record<string, v.GenericSchema>;

export interface ProtocolDeclaration {
  readonly about: Text;
  readonly buses: readonly BusType[];
  readonly proofOfLife: ProofOfLife;
  /** Where options or profile decide: what it is for this device. `proofOfLife` is then what is usual. */
  proofOfLifeOf?(config: DeviceConfig, profile: unknown): ProofOfLife;
  /** It never sends unasked: also where it answers nothing, devices that answer may share its wire. */
  readonly speaks?: false;
  readonly options: OptionEntries;
  /**
   * What this device takes of its bus that nobody else may have: an address (`address 5`), key bytes. Checked for
   * doubles over all devices of one bus.
   */
  claims?(config: Readonly<Record<string, unknown>>, profile?: unknown): readonly Claim[];
  /**
   * What its options mean together, and with its profile, that no schema of one option can say. `config` has passed the
   * schema, and `profile` its own.
   */
  problems?(
    config: DeviceConfig,
    profile?: unknown,
  ): readonly { readonly path: readonly string[]; readonly message: string }[];
}

export interface Claim {
  /** Path inside the device's configuration: `["keys", "next"]`. */
  readonly path: readonly string[];
  /** Two claims with the same text on one bus are an error. */
  readonly text: string;
  /** Other devices may claim the same in the same manner: bytes that several ignore. */
  readonly shared?: true;
}

/** A fault as the catalogue knows it. Texts may hold `{device}`, `{window}`, `{place}`, `{bus}` and evidence names. */
export interface FaultDeclaration {
  /** `what.condition`, stable. */
  readonly code: string;
  readonly status: Exclude<DeviceStatus, 'good'>;
  readonly severity: Severity;
  /** Who can do something about it. */
  readonly audience: Audience;
  /** It says that something is away or switched off: outside hours it is no fault where the hall does that. */
  readonly absence?: true;
  readonly text: Text;
  /** The first thing to do. */
  readonly action: Text;
  /** Of a bus: what is said instead, the first that fits; for what there is to do depends on what carries it. */
  readonly variants?: readonly BusFaultVariant[];
}

export interface BusFaultVariant {
  readonly buses: readonly BusType[];
  /** Only where the evidence has this `code`. */
  readonly because?: string;
  /** As declared for all where absent. */
  readonly text?: Text;
  readonly action: Text;
}

/**
 * One part of a device that has several, each on a bus of its own choice: a washroom's door contact, its air sensor,
 * the lamp at its door. In the configuration it stands under `parts`, with `bus`, `protocol` and the protocol's options.
 */
export interface PartDeclaration {
  readonly about: Text;
  /** A device can't do without it. */
  readonly required?: true;
  readonly protocols: Readonly<Record<string, ProtocolDeclaration>>;
}

export interface DeviceKind {
  readonly kind: string;
  readonly title: Text;
  readonly about: Text;
  /** What an entry that does not say so hangs on, where there is only one sensible choice. */
  readonly defaults?: { readonly bus: string; readonly protocol: string };
  /** Options of all protocols of this kind, besides the common ones (`kind`, `bus`, `protocol`, `label` ...). */
  readonly options: OptionEntries;
  /** Empty for a kind that has parts. */
  readonly protocols: Readonly<Record<string, ProtocolDeclaration>>;
  readonly parts?: Readonly<Record<string, PartDeclaration>>;
  /** What the options of such a kind mean together (`ProtocolDeclaration.problems` for the others). */
  problems?(config: DeviceConfig): readonly { readonly path: readonly string[]; readonly message: string }[];
  readonly readings: Readonly<Record<string, ReadingDeclaration>>;
  /** Faults that a device of this kind may raise itself, besides those that every device can have. */
  readonly faults: readonly FaultDeclaration[];
  /** Makes a device; opens nothing and starts no timer until `start`. `config` has passed the schema. */
  create(config: DeviceConfig, context: DeviceContext): Device;
}

/** A part's entry in the configuration, validated. */
export interface PartConfig {
  readonly bus: string;
  readonly protocol: string;
  readonly [option: string]: unknown;
}

/** A device's entry in the configuration, validated: `bus` and `protocol`, or `parts`. */
export interface DeviceConfig {
  readonly kind: string;
  readonly bus?: string;
  readonly protocol?: string;
  readonly parts?: Readonly<Record<string, PartConfig>>;
  readonly window?: string;
  readonly label?: string;
  readonly place?: string;
  readonly contact?: string;
  readonly poweredOutsideHours?: boolean;
  readonly [option: string]: unknown;
}

/** What a fault says in place of its declaration. */
export interface FaultWords {
  readonly text?: Text;
  readonly action?: Text;
  readonly severity?: Severity;
  readonly audience?: Audience;
}

/**
 * What a device keeps over restarts: a calibration, a counter. Written to storage at each `put`, so that is for what has
 * happened, or together with an event that is recorded anyway; never at a beat of its own. At most some kilobytes.
 */
export interface DeviceMemory {
  /** What was put last, by this or an earlier life of the device; `undefined` if nothing was. May be of an older version. */
  get(): Json | undefined;
  put(value: Json): void;
}

/** What a device says of itself. The supervisor makes status and faults of it. */
export interface DeviceReports {
  /** It gave a valid answer or spoke: it lives. */
  alive(): void;
  /** It should have answered and did not (three polls in a row): `device.unresponsive`; readings become `null`. */
  silent(evidence: Evidence): void;
  /** Newly measured values, merged into what was said before. Unknown is `null`. */
  readings(values: Readonly<Record<string, Reading>>): void;
  /** Its own work failed in a way it does not know: it is stopped and started anew after a pause. */
  crashed(error: unknown): void;
  /**
   * A fault of the kind's list stands. Saying it again updates the evidence only.
   * @param words take the place of the declared text and action, where the configuration has its own
   */
  raise(code: string, evidence: Evidence, parts?: readonly string[], words?: FaultWords): void;
  clear(code: string): void;
  /** Records a durable event of this device, as soon as it has happened. */
  record<Type extends DeviceEventType>(type: Type, data: Omit<EventData<Type>, 'device'>): void;
}

export interface DeviceContext {
  readonly name: string;
  /** Of a device without parts. */
  readonly bus?: Bus;
  /** Of a device with parts: the bus of each part that is configured. */
  readonly partBuses: ReadonlyMap<string, Bus>;
  readonly memory: DeviceMemory;
  readonly clock: Clock;
  readonly log: Log;
  readonly reports: DeviceReports;
  /** Minutes since the hall's local midnight; `null` while the clock can't be trusted. */
  readonly localMinutes: () => number | null;
  /** The hall's business hours hold now; also true where it has none. */
  readonly isOpen: () => boolean;
  /** The hall's: of what a device shows, says or prints where its own configuration names none. */
  readonly language: Language;
  /** The vendor profile named in the configuration, already validated, where the protocol has profiles. */
  readonly profile?: unknown;
}

export interface Device {
  readonly capabilities: Capabilities;
  /** Begins its work. What goes wrong later is reported, not thrown. */
  start(): void;
  /** Ends its work: no timer and no listener is left. */
  stop(): Promise<void>;
}

/** One connection of a device to a bus. */
export interface Connection {
  /** The part's name; none for a device without parts. */
  readonly part?: string;
  readonly bus: string;
  readonly protocol: string;
  readonly config: PartConfig;
  readonly declaration: ProtocolDeclaration;
}

/** A device's connections: one, or one for each of its parts that is configured. */
export function connectionsOf(kind: DeviceKind, config: DeviceConfig): readonly Connection[] {
  if (kind.parts === undefined) {
    const { bus, protocol } = config;
    const declaration = protocol === undefined ? undefined : kind.protocols[protocol];
    if (bus === undefined || protocol === undefined || declaration === undefined) return [];
    return [{ bus, protocol, config: { ...config, bus, protocol }, declaration }];
  }
  return Object.entries(config.parts ?? {}).flatMap(([part, entry]) => {
    const declaration = kind.parts?.[part]?.protocols[entry.protocol];
    return declaration === undefined
      ? []
      : [{ part, bus: entry.bus, protocol: entry.protocol, config: entry, declaration }];
  });
}

/** How a device of this configuration proves that it lives; one with parts by the best that one of them can. */
export function proofOfLifeOf(kind: DeviceKind, config: DeviceConfig, profile: unknown): ProofOfLife {
  const proofs = connectionsOf(kind, config).map(({ declaration }) =>
    connectionProof(declaration, config, profile),
  );
  return proofs.includes('answers') ? 'answers' : proofs.includes('speaks') ? 'speaks' : 'none';
}

/** How what hangs on one connection proves that it lives. */
export function connectionProof(
  declaration: ProtocolDeclaration,
  config: DeviceConfig,
  profile: unknown,
): ProofOfLife {
  return declaration.proofOfLifeOf?.(config, profile) ?? declaration.proofOfLife;
}

/** What a device sees of a bus. A Firmata board gives its lines, or its analogue inputs. */
type BusFace = Bus['type'];

/** The device's bus as what its protocol needs; the configuration's check has made sure that it is. */
export function busOf<Type extends BusFace>(
  context: Pick<DeviceContext, 'name' | 'bus'>,
  type: Type,
): Extract<Bus, { readonly type: Type }> {
  const { bus, name } = context;
  if (bus === undefined) throw new HallwardError('device.wrong-bus', 'internal', `${name} has no bus`);
  return faceOf(bus, type, name);
}

/** `bus` as what `name` needs of it. */
export function faceOf<Type extends BusFace>(
  bus: Bus,
  type: Type,
  name: string,
): Extract<Bus, { readonly type: Type }> {
  const faces: readonly Bus[] = bus.type === 'firmata' ? [bus.lines, bus.analog, bus] : [bus];
  const face = faces.find((one) => one.type === type);
  if (face === undefined) {
    throw new HallwardError(
      'device.wrong-bus',
      'internal',
      `${name} needs a bus of ${type}, not ${bus.type}`,
    );
  }
  return face as Extract<Bus, { readonly type: Type }>;
}
