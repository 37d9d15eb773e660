export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An object with keys, and no list. */
export function isMapping(value: Json | undefined): value is Readonly<Record<string, Json>>;
export function isMapping(value: unknown): value is Record<string, unknown>;
export function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
