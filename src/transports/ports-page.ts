/**
 * What serves pages to screens: one HTTP server is one bus, open while it listens, lost while its address is in use or
 * was taken away. Requests are limited, authorised and parsed before a page sees them.
 */
import type { BusBase } from './ports-bus.js';

export interface PageRequest {
  readonly method: 'GET' | 'POST';
  /** Below the page's own path: `/` or `/events`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The parsed JSON of a POST, a mapping; empty for GET. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What a POST must carry in the header `x-hallward-page`: told to the page, and a new one at each start. */
  readonly postToken: string;
}

/**
 * A stream of server-sent events to one screen. What a slow screen does not take is replaced by what is newest. The
 * server sends `beat` by itself every 5 s; a screen that answers none for 20 s (`alive?stream=…`) has gone. Its last
 * event is `gone` where the page is taken away, or the server ends in order.
 */
export interface PageStream {
  /** Sends the newest state as JSON text; a state of the same event that was not sent yet is replaced. */
  send(event: string, json: string): void;
  /** Told once when the screen has gone. */
  onClose(listener: () => void): void;
}

export type PageAnswer =
  | {
      readonly status: number;
      readonly contentType: string;
      readonly body: string | Uint8Array;
      /** May be kept by the screen for good: its name changes with its content. */
      readonly immutable?: boolean;
    }
  /** The request becomes a stream of events. */
  | { readonly stream: (stream: PageStream) => void };

export interface Page {
  /** First part of the path: the device's name. */
  readonly name: string;
  /**
   * File with the token that opens it; the server's own where `null`. The server's own is for reading: what it opens
   * takes no POST.
   */
  readonly tokenFile: string | null;
  /** Never rejects for what a screen sends; what it throws is answered with 500 and logged. */
  handle(request: PageRequest): PageAnswer | Promise<PageAnswer>;
}

export interface PageServer extends BusBase {
  readonly type: 'page';
  /** Where it listens: `http://127.0.0.1:8080`; `null` while it does not. */
  readonly url: string | null;
  /** Serves a page at `/{name}/`. Returns the function that takes it away, with its streams. */
  serve(page: Page): () => void;
}
