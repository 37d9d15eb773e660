/** Checks a configuration document as a whole: every problem at once, without touching hardware. */
import * as v from 'valibot';
import { type DeviceConfig, proofOfLifeOf } from '../../devices/kind.js';
import { pageBus } from '../../devices/pages.js';
import { deviceKinds, findKind } from '../../devices/registry.js';
import { nearName } from '../../kernel/near-name.js';
import { namePattern } from '../../protocols/hub/topics.js';
import { checkCalling } from './check-calling.js';
import { checkSeveral } from './check-several.js';
import { checkKioskQueues, checkPageTokens, pageBusOf } from './http.js';
import { checkValue, describeValue, isMapping, type Problem, pathOf } from './problems.js';
import type { BoardProfile, FindProfile } from './profile.js';
import {
  type BusConfig,
  busSchemas,
  type Configuration,
  deviceSchema,
  documentEntries,
  hoursKey,
} from './schema.js';

export type { BoardProfile, FindProfile } from './profile.js';

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
  const http = entries?.http === undefined ? undefined : pageBusOf(entries.http);
  if (document.http !== undefined && buses.has(pageBus)) {
    const message = `the name "${pageBus}" is that of the section ${pageBus}; choose another`;
    problems.push({ path: pathOf('buses', pageBus), message });
  }
  // Also where the section is not valid: then that is said, and not that there is none.
  const named =
    document.http === undefined || !isMapping(rawBuses) ? rawBuses : { ...rawBuses, [pageBus]: null };
  if (http !== undefined) buses.set(pageBus, http);
  const devices = checkDevices(rawDevices, named, buses, findProfile, problems);
  checkPageTokens(http, devices, problems);
  checkKioskQueues(document.calling, devices, problems);
  checkDoubles(buses, devices, findProfile, problems);
  if (isMapping(document.calling)) checkCalling(document.calling, devices, findProfile, problems);
  checkSeveral(document, problems);
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
  given: unknown,
  busNames: readonly string[],
  buses: ReadonlyMap<string, BusConfig>,
  findProfile: FindProfile,
  problems: Problem[],
): DeviceConfig | undefined {
  if (!isMapping(given)) {
    problems.push({ path, message: `found ${describeValue(given)}, expected a mapping with a kind` });
    return undefined;
  }
  const kind = typeof given.kind === 'string' ? findKind(given.kind) : undefined;
  if (kind === undefined) {
    problems.push(
      notOneOf(
        pathOf(path, 'kind'),
        given.kind,
        deviceKinds.map((one) => one.kind),
      ),
    );
    return undefined;
  }
  const protocols = Object.keys(kind.protocols);
  const value: Readonly<Record<string, unknown>> = { ...kind.defaults, ...given };
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
    const problem = profileProblem(findProfile(value.profile), protocol);
    if (problem !== undefined) {
      problems.push({ path: pathOf(path, 'profile'), message: `found "${value.profile}": ${problem}` });
    }
  }
  const schema = deviceSchema(kind, protocol, declaration);
  const device = checkValue(schema, value, path, problems) as DeviceConfig | undefined;
  for (const problem of (device && declaration.problems?.(device, profileOf(device, findProfile))) ?? []) {
    problems.push({ path: pathOf(path, ...problem.path), message: problem.message });
  }
  return device;
}

/** Why a profile can't serve a device of `protocol`, if it can't. */
function profileProblem(profile: ReturnType<FindProfile>, protocol: string): string | undefined {
  if (profile === undefined) return 'there is no such profile in config/profiles';
  if (typeof profile === 'string') return profile;
  if (profile.protocol === protocol) return undefined;
  return `this profile is for protocol ${profile.protocol}, expected one for ${protocol}`;
}

/** The profile that a device names, where there is a valid one. */
function profileOf({ profile }: DeviceConfig, findProfile: FindProfile): BoardProfile | undefined {
  const found = typeof profile === 'string' ? findProfile(profile) : undefined;
  return typeof found === 'object' ? found : undefined;
}

function checkBusName(path: string, bus: unknown, busNames: readonly string[], problems: Problem[]): void {
  if (typeof bus !== 'string' || busNames.includes(bus)) return;
  if (bus === pageBus) {
    const message = 'there is no section http, which says where pages are served; add: http: { port: 8080 }';
    problems.push({ path: pathOf(path, 'bus'), message });
    return;
  }
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
    case 'audio':
      return `sound card ${bus.card}`;
    case 'page':
      return `pages at ${bus.address}:${bus.port}`;
  }
}

/** Two owners of one thing: a port under two names, an address or key bytes twice on one bus, asked and unasked mixed. */
function checkDoubles(
  buses: ReadonlyMap<string, BusConfig>,
  devices: ReadonlyMap<string, DeviceConfig>,
  findProfile: FindProfile,
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
    const kind = findKind(device.kind);
    const declaration = kind?.protocols[device.protocol];
    if (kind === undefined || declaration === undefined) continue;
    const profile = profileOf(device, findProfile);
    const told = new Set<string>();
    for (const claim of declaration.claims?.(device, profile) ?? []) {
      const key = `${device.bus} ${claim.text}`;
      const owner = claims.get(key);
      const where = `${claim.path.join('.')} ${owner}`;
      // A sign that takes the whole wire has many claims at one place: one problem says it.
      if (owner !== undefined && !told.has(where)) {
        told.add(where);
        problems.push({
          path: pathOf('devices', name, ...claim.path),
          message: `${claim.text} on bus "${device.bus}" belongs to ${owner} already`,
        });
      }
      claims.set(key, `device "${name}"`);
    }
    const asked = proofOfLifeOf(kind, device, profile) === 'answers';
    // What only listens disturbs neither those that answer nor those that speak.
    if (!asked && declaration.speaks === false) continue;
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

function notOneOf(path: string, value: unknown, known: readonly string[]): Problem {
  if (value === undefined) return { path, message: `missing: expected one of ${known.join(', ')}` };
  const near = typeof value === 'string' ? nearName(value, known) : undefined;
  return {
    path,
    message: `found ${describeValue(value)}, expected one of ${known.join(', ')}${near === undefined ? '' : `; did you mean "${near}"?`}`,
  };
}
