/**
 * Two light barriers one behind the other in a door, as somebody walks through them: which way, and how many. No wire and
 * no clock. They stand so close (5 to 20 cm) that a body breaks both at once.
 *
 * What lies between two moments in which both are clear is one event. It began where one of them broke first, and ended
 * where the last one cleared: on the other side somebody has passed, on the same side somebody has turned back. People who
 * walk on each other's heels never leave both clear; then each barrier has broken as often as there were people, and the
 * smaller of the two numbers counts. Somebody who swings to and fro in the middle and then goes on looks the same and is
 * counted as more: that is seldom, people on each other's heels are not.
 */

import { noPassages, type Passages } from './passages.js';

/** By its place in the list of lines. */
export type Beam = 'outer' | 'inner';

/** Which of them; `both` where that happened to both in the same moment, as far as anybody can tell. */
type Side = Beam | 'both';

export class BeamPair {
  readonly #broken: Record<Beam, boolean | undefined> = { outer: undefined, inner: undefined };
  readonly #breaks: Record<Beam, number> = { outer: 0, inner: 0 };
  /** Nobody is counted before both were clear once. */
  #ready = false;
  /** What is happening now: where and when it began, and which cleared last and when. */
  #from: { side: Side; readonly at: number } | undefined;
  #cleared: { readonly beam: Beam; readonly at: number } | undefined;

  /**
   * A barrier's level, first as it is, then at each change. Gives what has passed, where that is known by it.
   * @param atMilliseconds monotonic; equal times are the same moment
   */
  level(beam: Beam, broken: boolean, atMilliseconds: number): Passages | null {
    const before = this.#broken[beam];
    this.#broken[beam] = broken;
    if (before === broken) return null;
    if (broken) this.#broke(beam, atMilliseconds);
    const { outer, inner } = this.#broken;
    if (outer === undefined || inner === undefined) return null;
    if (outer || inner) {
      this.#cleared = broken ? undefined : { beam, at: atMilliseconds };
      return null;
    }
    const last = this.#cleared?.at === atMilliseconds && this.#cleared.beam !== beam ? 'both' : beam;
    const passed = this.#ready && this.#from !== undefined ? this.#passed(this.#from.side, last) : null;
    this.#begin();
    this.#ready = true;
    return passed;
  }

  /** Nobody has looked for a while. */
  forget(): void {
    this.#begin();
    this.#ready = false;
    this.#broken.outer = undefined;
    this.#broken.inner = undefined;
  }

  #begin(): void {
    this.#from = undefined;
    this.#cleared = undefined;
    this.#breaks.outer = 0;
    this.#breaks.inner = 0;
  }

  #broke(beam: Beam, at: number): void {
    this.#breaks[beam]++;
    if (this.#from === undefined) this.#from = { side: beam, at };
    else if (this.#from.at === at && this.#from.side !== beam) this.#from.side = 'both';
  }

  #passed(from: Side, last: Side): Passages | null {
    const people = Math.min(this.#breaks.outer, this.#breaks.inner);
    // Where one of them alone broke, somebody looked in and went away again.
    if (people === 0) return null;
    if (from === 'both' && last === 'both') return { ...noPassages, unknownDirection: people };
    if (from === last) return null;
    const inwards = from === 'outer' || (from === 'both' && last === 'inner');
    return inwards ? { ...noPassages, entered: people } : { ...noPassages, left: people };
  }
}
