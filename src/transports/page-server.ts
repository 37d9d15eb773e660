/**
 * The page server: node:http that listens again by itself, and lets nothing through to a page that is too much, comes
 * from elsewhere, or lacks the page's token. GET never changes anything; a POST needs a page whose token is its own (or
 * a server that only this machine reaches), the page as its origin, and the page's `postToken`.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import { within } from '../kernel/within.js';
import {
  type Answer,
  beginStream,
  listAnswer,
  refusalTexts,
  sendAnswer,
  wordsAnswer,
} from './page-answers.js';
import { PageGate, Refused, refused, sentTo } from './page-gate.js';
import { Allowance, type PageLimits, pageLimits, Refusals } from './page-limits.js';
import { PageListener } from './page-listener.js';
import {
  addressOf,
  comesFromPage,
  hostIsKnown,
  isAmbiguous,
  isLoopback,
  readBody,
  type Target,
  targetOf,
} from './page-request.js';
import { PageStreams } from './page-streams.js';
import { cookieHeader, sameSecret, TokenFile } from './page-tokens.js';
import type { WireState } from './ports-bus.js';
import type { Page, PageRequest, PageServer } from './ports-page.js';

export interface PageServerOptions {
  /** To listen on; `0.0.0.0` or `::` for all of this machine. */
  readonly address: string;
  readonly port: number;
  /** File with the token that opens pages which have none of their own, for reading. */
  readonly tokenFile: string | null;
  /** Host names by which people open the pages; addresses and `localhost` are known. */
  readonly names: readonly string[];
  /** Others than `pageLimits`. */
  readonly limits?: Partial<PageLimits>;
}

/** Whoever makes a page fail must not fill the disk with it. */
const COMPLAINTS_PER_SECOND = 0.1;
const MOST_COMPLAINTS = 5;

/** Listens at once, and tries again with growing pauses (1 s to 15 s) while it can't. */
export function pageServer(name: string, options: PageServerOptions, clock: Clock, log: Log): PageServer {
  const server = new HttpPageServer(name, options, clock, log.child({ bus: name }));
  server.listen();
  return server;
}

interface Served {
  readonly page: Page;
  /** The file whose tokens open it; `null`: open to whoever reaches this server. */
  readonly file: TokenFile | null;
  readonly takesPosts: boolean;
  readonly postToken: string;
}

class HttpPageServer implements PageServer {
  readonly type = 'page';
  sent = 0;
  readonly #limits: PageLimits;
  readonly #pages = new Map<string, Served>();
  readonly #files = new Map<string, TokenFile>();
  readonly #streams: PageStreams;
  readonly #changed = new Listeners<[]>();
  readonly #requests: Allowance;
  readonly #all: Allowance;
  readonly #refusals: Refusals;
  /** Of pages that fail, in the log. */
  readonly #complaints: Allowance;
  readonly #gate: PageGate;
  readonly #listener: PageListener;
  /** New with each start: what a page of an earlier one says is not taken. */
  readonly #secret = randomBytes(32);

