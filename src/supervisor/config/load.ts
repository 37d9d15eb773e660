/** Reading configuration and profile files. YAML is loaded only here. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { systemCode } from '../../kernel/errors.js';
import { isMapping } from '../../kernel/json.js';
import { requirePackage } from '../../kernel/require.js';
import { panelProfileSchema } from '../../protocols/panel-profile.js';
import { templateProfileSchema } from '../../protocols/template-profile.js';
import { type BoardProfile, checkDocument, type FindProfile } from './check.js';
import { fileOptions } from './files.js';
import { hashOf } from './hash.js';
import { isTooDeep } from './nesting.js';
import { notesOn } from './notes.js';
import type { Problem } from './problems.js';
import type { Configuration } from './schema.js';

const { parseDocument } = requirePackage('yaml') as typeof import('yaml');

/** Profiles that come with Hallward. */
const shippedProfiles = fileURLToPath(new URL('../../../config/profiles/', import.meta.url));
/** A larger file is no configuration. */
const maximumBytes = 1024 * 1024;

export interface LoadedFile {
  /** Present where the file is valid. */
  readonly configuration?: Configuration;
  /** The parsed document, valid or not, as far as it could be read. */
  readonly document: unknown;
  /** SHA-256 of the document's content (key order and comments do not count); empty where it can't be read. */
  readonly hash: string;
  readonly problems: readonly Problem[];
  /** Things worth saying that do not make the file invalid. */
  readonly notes: readonly Problem[];
}

/** Reads and checks a configuration file. Never throws: what is wrong is among the problems. */
export function loadFile(path: string): LoadedFile {
  const text = readText(path);
  if (typeof text !== 'string') return { document: undefined, hash: '', problems: [text], notes: [] };
  const document = parseDocument(text, { prettyErrors: true });
  const problems: Problem[] = document.errors.map((error) => ({
    path: '',
    message: `not valid YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`,
  }));
  const value = toValue(document, problems);
  if (problems.length > 0) return { document: value, hash: '', problems, notes: [] };
  return checkLoaded(value, profileFinder(dirname(path)));
}

/** Checks a document that was parsed before (the last good one). */
export function checkLoaded(document: unknown, findProfile: FindProfile): LoadedFile {
  const result = checkDocument(document, findProfile);
  const secrets = checkSecrets(document);
  const problems = [...result.problems, ...secrets.problems];
  const configuration = problems.length === 0 ? result.configuration : undefined;
  return {
    ...(configuration === undefined ? {} : { configuration }),
    document,
    hash: hashOf(document),
    problems,
    notes: [...secrets.notes, ...(configuration === undefined ? [] : notesOn(configuration))],
  };
}

function readText(path: string): string | Problem {
  try {
    if (statSync(path).size > maximumBytes) {
      return { path: '', message: `${path} is larger than 1 MiB; that is no configuration` };
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    if (isTooDeep(text)) return { path: '', message: `${path} is nested too deep; that is no configuration` };
    return text;
  } catch (error) {
    const code = systemCode(error);
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'it may not be read by this user'
          : code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
            ? 'it is not UTF-8 text'
            : String((error as Error).message);
    return { path: '', message: `${path}: ${why}` };
  }
}

function toValue(document: ReturnType<typeof parseDocument>, problems: Problem[]): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (problems.length === 0)
      problems.push({ path: '', message: `not valid YAML: ${String((error as Error).message)}` });
    return undefined;
  }
}

/**
 * Looks for a profile beside the configuration file (`profiles/`), then among those that come with Hallward. What was
 * read is kept while its file stays as it is; what is not there is looked for each time, for it may be put there.
 */
export function profileFinder(directory: string): FindProfile {
  const found = new Map<string, { readonly mark: string; readonly profile: ReturnType<FindProfile> }>();
  return (name) => {
    const path = profilePath(name, [join(directory, 'profiles'), shippedProfiles]);
    if (path === undefined) return undefined;
    const known = found.get(name);
    if (known?.mark === path.mark) return known.profile;
    const profile = readProfile(path.file);
    found.set(name, { mark: path.mark, profile });
    return profile;
  };
}

/** The first file of that name that is there, and what tells it from an earlier one. */
function profilePath(
  name: string,
  directories: readonly string[],
): { readonly file: string; readonly mark: string } | undefined {
  if (!/^[a-z0-9-]{1,40}$/.test(name)) return undefined;
  for (const directory of directories) {
    const file = join(directory, `${name}.yaml`);
    try {
      const { ino, size, mtimeMs } = statSync(file);
      return { file, mark: `${file} ${ino} ${size} ${mtimeMs}` };
    } catch {
      // It is not there, or not for us.
    }
  }
  return undefined;
}

/** What a profile may be; one without `protocol` is a panel's. */
const profileSchemas = { 'modbus-panel': panelProfileSchema, template: templateProfileSchema } as const;

function readProfile(file: string): BoardProfile | string {
  const text = readText(file);
  if (typeof text !== 'string') return `the profile cannot be read: ${text.message}`;
  const document = parseDocument(text);
  const first = document.errors[0];
  if (first !== undefined) return `the profile is not valid YAML: ${first.message.split('\n')[0]}`;
  const problems: Problem[] = [];
  const value = toValue(document, problems);
  const problem = problems[0];
  if (problem !== undefined) return `the profile is ${problem.message}`;
  return checkProfile(value);
}

function checkProfile(value: unknown): BoardProfile | string {
  const protocol = isMapping(value) ? (value.protocol ?? 'modbus-panel') : undefined;
  if (typeof protocol !== 'string' || !Object.hasOwn(profileSchemas, protocol)) {
    const known = Object.keys(profileSchemas).join(' or ');
    const found = isMapping(value) ? `protocol ${JSON.stringify(protocol)}` : 'no mapping';
    return `the profile is not valid: found ${found}, expected a mapping with protocol ${known}`;
  }
  const result = v.safeParse(profileSchemas[protocol as keyof typeof profileSchemas], value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  return `the profile is not valid: ${v.getDotPath<v.GenericSchema>(issue) ?? ''} ${issue.message}`;
}

/** Secrets stand in files that only their owner may read. A file that is not there (yet) is worth a note. */
export function checkSecrets(document: unknown): { problems: Problem[]; notes: Problem[] } {
  const problems: Problem[] = [];
  const notes: Problem[] = [];
  for (const { path, value: file, secret } of fileOptions(document)) {
    try {
      const { mode } = statSync(file);
      if (secret && (mode & 0o004) !== 0) {
        problems.push({ path, message: `everybody may read ${file}; mend it with: chmod 600 ${file}` });
      }
    } catch (error) {
      notes.push({ path, message: `${file} cannot be read here (${systemCode(error) ?? 'error'})` });
    }
  }
  return { problems, notes };
}

/** Where an invalid document says its storage is, if it does; so that the last good document can be found. */
export function storagePathOf(document: unknown): string | undefined {
  const storage = isMapping(document) ? document.storage : undefined;
  const path = isMapping(storage) ? storage.path : undefined;
  return typeof path === 'string' && path !== '' ? path : undefined;
}
