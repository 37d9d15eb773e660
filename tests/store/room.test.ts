import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EventType } from '../../src/protocols/hub/events.js';
import type { Store } from '../../src/store/types.js';
import {
  close,
  done,
  filesIn,
  open,
  pause,
  press,
  rating,
  readAll,
  sequencesOf,
  temporaryDirectory,
  upTo,
} from './support.js';

const megabyte = 2 ** 20;

function bytesIn(directory: string): number {
  return filesIn(directory, /^(events-|next)/).reduce((sum, path) => sum + statSync(path).size, 0);
}

function countsOf(events: readonly { readonly type: EventType }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** Lets the background work come to rest. */
async function rest(store: Store): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await store.commit({ puts: { rest: turn } }).synced;
    await pause();
  }
}

describe('the cap', () => {
  it('keeps a ring of delivered events and lets the oldest of them go', async () => {
    const directory = temporaryDirectory();
    const store = await open(directory, { maximumMegabytes: 1 });
    for (let number = 1; number <= 4000; number++) {
      const { events, synced } = store.commit({ events: [press(String(number), 500)] });
      await synced;
      store.outbox.delivered('key.pressed', events[0]!.sequence);
    }
    expect(bytesIn(directory)).toBeLessThanOrEqual(megabyte / 2);
    expect(store.condition).toMatchObject({ dropped: {}, low: false });
    const kept: number[] = [];
    for await (const { sequence } of store.outbox.kept(store.storeId, 1, 4000)) kept.push(sequence);
    expect(kept).toEqual(upTo(4000, kept[0]));
    expect(kept.length).toBeGreaterThan(200);
    expect(kept.length).toBeLessThan(1000);
  });

  it('lets undelivered events go in the order of their classes, each one counted', async () => {
    const directory = temporaryDirectory();
    let store = await open(directory, { maximumMegabytes: 1 });
    const lows: boolean[] = [];
    store.onCondition(() => lows.push(store.condition.low));
    const committed: Record<string, number> = {};
    const commit = async (number: number) => {
      const events = [done(String(number), 300), press(String(number), 300)];
      if (number % 4 === 0) events.push(rating(5, 300));
      for (const { type } of events) committed[type] = (committed[type] ?? 0) + 1;
      await store.commit({ events, puts: { number } }).synced;
    };
    const check = async () => {
      await rest(store);
      const events = await readAll(store);
      const kept = countsOf(events);
      const { dropped } = store.condition;
      for (const [type, count] of Object.entries(committed)) {
        expect((kept[type] ?? 0) + (dropped[type] ?? 0), type).toBe(count);
      }
      expect(bytesIn(directory)).toBeLessThanOrEqual(megabyte);
      expect(store.outbox.backlog.events).toBe(events.length);
      return { kept, dropped, events };
    };

    // A little over the cap: only the lowest class.
    for (let number = 1; number <= 650; number++) await commit(number);
    let found = await check();
    expect(found.dropped['command.done']).toBeGreaterThan(0);
    expect(found.dropped['key.pressed']).toBeUndefined();
    expect(lows[0]).toBe(true);
    // Far over it: presses too, no rating yet.
    for (let number = 651; number <= 1600; number++) await commit(number);
    found = await check();
    expect(found.dropped['key.pressed']).toBeGreaterThan(0);
    expect(found.dropped['rating.submitted']).toBeUndefined();
    expect(found.kept['rating.submitted']).toBe(400);

    // All of it holds after a restart.
    const before = found;
    await close(store);
    store = await open(directory, { maximumMegabytes: 1 });
    found = await check();
    expect(found.dropped).toEqual(before.dropped);
    expect(sequencesOf(found.events)).toEqual(sequencesOf(before.events));
    expect(store.condition.damagedRecords).toBe(0);
    expect(store.state.get('number')).toBe(1600);
    // Ratings go last, but the cap holds.
    for (let number = 1601; number <= 9000; number++) await commit(number);
    found = await check();
    expect(found.dropped['rating.submitted']).toBeGreaterThan(0);
    expect(found.kept['rating.submitted']).toBeGreaterThan(500);
  });

  it('is warned of at three quarters, and the warning ends when the hub has the events', async () => {
    const store = await open(temporaryDirectory(), { maximumMegabytes: 1 });
    for (let number = 0; number < 1100; number++) await store.commit({ events: [press('x', 500)] }).synced;
    await rest(store);
    expect(store.condition.low).toBe(true);
    let told = 0;
    store.onCondition(() => told++);
    store.outbox.delivered('key.pressed', store.outbox.lastSequence);
    expect([store.condition.low, told]).toEqual([false, 1]);
  });

  it('does not let one type that the hub refuses keep the others from being cleared away', async () => {
    const directory = temporaryDirectory();
    const store = await open(directory, { maximumMegabytes: 1 });
    for (let number = 1; number <= 4000; number++) {
      const events = number % 100 === 0 ? [rating(5), press('x', 500)] : [press('x', 500)];
      const { events: given, synced } = store.commit({ events });
      await synced;
      store.outbox.delivered('key.pressed', given.at(-1)!.sequence);
    }
    await rest(store);
    expect(bytesIn(directory)).toBeLessThanOrEqual(megabyte);
    expect(store.condition.dropped).toEqual({});
    const events = await readAll(store, 0, (type) => type === 'rating.submitted');
    expect(events).toHaveLength(40);
    expect(store.outbox.backlog.events).toBe(40);
  });

  it('takes segments away under a reader without the reader failing', async () => {
    const store = await open(temporaryDirectory(), { maximumMegabytes: 1 });
    let reading = true;
    const reader = (async () => {
      let rounds = 0;
      while (reading || rounds === 0) {
        let last = 0;
        for await (const { sequence } of store.outbox.kept(store.storeId, 1, Number.POSITIVE_INFINITY)) {
          if (sequence <= last) throw new Error(`${sequence} after ${last}`);
          last = sequence;
          if (last % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        await new Promise((resolve) => setImmediate(resolve));
        rounds++;
      }
      return rounds;
    })();
    for (let number = 1; number <= 1200; number++) {
      const { events, synced } = store.commit({ events: [press('x', 3000)] });
      await synced;
      store.outbox.delivered('key.pressed', events[0]!.sequence);
    }
    reading = false;
    expect(await reader).toBeGreaterThan(0);
    expect(store.condition.damagedRecords).toBe(0);
  });
});
