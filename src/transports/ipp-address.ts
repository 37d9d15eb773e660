import { HallwardError } from '../kernel/errors.js';

/** Where a printer is, and how requests name it. */
interface IppAddress {
  /** `ipp://192.168.1.60/ipp/print`, whatever the address began with. */
  readonly printerUri: string;
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

const schemes: Readonly<Record<string, { readonly port: number; readonly secure: boolean }>> = {
  'ipp:': { port: 631, secure: false },
  'ipps:': { port: 631, secure: true },
  'http:': { port: 80, secure: false },
  'https:': { port: 443, secure: true },
};

/**
 * Takes the address of a printer apart (RFC 8010, 4; RFC 7472). Without a path it is `/ipp/print` (PWG 5100.14).
 * @param text `ipp:`, `ipps:` (port 631), `http:` (80) or `https:` (443), without user and password
 * @throws `ipp.bad-url` (usage)
 */
export function ippAddress(text: string): IppAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url === undefined ? undefined : schemes[url.protocol];
  if (
    url === undefined ||
    scheme === undefined ||
    url.hostname === '' ||
    url.username + url.password !== ''
  ) {
    const what = 'is no address of a printer such as ipp://192.168.1.60/ipp/print';
    // It is not repeated: there may be a password in it.
    throw new HallwardError('ipp.bad-url', 'usage', `the url ${what}`);
  }
  const { secure } = scheme;
  const port = url.port === '' ? scheme.port : Number(url.port);
  const path = url.pathname === '' || url.pathname === '/' ? '/ipp/print' : url.pathname + url.search;
  // What an IPP address says by default is port 631, also where we come by way of http:.
  const shownPort = port === 631 ? '' : `:${port}`;
  return {
    printerUri: `${secure ? 'ipps' : 'ipp'}://${url.hostname}${shownPort}${path}`,
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    path,
  };
}
