/** Checks a configuration document as a whole: every problem at once, without touching hardware. */
import * as v from 'valibot';
import type { DeviceConfig } from '../../devices/kind.js';
import { deviceKinds, findKind } from '../../devices/registry.js';
import { nearName } from '../../kernel/near-name.js';
import { namePattern } from '../../protocols/hub/topics.js';
import type { PanelProfile } from '../../protocols/panel-profile.js';
import { checkValue, describeValue, isMapping, type Problem, pathOf } from './problems.js';
import {
  type BusConfig,
  busSchemas,
  type Configuration,
  deviceSchema,
  documentEntries,
  hoursKey,
} from './schema.js';

/** Finds a vendor profile by its name; `undefined` where there is none, a text where it is not valid. */
export type FindProfile = (name: string) => PanelProfile | string | undefined;

export interface CheckResult {
  /** Present where there are no problems. */
  readonly configuration?: Configuration;
  readonly problems: readonly Problem[];
}

/** Checks a parsed document (any value). */
export function checkDocument(document: unknown, findProfile: FindProfile): CheckResult {
  const problems: Problem[] = [];
  if (!isMapping(document)) {
    return { problems: [{ path: '', message: `found ${describeValue(document)}, expected a mapping` }] };
  }
  const { buses: rawBuses = {}, devices: rawDevices = {}, ...rest } = document;
  const entries = checkValue(v.strictObject(documentEntries), rest, '', problems, ['buses', 'devices']);
  checkHours(document.hours, problems);
  const buses = checkBuses(rawBuses, problems);
  const devices = checkDevices(rawDevices, rawBuses, buses, findProfile, problems);
  checkDoubles(buses, devices, problems);
  if (isMapping(document.calling)) checkCalling(document.calling, devices, findProfile, problems);
  if (problems.length > 0 || entries === undefined) return { problems };
  const configuration = {
    ...entries,
    buses: Object.fromEntries(buses),
    devices: Object.fromEntries(devices),
  };
  return { configuration: configuration as Configuration, problems };
}

function checkHours(hours: unknown, problems: Problem[]): void {
  if (!isMapping(hours)) return;
  for (const key of Object.keys(hours)) {
    if (key === 'holidays' || key === 'workdays') continue;
    if (!v.is(hoursKey, key)) {
      problems.push({
        path: pathOf('hours', key),
        message: `found "${key}", expected a day or range of days (mon, mon-fri), holidays or workdays`,
      });
    }
  }
}

function checkName(name: string, path: string, problems: Problem[]): void {
  if (name === 'controller') problems.push({ path, message: 'the name "controller" is reserved' });
  else if (!namePattern.test(name)) {
    problems.push({ path, message: `found the name "${name}", expected a-z, 0-9 and "-", at most 40` });
  }
}

function checkBuses(raw: unknown, problems: Problem[]): Map<string, BusConfig> {
  const buses = new Map<string, BusConfig>();
  if (!isMapping(raw)) {
    problems.push({
      path: 'buses',
      message: `found ${describeValue(raw)}, expected a mapping of names to buses`,
    });
    return buses;
  }
  for (const [name, value] of Object.entries(raw)) {
    const path = pathOf('buses', name);
    checkName(name, path, problems);
    if (!isMapping(value)) {
      problems.push({ path, message: `found ${describeValue(value)}, expected a mapping with a type` });
      continue;
    }
    const type = value.type;
    if (typeof type !== 'string' || !Object.hasOwn(busSchemas, type)) {
      problems.push(notOneOf(pathOf(path, 'type'), type, Object.keys(busSchemas)));
      continue;
    }
    if (type === 'serial' && /^\/dev\/usb\/lp\d*$/.test(String(value.path))) {
      const message = `found "${String(value.path)}", which is a USB printer: type usb-printer`;
      problems.push({ path: pathOf(path, 'type'), message });
      continue;
    }
    const bus = checkValue(busSchemas[type as keyof typeof busSchemas], value, path, problems);
    if (bus !== undefined) buses.set(name, bus);
  }
  return buses;
}

