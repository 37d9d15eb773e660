/**
 * Pages (屏幕页面): what the controller serves to screens with a browser. A hall display (叫号大屏), a touch kiosk for
 * tickets (触摸取号机), a tablet for ratings (评价平板), and a page for the staff of a window (窗口工作页). A screen that
 * has the page open proves life: it answers the server's beat (transports/page-stream.ts) within 20 s.
 */
import * as v from 'valibot';
import type { Timer } from '../kernel/clock.js';
import type { ServesPage } from './capabilities.js';
import { busOf, type DeviceKind, type FaultDeclaration, type OptionEntries } from './kind.js';
import { windowName } from './options.js';

/** A screen that is switched on, or loads its page again, has this long. */
const OPEN_WITHIN_MILLISECONDS = 60_000;

/** The bus that the section `http` of the configuration makes. */
export const pageBus = 'http';

const notOpen: FaultDeclaration = {
  code: 'page.not-open',
  status: 'maintenance-required',
  severity: 'medium',
  audience: 'maintenance',
  absence: true,
  text: { 'zh-CN': '{device}：没有屏幕打开该页面', en: '{device}: no screen has this page open' },
  action: {
    'zh-CN': '检查屏幕和主机是否开机、网络是否连通、浏览器是否打开本页；打开后会自动恢复',
    en: 'Check that the screen and its computer are on and on the network, with this page in the browser',
  },
};

const helpWanted: FaultDeclaration = {
  code: 'kiosk.help-wanted',
  // As `hall.help-wanted` of a button.
  status: 'function-check',
  severity: 'medium',
  audience: 'duty',
  text: { 'zh-CN': '{device}：有群众求助', en: '{device}: a visitor asks for help' },
  action: {
    'zh-CN': '请到取号机旁协助，然后在屏幕上按“已得到帮助”',
    en: 'Go there and help, then press "I have been helped" on its screen',
  },
};

const tokenFile = v.optional(
  v.pipe(
    v.string(),
    v.minLength(1),
    v.description('File with the token that opens this page, mode 600; http.tokenFile where absent'),
  ),
);

interface PageShape {
  readonly page: ServesPage['page'];
  readonly title: DeviceKind['title'];
  readonly about: DeviceKind['about'];
  readonly options: OptionEntries;
  readonly faults: readonly FaultDeclaration[];
}

function pageKind({ page, title, about, options, faults }: PageShape): DeviceKind {
  return {
    kind: page,
    title,
    about,
    defaults: { bus: pageBus, protocol: 'page' },
    options: { ...options, tokenFile },
    protocols: {
      page: {
        about: { 'zh-CN': '控制器提供的网页', en: 'A page that the controller serves' },
        buses: ['page'],
        proofOfLife: 'speaks',
        options: {},
      },
    },
    readings: {
      screens: { about: { 'zh-CN': '打开本页的屏幕数', en: 'Screens that have it open' }, range: [0, 64] },
    },
    faults: [notOpen, ...faults],
    create(config, context) {
      const { clock, name, reports } = context;
      const server = busOf(context, 'page');
      let timer: Timer | undefined;
      let screens = 0;

      /** Said again each minute: outside hours, where the hall switches screens off, it is not taken. */
      const sayNotOpenLater = () => {
        timer?.cancel();
        timer = clock.after(`${name}: a screen opens it`, OPEN_WITHIN_MILLISECONDS, () => {
          // While nothing is served, the cause is the server's and stands there.
          if (server.state === 'open') reports.raise('page.not-open', { url: pageUrl(server.url, name) });
          sayNotOpenLater();
        });
      };

      const capability: ServesPage = {
        page,
        window: config.window ?? null,
        label: config.label ?? null,
        place: config.place ?? null,
        server,
        tokenFile: typeof config.tokenFile === 'string' ? config.tokenFile : null,
        options: Object.fromEntries(Object.keys(options).map((option) => [option, config[option]])),
        screens(count) {
          reports.readings({ screens: count });
          if (count > 0) {
            timer?.cancel();
            timer = undefined;
            reports.alive();
            reports.clear('page.not-open');
          } else if (screens > 0) sayNotOpenLater();
          screens = count;
        },
        help(wanted) {
          if (wanted) reports.raise('kiosk.help-wanted', {});
          else reports.clear('kiosk.help-wanted');
        },
      };
      return {
        capabilities: { servesPage: capability },
        start() {
          reports.readings({ screens });
          // What was asked for before a restart: whoever asked has pressed again, or was helped.
          if (faults.includes(helpWanted)) reports.clear('kiosk.help-wanted');
          if (screens === 0) sayNotOpenLater();
        },
        async stop() {
          timer?.cancel();
          timer = undefined;
        },
      };
    },
  };
}

const pageUrl = (server: string | null, name: string) => (server === null ? null : `${server}/${name}/`);

export const hallDisplay = pageKind({
  page: 'hall-display',
  title: { 'zh-CN': '叫号大屏', en: 'Hall display' },
  about: {
    'zh-CN': '电视或大屏上的网页：最近叫号、等候人数和时间、通知',
    en: 'A page for a television: last calls, waiting people and times, notices',
  },
  options: {
    calls: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(8),
        v.description('How many of the last calls it shows, 1 to 8'),
      ),
      6,
    ),
  },
  faults: [],
});

export const ticketKiosk = pageKind({
  page: 'ticket-kiosk',
  title: { 'zh-CN': '触摸取号机', en: 'Ticket kiosk' },
  about: {
    'zh-CN': '触摸屏上的取号网页：大字、绿色通道、求助、语音',
    en: 'A page for a touch screen where visitors take tickets: large type, priority, help, voice',
  },
  options: {
    queues: v.optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/, 'the name of a queue'))),
        v.maxLength(40),
        v.description('Queues that it offers, in this order; all if empty'),
      ),
      [],
    ),
    voice: v.optional(
      v.pipe(v.boolean(), v.description('Reads aloud what is touched, where the browser has a voice')),
      true,
    ),
  },
  faults: [helpWanted],
});

export const ratingPage = pageKind({
  page: 'rating-page',
  title: { 'zh-CN': '评价平板', en: 'Rating page' },
  about: {
    'zh-CN': '窗口平板上的评价网页：五级评价，可选原因',
    en: 'A page for a tablet at a window: five levels, and reasons for bad ones',
  },
  options: { window: windowName },
  faults: [],
});

export const windowPage = pageKind({
  page: 'window-page',
  title: { 'zh-CN': '窗口工作页', en: 'Window page' },
  about: {
    'zh-CN': '窗口人员看的网页：等候人数、当前和下一位的事项',
    en: 'A page for the staff of a window: who waits, the current and the next matter',
  },
  options: { window: windowName },
  faults: [],
});

/** Kinds whose pages change something: they need a token of their own wherever tokens are needed. */
export const askingKinds: readonly string[] = [ticketKiosk.kind, ratingPage.kind];
