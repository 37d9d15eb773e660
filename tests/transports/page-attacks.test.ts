import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PageServer } from '../../src/transports/ports-page.js';
import { ask, Bench, EchoPage, listen, pause, raw, type Said, until } from './page-bench.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.stop());

const first = 'first-token-0123456789';
const second = 'second-token-0123456789';
const third = 'third-token-0123456789';

const hostOf = (server: PageServer) => new URL(server.url as string).host;
const cookieOf = (said: Pick<Said, 'headers'>) => said.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
const statusesOf = (text: string) => [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => match[1]);

/** Headers by which the server takes a POST, as text. */
async function postHeaders(server: PageServer, page: EchoPage): Promise<string> {
  await ask(server, `/${page.name}/`);
  const { postToken } = page.requests.at(-1)!;
  page.requests.length = 0;
  return [
    `Host: ${hostOf(server)}`,
    `Origin: ${server.url}`,
    `X-Hallward-Page: ${postToken}`,
    'Content-Type: application/json',
    '',
  ].join('\r\n');
}

async function served(options: Parameters<Bench['start']>[0] = {}) {
  const server = await bench.start(options);
  const page = new EchoPage();
  server.serve(page);
  return { server, page };
}

describe('two requests in one (smuggling)', () => {
  const hidden = (host: string) => `GET /screen/hidden HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  it.each<[string, (host: string) => string]>([
    [
      'a length and chunks',
      (h) => `Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden(h)}`,
    ],
    [
      'chunks and a length',
      (h) => `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${hidden(h)}`,
    ],
    ['two lengths', (h) => `Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${hidden(h)}`],
    ['the same length twice', (h) => `Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${hidden(h)}`],
    ['a list of lengths', (h) => `Content-Length: 2, 2\r\n\r\n{}${hidden(h)}`],
    ['a length with a sign', (h) => `Content-Length: +2\r\n\r\n{}${hidden(h)}`],
    ['a length beyond all numbers', (h) => `Content-Length: 99999999999999999999\r\n\r\n{}${hidden(h)}`],
    [
      'chunks by a wrong name',
      (h) => `Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}${hidden(h)}`,
    ],
    [
      'chunks that are not last',
      (h) => `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden(h)}`,
    ],
    ['a blank before the colon', (h) => `Content-Length : 2\r\n\r\n{}${hidden(h)}`],
    ['a folded header', (h) => `Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden(h)}`],
    ['a NUL', (h) => `Content-Length: 2\0\r\n\r\n{}${hidden(h)}`],
    [
      'chunks with endless extensions',
      () => `Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(30_000)}\r\n{}\r\n0\r\n\r\n`,
    ],
    [
      'endless trailers',
      () => `Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n${'A: b\r\n'.repeat(10_000)}\r\n`,
    ],
  ])('by %s reach no page', async (_, rest) => {
    const { server, page } = await served();
    const head = await postHeaders(server, page);
    const text = await raw(server, `POST /screen/do HTTP/1.1\r\n${head}${rest(hostOf(server))}`);
    expect(page.requests).toEqual([]);
    expect(statusesOf(text)).toHaveLength(1);
    expect(statusesOf(text)[0]).toMatch(/^4/);
    expect((await ask(server, '/screen/')).status).toBe(200);
  });

  it.each([
    ['bare line feeds', (host: string) => `GET /screen/ HTTP/1.1\nHost: ${host}\n\n`],
    ['bare returns', (host: string) => `GET /screen/ HTTP/1.1\rHost: ${host}\r\r`],
    ['a folded host', (host: string) => `GET /screen/ HTTP/1.1\r\nHost: ${host}\r\n evil.example\r\n\r\n`],
    ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('are not heard by %s', async (_, bytes) => {
    const { server, page } = await served();
    expect(statusesOf(await raw(server, bytes(hostOf(server))))).toEqual(['400']);
    expect(page.requests).toEqual([]);
  });

  it.each([
    'Host: evil.example',
    'Origin: http://evil.example',
    'X-Hallward-Page: x',
    'Content-Type: text/plain',
    'Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site',
    'Authorization: Bearer a\r\nAuthorization: Bearer b',
  ])('a header that decides, twice, is refused: %s', async (twice) => {
    const { server, page } = await served();
    const head = await postHeaders(server, page);
    const text = await raw(
      server,
      `POST /screen/do HTTP/1.1\r\n${head}${twice}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    expect(statusesOf(text)).toEqual(['400']);
    expect(page.requests).toEqual([]);
  });
});

