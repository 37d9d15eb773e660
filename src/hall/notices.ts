/** Notices for the hall: free words with an end, kept over restarts, each recorded with who said it. */
import * as v from 'valibot';
import type { Timer } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import { millisecondsBetween, type Stamp, stampNow } from '../kernel/stamp.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { HallChange, HallPorts } from './ports.js';

const noticeSchema = v.object({
  text: v.string(),
  by: v.nullable(v.string()),
  from: v.object({
    boot: v.string(),
    monotonicMilliseconds: v.number(),
    wallMilliseconds: v.number(),
    quality: v.picklist(['synced', 'holdover', 'untrusted']),
  }),
  milliseconds: v.number(),
}) satisfies v.GenericSchema<unknown, Notice>;

interface Notice {
  readonly text: string;
  readonly by: string | null;
  readonly from: Stamp;
  readonly milliseconds: number;
}

const keyPrefix = 'notice/';
/** More notices at a time than people read. */
const mostNotices = 8;

export class Notices {
  readonly #notices = new Map<string, Notice>();
  #timer: Timer | undefined;

  /** @param changed told when other notices stand. */
  constructor(
    private readonly ports: HallPorts,
    private readonly changed: () => void,
  ) {
    for (const [key, value] of ports.state) {
      const read = key.startsWith(keyPrefix) ? v.safeParse(noticeSchema, value) : undefined;
      if (read?.success) this.#notices.set(key.slice(keyPrefix.length), read.output);
    }
  }

  /** Lets those go that ran out while nobody looked, and waits for the others. */
  start(): void {
    this.#expire();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Oldest first. */
  get now(): readonly { readonly id: string; readonly text: string }[] {
    return [...this.#notices].map(([id, { text }]) => ({ id, text }));
  }

  /**
   * What to record for a notice; it stands as soon as `afterSync` is called. Putting the same id again replaces it.
   * `undefined` where there are too many.
   */
  set(
    id: string,
    notice: { readonly text: string; readonly by: string | null; readonly milliseconds: number },
  ): { readonly change: HallChange; readonly afterSync: () => void } | undefined {
    if (!this.#notices.has(id) && this.#notices.size >= mostNotices) return undefined;
    const { clock, boot } = this.ports;
    const kept: Notice = { ...notice, from: stampNow(clock, boot) };
    return {
      change: {
        events: [shown(notice.text, notice.by, expiryOf(kept))],
        puts: { [keyPrefix + id]: kept as unknown as Json },
      },
      afterSync: () => {
        this.#notices.set(id, kept);
        this.#expire();
        this.changed();
      },
    };
  }

  /** What to record for taking a notice back; `undefined` where there is none of that id. */
  clear(
    id: string,
    by: string | null,
  ): { readonly change: HallChange; readonly afterSync: () => void } | undefined {
    if (!this.#notices.has(id)) return undefined;
    return {
      change: { events: [shown(null, by, null)], puts: { [keyPrefix + id]: null } },
      afterSync: () => {
        this.#notices.delete(id);
        this.#expire();
        this.changed();
      },
    };
  }

  #expire(): void {
    const { clock, boot } = this.ports;
    const now = stampNow(clock, boot);
    let next = Number.POSITIVE_INFINITY;
    const over: string[] = [];
    for (const [id, { from, milliseconds }] of this.#notices) {
      const passed = millisecondsBetween(from, now);
      // A notice whose age nobody can measure any more is let go: what it says may be long past.
      const left = passed === null ? 0 : milliseconds - passed;
      if (left <= 0) over.push(id);
      else next = Math.min(next, left);
    }
    if (over.length > 0) {
      for (const id of over) this.#notices.delete(id);
      this.ports.commit({
        events: over.map(() => shown(null, null, null)),
        puts: Object.fromEntries(over.map((id) => [keyPrefix + id, null])),
      });
      this.changed();
    }
    this.#timer?.cancel();
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = clock.after('notice ends', Math.min(next, 3_600_000), () => this.#expire());
  }
}

function expiryOf({ from, milliseconds }: Notice): string | null {
  return from.quality === 'untrusted' ? null : new Date(from.wallMilliseconds + milliseconds).toISOString();
}

function shown(text: string | null, by: string | null, expiresAt: string | null): NewEvent {
  const data = { name: 'notice.set', device: null, text, by, expiresAt };
  return { type: 'text.shown', subject: 'controller', data };
}
