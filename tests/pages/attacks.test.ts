/** A real browser that was led astray: what another site, a hostile text or a stolen look can do to a hall's pages. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  chromiumPath,
  type HallWithPages,
  hallWithPages,
  morning,
  openPage,
  startBrowser,
} from './support.js';

const tablet = { width: 1080, height: 1920 };
const token = 'kiosk-token-0123456789';

/** A site of somebody else's: an empty page, and all that it was asked. */
class EvilSite {
  readonly asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  #server: Server | undefined;

  async start(): Promise<number> {
    this.#server = createServer((request, response) => {
      this.asked.push({ url: request.url ?? '', headers: request.headers });
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><title>evil</title><body></body>');
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): Promise<void> {
    this.#server?.closeAllConnections();
    return new Promise((resolve) => void this.#server?.close(() => resolve()));
  }
}

describe.skipIf(chromiumPath === undefined)('in a browser', () => {
  let browser: Browser;
  let site: EvilSite;
  let sitePort: number;
  let hall: HallWithPages;
  let contexts: BrowserContext[];
  let folder: string;
  beforeAll(async () => {
    // A name of another site that leads to this machine, as in DNS rebinding.
    browser = await startBrowser(['--host-resolver-rules=MAP evil.example 127.0.0.1']);
    site = new EvilSite();
    sitePort = await site.start();
    folder = mkdtempSync(join(tmpdir(), 'hallward-attacks-'));
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    contexts = [];
    site.asked.length = 0;
  });
  afterEach(async () => {
    for (const context of contexts) await context.close();
    await hall?.close();
  });

  async function open(url: string, context?: BrowserContext) {
    if (context !== undefined) {
      const page = await context.newPage();
      await page.goto(url);
      return { page, errors: [] as string[] };
    }
    const opened = await openPage(browser, url, tablet);
    contexts.push(opened.context);
    return opened;
  }

  /** Everything that a script of another origin can try. Resolves with what it could read. */
  const attack = (page: Page, target: string) =>
    page.evaluate(async (url) => {
      const read: string[] = [];
      const ask = JSON.stringify({ id: 'evil', queue: 'general', priority: false, onward: [] });
      const rate = JSON.stringify({ id: 'evil', session: 's1', level: 1, reasons: [] });
      const posts: [string, string][] = [
        [`${url}/ticket-kiosk/issue`, ask],
        [`${url}/ticket-kiosk/help`, '{"wanted":true}'],
        [`${url}/rating-page/rate`, rate],
      ];
      const modes: RequestInit[] = [
        { mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } },
        { mode: 'cors', headers: { 'Content-Type': 'text/plain' } },
        { mode: 'cors', headers: { 'Content-Type': 'application/json' } },
        { mode: 'cors', headers: { 'Content-Type': 'application/json', 'X-Hallward-Page': 'x'.repeat(43) } },
      ];
      for (const [address, body] of posts) {
        for (const mode of modes) {
          await fetch(address, { method: 'POST', credentials: 'include', body, ...mode })
            .then(async (answer) => read.push(await answer.text()))
            .catch(() => {});
        }
        navigator.sendBeacon(address, new Blob([body], { type: 'text/plain' }));
        navigator.sendBeacon(address, body);
        const frame = document.createElement('iframe');
        frame.name = `f${Math.random()}`;
        document.body.append(frame);
        for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
          const form = document.createElement('form');
          Object.assign(form, { action: address, method: 'POST', enctype, target: frame.name });
          const field = document.createElement('input');
          // With text/plain the body becomes JSON: {"id":…,"x":"="}
          Object.assign(field, { name: `${body.slice(0, -1)},"x":"`, value: '"}' });
          form.append(field);
          document.body.append(form);
          form.submit();
        }
        await new Promise<void>((resolve) => {
          const image = new Image();
          image.onload = () => {
            read.push('an image');
            resolve();
          };
          image.onerror = () => resolve();
          image.src = `${address}?${new URLSearchParams({ body })}`;
        });
      }
      for (const path of ['ticket-kiosk/', 'rating-page/events', 'hall-display/events']) {
        await fetch(`${url}/${path}`, { credentials: 'include' })
          .then(async (answer) => read.push(await answer.text()))
          .catch(() => {});
      }
      await new Promise<void>((resolve) => {
        const script = document.createElement('script');
        script.onload = () => {
          read.push('a script');
          resolve();
        };
        script.onerror = () => resolve();
        script.src = `${url}/ticket-kiosk/asset/0000000000000000/ticket-kiosk.js`;
        document.body.append(script);
      });
      for (const path of ['ticket-kiosk/events', 'rating-page/events', 'hall-display/events']) {
        await new Promise<void>((resolve) => {
          const source = new EventSource(`${url}/${path}`, { withCredentials: true });
          source.onopen = () => {
            read.push('a stream');
            resolve();
          };
          source.onerror = () => {
            source.close();
            resolve();
          };
        });
        await new Promise<void>((resolve) => {
          const socket = new WebSocket(`${url.replace('http', 'ws')}/${path}`);
          socket.onopen = () => {
            read.push('a socket');
            resolve();
          };
          socket.onerror = () => resolve();
        });
      }
      return read;
    }, target);

