import type { Clock, Timer } from '../kernel/clock.js';

export interface ContactInputOptions {
  /** An edge within this time after another one of the same contact is no new press; 0 switches the rule off. */
  readonly debounceMilliseconds: number;
  readonly pressed: (key: string, atMilliseconds: number) => void;
  readonly stuck: (key: string, heldMilliseconds: number) => void;
  /** No contact is stuck any more. */
  readonly released: () => void;
}

/** A contact that is held, or bounces without a pause, for this long is stuck. */
const stuckAfterMilliseconds = 15_000;
/** A contact that is inactive and still for this long pauses: what comes then begins anew. */
const pauseMilliseconds = 300;
/** A stuck contact that is inactive and still for this long is free again. */
const freeAfterMilliseconds = 2_000;

/** One contact, as its line tells of it. */
interface Contact {
  active: boolean;
  changedAt: number;
  /** Begin of its unrest: held, or bouncing without a pause. */
  restlessSince: number;
  stuck: boolean;
  /** Looks whether it is stuck, or, once it is, whether it is free. */
  timer: Timer | undefined;
}

/**
 * Makes presses of the levels of contacts: a press is the first active edge, without a delay for the person; what it
 * bounces is the same press. A contact that is active already when it is first heard of presses nothing, for nobody
 * knows since when it is; it is stuck after 15 s as any other. A stuck contact presses nothing until it is free.
 */
export class ContactInput {
  readonly #contacts = new Map<string, Contact>();

  constructor(
    private readonly clock: Clock,
    private readonly options: ContactInputOptions,
  ) {}

  /** The level of contact `key`: first as it is, then at each change. `atMilliseconds` is monotonic. */
  level(key: string, active: boolean, atMilliseconds: number): void {
    const contact = this.#contacts.get(key);
    if (contact === undefined) this.#meet(key, active, atMilliseconds);
    else if (contact.active !== active) this.#change(key, contact, active, atMilliseconds);
  }

  /** The lines are lost: nobody knows their levels until they are told anew. */
  forget(): void {
    const wasStuck = this.#anyStuck();
    this.stop();
    this.#contacts.clear();
    if (wasStuck) this.options.released();
  }

  stop(): void {
    for (const contact of this.#contacts.values()) contact.timer?.cancel();
  }

  #meet(key: string, active: boolean, at: number): void {
    const changedAt = active ? at : Number.NEGATIVE_INFINITY;
    const contact = { active, changedAt, restlessSince: at, stuck: false, timer: undefined };
    this.#contacts.set(key, contact);
    if (active) this.#watchForStuck(key, contact, stuckAfterMilliseconds);
  }

  #change(key: string, contact: Contact, active: boolean, at: number): void {
    const still = at - contact.changedAt;
    contact.active = active;
    contact.changedAt = at;
    if (contact.stuck) {
      if (!active) contact.timer ??= this.#watchForFree(contact, freeAfterMilliseconds);
      return;
    }
    if (!active) return;
    if (still >= pauseMilliseconds) {
      contact.restlessSince = at;
      contact.timer?.cancel();
      this.#watchForStuck(key, contact, stuckAfterMilliseconds);
    }
    if (still >= this.options.debounceMilliseconds) this.options.pressed(key, at);
  }

  #watchForStuck(key: string, contact: Contact, milliseconds: number): void {
    contact.timer = this.clock.after('held contact', milliseconds, () => {
      contact.timer = undefined;
      const now = this.clock.monotonicMilliseconds();
      if (!contact.active && now - contact.changedAt >= pauseMilliseconds) return;
      contact.stuck = true;
      if (!contact.active) contact.timer = this.#watchForFree(contact, freeAfterMilliseconds);
      this.options.stuck(key, now - contact.restlessSince);
    });
  }

  /** Looks once in a while, not at every edge: a bouncing contact has many. */
  #watchForFree(contact: Contact, milliseconds: number): Timer {
    return this.clock.after('stuck contact free again', milliseconds, () => {
      contact.timer = undefined;
      if (contact.active) return;
      const still = this.clock.monotonicMilliseconds() - contact.changedAt;
      if (still < freeAfterMilliseconds) {
        contact.timer = this.#watchForFree(contact, freeAfterMilliseconds - still);
        return;
      }
      contact.stuck = false;
      if (!this.#anyStuck()) this.options.released();
    });
  }

  #anyStuck(): boolean {
    return [...this.#contacts.values()].some(({ stuck }) => stuck);
  }
}
