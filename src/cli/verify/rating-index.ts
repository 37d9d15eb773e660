/**
 * What is remembered of each rating of one store: some 80 bytes and no more, so that an archive of a gigabyte fits. Its
 * text is read again from the file where it is needed.
 */
import { createHash } from 'node:crypto';
import { chainedText, chainOfText } from '../../protocols/hub/rating-chain.js';
import type { ArchivedRating } from './archive-line.js';

const hashBytes = 32;
const printBytes = 16;
/** A time may differ from `data.at` by this much. */
const timeMilliseconds = 5_000;

const flag = { chained: 1, follows: 2, wrongTime: 4 } as const;

export class RatingIndex {
  length = 0;
  source = '';
  /** Ratings whose time nothing can be held against: the clock was not trusted when they were given. */
  untimed = 0;
  #room = 1024;
  #sequences = new Float64Array(this.#room);
  #offsets = new Float64Array(this.#room);
  #lengths = new Uint32Array(this.#room);
  #flags = new Uint8Array(this.#room);
  #chains = Buffer.alloc(this.#room * hashBytes);
  #prints = Buffer.alloc(this.#room * printBytes);

  /** Takes the next one in the order of the file. */
  add(rating: ArchivedRating, offset: number, bytes: number): void {
    if (this.length === this.#room) this.#grow();
    const { event, sequence, at, chain } = rating;
    const index = this.length++;
    if (index === 0) this.source = rating.source;
    this.#sequences[index] = sequence;
    this.#offsets[index] = offset;
    this.#lengths[index] = bytes;
    const text = chainedText(event);
    const rest = JSON.stringify([event.time, event.timequality, chain]);
    const print = createHash('sha256').update(text).update('\n').update(rest).digest();
    print.copy(this.#prints, index * printBytes, 0, printBytes);
    if (at === null) this.untimed++;
    if (!isTimeRight(rating)) this.#flags[index]! |= flag.wrongTime;
    if (chain === null) return;
    this.#flags[index]! |= flag.chained;
    this.#chains.write(chain, index * hashBytes, 'hex');
    // Most come in their order: then nothing has to be read twice.
    const before = index === 0 ? null : this.chain(index - 1);
    if ((index === 0 || before !== null) && chainOfText(before, text) === chain) {
      this.#flags[index]! |= flag.follows;
    }
  }

  sequence(index: number): number {
    return this.#sequences[index]!;
  }

  /** `data.chain`; `null` where it has none. */
  chain(index: number): string | null {
    if ((this.#flags[index]! & flag.chained) === 0) return null;
    return this.#chains.toString('hex', index * hashBytes, (index + 1) * hashBytes);
  }

  /** Proven already to follow the one before it in the file, or to be the chain's first if it is the file's first. */
  follows(index: number): boolean {
    return (this.#flags[index]! & flag.follows) !== 0;
  }

  /** Its time is not the one that the chain holds. */
  hasWrongTime(index: number): boolean {
    return (this.#flags[index]! & flag.wrongTime) !== 0;
  }

  /** The same for those that say the same in every point. */
  print(index: number): string {
    return this.#prints.toString('latin1', index * printBytes, (index + 1) * printBytes);
  }

  /** Its line in the file. */
  place(index: number): { readonly offset: number; readonly bytes: number } {
    return { offset: this.#offsets[index]!, bytes: this.#lengths[index]! };
  }

  /** Indices by rising sequence; equal ones in the order of the file. */
  inOrder(): Uint32Array {
    const order = Uint32Array.from({ length: this.length }, (_, index) => index);
    const isSorted = order.every((index) => index === 0 || this.sequence(index - 1) <= this.sequence(index));
    return isSorted ? order : order.sort((a, b) => this.sequence(a) - this.sequence(b) || a - b);
  }

  #grow(): void {
    this.#room *= 2;
    this.#sequences = grown(this.#sequences, new Float64Array(this.#room));
    this.#offsets = grown(this.#offsets, new Float64Array(this.#room));
    this.#lengths = grown(this.#lengths, new Uint32Array(this.#room));
    this.#flags = grown(this.#flags, new Uint8Array(this.#room));
    this.#chains = grown(this.#chains, Buffer.alloc(this.#room * hashBytes));
    this.#prints = grown(this.#prints, Buffer.alloc(this.#room * printBytes));
  }
}

/** Whether the time, which the chain does not hold, is of a kind with `data.at`, which it does. */
function isTimeRight({ event, time, at }: ArchivedRating): boolean {
  const quality = event.timequality;
  if (at === null) return quality === 'untrusted' || quality === 'holdover' || quality === 'synced';
  const apart = Math.abs(Date.parse(time) - Date.parse(at));
  return (quality === 'holdover' || quality === 'synced') && apart <= timeMilliseconds;
}

function grown<Numbers extends { set(from: ArrayLike<number>): void } & ArrayLike<number>>(
  from: Numbers,
  into: Numbers,
): Numbers {
  into.set(from);
  return into;
}
