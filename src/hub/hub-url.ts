import { HallwardError } from '../kernel/errors.js';

/** A broker's address. */
export interface HubTarget {
  /** Without user info: fit to be shown. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/**
 * Takes `mqtt://` and `mqtts://` URLs apart. User info in a URL is not used: secrets come by file only.
 * Throws `hub.bad-url` (kind usage).
 */
export function parseHubUrl(text: string): HubTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:') || url.hostname === '') {
    throw new HallwardError('hub.bad-url', 'usage', 'a hub url is mqtt://host[:port] or mqtts://host[:port]');
  }
  const tls = url.protocol === 'mqtts:';
  const port = url.port === '' ? (tls ? 8883 : 1883) : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { url: `${url.protocol}//${url.hostname}:${port}`, host, port, tls };
}
