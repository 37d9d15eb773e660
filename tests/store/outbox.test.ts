import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { Committed } from '../../src/store/types.js';
import {
  BreakableFiles,
  close,
  envelopeOf,
  open,
  press,
  rating,
  readAll,
  sequencesOf,
  settle,
  temporaryDirectory,
  upTo,
} from './support.js';

describe('the outbox', () => {
  it('answers at once from memory while the hub keeps up', async () => {
    const files = new BreakableFiles();
    const store = await open(temporaryDirectory(), { files });
    files.reads = 0;
    for (let number = 1; number <= 3000; number++) {
      const { events, synced } = store.commit({ events: [press('x', 3000)] });
      await synced;
      const page = store.outbox.read(number - 1, 10, () => true);
      expect(page).toMatchObject({ events: [{ sequence: number }], scannedThrough: number });
      store.outbox.delivered('key.pressed', events[0]!.sequence);
    }
    expect(files.reads).toBe(0);
  });

  it('pages, and goes on where the last page ended', async () => {
    const store = await open(temporaryDirectory());
    for (let number = 1; number <= 10; number++)
      store.commit({ events: [number % 2 ? press('x') : rating(5)] });
    await store.commit({}).synced;
    const first = await store.outbox.read(0, 3, (type) => type === 'rating.submitted');
    expect(sequencesOf(first.events)).toEqual([2, 4, 6]);
    expect(first.scannedThrough).toBe(6);
    const second = await store.outbox.read(6, 3, (type) => type === 'rating.submitted');
    expect([sequencesOf(second.events), second.scannedThrough]).toEqual([[8, 10], 10]);
    const none = await store.outbox.read(10, 3, () => true);
    expect([none.events, none.scannedThrough]).toEqual([[], 10]);
  });

  it('says where the undelivered begin, so that a start need not read what is done', async () => {
    const directory = temporaryDirectory();
    const store = await open(directory);
    expect(store.outbox.firstUndelivered).toBe(1);
    for (let number = 1; number <= 10; number++) {
      await store.commit({ events: [number % 2 ? press('x') : rating(5)] }).synced;
    }
    store.outbox.delivered('key.pressed', 9);
    expect(store.outbox.firstUndelivered).toBe(2);
    store.outbox.delivered('rating.submitted', 6);
    await close(store);
    const again = await open(directory);
    expect(again.outbox.firstUndelivered).toBeLessThanOrEqual(8);
    expect(again.outbox.firstUndelivered).toBeGreaterThan(6);
    again.outbox.delivered('rating.submitted', 10);
    expect(again.outbox.firstUndelivered).toBe(11);
  });

  it('of 64 MiB is read back in order with little memory', async () => {
    const files = new BreakableFiles();
    const directory = temporaryDirectory();
    const store = await open(directory, { files, maximumMegabytes: 128 });
    const count = 30_000;
    for (let number = 0; number < count; number++) {
      const { synced } = store.commit({ events: [press(String(number), 2000)] });
      if (number % 200 === 0) await synced;
    }
    await store.commit({}).synced;
    expect(store.outbox.backlog.bytes).toBeGreaterThan(64 * 2 ** 20);
    for (const each of [store, undefined]) {
      const reader = each ?? (await open(directory, { files, maximumMegabytes: 128 }));
      files.largestRead = each === undefined ? files.largestRead : 0;
      let expected = 1;
      let largest = 0;
      const before = process.memoryUsage().arrayBuffers;
      for (let after = 0; after < count; ) {
        const page = await reader.outbox.read(after, 100, () => true);
        for (const { sequence } of page.events) expect(sequence).toBe(expected++);
        reader.outbox.delivered('key.pressed', page.scannedThrough);
        after = page.scannedThrough;
        largest = Math.max(largest, page.events.length);
      }
      expect(expected).toBe(count + 1);
      expect(largest).toBe(100);
      expect(reader.outbox.backlog).toEqual({ events: 0, bytes: 0, oldestAt: null });
      // Chunks of 256 KiB, and what has not been collected yet of earlier ones.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 2 ** 20);
      if (each !== undefined) {
        expect(files.largestRead).toBeLessThan(600 * 1024);
        await close(store);
      }
    }
  });

  it('knows what the hub has by type, across kill and restart', async () => {
    const directory = temporaryDirectory();
    const clock = new VirtualClock();
    const first = await open(directory, { clock });
    for (let number = 0; number < 5; number++) await first.commit({ events: [press('x'), rating(4)] }).synced;
    first.outbox.delivered('key.pressed', 9);
    first.outbox.delivered('key.pressed', 3);
    first.outbox.delivered('rating.submitted', 4);
    expect(first.outbox.backlog.events).toBe(3);
    await close(first);
    const second = await open(directory);
    expect(second.outbox.deliveredThrough('key.pressed')).toBe(9);
    expect(second.outbox.deliveredThrough('rating.submitted')).toBe(4);
    expect(second.outbox.backlog.events).toBe(3);
    second.outbox.delivered('rating.submitted', 1e9);
    expect(second.outbox.deliveredThrough('rating.submitted')).toBe(10);
  });

  it('tells since when the oldest event waits', async () => {
    const clock = new VirtualClock('2026-11-21T01:00:00.000Z');
    const store = await open(temporaryDirectory(), { clock });
    for (let number = 0; number < 3; number++) {
      await store.commit({ events: [press('x')] }).synced;
      await clock.advance(1000);
    }
    expect(store.outbox.backlog.oldestAt).toBe('2026-11-21T01:00:00.000Z');
    store.outbox.delivered('key.pressed', 2);
    expect(store.outbox.backlog).toMatchObject({ events: 1, oldestAt: '2026-11-21T01:00:02.000Z' });
  });

  it('gives kept events again, delivered or not, from files and memory', async () => {
    const store = await open(temporaryDirectory(), { maximumMegabytes: 32 });
    const given: Committed['events'][number][] = [];
    for (let number = 0; number < 6000; number++) {
      const { events, synced } = store.commit({ events: [press(String(number), 400)] });
      given.push(...events);
      if (number % 100 === 0) await synced;
    }
    await store.commit({}).synced;
    store.outbox.delivered('key.pressed', 5000);
    const found: { sequence: number; id: unknown }[] = [];
    for await (const event of store.outbox.kept(store.storeId, 100, 5900)) {
      found.push({ sequence: event.sequence, id: envelopeOf(event).id });
    }
    expect(found).toEqual(given.slice(99, 5900));
    const other = store.outbox.kept('another', 1, 2)[Symbol.asyncIterator]();
    await expect(other.next()).rejects.toMatchObject({ code: 'events.other-store', kind: 'usage' });
  });

  it('says that a read failed or hangs, and steps over a block that stays bad', async () => {
    const directory = temporaryDirectory();
    const setup = await open(directory, { maximumMegabytes: 1 });
    for (let number = 0; number < 800; number++) await setup.commit({ events: [press('x', 300)] }).synced;
    await close(setup);
    const files = new BreakableFiles();
    const store = await open(directory, { files, maximumMegabytes: 1 });
    files.unreadable = 'EIO';
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(store.outbox.read(0, 10, () => true)).rejects.toMatchObject({ code: 'storage.read' });
    }
    files.unreadable = undefined;
    expect(sequencesOf((await store.outbox.read(0, 10, () => true)).events)).toEqual(upTo(10));
    expect(store.condition.damagedRecords).toBe(0);
  });
});

