import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfContent, RecordEncoder } from '../../src/store/record.js';
import type { Store } from '../../src/store/types.js';
import {
  close,
  envelopeOf,
  filesIn,
  open,
  press,
  rating,
  readAll,
  sequencesOf,
  tamper,
  temporaryDirectory,
  upTo,
} from './support.js';

const anySegment = /^events-\d+\.log$/;

/** A store with so many events, one record each. */
async function filled(directory: string, events: number, padding = 0, megabytes = 256): Promise<Store> {
  const store = await open(directory, { maximumMegabytes: megabytes });
  for (let number = 1; number <= events; number++) {
    await store.commit({ events: [press(`k${number}`, padding)], puts: { number } }).synced;
  }
  return store;
}

describe('a write that was cut short', () => {
  it('costs nothing that was acknowledged, whatever stands behind the last acknowledged byte', async () => {
    const origin = temporaryDirectory();
    const store = await filled(origin, 12, 0, 1);
    const name = readdirSync(origin).find((each) => anySegment.test(each))!;
    const acknowledged = endOfContent(readFileSync(join(origin, name)));
    // One more group of three commits: what the power cut hits.
    const last = [13, 14, 15].map((number) =>
      store.commit({ events: [press(`k${number}`)], puts: { number } }),
    );
    await last[2]!.synced;
    const ids = (await readAll(store)).map((event) => envelopeOf(event).id);
    await close(store);
    const whole = readFileSync(join(origin, name));
    const end = endOfContent(whole);

    const damage = fc.oneof(
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.nat() }),
      fc.record({ kind: fc.constant('zero' as const), at: fc.nat(), length: fc.nat() }),
      fc.record({
        kind: fc.constant('garble' as const),
        at: fc.nat(),
        length: fc.nat(),
        noise: fc.uint8Array({ minLength: 1, maxLength: 64 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (hit) => {
        const directory = temporaryDirectory();
        cpSync(origin, directory, { recursive: true });
        tamper(join(directory, name), (bytes) => {
          const from = acknowledged + (hit.at % (end - acknowledged));
          const to = hit.kind === 'cut' ? bytes.length : from + 1 + (hit.length % (end - from));
          for (let at = from; at < to; at++) {
            bytes[at] = hit.kind === 'garble' ? hit.noise[(at - from) % hit.noise.length]! : 0;
          }
        });
        const reopened = await open(directory, { maximumMegabytes: 1 });
        const events = await readAll(reopened);
        const count = events.length;
        // The group is there whole or not at all; a garbling may have changed nothing.
        expect([12, 15]).toContain(count);
        expect(sequencesOf(events)).toEqual(upTo(count));
        expect(events.map((event) => envelopeOf(event).id)).toEqual(ids.slice(0, count));
        expect(reopened.state.get('number')).toBe(count);
        expect(reopened.condition).toMatchObject({ mode: 'durable', damagedRecords: 0 });
        // The next one goes on where the acknowledged ones end, and is there after the next start.
        const next = reopened.commit({ events: [press('after')], puts: { number: 'after' } });
        expect(next.events[0]!.sequence).toBe(count + 1);
        await next.synced;
        await close(reopened);
        const third = await open(directory, { maximumMegabytes: 1 });
        expect(sequencesOf(await readAll(third))).toEqual(upTo(count + 1));
        expect(third.state.get('number')).toBe('after');
        await close(third);
        rmSync(directory, { recursive: true });
      }),
      { numRuns: 250 },
    );
  });

  it('leaves no ghost: a stale record behind the cut is never taken for a new one', async () => {
    const directory = temporaryDirectory();
    await close(await filled(directory, 1));
    const [segment] = filesIn(directory, anySegment);
    // A torn record, and behind it one that is whole: number 3 of another life, which would fit after number 2.
    const end = endOfContent(readFileSync(segment!));
    const nextRecord = async () => {
      const copy = temporaryDirectory();
      cpSync(directory, copy, { recursive: true });
      const store = await open(copy);
      await store.commit({ events: [press('mine')] }).synced;
      await close(store);
      return endOfContent(readFileSync(filesIn(copy, anySegment)[0]!));
    };
    const ghost = new RecordEncoder().encode('{"n":3,"puts":{"ghost":true}}', [], 0, 0);
    const at = await nextRecord();
    tamper(segment!, (bytes) => {
      bytes.write('torn', end);
      ghost.copy(bytes, at);
      // The ghost itself is cut too, or it would be taken for a record after a damaged one.
      bytes[at + 4]! ^= 0xff;
    });
    const store = await open(directory);
    await store.commit({ events: [press('mine')] }).synced;
    await close(store);
    const bytes = readFileSync(segment!);
    expect(endOfContent(bytes)).toBe(at);
    // Even had it been whole in the card's cache and come to light only now.
    const again = await open(directory);
    expect(again.state.has('ghost')).toBe(false);
    expect(sequencesOf(await readAll(again))).toEqual([1, 2]);
  });
});

describe('rot in the middle', () => {
  it('costs the record that it is in, which is counted, and nothing after it', async () => {
    const directory = temporaryDirectory();
    await close(await filled(directory, 20));
    tamper(filesIn(directory, anySegment)[0]!, (bytes) => {
      const at = bytes.indexOf('"key":"k7"');
      bytes[at + 8]! ^= 0x10;
    });
    const store = await open(directory);
    expect(sequencesOf(await readAll(store))).toEqual([...upTo(6), ...upTo(20, 8)]);
    expect(store.condition.damagedRecords).toBe(1);
    expect(store.state.get('number')).toBe(20);
    expect(store.commit({ events: [press('new')] }).events[0]!.sequence).toBe(21);
  });

  it('in a whole sector is stepped over', async () => {
    const directory = temporaryDirectory();
    await close(await filled(directory, 60));
    tamper(filesIn(directory, anySegment)[0]!, (bytes) => void bytes.fill(0, 4096, 8192));
    const store = await open(directory);
    const sequences = sequencesOf(await readAll(store));
    expect(sequences.at(0)).toBe(1);
    expect(sequences.at(-1)).toBe(60);
    expect(store.condition.damagedRecords).toBe(60 - sequences.length);
    expect(sequences.length).toBeGreaterThan(40);
  });

  it('does not lead to a sequence that the hub has seen already', async () => {
    const directory = temporaryDirectory();
    const first = await filled(directory, 5);
    await readAll(first);
    first.outbox.delivered('key.pressed', 5);
    await close(first);
    // The last record rots: from the file alone it cannot be told from a write that was cut short.
    tamper(filesIn(directory, anySegment)[0]!, (bytes) => {
      bytes[endOfContent(bytes) - 10]! ^= 1;
    });
    const store = await open(directory);
    expect(store.commit({ events: [press('new')] }).events[0]!.sequence).toBe(6);
  });

  it('in the newest snapshot makes the start longer and loses nothing', async () => {
    const directory = temporaryDirectory();
    await close(await filled(directory, 700, 200, 1));
    const snapshots = filesIn(directory, /^state/);
    expect(snapshots.length).toBe(2);
    tamper(snapshots[1]!, (bytes) => void bytes.fill(0x20, 40, 60));
    const store = await open(directory, { maximumMegabytes: 1 });
    expect(store.state.get('number')).toBe(700);
    expect(sequencesOf(await readAll(store))).toEqual(upTo(700));
    expect(store.condition.damagedRecords).toBe(1);
  });

  it('in an old segment is met when it is read back, and counted then', async () => {
    const directory = temporaryDirectory();
    await close(await filled(directory, 700, 200, 1));
    tamper(filesIn(directory, anySegment)[0]!, (bytes) => {
      const at = bytes.indexOf('"key":"k7x');
      bytes[at + 8]! ^= 0x10;
    });
    const store = await open(directory, { maximumMegabytes: 1 });
    expect(store.condition.damagedRecords).toBe(0);
    let told = 0;
    store.onCondition(() => told++);
    expect(sequencesOf(await readAll(store))).toEqual([...upTo(6), ...upTo(700, 8)]);
    expect([store.condition.damagedRecords, told]).toEqual([1, 1]);
  });
});

describe('lost files', () => {
  it('cost what was in them', async () => {
    const directory = temporaryDirectory();
    const first = await filled(directory, 700, 200, 1);
    await close(first);
    rmSync(filesIn(directory, anySegment)[1]!);
    const store = await open(directory, { maximumMegabytes: 1 });
    expect(store.storeId).toBe(first.storeId);
    const sequences = sequencesOf(await readAll(store));
    expect(sequences[0]).toBe(1);
    expect(sequences.at(-1)).toBe(700);
    expect(sequences.length).toBeLessThan(700);
    expect(store.state.get('number')).toBe(700);
  });

  it('with the segment that cannot be read being the newest: a new one, with numbers never used', async () => {
    const directory = temporaryDirectory();
    await close(await filled(directory, 700, 200, 1));
    const last = filesIn(directory, anySegment).at(-1)!;
    renameSync(last, `${last}.away`);
    const { mkdirSync } = await import('node:fs');
    mkdirSync(last);
    const store = await open(directory, { maximumMegabytes: 1 });
    expect(store.condition.damagedRecords).toBeGreaterThan(0);
    const { events, synced } = store.commit({ events: [press('new')] });
    await synced;
    expect(events[0]!.sequence).toBeGreaterThan(700);
    await close(store);
    rmSync(last, { recursive: true });
    expect((await readAll(await open(directory, { maximumMegabytes: 1 }))).at(-1)?.sequence).toBe(
      events[0]!.sequence,
    );
  });

  it('where nothing is readable: a new store id, and the files are kept aside', async () => {
    const directory = temporaryDirectory();
    const first = await filled(directory, 700, 200, 1);
    await close(first);
    const spoil = () => {
      for (const path of filesIn(directory, /^(events|state)-/)) {
        const { size } = statSync(path);
        writeFileSync(path, Buffer.alloc(size, 0x55));
      }
    };
    spoil();
    const second = await open(directory, { maximumMegabytes: 1 });
    expect(second.storeId).not.toBe(first.storeId);
    expect(second.state.size).toBe(0);
    expect(second.condition.damagedRecords).toBeGreaterThan(0);
    const kept = filesIn(directory, /^damaged-/).length;
    expect(kept).toBeGreaterThan(3);
    const { events, synced } = second.commit({ events: [rating(5)], puts: { fresh: true } });
    expect(events[0]!.sequence).toBe(1);
    await synced;
    await close(second);
    const third = await open(directory, { maximumMegabytes: 1 });
    expect(third.storeId).toBe(second.storeId);
    expect(third.state.get('fresh')).toBe(true);
    expect(third.condition.damagedRecords).toBe(0);
    for (let number = 0; number < 700; number++) await third.commit({ events: [press('x', 200)] }).synced;
    await close(third);
    spoil();
    await close(await open(directory, { maximumMegabytes: 1 }));
    expect(filesIn(directory, /^damaged-/).length).toBeLessThanOrEqual(kept + 2);
    expect(filesIn(directory, /^damaged-damaged-/)).toEqual([]);
  });

  it('a torn file of what the hub has is ignored: the records know most of it', async () => {
    const directory = temporaryDirectory();
    const first = await filled(directory, 5);
    first.outbox.delivered('key.pressed', 4);
    await first.commit({ events: [rating(5)] }).synced;
    first.outbox.delivered('key.pressed', 5);
    await close(first);
    tamper(join(directory, 'delivered'), (bytes) => {
      bytes[30]! ^= 1;
    });
    expect((await open(directory)).outbox.deliveredThrough('key.pressed')).toBe(4);
  });
});
