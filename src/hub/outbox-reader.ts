/** Where the reading of the outbox stands: a page at a time, on from there, or back to what must be sent again. */
import type { EventType } from '../protocols/hub/events.js';
import type { Outbox, OutboxPage, StoredEvent } from '../store/types.js';

/** Events read from the outbox at once. */
const pageSize = 256;

export class OutboxReader {
  /** Counts the rewinds: what was being read meanwhile does not count. */
  #position = 0;
  #page: readonly StoredEvent[] = [];
  #index = 0;
  #from = 0;
  #through: number;
  #reading = false;

  /** @param wanted events that it is to give */
  constructor(
    private readonly outbox: Outbox,
    private readonly wanted: (type: EventType, sequence: number) => boolean,
  ) {
    this.#through = outbox.firstUndelivered - 1;
  }

  /** The event of the page that has not been seen to; `undefined` at its end. */
  get event(): StoredEvent | undefined {
    return this.#page[this.#index];
  }

  /** It has been seen to. */
  next(): void {
    this.#index++;
  }

  /** The page is of what was recorded after this sequence number ... */
  get from(): number {
    return this.#from;
  }

  /** ... up to this one. */
  get through(): number {
    return this.#through;
  }

  get isEmpty(): boolean {
    return this.#page.length === 0;
  }

  /** A page is being read from storage. */
  get isReading(): boolean {
    return this.#reading;
  }

  /** Nothing was recorded after this page. */
  get isAtEnd(): boolean {
    return this.#through >= this.outbox.lastSequence;
  }

  /** Reads the next page: at once, or it says when. Rejects where it cannot be read. */
  read(): Promise<void> | undefined {
    const from = this.#through;
    const result = this.outbox.read(from, pageSize, this.wanted);
    if (!(result instanceof Promise)) {
      this.#accept(from, result);
      return undefined;
    }
    const position = this.#position;
    this.#reading = true;
    return result.then(
      (page) => {
        this.#reading = false;
        if (position === this.#position) this.#accept(from, page);
      },
      (error: unknown) => {
        this.#reading = false;
        throw error;
      },
    );
  }

  /** Reads again from after `sequence`, or from where the page was left. */
  rewind(sequence: number): void {
    const unsent = this.event;
    const from = Math.min(
      sequence,
      this.#through,
      unsent === undefined ? this.#through : unsent.sequence - 1,
    );
    this.#position++;
    this.#through = from;
    this.#page = [];
    this.#index = 0;
    this.#from = from;
  }

  #accept(from: number, page: OutboxPage): void {
    this.#page = page.events;
    this.#index = 0;
    this.#from = from;
    // A page that does not move on would be read for ever.
    this.#through = Math.max(page.scannedThrough, from + 1);
  }
}
