/** The ratings of one store held against one another, by rising sequence. */
import { chainOf } from '../../protocols/hub/rating-chain.js';
import type { ArchivedRating } from './archive-line.js';
import type { Problem, RatingPlace } from './findings.js';
import type { RatingIndex } from './rating-index.js';

/** More problems of a store are counted and not kept. */
const mostProblems = 20;

export interface ProvenChain {
  readonly ratings: number;
  readonly resent: number;
  readonly first: RatingPlace | null;
  readonly last: RatingPlace | null;
  readonly problems: Problem[];
  readonly problemCount: number;
  /** Position, from 1, of the rating whose `data.chain` is the key, for those that were asked for. */
  readonly positions: ReadonlyMap<string, number>;
}

/**
 * @param read the rating of an index entry, from the file
 * @param wanted hashes whose positions are asked for
 */
export function proveChain(
  index: RatingIndex,
  read: (entry: number) => ArchivedRating,
  wanted: ReadonlySet<string>,
): ProvenChain {
  const walk = new Walk(index, read, wanted);
  const order = index.inOrder();
  for (let at = 0; at < order.length; ) {
    let end = at + 1;
    while (end < order.length && index.sequence(order[end]!) === index.sequence(order[at]!)) end++;
    walk.take(order.subarray(at, end));
    at = end;
  }
  return walk.result();
}

class Walk {
  #position = 0;
  #resent = 0;
  #first: number | undefined;
  #last: number | undefined;
  /** `data.chain` of the last rating that has one. */
  #chain: string | null = null;
  /** The same before the last one, where the last one did not follow it. */
  #chainBeforeBreak: string | null | undefined;
  readonly #problems: Problem[] = [];
  #problemCount = 0;
  readonly #positions = new Map<string, number>();

  constructor(
    private readonly index: RatingIndex,
    private readonly read: (entry: number) => ArchivedRating,
    private readonly wanted: ReadonlySet<string>,
  ) {}

  /** All that carries the next sequence number. */
  take(entries: Uint32Array): void {
    const { index } = this;
    const prints = new Set<string>();
    const different = entries.filter((entry) => {
      if (entries.length === 1) return true;
      const print = index.print(entry);
      if (prints.has(print)) return false;
      prints.add(print);
      return true;
    });
    this.#resent += entries.length - different.length;
    const entry = different.find((one) => this.#follows(one)) ?? different[0]!;
    if (different.length > 1) this.#say({ kind: 'conflict', rating: this.#place(entry) });
    this.#position++;
    this.#link(entry);
    if (index.hasWrongTime(entry)) {
      this.#say({ kind: 'wrong-time', rating: this.#place(entry), at: this.read(entry).at });
    }
    this.#first ??= entry;
    this.#last = entry;
  }

  result(): ProvenChain {
    return {
      ratings: this.#position,
      resent: this.#resent,
      first: this.#first === undefined ? null : this.#place(this.#first),
      last: this.#last === undefined ? null : this.#place(this.#last),
      problems: this.#problems,
      problemCount: this.#problemCount,
      positions: this.#positions,
    };
  }

  #link(entry: number): void {
    const chain = this.index.chain(entry);
    if (chain === null) {
      this.#say({ kind: 'unchained', rating: this.#place(entry) });
      return;
    }
    if (this.wanted.has(chain) && !this.#positions.has(chain)) this.#positions.set(chain, this.#position);
    const before = this.#chain;
    const broken = this.#chainBeforeBreak;
    this.#chain = chain;
    this.#chainBeforeBreak = undefined;
    if (this.#holds(entry, before)) return;
    if (broken !== undefined && this.#holds(entry, broken) && this.#lastWasPutIn()) return;
    this.#chainBeforeBreak = before;
    const rating = this.#place(entry);
    const after = this.#last;
    if (after === undefined) this.#say({ kind: 'no-beginning', rating });
    else this.#say({ kind: 'broken', rating, after: this.index.sequence(after), noneMissing: false });
  }

  /** What follows goes by the rating before the last one: so the last one was the problem, and no loss before it. */
  #lastWasPutIn(): boolean {
    const place = this.#last === undefined ? undefined : this.index.sequence(this.#last);
    const at = this.#problems.findLastIndex(
      (one) => (one.kind === 'broken' || one.kind === 'no-beginning') && one.rating.sequence === place,
    );
    const problem = this.#problems[at];
    if (problem !== undefined && 'rating' in problem) {
      this.#problems[at] = { kind: 'foreign', rating: problem.rating };
    }
    return true;
  }

  #follows(entry: number): boolean {
    return this.index.chain(entry) !== null && this.#holds(entry, this.#chain);
  }

  /** Whether `data.chain` is what it has to be after `before`. */
  #holds(entry: number, before: string | null): boolean {
    const { index } = this;
    // The file had it so: known since it was read.
    if (index.follows(entry) && (entry === 0 ? null : index.chain(entry - 1)) === before) return true;
    return chainOf(before, this.read(entry).event) === index.chain(entry);
  }

  #place(entry: number): RatingPlace {
    return { sequence: this.index.sequence(entry), time: this.read(entry).time };
  }

  #say(problem: Problem): void {
    this.#problemCount++;
    if (this.#problems.length < mostProblems) this.#problems.push(problem);
  }
}
