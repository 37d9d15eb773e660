/** The same touch sent twice (a bounce, an answer that was lost on its way) is done once. */

const MOST = 256;

export class Once {
  readonly #answers = new Map<string, { readonly asked: string; readonly answer: Promise<object> }>();

  /**
   * What was answered to `id` before, or what `run` answers now; `undefined` where the same id asked for something
   * else. Bounded: the oldest is forgotten.
   * @param checked what is asked for, and nothing else of the body: that may be nested deeper than can be written out
   */
  do(id: string, checked: object, run: () => Promise<object>): Promise<object> | undefined {
    const asked = JSON.stringify(checked);
    const known = this.#answers.get(id);
    if (known !== undefined) return known.asked === asked ? known.answer : undefined;
    const answer = run();
    this.#answers.set(id, { asked, answer });
    if (this.#answers.size > MOST) this.#answers.delete(this.#answers.keys().next().value as string);
    return answer;
  }
}
