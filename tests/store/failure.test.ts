import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { Store } from '../../src/store/types.js';
import {
  BreakableFiles,
  close,
  done,
  filesIn,
  open,
  pause,
  press,
  rating,
  readAll,
  sequencesOf,
  settle,
  temporaryDirectory,
  upTo,
} from './support.js';

interface Bench {
  readonly directory: string;
  readonly files: BreakableFiles;
  readonly clock: VirtualClock;
  readonly store: Store;
}

async function bench(): Promise<Bench> {
  const directory = temporaryDirectory();
  const files = new BreakableFiles();
  const clock = new VirtualClock();
  const store = await open(directory, { files, clock });
  await store.commit({ events: [press('before')], puts: { step: 'before' } }).synced;
  return { directory, files, clock, store };
}

async function comesBack({ clock, store }: Bench): Promise<void> {
  for (let turn = 0; turn < 40 && store.condition.mode === 'memory'; turn++) {
    await clock.advance(1000);
    await settle(() => store.condition.mode === 'durable' || clock.pending().includes('store: retry'));
  }
  expect(store.condition.mode).toBe('durable');
}

describe.each(['EIO', 'ENOSPC', 'EROFS'])('a storage that fails with %s', (code) => {
  it('does not stop the hall: commits resolve, events go out from memory, and all is written later', async () => {
    const setting = await bench();
    const { directory, files, store } = setting;
    const conditions: string[] = [];
    store.onCondition(() => conditions.push(store.condition.mode));
    files.fails = code;
    for (let number = 2; number <= 5; number++) {
      await store.commit({ events: [press(`k${number}`)], puts: { step: number } }).synced;
    }
    expect(store.condition).toMatchObject({ mode: 'memory', unwrittenRecords: 4 });
    expect(store.condition.error).toContain(code);
    expect(sequencesOf(await readAll(store))).toEqual(upTo(5));
    expect(store.outbox.backlog.events).toBe(5);
    store.outbox.delivered('key.pressed', 3);
    expect(store.outbox.backlog.events).toBe(2);
    files.fails = undefined;
    await comesBack(setting);
    expect(store.condition).toMatchObject({ unwrittenRecords: 0, dropped: {} });
    expect(store.condition.error).toBeUndefined();
    expect(conditions).toEqual(['memory', 'durable']);
    await store.commit({ events: [press('k6')], puts: { step: 6 } }).synced;
    await close(store);
    const again = await open(directory);
    expect(sequencesOf(await readAll(again))).toEqual(upTo(6));
    expect(again.state.get('step')).toBe(6);
    expect(again.outbox.deliveredThrough('key.pressed')).toBe(3);
    expect(again.condition.damagedRecords).toBe(0);
  });
});

describe('a write that hangs', () => {
  it('is waited for no longer than 2 s, and nothing else is given to the storage meanwhile', async () => {
    const setting = await bench();
    const { directory, files, clock, store } = setting;
    files.hang();
    const given = files.synced;
    let resolved = 0;
    const waiting = [2, 3].map((number) =>
      store.commit({ events: [press(`k${number}`)], puts: { step: number } }),
    );
    for (const { synced } of waiting) void synced.then(() => resolved++);
    await clock.advance(1000);
    waiting.push(store.commit({ events: [press('k4')], puts: { step: 4 } }));
    await clock.advance(999);
    expect(resolved).toBe(0);
    await clock.advance(1);
    await Promise.all(waiting.map(({ synced }) => synced));
    expect(store.condition).toMatchObject({ mode: 'memory', unwrittenRecords: 3 });
    await store.commit({ events: [press('k5')], puts: { step: 5 } }).synced;
    await clock.advance(120_000);
    expect(files.synced - given).toBe(1);
    expect(sequencesOf(await readAll(store))).toEqual(upTo(5));
    files.goOn();
    await settle(() => store.condition.mode === 'durable');
    expect(store.condition).toMatchObject({ mode: 'durable', unwrittenRecords: 0 });
    await close(store);
    const again = await open(directory);
    expect(sequencesOf(await readAll(again))).toEqual(upTo(5));
    expect(again.state.get('step')).toBe(5);
  });

  it('does not keep the store from closing', async () => {
    const { files, clock, store, directory } = await bench();
    files.hang();
    store.commit({ events: [press('k2')] });
    const closing = close(store);
    await clock.advance(3000);
    await closing;
    files.goOn();
    await pause();
    expect(sequencesOf(await readAll(await open(directory)))).toEqual([1, 2]);
  });
});

