/** The lamps that ask visitors to rate: lit at a window while its visitor may rate. */
import type { InvitesRating } from '../devices/capabilities.js';

export class Invitations {
  readonly #lamps = new Map<string, Set<InvitesRating>>();
  readonly #invited = new Set<string>();
  readonly #devices = new Map<string, InvitesRating>();

  /** A lamp joins and shows what is true now. Returns the function that takes it away. */
  add(device: string, lamp: InvitesRating): () => void {
    this.#devices.set(device, lamp);
    const lamps = this.#lamps.get(lamp.window) ?? new Set();
    this.#lamps.set(lamp.window, lamps);
    lamps.add(lamp);
    lamp.invite(this.#invited.has(lamp.window));
    return () => {
      lamps.delete(lamp);
      if (this.#devices.get(device) === lamp) this.#devices.delete(device);
    };
  }

  /** Has one lamp go on or off for a test; `null`: it shows what is true again. False where there is no such lamp. */
  sign(device: string, lit: boolean | null): boolean {
    const lamp = this.#devices.get(device);
    lamp?.invite(lit ?? this.#invited.has(lamp.window));
    return lamp !== undefined;
  }

  /** Somebody may rate at a window, or not any more. */
  show(window: string, invited: boolean): void {
    if (this.#invited.has(window) === invited) return;
    if (invited) this.#invited.add(window);
    else this.#invited.delete(window);
    for (const lamp of this.#lamps.get(window) ?? []) lamp.invite(invited);
  }
}
