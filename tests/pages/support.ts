/** A hall that is told what to show, its pages on a real server, and a real browser to look at them. */
import { accessSync, constants } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, type Page as BrowserPage, chromium } from 'playwright-core';
import type { ServesPage } from '../../src/devices/capabilities.js';
import type { HallActions, HallScreen, ScreenFeed } from '../../src/hall/screen.js';
import { systemClock } from '../../src/kernel/clock.js';
import { Listeners } from '../../src/kernel/listeners.js';
import { silentLog } from '../../src/kernel/log.js';
import { Pages } from '../../src/pages/pages.js';
import { pageServer } from '../../src/transports/page-server.js';
import type { PageServer } from '../../src/transports/ports-page.js';

/** The first Chromium in the PATH; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export const chromiumPath = findChromium();
/** Why tests with a browser are skipped. */
export const noChromium = 'no Chromium here: apt install chromium';

export function startBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...more],
  });
}

const call = (number: string, window: string, times = 1, priority = false) => ({
  ticket: `t-${number}`,
  number,
  window,
  windowLabel: window,
  priority,
  times,
  at: '09:03',
});

const queue = (name: string, label: string, waiting: number, low: number | null, high = 0) => ({
  queue: name,
  label,
  prefix: name.slice(0, 1).toUpperCase(),
  matter: label,
  waiting,
  windowsOpen: 2,
  waitMinutes: low === null ? null : { low, median: low, high },
  lastCalled: null,
  closed: null,
});

const window = (name: string, state: HallScreen['windows'][number]['state'], queues: string[]) => ({
  window: name,
  label: name,
  state,
  current: null,
  next: null,
  staff: null,
  queues,
  business: '',
  waiting: 0,
  ratingSession: null,
});

/** A usual morning. */
export const morning: HallScreen = {
  hall: 'jinshan',
  language: 'zh-CN',
  at: '2026-11-21T01:03:00.000Z',
  leads: true,
  calls: [
    call('A023', '12'),
    call('B104', '5', 1, true),
    call('A022', '6'),
    call('C007', '8'),
    call('A021', '3'),
    call('B103', '11'),
  ],
  queues: [
    queue('general', '综合业务', 12, 10, 25),
    queue('tax', '税务', 5, null),
    queue('social', '社会保险', 31, 40, 65),
    {
      ...queue('title', '不动产登记', 0, 0, 5),
      closed: { 'zh-CN': '今日已停止取号', en: 'No more tickets today' },
    },
  ],
  windows: [
    window('3', 'paused', ['general']),
    {
      ...window('5', 'serving', ['tax']),
      business: '税务',
      waiting: 5,
      current: { number: 'B104', matter: '发票代开', priority: true },
      next: { number: 'B105', matter: '个税申报', priority: false },
    },
    window('6', 'serving', ['general']),
    window('12', 'serving', ['general']),
  ],
  notices: [{ id: 'n1', text: '本周六（11月28日）上午正常办公，请携带身份证原件。' }],
  troubles: [],
  over: null,
  rating: {
    levels: [
      { level: 5, label: '非常满意' },
      { level: 4, label: '满意' },
      { level: 3, label: '基本满意' },
      { level: 2, label: '不满意' },
      { level: 1, label: '非常不满意' },
    ],
    reasons: [
      { code: 'slow', label: '等候时间太长', forLevels: [1, 2] },
      { code: 'attitude', label: '服务态度不好', forLevels: [1, 2] },
      { code: 'material', label: '要求提供多余材料', forLevels: [1, 2] },
      { code: 'turned-away', label: '多次往返', forLevels: [1, 2] },
    ],
  },
};

export class FakeFeed implements ScreenFeed {
  readonly #listeners = new Listeners<[]>();
  now: HallScreen = morning;

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  show(change: Partial<HallScreen>): void {
    this.now = { ...this.now, ...change };
    this.#listeners.tell();
  }
}

