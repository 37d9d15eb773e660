/** Checks the section `buses`: each bus by its type, what hangs on another bus, and two names for one thing. */
import type { BusType } from '../../devices/kind.js';
import { isMapping } from '../../kernel/json.js';
import { nearHint } from '../../kernel/near-name.js';
import { namePattern } from '../../protocols/hub/topics.js';
import { checkValue, describeValue, notOneOf, type Problem, pathOf } from './problems.js';
import { type BusConfig, busSchemas } from './schema.js';

/** Checks the name of a bus or a device. */
export function checkName(name: string, path: string, problems: Problem[]): void {
  if (name === 'controller') problems.push({ path, message: 'the name "controller" is reserved' });
  else if (!namePattern.test(name)) {
    problems.push({ path, message: `found the name "${name}", expected a-z, 0-9 and "-", at most 40` });
  }
}

/** Every valid bus by its name; what is wrong with the others is added to `problems`. */
export function checkBuses(raw: unknown, problems: Problem[]): Map<string, BusConfig> {
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
  checkParents(buses, Object.keys(raw), problems);
  return buses;
}

/** What kind of bus another one may hang on. */
const parentType: Partial<Record<BusType, BusType>> = { expander: 'i2c', adc: 'i2c' };

/** The bus that a bus hangs on; `undefined` for one with wires of its own. */
export function parentOf(bus: BusConfig): string | undefined {
  return bus.type === 'expander' || bus.type === 'adc' ? bus.bus : undefined;
}

function checkParents(
  buses: ReadonlyMap<string, BusConfig>,
  names: readonly string[],
  problems: Problem[],
): void {
  for (const [name, bus] of buses) {
    const parent = parentOf(bus);
    if (parent === undefined) continue;
    const path = pathOf('buses', name, 'bus');
    const found = buses.get(parent);
    if (!names.includes(parent)) {
      problems.push({ path, message: `there is no bus "${parent}"${nearHint(parent, names)}` });
    } else if (found !== undefined && found.type !== parentType[bus.type]) {
      const message = `bus "${parent}" is of type ${found.type}; ${bus.type} needs ${parentType[bus.type]}`;
      problems.push({ path, message });
    }
  }
}

/** Two names for one thing. */
export function checkFarEnds(buses: ReadonlyMap<string, BusConfig>, problems: Problem[]): void {
  const ends = new Map<string, string>();
  for (const [name, bus] of buses) {
    const end = farEndOf(bus);
    const other = ends.get(end);
    if (other !== undefined) {
      problems.push({ path: pathOf('buses', name), message: `"${end}" is bus "${other}" already` });
    }
    ends.set(end, name);
  }
}

/** What a bus is connected to, so that two names for it are found. */
function farEndOf(bus: BusConfig): string {
  switch (bus.type) {
    case 'serial':
    case 'firmata':
    case 'usb-printer':
      return bus.path;
    case 'tcp':
      return `${bus.host}:${bus.port}`;
    case 'gpio':
      return `GPIO chip ${bus.chip}`;
    case 'expander':
    case 'adc':
      return `address 0x${bus.address.toString(16)} of ${bus.bus}`;
    case 'snmp':
      return `SNMP at ${bus.host}:${bus.port}`;
    case 'ipp':
      return bus.url;
    case 'i2c':
      return `/dev/i2c-${bus.number}`;
    case 'audio':
      return `sound card ${bus.card}`;
    case 'page':
      return `pages at ${bus.address}:${bus.port}`;
  }
}
