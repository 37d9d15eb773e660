import fc from 'fast-check';
import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { eventTypes } from '../../src/protocols/hub/events.js';
import type { FaultState } from '../../src/protocols/hub/payloads.js';
import { FaultBook } from '../../src/supervisor/fault-book.js';
import { SignalDesk } from '../../src/supervisor/signal-desk.js';
import { MemoryCommits } from './world.js';

const minute = 60_000;
const key = 'tickets/printer.media-low';
const low = { device: 'tickets', code: 'printer.media-low' };

let clock: VirtualClock;
let commits: MemoryCommits;
let topics: Map<string, FaultState>;

function book(session = 1, boot = 'boot-1') {
  let ids = 0;
  const faults = new FaultBook({
    log: silentLog,
    clock,
    boot,
    session,
    newId: () => `fault-${session}-${++ids}`,
    commit: commits.commit,
    stored: new Map(commits.state),
    subjectOf: () => ({}),
    publish: (device, code, state) => {
      if (state === null) topics.delete(`${device}/${code}`);
      else topics.set(`${device}/${code}`, state);
    },
  });
  const shown: string[] = [];
  new SignalDesk(faults).add('lamp', {
    faults: ['*'],
    devices: [],
    show: (state) => void shown.push(state),
  });
  return { faults, lamp: () => shown.at(-1) };
}

/** As the command does it. */
function shelve(faults: FaultBook, minutes: number, part?: string) {
  const shelved = faults.shelve('tickets', 'printer.media-low', {
    by: 'wang',
    reason: '新纸在路上',
    milliseconds: minutes * minute,
    ...(part === undefined ? {} : { part }),
  });
  if ('refused' in shelved) return shelved.refused;
  commits.commit(shelved.change);
  shelved.publish();
  return shelved.state;
}

beforeEach(() => {
  clock = new VirtualClock();
  commits = new MemoryCommits();
  topics = new Map();
});

