/**
 * What a hub that leads the calling had boards show, kept over restarts of this controller and of a board's driver: it
 * says a number once, and a board that goes dark behind its back would leave people standing.
 */
import * as v from 'valibot';
import type { Json } from '../kernel/json.js';
import { millisecondsBetween, type Stamp, stampNow } from '../kernel/stamp.js';
import type { HallChange, HallPorts } from './ports.js';

const look = v.object({
  urgent: v.boolean(),
  priority: v.boolean(),
  blink: v.boolean(),
  paused: v.boolean(),
  closed: v.boolean(),
  business: v.optional(v.string()),
});
/** How something is to stand on a board. */
export type BoardLook = v.InferOutput<typeof look>;

const call = v.object({ ticket: v.string(), number: v.string(), window: v.string(), priority: v.boolean() });
const orderSchema = v.variant('is', [
  /** A number, or the state of a window. */
  v.object({ is: v.literal('view'), text: v.string(), look }),
  /** A free text, over the others; an empty one ends it. */
  v.object({ is: v.literal('words'), text: v.string(), look, milliseconds: v.number() }),
  v.object({ is: v.literal('calls'), calls: v.array(call), blink: v.boolean() }),
]);
/** What a board was told. */
export type BoardOrder = v.InferOutput<typeof orderSchema>;

const toldSchema = v.array(
  v.object({
    order: orderSchema,
    from: v.object({
      boot: v.string(),
      monotonicMilliseconds: v.number(),
      wallMilliseconds: v.number(),
      quality: v.picklist(['synced', 'holdover', 'untrusted']),
    }) satisfies v.GenericSchema<unknown, Stamp>,
  }),
);

type Told = v.InferOutput<typeof toldSchema>;

const keyOf = (device: string) => `told/${device}`;
/** A number of yesterday must not stand there in the morning. */
const longestMilliseconds = 12 * 3_600_000;

export class ToldBoards {
  /** What boards were told since the start: of an order that is not answered yet nothing is stored. */
  readonly #newest = new Map<string, Told>();

  constructor(private readonly ports: Pick<HallPorts, 'clock' | 'boot' | 'state'>) {}

  /** A board is told something; the words that stood over an earlier order go with it. */
  tell(device: string, order: BoardOrder): void {
    const { clock, boot } = this.ports;
    const below = order.is === 'words' ? this.#read(device).filter(({ order }) => order.is !== 'words') : [];
    const isEnd = order.is === 'words' && order.text === '';
    this.#newest.set(device, isEnd ? below : [...below, { order, from: stampNow(clock, boot) }]);
  }

  /** What to record of what it was told: the newest, whichever of several orders is answered last. */
  change(device: string): HallChange {
    const told = this.#newest.get(device);
    return told === undefined ? {} : { puts: { [keyOf(device)]: told as unknown as Json } };
  }

  /** What to record where nothing that was told counts any more; `undefined` where nothing is known. */
  forgotten(device: string): HallChange | undefined {
    this.#newest.delete(device);
    return this.ports.state.has(keyOf(device)) ? { puts: { [keyOf(device)]: null } } : undefined;
  }

  /** As `forgotten`, of all boards. */
  allForgotten(): HallChange | undefined {
    this.#newest.clear();
    const keys = [...this.ports.state.keys()].filter((key) => key.startsWith(keyOf('')));
    return keys.length === 0 ? undefined : { puts: Object.fromEntries(keys.map((key) => [key, null])) };
  }

  /** What still counts, in the order in which it was told; words with the time that they have left. */
  standing(device: string): BoardOrder[] {
    const now = stampNow(this.ports.clock, this.ports.boot);
    return this.#read(device).flatMap(({ order, from }): BoardOrder[] => {
      const passed = millisecondsBetween(from, now);
      // How old it is nobody can say, or it is too old.
      if (passed === null || passed > longestMilliseconds) return [];
      if (order.is !== 'words') return [order];
      const milliseconds = order.milliseconds - passed;
      return milliseconds > 0 ? [{ ...order, milliseconds }] : [];
    });
  }

  #read(device: string): Told {
    const newest = this.#newest.get(device);
    if (newest !== undefined) return newest;
    const read = v.safeParse(toldSchema, this.ports.state.get(keyOf(device)));
    return read.success ? read.output : [];
  }
}
