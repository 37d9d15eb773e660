/**
 * From a pushed configuration to the whole document as it would run: what only the file can say comes from what runs,
 * and what a push may not do is told. Whoever may push need not be trusted with every file of the board.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { isMapping } from '../../kernel/json.js';
import { fileOptions } from '../config/files.js';
import { hashOf } from '../config/hash.js';
import { type Problem, pathOf } from '../config/problems.js';
import { fileOnly } from '../config/pushable.js';

type Mapping = Readonly<Record<string, unknown>>;

export interface PushedDocumentOptions {
  /** The document that runs. */
  readonly running: Mapping;
  /** Its signature was checked, and good. */
  readonly signed: boolean;
  /** The folder in which files may be named: that of the configuration file. */
  readonly secretsFolder: string;
}

/** Sections that could lock out who comes after, or open what was closed. */
const signedOnly = ['hub', 'freeText'] as const;

/** The whole document, valid or not, and what a push may not do. */
export function pushedDocument(
  config: Mapping,
  { running, signed, secretsFolder }: PushedDocumentOptions,
): { readonly document: Mapping; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const rest: Record<string, unknown> = { ...config };
  for (const key of fileOnly) {
    if (key in rest) problems.push({ path: key, message: 'stands in the file only; leave it out of a push' });
    delete rest[key];
  }
  const runningHub = isMapping(running.hub) ? running.hub : undefined;
  if (isMapping(rest.hub) && 'configKey' in rest.hub) {
    problems.push({ path: 'hub.configKey', message: 'stands in the file only; leave it out of a push' });
  }
  const document: Record<string, unknown> = {
    ...Object.fromEntries(fileOnly.filter((key) => key in running).map((key) => [key, running[key]])),
    ...rest,
    ...hubOf(rest.hub, runningHub),
  };
  if (!signed) {
    for (const key of signedOnly) {
      if (hashOf(document[key] ?? null) === hashOf(running[key] ?? null)) continue;
      problems.push({ path: key, message: 'can be changed only by a signed document (hub.configKey)' });
    }
    problems.push(...secretsSentElsewhere(document, running));
  }
  problems.push(...confined(document, running, secretsFolder));
  return { document, problems };
}

/** A push without a hub keeps it: a board without one could not be reached any more. */
function hubOf(pushed: unknown, running: Mapping | undefined): { readonly hub?: unknown } {
  if (pushed === undefined) return running === undefined ? {} : { hub: running };
  if (!isMapping(pushed) || running?.configKey === undefined) return { hub: pushed };
  return { hub: { ...pushed, configKey: running.configKey } };
}

/** Buses that would show a secret to another place than before: with SNMP's v2c it is sent as it stands in the file. */
function secretsSentElsewhere(document: Mapping, running: Mapping): Problem[] {
  const before = isMapping(running.buses) ? running.buses : {};
  const buses = isMapping(document.buses) ? document.buses : {};
  return Object.entries(buses)
    .filter(([name, bus]) => isMapping(bus) && hasSecret(bus) && hashOf(bus) !== hashOf(before[name] ?? null))
    .map(([name]) => ({
      path: pathOf('buses', name),
      message: 'names a secret, so it can be added or changed only by a signed document (hub.configKey)',
    }));
}

function hasSecret(bus: Mapping): boolean {
  return ['communityFile', 'authKeyFile', 'privKeyFile'].some((key) => bus[key] !== undefined);
}

/** Files inside the secrets folder, ports below /dev: or those that are in use already. Relative names become whole. */
function confined(document: Record<string, unknown>, running: Mapping, folder: string): Problem[] {
  const problems: Problem[] = [];
  const realFolder = realOf(folder);
  const realDev = realOf('/dev');
  const filesInUse = new Set(fileOptions(running).map(({ value }) => value));
  const portsInUse = new Set(portOptions(running).map(({ value }) => value));
  for (const { path, keys, value } of fileOptions(document)) {
    if (filesInUse.has(value)) continue;
    const whole = isAbsolute(value) ? resolve(value) : join(folder, value);
    if (isInside(whole, folder, realFolder)) setAt(document, keys, whole);
    else
      problems.push({
        path,
        message: `${value.slice(0, 200)} is outside ${folder}, where a push may name files`,
      });
  }
  for (const { path, value } of portOptions(document)) {
    if (portsInUse.has(value) || isInside(resolve(value), '/dev', realDev)) continue;
    problems.push({ path, message: `${value.slice(0, 200)} is no port below /dev` });
  }
  return problems;
}

/** Where links lead counts, too; what is not there yet is judged by the folder that is. */
function isInside(path: string, folder: string, realFolder: string): boolean {
  if (path.includes('\0')) return false;
  const real = realOf(path);
  const between = relative(realFolder, real);
  const inName = relative(folder, path);
  const below = (way: string) => way !== '' && !way.startsWith('..') && !isAbsolute(way);
  // A port's own name may be a link to anywhere below /dev.
  return below(inName) && below(between);
}

function realOf(path: string): string {
  let there = path;
  let missing = '';
  while (!existsSync(there) && dirname(there) !== there) {
    missing = join(there.slice(dirname(there).length).replace(/^\//, ''), missing);
    there = dirname(there);
  }
  try {
    return join(realpathSync(there), missing);
  } catch {
    return path;
  }
}

interface Option {
  readonly path: string;
  readonly keys: readonly string[];
  readonly value: string;
}

/** Ports of the board that buses name. */
function portOptions(document: Mapping): Option[] {
  const buses = isMapping(document.buses) ? document.buses : {};
  return Object.entries(buses).flatMap(([name, bus]) => {
    const value = isMapping(bus) ? bus.path : undefined;
    return typeof value === 'string'
      ? [{ path: pathOf('buses', name, 'path'), keys: ['buses', name, 'path'], value }]
      : [];
  });
}

/** Changes a copy of each level on the way. */
function setAt(document: Record<string, unknown>, keys: readonly string[], value: string): void {
  const [key = '', ...rest] = keys;
  if (rest.length === 0) {
    document[key] = value;
    return;
  }
  const inner = { ...(document[key] as Record<string, unknown>) };
  document[key] = inner;
  setAt(inner, rest, value);
}
