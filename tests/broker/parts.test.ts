/** The link's small parts without a broker. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectPlan } from '../../src/hub/connect-plan.js';
import { parseHubUrl } from '../../src/hub/hub-url.js';
import { OwnStatus } from '../../src/hub/own-status.js';
import { Replies } from '../../src/hub/replies.js';
import { RetainedBook } from '../../src/hub/retained-book.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { FakePort } from './support/fake-port.js';

describe('what is seen on our own status topic', () => {
  const see = (own: OwnStatus, status: object, stood: boolean) =>
    own.see(
      Buffer.from(JSON.stringify({ session: 7, startedAt: 'T7', connection: 5, state: 'online', ...status })),
      stood,
      5,
    );

  it('is ours, an old one of ours, or a predecessor, and none of them is a second board', () => {
    const own = new OwnStatus({ session: 7, startedAt: 'T7' });
    expect(see(own, {}, false)).toBe('ours');
    expect(see(own, {}, true)).toBe('ours');
    expect(see(own, { state: 'lost', connection: 4 }, false)).toBe('overwritten');
    expect(see(own, { state: 'lost', connection: 4 }, true)).toBe('before');
    expect(see(own, { state: 'lost' }, false)).toBe('overwritten');
    for (let time = 0; time < 3; time++) {
      // Also where a broker restores it from an old snapshot, again and again.
      expect(see(own, { session: 6, startedAt: 'T6', connection: 90 }, true)).toBe('before');
      expect(see(own, { session: 6, startedAt: 'T6', connection: 90, state: 'lost' }, false)).toBe(
        'overwritten',
      );
    }
  });

  it('is a second board where a foreign start is born after us, or goes on connecting', () => {
    const born = new OwnStatus({ session: 7, startedAt: 'T7' });
    expect(see(born, { session: 7, startedAt: 'clone' }, false)).toBe('twin');
    const growing = new OwnStatus({ session: 7, startedAt: 'T7' });
    expect(see(growing, { startedAt: 'clone', connection: 8, state: 'lost' }, true)).toBe('before');
    expect(see(growing, { startedAt: 'clone', connection: 9, state: 'lost' }, true)).toBe('twin');
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.boolean(),
        (bytes, stood) => {
          const own = new OwnStatus({ session: 7, startedAt: 'T7' });
          expect(own.see(bytes, stood, 5)).toBe(stood ? 'before' : 'overwritten');
        },
      ),
    );
  });
});

describe('the order of tries', () => {
  const targets = (count: number) =>
    Array.from({ length: count }, (_, n) => parseHubUrl(`mqtt://hub-${n}:1883`));
  const tried = ({ target, protocol }: ReturnType<ConnectPlan['next']>) => `${target.host} ${protocol}`;

  it('finds a broker that was away within 5 s of its return, however long it was away', () => {
    const plan = new ConnectPlan(targets(1), () => 0.999);
    for (let n = 0; n < 50; n++) expect(plan.failed('lost', 5)).toBeLessThanOrEqual(4_000);
    // A try that has itself waited for 4 s is followed by the next at once.
    expect(plan.failed('lost', 4_000)).toBeLessThan(200);
  });

  it('goes round the list, and starts it again after a connection was lost', () => {
    const plan = new ConnectPlan(targets(3), () => 0.5);
    const seen: string[] = [];
    for (let n = 0; n < 4; n++) {
      seen.push(tried(plan.next()));
      plan.failed('lost', 5);
    }
    plan.ended('lost', 60_000, false);
    seen.push(tried(plan.next()));
    expect(seen).toEqual(['hub-0 5', 'hub-1 5', 'hub-2 5', 'hub-0 5', 'hub-0 5']);
  });

  it('asks a refusing broker ever more slowly, up to a minute', () => {
    const plan = new ConnectPlan(targets(1), () => 0.999);
    const pauses = Array.from({ length: 10 }, () => plan.failed('refused', 5));
    expect(pauses[0]).toBeGreaterThan(4_900);
    expect(pauses.at(-1)).toBeGreaterThan(59_000);
    expect(pauses.at(-1)).toBeLessThanOrEqual(60_000);
  });

  it('falls back to 3.1.1 at once on a clear word, and remembers it', () => {
    const plan = new ConnectPlan(targets(1), () => 0.5);
    plan.failed('version', 5);
    expect(tried(plan.next())).toBe('hub-0 4');
    plan.ended('lost', 60_000, false);
    plan.failed('lost', 5);
    expect(tried(plan.next())).toBe('hub-0 4');
    for (let n = 0; n < 3; n++) plan.failed('refused', 5);
    expect(tried(plan.next())).toBe('hub-0 5');
  });

  it('falls back after two wordless refusals, and asks for MQTT 5 again at the next connection', () => {
    const plan = new ConnectPlan(targets(1), () => 0.5);
    plan.failed('silent', 5);
    expect(tried(plan.next())).toBe('hub-0 5');
    plan.failed('silent', 5);
    expect(tried(plan.next())).toBe('hub-0 4');
    plan.ended('lost', 60_000, false);
    expect(tried(plan.next())).toBe('hub-0 5');
    plan.failed('silent', 5);
    expect(tried(plan.next())).toBe('hub-0 4');
    plan.failed('silent', 5);
    expect(tried(plan.next())).toBe('hub-0 5');
  });

  it('forgets a wordless refusal of MQTT 5 once it was served with it', () => {
    const plan = new ConnectPlan(targets(1), () => 0.5);
    for (let restarts = 0; restarts < 3; restarts++) {
      plan.failed('silent', 5);
      expect(tried(plan.next())).toBe('hub-0 5');
      plan.ended('lost', 60_000, false);
    }
  });

  it('backs off from a second board from 30 s to 5 minutes', () => {
    const plan = new ConnectPlan(targets(1), () => 0.999);
    const pauses = Array.from({ length: 8 }, () => plan.ended('taken-over', 60_000, true));
    expect(pauses[0]).toBeGreaterThan(29_000);
    expect(pauses.at(-1)).toBeGreaterThan(290_000);
    expect(pauses.at(-1)).toBeLessThanOrEqual(300_000);
  });

  it('takes only MQTT addresses, and shows none of their user info', () => {
    expect(parseHubUrl('mqtts://user:secret@hub.example')).toEqual({
      url: 'mqtts://hub.example:8883',
      host: 'hub.example',
      port: 8883,
      tls: true,
    });
    expect(parseHubUrl('mqtt://[::1]:1884')).toMatchObject({ host: '::1', port: 1884, tls: false });
    for (const text of ['http://hub', 'hub:1883', '', 'mqtt://']) {
      expect(() => parseHubUrl(text)).toThrow(expect.objectContaining({ code: 'hub.bad-url' }));
    }
  });
});

describe('the book of retained topics', () => {
  it('leaves at the broker what was set last, through any answers and losses', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('set' as const),
        topic: fc.constantFrom('a', 'b', 'c'),
        value: fc.option(fc.nat(3)),
      }),
      fc.record({ kind: fc.constant('answer' as const), at: fc.nat(5), code: fc.constantFrom(0, 0x10) }),
      fc.record({ kind: fc.constant('lose' as const), forgets: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 3 }), (steps, limit) => {
        const clock = new VirtualClock();
        const book = new RetainedBook(clock, silentLog);
        const broker = new Map<string, string>();
        const wanted = new Map<string, string>();
        let port = new FakePort(limit);
        book.up(port);
        const answer = (code: number, at: number) => {
          const { topic, payload, options } = port.flying[at]!;
          expect(options.retain).toBe(true);
          if (payload === '') broker.delete(topic);
          else broker.set(topic, payload);
          port.answer(code, at);
          book.go();
          const topics = port.flying.map((sent) => sent.topic);
          expect(new Set(topics).size).toBe(topics.length);
        };
        for (const one of steps) {
          if (one.kind === 'set') {
            const payload = one.value === null ? null : { n: one.value };
            book.set(one.topic, payload);
            if (payload === null) wanted.delete(one.topic);
            else wanted.set(one.topic, JSON.stringify(payload));
          } else if (one.kind === 'answer' && port.flying.length > 0) {
            answer(one.code, one.at % port.flying.length);
          } else if (one.kind === 'lose') {
            // What was in flight may have arrived or not.
            for (const { topic, payload } of port.flying) if (!one.forgets) broker.set(topic, payload);
            if (one.forgets) broker.clear();
            book.down();
            port = new FakePort(limit);
            book.up(port);
          }
        }
        while (port.flying.length > 0) answer(0, 0);
        expect([...broker].filter(([, payload]) => payload !== '').sort()).toEqual([...wanted].sort());
      }),
      { numRuns: 300 },
    );
  });

  it('tries a refused topic again after a while, and says what is refused', async () => {
    const clock = new VirtualClock();
    const book = new RetainedBook(clock, silentLog);
    const port = new FakePort();
    book.up(port);
    book.set('a', { n: 1 });
    port.answer(0x87);
    expect(book.refusals()).toEqual([{ topic: 'a', reasonCode: 0x87 }]);
    await clock.advance(29_000);
    expect(port.flying).toHaveLength(0);
    await clock.advance(2_000);
    port.answer(0);
    expect(book.refusals()).toEqual([]);
    await clock.advance(100_000);
    expect(port.all).toHaveLength(2);
  });
});

describe('replies', () => {
  it('wait for a connection for a minute, within bounds, and are repeated where in doubt', async () => {
    const clock = new VirtualClock();
    const replies = new Replies(clock, silentLog);
    replies.add('old', {});
    await clock.advance(61_000);
    for (let n = 0; n < 300; n++) replies.add(`r-${n}`, { n });
    const first = new FakePort(10);
    replies.up(first);
    expect(first.flying.map(({ topic }) => topic)[0]).toBe('r-44');
    first.answer(0);
    replies.down();
    const second = new FakePort(1_000);
    replies.up(second);
    expect(second.flying).toHaveLength(255);
    expect(second.flying[0]?.topic).toBe('r-45');
  });
});
