import { beforeEach, describe, expect, it } from 'vitest';
import type { ServesPage } from '../../src/devices/capabilities.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { Pages } from '../../src/pages/pages.js';
import type { Page, PageServer, PageStream } from '../../src/transports/ports-page.js';
import { FakeActions, FakeFeed, morning } from './support.js';

/** A server that hands over its pages. */
class FakeServer implements PageServer {
  readonly type = 'page';
  readonly name = 'http';
  readonly state = 'open';
  readonly lostBecause = undefined;
  readonly sent = 0;
  readonly url = 'http://127.0.0.1:8080';
  readonly pages = new Map<string, Page>();
  onChange = () => () => {};
  close = async () => {};

  serve(page: Page): () => void {
    this.pages.set(page.name, page);
    return () => void this.pages.delete(page.name);
  }
}

class FakeStream implements PageStream {
  readonly sent: [string, unknown][] = [];
  #closed = () => {};
  send = (event: string, json: string) => void this.sent.push([event, JSON.parse(json)]);
  onClose = (listener: () => void) => {
    this.#closed = listener;
  };
  close = () => this.#closed();
  last = (event: string) =>
    this.sent.filter(([name]) => name === event).at(-1)?.[1] as Record<string, unknown>;
}

let clock: VirtualClock;
let feed: FakeFeed;
let actions: FakeActions;
let server: FakeServer;
let pages: Pages;
let screens: number[];
let help: boolean[];

beforeEach(() => {
  clock = new VirtualClock();
  feed = new FakeFeed();
  actions = new FakeActions();
  server = new FakeServer();
  screens = [];
  help = [];
  pages = new Pages({ feed, actions, clock, log: silentLog, localMinutes: () => 543 });
});

function add(page: ServesPage['page'], more: Partial<ServesPage> = {}) {
  const device = `my-${page}`;
  const end = pages.add(device, {
    page,
    window: null,
    label: null,
    place: null,
    server,
    tokenFile: null,
    options: {},
    screens: (count) => void screens.push(count),
    help: (wanted) => void help.push(wanted),
    ...more,
  });
  const served = server.pages.get(device) as Page;
  const common = { query: new URLSearchParams(), postToken: 'token' };
  return {
    end,
    async open(): Promise<FakeStream> {
      const answer = await served.handle({ ...common, method: 'GET', path: '/events', body: {} });
      const stream = new FakeStream();
      if ('stream' in answer) answer.stream(stream);
      return stream;
    },
    async get(path: string) {
      const answer = await served.handle({ ...common, method: 'GET', path, body: {} });
      return 'stream' in answer ? undefined : answer;
    },
    async post(path: string, body: Record<string, unknown>) {
      const answer = await served.handle({ ...common, method: 'POST', path, body });
      if ('stream' in answer) throw new Error('a POST never streams');
      return {
        status: answer.status,
        answer: answer.status === 404 ? null : JSON.parse(String(answer.body)),
      };
    },
  };
}

const issue = (more: object = {}, onward: unknown = []) => ({
  id: 'touch-1',
  queue: 'general',
  priority: false,
  onward,
  ...more,
});

