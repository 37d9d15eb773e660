/** What stands on one page for a moment, so that a person who looks for its screen, or tests it, sees it. */
import type { HallScreen, ScreenFeed } from '../hall/screen.js';

/** A page's own view of the hall: the same picture, but for a sign over it. */
export class PageSign implements ScreenFeed {
  #text: string | null = null;
  /** What people had to see when the sign began: anything new ends it. */
  #news = '';
  #made: { readonly of: HallScreen; readonly screen: HallScreen } | undefined;

  constructor(private readonly feed: ScreenFeed) {}

  get now(): HallScreen {
    const { now } = this.feed;
    if (this.#text === null) return now;
    if (now.over !== null || newsOf(now) !== this.#news) {
      this.#text = null;
      return now;
    }
    if (this.#made?.of !== now) {
      this.#made = { of: now, screen: { ...now, over: { kind: 'text', text: this.#text } } };
    }
    return this.#made.screen;
  }

  onChange(listener: () => void): () => void {
    return this.feed.onChange(listener);
  }

  /** `null` ends it. */
  show(text: string | null): void {
    this.#text = text;
    this.#made = undefined;
    this.#news = newsOf(this.feed.now);
  }
}

/** The calls, and who may rate where. */
function newsOf({ calls, windows }: HallScreen): string {
  return JSON.stringify([
    calls.map(({ ticket, times }) => [ticket, times]),
    windows.map(({ current, ratingSession }) => [current?.number, ratingSession]),
  ]);
}
