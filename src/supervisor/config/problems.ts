/** Running a schema over a value and telling every problem in words, with its path. */
import * as v from 'valibot';
import { clip } from '../../kernel/clip.js';
import { isMapping } from '../../kernel/json.js';
import { knownHint, nearHint } from '../../kernel/near-name.js';

/** One thing wrong with a configuration. */
export interface Problem {
  /** `devices.board-5.address`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** `devices.board-5.address` from its parts. */
export function pathOf(...parts: readonly (string | number)[]): string {
  return parts.filter((part) => part !== '').join('.');
}

/** `devices.board-5.address: found …` on one line. */
export function formatProblem({ path, message }: Problem): string {
  return path === '' ? message : `${path}: ${message}`;
}

/** More say nothing that these do not. */
const mostTold = 50;
const mostPathBytes = 300;
const mostMessageBytes = 600;

/** Problems as they are told to others and recorded: not all too many, and none of them long, whatever was in it. */
export function problemsToTell(problems: readonly Problem[], most = mostTold): Problem[] {
  return problems.slice(0, most).map(({ path, message }) => ({
    path: clip(path, mostPathBytes),
    message: clip(message, mostMessageBytes),
  }));
}

/** What a value is, in a few words: `the number 5`, `"abc"`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (typeof value === 'string') {
    // What stands before the @ of an address may be a password.
    const shown = value.replace(/\/\/[^@/]*@/, '//…@');
    return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 57)}…` : shown);
  }
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `the ${typeof value} ${String(value)}`;
}

/**
 * Checks a value. All problems are added to `problems`; the output (with defaults) is given back where there were
 * none. `otherKeys` are keys of the same mapping that are checked elsewhere, for near names.
 */
export function checkValue<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  path: string,
  problems: Problem[],
  otherKeys: readonly string[] = [],
): v.InferOutput<Schema> | undefined {
  const before = problems.length;
  const known = withoutUnknownKeys(schema, value, path, problems, otherKeys);
  const result = v.safeParse(schema, known);
  if (!result.success) {
    for (const issue of result.issues) problems.push(toProblem(issue, path));
  }
  return problems.length === before && result.success ? result.output : undefined;
}

function toProblem(issue: v.GenericIssue, path: string): Problem {
  const parts = (issue.path ?? []).map((item) => String(item.key));
  const at = pathOf(path, ...parts);
  if (issue.received === 'undefined' && issue.input === undefined) {
    return { path: at, message: 'missing' };
  }
  const hint =
    typeof issue.input === 'number' && issue.expected === 'string'
      ? ` (write it in quotes: "${issue.input}")`
      : '';
  return { path: at, message: `found ${describeValue(issue.input)}, expected ${expectedOf(issue)}${hint}` };
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  Object: 'a mapping',
  Array: 'a list',
};

function expectedOf(issue: v.GenericIssue): string {
  if (issue.type === 'union') {
    const inner = (issue.issues ?? []).filter((one) => one.kind === 'validation');
    if (inner.length > 0) return expectedOf(inner[0]!);
  }
  switch (issue.type) {
    case 'min_value':
      return `at least ${String(issue.requirement)}`;
    case 'max_value':
      return `at most ${String(issue.requirement)}`;
    case 'min_length':
      return issue.requirement === 1 ? 'not nothing' : `at least ${String(issue.requirement)}`;
    case 'max_length':
      return `at most ${String(issue.requirement)} long`;
    case 'integer':
      return 'a whole number';
  }
  // Our own messages say what is expected; valibot's own begin with "Invalid".
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  const expected = issue.expected ?? issue.type;
  return expected
    .replace(/^\((.*)\)$/, '$1')
    .split(' | ')
    .map((word) => typeWords[word] ?? word)
    .join(' or ');
}

/** A copy of `value` without the keys that a strict object does not know; each is told, with the near name. */
function withoutUnknownKeys(
  schema: v.GenericSchema,
  value: unknown,
  path: string,
  problems: Problem[],
  otherKeys: readonly string[] = [],
): unknown {
  const inner = unwrap(schema);
  if (Array.isArray(value) && isList(inner)) {
    return value.map((entry, index) =>
      withoutUnknownKeys(inner.item, entry, pathOf(path, String(index)), problems),
    );
  }
  if (!isMapping(value)) return value;
  if (isStrictObject(inner)) {
    const known: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value)) {
      const entrySchema = Object.hasOwn(inner.entries, key) ? inner.entries[key] : undefined;
      if (entrySchema === undefined) {
        problems.push(unknownKey(pathOf(path, key), key, [...Object.keys(inner.entries), ...otherKeys]));
      } else known[key] = withoutUnknownKeys(entrySchema, entry, pathOf(path, key), problems);
    }
    return known;
  }
  if (isRecord(inner)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        withoutUnknownKeys(inner.value, entry, pathOf(path, key), problems),
      ]),
    );
  }
  return value;
}

/** The problem with a key that is not known, with the near name if there is one. */
export function unknownKey(path: string, key: string, known: readonly string[]): Problem {
  return { path, message: `unknown key "${key}"${knownHint(key, known)}` };
}

function unwrap(schema: v.GenericSchema): v.GenericSchema {
  const wrapped = schema as { type: string; wrapped?: v.GenericSchema; pipe?: readonly v.GenericSchema[] };
  const wraps = ['optional', 'exact_optional', 'nullable'].includes(wrapped.type);
  if (wraps && wrapped.wrapped !== undefined) return unwrap(wrapped.wrapped);
  return schema;
}

function isStrictObject(
  schema: v.GenericSchema,
): schema is v.GenericSchema & { entries: Record<string, v.GenericSchema> } {
  return schema.type === 'strict_object';
}

function isList(schema: v.GenericSchema): schema is v.GenericSchema & { item: v.GenericSchema } {
  return schema.type === 'array';
}

function isRecord(schema: v.GenericSchema): schema is v.GenericSchema & { value: v.GenericSchema } {
  return schema.type === 'record';
}

/** The problem of a value that is none of those that are known, with the near one if there is one. */
export function notOneOf(path: string, value: unknown, known: readonly string[]): Problem {
  if (value === undefined) return { path, message: `missing: expected one of ${known.join(', ')}` };
  const hint = typeof value === 'string' ? nearHint(value, known) : '';
  return { path, message: `found ${describeValue(value)}, expected one of ${known.join(', ')}${hint}` };
}