describe('a time that becomes known later', () => {
  it('is put right in what has not left yet, before it leaves, and the same way after a restart', async () => {
    const directory = temporaryDirectory();
    const files = new BreakableFiles();
    const clock = new VirtualClock('1970-01-01T00:00:10.000Z');
    clock.trust = 'untrusted';
    const store = await open(directory, { clock, files });
    for (let number = 1; number <= 4; number++) await store.commit({ events: [press(`k${number}`)] }).synced;
    const sent = await store.outbox.read(0, 2, () => true);
    expect(sequencesOf(sent.events)).toEqual([1, 2]);

    const add = Date.parse('2026-11-21T01:00:00.000Z') - clock.wallMilliseconds();
    files.hang();
    store.correctTime(add);
    // Not recorded yet: nothing may leave that a restart would send otherwise.
    expect((await store.outbox.read(2, 10, () => true)).events).toEqual([]);
    let told = 0;
    store.outbox.onSynced(() => told++);
    files.goOn();
    await settle(() => told > 0);
    clock.wallOffsetMilliseconds += add;
    clock.trust = 'synced';
    await store.commit({ events: [press('k5')] }).synced;

    const all = await readAll(store);
    const times = all.map((event) => [envelopeOf(event).time, envelopeOf(event).timequality]);
    expect(times).toEqual([
      ['1970-01-01T00:00:10.000Z', 'untrusted'],
      ['1970-01-01T00:00:10.000Z', 'untrusted'],
      ['2026-11-21T01:00:00.000Z', 'holdover'],
      ['2026-11-21T01:00:00.000Z', 'holdover'],
      ['2026-11-21T01:00:00.000Z', 'synced'],
    ]);
    await close(store);
    const again = await open(directory);
    expect((await readAll(again)).map(({ json }) => json)).toEqual(all.map(({ json }) => json));
    expect(again.newestMilliseconds).toBe(Date.parse('2026-11-21T01:00:00.000Z'));
    // What an earlier process recorded is not touched by a later correction.
    again.correctTime(1000);
    expect((await readAll(again)).map(({ json }) => json)).toEqual(all.map(({ json }) => json));
  });

  it('is put right in what has to be read back from storage', async () => {
    const directory = temporaryDirectory();
    const clock = new VirtualClock('1970-01-01T00:00:10.000Z');
    clock.trust = 'untrusted';
    const store = await open(directory, { clock, maximumMegabytes: 8 });
    for (let number = 1; number <= 6000; number++) store.commit({ events: [press('x', 500)] });
    await store.commit({}).synced;
    await store.outbox.read(0, 1, () => true);
    store.correctTime(1000);
    await store.commit({}).synced;
    const qualities = (await readAll(store)).map((event) => envelopeOf(event).timequality);
    expect(qualities.filter((quality) => quality === 'holdover')).toHaveLength(5999);
    const page = await store.outbox.read(1, 1, () => true);
    expect(envelopeOf(page.events[0]!).time).toBe('1970-01-01T00:00:11.000Z');
  });

  it('holds in memory mode as well', async () => {
    const files = new BreakableFiles();
    const clock = new VirtualClock('1970-01-01T00:00:10.000Z');
    clock.trust = 'untrusted';
    const store = await open(temporaryDirectory(), { clock, files });
    files.fails = 'EIO';
    await store.commit({ events: [press('x')] }).synced;
    store.correctTime(5000);
    await store.commit({}).synced;
    const [event] = await readAll(store);
    expect(envelopeOf(event!)).toMatchObject({ time: '1970-01-01T00:00:15.000Z', timequality: 'holdover' });
  });
});