type Issue = Parameters<HallActions['issue']>[0];
type Rate = Parameters<HallActions['rate']>[0];
type Issued = Awaited<ReturnType<HallActions['issue']>>;

export class FakeActions implements HallActions {
  readonly issued: Issue[] = [];
  readonly rated: Rate[] = [];
  answer: Issued = {
    ok: true,
    number: 'A024',
    ticket: 't-A024',
    ahead: 12,
    waitMinutes: { low: 10, median: 15, high: 25 },
    paper: 'near',
    printerLabel: '取号机',
    publicUrl: null,
  };
  rateAnswer: Awaited<ReturnType<HallActions['rate']>> = { ok: true };
  /** Each answer waits for this. */
  hold: Promise<void> = Promise.resolve();

  async issue(request: Issue): Promise<Issued> {
    this.issued.push(request);
    await this.hold;
    return this.answer;
  }

  async rate(request: Rate) {
    this.rated.push(request);
    await this.hold;
    return this.rateAnswer;
  }
}

export interface Shown {
  readonly screens: number[];
  readonly help: boolean[];
}

/** A hall with one page of each kind at `url`, in real time. @param tokenFile that opens each of them, if any does */
export async function hallWithPages(
  port = 0,
  options: Partial<Record<ServesPage['page'], Readonly<Record<string, unknown>>>> = {},
  tokenFile: string | null = null,
) {
  const clock = systemClock();
  const feed = new FakeFeed();
  const actions = new FakeActions();
  const server = pageServer(
    'http',
    { address: '127.0.0.1', port, tokenFile: null, names: [] },
    clock,
    silentLog,
  );
  await opened(server);
  const pages = new Pages({ feed, actions, clock, log: silentLog, localMinutes: () => 543 });
  const shown: Record<string, Shown> = {};
  const ends = (['hall-display', 'ticket-kiosk', 'rating-page', 'window-page'] as const).map((page) => {
    const seen: Shown = { screens: [], help: [] };
    shown[page] = seen;
    return pages.add(page, {
      page,
      window: page === 'rating-page' || page === 'window-page' ? '5' : null,
      label: page === 'hall-display' ? '金山区政务服务中心' : null,
      place: page === 'ticket-kiosk' ? '大门口' : null,
      server,
      tokenFile,
      options: options[page] ?? {},
      screens: (count) => void seen.screens.push(count),
      help: (wanted) => void seen.help.push(wanted),
    });
  });
  const close = async () => {
    for (const end of ends) end();
    await server.close();
  };
  return { clock, feed, actions, server, shown, close, url: server.url as string, port: portOf(server) };
}

export type HallWithPages = Awaited<ReturnType<typeof hallWithPages>>;

export const portOf = (server: PageServer) => Number(new URL(server.url as string).port);

export function opened(server: PageServer): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (server.state === 'open') resolve();
    };
    server.onChange(look);
    look();
  });
}

/** A way to a port of this machine that can be cut and joined, as a cable: nobody says goodbye. */
export async function cuttableLine(to: number) {
  const sockets = new Set<Socket>();
  let server: Server;
  let port = 0;
  const join = () =>
    new Promise<void>((resolve) => {
      server = createServer((near) => {
        const far = connect(to, '127.0.0.1');
        for (const socket of [near, far]) {
          sockets.add(socket);
          socket.on('error', () => {});
          socket.on('close', () => sockets.delete(socket));
        }
        near.pipe(far).pipe(near);
      }).listen(port, '127.0.0.1', () => {
        port = (server.address() as { port: number }).port;
        resolve();
      });
    });
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await join();
  return { url: `http://127.0.0.1:${port}`, cut, join };
}

/** A page in a browser of its own, with everything that went wrong in it. */
export async function openPage(
  browser: Browser,
  url: string,
  size: { width: number; height: number },
  more: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: BrowserPage; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({ viewport: size, ...more });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, context, errors };
}
