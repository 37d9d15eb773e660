/** Serves the pages of the page devices; their code is loaded with the first of them. */
import type { ServesPage } from '../devices/capabilities.js';
import type { Log } from '../kernel/log.js';
import type { Pages, PagesOptions } from '../pages/pages.js';

export class PageDesk {
  #pages: Promise<Pages> | undefined;

  constructor(
    private readonly options: PagesOptions,
    private readonly log: Log,
  ) {}

  /** Shows words over everything on one page for a test; `null` ends it. */
  sign(device: string, text: string | null): void {
    // Where they can't be served at all, that was said for each of them.
    this.#pages?.then((pages) => pages.sign(device, text)).catch(() => {});
  }

  /** Serves a device's page as soon as it can. Returns the function that takes it away. */
  add(device: string, page: ServesPage): () => void {
    let end: (() => void) | undefined;
    let isOver = false;
    this.#pages ??= import('../pages/pages.js').then((module) => new module.Pages(this.options));
    this.#pages
      .then((pages) => {
        if (!isOver) end = pages.add(device, page);
      })
      .catch((error: unknown) => this.log.error({ err: error, device }, 'a page cannot be served'));
    return () => {
      isOver = true;
      end?.();
    };
  }
}
