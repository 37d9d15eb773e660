import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scenario } from './support/scenario.js';
import type { VirtualHall } from './support/virtual-hall.js';
import { waitFor } from './support/waiting.js';
import type { Watcher } from './support/watcher.js';

const test = scenario();

/** One visitor is served and rates; resolves when the hub has the rating. */
async function rated(hall: VirtualHall, watcher: Watcher, level: number): Promise<void> {
  const { ticket } = await watcher.issue();
  const of = ({ data }: { data: Readonly<Record<string, unknown>> }) => data.ticket === ticket;
  await watcher.command('window.call', { window: '6' });
  await watcher.event('ticket.called', 'the call', of);
  await watcher.command('window.done', { window: '6' });
  await watcher.event('ticket.served', 'the end', of);
  hall.rates.rate('6', level);
  await watcher.event('rating.submitted', 'the rating', of);
}

/** What a subscriber wrote into a file, as `mosquitto_sub -F '%t %p'` does. */
function archive(
  hall: VirtualHall,
  watcher: Watcher,
  name: string,
  keep = (_topic: string, _at: number) => true,
) {
  const path = join(hall.folder, name);
  const ratings = { seen: 0 };
  const lines = watcher.messages.filter(({ topic }) => {
    if (topic.endsWith('/event/rating.submitted')) ratings.seen++;
    return keep(topic, ratings.seen);
  });
  writeFileSync(path, lines.map(({ topic, text }) => `${topic} ${text}\n`).join(''));
  return path;
}

it('the ratings that a hub has kept are proven whole, over a kill -9, by the key of the board', async () => {
  const { hall, watcher, controller } = await test.all();
  const storage = join(hall.folder, 'storage');
  expect((statSync(join(storage, 'board.key')).mode & 0o777).toString(8)).toBe('600');
  await watcher.see('ratings', 'none yet', ({ count, head }) => count === 0 && head === null);
  for (const level of [5, 1, 4]) await rated(hall, watcher, level);
  const before = await watcher.see('ratings', 'three', ({ count }) => count === 3);
  await controller.kill();
  const second = await test.run(hall);
  await watcher.see(
    'status',
    'the second session',
    ({ session, state }) => session === 2 && state === 'online',
  );
  for (const level of [3, 5]) await rated(hall, watcher, level);
  const head = await watcher.see('ratings', 'five', ({ count }) => count === 5);
  expect(head).toMatchObject({ store: before.store, publicKey: before.publicKey });
  expect(head.head).toBe(watcher.events('rating.submitted').at(-1)?.data.chain);

  const verify = async (path: string, ...args: string[]) => {
    const program = test.program(['verify', path, '--json', ...args]);
    const { code } = await program.ended;
    const kinds = JSON.parse(program.stdout).stores[0].problems.map(({ kind }: { kind: string }) => kind);
    return { code, kinds };
  };
  const key = ['--key', join(storage, 'board.pub')];
  expect(await verify(archive(hall, watcher, 'whole'), ...key)).toEqual({ code: 0, kinds: [] });
  const isRating = (topic: string) => topic.endsWith('/event/rating.submitted');
  const dropped = archive(hall, watcher, 'dropped', (topic, at) => !(isRating(topic) && at === 4));
  expect(await verify(dropped, ...key)).toEqual({ code: 1, kinds: ['broken', 'missing'] });
  const short = archive(hall, watcher, 'short', (topic, at) => !(isRating(topic) && at === 5));
  expect(await verify(short, ...key)).toEqual({ code: 1, kinds: ['missing'] });

  // Ratings are taken all the same while the key cannot be used.
  await second.stop();
  chmodSync(join(storage, 'board.key'), 0o644);
  const third = await test.run(hall);
  const fault = await watcher.see('fault/controller/controller.board-key-unusable', 'raised');
  expect(fault.text.en).toContain('chmod 600');
  await rated(hall, watcher, 2);
  const open = await watcher.see('ratings', 'six', ({ count }) => count === 6);
  expect(open).toMatchObject({ publicKey: null, signature: null });
  await third.stop();
  chmodSync(join(storage, 'board.key'), 0o600);
  await test.run(hall);
  await watcher.seeCleared('fault/controller/controller.board-key-unusable');
  await watcher.see('ratings', 'sealed again', ({ count, signature }) => count === 6 && signature !== null);
  await waitFor('all is proven', async () => {
    const { code } = await verify(archive(hall, watcher, 'all'), ...key);
    return code === 0;
  });
});