describe('memory in place of storage', () => {
  it('is bounded: the lowest class goes first and is counted, the state is never lost', async () => {
    const setting = await bench();
    const { directory, files, store } = setting;
    files.fails = 'EIO';
    for (let number = 0; number < 1500; number++) {
      await store.commit({
        events: [done(String(number), 1000), press(String(number), 1000), rating(5)],
        puts: { number, [`key-${number % 50}`]: number },
      }).synced;
    }
    const { dropped } = store.condition;
    expect(dropped['command.done']).toBeGreaterThan(1000);
    expect(dropped['rating.submitted']).toBeUndefined();
    const kept = await readAll(store);
    const bytes = kept.reduce((sum, { json }) => sum + json.length, 0);
    expect(bytes).toBeLessThan(2.2 * 2 ** 20);
    expect(kept.filter(({ type }) => type === 'rating.submitted')).toHaveLength(1500);
    files.fails = undefined;
    await comesBack(setting);
    await close(store);
    const again = await open(directory);
    expect(again.condition.dropped).toEqual(store.condition.dropped);
    expect(again.state.get('number')).toBe(1499);
    expect(again.state.get('key-49')).toBe(1499);
    const events = await readAll(again);
    expect(sequencesOf(events)).toEqual(sequencesOf(kept));
    const lost = Object.values(again.condition.dropped).reduce((sum, count) => sum + count, 0);
    expect(events.length + lost).toBe(1 + 3 * 1500);
    expect(again.commit({ events: [press('next')] }).events[0]!.sequence).toBe(4502);
  });

  it('does not grow with what the hub has taken', async () => {
    const { files, store } = await bench();
    files.fails = 'EIO';
    for (let number = 0; number < 5000; number++) {
      const { events, synced } = store.commit({ events: [press(String(number), 1000)] });
      await synced;
      store.outbox.delivered('key.pressed', events[0]!.sequence);
    }
    expect(store.condition.dropped).toEqual({});
    const events = await readAll(store);
    expect(events.length).toBeLessThan(3000);
    expect(events.at(-1)?.sequence).toBe(5001);
  });

  it('does not use a number again that left from memory, if only the small file could be written', async () => {
    const { clock, directory, files, store } = await bench();
    files.refusesNew = 'ENOSPC';
    files.fails = 'EIO';
    await store.commit({ events: [press('k2'), press('k3')] }).synced;
    expect(sequencesOf(await readAll(store))).toEqual([1, 2, 3]);
    // The medium takes writes in place again, but the process ends before the records are written.
    files.fails = undefined;
    store.outbox.delivered('key.pressed', 2);
    await clock.advance(250);
    await settle(() => existsSync(join(directory, 'delivered')));
    await pause();
    const copy = temporaryDirectory();
    cpSync(directory, copy, { recursive: true });
    const again = await open(copy);
    expect(sequencesOf(await readAll(again))).toEqual([1]);
    expect(again.commit({ events: [press('new')] }).events[0]!.sequence).toBe(4);
  });
});

describe('a bad place on the medium', () => {
  it('is left for a new file after the second failure', async () => {
    const setting = await bench();
    const { directory, files, store } = setting;
    files.badFiles = files.opened;
    await store.commit({ events: [press('k2')] }).synced;
    expect(store.condition.mode).toBe('memory');
    await comesBack(setting);
    await store.commit({ events: [press('k3')] }).synced;
    await close(store);
    expect(filesIn(directory, /^events/)).toHaveLength(2);
    const again = await open(directory);
    expect(sequencesOf(await readAll(again))).toEqual([1, 2, 3]);
    expect(again.condition.damagedRecords).toBe(0);
  });
});

