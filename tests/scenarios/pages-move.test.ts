import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { freePort } from '../support/free-port.js';
import { scenario } from './support/scenario.js';
import type { Document } from './support/virtual-hall.js';
import { waitFor } from './support/waiting.js';
import type { Payload } from './support/watcher.js';

/** As a browser: has the page's events open, answers each beat, and comes again after a second. */
function screenAt(port: number) {
  const clock = systemClock();
  const events: string[] = [];
  let isOver = false;
  let stream: IncomingMessage | undefined;
  const get = (path: string, take: (response: IncomingMessage) => void = (response) => response.resume()) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, take);
    sent.on('error', () => take === open && again());
    sent.end();
  };
  const again = () => {
    if (!isOver) clock.after('the screen comes again', 1_000, look);
  };
  const open = (response: IncomingMessage) => {
    stream = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      events.push(...[...text.matchAll(/^event: (.*)$/gm)].map(([, event]) => event!));
      const beat = /"stream":"([^"]+)"/.exec(text)?.[1];
      if (beat !== undefined) get(`/screen/alive?stream=${beat}`);
    });
    response.on('error', () => {});
    response.on('close', again);
  };
  const look = () => {
    if (!isOver) get('/screen/events', open);
  };
  look();
  return {
    events,
    end() {
      isOver = true;
      stream?.destroy();
    },
  };
}

describe('a page that is pushed to another address', () => {
  const test = scenario();

  async function hallWithScreen() {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    const at = (port: number) =>
      hall.document((document) => {
        Object.assign(document, { http: { port } });
        document.devices.screen = { kind: 'hall-display' };
      });
    const port = await freePort();
    await test.run(hall, at(port));
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    const screen = screenAt(port);
    test.atEnd(() => screen.end());
    await watcher.see('device/screen', 'open', ({ status }) => status === 'good');
    const push = async (revision: number, document: Document): Promise<Payload> => {
      const { hall: _hall, controller: _controller, storage: _storage, ...config } = document;
      const desired = JSON.stringify({ revision, config });
      await watcher.client.publishAsync(`${watcher.root}/config/desired`, desired, { qos: 1, retain: true });
      const isOver = (reported: Payload) => reported.revision === revision && reported.state !== 'applying';
      return watcher.see('config/reported', 'what became of it', isOver, 40);
    };
    return { hall, watcher, port, at, screen, push };
  }

  it('stays there though no screen has come yet, and is good again with the first that does', async () => {
    const { watcher, at, screen, push } = await hallWithScreen();
    const port = await freePort();
    const reported = await push(1, at(port));
    expect(reported).toMatchObject({ state: 'applied', devices: { screen: 'restarted' } });
    // Whoever stands before the old one is told that it was not the cable.
    await waitFor('the farewell', () => screen.events.at(-1) === 'gone');
    expect(watcher.latest('device/screen')).toMatchObject({ status: 'function-check', faults: [] });
    const next = screenAt(port);
    test.atEnd(() => next.end());
    await watcher.see('device/screen', 'open', ({ status }) => status === 'good');
  });

  it('comes back where another program has the port, and its screens with it', async () => {
    const { watcher, at, port, screen, push } = await hallWithScreen();
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', () => resolve()));
    test.atEnd(() => other.close());
    const { port: taken } = other.address() as { port: number };
    const greeted = () => screen.events.filter((event) => event === 'hello').length;
    const reported = await push(1, at(taken));
    expect(reported).toMatchObject({
      ...{ state: 'rolled-back', running: { revision: 0 }, config: { http: { port } } },
      errors: [{ path: 'devices.screen', message: expect.stringContaining('http/bus.lost') }],
    });
    await waitFor('the screen is back', () => greeted() === 2);
    await watcher.see('device/screen', 'open', ({ status }) => status === 'good');
    await watcher.seeCleared('fault/http/bus.lost');
  });
});