describe('a fault that is put aside', () => {
  it('calls nobody for a while, stands all the same, and comes back by itself', async () => {
    const { faults, lamp } = book();
    faults.raise(low);
    await clock.advance(0);
    expect(lamp()).toBe('new');
    shelve(faults, 30);
    expect(lamp()).toBe('off');
    expect(topics.get(key)!.shelved).toEqual({
      by: 'wang',
      at: '2026-11-21T01:00:00.000Z',
      until: '2026-11-21T01:30:00.000Z',
      reason: '新纸在路上',
    });
    expect(faults.of('tickets')).toHaveLength(1);
    faults.raise({ ...low, evidence: { polls: 7 } });
    await clock.advance(29 * minute);
    expect(lamp()).toBe('off');
    expect(topics.get(key)!.shelved).toMatchObject({ by: 'wang' });
    await clock.advance(minute);
    expect(lamp()).toBe('new');
    expect(topics.get(key)!.shelved).toBeNull();
    expect(commits.takeTypes()).toEqual(['fault.raised', 'fault.shelved', 'fault.shelved']);
    faults.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('leaves other faults in sight', () => {
    const { faults, lamp } = book();
    faults.raise(low);
    shelve(faults, 30);
    faults.raise({ device: 'row', code: 'bus.lost' });
    expect(lamp()).toBe('new');
    faults.acknowledge('row', 'bus.lost', 'wang');
    expect(lamp()).toBe('acknowledged');
    faults.stop();
  });

  it('is in sight again when it comes anew', async () => {
    const { faults, lamp } = book();
    faults.raise(low);
    shelve(faults, 30);
    faults.clear('tickets', 'printer.media-low');
    faults.raise(low);
    await clock.advance(0);
    expect(lamp()).toBe('new');
    expect(topics.get(key)).not.toHaveProperty('shelved');
    await clock.advance(60 * minute);
    expect(commits.takeTypes().filter((type) => type === 'fault.shelved')).toHaveLength(1);
    faults.stop();
  });

  it('stays aside over a restart for what is left of its time, whatever the wall clock says', async () => {
    const before = book();
    before.faults.raise(low);
    shelve(before.faults, 30);
    await clock.advance(10 * minute);
    before.faults.stop();
    clock.wallOffsetMilliseconds += 3_600_000;
    const { faults, lamp } = book(2);
    faults.raise(low);
    await clock.advance(19 * minute);
    expect(lamp()).toBe('off');
    await clock.advance(minute);
    expect(lamp()).toBe('new');
    expect(topics.get(key)).toMatchObject({ shelved: null, session: 2 });
    faults.stop();
  });

  it('is in sight again where nobody can say how long it was aside', async () => {
    const before = book();
    before.faults.raise(low);
    shelve(before.faults, 30);
    before.faults.stop();
    clock.trust = 'untrusted';
    const { faults, lamp } = book(2, 'boot-2');
    faults.raise(low);
    await clock.advance(1);
    expect(lamp()).toBe('new');
    faults.stop();
  });

  it('may be one part: the others call all the same', () => {
    const { faults, lamp } = book();
    expect(shelve(faults, 30)).toBe('fault.not-standing');
    faults.raise({ ...low, parts: ['left'] });
    expect(shelve(faults, 30, 'middle')).toBe('fault.unknown-part');
    expect(faults.acknowledge('tickets', 'printer.media-low', 'wang', undefined, 'middle')).toEqual({
      refused: 'fault.unknown-part',
    });
    expect(shelve(faults, 30, 'left')).toMatchObject({ shelved: { part: 'left' } });
    expect(lamp()).toBe('off');
    faults.raise({ ...low, parts: ['left', 'right'] });
    expect(lamp()).toBe('new');
    faults.acknowledge('tickets', 'printer.media-low', 'wang', undefined, 'right');
    expect(lamp()).toBe('new');
    faults.raise({ ...low, parts: ['right'] });
    expect(lamp()).toBe('acknowledged');
    faults.stop();
  });

  it('says so in events that are as declared', async () => {
    const { faults } = book();
    faults.raise({ ...low, parts: ['left'] });
    shelve(faults, 1, 'left');
    await clock.advance(minute);
    faults.clear('tickets', 'printer.media-low');
    for (const { type, data } of commits.events) {
      expect(v.safeParse(eventTypes[type].data, data).issues).toBeUndefined();
    }
    faults.stop();
  });
});

it('whatever is done and whenever it starts anew, a lamp is dark exactly while all that stands is aside', async () => {
  const step = fc.oneof(
    fc.constant('raise' as const),
    fc.constant('clear' as const),
    fc.constant('restart' as const),
    fc.record({ shelve: fc.integer({ min: 1, max: 90 }) }),
    fc.record({ wait: fc.integer({ min: 1, max: 120 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      clock = new VirtualClock();
      commits = new MemoryCommits();
      topics = new Map();
      let session = 1;
      let run = book(session);
      let stands = false;
      let until = 0;
      for (const one of steps) {
        const now = clock.monotonicMilliseconds();
        if (one === 'raise') {
          if (!stands) until = 0;
          stands = true;
          run.faults.raise(low);
        } else if (one === 'clear') {
          stands = false;
          run.faults.end('tickets', 'printer.media-low');
        } else if (one === 'restart') {
          run.faults.stop();
          run = book(++session);
          if (stands) run.faults.raise(low);
        } else if ('shelve' in one) {
          if (stands) until = now + one.shelve * minute;
          shelve(run.faults, one.shelve);
        } else {
          await clock.advance(one.wait * minute);
        }
        await clock.advance(1);
        const isAside = until > clock.monotonicMilliseconds();
        expect(run.lamp()).toBe(stands && !isAside ? 'new' : 'off');
        expect(topics.get(key)?.shelved?.by).toBe(stands && isAside ? 'wang' : undefined);
      }
      run.faults.stop();
      expect(clock.pending()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