  function expectNothingDone(): void {
    expect(hall.actions.issued).toEqual([]);
    expect(hall.actions.rated).toEqual([]);
    expect(hall.shown['ticket-kiosk']?.help).toEqual([]);
  }

  it.each<[string, (port: number) => string, boolean]>([
    ['another site', (port) => `http://evil.example:${port}/`, false],
    ['another site, with the screen’s cookie in the browser', (port) => `http://evil.example:${port}/`, true],
    ['another program of the same board', (port) => `http://127.0.0.1:${port}/`, false],
    ['another program of the same board, with the cookie', (port) => `http://127.0.0.1:${port}/`, true],
  ])(
    '%s changes nothing, reads nothing and keeps no stream',
    async (_, address, withToken) => {
      hall = await hallWithPages(0, {}, withToken ? join(folder, 'token') : null);
      hall.feed.show({ windows: morning.windows.map((one) => ({ ...one, ratingSession: 's1' })) });
      const kiosk = await open(`${hall.url}/ticket-kiosk/${withToken ? `?token=${token}` : ''}`);
      await kiosk.page.waitForSelector('.queues button');
      const before = JSON.stringify(hall.shown);
      const { page } = await open(address(sitePort), kiosk.page.context());
      expect(await attack(page, hall.url)).toEqual([]);
      expectNothingDone();
      expect(JSON.stringify(hall.shown)).toBe(before);
      // What the page itself asks for is done all the same.
      await kiosk.page.click('.queues button >> nth=0');
      await kiosk.page.waitForSelector('.number');
      expect(hall.actions.issued).toHaveLength(1);
    },
    60_000,
  );

  it('a page without an origin (a sandboxed frame, a data address) changes nothing', async () => {
    hall = await hallWithPages();
    const { page } = await open(`http://evil.example:${sitePort}/`);
    await page.evaluate(async (url) => {
      const body = JSON.stringify({ id: 'evil', queue: 'general', priority: false, onward: [] });
      const script = `Promise.allSettled([
        fetch('${url}/ticket-kiosk/issue', {method: 'POST', mode: 'no-cors', body: ${JSON.stringify(body)}}),
        fetch('${url}/ticket-kiosk/issue', {method: 'POST', body: ${JSON.stringify(body)}, headers: {'Content-Type': 'application/json'}}),
        new Promise((resolve) => { const s = new EventSource('${url}/ticket-kiosk/events'); s.onopen = s.onerror = resolve; }),
      ]).then(() => parent.postMessage('done', '*'))`;
      const done = new Promise((resolve) => addEventListener('message', resolve, { once: true }));
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', 'allow-scripts');
      frame.srcdoc = `<script>${script}</script>`;
      document.body.append(frame);
      await done;
    }, hall.url);
    expectNothingDone();
    expect(hall.shown['ticket-kiosk']?.screens).toEqual([]);
  });

  it('a foreign name that was made to lead here (DNS rebinding) is not served', async () => {
    hall = await hallWithPages();
    const { page } = await open('about:blank');
    const answer = await page.goto(`http://evil.example:${hall.port}/ticket-kiosk/`);
    expect(answer?.status()).toBe(403);
    const read = await page.evaluate(async () => {
      const answers = [];
      for (const path of ['/ticket-kiosk/', '/ticket-kiosk/alive', '/', '/rating-page/events'])
        answers.push((await fetch(path).catch(() => undefined))?.status);
      return answers;
    });
    // The policy of the refusal lets its page fetch nothing at all.
    expect(read).toEqual([undefined, undefined, undefined, undefined]);
    expectNothingDone();
  });

  it.each(['ticket-kiosk', 'rating-page'])(
    'the %s stands in nobody’s frame',
    async (kind) => {
      hall = await hallWithPages();
      for (const address of [`http://evil.example:${sitePort}/`, `http://127.0.0.1:${sitePort}/`]) {
        const { page } = await open(address);
        for (const tag of ['iframe', 'embed', 'object']) {
          await page.evaluate(
            async ([name, url]) => {
              const frame = document.createElement(name as 'iframe');
              const over = new Promise((resolve) => {
                frame.onload = resolve;
                frame.onerror = resolve;
                setTimeout(resolve, 1_000);
              });
              frame.setAttribute(name === 'object' ? 'data' : 'src', url as string);
              document.body.append(frame);
              await over;
            },
            [tag, `${hall.url}/${kind}/`],
          );
        }
        for (const frame of page.frames()) {
          // One that was refused may be gone already.
          const shown = await frame.$$eval('button, main', (all) => all.length).catch(() => 0);
          expect(shown).toBe(0);
        }
      }
      expect(hall.shown[kind]?.screens).toEqual([]);
    },
    30_000,
  );

