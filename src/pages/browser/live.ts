/**
 * The line to the controller: one stream of events, opened again for ever. The page keeps what it showed last and says
 * how old it is. A silence of three beats is a cut, whatever the browser thinks of the connection.
 */
import { both, clockWords, fill, make } from './dom.js';
import type { Beat, Both, Hello, Language, LocalTime, Over } from './messages.js';

const SILENCE_MILLISECONDS = 16_000;
/** A stream that is opened anew at once (a restart, a new token) is not told. */
const GRACE_MILLISECONDS = 1_500;
const RETRY_MILLISECONDS = 2_000;
const ANSWER_MILLISECONDS = 12_000;

const closedWords = both(
  '控制器已关闭本页（正在重启，或网址已更改）',
  'The controller has closed this page (it restarts, or its address was changed)',
);

export interface LiveOptions<State> {
  /** What changed. Not called before the first state came. */
  show(state: State): void;
  /** The line was cut, or is back. */
  linked?(live: boolean): void;
  /** Each second: local minutes since midnight, where they are known. */
  tick?(minutes: number | null): void;
  /** Said in the band, besides since when; what visitors should do instead. */
  readonly whenCut?: Both;
}

export interface Live {
  readonly isLive: boolean;
  /**
   * Asks the controller for something. Resolves with its answer; `null` where there was none (in time): then it may or
   * may not have been done, and may be asked again with the same id.
   */
  ask<Answer>(path: string, body: object): Promise<Answer | null>;
}

type AnyState = { readonly language: Language; readonly over: Over | null };

export function live<State extends AnyState>(options: LiveOptions<State>): Live {
  const band = make('div', 'band');
  band.setAttribute('role', 'alert');
  const cover = make('div', 'over');
  document.body.append(band, cover);
  band.hidden = true;
  cover.hidden = true;

  let source: EventSource | undefined;
  let heardAt = performance.now();
  let cutAt: number | undefined = heardAt;
  let isLive = false;
  /** The controller itself has ended the line. */
  let isClosed = false;
  let triedAt = heardAt;
  let retry: number | undefined;
  let state: State | undefined;
  let postToken = '';
  let told: { readonly minutes: number; readonly at: number } | undefined;

  const now = () => performance.now();
  const language = (): Language =>
    state === undefined ? (document.documentElement.lang as Language) : state.language;
  const minutesNow = () => (told === undefined ? null : told.minutes + (now() - told.at) / 60_000);

  function heard(): void {
    heardAt = now();
    cutAt = undefined;
    isClosed = false;
    if (isLive || state === undefined) return;
    isLive = true;
    showBand();
    if (options.linked !== undefined) options.linked(true);
  }

  function cut(): void {
    if (cutAt === undefined) cutAt = now();
  }

  function on<Data>(name: string, take: (data: Data) => void): void {
    (source as EventSource).addEventListener(name, (event) => {
      take(JSON.parse((event as MessageEvent<string>).data) as Data);
      heard();
    });
  }

  function open(): void {
    clearTimeout(retry);
    retry = undefined;
    triedAt = now();
    if (source !== undefined) source.close();
    source = new EventSource('events');
    on<Hello>('hello', (hello) => {
      postToken = hello.postToken;
      const meta = document.querySelector('meta[name=hallward-build]');
      // The controller was brought up to date: so is the page.
      if (meta !== null && meta.getAttribute('content') !== hello.build) location.reload();
    });
    on<LocalTime>('time', ({ minutes }) => {
      told = minutes === null ? undefined : { minutes, at: now() };
    });
    on<State>('state', (next) => {
      state = next;
      document.documentElement.lang = next.language;
      showOver(next.over);
      options.show(next);
    });
    on<Beat>('beat', ({ stream }) => {
      void fetch(`alive?stream=${encodeURIComponent(stream)}`, { cache: 'no-store' }).catch(() => {});
    });
    source.addEventListener('gone', () => {
      isClosed = true;
      cut();
    });
    source.addEventListener('error', () => {
      cut();
      // The browser tries again by itself, but not after an answer that is no stream (too many screens, no token).
      if (source !== undefined && source.readyState === EventSource.CLOSED) again();
    });
  }

  function again(): void {
    if (retry !== undefined) return;
    retry = setTimeout(() => {
      open();
      void lookAtToken();
    }, RETRY_MILLISECONDS);
  }

  /** Where the token does not fit any more, the controller's own words about that are better than an old picture. */
  async function lookAtToken(): Promise<void> {
    try {
      const { status } = await fetch('alive', { cache: 'no-store' });
      if (status === 401) location.reload();
    } catch {
      // Not there: it is tried again.
    }
  }

  function showOver(over: Over | null): void {
    cover.hidden = over === null;
    cover.className =
      over === null ? 'over' : `over ${over.kind}${over.kind === 'text' && over.urgent ? ' urgent' : ''}`;
    fill(cover, over !== null && over.kind === 'text' ? make('p', '', over.text) : null);
    if (over !== null && over.kind === 'text') cover.setAttribute('role', 'alert');
    else cover.removeAttribute('role');
  }

  function showBand(): void {
    band.hidden = isLive;
    if (isLive) return;
    const text = cutWords();
    if (band.textContent !== text) band.textContent = text;
  }

  function cutWords(): string {
    const speaks = language();
    const what = options.whenCut === undefined ? '' : `${options.whenCut[speaks]}`;
    if (state === undefined) {
      return `${both('正在连接控制器……', 'Connecting to the controller …')[speaks]} ${what}`.trim();
    }
    const why = isClosed ? closedWords : both('连接中断', 'No connection');
    const ago = Math.floor((now() - heardAt) / 60_000);
    const shown = told === undefined ? null : clockWords(told.minutes + (heardAt - told.at) / 60_000);
    const chinese = `${why['zh-CN']}，${shown === null ? '显示的是此前的内容' : `显示 ${shown} 的内容`}`;
    const english = `${why.en}; this is ${shown === null ? 'what was shown last' : `as of ${shown}`}`;
    const since = both(ago < 1 ? '' : `（${ago} 分钟前）`, ago < 1 ? '' : ` (${ago} min ago)`);
    const whole = both(`${chinese}${since['zh-CN']}`, `${english}${since.en}`);
    return what === '' ? whole[speaks] : `${whole[speaks]}${speaks === 'en' ? '. ' : '。'}${what}`;
  }

  setInterval(() => {
    if (now() - Math.max(heardAt, triedAt) > SILENCE_MILLISECONDS) {
      cut();
      open();
    }
    if (cutAt !== undefined && now() - cutAt > GRACE_MILLISECONDS) {
      const was = isLive;
      isLive = false;
      showBand();
      if (was && options.linked !== undefined) options.linked(false);
    }
    if (options.tick !== undefined) options.tick(minutesNow());
  }, 1_000);

  open();

  return {
    get isLive() {
      return isLive;
    },
    async ask<Answer>(path: string, body: object): Promise<Answer | null> {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), ANSWER_MILLISECONDS);
      try {
        const response = await fetch(path, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-Hallward-Page': postToken },
          body: JSON.stringify(body),
          cache: 'no-store',
          signal: controller.signal,
        });
        const type = response.headers.get('content-type');
        return type?.startsWith('application/json') ? ((await response.json()) as Answer) : null;
      } catch {
        return null;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
