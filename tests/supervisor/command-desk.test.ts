import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { Reply } from '../../src/protocols/hub/payloads.js';
import { CommandDesk, type CommandHandlers, type CommandOutcome } from '../../src/supervisor/command-desk.js';
import { MemoryCommits } from './world.js';

let clock: VirtualClock;
let commits: MemoryCommits;
let replies: Reply[];
let issued: number;
/** What `ticket.print` waits for. */
let printing: Promise<CommandOutcome>;

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
    if (name === 'window.done')
      return () => ({ ok: false, code: 'x'.repeat(500), message: '长'.repeat(500) });
    if (name === 'window.pause') {
      const result = Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`v${index}`, '长'.repeat(90)]),
      );
      return () => ({ ok: true, result });
    }
    if (name === 'window.skip') return () => Promise.reject(new Error('driver'));
    if (name === 'ticket.print' || name === 'rating.invite') return () => printing;
    if (name === 'config.get') {
      return () => ({
        ok: true,
        result: { revision: ++issued, config: { x: 'y'.repeat(50_000) }, hash: 'h' },
      });
    }
    if (name === 'device.disable') return () => ({ ok: true, result: { device: 'board-5', disabled: true } });
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
  printing = Promise.resolve({ ok: true, result: { printed: 'confirmed' } });
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

  it('said again and again while it is under way is done once, and answered when that is done', async () => {
    commits.held = true;
    const one = desk();
    const all = [1, 2, 3].map(() => one.take(message('ticket.issue', { id: 'a', queue: 'general' })));
    await clock.advance(0);
    expect(replies).toEqual([]);
    commits.release();
    await Promise.all(all);
    expect(issued).toBe(1);
    expect(replies).toEqual(Array(2).fill({ id: 'a', ok: true, result: { number: 'A001' } }));
  });

  it('said again with other content gets the first answer', async () => {
    const one = desk();
    await one.take(message('ticket.issue', { id: 'a', queue: 'general' }));
    await one.take(message('ticket.issue', { id: 'a', queue: 'other' }));
    await one.take(message('window.call', { id: 'a', window: '5' }));
    expect(replies).toEqual(Array(3).fill({ id: 'a', ok: true, result: { number: 'A001' } }));
    expect(issued).toBe(1);
  });

  it('that only asks is not kept on the disk, but answered the same again', async () => {
    const one = desk();
    for (let times = 0; times < 2; times++) await one.take(message('config.get', { id: 'a' }));
    expect(replies.map((reply) => reply.result)).toMatchObject([{ revision: 1 }, { revision: 1 }]);
    expect(commits.state.size).toBe(0);
    expect(commits.events).toMatchObject([{ type: 'command.done', data: { result: { revision: 1 } } }]);
  });

  it('that only asks is let go of when many large answers were given', async () => {
    const one = desk();
    for (let id = 0; id < 200; id++) await one.take(message('config.get', { id: `id-${id}` }));
    await one.take(message('config.get', { id: 'id-199' }));
    expect(replies.at(-1)?.result).toMatchObject({ revision: 200 });
    await one.take(message('config.get', { id: 'id-0' }));
    expect(replies.at(-1)?.result).toMatchObject({ revision: 201 });
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
    ...['a/+', '+', '#', 'a/b', 'a\0', 'a\n', 'ａ', '', 'x'.repeat(65), 7, null, ['a']].map(
      (id): [string, string, unknown, boolean, string | null, string] => [
        `with the id ${JSON.stringify(id)}`,
        'ticket.issue',
        { id, queue: 'general' },
        false,
        null,
        'id.invalid',
      ],
    ),
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
    [
      'with an argument too many',
      'ticket.issue',
      { id: 'a', queue: 'x', que: 'y' },
      false,
      'a',
      'arguments.invalid',
    ],
    [
      'of somebody with too long a name',
      'ticket.issue',
      { id: 'a', queue: 'x', by: 'y'.repeat(81) },
      false,
      'a',
      'arguments.invalid',
    ],
    ['whose handler fails late', 'window.skip', { id: 'a', window: '5' }, false, 'a', 'command.failed'],
    [
      'a time that never ends',
      'ticket.issue',
      { id: 'a', queue: 'x', expiresAt: `2020-01-01 (${'x'.repeat(9_000)})` },
      false,
      'a',
      'expiresAt.invalid',
    ],
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

describe('a command that nobody knows', () => {
  it.each([
    ['board.shw', 'There is no command "board.shw"; did you mean "board.show"?'],
    ['x', 'There is no command "x".'],
  ])('is refused with the near name, if there is one: %s', async (name, words) => {
    await desk().take(message(name, { id: 'a' }));
    expect(replies).toMatchObject([{ error: { code: 'command.unknown', message: words } }]);
  });
});

describe('what is wrong with the arguments', () => {
  const refusal = async (name: string, args: object) => {
    await desk().take(message(name, { id: 'a', ...args }));
    return replies.at(-1)?.error?.message;
  };

  it.each<[string, object, string]>([
    ['window.call', { widow: '5' }, 'unknown argument "widow"; did you mean "window"?'],
    ['window.call', { window: '5', elsewhere: 1 }, 'unknown argument "elsewhere"; known: by, window, ticket'],
    ['window.call', { window: 5 }, 'window: found the number 5, expected text (write it in quotes: "5")'],
    ['window.call', {}, 'window: missing'],
    ['config.history', { revision: 3 }, 'unknown argument "revision"; known: by'],
    [
      'say',
      { call: { ticket: 'x', number: 'A001', window: '5', urgent: true } },
      'call.urgent: unknown key "urgent"; known: ticket, number, window, priority, insist',
    ],
    [
      'board.show',
      { device: 'b', calls: [{ ticket: 'x', numer: 'A001', window: '5', priority: true }] },
      'calls.0.numer: unknown key "numer"; did you mean "number"?',
    ],
    ['say', { text: 'x', silence: true }, 'found a mapping, expected one of text, call and silence'],
    [
      'say',
      { text: 'x', signature: 's3cret'.repeat(40) },
      'signature: expected base64 text of at most 200 characters',
    ],
  ])('%s %j is said in one line', async (name, args, words) => {
    expect(await refusal(name, args)).toBe(words);
  });

  it('is said shortly, however long what was sent is', async () => {
    const many = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`key-${index}`, 1]));
    for (const args of [{ ['x'.repeat(60_000)]: 1 }, many, { window: '\u0001'.repeat(9_000) }]) {
      expect(Buffer.byteLength((await refusal('window.call', args)) ?? '')).toBeLessThanOrEqual(400);
    }
  });
});

