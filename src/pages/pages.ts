/** All pages of a controller, each served for its device: one picture of the hall in, what screens ask for out. */
import type { ServesPage } from '../devices/capabilities.js';
import type { HallActions, ScreenFeed } from '../hall/screen.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { Assets } from './assets.js';
import { hallDisplay } from './hall-display.js';
import type { PageBehaviour, PageContext } from './page-behaviour.js';
import { PageHost } from './page-host.js';
import { PageSign } from './page-sign.js';
import { ratingPage } from './rating-page.js';
import { ticketKiosk } from './ticket-kiosk.js';
import { windowPage } from './window-page.js';

export interface PagesOptions {
  readonly feed: ScreenFeed;
  readonly actions: HallActions;
  readonly clock: Clock;
  readonly log: Log;
  /** Minutes since the hall's local midnight; `null` while the clock can't be trusted. */
  readonly localMinutes: () => number | null;
}

const behaviours: Readonly<Record<ServesPage['page'], (context: PageContext) => PageBehaviour>> = {
  'hall-display': hallDisplay,
  'ticket-kiosk': ticketKiosk,
  'rating-page': ratingPage,
  'window-page': windowPage,
};

/** How often screens are told the time of day. */
const TIME_MILLISECONDS = 10_000;

export class Pages {
  readonly #assets = new Assets();
  readonly #hosts = new Set<PageHost>();
  readonly #signs = new Map<string, (text: string | null) => void>();
  #timer: Timer | undefined;

  constructor(private readonly options: PagesOptions) {}

  /** Serves a device's page. Returns the function that takes it away. */
  add(device: string, page: ServesPage): () => void {
    const { actions, clock, log, localMinutes } = this.options;
    const feed = new PageSign(this.options.feed);
    const context: PageContext = {
      device,
      page: {
        ...page,
        screens: (count) => {
          page.screens(count);
          if (count > 0) this.#timer ??= this.#tellLater();
        },
      },
      actions,
      clock,
      log,
      screen: () => feed.now,
      changed: () => host.refresh(true),
    };
    const behaviour = behaviours[page.page](context);
    const host = new PageHost({
      device,
      page: context.page,
      feed,
      assets: this.#assets,
      behaviour,
      localMinutes,
    });
    const refresh = () => {
      try {
        host.refresh();
      } catch (error) {
        // Whoever changed something goes on: a page that can't be made is this page's trouble.
        log.error({ err: error, device }, 'a page cannot be brought up to date');
      }
    };
    const ends = [feed.onChange(refresh), page.server.serve(host), () => behaviour.stop()];
    this.#hosts.add(host);
    const sign = (text: string | null) => {
      feed.show(text);
      refresh();
    };
    this.#signs.set(device, sign);
    return () => {
      this.#hosts.delete(host);
      if (this.#signs.get(device) === sign) this.#signs.delete(device);
      for (const end of ends) end();
      if (this.#hosts.size === 0) this.#timer?.cancel();
      if (this.#hosts.size === 0) this.#timer = undefined;
    };
  }

  /** Shows words over everything on one page, until people are to see something new; `null` ends it. */
  sign(device: string, text: string | null): void {
    this.#signs.get(device)?.(text);
  }

  #tellLater(): Timer {
    return this.options.clock.after('tell screens the time', TIME_MILLISECONDS, () => {
      this.#timer = undefined;
      for (const host of this.#hosts) host.tellTime();
      if ([...this.#hosts].some((host) => host.screens > 0)) this.#timer ??= this.#tellLater();
    });
  }
}
