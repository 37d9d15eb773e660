import { randomFillSync } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import { chainedTypes } from '../protocols/hub/events.js';
import type { Chain } from './chain.js';
import type { ChangeTexts } from './change.js';
import { type Entry, envelopeBuilder } from './envelope.js';

export interface EventMakerOptions {
  readonly clock: Clock;
  readonly source: string;
  readonly store: string;
  readonly boot: string;
  /** The first sequence to give out. */
  readonly nextSequence: number;
  readonly chain: Chain;
  readonly newId?: ((wallMilliseconds: number) => string) | undefined;
}

/** Gives events their number, id and time. */
export class EventMaker {
  nextSequence: number;
  readonly #build: ReturnType<typeof envelopeBuilder>;
  readonly #newId: (wallMilliseconds: number) => string;
  readonly #random = new RandomBytes();
  #wall = Number.NaN;
  #time = '';

  constructor(private readonly options: EventMakerOptions) {
    this.nextSequence = options.nextSequence;
    this.#build = envelopeBuilder(options.source, options.store, options.boot);
    this.#newId =
      options.newId ??
      ((wallMilliseconds) => uuidV7({ msecs: wallMilliseconds, random: this.#random.next() }));
  }

  make({ type, subject, data }: ChangeTexts['events'][number]): { event: Entry; id: string } {
    const { clock } = this.options;
    const wall = clock.wallMilliseconds();
    // Many events share a millisecond, and its text costs more than the rest of them.
    if (wall !== this.#wall) {
      this.#wall = wall;
      this.#time = rfc3339(wall);
    }
    const id = this.#newId(wall);
    const sequence = this.nextSequence++;
    const quality = clock.quality();
    const parts = { id, subject, type, time: this.#time, sequence, quality, data };
    const event = this.#build(parts);
    if (!chainedTypes.has(type)) return { event, id };
    const chain = this.options.chain.add(event.json);
    return { event: this.#build({ ...parts, data: withMember(data, 'chain', chain) }), id };
  }
}

/** The JSON text of an object with one string member more. */
function withMember(object: string, name: string, value: string): string {
  return `${object.slice(0, -1)}${object === '{}' ? '' : ','}"${name}":"${value}"}`;
}

const idBytes = 16;

/** Random bytes for one id after the other. They are drawn for many at once: a draw costs more than an event. */
class RandomBytes {
  readonly #bytes = new Uint8Array(256 * idBytes);
  #at = this.#bytes.length;

  next(): Uint8Array {
    if (this.#at === this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#at = 0;
    }
    const from = this.#at;
    this.#at += idBytes;
    return this.#bytes.subarray(from, this.#at);
  }
}
