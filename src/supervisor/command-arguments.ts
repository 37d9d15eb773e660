/** Checks what came with a command against its declaration, and says what is wrong with it in one line. */
import type * as v from 'valibot';
import { clip } from '../kernel/clip.js';
import { knownHint } from '../kernel/near-name.js';
import { type CommandName, commandSchemas } from '../protocols/hub/commands.js';
import { checkValue, formatProblem, type Problem } from './config/problems.js';

type Checked =
  | { readonly ok: true; readonly output: Readonly<Record<string, unknown>> }
  /** For the sender: which argument, what was found, what is expected. */
  | { readonly ok: false; readonly message: string };

/** Longest message of a refusal, in bytes. */
const messageBytes = 400;
/** Of a name that a stranger wrote, for the comparison with those that we know. */
const longestNameCharacters = 80;

/** The arguments with their defaults, or why they are none. Unknown ones are refused, with the near name meant. */
export function checkArguments(name: CommandName, args: Readonly<Record<string, unknown>>): Checked {
  const schema: v.GenericSchema = commandSchemas[name];
  const { entries } = commandSchemas[name];
  // Here and not by the schema: a payload may hold thousands of them, and one is enough to refuse it.
  const unknown = Object.keys(args).find((key) => !Object.hasOwn(entries, key));
  if (unknown !== undefined) return no(unknownArgument(unknown, Object.keys(entries)));
  const problems: Problem[] = [];
  const output = checkValue(schema, args, '', problems);
  const [first] = problems;
  if (first === undefined) return { ok: true, output: output as Readonly<Record<string, unknown>> };
  return no(formatProblem(withoutSignature(first)));
}

function unknownArgument(written: string, known: readonly string[]): string {
  const key = clip(written, longestNameCharacters);
  return `unknown argument "${key}"${knownHint(key, known)}`;
}

/** What somebody sent as a signature is nobody else's business. */
function withoutSignature(problem: Problem): Problem {
  if (problem.path !== 'signature') return problem;
  return { path: problem.path, message: 'expected base64 text of at most 200 characters' };
}

function no(message: string): Checked {
  return { ok: false, message: clip(message, messageBytes) };
}