describe('other methods', () => {
  it.each(['HEAD', 'OPTIONS', 'PUT', 'PROPFIND', 'MKCOL', 'LOCK', 'REPORT', 'PURGE'])(
    '%s gets nothing',
    async (method) => {
      const { server, page } = await served();
      expect((await ask(server, '/screen/', { method })).status).toBe(405);
      expect(page.requests).toEqual([]);
    },
  );

  it('TRACE repeats no cookie, CONNECT leads nowhere', async () => {
    const { server, page } = await served();
    const host = hostOf(server);
    const traced = await raw(server, `TRACE /screen/ HTTP/1.1\r\nHost: ${host}\r\nCookie: secret=1\r\n\r\n`);
    expect(traced).not.toContain('secret');
    expect(statusesOf(traced)).toEqual(['405']);
    expect(await raw(server, `CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toBe('');
    expect(page.requests).toEqual([]);
  });

  it('a GET stays one whatever it asks to be taken for', async () => {
    const { server, page } = await served();
    const headers = {
      'X-HTTP-Method-Override': 'POST',
      'X-HTTP-Method': 'POST',
      'X-Method-Override': 'POST',
    };
    await ask(server, '/screen/do?_method=POST', { headers });
    expect(page.requests).toMatchObject([{ method: 'GET', body: {} }]);
  });

  it('a question before a foreign POST (CORS) is answered no, without a word of permission', async () => {
    const { server } = await served();
    const said = await ask(server, '/screen/do', {
      method: 'OPTIONS',
      headers: {
        Origin: 'http://evil.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'x-hallward-page,content-type',
        'Access-Control-Request-Private-Network': 'true',
      },
    });
    expect(said.status).toBe(405);
    expect(Object.keys(said.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('another origin', () => {
  it.each(['http://evil.example', 'null', 'https://127.0.0.1:1', 'file://', 'chrome-extension://127.0.0.1'])(
    '%s opens no stream, also where the browser says nothing else of itself',
    async (origin) => {
      const { server, page } = await served();
      expect((await ask(server, '/screen/events', { headers: { Origin: origin } })).status).toBe(403);
      expect(page.streams).toEqual([]);
    },
  );

  it('gets no WebSocket', async () => {
    const { server, page } = await served();
    const text = await raw(
      server,
      `GET /screen/events HTTP/1.1\r\nHost: ${hostOf(server)}\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    expect(statusesOf(text)).toEqual(['403']);
    expect(page.requests).toEqual([]);
  });
});

describe('every answer', () => {
  it('carries the headers that keep a page what it is, and can’t be kept by anybody', async () => {
    const { server, page } = await served({ limits: { bodyBytes: 100 } });
    const locked = await bench.start({ tokenFile: bench.file('token', first) });
    locked.serve(new EchoPage());
    const head = await postHeaders(server, page);
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .filter((line) => line !== '')
        .map((line) => line.split(': ') as [string, string]),
    );
    const stream = listen(server, '/screen/events');
    await until(() => stream.status === 200);
    const answers: [number, Pick<Said, 'status' | 'headers'>][] = [
      [200, await ask(server, '/screen/')],
      [200, stream],
      [308, await ask(server, '/screen')],
      [303, await ask(locked, `/screen/?token=${first}`)],
      [401, await ask(locked, '/screen/')],
      [403, await ask(server, '/screen/', { headers: { Host: 'evil.example' } })],
      [404, await ask(server, '/other/')],
      [404, await ask(server, '/screen/alive?stream=x')],
      [405, await ask(server, '/screen/', { method: 'PUT' })],
      [413, await ask(server, '/screen/do', { method: 'POST', headers, body: `{"a":"${'x'.repeat(200)}"}` })],
      [500, await ask(server, '/screen/fail')],
    ];
    for (const [status, said] of answers) {
      expect(said.status).toBe(status);
      expect(said.headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(said.headers['permissions-policy']).toContain('camera=()');
      const policy = said.headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("form-action 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(said.headers['x-powered-by'] ?? said.headers.server).toBeUndefined();
    }
    const policy = answers[0]![1].headers['content-security-policy'];
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
    stream.end();
  });

  it('leads nowhere but to the page itself', async () => {
    const { server } = await served({ tokenFile: bench.file('token', first) });
    const host = hostOf(server);
    for (const target of [
      '//evil.example/screen',
      '/\\evil.example',
      '/screen?next=//evil.example',
      '/screen?a=%0d%0aSet-Cookie:%20x=1',
      `/screen?token=${first}`,
      `/screen/?token=${first}&next=http://evil.example`,
      '/%2f%2fevil.example',
      '/screen;/evil',
      '/.//evil.example/',
    ]) {
      const text = await raw(server, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      const location = /^Location: (.*)\r$/im.exec(text)?.[1];
      if (location !== undefined) expect(location).toMatch(/^\/screen\/(\?[\x21-\x7e]*)?$/);
      expect(text).not.toMatch(/^Set-Cookie: x=1/im);
      expect(statusesOf(text)).toHaveLength(1);
    }
  });

  it('is whole, whatever part of it was asked for', async () => {
    const { server } = await served();
    const said = await ask(server, '/screen/', { headers: { Range: `bytes=${'0-,'.repeat(500)}0-` } });
    expect(said.status).toBe(200);
    expect(said.headers['content-range']).toBeUndefined();
    expect(said.body.length).toBeLessThan(1_000);
  });

  it('has no token in it, nor has the log', async () => {
    const tokenFile = bench.file('token', `${first}\n${second}\n`);
    const { server } = await served({ tokenFile });
    const seen: string[] = [];
    const told = async (path: string, headers: Record<string, string> = {}) => {
      const said = await ask(server, path, { headers });
      seen.push(JSON.stringify(said.headers), said.body);
      return said;
    };
    const Cookie = cookieOf(await told(`/screen/?token=${first}`));
    await told(`/screen/?token=${second}`);
    await told(`/screen/?token=${third}`);
    await told('/screen/', { Cookie });
    await told('/screen/fail', { Cookie });
    await told('/screen/', { Authorization: `Bearer ${third}` });
    writeFileSync(tokenFile, `${third}\n`);
    await bench.clock.advance(61_000);
    await told('/screen/', { Cookie });
    for (const secret of [first, second, third]) {
      for (const text of seen) expect(text).not.toContain(secret);
      expect(bench.log.text).not.toContain(secret);
    }
  });
});

describe('a path', () => {
  it.each([
    '/screen/../../etc/passwd',
    '/screen/%2e%2e/%2e%2e/etc/passwd',
    '/screen/%252e%252e/',
    '/screen/..%2f..%2fetc',
    '/screen/....//',
    '/screen/.',
    '/screen/a/../b',
    '/screen/%00',
    '/screen/a%00.js',
    '/screen\\..\\',
    '/screen/%c0%ae%c0%ae/',
    '/ｓcreen/',
    '/screen/é',
    '/__proto__/',
    '/constructor/',
    '/screen/asset/%2e%2e',
  ])('%s reaches no page', async (path) => {
    const { server, page } = await served();
    const bytes = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(statusesOf(await raw(server, bytes))[0]).toMatch(/^40[04]$/);
    expect(page.requests).toEqual([]);
  });
});

describe('a body', () => {
  const post = async (body: string | Buffer, more: Record<string, string> = {}) => {
    const { server, page } = await served();
    const head =
      (await postHeaders(server, page)) +
      Object.entries(more)
        .map(([k, v]) => `${k}: ${v}\r\n`)
        .join('');
    const start = `POST /screen/do HTTP/1.1\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
    const text = await raw(server, Buffer.concat([Buffer.from(start), Buffer.from(body)]));
    return { text, page, server };
  };

  it('that is compressed is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, '['));
    const { text, page } = await post(bomb, { 'Content-Encoding': 'gzip' });
    expect(statusesOf(text)).toEqual(['400']);
    expect(page.requests).toEqual([]);
  });

  it('nested as deep as it may be long ends nothing', async () => {
    const { text, page, server } = await post(`{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`);
    expect(statusesOf(text)[0]).toMatch(/^[245]/);
    expect(page.requests.length).toBeLessThanOrEqual(1);
    expect((await ask(server, '/screen/')).status).toBe(200);
  });

  it('with the names of the prototype changes nothing but itself', async () => {
    const { text, page } = await post(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    expect(statusesOf(text)).toEqual(['200']);
    expect(page.requests).toHaveLength(1);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect((page.requests[0]!.body as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('a token', () => {
  it('that was taken out of the file takes nothing any more, from the next second on, and ends its streams', async () => {
    const own = bench.file('own', first);
    const server = await bench.start({ tokenFile: bench.file('server', second) });
    const page = new EchoPage('kiosk', own);
    server.serve(page);
    const Cookie = cookieOf(await ask(server, `/kiosk/?token=${first}`));
    await ask(server, '/kiosk/', { headers: { Cookie } });
    const headers = {
      Cookie,
      Origin: server.url as string,
      'Content-Type': 'application/json',
      'X-Hallward-Page': page.requests.at(-1)!.postToken,
    };
    const post = async () => (await ask(server, '/kiosk/do', { method: 'POST', headers, body: '{}' })).status;
    const screen = listen(server, '/kiosk/events', { Cookie });
    await until(() => screen.status === 200);
    // Below the new one, the old one still counts.
    writeFileSync(own, `${third}\n${first}\n`);
    await bench.clock.advance(1_000);
    expect(await post()).toBe(200);
    writeFileSync(own, `${third}\n`);
    await bench.clock.advance(1_000);
    expect(await post()).toBe(401);
    await bench.clock.advance(5_000);
    await until(() => screen.ended);
    expect((await ask(server, '/kiosk/events', { headers: { Cookie } })).status).toBe(401);
    expect((await ask(server, `/kiosk/?token=${first}`)).status).toBe(401);
    expect((await ask(server, `/kiosk/?token=${third}`)).status).toBe(303);
    expect(bench.log.text).toContain('a token file has changed');
  });

  it('is found among cookies that others have added, and is not taken away for theirs', async () => {
    const { server } = await served({ tokenFile: bench.file('token', first) });
    const good = cookieOf(await ask(server, `/screen/?token=${first}`));
    const wrong = `hallward_page=${'x'.repeat(43)}`;
    for (const Cookie of [`${wrong}; ${good}`, `${good}; ${wrong}`, `a; =; ${wrong}; ${good};`]) {
      expect((await ask(server, '/screen/', { headers: { Cookie } })).status).toBe(200);
    }
    const many = `${`${wrong}; `.repeat(50)}${good}`;
    expect((await ask(server, '/screen/', { headers: { Cookie: many } })).status).toBe(401);
  });

  it('opens nothing where it stands anywhere but in the page’s own address', async () => {
    const { server, page } = await served({ tokenFile: bench.file('token', first) });
    for (const path of ['/screen/events', '/screen/alive', '/screen/x', '/']) {
      const { status } = await ask(server, `${path}?token=${first}`);
      expect(status).toBeGreaterThanOrEqual(400);
    }
    expect(page.requests).toEqual([]);
  });

  it('in a file that everybody may read is told with what mends it', async () => {
    const tokenFile = bench.file('token', first);
    const { server } = await served({ tokenFile });
    expect((await ask(server, `/screen/?token=${first}`)).status).toBe(303);
    expect(bench.log.text).not.toContain('chmod');
    chmodSync(tokenFile, 0o644);
    for (let look = 0; look < 3; look++) {
      await bench.clock.advance(1_000);
      expect((await ask(server, `/screen/?token=${first}`)).status).toBe(303);
    }
    expect(bench.log.text.match(/chmod 600/g)).toHaveLength(1);
  });

  it('is not waited for where its file is a pipe', async () => {
    const pipe = join(dirname(bench.file('token', first)), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { server } = await served({ tokenFile: pipe });
    expect((await ask(server, `/screen/?token=${first}`)).status).toBe(503);
  });
});

describe('a flood', () => {
  it('of connections by whoever has no token leaves screens alone, and lets new ones in', async () => {
    const { server, page } = await served({
      tokenFile: bench.file('token', first),
      limits: { connections: 32, burst: 1_000 },
    });
    const Cookie = cookieOf(await ask(server, `/screen/?token=${first}`));
    const screen = listen(server, '/screen/events', { Cookie });
    await until(() => screen.status === 200);
    const url = new URL(server.url as string);
    const sockets = new Set<ReturnType<typeof connect>>();
    const knock = () => {
      const socket = connect(Number(url.port), url.hostname, () =>
        socket.write('GET /screen/ HTTP/1.1\r\nHost: lo'),
      );
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => void sockets.delete(socket))
        .resume();
    };
    for (let wave = 0; wave < 50; wave++) {
      for (let at = 0; at < 100; at++) knock();
      await pause(2);
      if (wave % 10 === 9) {
        // Full of strangers: a screen gets in all the same.
        await until(() => sockets.size <= 32);
        expect((await ask(server, '/screen/', { headers: { Cookie } })).status).toBe(200);
      }
    }
    expect(screen.ended).toBe(false);
    page.streams[0]!.send('state', '1');
    await until(() => screen.heard.some(({ event }) => event === 'state'));
    await bench.clock.advance(60_000);
    expect(bench.log.text).toMatch(/"connections":\d{3,}/);
    for (const socket of sockets) socket.destroy();
    screen.end();
  }, 30_000);

  it('of screens fills the house, and nobody who is in is put out', async () => {
    const { server } = await served({ limits: { connections: 8 } });
    const screens = Array.from({ length: 8 }, () => listen(server, '/screen/events'));
    await until(() => screens.every(({ status }) => status === 200));
    await expect(ask(server, '/screen/')).rejects.toThrow();
    expect(screens.some(({ ended }) => ended)).toBe(false);
    for (const screen of screens) screen.end();
  });

  it('of requests in one go is limited like any other', async () => {
    const { server, page } = await served({ limits: { burst: 20, requestsPerSecond: 1 } });
    const one = `GET /screen/ HTTP/1.1\r\nHost: ${hostOf(server)}\r\n\r\n`;
    await raw(server, one.repeat(5_000));
    expect(page.requests).toHaveLength(20);
  });

  it('of failures is told a few times, and counted', async () => {
    const { server } = await served({ limits: { burst: 1_000 } });
    for (let at = 0; at < 40; at++) await ask(server, '/screen/fail');
    expect(bench.log.text.match(/a mistake in a page/g)).toHaveLength(5);
    await bench.clock.advance(60_000);
    expect(bench.log.text).toContain('"failed":35');
  });

  it('of a body that nobody waits for is cut off', async () => {
    const { server, page } = await served();
    const url = new URL(server.url as string);
    const head = `POST /screen/do HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 10000000000\r\n\r\n`;
    let sentBytes = 0;
    await new Promise<void>((resolve) => {
      const socket = connect(Number(url.port), url.hostname, () => {
        socket.write(head);
        const more = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) sentBytes += 65_536;
        };
        socket.on('drain', more);
        more();
      });
      socket.on('error', () => {}).on('close', () => resolve());
      socket.resume();
    });
    expect(sentBytes).toBeLessThan(100_000_000);
    expect(page.requests).toEqual([]);
  });
});
