import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { Reply } from '../../src/protocols/hub/payloads.js';
import { CommandDesk, type CommandHandlers } from '../../src/supervisor/command-desk.js';
import { MemoryCommits } from './world.js';

let clock: VirtualClock;
let commits: MemoryCommits;
let replies: Reply[];
let issued: number;

const handlers = new Proxy({} as CommandHandlers, {
  get: (_target, name) => {
    if (name === 'ticket.issue')
      return () => ({ ok: true, result: { number: `A00${++issued}` }, change: {} });
    if (name === 'window.call')
      return () => ({ ok: false, code: 'window.unknown', message: 'There is no window 9.' });
    if (name === 'window.recall') {
      return () => {
        throw new Error('driver');
      };
    }
    return undefined;
  },
});

function desk(): CommandDesk {
  return new CommandDesk({
    clock,
    log: silentLog,
    handlers,
    state: commits.state,
    commit: commits.commit,
    reply: (reply) => replies.push(reply),
  });
}

function message(name: string, payload: unknown, retained = false) {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  return { name, payload: bytes, retained };
}

beforeEach(() => {
  clock = new VirtualClock();
  commits = new MemoryCommits();
  replies = [];
  issued = 0;
});

describe('a command', () => {
  it('is answered once what it did is synced, and recorded', async () => {
    commits.held = true;
    const taken = desk().take(message('ticket.issue', { id: 'a', queue: 'general' }));
    await clock.advance(0);
    expect(replies).toEqual([]);
    commits.release();
    await taken;
    expect(replies).toEqual([{ id: 'a', ok: true, result: { number: 'A001' } }]);
    expect(commits.takeTypes()).toEqual(['command.done']);
  });

  it('said twice is done once and answered twice, also after a restart', async () => {
    const first = desk();
    await first.take(message('ticket.issue', { id: 'a', queue: 'general' }));
    await first.take(message('ticket.issue', { id: 'a', queue: 'general' }));
    await desk().take(message('ticket.issue', { id: 'a', queue: 'general' }));
    expect(replies.map((reply) => reply.result)).toEqual(Array(3).fill({ number: 'A001' }));
    expect(issued).toBe(1);
  });

  it('said again while it is under way is done once', async () => {
    commits.held = true;
    const one = desk();
    const both = [1, 2].map(() => one.take(message('ticket.issue', { id: 'a', queue: 'general' })));
    await clock.advance(0);
    commits.release();
    await Promise.all(both);
    expect(issued).toBe(1);
  });

  it('is forgotten after a day, so that the memory does not grow', async () => {
    const one = desk();
    await one.take(message('ticket.issue', { id: 'a', queue: 'general' }));
    await clock.advance(25 * 3600 * 1000);
    await one.take(message('ticket.issue', { id: 'b', queue: 'general' }));
    expect([...commits.state.keys()]).toEqual(['command/b']);
  });

  it.each<[string, string, unknown, boolean, string | null, string]>([
    ['not UTF-8', 'ticket.issue', Uint8Array.of(0x7b, 0xff, 0x7d), false, null, 'payload.invalid'],
    ['not JSON', 'ticket.issue', Buffer.from('{'), false, null, 'payload.invalid'],
    ['a list', 'ticket.issue', [1], false, null, 'payload.invalid'],
    ['65 KiB', 'ticket.issue', Buffer.alloc(65 * 1024, 0x20), false, null, 'payload.invalid'],
    [
      'deep',
      'ticket.issue',
      Buffer.from(`{"id":"a","x":${'['.repeat(5000)}${']'.repeat(5000)}}`),
      false,
      null,
      'payload.invalid',
    ],
    ['without an id', 'ticket.issue', { queue: 'general' }, false, null, 'id.invalid'],
    [
      'with an id that is a topic',
      'ticket.issue',
      { id: 'a/+', queue: 'general' },
      false,
      null,
      'id.invalid',
    ],
    ['retained', 'ticket.issue', { id: 'a', queue: 'general' }, true, 'a', 'command.retained'],
    [
      'stale',
      'ticket.issue',
      { id: 'a', queue: 'general', expiresAt: '2026-11-21T00:59:59.999Z' },
      false,
      'a',
      'command.expired',
    ],
    [
      'with a time that is none',
      'ticket.issue',
      { id: 'a', queue: 'general', expiresAt: 'soon' },
      false,
      'a',
      'expiresAt.invalid',
    ],
    ['unknown', 'ticket.isue', { id: 'a' }, false, 'a', 'command.unknown'],
    ['named like a part of every object', 'constructor', { id: 'a' }, false, 'a', 'command.unknown'],
    ['with a wrong argument', 'ticket.issue', { id: 'a', queue: 5 }, false, 'a', 'arguments.invalid'],
    ['that the hall refuses', 'window.call', { id: 'a', window: '9' }, false, 'a', 'window.unknown'],
    ['whose handler fails', 'window.recall', { id: 'a', window: '5' }, false, 'a', 'command.failed'],
  ])('that is %s is refused with a reason', async (_what, name, payload, retained, id, code) => {
    await desk().take(message(name, payload, retained));
    expect(issued).toBe(0);
    expect(commits.events).toMatchObject([{ type: 'command.refused', data: { id, reason: code } }]);
    expect(replies).toMatchObject(id === null ? [] : [{ id, ok: false, error: { code } }]);
  });

  it('that has time left is carried out, and so is any while the clock is not to be trusted', async () => {
    const one = desk();
    await one.take(
      message('ticket.issue', { id: 'a', queue: 'general', expiresAt: '2026-11-21T01:00:05.000Z' }),
    );
    clock.trust = 'untrusted';
    await one.take(
      message('ticket.issue', { id: 'b', queue: 'general', expiresAt: '2020-01-01T00:00:00.000Z' }),
    );
    expect(issued).toBe(2);
  });

  it('among a thousand bad ones does not wear out the card', async () => {
    const one = desk();
    for (let index = 0; index < 1000; index++) await one.take(message('x', Buffer.from('{')));
    expect(commits.events.length).toBeLessThanOrEqual(20);
    await clock.advance(60_000);
    await one.take(message('x', Buffer.from('{')));
    expect(commits.events.length).toBeLessThanOrEqual(21);
    one.stop();
    expect(clock.pending()).toEqual([]);
  });
});