function checkDevices(
  raw: unknown,
  rawBuses: unknown,
  buses: ReadonlyMap<string, BusConfig>,
  findProfile: FindProfile,
  problems: Problem[],
): Map<string, DeviceConfig> {
  const devices = new Map<string, DeviceConfig>();
  if (!isMapping(raw)) {
    problems.push({
      path: 'devices',
      message: `found ${describeValue(raw)}, expected a mapping of names to devices`,
    });
    return devices;
  }
  const busNames = isMapping(rawBuses) ? Object.keys(rawBuses) : [];
  for (const [name, value] of Object.entries(raw)) {
    const path = pathOf('devices', name);
    checkName(name, path, problems);
    if (busNames.includes(name)) {
      problems.push({ path, message: `"${name}" is a bus too; buses and devices share one name space` });
    }
    const device = checkDevice(path, value, busNames, buses, findProfile, problems);
    if (device !== undefined) devices.set(name, device);
  }
  return devices;
}

function checkDevice(
  path: string,
  value: unknown,
  busNames: readonly string[],
  buses: ReadonlyMap<string, BusConfig>,
  findProfile: FindProfile,
  problems: Problem[],
): DeviceConfig | undefined {
  if (!isMapping(value)) {
    problems.push({ path, message: `found ${describeValue(value)}, expected a mapping with a kind` });
    return undefined;
  }
  const kind = typeof value.kind === 'string' ? findKind(value.kind) : undefined;
  if (kind === undefined) {
    problems.push(
      notOneOf(
        pathOf(path, 'kind'),
        value.kind,
        deviceKinds.map((one) => one.kind),
      ),
    );
    return undefined;
  }
  const protocols = Object.keys(kind.protocols);
  const protocol = typeof value.protocol === 'string' ? value.protocol : '';
  const declaration = Object.hasOwn(kind.protocols, protocol) ? kind.protocols[protocol] : undefined;
  if (declaration === undefined) {
    problems.push(notOneOf(pathOf(path, 'protocol'), value.protocol, protocols));
    checkBusName(path, value.bus, busNames, problems);
    return undefined;
  }
  checkBusName(path, value.bus, busNames, problems);
  const bus = typeof value.bus === 'string' ? buses.get(value.bus) : undefined;
  if (bus !== undefined && !declaration.buses.includes(bus.type)) {
    problems.push({
      path: pathOf(path, 'bus'),
      message: `bus "${String(value.bus)}" is of type ${bus.type}; ${protocol} needs ${declaration.buses.join(' or ')}`,
    });
  }
  if ('profile' in declaration.options && typeof value.profile === 'string') {
    const profile = findProfile(value.profile);
    if (profile === undefined || typeof profile === 'string') {
      problems.push({
        path: pathOf(path, 'profile'),
        message: `found "${value.profile}": ${profile ?? 'there is no such profile in config/profiles'}`,
      });
    }
  }
  const schema = deviceSchema(kind, protocol, declaration);
  const device = checkValue(schema, value, path, problems) as DeviceConfig | undefined;
  for (const problem of (device && declaration.problems?.(device)) ?? []) {
    problems.push({ path: pathOf(path, ...problem.path), message: problem.message });
  }
  return device;
}

