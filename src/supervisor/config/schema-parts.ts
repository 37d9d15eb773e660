/** Names and words that several parts of the configuration share. */
import * as v from 'valibot';
import { namePattern } from '../../protocols/hub/topics.js';

export const name = v.pipe(v.string(), v.regex(namePattern, 'a name: a-z, 0-9 and "-", at most 40'));
export const file = v.pipe(v.string(), v.minLength(1));
export const windowName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9-]{1,40}$/, 'a window name in quotes: letters, digits and "-", at most 40'),
);
export const label = v.pipe(v.string(), v.maxLength(80));

/** Other controllers of the hall. */
export const controllerNames = (description: string) =>
  v.pipe(v.array(name), v.minLength(1), v.maxLength(32), v.description(description));
