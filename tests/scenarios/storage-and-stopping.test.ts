import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { servedBy } from './support/events.js';
import { scenario } from './support/scenario.js';
import type { VirtualHall } from './support/virtual-hall.js';
import { pause, waitFor } from './support/waiting.js';
import type { Watcher } from './support/watcher.js';

const fault = 'fault/controller/controller.storage-failed';
/** Stopping may take 5 s; a busy test machine gets more. */
const stopMilliseconds = 9_000;

describe('a storage that fails', () => {
  const test = scenario();

  it('by a full disk, is told; calling goes on, and it heals when there is room again', async (context) => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url, debounceMilliseconds: 0 });
    const disk = join(hall.folder, 'storage');
    const document = hall.document((change) => {
      change.storage = { path: disk, maxMegabytes: 16 };
    });
    if (!mountSmallDisk(disk)) context.skip('no right to mount a small disk here: a full disk is not tested');
    test.atEnd(() => spawnSync('umount', ['-l', disk]));
    const watcher = await test.watch(broker, hall.root);
    const first = await test.run(hall, document);
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    for (let issued = 0; issued < 5; issued++) await watcher.issue();
    fillUp(disk);
    let sent = 0;
    while (watcher.latest(fault) === undefined) {
      void watcher.send('ticket.issue', JSON.stringify({ id: `fill-${++sent}`, queue: 'general' }));
      await pause(2);
      expect(sent, 'a full disk is noticed').toBeLessThan(10_000);
    }
    expect(watcher.latest(fault)).toMatchObject({
      status: 'failure',
      severity: 'high',
      text: { 'zh-CN': expect.any(String), en: expect.stringContaining('calling goes on') },
      action: { 'zh-CN': expect.any(String), en: expect.any(String) },
    });
    hall.keys5.press('next');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    await watcher.event('ticket.called', 'and told', ({ data }) => data.number === 'A001');
    const { number } = await watcher.issue();
    expect(first.hasEnded).toBe(false);

    rmSync(join(disk, 'filler'));
    await watcher.seeCleared(fault, 60);
    hall.keys5.press('next');
    await watcher.event('ticket.called', 'after it', ({ data }) => data.number === 'A002');
    await watcher.settled();
    await first.kill();
    const second = await test.run(hall, document);
    await watcher.see('status', 'online', ({ state, session }) => state === 'online' && session === 2);
    await expectSame(hall, watcher);
    const next = await watcher.issue();
    expect(Number(next.number.slice(1))).toBe(Number(number.slice(1)) + 1);
    expect(new Set(watcher.events().map(({ store }) => store)).size).toBe(1);
    await second.stop();
  });

  it('from the start keeps nobody from calling', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    writeFileSync(join(hall.folder, 'storage'), 'no folder');
    const controller = await test.run(hall);
    await watcher.see(fault, 'raised');
    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    await watcher.settled();
    expect(await controller.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('an idle hall', () => {
  const test = scenario();

  it('writes nothing to its storage, though its boards are polled and its hub is told that it lives', async () => {
    const { hall, watcher } = await test.all();
    await watcher.issue();
    hall.keys5.press('next');
    await watcher.event('ticket.shown', 'the call');
    await watcher.settled();
    await pause(2_000); // what became of the delivery is noted a little later
    const storage = join(hall.folder, 'storage');
    const before = contentsOf(storage);
    const messages = watcher.messages.length;
    await waitFor('it said that it lives', () => watcher.messages.length > messages, 30);
    await pause(2_000);
    expect(contentsOf(storage)).toEqual(before);
  });
});

describe('a controller that is told to stop', () => {
  const test = scenario();

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s in the middle of its work says so and loses nothing',
    async (signal) => {
      const { hall, watcher, controller } = await test.all({ debounceMilliseconds: 0 });
      let working = true;
      const work = (async () => {
        for (let count = 0; working; count++) {
          void watcher.send('ticket.issue', JSON.stringify({ id: `load-${count}`, queue: 'general' }));
          hall.keys5.press('next');
          await pause(5);
        }
      })();
      const replies = () => watcher.messages.filter(({ topic }) => topic.includes('/reply/load-'));
      await waitFor('it has answered some', () => replies().length > 20);
      const toldAt = performance.now();
      controller.signal(signal);
      expect(await controller.ended).toEqual({ code: 0, signal: null });
      expect(performance.now() - toldAt).toBeLessThan(stopMilliseconds);
      working = false;
      await work;
      await watcher.see('status', 'stopped', ({ state }) => state === 'stopped');
      await test.run(hall);
      await expectSame(hall, watcher);
      const events = await watcher.settled();
      const issued = new Set(
        events.filter(({ type }) => type === 'ticket.issued').map(({ data }) => data.ticket),
      );
      for (const { text } of replies()) expect(issued).toContain(JSON.parse(text).result.ticket);
    },
  );

  it('while it still starts, and while something hangs in the kernel, stops in time', async () => {
    const hall = test.hall();
    // A file that does not end: as on a network disk that hangs. The hall calls already, the hub waits for it.
    const passwordFile = join(hall.folder, 'hub.password');
    expect(spawnSync('mkfifo', ['-m', '600', passwordFile]).status).toBe(0);
    const hub = { url: 'mqtt://127.0.0.1:1', username: 'row-a', passwordFile };
    const controller = test.start(
      hall,
      hall.document((document) => void Object.assign(document, { hub })),
    );
    await controller.says('bus open', 4);
    controller.signal('SIGHUP');
    await pause(200);
    expect(controller.hasEnded, 'a reload while it starts kills nobody').toBe(false);
    const toldAt = performance.now();
    controller.signal('SIGTERM');
    const { code, signal } = await controller.ended;
    expect(performance.now() - toldAt).toBeLessThan(stopMilliseconds);
    // Node cannot end by itself while a thread of it hangs.
    expect(code === 0 || signal === 'SIGKILL').toBe(true);
  });

  it('stops in time though the broker does not answer any more', async () => {
    const { broker, hall, watcher, controller } = await test.all();
    await watcher.issue();
    broker.freeze();
    test.atEnd(() => broker.thaw());
    hall.keys5.press('next');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    const toldAt = performance.now();
    expect(await controller.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - toldAt).toBeLessThan(stopMilliseconds);
    broker.thaw();
    await watcher.see('status', 'not online', ({ state }) => state !== 'online');
    await test.run(hall);
    await watcher.event('ticket.called', 'kept through it');
    await expectSame(hall, watcher);
  });
});

/** The windows serve whom they served by the record. */
async function expectSame(hall: VirtualHall, watcher: Watcher): Promise<void> {
  await watcher.see('status', 'online', ({ state }) => state === 'online');
  const served = servedBy(await watcher.settled());
  await watcher.see('window/5', 'as recorded', ({ ticket }) => ticket === (served.get('5') ?? null));
  const number = watcher.latest('window/5')?.number as string | null;
  await waitFor('so says the board', () => hall.shows(5) === (number?.slice(1) ?? ''));
}

/** Name, size and time of the last change of each file. */
function contentsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, String(name)));
      return `${name} ${size} ${mtimeMs}`;
    })
    .sort();
}

function mountSmallDisk(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'hallward-test', folder]).status === 0;
}

/** Leaves not a byte. */
function fillUp(folder: string): void {
  const file = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(file, Buffer.alloc(Math.max(0, (bavail - 1) * bsize)));
  try {
    for (;;) writeFileSync(file, Buffer.alloc(bsize), { flag: 'a' });
  } catch {
    // ENOSPC: full.
  }
}
