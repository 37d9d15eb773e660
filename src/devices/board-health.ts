import type { ErrorKind } from '../kernel/errors.js';

/** After a question without an answer the board is asked again soon: a dead one is found within 3 s. */
export const doubtMilliseconds = 100;
/** A dead board is asked this often, so that it is painted within 5 s of its return. */
export const deadMilliseconds = 3_000;
/** What one poll that came to nothing weighs: noise on the line garbles the answers of living boards, too. */
const silentWeight = 2;
const garbledWeight = 1;
/** With this much in a row, three polls at least, a board counts as dead. */
const deadWeight = 6;

/** Judges whether a board lives, by its answers and what came instead of them. Pure: who asks it tells. */
export class BoardHealth {
  #isSure = false;
  #missedPolls = 0;
  #weight = 0;

  /** The latest request was answered. */
  get isSure(): boolean {
    return this.#isSure;
  }

  get isDead(): boolean {
    return this.#weight >= deadWeight;
  }

  /** Polls in a row that came to nothing. */
  get missedPolls(): number {
    return this.#missedPolls;
  }

  /** A request was answered, whatever it was; also by a refusal of a text: what refuses lives. */
  answered(): void {
    this.reset();
    this.#isSure = true;
  }

  /** A text found no answer. It counts for nothing, but a poll has to tell what became of the board. */
  doubt(): void {
    this.#isSure = false;
  }

  /** A poll found no valid answer (`timeout`, `garbled`), or was refused. */
  missed(kind: ErrorKind): void {
    this.#isSure = false;
    this.#missedPolls++;
    this.#weight += kind === 'garbled' ? garbledWeight : silentWeight;
  }

  /** Its wire came or went: nothing that was before says anything of it. */
  reset(): void {
    this.#isSure = false;
    this.#missedPolls = 0;
    this.#weight = 0;
  }
}
