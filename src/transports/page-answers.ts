/** What a page server answers, always with the headers that keep a page what it is. */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Text } from '../kernel/text.js';

/** Everything from here, nothing from elsewhere, nothing inline, in nobody's frame; texts never become code. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // No page makes any: whoever could slip something in can't make one, either.
  "trusted-types 'none'",
].join('; ');

/** Nothing of a board's or tablet's own: no page needs it. */
const permissions = [
  'camera',
  'microphone',
  'geolocation',
  'display-capture',
  'usb',
  'serial',
  'hid',
  'midi',
  'payment',
]
  .map((feature) => `${feature}=()`)
  .join(', ');

const plainStyle =
  'body{font:2.2vw/1.6 sans-serif;margin:12vh 10vw;color:#111;background:#fff}p+p{margin-top:1.2em}';
const plainPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256')
  .update(plainStyle)
  .digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const common = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Browsers heed it with TLS and on the board itself.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': permissions,
  'X-Frame-Options': 'DENY',
} as const;

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly immutable?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the connection after it: of the request, not everything was read. */
  readonly close?: boolean;
}

/** Sends a whole answer. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const { status, contentType, body, immutable, headers, close } = answer;
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...common,
    'Content-Security-Policy': policy,
    'Cache-Control': immutable === true ? 'private, max-age=31536000, immutable' : 'no-store',
    ...headers,
    ...(status === 204 ? {} : { 'Content-Type': contentType, 'Content-Length': bytes.length }),
    ...(close === true ? { Connection: 'close' } : {}),
  });
  response.end(status === 204 ? undefined : bytes);
}

/** Begins a stream of events. */
export function beginStream(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  response.writeHead(200, {
    ...common,
    'Content-Security-Policy': policy,
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // Proxies that would keep events back are asked not to.
    'X-Accel-Buffering': 'no',
    ...headers,
  });
}

/** A few words on an otherwise empty page, in both languages: nobody knows yet who reads it. */
export function wordsAnswer(
  status: number,
  text: Text,
  more: { readonly refreshSeconds?: number; readonly headers?: Record<string, string>; close?: boolean } = {},
): Answer {
  const refresh =
    more.refreshSeconds === undefined
      ? ''
      : `<meta http-equiv="refresh" content="${Number(more.refreshSeconds)}">`;
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">${refresh}<title>Hallward</title><style>${plainStyle}</style></head><body><p>${escapeHtml(text['zh-CN'])}</p><p lang="en">${escapeHtml(text.en)}</p></body></html>\n`,
    headers: { ...more.headers, 'Content-Security-Policy': plainPolicy },
    ...(more.close === true ? { close: true } : {}),
  };
}

/** The pages that anybody here may open, with links. */
export function listAnswer(names: readonly string[]): Answer {
  const items = names.map((name) => `<p><a href="/${escapeHtml(name)}/">${escapeHtml(name)}</a></p>`);
  return {
    ...wordsAnswer(200, { 'zh-CN': '', en: '' }),
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hallward</title><style>${plainStyle}</style></head><body>${items.join('')}</body></html>\n`,
  };
}

/** Text as it may stand in HTML, also within quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Refusals, with what to do. */
export const refusalTexts = {
  noToken: {
    'zh-CN': '需要口令才能打开。请用管理员给出的完整网址打开：…/?token=口令',
    en: 'This page needs its token. Open it once by the whole address that your administrator has: …/?token=…',
  },
  wrongToken: {
    'zh-CN': '口令不对，或已更换。请用新的完整网址打开：…/?token=口令',
    en: 'The token is wrong, or was changed. Open the page once by its new address: …/?token=…',
  },
  tooManyTokens: {
    'zh-CN': '口令错误次数过多，请一分钟后再试',
    en: 'Too many wrong tokens. Try again in a minute',
  },
  tokenFile: {
    'zh-CN': '控制器读不到口令文件，或内容不合要求（每行至少 16 个字符）。请管理员查看日志；本页会自动重试',
    en: 'The controller cannot use its token file (lines of at least 16 characters). Its log says why; this page tries again by itself',
  },
  host: {
    'zh-CN': '不接受这个主机名。请用 IP 地址打开，或把该名称写入配置 http.names',
    en: 'This host name is not known here. Open the page by the IP address, or add the name to http.names',
  },
  tooMany: {
    'zh-CN': '请求过多，请稍候',
    en: 'Too many requests; wait a moment',
  },
  tooManyScreens: {
    'zh-CN': '打开本机页面的屏幕太多；有屏幕关闭后会自动打开',
    en: 'Too many screens have pages open; this one opens by itself when another is closed',
  },
  notHere: {
    'zh-CN': '没有这个页面。请核对网址末尾的设备名称',
    en: 'There is no such page. Check the device’s name at the end of the address',
  },
  readOnly: {
    'zh-CN': '此口令只能查看。请给该页面配置自己的 tokenFile',
    en: 'This token is for reading only. Give the page a tokenFile of its own',
  },
  otherSite: {
    'zh-CN': '请求不是来自本页面，已拒绝。请刷新页面',
    en: 'This request did not come from the page itself. Load the page again',
  },
  badRequest: { 'zh-CN': '请求无效', en: 'The request is not valid' },
  tooLarge: { 'zh-CN': '请求过大', en: 'The request is too large' },
  failed: {
    'zh-CN': '页面出错，请管理员查看控制器日志；本页会自动重试',
    en: 'The page failed; the log of the controller says why. It is tried again by itself',
  },
  late: {
    'zh-CN': '控制器没有及时处理，请稍后再试',
    en: 'The controller did not answer in time; try again',
  },
} as const satisfies Readonly<Record<string, Text>>;
