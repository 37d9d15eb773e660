/** A page server in real sockets, and a client that says exactly what a test wants said. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/kernel/clock.js';
import type { Log } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { type PageServerOptions, pageServer } from '../../src/transports/page-server.js';
import type { Page, PageRequest, PageServer, PageStream } from '../../src/transports/ports-page.js';

export interface Said {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Everything that a log was told, as text. */
export class TextLog implements Log {
  text = '';
  readonly #take = (fields: object, message: string) => {
    this.text += `${message} ${JSON.stringify(fields, (_, value) => (value instanceof Error ? String(value) : value))}\n`;
  };
  debug = this.#take;
  info = this.#take;
  warn = this.#take;
  error = this.#take;
  child = () => this;
}

/** A page that says what it was asked, streams at `/events`, and fails at `/fail`. */
export class EchoPage implements Page {
  readonly requests: PageRequest[] = [];
  readonly streams: PageStream[] = [];
  closed = 0;
  hold: Promise<unknown> = Promise.resolve();

  constructor(
    readonly name = 'screen',
    readonly tokenFile: string | null = null,
  ) {}

  async handle(asked: PageRequest) {
    this.requests.push(asked);
    await this.hold;
    if (asked.path === '/fail') throw new Error('a mistake in a page');
    if (asked.path === '/events') {
      return {
        stream: (stream: PageStream) => {
          this.streams.push(stream);
          stream.onClose(() => void this.closed++);
        },
      };
    }
    return { status: 200, contentType: 'application/json', body: JSON.stringify(asked) };
  }
}

export class Bench {
  readonly clock = new VirtualClock();
  readonly log = new TextLog();
  readonly #ends: (() => Promise<void> | void)[] = [];

  async start(options: Partial<PageServerOptions> = {}): Promise<PageServer> {
    const all = { address: '127.0.0.1', port: 0, tokenFile: null, names: [], ...options };
    const server = pageServer('http', all, this.clock, this.log);
    this.#ends.push(() => server.close());
    await until(() => server.state !== 'opening');
    return server;
  }

  /** A file in a folder of its own. */
  file(name: string, text: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'hallward-pages-'));
    this.#ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}

/** Waits in real time until something holds. */
export async function until(holds: () => boolean, milliseconds = 20_000): Promise<void> {
  const clock = systemClock();
  const end = clock.monotonicMilliseconds() + milliseconds;
  while (!holds()) {
    if (clock.monotonicMilliseconds() > end) throw new Error(`not within ${milliseconds} ms: ${holds}`);
    await pause(5);
  }
}

export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => void systemClock().after('pause', milliseconds, resolve));

/** One request on a connection of its own. */
export function ask(
  server: PageServer,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Said> {
  const url = new URL(server.url as string);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path,
        method: options.method ?? 'GET',
        headers: {
          ...(options.body === undefined ? {} : { 'Content-Length': Buffer.byteLength(options.body) }),
          ...options.headers,
        },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

/** Sends bytes as they are, and gives all that comes back until the far end closes. */
export function raw(server: PageServer, bytes: string | Uint8Array): Promise<string> {
  const url = new URL(server.url as string);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(url.port), url.hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

/** A screen that takes events: what it heard so far, by event. */
export function listen(server: PageServer, path: string, headers: Record<string, string> = {}) {
  const url = new URL(server.url as string);
  const heard: { event: string; data: string }[] = [];
  const state = { status: 0, ended: false, heard, headers: {} as IncomingHttpHeaders, end: () => {} };
  let rest = '';
  const sent = request({ host: url.hostname, port: url.port, path, headers, agent: false }, (response) => {
    state.status = response.statusCode ?? 0;
    state.headers = response.headers;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      rest += chunk;
      for (let cut = rest.indexOf('\n\n'); cut >= 0; cut = rest.indexOf('\n\n')) {
        const block = rest.slice(0, cut);
        rest = rest.slice(cut + 2);
        const event = /^event: (.*)$/m.exec(block)?.[1];
        if (event === undefined) continue;
        heard.push({ event, data: [...block.matchAll(/^data: (.*)$/gm)].map((one) => one[1]).join('\n') });
      }
    });
    response.on('close', () => {
      state.ended = true;
    });
    response.on('error', () => {});
  });
  sent.on('error', () => {
    state.ended = true;
  });
  sent.end();
  state.end = () => void sent.destroy();
  return state;
}
