/** Files that a configuration names. */

import { isMapping } from '../../kernel/json.js';
import { pathOf } from './problems.js';

export interface FileOption {
  /** `hub.passwordFile`. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly value: string;
  /** Nobody but its owner may read it. */
  readonly secret: boolean;
}

const ofHub: Readonly<Record<string, boolean>> = {
  passwordFile: true,
  key: true,
  ca: false,
  cert: false,
  configKey: false,
};
const ofBuses: Readonly<Record<string, boolean>> = {
  communityFile: true,
  authKeyFile: true,
  privKeyFile: true,
  ca: false,
};
const ofDevices: Readonly<Record<string, boolean>> = { tokenFile: true, logo: false };

/** All files that a document names, valid or not. */
export function fileOptions(document: unknown): FileOption[] {
  if (!isMapping(document)) return [];
  const { hub, http, freeText } = document;
  return [
    ...optionsIn(hub, ofHub, ['hub']),
    ...entriesOf(document.buses).flatMap(([name, bus]) => optionsIn(bus, ofBuses, ['buses', name])),
    ...optionsIn(http, { tokenFile: true }, ['http']),
    ...entriesOf(document.devices).flatMap(([name, device]) =>
      optionsIn(device, ofDevices, ['devices', name]),
    ),
    ...optionsIn(freeText, { key: false }, ['freeText']),
  ];
}

function entriesOf(section: unknown): [string, unknown][] {
  return isMapping(section) ? Object.entries(section) : [];
}

function optionsIn(
  section: unknown,
  options: Readonly<Record<string, boolean>>,
  at: readonly string[],
): FileOption[] {
  if (!isMapping(section)) return [];
  return Object.entries(options).flatMap(([option, secret]) => {
    const value = section[option];
    const keys = [...at, option];
    return typeof value === 'string' ? [{ path: pathOf(...keys), keys, value, secret }] : [];
  });
}