  it('a page opened by another site can’t be looked into', async () => {
    hall = await hallWithPages();
    const { page } = await open(`http://evil.example:${sitePort}/`);
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate((url) => {
        (globalThis as { popup?: Window | null }).popup = globalThis.open(url);
      }, `${hall.url}/ticket-kiosk/`),
    ]);
    await popup.waitForSelector('.queues button');
    const seen = await page.evaluate(() => {
      const { popup } = globalThis as { popup?: Window | null };
      try {
        return popup?.document?.body?.textContent ?? null;
      } catch {
        return null;
      }
    });
    expect(seen).toBeNull();
    expect(await popup.evaluate(() => opener === null)).toBe(true);
  });

  it('a token leaves the address at once: it is in no history, no referrer, and no script can read its cookie', async () => {
    hall = await hallWithPages(0, {}, join(folder, 'token'));
    const { page } = await open(`http://127.0.0.1:${sitePort}/`);
    await page.goto(`${hall.url}/ticket-kiosk/?token=${token}`);
    await page.waitForSelector('.queues button');
    expect(page.url()).toBe(`${hall.url}/ticket-kiosk/`);
    const known = await page.evaluate(() => ({
      cookie: document.cookie,
      referrer: document.referrer,
      entries: JSON.stringify(performance.getEntries()),
      html: document.documentElement.outerHTML,
      length: history.length,
    }));
    expect(known.cookie).toBe('');
    expect(known.referrer).toBe('');
    expect(known.entries + known.html).not.toContain(token);
    await page.goBack();
    expect(page.url()).toBe(`http://127.0.0.1:${sitePort}/`);
    await page.goForward();
    expect(page.url()).toBe(`${hall.url}/ticket-kiosk/`);
    // Whatever follows is not told where it was called from.
    await page.evaluate((url) => location.assign(url), `http://evil.example:${sitePort}/next`);
    await page.waitForURL('**/next');
    const next = site.asked.find(({ url }) => url === '/next');
    expect(next).toBeDefined();
    expect(next?.headers.referer).toBeUndefined();
    const cookies = await page.context().cookies(`${hall.url}/ticket-kiosk/`);
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/ticket-kiosk/' }]);
    expect(JSON.stringify(cookies)).not.toContain(token);
  });

  it('a script that got in could run no text, open no frame, and send nothing away', async () => {
    hall = await hallWithPages();
    const { page } = await open(`${hall.url}/rating-page/`);
    await page.waitForSelector('.rating');
    const done = await page.evaluate(async (elsewhere) => {
      const tried = async (name: string, run: () => unknown) => {
        try {
          await run();
          return name;
        } catch {
          return null;
        }
      };
      const inPage = (run: () => unknown) =>
        new Promise((resolve, reject) => {
          setTimeout(() => {
            try {
              resolve(run());
            } catch (error) {
              reject(error);
            }
          });
        });
      const all = [
        await tried('markup', () => {
          document.body.innerHTML = '<img src=x onerror=alert(1)>';
        }),
        await tried('inserted markup', () => document.body.insertAdjacentHTML('beforeend', '<b>x</b>')),
        await tried('text as code', () =>
          // In a turn of the page's own: what a debugger runs may do it.
          // biome-ignore lint/security/noGlobalEval: this is what must fail.
          inPage(() => globalThis.eval('1')),
        ),
        await tried('a function of text', () => inPage(() => new Function('return 1')())),
        await tried('a timer of text', () => setTimeout('globalThis.ran = true' as unknown as () => void, 0)),
        await tried('a script element', () => {
          const script = document.createElement('script');
          script.textContent = 'globalThis.ran = true';
          document.body.append(script);
        }),
        await tried('a policy', () =>
          (
            globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }
          ).trustedTypes.createPolicy('x', {}),
        ),
        await tried('a call elsewhere', () => fetch(elsewhere, { mode: 'no-cors' })),
      ];
      const image = new Image();
      image.src = `${elsewhere}image`;
      await new Promise((resolve) => {
        image.onload = resolve;
        image.onerror = resolve;
      });
      const handler = document.createElement('div');
      handler.setAttribute('style', 'color: red');
      const frame = document.createElement('iframe');
      frame.src = elsewhere;
      document.body.append(handler, frame);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { all, ran: (globalThis as { ran?: boolean }).ran ?? false };
    }, `http://evil.example:${sitePort}/`);
    expect(done.all.filter((name) => name !== null)).toEqual([]);
    expect(done.ran).toBe(false);
    expect(site.asked).toEqual([]);
  });
});

