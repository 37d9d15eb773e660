/** Reading one HTTP request: where it goes, whether it may come from there, and its body. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { HallwardError } from '../kernel/errors.js';

export interface Target {
  /** First part of the path: a page's name; empty for the server's own root. */
  readonly page: string;
  /** What follows, from its `/` on; empty where even that is missing (`/screen`). */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** A request's target; `undefined` where it is none of a page's paths. */
export function targetOf(url: string | undefined): Target | undefined {
  if (url === undefined || !url.startsWith('/') || url.startsWith('//')) return undefined;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const match = /^\/(?:([a-z0-9-]{1,40})((?:\/(?!\.+(?:\/|$))[A-Za-z0-9._-]*)*))?$/.exec(path);
  if (match === null) return undefined;
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  return { page: match[1] ?? '', path: match[2] ?? '', query };
}

/**
 * Whether a `Host` header names this machine: an address, `localhost`, or one of `names`. A foreign site whose name
 * was made to lead here (DNS rebinding) is known by this.
 */
export function hostIsKnown(header: string | undefined, names: readonly string[]): boolean {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/.exec(header ?? '');
  const host = match?.[1]?.toLowerCase();
  if (host === undefined) return false;
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || host === 'localhost') return true;
  return names.some((name) => name.toLowerCase() === host);
}

/** What decides about a request: twice, it would mean one thing here and another to a proxy before us. */
const deciding = [
  'host',
  'origin',
  'authorization',
  'content-type',
  'content-length',
  'transfer-encoding',
  'x-hallward-page',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
] as const;

/** Whether a request says something that decides about it more than once. */
export function isAmbiguous({ headersDistinct }: IncomingMessage): boolean {
  return deciding.some((name) => (headersDistinct[name]?.length ?? 0) > 1);
}

/**
 * Whether a browser sent this request for the page itself and not for another site. A GET may also be somebody who
 * follows a link; a POST must say where it comes from.
 */
export function comesFromPage(request: IncomingMessage): boolean {
  const { host, origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  // Before Chromium 76 the origin is all that tells.
  if (origin !== undefined && !isOrigin(origin, host)) return false;
  if (request.method === 'POST')
    return origin !== undefined && (site === undefined || site === 'same-origin');
  if (site === undefined || site === 'same-origin' || site === 'none') return true;
  return request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document';
}

function isOrigin(origin: string, host: string | undefined): boolean {
  return /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).host === normalHost(host);
}

/** As a URL writes it: lower case, without the standard port. */
function normalHost(host: string | undefined): string | undefined {
  const url = `http://${host ?? ''}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/** The token of `Authorization: Bearer …`. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The sender's address, the same for IPv4 over either protocol. */
export function addressOf(request: {
  readonly socket: { readonly remoteAddress?: string | undefined };
}): string {
  return (request.socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
}

export const isLoopback = (address: string) => address === '::1' || /^127\./.test(address);

/**
 * The JSON mapping of a body. Rejects with `page.too-large`, `page.bad-body` (usage), or `page.cut` (absent) where the
 * sender went away.
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
): Promise<Readonly<Record<string, unknown>>> {
  const tooLarge = () => new HallwardError('page.too-large', 'usage', `the body is over ${limitBytes} bytes`);
  if (!/^application\/json(?:\s*;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new HallwardError('page.bad-body', 'usage', 'the body is not application/json');
  }
  if (!/^(?:identity)?$/i.test(request.headers['content-encoding'] ?? '')) {
    throw new HallwardError('page.bad-body', 'usage', 'the body is compressed');
  }
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length > limitBytes) break;
      chunks.push(chunk as Buffer);
    }
  } catch {
    throw new HallwardError('page.cut', 'absent', 'the sender went away');
  }
  if (length > limitBytes) throw tooLarge();
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new HallwardError('page.bad-body', 'usage', 'the body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HallwardError('page.bad-body', 'usage', 'the body is not a mapping');
  }
  return value as Readonly<Record<string, unknown>>;
}
