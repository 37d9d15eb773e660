import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { topicsOf } from '../../src/protocols/hub/topics.js';
import { HeardQueues } from '../../src/supervisor/several/heard-queues.js';
import { MemoryCommits } from './world.js';

let commits: MemoryCommits;
let queues: HeardQueues;

const open = () =>
  new HeardQueues({ log: silentLog, state: commits.state, commit: (puts) => commits.commit({ puts }) });

beforeEach(() => {
  commits = new MemoryCommits();
  queues = open();
});

const topicOf = (queue: string) => topicsOf('hall', 'row-a').waiting(queue);
const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/** What a leader says of a queue in which nobody waits; `label` tells one saying from another. */
function hear(from: string, epoch: number, label: string, queue = 'general'): void {
  const mirror = {
    ...{ day: '2026-11-21', issued: 3, order: 3, lastCalled: 'A003', sincePriority: 0 },
    ...{ tickets: [], windows: {} },
  };
  const waiting = { queue, epoch, session: 1, at: '2026-11-21T01:00:00.000Z', label, mirror };
  queues.heard(from, topicOf('general'), bytes(waiting));
}

const label = () => queues.byName.get('general')?.label;

describe('the queues of a leader, as a hand hears of them', () => {
  it('are those of the latest adopter: what the one before it still says does not count', () => {
    hear('row-a', 1, 'before');
    hear('row-d', 2, 'adopted');
    hear('row-a', 1, 'late');
    expect(label()).toBe('adopted');
    hear('row-d', 2, 'again');
    expect(label()).toBe('again');
  });

  it('are taken back by their own leader alone', () => {
    hear('row-d', 2, 'adopted');
    queues.gone('row-a', topicOf('general'));
    expect(label()).toBe('adopted');
    queues.gone('row-d', topicOf('general'));
    expect(label()).toBeUndefined();
  });

  it('stay as they were where what is said cannot be read, or is of another queue', () => {
    hear('row-a', 1, 'good');
    hear('row-a', 1, 'of another', 'other');
    queues.heard('row-a', topicOf('general'), bytes({ queue: 'general', epoch: 1 }));
    queues.heard('row-a', topicOf('general'), new TextEncoder().encode('{'));
    expect([...queues.byName.keys()]).toEqual(['general']);
    expect(label()).toBe('good');
  });

  it('are known again after a restart only where they were kept', () => {
    hear('row-a', 1, 'known');
    expect(open().byName.size).toBe(0);
    queues.keep();
    expect(open().byName.get('general')).toMatchObject({ from: 'row-a', epoch: 1, label: 'known' });
  });
});