  constructor(
    readonly name: string,
    private readonly options: PageServerOptions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.#limits = { ...pageLimits, ...options.limits };
    const { requestsPerSecond, burst, requestsPerSecondOfAll } = this.#limits;
    this.#requests = new Allowance(clock, requestsPerSecond, burst);
    this.#all = new Allowance(clock, requestsPerSecondOfAll, requestsPerSecondOfAll);
    this.#refusals = new Refusals(clock, log);
    this.#complaints = new Allowance(clock, COMPLAINTS_PER_SECOND, MOST_COMPLAINTS);
    this.#gate = new PageGate(clock);
    // A file that can't be read just now closes nothing that is open.
    this.#streams = new PageStreams(
      name,
      clock,
      async (page) => (await this.#pages.get(page)?.file?.tokens()) ?? null,
    );
    this.#listener = new PageListener({
      name,
      address: options.address,
      port: options.port,
      limits: this.#limits,
      clock,
      refusals: this.#refusals,
      take: (request, response) => void this.#take(request, response),
      changed: () => {
        const { state, url, lostBecause } = this.#listener;
        if (state === 'open') log.info({ url }, 'pages are served');
        else if (lostBecause !== undefined) log.warn({ err: lostBecause }, 'pages cannot be served');
        this.#changed.tell();
      },
    });
  }

  get state(): WireState {
    return this.#listener.state;
  }

  get lostBecause(): HallwardError | undefined {
    return this.#listener.lostBecause;
  }

  get url(): string | null {
    return this.#listener.url;
  }

  listen(): void {
    this.#listener.listen();
  }

  onChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  serve(page: Page): () => void {
    const path = page.tokenFile ?? this.options.tokenFile;
    const served: Served = {
      page,
      file: path === null ? null : this.#fileAt(path),
      takesPosts: page.tokenFile !== null || (path === null && isLoopback(this.options.address)),
      postToken: createHmac('sha256', this.#secret).update(page.name).digest('base64url'),
    };
    this.#pages.set(page.name, served);
    return () => {
      if (this.#pages.get(page.name) !== served) return;
      this.#pages.delete(page.name);
      this.#streams.end(page.name);
    };
  }

  async close(): Promise<void> {
    this.#refusals.stop();
    // First: the end of the listener cuts whoever is connected.
    this.#streams.close();
    await this.#listener.close();
  }

  #fileAt(path: string): TokenFile {
    const known = this.#files.get(path) ?? new TokenFile(path, this.clock, this.log);
    this.#files.set(path, known);
    return known;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.sent++;
    try {
      await this.#handle(request, response);
    } catch (thrown) {
      if (thrown instanceof Refused) {
        if (thrown.reason !== null) this.#refusals.count(thrown.reason);
        sendAnswer(response, thrown.answer);
        return;
      }
      if (this.#complaints.take('all')) {
        this.log.error({ err: asHallwardError(thrown, 'page.failed') }, 'a page failed');
      } else this.#refusals.count('failed');
      sendAnswer(response, wordsAnswer(500, refusalTexts.failed, { refreshSeconds: 10, close: true }));
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = addressOf(request);
    if (!this.#requests.take(address) || !this.#all.take('all')) {
      throw refused('requests', 429, refusalTexts.tooMany, { headers: { 'Retry-After': '1' }, close: true });
    }
    const method = request.method ?? '';
    if (method !== 'GET' && method !== 'POST') {
      const headers = { Allow: 'GET, POST' };
      throw refused('method', 405, refusalTexts.badRequest, { headers, close: true });
    }
    if (isAmbiguous(request)) throw refused('ambiguous', 400, refusalTexts.badRequest, { close: true });
    if (!hostIsKnown(request.headers.host, this.options.names)) {
      throw refused('host', 403, refusalTexts.host, { close: true });
    }
    const target = targetOf(request.url);
    const served = target === undefined ? undefined : this.#pages.get(target.page);
    if (target === undefined || served === undefined) {
      if (target?.page === '' && method === 'GET') return sendAnswer(response, this.#list());
      throw refused('path', 404, refusalTexts.notHere, { close: true });
    }
    if (!comesFromPage(request)) throw refused('origin', 403, refusalTexts.otherSite, { close: true });
    if (target.path === '') {
      throw sentTo(308, { Location: `/${target.page}/${querySuffix(target.query)}` });
    }
    // The configuration's check does not let this happen; nothing is to be read here by anybody if it did.
    if (served.file === null && !isLoopback(this.options.address)) {
      throw refused('token', 401, refusalTexts.noToken, { close: true });
    }
    const token = await this.#gate.authorise(request, target, served.file, address);
    this.#listener.welcome(request.socket);
    const cookie = token === undefined ? {} : { 'Set-Cookie': cookieHeader(target.page, token.first) };
    if (method === 'POST') return this.#post(request, response, target, served);
    if (target.path === '/alive') {
      const known = this.#streams.answered(target.query.get('stream'), target.page);
      return sendAnswer(response, { status: known ? 204 : 404, contentType: 'text/plain', body: '' });
    }
    const answer = await this.#ask(served, { method, path: target.path, query: target.query, body: {} });
    if (!('stream' in answer)) {
      sendAnswer(response, target.path === '/' ? { ...answer, headers: cookie } : answer);
      return;
    }
    if (this.#streams.size >= this.#limits.streams) {
      const headers = { 'Retry-After': '5' };
      throw refused('streams', 503, refusalTexts.tooManyScreens, { headers, close: true });
    }
    // The screen went away meanwhile, or the page did.
    if (response.destroyed || this.#pages.get(target.page) !== served) {
      response.destroy();
      return;
    }
    beginStream(response, cookie);
    request.socket.setTimeout(0);
    request.socket.setNoDelay(true);
    answer.stream(this.#streams.open(response, target.page, token?.used));
  }

  async #post(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    served: Served,
  ): Promise<void> {
    if (!served.takesPosts) throw refused('read-only', 403, refusalTexts.readOnly, { close: true });
    const postToken = request.headers['x-hallward-page'];
    if (typeof postToken !== 'string' || !sameSecret(postToken, served.postToken)) {
      throw refused('origin', 403, refusalTexts.otherSite, { close: true });
    }
    const body = await readBody(request, this.#limits.bodyBytes).catch((thrown: unknown) => {
      const tooLarge = thrown instanceof HallwardError && thrown.code === 'page.too-large';
      throw tooLarge
        ? refused('body', 413, refusalTexts.tooLarge, { close: true })
        : refused('body', 400, refusalTexts.badRequest, { close: true });
    });
    const { path, query } = target;
    const answer = await this.#ask(served, { method: 'POST', path, query, body });
    if ('stream' in answer) throw refused('method', 405, refusalTexts.badRequest, { close: true });
    sendAnswer(response, answer);
  }

  /** What the page answers; refused where it takes too long. */
  async #ask({ page, postToken }: Served, request: Omit<PageRequest, 'postToken'>) {
    const answer = await within(
      this.clock,
      `answer of ${page.name}`,
      this.#limits.answerMilliseconds,
      Promise.resolve(page.handle({ ...request, postToken })),
    );
    if (answer === undefined) throw refused('late', 503, refusalTexts.late, { close: true });
    return answer;
  }

  #list(): Answer {
    const mayOpen = isLoopback(this.options.address);
    const open = [...this.#pages.values()].filter(({ file }) => file === null && mayOpen);
    return open.length === 0
      ? wordsAnswer(404, refusalTexts.notHere, { close: true })
      : listAnswer(open.map(({ page }) => page.name).sort());
  }
}

function querySuffix(query: URLSearchParams): string {
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
