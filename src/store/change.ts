import { HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import { chainedTypes, type EventType } from '../protocols/hub/events.js';
import type { Change } from './types.js';

/** Keys of the state that are the store's own. */
export const ownPrefix = 'store/';

/** A change as JSON texts. */
export interface ChangeTexts {
  readonly events: readonly { readonly type: EventType; readonly subject: string; readonly data: string }[];
  readonly puts: readonly { readonly key: string; readonly value: Json; readonly text: string }[];
}

/**
 * All of a commit that a caller's mistake makes throw, done before anything takes effect: a value that is no JSON, or
 * one of the store's own keys (`storage.key`). Of an event that is chained `data.chain` is left out: it is the store's.
 */
export function textsOf({ events = [], puts = {} }: Change): ChangeTexts {
  return {
    events: events.map(({ type, subject, data }) => ({
      type,
      subject: JSON.stringify(subject),
      data: JSON.stringify(chainedTypes.has(type) ? { ...data, chain: undefined } : data) ?? 'null',
    })),
    puts: Object.entries(puts).map(([key, value]) => {
      if (key.startsWith(ownPrefix)) {
        throw new HallwardError('storage.key', 'usage', `keys under ${ownPrefix} are the store's own`, {
          key,
        });
      }
      return { key, value, text: JSON.stringify(value) ?? 'null' };
    }),
  };
}