describe('a page', () => {
  it('shows a sign over everything until it ends, or people are to see something new', async () => {
    const { open } = add('hall-display');
    const other = add('ticket-kiosk');
    const stream = await open();
    const kiosk = await other.open();
    const before = kiosk.sent.length;
    pages.sign('my-hall-display', '测试');
    expect(stream.last('state')).toMatchObject({ over: { kind: 'text', text: '测试', urgent: false } });
    feed.show({ queues: [] });
    expect(stream.last('state')).toMatchObject({ over: { text: '测试' } });
    pages.sign('my-hall-display', null);
    expect(stream.last('state')).toMatchObject({ over: null });
    expect(
      kiosk.sent.slice(before).filter(([, state]) => (state as { over: unknown }).over !== null),
    ).toEqual([]);
    pages.sign('my-hall-display', '1号屏');
    const [first] = morning.calls;
    feed.show({ calls: [{ ...first!, ticket: 'new', number: 'A099' }, ...morning.calls.slice(1)] });
    expect(stream.last('state')).toMatchObject({ over: null });
    pages.sign('my-hall-display', '1号屏');
    feed.show({ over: { kind: 'text', text: '请从安全出口离开', urgent: true } });
    expect(stream.last('state')).toMatchObject({ over: { text: '请从安全出口离开' } });
    feed.show({ over: null });
    expect(stream.last('state')).toMatchObject({ over: null });
    pages.sign('nobody', 'x');
  });

  it('says hello, the time and what is true; then only what is new', async () => {
    const { open } = add('hall-display');
    const stream = await open();
    expect(stream.sent.map(([event]) => event)).toEqual(['hello', 'time', 'state']);
    expect(stream.last('hello')).toMatchObject({ postToken: 'token' });
    expect(stream.last('time')).toEqual({ minutes: 543 });
    feed.show({ at: '2026-11-21T02:00:00.000Z' });
    expect(stream.sent).toHaveLength(3);
    feed.show({ notices: [] });
    expect(stream.sent).toHaveLength(4);
    await clock.advance(10_000);
    expect(stream.sent.map(([event]) => event)).toEqual(['hello', 'time', 'state', 'state', 'time']);
  });

  it('counts its screens, and leaves no timer when it is taken away', async () => {
    const { open, end } = add('hall-display');
    const [one, two] = [await open(), await open()];
    one.close();
    two.close();
    expect(screens).toEqual([1, 2, 1, 0]);
    end();
    expect(clock.pending()).toEqual([]);
    expect(server.pages.size).toBe(0);
    const sent = one.sent.length;
    feed.show({ notices: [] });
    expect(one.sent).toHaveLength(sent);
  });

  it('serves its own files for good, and no others', async () => {
    const { get } = add('ticket-kiosk');
    const document = String((await get('/'))?.body);
    expect(document).not.toMatch(/<script>|style=|\son\w+=|https?:/);
    const files = [...document.matchAll(/(?:href|src)="(asset[^"]+)"/g)].map((match) => match[1]!);
    expect(files).toHaveLength(3);
    for (const file of files) expect(await get(`/${file}`)).toMatchObject({ status: 200, immutable: true });
    for (const path of [
      '/asset/0000000000000000/page.css',
      `/${files[0]?.replace('page.css', 'tsconfig.json')}`,
      '/x',
    ]) {
      expect((await get(path))?.status).toBe(404);
    }
  });

  it('gives each kind no more than it shows', async () => {
    feed.show({
      windows: morning.windows.map((one) => ({
        ...one,
        staff: '0317',
        ratingSession: `session-${one.window}`,
      })),
    });
    const display = await add('hall-display').open();
    const kiosk = await add('ticket-kiosk').open();
    const rating = await add('rating-page', { window: '5' }).open();
    const texts = [display, kiosk, rating].map((stream) => JSON.stringify(stream.last('state')));
    for (const text of texts) expect(text).not.toContain('0317');
    expect(texts[0]).not.toContain('session-');
    expect(texts[1]).not.toContain('session-');
    expect(texts[2]?.match(/session-\w+/g)).toEqual(['session-5']);
  });

  it('of a kiosk tells only the troubles of its place', async () => {
    const stream = await add('ticket-kiosk', { place: '大门口' }).open();
    const words = (text: string) => ({ 'zh-CN': text, en: text });
    feed.show({
      troubles: [
        { at: '大门口', text: words('here') },
        { at: 'my-ticket-kiosk', text: words('itself') },
        { at: 'board-5', text: words('elsewhere') },
        { at: null, text: words('nowhere') },
      ],
    });
    expect(stream.last('state').troubles).toEqual([words('here'), words('itself')]);
  });

  it('that cannot be made is told, and whoever changed something goes on', async () => {
    const stream = await add('hall-display').open();
    const other = await add('window-page', { window: '5' }).open();
    expect(() => feed.show({ calls: null as never, troubles: [] })).not.toThrow();
    const sent = other.sent.length;
    feed.show({ calls: [], windows: [] });
    expect(stream.last('state')).toMatchObject({ calls: [] });
    expect(other.sent.length).toBeGreaterThan(sent);
  });

  it('knows its time where the clock is not to be trusted: none', async () => {
    pages = new Pages({ feed, actions, clock, log: silentLog, localMinutes: () => null });
    expect((await add('hall-display').open()).last('time')).toEqual({ minutes: null });
  });
});

