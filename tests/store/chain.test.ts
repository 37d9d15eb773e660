import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/kernel/canonical-json.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { chainOf } from '../../src/protocols/hub/rating-chain.js';
import { endOfContent } from '../../src/store/record.js';
import type { Store } from '../../src/store/types.js';
import {
  BreakableFiles,
  close,
  done,
  envelopeOf,
  filesIn,
  open,
  press,
  rating,
  readAll,
  settle,
  tamper,
  temporaryDirectory,
} from './support.js';

const nothing = { count: 0, head: null };
const isRating = (type: string) => type === 'rating.submitted';

/** Keys in order, no blanks: written here once more, so that the store is not held against its own hand. */
function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${inOrder(one)}`).join(',')}}`;
}

/** What the ratings of a store say of their chain, each held against what it has to be; returns the last one. */
async function proven(store: Store): Promise<{ count: number; head: string | null }> {
  let head: string | null = null;
  const events = await readAll(store, 0, isRating);
  for (const event of events) {
    const { time, timequality, data, ...rest } = envelopeOf(event);
    const { chain, ...content } = data;
    const hash = createHash('sha256').update(`${head ?? ''}${inOrder({ ...rest, data: content })}`);
    expect(chain, `of sequence ${event.sequence}`).toBe(hash.digest('hex'));
    head = String(chain);
  }
  return { count: events.length, head };
}

describe('the chain of ratings', () => {
  const envelope = (sequence: number, data: object, time: string) => ({
    specversion: '1.0',
    id: `0190aaaa-0000-7000-8000-00000000000${sequence}`,
    source: '/hallward/jinshan/row-a',
    subject: 'rate-5',
    type: 'rating.submitted',
    time,
    datacontenttype: 'application/json',
    sequence: `000000000000000${sequence}`,
    store: '5f3c0000-0000-4000-8000-000000000001',
    boot: 'b7',
    timequality: 'synced',
    data,
  });
  const data = {
    session: 's1',
    level: 5,
    reasons: [] as string[],
    window: '5',
    unit: '人社窗口',
    staff: '0317',
    matter: 'registration',
    ticket: null,
    channel: 'key',
    invitedAt: null,
    at: '2026-11-21T01:02:03.004Z',
  };
  // Made with Python's hashlib and json.dumps(sort_keys=True, separators=(',', ':'), ensure_ascii=False).
  const first = '1b6735b3b73cd717ef83f95f052f044f08e80c74433b4565a47f2ad6cfa19387';
  const second = 'c40d65d5899d95affd38bb0efaac111ff75c95af02668b74e5779f537a1b13c2';

  it('is SHA-256 over the chain before and the canonical JSON, as another program works it out', () => {
    expect(chainOf(null, envelope(1, data, '2026-11-21T01:02:03.004Z'))).toBe(first);
    expect(chainOf(null, envelope(1, { ...data, chain: 'whatever' }, '1970-01-01T00:00:00.000Z'))).toBe(
      first,
    );
    const worse = { ...data, session: 's2', level: 1, reasons: ['slow'] };
    expect(chainOf(first, envelope(4, worse, '2026-11-21T01:02:04.000Z'))).toBe(second);
    expect(chainOf(null, envelope(4, worse, '2026-11-21T01:02:04.000Z'))).not.toBe(second);
  });

  it('has no regard for the order of keys, and much for every value', () => {
    const turned = Object.fromEntries(Object.entries(envelope(1, data, 'any')).reverse());
    expect(chainOf(null, turned)).toBe(first);
    for (const key of Object.keys(data)) {
      expect(chainOf(null, envelope(1, { ...data, [key]: 'other' }, 'any')), key).not.toBe(first);
    }
    for (const key of ['specversion', 'id', 'source', 'subject', 'type', 'sequence', 'store', 'boot']) {
      expect(chainOf(null, { ...envelope(1, data, 'any'), [key]: 'other' }), key).not.toBe(first);
    }
  });

  it('is over canonical JSON as RFC 8785 has it', () => {
    // The example of RFC 8785, section 3.2.2 and 3.2.3.
    const given = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
      "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`;
    const canonical =
      `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
      String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`;
    expect(canonicalJson(JSON.parse(given))).toBe(canonical);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(
          inOrder(JSON.parse(JSON.stringify(value))),
        );
      }),
    );
  });
});

