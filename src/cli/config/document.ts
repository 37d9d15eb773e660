/** A configuration as it can be pushed: read from a file, written as YAML, and without what only a board's file says. */
import { readFileSync, statSync } from 'node:fs';
import type { Scalar } from 'yaml';
import { systemCode } from '../../kernel/errors.js';
import { isMapping, type Json } from '../../kernel/json.js';
import { requirePackage } from '../../kernel/require.js';
import { pushable } from '../../supervisor/config/pushable.js';
import { escapeUnsafe, isUnsafe } from '../safe-text.js';

/** As much as a board takes (docs/contract.md, section 5). */
export const maximumBytes = 1024 * 1024;

/** JSON with keys. */
export type Mapping = Readonly<Record<string, Json>>;

export interface PushedFile {
  /** What is pushed. */
  readonly config: Mapping;
  /** Whom the file names; `undefined` where it names nobody. */
  readonly hall: string | undefined;
  readonly controller: string | undefined;
  /** Paths that were left out because only the board's own file can say them. */
  readonly leftOut: readonly string[];
}

/** Why a file is no configuration that could be pushed. */
export class NotPushable extends Error {}

const yaml = () => requirePackage('yaml') as typeof import('yaml');

/**
 * Reads a YAML file: a whole configuration, or one without `hall`, `controller`, `storage` and `hub.configKey`, which
 * are left out. Whether the rest is valid is for the board to say. Throws `NotPushable`.
 */
export function readPushedFile(path: string): PushedFile {
  const text = readText(path);
  const document = yaml().parseDocument(text, { prettyErrors: true });
  const error = document.errors[0];
  if (error !== undefined) {
    throw new NotPushable(`not valid YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`);
  }
  let value: Json;
  try {
    value = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }), onlyWhatJsonHas) ?? 'null');
  } catch (thrown) {
    if (thrown instanceof NotPushable) throw thrown;
    throw new NotPushable(`not valid YAML: ${String((thrown as Error).message)}`);
  }
  if (!isMapping(value)) throw new NotPushable('found no mapping; a configuration has buses, devices, …');
  const { hall, controller } = value;
  const { config, leftOut } = pushable(value);
  if (Buffer.byteLength(JSON.stringify(config)) > maximumBytes - 1024) {
    throw new NotPushable('larger than 1 MiB as JSON; that is no configuration');
  }
  return { config, hall: nameOf(hall, 'hall'), controller: nameOf(controller, 'controller'), leftOut };
}

/** What runs, made comparable with a file: without what a push cannot say; a push without `hub` leaves it as it is. */
export function comparable(running: Mapping, wanted: Mapping): Mapping {
  const { config } = pushable(running);
  if (wanted.hub !== undefined) return config;
  const { hub: _, ...rest } = config;
  return rest;
}

/** YAML that reads back as the same value, and holds nothing that a terminal would act on. */
export function toYaml(value: Json): string {
  const { Document, visit } = yaml();
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node: Scalar) {
      if (typeof node.value === 'string' && isUnsafe(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return escapeUnsafe(document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: 1_000_000 }), true);
}

/** `.inf` and `.nan` would reach the board as null. */
function onlyWhatJsonHas(key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new NotPushable(`${escapeUnsafe(key)}: found ${value}, expected a number`);
}

function nameOf(value: Json | undefined, key: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new NotPushable(`${key}: found ${JSON.stringify(value).slice(0, 60)}, expected a name`);
}

function readText(path: string): string {
  try {
    if (statSync(path).size > maximumBytes)
      throw new NotPushable('larger than 1 MiB; that is no configuration');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof NotPushable) throw error;
    const code = systemCode(error);
    throw new NotPushable(
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'EACCES'
            ? 'it may not be read by this user'
            : code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
              ? 'it is not UTF-8 text'
              : String((error as Error).message),
    );
  }
}
