/**
 * The screens of the hall: each has one of the controller's pages open, as a browser would have it (server-sent events,
 * WHATWG HTML 9.2). Without them the controller would rightly say that nobody has its pages open. Whoever opens one in
 * a browser is one more screen.
 */
import { type ClientRequest, request } from 'node:http';
import { v4 as uuidV4 } from 'uuid';
import type { Clock, Timer } from '../../kernel/clock.js';

const host = '127.0.0.1';
/** A browser tries again after this long, too. */
const retryMilliseconds = 1_000;
/** No state of a page is as large as this; who sends it is no page. */
const largestEventCharacters = 1_000_000;

export interface HallScreens {
  /** How many have their page open now. */
  readonly open: number;
  /** Touches a level on the rating page; nothing happens where it does not ask. */
  rate(level: number): void;
  /** Switches all of them off; no timer and no connection is left. */
  close(): void;
}

/**
 * Switches the screens on.
 * @param pages names of their pages; `rating` is the one that visitors touch
 */
export function startScreens(
  port: number,
  clock: Clock,
  { pages, rating }: { readonly pages: readonly string[]; readonly rating: string },
): HallScreens {
  const screens = pages.map((page) => new PageScreen(port, page, clock));
  return {
    get open() {
      return screens.filter((screen) => screen.isOpen).length;
    },
    rate: (level) => screens.find(({ page }) => page === rating)?.rate(level),
    close: () => {
      for (const screen of screens) screen.close();
    },
  };
}

/** One screen with its page. */
class PageScreen {
  isOpen = false;
  #stream: ClientRequest | undefined;
  #timer: Timer | undefined;
  #closed = false;
  #postToken = '';
  #session: string | null = null;

  constructor(
    private readonly port: number,
    readonly page: string,
    private readonly clock: Clock,
  ) {
    this.#load();
  }

  rate(level: number): void {
    const session = this.#session;
    if (!this.isOpen || session === null) return;
    const body = JSON.stringify({ id: uuidV4(), session, level, reasons: [] });
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      Origin: `http://${host}:${this.port}`,
      'X-Hallward-Page': this.#postToken,
    };
    this.#ask('POST', 'rate', headers).end(body);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#stream?.destroy();
  }

  /** Opens the page's stream; again a while after each end. */
  #load(): void {
    const stream = this.#ask('GET', 'events', { Accept: 'text/event-stream' }, false);
    this.#stream = stream;
    stream.on('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        return;
      }
      this.isOpen = true;
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const events = (text + chunk).split('\n\n');
        text = events.pop() ?? '';
        if (text.length > largestEventCharacters) stream.destroy();
        for (const event of events) this.#take(event);
      });
      // A controller without power breaks it off in the middle.
      response.on('error', () => {});
    });
    stream.on('close', () => {
      this.isOpen = false;
      this.#session = null;
      if (this.#closed) return;
      this.#timer = this.clock.after(`demo: screen ${this.page}`, retryMilliseconds, () => this.#load());
    });
    stream.end();
  }

  #take(event: string): void {
    const field = (name: string) =>
      event
        .split('\n')
        .flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []));
    const data = readObject(field('data').join('\n'));
    switch (field('event')[0]) {
      case 'hello':
        this.#postToken = String(data.postToken);
        return;
      case 'state':
        this.#session = typeof data.session === 'string' ? data.session : null;
        return;
      case 'beat':
        // So the controller knows that somebody is there.
        this.#ask('GET', `alive?stream=${encodeURIComponent(String(data.stream))}`, {}).end();
    }
  }

  #ask(method: string, path: string, headers: Readonly<Record<string, string | number>>, isShort = true) {
    const asked = request({
      ...{ host, port: this.port, method, headers, agent: false },
      path: `/${this.page}/${path}`,
    });
    // A controller that is away is what the demo shows; the stream's end is told by itself.
    asked.on('error', () => {});
    if (isShort) asked.on('response', (response) => response.resume().on('error', () => {}));
    return asked;
  }
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
