/** Fields that events of several sorts have, and what an event type says of itself. */
import * as v from 'valibot';

/** What is let go first when the storage is full: the lowest number. */
export type KeepClass = 0 | 1 | 2 | 3 | 4 | 5;

/** An event type: `chained`: the store adds `data.chain` to each (`rating-chain.ts`). */
export interface EventDeclaration {
  readonly keep: KeepClass;
  readonly chained?: true;
  readonly data: v.GenericSchema;
}

export const name = v.string();
export const nullableName = v.nullable(v.string());
export const wholeSeconds = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));
/** Three figures of an estimate; `null` where there is none. */
export const estimate = v.nullable(v.object({ low: v.number(), median: v.number(), high: v.number() }));
export const text = v.object({ 'zh-CN': v.string(), en: v.string() });
