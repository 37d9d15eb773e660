/**
 * Proves that no number was given to two people: from the events at the hub, and from the paper itself, whose QR code
 * carries the ticket's id.
 */
import type { HallEvent } from './model.js';

/** Tickets that are remembered. */
const rememberedTickets = 5_000;

export class NumberCheck {
  #day: string | undefined;
  readonly #ticketOf = new Map<string, string>();
  #issued = 0;
  readonly #twice = new Set<string>();

  /** Numbers that two tickets had on one day, at the hub or on paper. */
  get twice(): number {
    return this.#twice.size;
  }

  /** Tickets that the hub was told of. */
  get issued(): number {
    return this.#issued;
  }

  /** What the hub was told. Other events than issued tickets say nothing here. */
  event(event: HallEvent): void {
    if (event.type !== 'ticket.issued') return;
    const { ticket, number, day } = event.data;
    // Numbers begin anew each day.
    if (day !== this.#day) this.#ticketOf.clear();
    this.#day = day;
    this.#issued++;
    this.#take(number, ticket);
  }

  /** What stands on a paper. */
  paper(number: string, ticket: string): void {
    this.#take(number, ticket);
  }

  #take(number: string, ticket: string): void {
    const before = this.#ticketOf.get(number);
    if (before !== undefined && before !== ticket) this.#twice.add(`${number} ${this.#day}`);
    if (this.#ticketOf.size < rememberedTickets) this.#ticketOf.set(number, before ?? ticket);
  }
}
