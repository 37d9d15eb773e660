/** Through which sequence the hub has the events of each type, and the small file that remembers it. */
import { join } from 'node:path';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { EventType } from '../protocols/hub/events.js';
import type { Files, OpenFile } from './files.js';
import { readWhole } from './files.js';
import { jsonObject } from './group.js';
import type { Lane } from './lane.js';
import { seal, unseal } from './sealed.js';

export class Delivered {
  readonly #through = new Map<EventType, number>();
  /** What moved since the last record that was written. */
  readonly #moved = new Map<EventType, number>();

  readonly through = (type: EventType): number => this.#through.get(type) ?? 0;

  /** Moves a type on, never back; false where nothing moved. */
  advance(type: EventType, through: number): boolean {
    if (through <= this.through(type)) return false;
    this.#through.set(type, through);
    this.#moved.set(type, through);
    return true;
  }

  /** Takes in what a record, a snapshot or the small file says. */
  restore(through: Readonly<Record<string, unknown>>): void {
    for (const [type, sequence] of Object.entries(through)) {
      if (typeof sequence === 'number' && sequence > this.through(type as EventType)) {
        this.#through.set(type as EventType, sequence);
      }
    }
  }

  /** The highest of all types. */
  get highest(): number {
    return Math.max(0, ...this.#through.values());
  }

  all(): ReadonlyMap<EventType, number> {
    return this.#through;
  }

  /** What the next record tells along; `recorded` when it was written. */
  moved(): readonly (readonly [EventType, number])[] {
    return [...this.#moved];
  }

  recorded(moved: readonly (readonly [EventType, number])[]): void {
    for (const [type, through] of moved) if (this.#moved.get(type) === through) this.#moved.delete(type);
  }
}

const fileName = 'delivered';
const fileBytes = 4096;
const pauseMilliseconds = 250;

/**
 * The file is written over in place and not synced: it outlives the process in the kernel's memory (kill -9), and a
 * power cut costs no more than a resend of what was delivered since the last record.
 */
export class DeliveredFile {
  #file: OpenFile | undefined;
  #wanted = false;
  #busy = false;
  #warned = false;
  #pause: Timer | undefined;
  bytesWritten = 0;

  constructor(
    private readonly options: {
      readonly directory: string;
      readonly files: Files;
      readonly lane: Lane;
      readonly clock: Clock;
      readonly log: Log;
      /** The content now; `undefined` where nothing may be written. */
      readonly content: () => DeliveredContent | undefined;
    },
  ) {}

  /** Writes soon: at once, but no more often than every 250 ms. */
  save(): void {
    this.#wanted = true;
    if (this.#busy) return;
    this.#busy = true;
    void this.flush().then(() => {
      this.#pause = this.options.clock.after('store: delivered', pauseMilliseconds, () => {
        this.#busy = false;
        if (this.#wanted) this.save();
      });
    });
  }

  /** Writes now what is not written yet. Never rejects. */
  flush(): Promise<void> {
    if (!this.#wanted) return Promise.resolve();
    return this.options.lane.run(async () => {
      if (!this.#wanted) return;
      this.#wanted = false;
      const { directory, files, content, log } = this.options;
      const now = content();
      if (now === undefined) return;
      const { store, handedOut, through } = now;
      const text = `{"store":${JSON.stringify(store)},"handedOut":${handedOut},"through":${jsonObject(through)}}`;
      try {
        this.#file ??= await files.open(join(directory, fileName), 'update');
        await this.#file.write(seal(text.padEnd(fileBytes - 9)), 0);
        this.bytesWritten += fileBytes;
      } catch (error) {
        if (!this.#warned) log.warn({ error }, 'what the hub has cannot be noted; it may get events twice');
        this.#warned = true;
        await this.#close();
      }
    });
  }

  async close(): Promise<void> {
    this.#pause?.cancel();
    this.#busy = true;
    await this.flush();
    await this.options.lane.run(() => this.#close());
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }
}

export interface DeliveredContent {
  readonly store: string;
  /** The highest sequence that ever left the store. */
  readonly handedOut: number;
  readonly through: Iterable<readonly [string, number]>;
}

/** The file's content; `undefined` where it is absent, torn or unreadable. */
export async function readDelivered(
  files: Files,
  directory: string,
): Promise<{ store: string; handedOut: number; through: Record<string, number> } | undefined> {
  try {
    const text = unseal(await readWhole(files, join(directory, fileName)));
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
