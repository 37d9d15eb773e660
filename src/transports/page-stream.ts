/** Server-sent events to one screen (WHATWG HTML, 9.2): bounded, whatever the screen takes or leaves. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Listeners } from '../kernel/listeners.js';
import type { PageStream } from './ports-page.js';

/** A page has a handful of events; more is a mistake of ours. */
const MOST_EVENTS = 16;
/** So many beats in a row without an answer, and the screen has gone (with a beat every 5 s: within 20 s). */
const MOST_UNANSWERED = 3;
/** How long a screen may take its last event. */
const FAREWELL_MILLISECONDS = 1_000;
/** How soon a browser tries again by itself. */
const RETRY_MILLISECONDS = 1_000;

export class EventStream implements PageStream {
  /** Known to this screen alone: by it the screen says that it lives. */
  readonly id = randomBytes(12).toString('base64url');
  readonly #gone = new Listeners<[]>();
  /** Newest unsent state of each event, while the screen takes nothing. */
  readonly #unsent = new Map<string, string>();
  #blocked = false;
  #closed = false;
  #unanswered = 0;

  /**
   * @param page name of the page
   * @param token with which it was opened; `undefined` where none is needed
   */
  constructor(
    private readonly response: ServerResponse,
    readonly page: string,
    readonly token: string | undefined,
  ) {
    response.on('drain', () => this.#flush());
    response.on('close', () => this.#ended());
    response.on('error', () => this.end());
    response.write(`retry: ${RETRY_MILLISECONDS}\n\n`);
  }

  send(event: string, json: string): void {
    if (this.#closed) return;
    if (this.#blocked) {
      if (this.#unsent.size >= MOST_EVENTS && !this.#unsent.has(event)) return;
      this.#unsent.set(event, json);
    } else this.#write(event, json);
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#gone.add(listener);
  }

  /** Time for a beat. Ends the stream of a screen that has not answered the ones before. */
  beat(): void {
    if (this.#unanswered > MOST_UNANSWERED) {
      this.end();
      return;
    }
    this.#unanswered++;
    this.send('beat', JSON.stringify({ stream: this.id }));
  }

  /** The screen said that it lives. */
  answered(): void {
    this.#unanswered = 0;
  }

  /** The page is taken away: says so as its last event, so that the screen need not think of a cut line. */
  farewell(): void {
    if (this.#closed) return;
    if (this.#blocked) {
      this.end();
      return;
    }
    // Who does not take even this is cut off by the server.
    this.response.socket?.setTimeout(FAREWELL_MILLISECONDS);
    this.response.end('event: gone\ndata: {}\n\n');
    this.#ended();
  }

  /** Cuts the screen off; it may come again. */
  end(): void {
    this.response.destroy();
    this.#ended();
  }

  #write(event: string, json: string): void {
    const data = json.split(/\r\n|\r|\n/).join('\ndata: ');
    if (!this.response.write(`event: ${event}\ndata: ${data}\n\n`)) this.#blocked = true;
  }

  #flush(): void {
    this.#blocked = false;
    for (const [event, json] of this.#unsent) {
      if (this.#blocked) return;
      this.#unsent.delete(event);
      this.#write(event, json);
    }
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsent.clear();
    this.#gone.tell();
  }
}
