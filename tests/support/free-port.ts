/** Ports for programs that are told where to listen: found here, bound there a moment later. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Below those that a system gives away by itself (from 32768 on with Linux): nobody's connection gets one of these in
 * between, nor while a broker is away that comes back on its port. Above those that browsers refuse.
 */
const first = 12_000;
const count = 20_000;
let next = randomInt(count);

/** A port of the loopback that nobody has now, and that this process has not given out before. */
export async function freePort(protocol: 'tcp' | 'udp' = 'tcp'): Promise<number> {
  for (let tries = 0; tries < count; tries++) {
    const port = first + (next++ % count);
    if (await (protocol === 'tcp' ? isFreeTcp(port) : isFreeUdp(port))) return port;
  }
  throw new Error('no port is free');
}

function isFreeTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function isFreeUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ address: '127.0.0.1', port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
