/** The lamps that ask visitors to rate: lit at a window while its visitor may rate. */
import type { InvitesRating } from '../devices/capabilities.js';

export class Invitations {
  readonly #lamps = new Map<string, Set<InvitesRating>>();
  readonly #invited = new Set<string>();

  /** A lamp joins and shows what is true now. Returns the function that takes it away. */
  add(lamp: InvitesRating): () => void {
    const lamps = this.#lamps.get(lamp.window) ?? new Set();
    this.#lamps.set(lamp.window, lamps);
    lamps.add(lamp);
    lamp.invite(this.#invited.has(lamp.window));
    return () => lamps.delete(lamp);
  }

  /** Somebody may rate at a window, or not any more. */
  show(window: string, invited: boolean): void {
    if (this.#invited.has(window) === invited) return;
    if (invited) this.#invited.add(window);
    else this.#invited.delete(window);
    for (const lamp of this.#lamps.get(window) ?? []) lamp.invite(invited);
  }
}
