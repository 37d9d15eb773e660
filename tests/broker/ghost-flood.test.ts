import { describe, expect, it } from 'vitest';
import { Ghosts } from '../../src/hub/ghosts.js';
import { RetainedBook } from '../../src/hub/retained-book.js';
import type { Log } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

describe('a hub that has retained topics without end', () => {
  const told: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (_: object, text: string) => void told.push(text),
    error() {},
  } as unknown as Log;

  it.each([false, true])(
    'fills no memory with them (book complete: %s), and is told of once',
    (isComplete) => {
      told.length = 0;
      const clock = new VirtualClock();
      const kept = new Map<string, object | null>();
      const book = new RetainedBook(clock, log);
      const set = book.set.bind(book);
      book.set = (topic, payload) => {
        kept.set(topic, payload);
        set(topic, payload);
      };
      const ghosts = new Ghosts(['hall/row/device/+'], book, clock, log);
      if (isComplete) ghosts.bookComplete();
      ghosts.up(() => {});
      ghosts.subscribed();
      for (let at = 0; at < 30_000; at++) ghosts.message(`hall/row/device/ghost-${at}`, 10, true);
      for (let at = 0; at < 100; at++) ghosts.message(`hall/row/device/${'x'.repeat(60_000)}${at}`, 10, true);
      ghosts.bookComplete();
      expect(kept.size).toBe(20_000);
      expect([...kept.keys()].every((topic) => topic.length < 257)).toBe(true);
      expect(told.filter((text) => text.includes('more retained topics'))).toHaveLength(1);
      // The next connection finds what is left.
      ghosts.down();
      ghosts.up(() => {});
      ghosts.subscribed();
      ghosts.message('hall/row/device/ghost-29999', 10, true);
      expect(kept.has('hall/row/device/ghost-29999')).toBe(true);
      ghosts.down();
    },
  );
});
