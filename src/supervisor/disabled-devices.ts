/** Which devices somebody has taken out of service, kept over restarts. */
import * as v from 'valibot';
import type { Clock } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';

/** Who took it out, why, and when (RFC 3339). */
export interface OutOfService {
  readonly reason: string;
  readonly by: string | null;
  readonly since: string;
}

interface Kept {
  get(key: string): Json | undefined;
  put(key: string, value: Json): void;
}

const schema = v.object({ reason: v.string(), by: v.nullable(v.string()), since: v.string() });
/** A configuration that is taken back within this time finds its devices as they were. */
const rememberMilliseconds = 120_000;

const keyOf = (device: string) => `disabled/${device}`;

export class DisabledDevices {
  /** Left the configuration a moment ago. */
  readonly #left = new Map<string, { readonly out: OutOfService; readonly atMilliseconds: number }>();

  constructor(
    private readonly kept: Kept,
    private readonly clock: Clock,
  ) {}

  /** `undefined` for a device in service. */
  get(device: string): OutOfService | undefined {
    const read = v.safeParse(schema, this.kept.get(keyOf(device)));
    return read.success ? read.output : undefined;
  }

  add(device: string, out: OutOfService): void {
    this.#left.delete(device);
    this.kept.put(keyOf(device), { ...out });
  }

  /** It is in service again. */
  remove(device: string): void {
    this.#left.delete(device);
    if (this.kept.get(keyOf(device)) != null) this.kept.put(keyOf(device), null);
  }

  /** It has left the configuration: one of that name that comes later is another one. */
  leave(device: string): void {
    const out = this.get(device);
    this.remove(device);
    const now = this.clock.monotonicMilliseconds();
    for (const [name, { atMilliseconds }] of this.#left) {
      if (now - atMilliseconds > rememberMilliseconds) this.#left.delete(name);
    }
    if (out !== undefined) this.#left.set(device, { out, atMilliseconds: now });
  }

  /** It is in the configuration (again). */
  enter(device: string): void {
    const left = this.#left.get(device);
    if (left === undefined) return;
    const isBack = this.clock.monotonicMilliseconds() - left.atMilliseconds <= rememberMilliseconds;
    this.#left.delete(device);
    if (isBack) this.add(device, left.out);
  }
}
