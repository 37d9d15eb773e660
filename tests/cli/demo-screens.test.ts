/** The demo's screens, with a page server at the other end that is written from literal bytes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type HallScreens, startScreens } from '../../src/cli/demo/screens.js';
import { systemClock } from '../../src/kernel/clock.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

interface Got {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function hall(pages = ['display', 'rating']) {
  const got: Got[] = [];
  const streams = new Map<string, ServerResponse>();
  const answers = { status: 200 };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      got.push({ method, url, headers, body });
      if (!url.endsWith('/events') || answers.status !== 200) {
        response.writeHead(url.endsWith('/events') ? answers.status : 204).end();
        return;
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('retry: 1000\n\n');
      streams.set(url.split('/')[1] ?? '', response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clock = systemClock();
  const screens: HallScreens = startScreens(port, clock, { pages, rating: 'rating' });
  ends.push(() => {
    screens.close();
    server.close();
    server.closeAllConnections();
  });
  const until = (what: () => unknown) => expect.poll(what);
  const posts = () => got.filter(({ method }) => method === 'POST');
  return { got, posts, streams, answers, screens, port, clock, until };
}

describe('the screens of the demo', () => {
  it('open each its page, and answer every beat with its stream', async () => {
    const { got, streams, screens, until } = await hall();
    await until(() => screens.open).toBe(2);
    expect(got.map(({ url }) => url).sort()).toEqual(['/display/events', '/rating/events']);
    // Cut in the middle, as a socket may.
    streams.get('display')?.write('event: beat\ndata: {"stream":"a+');
    await new Promise((resolve) => setTimeout(resolve, 50));
    streams.get('display')?.write('b"}\n\nevent: beat\ndata: {"stream":"c"}\n\n');
    await until(() => got.map(({ url }) => url)).toEqual(
      expect.arrayContaining(['/display/alive?stream=a%2Bb', '/display/alive?stream=c']),
    );
  });

  it('rate on the rating page while it asks, once for each touch, as a browser would', async () => {
    const { posts, streams, screens, port, until } = await hall();
    await until(() => streams.size).toBe(2);
    screens.rate(5);
    const page = streams.get('rating');
    page?.write('event: hello\ndata: {"build":"b","postToken":"secret"}\n\n');
    page?.write('event: state\ndata: {"session":null}\n\n');
    page?.write('event: state\ndata: {"session":"s-1"}\n\n');
    await until(() => {
      if (posts().length === 0) screens.rate(4);
      return posts().length;
    }).toBe(1);
    const [post] = posts();
    expect(post?.url).toBe('/rating/rate');
    expect(post?.headers).toMatchObject({
      origin: `http://127.0.0.1:${port}`,
      'x-hallward-page': 'secret',
      'content-type': 'application/json',
    });
    expect(JSON.parse(post?.body ?? '')).toEqual({
      id: expect.any(String),
      session: 's-1',
      level: 4,
      reasons: [],
    });
    page?.write('event: state\ndata: {"session":null}\n\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    screens.rate(5);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(posts()).toHaveLength(1);
  });

  it('come again when they were cut off or refused, take no garbage, and leave nothing when switched off', async () => {
    const { got, streams, answers, screens, clock, until } = await hall(['display']);
    await until(() => screens.open).toBe(1);
    for (const text of ['event: state\ndata: {"ses\n\n', ': \n\n', 'event: beat\n\n', 'data: []\n\n\n\n']) {
      streams.get('display')?.write(text);
    }
    answers.status = 503;
    streams.get('display')?.destroy();
    await until(() => screens.open).toBe(0);
    await until(() => got.filter(({ url }) => url === '/display/events').length).toBeGreaterThan(2);
    expect(screens.open).toBe(0);
    answers.status = 200;
    await until(() => screens.open).toBe(1);
    // Endless text without an end of an event.
    const before = got.length;
    const page = streams.get('display');
    page?.on('error', () => {});
    for (let part = 0; part < 24; part++) page?.write('x'.repeat(65_536));
    await until(() => got.slice(before).map(({ url }) => url)).toContain('/display/events');
    screens.close();
    await until(() => screens.open).toBe(0);
    expect(clock.pending()).toEqual([]);
  });
});