describe('what a kiosk asks for', () => {
  it('is done once for one touch, whatever becomes of the answer', async () => {
    const { post } = add('ticket-kiosk');
    const [first, second] = await Promise.all([post('/issue', issue()), post('/issue', issue())]);
    expect(first).toEqual(second);
    expect(first.answer).toMatchObject({ ok: true, number: 'A024', ahead: 12 });
    expect(actions.issued).toHaveLength(1);
    expect((await post('/issue', issue({ queue: 'tax' }))).status).toBe(400);
    expect(actions.issued).toHaveLength(1);
  });

  it.each<[string, object, unknown?]>([
    ['no id', { id: '' }],
    ['an id without end', { id: 'x'.repeat(65) }],
    ['a queue that is not offered', { queue: 'secret' }],
    ['a queue of the prototype', { queue: '__proto__' }],
    ['a priority that is none', { priority: 'yes' }],
    ['one matter twice', {}, ['general']],
    ['no list of matters', {}, 'tax'],
    ['a matter that is no name', {}, [{}]],
  ])('makes no sense with %s', async (_, wrong, onward) => {
    const { post } = add('ticket-kiosk', { options: { queues: ['general', 'tax'] } });
    expect((await post('/issue', issue(wrong, onward))).status).toBe(400);
    expect(actions.issued).toEqual([]);
  });

  it('is only what it offers, in its own order', async () => {
    const { post, open } = add('ticket-kiosk', { options: { queues: ['tax', 'gone', 'general'] } });
    const { queues } = (await open()).last('state') as { queues: { queue: string }[] };
    expect(queues.map(({ queue }) => queue)).toEqual(['tax', 'general']);
    expect((await post('/issue', issue({ queue: 'social' }))).status).toBe(400);
  });

  it('is refused where it is more than people can touch', async () => {
    const { post } = add('ticket-kiosk');
    const answers = [];
    for (let at = 0; at < 32; at++) answers.push((await post('/issue', issue({ id: `touch-${at}` }))).answer);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(30);
    expect(answers.at(-1)).toMatchObject({ ok: false, code: 'kiosk.too-many' });
    await clock.advance(61_000);
    expect((await post('/issue', issue({ id: 'later' }))).answer.ok).toBe(true);
  });

  it('is read as far as it is asked for: what else came, however deep, is nothing', async () => {
    const { post } = add('ticket-kiosk');
    const more = JSON.parse(`{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as object;
    expect((await post('/issue', issue(more))).answer).toMatchObject({ ok: true });
    expect((await post('/issue', issue())).answer).toMatchObject({ ok: true });
    expect(actions.issued).toHaveLength(1);
  });

  it('goes to no other path', async () => {
    const { post } = add('ticket-kiosk');
    for (const path of ['/rate', '/toString', '/__proto__', '/constructor', '/']) {
      expect((await post(path, issue())).status).toBe(404);
    }
  });

  it('as help stands until somebody helped, or for ten minutes', async () => {
    const { post, open } = add('ticket-kiosk');
    const stream = await open();
    await post('/help', { wanted: true });
    await post('/help', { wanted: true });
    expect(help).toEqual([true]);
    expect(stream.last('state').helpWanted).toBe(true);
    await post('/help', { wanted: false });
    expect(help).toEqual([true, false]);
    await post('/help', { wanted: true });
    await clock.advance(600_000);
    expect(help).toEqual([true, false, true, false]);
    expect(stream.last('state').helpWanted).toBe(false);
    expect((await post('/help', { wanted: 1 })).status).toBe(400);
  });
});

describe('a rating', () => {
  const rate = (more: object = {}) => ({ id: 'r1', session: 's1', level: 1, reasons: ['slow'], ...more });

  it('is handed on once, with its session', async () => {
    const { post } = add('rating-page', { window: '5' });
    await Promise.all([post('/rate', rate()), post('/rate', rate())]);
    expect(actions.rated).toEqual([
      { device: 'my-rating-page', window: '5', session: 's1', level: 1, reasons: ['slow'] },
    ]);
  });

  it.each([
    ['no level', { level: 6 }],
    ['half a level', { level: 4.5 }],
    ['a level in words', { level: '5' }],
    ['a reason that nobody knows', { reasons: ['other'] }],
    ['a reason of other levels', { level: 5 }],
    ['no session', { session: '' }],
  ])('makes no sense with %s', async (_, wrong) => {
    const { post } = add('rating-page', { window: '5' });
    expect((await post('/rate', rate(wrong))).status).toBe(400);
    expect(actions.rated).toEqual([]);
  });
});