/** Texts that configuration, hub and staff can put on a page. */
const hostile = [
  '<img src=x onerror="globalThis.ran=1">',
  '<script>globalThis.ran=1</script>',
  '"><svg onload=globalThis.ran=1>',
  "'-globalThis.ran=1-'",
  '</title></style></noscript><iframe src=javascript:globalThis.ran=1>',
  '{{constructor.constructor("globalThis.ran=1")()}}',
  'javascript:globalThis.ran=1',
  '&lt;b&gt;\n\ndata: {"over":null}\r\nevent: hello\n\n',
  '\u202eabc\u2028\u2029\u0000',
  '测试'.repeat(20),
].map((text) => text.slice(0, 80));

describe.skipIf(chromiumPath === undefined)('a hostile text', () => {
  let browser: Browser;
  let hall: HallWithPages;
  let context: BrowserContext | undefined;
  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterAll(() => browser?.close());
  afterEach(async () => {
    await context?.close();
    await hall?.close();
  });

  /** Everything that a page shows is this text. */
  function showEverywhere(text: string): void {
    const both = { 'zh-CN': text, en: text };
    hall.feed.show({
      calls: morning.calls.map((call) => ({ ...call, number: text, windowLabel: text })),
      queues: morning.queues.map((queue) => ({ ...queue, label: text, matter: text, closed: null })),
      windows: morning.windows.map((window) => ({
        ...window,
        label: text,
        state: window.window === '3' ? ('paused' as const) : window.state,
        business: text,
        current: { number: text, matter: text, priority: true },
        next: { number: text, matter: text, priority: false },
        ratingSession: text,
      })),
      notices: [{ id: 'n1', text }],
      troubles: [
        { at: null, text: both },
        { at: 'ticket-kiosk', text: both },
      ],
      rating: {
        levels: [{ level: 1, label: text }],
        reasons: [{ code: 'slow', label: text, forLevels: [1] }],
      },
    } as Parameters<typeof hall.feed.show>[0]);
  }

  const foreignElements = (page: Page) =>
    page.$$eval(
      'script:not([src]), iframe, object, embed, img, style, base, form, [onerror], [onload]',
      (all) => all.map((one) => one.outerHTML.slice(0, 100)),
    );

  it.each(['hall-display', 'ticket-kiosk', 'rating-page', 'window-page'])(
    'is a text on the %s, wherever it stands',
    async (kind) => {
      hall = await hallWithPages();
      showEverywhere('first');
      const opened = await openPage(browser, `${hall.url}/${kind}/`, tablet);
      context = opened.context;
      const { page, errors } = opened;
      let dialogs = 0;
      page.on('dialog', (dialog) => {
        dialogs++;
        void dialog.dismiss();
      });
      const shows = (text: string) =>
        page.waitForFunction((wanted) => (document.body.textContent ?? '').includes(wanted as string), text);
      await shows('first');
      for (const text of hostile) {
        showEverywhere(text);
        await shows(text);
        hall.feed.show({ over: { kind: 'text', text, urgent: true } });
        await page.waitForFunction(
          (wanted) => document.querySelector('.over:not([hidden]) p')?.textContent === wanted,
          text,
        );
        hall.feed.show({ over: null });
        expect(await foreignElements(page)).toEqual([]);
      }
      expect(await page.evaluate(() => (globalThis as { ran?: unknown }).ran)).toBeUndefined();
      expect(dialogs).toBe(0);
      // Not even the policy had to step in.
      expect(errors).toEqual([]);
    },
    60_000,
  );

  it('is a text in what a kiosk and a rating page are answered', async () => {
    hall = await hallWithPages();
    const opened = await openPage(browser, `${hall.url}/ticket-kiosk/`, tablet);
    context = opened.context;
    const { page, errors } = opened;
    for (const text of hostile) {
      hall.actions.answer = {
        ok: true,
        number: text,
        ticket: text,
        ahead: 1,
        waitMinutes: null,
        paper: 'none',
        printerLabel: text,
        publicUrl: `https://hall.example/${text}`,
      };
      await page.click('.queues button >> nth=0');
      await page.waitForFunction(
        (wanted) => document.querySelector('.end .number')?.textContent === wanted,
        text,
      );
      await page.click('.end .back');
      hall.actions.answer = { ok: false, code: 'x', message: { 'zh-CN': text, en: text } };
      await page.click('.queues button >> nth=0');
      await page.waitForFunction((wanted) => document.querySelector('.failed')?.textContent === wanted, text);
      await page.click('.end .back');
    }
    expect(await page.evaluate(() => (globalThis as { ran?: unknown }).ran)).toBeUndefined();
    expect(errors).toEqual([]);
  }, 60_000);
});
