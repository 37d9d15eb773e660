import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { type TcpCable, tcpCable } from '../../src/simulator/tcp-cable.js';
import type { Connection } from '../../src/transports/ports.js';
import { tcpCarrier } from '../../src/transports/tcp.js';
import { pause, waitFor } from '../scenarios/support/waiting.js';

const clock = systemClock();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function cableOn(port?: number): Promise<TcpCable> {
  const cable = await tcpCable(port === undefined ? {} : { port });
  ends.push(() => cable.close());
  return cable;
}

async function connect({ host, port }: TcpCable) {
  const heard: number[] = [];
  let closed = false;
  const connection: Connection = await tcpCarrier({ host, port }, clock).open({
    bytes: (chunk) => heard.push(...chunk),
    closed: () => {
      closed = true;
    },
  });
  ends.push(() => connection.close());
  return { connection, heard, isClosed: () => closed };
}

it('carries bytes both ways, and serves one connection at a time', async () => {
  const cable = await cableOn();
  const far: number[] = [];
  cable.farEnd.onBytes((bytes) => far.push(...bytes));
  const one = await connect(cable);
  await one.connection.write(Uint8Array.of(0x10, 0x04, 0x01));
  await waitFor('bytes at the far end', () => far.length === 3);
  cable.farEnd.send(Uint8Array.of(0x12));
  await waitFor('bytes here', () => one.heard.length === 1);
  expect([far, one.heard]).toEqual([[0x10, 0x04, 0x01], [0x12]]);
  const two = await connect(cable);
  await waitFor('the second is turned away', () => two.isClosed());
  expect(cable.turnedAway).toBe(1);
  expect(one.isClosed()).toBe(false);
});

it('cut, it ends the connection and takes no other until it is joined on the same port', async () => {
  const cable = await cableOn();
  const one = await connect(cable);
  cable.cable.cut();
  await waitFor('the end', () => one.isClosed());
  await expect(connect(cable)).rejects.toMatchObject({ code: 'wire.refused' });
  cable.cable.join();
  await waitFor('it listens', () => !cable.cable.isCut);
  await connect(cable);
});

it('stuck, it takes nothing, and everything once it is free', async () => {
  const cable = await cableOn();
  let far = 0;
  cable.farEnd.onBytes((bytes) => {
    far += bytes.length;
  });
  const { connection } = await connect(cable);
  cable.stuck = true;
  const bytes = 16 << 20;
  let taken = false;
  const big = connection.write(new Uint8Array(bytes)).then(() => {
    taken = true;
  });
  await pause(200);
  expect([far, taken]).toEqual([0, false]);
  cable.stuck = false;
  await big;
  await waitFor('all of it', () => far === bytes);
});

it('says so where its port is taken', async () => {
  const cable = await cableOn();
  await expect(tcpCable({ port: cable.port })).rejects.toMatchObject({ code: 'cable.unusable' });
});
