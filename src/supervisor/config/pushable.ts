/** What of a whole document can be pushed (docs/contract.md, section 5). */
import { isMapping } from '../../kernel/json.js';

/** Sections that only the board's own file has, besides `hub.configKey`. */
export const fileOnly = ['hall', 'controller', 'storage'] as const;

/** A document without what only a board's own file can say, and the paths of that. */
export function pushable<Value>(document: Readonly<Record<string, Value>>): {
  readonly config: Readonly<Record<string, Value>>;
  readonly leftOut: readonly string[];
} {
  const { hall, controller, storage, hub, ...rest } = document;
  const leftOut: string[] = fileOnly.filter((key) => document[key] !== undefined);
  if (!isMapping(hub)) return { config: hub === undefined ? rest : { ...rest, hub }, leftOut };
  const { configKey, ...restOfHub } = hub;
  if (configKey !== undefined) leftOut.push('hub.configKey');
  return { config: { ...rest, hub: restOfHub as Value }, leftOut };
}
