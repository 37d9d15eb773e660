/** Which of several passwords is tried at which broker, so that board and broker need not change in the same second. */

interface Place {
  readonly passwords: readonly string[];
  /** The one to try, from 0. */
  index: number;
  /** How many the broker has refused since it last took one. */
  refused: number;
}

/**
 * The first is tried first, the next after a refusal. The one that a broker has taken is kept for it until it refuses
 * it, or until the list has changed; each broker is asked for itself.
 */
export class Passwords {
  readonly #places = new Map<string, Place>();

  /**
   * What to try at a broker now.
   * @returns the password, if there is any, and where it stands in the list, from 1
   */
  next(url: string, passwords: readonly string[]): { readonly password?: string; readonly line: number } {
    let place = this.#places.get(url);
    if (place === undefined || !sameLines(place.passwords, passwords)) {
      place = { passwords, index: 0, refused: 0 };
      this.#places.set(url, place);
    }
    const password = passwords[place.index];
    return { ...(password === undefined ? {} : { password }), line: place.index + 1 };
  }

  /** The broker has taken the one that was tried last. */
  taken(url: string): void {
    const place = this.#places.get(url);
    if (place !== undefined) place.refused = 0;
  }

  /** It has refused it. True where there is another one that it was not asked yet. */
  refused(url: string): boolean {
    const place = this.#places.get(url);
    if (place === undefined) return false;
    place.refused++;
    if (place.refused < place.passwords.length) {
      place.index = (place.index + 1) % place.passwords.length;
      return true;
    }
    // None fits: from the first again, at the pace of a refusal.
    Object.assign(place, { index: 0, refused: 0 });
    return false;
  }
}

function sameLines(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}
