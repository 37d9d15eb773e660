/** Ports of this machine that nobody has taken. */
import { createServer } from 'node:net';

const loopback = '127.0.0.1';
/** So many ports are tried in a row; then any free one does. */
const mostTries = 50;

/**
 * The first free TCP port of the loopback address from `first` on; any free one where the next 50 are taken. It is not
 * kept: whoever listens there later may still find it taken. Rejects where the system gives none at all.
 */
export async function freePortFrom(first: number): Promise<number> {
  for (let port = first; port < first + mostTries && port <= 65_535; port++) {
    const free = await tryPort(port).catch(() => undefined);
    if (free !== undefined) return free;
  }
  return tryPort(0);
}

/** @param port 0: any. Rejects with the system's error where it can't be had. */
function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: loopback, port, exclusive: true }, () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(found));
    });
  });
}
