import { createConnection, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { HubTarget } from './hub-url.js';
import type { HubSettings } from './types.js';

/**
 * Begins a TCP or TLS connection. Certificates are always checked. Throws where the certificates or the key that
 * were given cannot be read.
 */
export function openHubStream(target: HubTarget, settings: HubSettings): Socket {
  const { host, port } = target;
  const stream = target.tls
    ? connectTls({
        host,
        port,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(settings.ca === undefined ? {} : { ca: settings.ca }),
        ...(settings.cert === undefined ? {} : { cert: settings.cert }),
        ...(settings.key === undefined ? {} : { key: settings.key }),
      })
    : createConnection({ host, port });
  // Small messages wait for answers here: Nagle's algorithm would add 40 ms to each.
  stream.setNoDelay(true);
  return guardWrites(stream);
}

/**
 * After a packet that its parser could not take, MQTT.js 5.16 may try to answer it with an undefined packet id,
 * and `write(undefined)` throws where nobody can catch it. Such a write closes this stream instead.
 */
function guardWrites(stream: Socket): Socket {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: unknown[]) => {
    if (stream.destroyed) return false;
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) return write(chunk, ...rest);
    stream.destroy(new Error('unsendable answer to a malformed packet'));
    return false;
  };
  return stream;
}