describe('a store chains ratings', () => {
  it('and nothing else, over all commits, also several in one', async () => {
    const directory = temporaryDirectory();
    const store = await open(directory);
    expect(store.chain).toEqual(nothing);
    store.commit({ events: [press('next'), rating(5), done('a'), rating(4)] });
    await store.commit({ events: [rating(1), press('next')] }).synced;
    const head = await proven(store);
    expect(head.count).toBe(3);
    expect(store.chain).toEqual(head);
    for (const event of await readAll(store)) {
      expect('chain' in envelopeOf(event).data).toBe(isRating(event.type));
    }
    expect([...store.state.keys()]).toEqual([]);
    expect(() => store.commit({ puts: { 'store/chain': { count: 0, head: null } } })).toThrow(/store's own/);
  });

  it('from where they ended, after a clean end, and over snapshots and many segments', async () => {
    const directory = temporaryDirectory();
    let head: object = nothing;
    for (let round = 0; round < 4; round++) {
      const store = await open(directory, { maximumMegabytes: 1 });
      expect(store.chain).toEqual(head);
      for (let number = 0; number < 200; number++) {
        const { synced } = store.commit({ events: [press('x', 900), rating(3, 50)], puts: { number } });
        if (number % 10 === 9) await synced;
      }
      head = await proven(store);
      expect(store.chain).toEqual(head);
      await close(store);
    }
    expect(filesIn(directory, /^state/)).toHaveLength(2);
    expect(head).toMatchObject({ count: 800 });
  });

  it('whatever somebody hands in as their chain', async () => {
    const store = await open(temporaryDirectory());
    const event = rating(5);
    await store.commit({ events: [{ ...event, data: { ...event.data, chain: 'f'.repeat(64) } } as never] })
      .synced;
    expect(await proven(store)).toEqual(store.chain);
    const [stored] = await readAll(store);
    expect(stored?.json.match(/"chain":/g)).toHaveLength(1);
  });

  it('and tells of it only after the sync', async () => {
    const files = new BreakableFiles();
    const store = await open(temporaryDirectory(), { files });
    await store.commit({ events: [rating(5)] }).synced;
    const told: object[] = [];
    const stop = store.onChain(() => told.push(store.chain));
    store.onChain(() => {
      throw new Error('a listener that fails');
    });
    files.hang();
    const { synced } = store.commit({ events: [rating(4)] });
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([]);
    expect(store.chain.count).toBe(1);
    files.goOn();
    await synced;
    await store.commit({ events: [press('next')], puts: { a: 1 } }).synced;
    expect(told).toEqual([await proven(store)]);
    stop();
    await store.commit({ events: [rating(3)] }).synced;
    expect([told.length, store.chain.count]).toEqual([1, 3]);
  });

  it('in memory as well, while the storage fails, and has all of it once that works again', async () => {
    const files = new BreakableFiles();
    const clock = new VirtualClock();
    const directory = temporaryDirectory();
    const store = await open(directory, { files, clock });
    await store.commit({ events: [rating(5)] }).synced;
    files.fails = 'EIO';
    await store.commit({ events: [rating(4)] }).synced;
    await store.commit({ events: [rating(3)] }).synced;
    expect(store.condition.mode).toBe('memory');
    expect(store.chain).toEqual(await proven(store));
    expect(store.chain.count).toBe(3);
    files.fails = undefined;
    await clock.advance(2000);
    await settle(() => store.condition.mode === 'durable');
    await store.commit({ events: [rating(2)] }).synced;
    const head = await proven(store);
    await close(store);
    const again = await open(directory);
    expect(again.chain).toEqual(head);
    expect(await proven(again)).toEqual(head);
  });

  it('so that a time put right later breaks nothing', async () => {
    const clock = new VirtualClock('1970-01-01T00:00:10.000Z');
    clock.trust = 'untrusted';
    const directory = temporaryDirectory();
    const store = await open(directory, { clock });
    await store.commit({ events: [rating(5), rating(4)] }).synced;
    clock.trust = 'synced';
    store.correctTime(Date.parse('2026-11-21T01:00:00.000Z'));
    await store.commit({ events: [rating(3)] }).synced;
    const [corrected] = await readAll(store, 0, isRating);
    expect(envelopeOf(corrected!)).toMatchObject({
      time: '2026-11-21T01:00:10.000Z',
      timequality: 'holdover',
    });
    expect(await proven(store)).toEqual(store.chain);
    await close(store);
    const again = await open(directory);
    expect(await proven(again)).toEqual(again.chain);
  });

  it('and goes on from the last whole record where a write was cut short, anywhere in it', async () => {
    const origin = temporaryDirectory();
    const store = await open(origin, { maximumMegabytes: 1 });
    await store.commit({ events: [rating(5), press('next')] }).synced;
    await store.commit({ events: [rating(4)] }).synced;
    const acknowledged = store.chain;
    const file = filesIn(origin, /^events-\d+\.log$/)[0]!.slice(origin.length + 1);
    const whole = endOfContent(readFileSync(join(origin, file)));
    await store.commit({ events: [rating(3)], puts: { last: true } }).synced;
    const { chain } = store;
    await close(store);
    const end = endOfContent(readFileSync(join(origin, file)));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: whole, max: end }), async (cut) => {
        const directory = temporaryDirectory();
        cpSync(origin, directory, { recursive: true });
        tamper(join(directory, file), (bytes) => bytes.fill(0, cut));
        const reopened = await open(directory, { maximumMegabytes: 1 });
        expect(reopened.chain).toEqual(cut === end ? chain : acknowledged);
        await reopened.commit({ events: [rating(1)] }).synced;
        expect(await proven(reopened)).toEqual(reopened.chain);
        await close(reopened);
      }),
      { numRuns: 40 },
    );
  });
});