describe('paper', () => {
  const print = message('ticket.print', { id: 'a', device: 'tickets', lines: ['A001'] });

  it('that was begun when the process ended is not printed again, and nobody pretends to know', async () => {
    printing = new Promise(() => {});
    void desk().take(print);
    await clock.advance(0);
    expect(replies).toEqual([]);
    // The process is gone; the next one reads what the first had written.
    printing = Promise.reject(new Error('printed twice'));
    printing.catch(() => {});
    await desk().take(print);
    expect(replies).toEqual([{ id: 'a', ok: true, result: { printed: 'unconfirmed' } }]);
  });

  it('that came out is answered so, also later', async () => {
    const one = desk();
    await one.take(print);
    await desk().take(print);
    expect(replies).toEqual(Array(2).fill({ id: 'a', ok: true, result: { printed: 'confirmed' } }));
  });

  it('that failed is answered so, also later, and in a flood of refusals', async () => {
    printing = Promise.resolve({ ok: false, code: 'printer.media-empty', message: 'It is empty.' });
    const one = desk();
    for (let times = 0; times < 30; times++) await one.take(message('x', Buffer.from('{')));
    await one.take(print);
    await desk().take(print);
    expect(replies.map(({ error }) => error?.code)).toEqual(Array(2).fill('printer.media-empty'));
    one.stop();
  });
});

describe('what is recorded of a command', () => {
  it('says who asked for what, and what came of it, without free text and signatures', async () => {
    const one = desk();
    await one.take(message('ticket.issue', { id: 'a', queue: 'general', at: 'door', by: 'zhao' }));
    await one.take(
      message('device.disable', { id: 'b', device: 'board-5', reason: 'the reason is long', by: 'wang' }),
    );
    await one.take(message('window.call', { id: 'c', window: '9', ticket: 'A012' }));
    await one.take(message('say', { id: 'd', text: 'words', signature: 'c2VjcmV0', extra: 1, by: 'li' }));
    expect(commits.events).toEqual([
      {
        type: 'command.done',
        subject: 'controller',
        data: {
          name: 'ticket.issue',
          id: 'a',
          by: 'zhao',
          target: { queue: 'general' },
          result: { number: 'A001' },
        },
      },
      {
        type: 'command.done',
        subject: 'controller',
        data: {
          name: 'device.disable',
          id: 'b',
          by: 'wang',
          target: { device: 'board-5' },
          result: { disabled: true },
        },
      },
      {
        type: 'command.refused',
        subject: 'controller',
        data: {
          name: 'window.call',
          id: 'c',
          by: null,
          reason: 'window.unknown',
          target: { window: '9', ticket: 'A012' },
          message: 'There is no window 9.',
        },
      },
      {
        type: 'command.refused',
        subject: 'controller',
        data: {
          name: 'say',
          id: 'd',
          by: 'li',
          reason: 'arguments.invalid',
          message: 'unknown argument "extra"; known: by, device, text, call, silence, signature, passing',
        },
      },
    ]);
  });

  it('is small, whatever was sent', async () => {
    const long = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 3_000 }));
    const names = ['device', 'window', 'queue', 'ticket', 'code', 'staff', 'by', 'store', 'date', 'text'];
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(long, fc.constantFrom('window.call', 'ticket.issue', 'device.disable')),
        fc.dictionary(fc.constantFrom(...names), fc.oneof(long, fc.double(), fc.jsonValue())),
        async (name, args) => {
          const one = desk();
          commits.events.length = 0;
          await one.take(message(name, { id: `${'x'.repeat(55)}${issued++}`, ...args }));
          one.stop();
          expect(commits.events).toHaveLength(1);
          for (const { data } of commits.events) {
            expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(1024);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['window.done', 'window.pause'])('is small, whatever %s answers', async (name) => {
    const long = '长'.repeat(80);
    await desk().take(message(name, { id: 'x'.repeat(64), window: long, by: long }));
    expect(commits.events).toHaveLength(1);
    expect(Buffer.byteLength(JSON.stringify(commits.events[0]?.data))).toBeLessThan(1024);
  });

  it('is nothing where it is said over and over by a leader', async () => {
    const one = desk();
    await one.take(message('window.call', { id: 'a', window: '9', passing: true }));
    expect(replies).toMatchObject([{ error: { code: 'arguments.invalid' } }]);
    commits.events.length = 0;
    printing = Promise.resolve({ ok: true });
    await one.take(message('rating.invite', { id: 'b', window: '5', passing: true }));
    expect(commits.events).toEqual([]);
  });
});
