/** The screens that a page server streams to: kept while they live and their token is still the one to use. */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../kernel/clock.js';
import { EventStream } from './page-stream.js';

const BEAT_MILLISECONDS = 5_000;

export class PageStreams {
  readonly #streams = new Map<string, EventStream>();
  #beat: Timer | undefined;
  #closed = false;

  /** @param tokensOf what opens a page now, the newest first; `null` where none is needed, or nobody knows just now */
  constructor(
    private readonly name: string,
    private readonly clock: Clock,
    private readonly tokensOf: (page: string) => Promise<readonly string[] | null>,
  ) {}

  get size(): number {
    return this.#streams.size;
  }

  /** @param token with which the page was opened; `undefined` where none is needed */
  open(response: ServerResponse, page: string, token: string | undefined): EventStream {
    const stream = new EventStream(response, page, token);
    this.#streams.set(stream.id, stream);
    stream.onClose(() => this.#streams.delete(stream.id));
    this.#beatLater();
    stream.beat();
    return stream;
  }

  /** A screen said that it lives; false where this page has no such stream. */
  answered(id: string | null, page: string): boolean {
    const stream = this.#streams.get(id ?? '');
    if (stream?.page !== page) return false;
    stream.answered();
    return true;
  }

  /** A page is taken away: its screens are told. */
  end(page: string): void {
    for (const stream of [...this.#streams.values()]) if (stream.page === page) stream.farewell();
  }

  close(): void {
    this.#closed = true;
    this.#beat?.cancel();
    for (const stream of [...this.#streams.values()]) stream.farewell();
  }

  #beatLater(): void {
    this.#beat ??= this.clock.after(`${this.name}: beat`, BEAT_MILLISECONDS, () => {
      this.#beat = undefined;
      void this.#beatAll();
    });
  }

  async #beatAll(): Promise<void> {
    for (const stream of [...this.#streams.values()]) {
      stream.beat();
      const tokens = await this.tokensOf(stream.page);
      // With an older one it comes again at once and is given the newer; with one that is gone it stays out.
      if (tokens !== null && stream.token !== undefined && stream.token !== tokens[0]) stream.end();
    }
    if (!this.#closed && this.#streams.size > 0) this.#beatLater();
  }
}
