/** Checks the section `devices`: each device by its kind and protocol, or by its kind and its parts. */
import type * as v from 'valibot';
import { unknown } from 'valibot';
import type { DeviceConfig, DeviceKind, ProtocolDeclaration } from '../../devices/kind.js';
import { pageBus } from '../../devices/pages.js';
import { deviceKinds, findKind } from '../../devices/registry.js';
import { isMapping } from '../../kernel/json.js';
import { knownHint, nearHint } from '../../kernel/near-name.js';
import { checkName } from './check-buses.js';
import { checkValue, describeValue, notOneOf, type Problem, pathOf } from './problems.js';
import { type FindProfile, profileOf, profileProblem } from './profile.js';
import { type BusConfig, deviceSchema, deviceWithPartsSchema, partSchema } from './schema.js';

/** What a device's entry is checked against besides itself. */
interface Surroundings {
  readonly busNames: readonly string[];
  readonly buses: ReadonlyMap<string, BusConfig>;
  readonly findProfile: FindProfile;
  readonly problems: Problem[];
  /** Each is made once for a document: a hall has many devices of few kinds. */
  readonly schemas: Map<string, v.GenericSchema>;
}

function schemaOf<Schema extends v.GenericSchema>(
  { schemas }: Surroundings,
  key: string,
  make: () => Schema,
): Schema {
  const known = schemas.get(key) ?? make();
  schemas.set(key, known);
  return known as Schema;
}

/** Every valid device by its name; what is wrong with the others is added to `problems`. */
export function checkDevices(
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
  const around = { busNames, buses, findProfile, problems, schemas: new Map<string, v.GenericSchema>() };
  for (const [name, value] of Object.entries(raw)) {
    const path = pathOf('devices', name);
    checkName(name, path, problems);
    if (busNames.includes(name)) {
      problems.push({ path, message: `"${name}" is a bus too; buses and devices share one name space` });
    }
    const device = checkDevice(path, value, around);
    if (device !== undefined) devices.set(name, device);
  }
  return devices;
}

function checkDevice(path: string, given: unknown, around: Surroundings): DeviceConfig | undefined {
  const { findProfile, problems } = around;
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
  if (kind.parts !== undefined) return checkDeviceWithParts(path, kind, given, around);
  const value: Readonly<Record<string, unknown>> = { ...kind.defaults, ...given };
  const found = checkConnection(path, value, kind.protocols, around);
  if (found === undefined) return undefined;
  const { protocol, declaration } = found;
  if ('profile' in declaration.options && typeof value.profile === 'string') {
    const problem = profileProblem(findProfile(value.profile), protocol);
    if (problem !== undefined) {
      problems.push({ path: pathOf(path, 'profile'), message: `found "${value.profile}": ${problem}` });
    }
  }
  const schema = schemaOf(around, `${kind.kind} ${protocol}`, () =>
    deviceSchema(kind, protocol, declaration),
  );
  const device = checkValue(schema, value, path, problems) as DeviceConfig | undefined;
  if (device !== undefined) checkBias(path, device, declaration, around);
  for (const problem of (device && declaration.problems?.(device, profileOf(device, findProfile))) ?? []) {
    problems.push({ path: pathOf(path, ...problem.path), message: problem.message });
  }
  return device;
}

/** The protocol of a device or part, if there is such a one, and whether its bus can carry it. */
function checkConnection(
  path: string,
  value: Readonly<Record<string, unknown>>,
  protocols: Readonly<Record<string, ProtocolDeclaration>>,
  { busNames, buses, problems }: Surroundings,
): { protocol: string; declaration: ProtocolDeclaration } | undefined {
  const protocol = typeof value.protocol === 'string' ? value.protocol : '';
  const declaration = Object.hasOwn(protocols, protocol) ? protocols[protocol] : undefined;
  checkBusName(path, value.bus, busNames, problems);
  if (declaration === undefined) {
    problems.push(notOneOf(pathOf(path, 'protocol'), value.protocol, Object.keys(protocols)));
    return undefined;
  }
  const bus = typeof value.bus === 'string' ? buses.get(value.bus) : undefined;
  if (bus !== undefined && !declaration.buses.includes(bus.type)) {
    problems.push({
      path: pathOf(path, 'bus'),
      message: `bus "${String(value.bus)}" is of type ${bus.type}; ${protocol} needs ${declaration.buses.join(' or ')}`,
    });
  }
  return { protocol, declaration };
}