describe('a storage that is bad from the start', () => {
  it('that cannot be read: the store works in memory under a new id and leaves the files alone', async () => {
    const { directory, store } = await bench();
    await close(store);
    const files = new BreakableFiles();
    files.unreadable = 'EIO';
    const clock = new VirtualClock();
    const second = await open(directory, { files, clock });
    expect(second.condition).toMatchObject({ mode: 'memory' });
    expect(second.storeId).not.toBe(store.storeId);
    await second.commit({ events: [press('x')], puts: { a: 1 } }).synced;
    expect(sequencesOf(await readAll(second))).toEqual([1]);
    second.outbox.delivered('key.pressed', 1);
    files.unreadable = undefined;
    await clock.advance(60_000);
    await pause();
    expect(second.condition.mode).toBe('memory');
    const closing = close(second);
    await clock.advance(3000);
    await closing;
    const third = await open(directory);
    expect(third.storeId).toBe(store.storeId);
    expect(sequencesOf(await readAll(third))).toEqual([1]);
    expect(third.outbox.deliveredThrough('key.pressed')).toBe(0);
  });

  it('that cannot be written: the store has its state, works in memory, and writes when it can', async () => {
    const { directory, store } = await bench();
    await close(store);
    const files = new BreakableFiles();
    files.fails = 'EROFS';
    const clock = new VirtualClock();
    const second = await open(directory, { files, clock });
    expect(second.storeId).toBe(store.storeId);
    expect(second.state.get('step')).toBe('before');
    await second.commit({ events: [press('x')], puts: { step: 'after' } }).synced;
    expect(second.condition.mode).toBe('memory');
    expect(sequencesOf(await readAll(second))).toEqual([1, 2]);
    files.fails = undefined;
    await comesBack({ directory, files, clock, store: second });
    await close(second);
    const third = await open(directory);
    expect(third.state.get('step')).toBe('after');
    expect(sequencesOf(await readAll(third))).toEqual([1, 2]);
  });

  it('that is full: delivered segments go before the hall has to go on in memory', async () => {
    const directory = temporaryDirectory();
    const files = new BreakableFiles();
    const store = await open(directory, { files, maximumMegabytes: 2 });
    for (let number = 0; number < 900; number++) {
      const { events, synced } = store.commit({ events: [press(String(number), 200)] });
      await synced;
      store.outbox.delivered('key.pressed', events[0]!.sequence);
    }
    const before = filesIn(directory, /^events/);
    files.fullUntilRemoved = 2;
    for (let number = 0; number < 800; number++)
      await store.commit({ events: [press(String(number), 200)] }).synced;
    expect(store.condition.mode).toBe('durable');
    expect(files.fullUntilRemoved).toBe(0);
    expect(filesIn(directory, /^events/)[0]).not.toBe(before[0]);
  });

  it('that is full: even the first delivered segment goes', async () => {
    const directory = temporaryDirectory();
    const files = new BreakableFiles();
    const store = await open(directory, { files, maximumMegabytes: 2 });
    for (let number = 0; number < 250; number++) await store.commit({ events: [press('x', 200)] }).synced;
    await settle(() => filesIn(directory, /^state-/).length === 1);
    const before = filesIn(directory, /^events/);
    expect(before).toHaveLength(2);
    store.outbox.delivered('key.pressed', store.outbox.lastSequence);
    files.fullUntilRemoved = 1;
    for (let number = 0; number < 300; number++) await store.commit({ events: [press('x', 200)] }).synced;
    expect(store.condition).toMatchObject({ mode: 'durable', dropped: {} });
    expect(filesIn(directory, /^events/)[0]).toBe(before[1]);
    await close(store);
    expect((await readAll(await open(directory, { maximumMegabytes: 2 }))).at(-1)?.sequence).toBe(550);
  });
});
