import { createConnection, isIP, type Socket } from 'node:net';
import type { Transform } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { HallwardError } from '../kernel/errors.js';
import type { ConnectionCredentials } from './connection-types.js';
import type { HubTarget } from './hub-url.js';
import { materialWords } from './tls-words.js';

/**
 * Begins a TCP or TLS connection. Certificates are always checked, and nothing older than TLS 1.2 is spoken. Throws, with
 * words for a person, where the certificates or the key that were given cannot be used.
 */
export function openHubStream(target: HubTarget, credentials: ConnectionCredentials): Socket {
  const { host, port } = target;
  const stream = target.tls ? openTls(target, credentials) : createConnection({ host, port });
  // Small messages wait for answers here: Nagle's algorithm would add 40 ms to each.
  stream.setNoDelay(true);
  return guardWrites(stream);
}

function openTls({ host, port }: HubTarget, credentials: ConnectionCredentials): Socket {
  const { ca, cert, key } = credentials;
  const unusable = materialWords(credentials);
  if (unusable !== undefined) throw new HallwardError('hub.file-unusable', 'refused', unusable);
  try {
    return connectTls({
      host,
      port,
      // Also where Node was told to speak older versions.
      minVersion: 'TLSv1.2',
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (thrown) {
    const words = `\`ca\`, \`cert\` or \`key\` cannot be used: ${(thrown as Error).message}`;
    throw new HallwardError('hub.file-unusable', 'refused', words);
  }
}

/** Has what comes in go through `filter` first, for whoever reads the stream by a pipe, as MQTT.js does. */
export function readThrough(stream: Socket, filter: Transform): void {
  const pipe = stream.pipe.bind(stream);
  stream.pipe = (destination, options) => {
    pipe(filter);
    return filter.pipe(destination, options);
  };
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