function checkBusName(path: string, bus: unknown, busNames: readonly string[], problems: Problem[]): void {
  if (typeof bus !== 'string' || busNames.includes(bus)) return;
  const near = nearName(bus, busNames);
  problems.push({
    path: pathOf(path, 'bus'),
    message: `there is no bus "${bus}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
  });
}

/** What a bus is connected to, so that two names for it are found. */
function farEndOf(bus: BusConfig): string {
  switch (bus.type) {
    case 'serial':
    case 'usb-printer':
      return bus.path;
    case 'tcp':
      return `${bus.host}:${bus.port}`;
    case 'gpio':
      return `GPIO chip ${bus.chip}`;
    case 'i2c':
      return `/dev/i2c-${bus.number}`;
  }
}

/** Two owners of one thing: a port under two names, an address or key bytes twice on one bus, asked and unasked mixed. */
function checkDoubles(
  buses: ReadonlyMap<string, BusConfig>,
  devices: ReadonlyMap<string, DeviceConfig>,
  problems: Problem[],
): void {
  const ends = new Map<string, string>();
  for (const [name, bus] of buses) {
    const end = farEndOf(bus);
    const other = ends.get(end);
    if (other !== undefined) {
      problems.push({ path: pathOf('buses', name), message: `"${end}" is bus "${other}" already` });
    }
    ends.set(end, name);
  }
  const claims = new Map<string, string>();
  const ways = new Map<string, { asked: boolean; device: string }>();
  for (const [name, device] of devices) {
    const declaration = findKind(device.kind)?.protocols[device.protocol];
    if (declaration === undefined) continue;
    for (const claim of declaration.claims?.(device) ?? []) {
      const key = `${device.bus} ${claim.text}`;
      const owner = claims.get(key);
      if (owner !== undefined) {
        problems.push({
          path: pathOf('devices', name, ...claim.path),
          message: `${claim.text} on bus "${device.bus}" belongs to ${owner} already`,
        });
      }
      claims.set(key, `device "${name}"`);
    }
    const asked = declaration.proofOfLife === 'answers';
    const way = ways.get(device.bus);
    if (way !== undefined && way.asked !== asked) {
      problems.push({
        path: pathOf('devices', name, 'bus'),
        message: `"${name}" and "${way.device}" cannot share bus "${device.bus}": one answers when asked, the other speaks unasked`,
      });
    }
    if (way === undefined) ways.set(device.bus, { asked, device: name });
  }
}

function checkCalling(
  calling: Readonly<Record<string, unknown>>,
  devices: ReadonlyMap<string, DeviceConfig>,
  findProfile: FindProfile,
  problems: Problem[],
): void {
  if (!isMapping(calling.queues)) return;
  const prefixes = new Map<string, string>();
  const queuesOf = new Map<string, string[]>();
  for (const [name, queue] of Object.entries(calling.queues)) {
    const path = pathOf('calling', 'queues', name);
    if (!namePattern.test(name)) checkName(name, path, problems);
    if (!isMapping(queue)) continue;
    if (typeof queue.prefix === 'string') {
      const other = prefixes.get(queue.prefix);
      if (other !== undefined) {
        problems.push({
          path: pathOf(path, 'prefix'),
          message: `prefix "${queue.prefix}" is taken by queue "${other}"; two visitors would hold the same number`,
        });
      }
      prefixes.set(queue.prefix, name);
    }
    for (const window of Array.isArray(queue.windows) ? queue.windows : []) {
      if (typeof window === 'string') queuesOf.set(window, [...(queuesOf.get(window) ?? []), name]);
    }
  }
  for (const [name, device] of devices) {
    if (device.window === undefined) continue;
    const queues = queuesOf.get(device.window) ?? [];
    if (device.kind === 'caller' && queues.length === 0) {
      problems.push({
        path: pathOf('devices', name, 'window'),
        message: `window "${device.window}" serves no queue; name it in calling.queues`,
      });
    }
    const profile = typeof device.profile === 'string' ? findProfile(device.profile) : undefined;
    if (typeof profile === 'object' && !/[A-Z]/.test(profile.display.characters) && queues.length > 1) {
      problems.push({
        path: pathOf('devices', name, 'profile'),
        message: `the board shows digits only and could not tell queues ${queues.join(' and ')} apart at window "${device.window}"`,
      });
    }
  }
}

function notOneOf(path: string, value: unknown, known: readonly string[]): Problem {
  if (value === undefined) return { path, message: `missing: expected one of ${known.join(', ')}` };
  const near = typeof value === 'string' ? nearName(value, known) : undefined;
  return {
    path,
    message: `found ${describeValue(value)}, expected one of ${known.join(', ')}${near === undefined ? '' : `; did you mean "${near}"?`}`,
  };
}
