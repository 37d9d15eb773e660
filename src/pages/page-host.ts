/** Serves one device's page: document, files, the stream of what it shows, and what its screens ask for. */
import type { HallScreen, ScreenFeed } from '../hall/screen.js';
import type { Page, PageAnswer, PageRequest, PageStream } from '../transports/ports-page.js';
import type { Assets } from './assets.js';
import { pageDocument } from './document.js';
import type { PageBehaviour, PageContext } from './page-behaviour.js';

export interface PageHostOptions extends Pick<PageContext, 'device' | 'page'> {
  readonly feed: ScreenFeed;
  readonly assets: Assets;
  readonly behaviour: PageBehaviour;
  readonly localMinutes: () => number | null;
}

export class PageHost implements Page {
  readonly name: string;
  readonly tokenFile: string | null;
  readonly #streams = new Set<PageStream>();
  /** Of which picture the JSON was made: a picture stays the same object until something changes. */
  #seen: HallScreen | undefined;
  #json = '';

  constructor(private readonly options: PageHostOptions) {
    this.name = options.device;
    this.tokenFile = options.page.tokenFile;
  }

  get screens(): number {
    return this.#streams.size;
  }

  async handle(request: PageRequest): Promise<PageAnswer> {
    const { method, path } = request;
    if (method === 'POST') return this.#post(request);
    if (path === '/') return this.#document();
    if (path === '/events') return this.#events(request.postToken);
    const file = /^\/asset\/([0-9a-f]{16})\/([a-z-]+\.(?:js|css))$/.exec(path);
    return file === null ? notFound : this.#asset(file[1]!, file[2]!);
  }

  /** What is shown may have changed. @param otherwise by something that the hall's picture does not hold */
  refresh(otherwise = false): void {
    if (otherwise) this.#seen = undefined;
    if (this.#streams.size === 0) return;
    const before = this.#json;
    if (this.#state() === before) return;
    for (const stream of this.#streams) stream.send('state', this.#json);
  }

  tellTime(): void {
    const json = JSON.stringify({ minutes: this.options.localMinutes() });
    for (const stream of this.#streams) stream.send('time', json);
  }

  #state(): string {
    const now = this.options.feed.now;
    if (now !== this.#seen) {
      this.#json = JSON.stringify(this.options.behaviour.view(now));
      this.#seen = now;
    }
    return this.#json;
  }

  async #document(): Promise<PageAnswer> {
    const { page, behaviour, assets, feed } = this.options;
    const { build } = await assets.load();
    const body = pageDocument(page.page, behaviour.title, feed.now.language, build);
    return { status: 200, contentType: 'text/html; charset=utf-8', body };
  }

  async #asset(build: string, name: string): Promise<PageAnswer> {
    const known = await this.options.assets.load();
    const asset = known.files.get(name);
    // A screen with a document of an earlier version loads itself again.
    if (asset === undefined || build !== known.build) return notFound;
    return { status: 200, ...asset, immutable: true };
  }

  async #events(postToken: string): Promise<PageAnswer> {
    const { build } = await this.options.assets.load();
    return {
      stream: (stream) => {
        this.#streams.add(stream);
        stream.onClose(() => {
          this.#streams.delete(stream);
          this.options.page.screens(this.#streams.size);
        });
        stream.send('hello', JSON.stringify({ build, postToken }));
        stream.send('time', JSON.stringify({ minutes: this.options.localMinutes() }));
        stream.send('state', this.#state());
        this.options.page.screens(this.#streams.size);
      },
    };
  }

  async #post({ path, body }: PageRequest): Promise<PageAnswer> {
    const { posts } = this.options.behaviour;
    const name = path.slice(1);
    if (!Object.hasOwn(posts, name)) return notFound;
    const answer = await posts[name]!(body);
    return answer === undefined
      ? json(400, {
          ok: false,
          code: 'page.bad-request',
          message: {
            'zh-CN': '内容已变化，请重新选择',
            en: 'What was chosen is not there any more; choose again',
          },
        })
      : json(200, answer);
  }
}

const notFound: PageAnswer = { status: 404, contentType: 'text/plain; charset=utf-8', body: 'not found\n' };

function json(status: number, value: object): PageAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}
