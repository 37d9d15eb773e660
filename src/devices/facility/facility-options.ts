/** What a person writes of a facility, whatever it hangs on. */
import * as v from 'valibot';
import type { Audience, Severity } from '../../protocols/hub/payloads.js';
import type { FaultWords } from '../kind.js';
import { definedOptions } from '../options.js';

const severities = ['high', 'medium', 'low'] as const satisfies readonly Severity[];
const audiences = ['maintenance', 'duty', 'admin'] as const satisfies readonly Audience[];

const line = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'some words'),
  v.maxLength(200, 'at most 200 characters'),
  v.regex(/^\P{Cc}*$/u, 'words without control characters'),
);
const text = v.strictObject({ 'zh-CN': line, en: line });

export const wordOptions = {
  text: v.optional(
    v.pipe(
      text,
      v.description(
        'What its alarm means, in both languages; {device}, {value}, {unit} and {limit} are filled in',
      ),
    ),
  ),
  action: v.optional(v.pipe(text, v.description('The first thing to do, in both languages'))),
  severity: v.optional(
    v.pipe(v.picklist(severities), v.description('How bad that is; if absent as declared')),
  ),
  audience: v.optional(
    v.pipe(
      v.picklist(audiences),
      v.description('Who is told: duty for what cannot wait; maintenance if absent'),
    ),
  ),
};

const wordsSchema = v.object(wordOptions);

export function wordsOf(config: unknown): FaultWords {
  const { text: says, action, severity, audience } = v.parse(wordsSchema, config);
  return definedOptions({ text: says, action, severity, audience });
}