/** Inputs of expanders and Arduinos know no pull-down: what hangs on one must join its line to ground. */
function checkBias(
  path: string,
  { bus: name, activeLow, bias }: Readonly<Record<string, unknown>>,
  { options }: ProtocolDeclaration,
  { buses, problems }: Surroundings,
): void {
  const bus = typeof name === 'string' ? buses.get(name) : undefined;
  if (bus?.type !== 'expander' && bus?.type !== 'firmata') return;
  if (!('bias' in options) || !('activeLow' in options)) return;
  const wanted = bias ?? (activeLow === true ? 'pull-up' : 'pull-down');
  if (wanted === 'pull-up' || wanted === 'as-is') return;
  const chip = bus.type === 'firmata' ? 'Firmata board' : bus.chip;
  const canFloat = chip !== 'pcf8574' && chip !== 'pcf8575';
  if (wanted === 'disabled' && canFloat) return;
  const or = canFloat ? ', or fit a resistor of 10 kΩ to ground and write bias: disabled' : '';
  problems.push({
    path: pathOf(path, bias === undefined ? 'activeLow' : 'bias'),
    message: `a ${chip} pulls its inputs up only: join the contact to ground and write activeLow: true${or}`,
  });
}

function checkDeviceWithParts(
  path: string,
  kind: DeviceKind,
  given: Readonly<Record<string, unknown>>,
  around: Surroundings,
): DeviceConfig | undefined {
  const { problems } = around;
  const before = problems.length;
  const device = checkValue(deviceWithPartsSchema(kind, unknown()), given, path, problems);
  const parts = checkParts(pathOf(path, 'parts'), kind, given.parts, around);
  if (device === undefined || parts === undefined || problems.length > before) return undefined;
  const whole = { ...device, parts } as DeviceConfig;
  for (const problem of kind.problems?.(whole) ?? []) {
    problems.push({ path: pathOf(path, ...problem.path), message: problem.message });
  }
  return whole;
}

function checkParts(
  path: string,
  { parts: known = {} }: DeviceKind,
  given: unknown,
  around: Surroundings,
): Readonly<Record<string, unknown>> | undefined {
  const { problems } = around;
  const names = Object.keys(known);
  if (!isMapping(given) || Object.keys(given).length === 0) {
    const found = given === undefined ? 'missing' : `found ${describeValue(given)}`;
    problems.push({ path, message: `${found}: expected a mapping with at least one of ${names.join(', ')}` });
    return undefined;
  }
  const checked: Record<string, unknown> = {};
  for (const [part, value] of Object.entries(given)) {
    const at = pathOf(path, part);
    const declared = Object.hasOwn(known, part) ? known[part] : undefined;
    if (declared === undefined) {
      problems.push({ path: at, message: `unknown part "${part}"${knownHint(part, names)}` });
    } else if (!isMapping(value)) {
      const message = `found ${describeValue(value)}, expected a mapping with bus and protocol`;
      problems.push({ path: at, message });
    } else {
      checked[part] = checkPart(at, value, declared.protocols, around);
    }
  }
  for (const [part, { required }] of Object.entries(known)) {
    if (required && !Object.hasOwn(given, part)) {
      problems.push({ path: pathOf(path, part), message: 'missing' });
    }
  }
  return checked;
}

function checkPart(
  path: string,
  value: Readonly<Record<string, unknown>>,
  protocols: Readonly<Record<string, ProtocolDeclaration>>,
  around: Surroundings,
): v.InferOutput<ReturnType<typeof partSchema>> | undefined {
  const found = checkConnection(path, value, protocols, around);
  if (found === undefined) return undefined;
  const { protocol, declaration } = found;
  const part = checkValue(partSchema(protocol, declaration), value, path, around.problems);
  if (part !== undefined) checkBias(path, part, declaration, around);
  for (const problem of (part && declaration.problems?.({ kind: '', ...part })) ?? []) {
    around.problems.push({ path: pathOf(path, ...problem.path), message: problem.message });
  }
  return part;
}

function checkBusName(path: string, bus: unknown, busNames: readonly string[], problems: Problem[]): void {
  if (typeof bus !== 'string' || busNames.includes(bus)) return;
  if (bus === pageBus) {
    const message = 'there is no section http, which says where pages are served; add: http: { port: 8080 }';
    problems.push({ path: pathOf(path, 'bus'), message });
    return;
  }
  problems.push({
    path: pathOf(path, 'bus'),
    message: `there is no bus "${bus}"${nearHint(bus, busNames)}`,
  });
}
