/** Option schemas that several kinds share. */
import * as v from 'valibot';
import { parseHex } from '../kernel/bytes.js';

/** A window's name as people say it: `5`, `A-3`. One topic level. */
export const windowName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9-]{1,40}$/, 'a window name: letters, digits and "-", at most 40, in quotes'),
  v.description('Window this device belongs to, in quotes: "5"'),
);

/** Bytes that a key sends, as hex: `AA 05 01 B0`. */
export const keyBytes = v.pipe(
  v.string(),
  v.check((text) => {
    const bytes = parseHex(text);
    return bytes !== undefined && bytes.length <= 32;
  }, '1 to 32 bytes in hex, such as "AA 05 01 B0"'),
);

/** Milliseconds within a range, with a default where there is one. */
export function milliseconds<Standard extends number | undefined>(
  about: string,
  standard: Standard,
  minimum: number,
  maximum: number,
) {
  return v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(minimum),
      v.maxValue(maximum),
      v.description(`${about} Milliseconds, ${minimum} to ${maximum}.`),
    ),
    standard,
  );
}

/** Without the options that are not there, so that spreading them over defaults leaves these. */
export function definedOptions<Options extends object>(options: Options): Defined<Options> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<Options>;
}

type Defined<Options> = { [Name in keyof Options]: Exclude<Options[Name], undefined> };
