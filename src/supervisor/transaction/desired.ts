/** The desired configuration as it arrives from the hub (docs/contract.md, section 5). Pure. */

import { isMapping } from '../../kernel/json.js';
import { readJsonObject } from '../../protocols/hub/read-json.js';
import { extentProblems } from '../config/extent.js';
import { hashOf } from '../config/hash.js';
import { describeValue, type Problem, unknownKey } from '../config/problems.js';

/** A larger one is no configuration, as with a file. */
export const maximumDesiredBytes = 1024 * 1024;

export interface Desired {
  readonly revision: number;
  /** As it came: without what only the file can say. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly signature?: string;
  /** SHA-256 over `config`, whatever the order of its keys. */
  readonly contentHash: string;
}

export type ReadDesired =
  | { readonly ok: true; readonly desired: Desired }
  /** `revision` as far as it could be read. */
  | { readonly ok: false; readonly revision: number | null; readonly problems: readonly Problem[] };

const entries = ['revision', 'config', 'signature'] as const;
/** Of these, enough are told to see what is wrong. */
const mostUnknown = 10;
const longestKeyCharacters = 80;

/** Reads a payload of `R/config/desired`. Never throws, whatever it holds. */
export function readDesired(payload: Uint8Array): ReadDesired {
  const read = readJsonObject(payload, maximumDesiredBytes);
  if (!read.ok) {
    return { ok: false, revision: null, problems: [{ path: '', message: `the payload is ${read.reason}` }] };
  }
  const { revision, config, signature } = read.value;
  const problems: Problem[] = [];
  const unknown = Object.keys(read.value).filter((key) => !(entries as readonly string[]).includes(key));
  for (const key of unknown.slice(0, mostUnknown)) {
    const written = key.slice(0, longestKeyCharacters);
    problems.push(unknownKey(written, written, entries));
  }
  const known = isRevision(revision) ? revision : null;
  if (known === null) {
    const message = `found ${describeValue(revision)}, expected a whole number from 1 up`;
    problems.push({ path: 'revision', message });
  }
  if (!isMapping(config)) {
    problems.push({ path: 'config', message: `found ${describeValue(config)}, expected a mapping` });
  } else {
    problems.push(...extentProblems(config, 'config'));
  }
  if (signature !== undefined && typeof signature !== 'string') {
    problems.push({ path: 'signature', message: 'expected text (base64)' });
  }
  if (problems.length > 0 || known === null || !isMapping(config)) {
    return { ok: false, revision: known, problems };
  }
  return {
    ok: true,
    desired: {
      revision: known,
      config,
      ...(typeof signature === 'string' ? { signature } : {}),
      contentHash: hashOf(config),
    },
  };
}

function isRevision(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
