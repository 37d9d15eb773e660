import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
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
  sequencesOf,
  settle,
  temporaryDirectory,
  upTo,
} from './support.js';

describe('a store', () => {
  it('keeps its id where no event was recorded yet', async () => {
    const directory = temporaryDirectory();
    const first = await open(directory);
    await first.commit({ puts: { session: 1 } }).synced;
    await close(first);
    expect((await open(directory)).storeId).toBe(first.storeId);
  });

  it('is after reopening what it was before: id, state, events, what the hub has', async () => {
    const directory = temporaryDirectory();
    const first = await open(directory);
    const one = first.commit({
      events: [press('next'), rating(5)],
      puts: { session: 1, 'window/5': { on: true } },
    });
    first.commit({ puts: { gone: 'soon' } });
    const two = first.commit({ events: [rating(1)], puts: { session: 2, gone: null } });
    await two.synced;
    first.outbox.delivered('rating.submitted', 2);
    const before = await readAll(first);
    await close(first);

    const second = await open(directory);
    expect(second.storeId).toBe(first.storeId);
    expect([...second.state]).toEqual([
      ['session', 2],
      ['window/5', { on: true }],
    ]);
    const after = await readAll(second);
    expect(after.map(({ json }) => json)).toEqual(before.map(({ json }) => json));
    expect(after.map((event) => envelopeOf(event).id)).toEqual(
      [...one.events, ...two.events].map(({ id }) => id),
    );
    expect(second.outbox.deliveredThrough('rating.submitted')).toBe(2);
    expect(second.outbox.deliveredThrough('key.pressed')).toBe(0);
    expect(second.outbox.backlog.events).toBe(2);
    expect(second.condition).toEqual({
      mode: 'durable',
      unwrittenRecords: 0,
      low: false,
      dropped: {},
      damagedRecords: 0,
    });
    expect(second.commit({ events: [press('next')] }).events[0]?.sequence).toBe(4);
  });

  it('sends the envelope of the contract', async () => {
    const clock = new VirtualClock('2026-11-21T01:02:03.004Z');
    const store = await open(temporaryDirectory(), { clock, newId: () => 'id-1' });
    await store.commit({ events: [{ ...press('次'), subject: 'a "quoted" \\ subject","type":"x' }] }).synced;
    const [event] = await readAll(store);
    expect(envelopeOf(event!)).toEqual({
      specversion: '1.0',
      id: 'id-1',
      source: '/hallward/jinshan/row-a',
      subject: 'a "quoted" \\ subject","type":"x',
      type: 'key.pressed',
      time: '2026-11-21T01:02:03.004Z',
      datacontenttype: 'application/json',
      sequence: '0000000000000001',
      store: store.storeId,
      boot: 'boot-1',
      timequality: 'synced',
      data: { device: 'caller-5', window: '5', key: '次' },
    });
    await close(store);
  });

  it('reads an envelope back whatever its subject is', async () => {
    const directory = temporaryDirectory();
    const store = await open(directory);
    const subject = '","type":"rating.submitted","time":"2000","sequence":"9","timequality":"untrusted"\n';
    await store.commit({ events: [{ ...press('next'), subject }] }).synced;
    await close(store);
    const [event] = await readAll(await open(directory));
    expect(event).toMatchObject({ sequence: 1, type: 'key.pressed' });
    expect(envelopeOf(event!).subject).toBe(subject);
  });

  it('gives ids of version 7 that carry the wall time', async () => {
    const store = await open(temporaryDirectory(), { clock: new VirtualClock('2026-11-21T01:02:03.004Z') });
    const { events } = store.commit({ events: [press('next')] });
    const digits = events[0]!.id.replaceAll('-', '');
    expect(digits[12]).toBe('7');
    expect(Number.parseInt(digits.slice(0, 12), 16)).toBe(Date.parse('2026-11-21T01:02:03.004Z'));
  });

  it('acknowledges nothing before the write has returned', async () => {
    const files = new BreakableFiles();
    const store = await open(temporaryDirectory(), { files });
    await store.commit({ events: [press('first')] }).synced;
    files.hang();
    let acknowledged = false;
    const { synced } = store.commit({ events: [press('second')], puts: { seen: true } });
    void synced.then(() => {
      acknowledged = true;
    });
    expect(store.state.get('seen')).toBe(true);
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(acknowledged).toBe(false);
    expect(store.outbox.lastSequence).toBe(1);
    expect(sequencesOf(await readAll(store))).toEqual([1]);
    files.goOn();
    await settle(() => acknowledged);
    expect(acknowledged).toBe(true);
    expect(store.outbox.lastSequence).toBe(2);
  });

  it('writes what waits together: 20,000 commits in few writes, each of them kept', async () => {
    const files = new BreakableFiles();
    const directory = temporaryDirectory();
    const store = await open(directory, { files });
    const began = files.synced;
    const ids: string[] = [];
    const waiting: Promise<void>[] = [];
    for (let number = 1; number <= 20_000; number++) {
      const { events, synced } = store.commit({ events: [press(`key-${number}`)], puts: { number } });
      ids.push(events[0]!.id);
      waiting.push(synced);
    }
    await Promise.all(waiting);
    expect(files.synced - began).toBeLessThan(200);
    expect(store.condition.mode).toBe('durable');
    await close(store);
    const again = await open(directory);
    expect(again.state.get('number')).toBe(20_000);
    const events = await readAll(again);
    expect(sequencesOf(events)).toEqual(upTo(20_000));
    expect(events.map((event) => envelopeOf(event).id)).toEqual(ids);
    expect(again.outbox.backlog.events).toBe(20_000);
  });

  it('tells of new events once they are recorded', async () => {
    const store = await open(temporaryDirectory());
    let news = 0;
    const stop = store.outbox.onSynced(() => news++);
    await store.commit({ events: [press('next')] }).synced;
    await store.commit({ puts: { only: 'state' } }).synced;
    expect(news).toBe(1);
    stop();
    await store.commit({ events: [press('next')] }).synced;
    await store.commit({ events: [press('next')] }).synced;
    expect(news).toBe(1);
    expect(store.outbox.lastSequence).toBe(3);
  });

  it('is not opened twice at a time', async () => {
    const directory = temporaryDirectory();
    const store = await open(directory);
    await expect(open(`${directory}/.`)).rejects.toMatchObject({ code: 'storage.in-use', kind: 'busy' });
    await close(store);
    await close(await open(directory));
  });

  it('keeps its own keys to itself and refuses commits after the end', async () => {
    const store = await open(temporaryDirectory());
    expect(() => store.commit({ puts: { 'store/dropped': {} } })).toThrow(/store's own/);
    await close(store);
    expect(() => store.commit({ puts: { late: true } })).toThrow(/closed/);
  });

  it('takes no part of a change that cannot be recorded', async () => {
    const store = await open(temporaryDirectory());
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    expect(() => store.commit({ events: [press('x')], puts: { ok: 1, bad: endless as never } })).toThrow();
    expect(store.state.size).toBe(0);
    expect(store.commit({ events: [press('next')] }).events[0]?.sequence).toBe(1);
  });

  it('writes one record for a commit and no file grows by it', async () => {
    const directory = temporaryDirectory();
    const store = await open(directory);
    await store.commit({ events: [press('next')] }).synced;
    const before = store.bytesWritten;
    const { events } = store.commit({ events: [press('next')], puts: { 'window/5': 'open' } });
    expect(events).toHaveLength(1);
    await store.commit({}).synced;
    const [event] = await readAll(store, 1);
    expect(store.bytesWritten - before).toBeLessThan(Buffer.byteLength(event!.json) + 100);
    expect(filesIn(directory, /./).map((path) => path.replace(/.*\//, ''))).toEqual([
      'events-0000000000000001.log',
    ]);
  });

  it('survives many segments: state from the snapshot, events from all of them', async () => {
    const directory = temporaryDirectory();
    let store = await open(directory, { maximumMegabytes: 2 });
    for (let number = 1; number <= 1500; number++) {
      const { synced } = store.commit({
        events: [rating(3, 200), done('c')],
        puts: { number, [`key-${number % 7}`]: number },
      });
      if (number % 20 === 0) await synced;
    }
    await store.commit({ puts: { last: true } }).synced;
    expect(filesIn(directory, /^events/).length).toBeGreaterThan(6);
    await close(store);
    expect(filesIn(directory, /^state/).length).toBe(2);
    store = await open(directory, { maximumMegabytes: 2 });
    expect(store.state.get('number')).toBe(1500);
    expect(store.state.get('key-6')).toBe(1498 - ((1498 - 6) % 7));
    expect(sequencesOf(await readAll(store))).toEqual(upTo(3000));
    expect(store.condition.damagedRecords).toBe(0);
  });

  it('proves that the storage works, and says so in memory as well', async () => {
    const files = new BreakableFiles();
    const clock = new VirtualClock();
    const store = await open(temporaryDirectory(), { files, clock });
    await store.commit({ events: [press('next')] }).synced;
    expect(await store.prove()).toBe(true);
    files.hang();
    const proof = store.prove();
    await clock.advance(5000);
    expect(await proof).toBe(false);
    files.goOn();
    files.fails = 'EIO';
    expect(await store.prove()).toBe(true);
    expect(store.condition.mode).toBe('memory');
    // It finds out by itself when the storage works again, also where nobody commits anything.
    files.fails = undefined;
    await clock.advance(2000);
    await settle(() => store.condition.mode === 'durable');
    expect(store.condition.mode).toBe('durable');
  });

  it('knows the time of the newest event that was not known to be wrong', async () => {
    const directory = temporaryDirectory();
    const clock = new VirtualClock('2026-11-21T01:00:00.000Z');
    const first = await open(directory, { clock });
    expect(first.newestMilliseconds).toBeNull();
    await first.commit({ events: [press('next')] }).synced;
    clock.trust = 'untrusted';
    clock.wallOffsetMilliseconds = 0;
    await first.commit({ events: [press('next')] }).synced;
    await close(first);
    expect((await open(directory)).newestMilliseconds).toBe(Date.parse('2026-11-21T01:00:00.000Z'));
  });
});
