/** Finds what two want for themselves: an address or key bytes twice on one bus, asked and unasked mixed. */
import { connectionProof, connectionsOf, type DeviceConfig } from '../../devices/kind.js';
import { findKind } from '../../devices/registry.js';
import { parentOf } from './check-buses.js';
import { type Problem, pathOf } from './problems.js';
import { type FindProfile, profileOf } from './profile.js';
import type { BusConfig } from './schema.js';

/** Two owners of one thing on one bus; what hangs on a bus through another one counts, too. */
export function checkDoubles(
  buses: ReadonlyMap<string, BusConfig>,
  devices: ReadonlyMap<string, DeviceConfig>,
  findProfile: FindProfile,
  problems: Problem[],
): void {
  const claims = new Map<string, { owner: string; shared: boolean }>();
  for (const [name, bus] of buses) {
    const parent = parentOf(bus);
    if (parent !== undefined && 'address' in bus && typeof bus.address === 'number') {
      const key = `${parent} address 0x${bus.address.toString(16)}`;
      claims.set(key, { owner: `bus "${name}"`, shared: false });
    }
  }
  const ways = new Map<string, { asked: boolean; device: string }>();
  for (const [name, device] of devices) {
    const kind = findKind(device.kind);
    if (kind === undefined) continue;
    const profile = profileOf(device, findProfile);
    for (const { part, bus, config, declaration } of connectionsOf(kind, device)) {
      const path = pathOf('devices', name, ...(part === undefined ? [] : ['parts', part]));
      const owned = part === undefined ? `device "${name}"` : `${part} of device "${name}"`;
      const told = new Set<string>();
      for (const claim of declaration.claims?.(config, profile) ?? []) {
        const key = `${bus} ${oneNameFor(claim.text, buses.get(bus))}`;
        const known = claims.get(key);
        const owner = known?.owner;
        const shared = claim.shared === true;
        const together = shared && known?.shared === true && owner !== owned;
        const where = `${claim.path.join('.')} ${owner}`;
        // A sign that takes the whole wire has many claims at one place: one problem says it.
        if (owner !== undefined && !together && !told.has(where)) {
          told.add(where);
          problems.push({
            path: pathOf(path, ...claim.path),
            message: `${claim.text} on bus "${bus}" belongs to ${owner} already`,
          });
        }
        claims.set(key, { owner: owned, shared });
      }
      const asked = connectionProof(declaration, device, profile) === 'answers';
      // What only listens disturbs neither those that answer nor those that speak; lines and channels are no neighbours.
      if ((!asked && declaration.speaks === false) || !isShared(buses.get(bus))) continue;
      const way = ways.get(bus);
      if (way !== undefined && way.asked !== asked) {
        problems.push({
          path: pathOf(path, 'bus'),
          message: `"${name}" and "${way.device}" cannot share bus "${bus}": one answers when asked, the other speaks unasked`,
        });
      }
      if (way === undefined) ways.set(bus, { asked, device: name });
    }
  }
}

/** A line or input that goes by several names, by one of them: `D13` and 13 of an Arduino, `GPB3` and 11 of an MCP23017. */
function oneNameFor(claim: string, bus: BusConfig | undefined): string {
  if (bus?.type === 'firmata') {
    return claim.replace(/^line D(\d+)$/, 'line $1').replace(/^analogue input (\d+)$/, 'line A$1');
  }
  if (bus?.type !== 'expander') return claim;
  const [, port, pin] = /^line (?:P|GP)([01AB]?)([0-7])$/i.exec(claim) ?? [];
  if (port === undefined || pin === undefined) return claim;
  return `line ${('1B'.includes(port.toUpperCase()) && port !== '' ? 8 : 0) + Number(pin)}`;
}

/** Everybody on it hears everything. */
function isShared(bus: BusConfig | undefined): boolean {
  return bus?.type === 'serial' || bus?.type === 'tcp' || bus?.type === 'usb-printer';
}
