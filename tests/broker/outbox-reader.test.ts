import { describe, expect, it } from 'vitest';
import { OutboxReader } from '../../src/hub/outbox-reader.js';
import type { Outbox, OutboxPage, StoredEvent } from '../../src/store/types.js';

/** An outbox of `last` events; `answer` gives the pages that are asked for after a sequence number. */
function reader(last: number, answer: (after: number) => OutboxPage | Promise<OutboxPage>) {
  const asked: number[] = [];
  const outbox: Outbox = {
    lastSequence: last,
    firstUndelivered: 1,
    backlog: { events: last, bytes: 0, oldestAt: null },
    read: (after) => {
      asked.push(after);
      return answer(after);
    },
    delivered: () => {},
    deliveredThrough: () => 0,
    onSynced: () => () => {},
    async *kept() {},
  };
  return { asked, reader: new OutboxReader(outbox, () => true) };
}

function pageOf(first: number, last: number): OutboxPage {
  const events = Array.from(
    { length: last - first + 1 },
    (_, index): StoredEvent => ({ sequence: first + index, type: 'ticket.called', json: '{}' }),
  );
  return { events, scannedThrough: last };
}

describe('the reading of the outbox', () => {
  it('goes back to what it had not given yet, though what must be sent again is further on', () => {
    const { asked, reader: place } = reader(6, (after) => pageOf(after + 1, Math.min(after + 4, 6)));
    place.read();
    place.next();
    expect(place.event?.sequence).toBe(2);
    place.rewind(4);
    place.read();
    expect(asked).toEqual([0, 1]);
    expect(place.event?.sequence).toBe(2);
  });

  it('gives nothing of a page that was being read when it was sent back', async () => {
    let arrive: (page: OutboxPage) => void = () => {};
    const { reader: place } = reader(6, (after) =>
      after === 3 ? new Promise((resolve) => (arrive = resolve)) : pageOf(after + 1, 3),
    );
    place.read();
    for (let event = 1; event <= 3; event++) place.next();
    const reading = place.read();
    expect(place.isReading).toBe(true);
    place.rewind(0);
    arrive(pageOf(4, 6));
    await reading;
    expect(place.event).toBeUndefined();
    place.read();
    expect(place.event?.sequence).toBe(1);
  });

  it('moves on where an outbox says that it has looked at nothing', () => {
    const { asked, reader: place } = reader(2, (after) => ({ events: [], scannedThrough: after }));
    while (!place.isAtEnd && asked.length < 9) place.read();
    expect(asked).toEqual([0, 1]);
  });

  it('may be tried again where the storage did not give a page', async () => {
    let broken = true;
    const { reader: place } = reader(1, async () => {
      if (broken) throw new Error('EIO');
      return pageOf(1, 1);
    });
    await expect(place.read()).rejects.toThrow('EIO');
    expect(place.isReading).toBe(false);
    broken = false;
    await place.read();
    expect(place.event?.sequence).toBe(1);
  });
});
