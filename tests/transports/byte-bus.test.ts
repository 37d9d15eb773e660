import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { type MemoryCableOptions, memoryCable } from '../../src/simulator/memory-cable.js';
import { byteBus } from '../../src/transports/byte-bus.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { answerDecoder, ask, brackets, bytesOf, question, rejection, reply, words } from './test-codec.js';

/** A bus on a memory cable, with a far end that answers whom `alive` names. */
async function bench(options: MemoryCableOptions = {}, alive: number[] = [1, 2, 3]) {
  const clock = new VirtualClock();
  const { carrier, farEnd, cable } = memoryCable({ clock, ...options });
  const bus = byteBus(
    'row',
    reopeningWire(carrier, clock, () => 1),
    clock,
    silentLog,
    () => 1,
  );
  const heard: { at: number; bytes: number[] }[] = [];
  const panel = { alive, answers: true };
  farEnd.onBytes((bytes) => {
    heard.push({ at: clock.monotonicMilliseconds(), bytes: [...bytes] });
    const [start, address, value] = bytes;
    if (panel.answers && start === 0x3f && panel.alive.includes(address!))
      farEnd.send(reply(address!, value));
  });
  await clock.advance(10);
  expect(bus.state).toBe('open');
  return { clock, bus, farEnd, cable, heard, panel };
}

/** Follows a promise in virtual time. */
function follow<Value>(clock: VirtualClock, promise: Promise<Value>) {
  const result: { at?: number; value?: Value; code?: string } = {};
  promise.then(
    (value) => Object.assign(result, { value, at: clock.monotonicMilliseconds() }),
    (error) => Object.assign(result, { code: error.code, at: clock.monotonicMilliseconds() }),
  );
  return result;
}

describe('a byte bus asks and gets its answers', () => {
  it('gives the answer and counts it', async () => {
    const { clock, bus } = await bench();
    const answer = bus.transact(question(1, { request: ask(1, 7) }));
    await clock.advance(50);
    expect(await answer).toBe(7);
    expect(bus.counters).toMatchObject({
      bytesSent: 3,
      bytesReceived: 3,
      frames: 1,
      discardedBytes: 0,
      opened: 1,
    });
    expect(bus.counters.slaves[1]).toEqual({
      requests: 1,
      answers: 1,
      timeouts: 0,
      garbled: 0,
      exceptions: 0,
    });
  });

  it('sends calls before commands before polls, one at a time', async () => {
    const { clock, bus, heard } = await bench();
    const order: string[] = [];
    const asked = (['poll', 'poll', 'command', 'call'] as const).map((priority, index) =>
      bus
        .transact(question(1, { priority, request: ask(1, index) }))
        .then((value) => order.push(`${priority} ${value}`)),
    );
    await clock.advance(500);
    await Promise.all(asked);
    // The first found the line free.
    expect(order).toEqual(['poll 0', 'call 3', 'command 2', 'poll 1']);
    expect(heard).toHaveLength(4);
  });

  it('keeps the gap asked for, and 3.5 characters of a slow line', async () => {
    const { clock, bus, heard } = await bench({ byteMicroseconds: 10_000 });
    await Promise.all([
      bus.transact(question(1)),
      bus.transact(question(2, { gapMilliseconds: 80 })),
      bus.transact(question(3)),
      clock.advance(1_000),
    ]);
    // Request and answer take 30 ms each; `heard` tells when the last byte of a request arrived.
    const gaps = heard.slice(1).map(({ at }, index) => at - 30 - (heard[index]!.at + 30));
    expect(gaps).toEqual([80, 35]);
  });

  it('counts the time-out from the calculated end of sending', async () => {
    const { clock, bus } = await bench({ byteMicroseconds: 10_000 }, []);
    await clock.advance(1_000);
    const from = clock.monotonicMilliseconds();
    const result = follow(clock, bus.transact(question(1, { retries: 0, timeoutMilliseconds: 200 })));
    await clock.advance(1_000);
    expect(result).toEqual({ code: 'bus.timeout', at: from + 30 + 200 });
  });

  it('tries again after a time-out, and not after an exception', async () => {
    const { clock, bus, heard, farEnd } = await bench({}, []);
    const late = follow(clock, bus.transact(question(9)));
    await clock.advance(1_000);
    expect(late.code).toBe('bus.timeout');
    expect(heard).toHaveLength(2);
    farEnd.onBytes(() => farEnd.send(reply(9, 0xff)));
    const refused = follow(clock, bus.transact(question(9)));
    await clock.advance(1_000);
    expect(refused.code).toBe('test.exception');
    expect(heard).toHaveLength(3);
    expect(bus.counters.slaves[9]).toEqual({
      requests: 3,
      answers: 0,
      timeouts: 2,
      garbled: 0,
      exceptions: 1,
    });
  });

  it('tells a garbled answer from silence, with what was received', async () => {
    const { clock, bus, farEnd, heard } = await bench({}, []);
    farEnd.onBytes(() => farEnd.send(Uint8Array.of(0x99, 0x98)));
    const error = rejection(bus.transact(question(9)));
    await clock.advance(1_000);
    expect(await error).toMatchObject({
      code: 'bus.garbled',
      kind: 'garbled',
      evidence: { address: 9, sent: '3F 09 01', received: '99 98' },
    });
    expect(heard).toHaveLength(2);
    expect(bus.counters.discards).toEqual({ junk: 4 });
  });

  it('lets a newer request take the place of a waiting one, also of one waiting to be tried again', async () => {
    const { clock, bus, heard, panel } = await bench({}, []);
    const show = (value: number) =>
      question(1, { priority: 'call', replaces: 'board 1', request: ask(1, value) });
    const first = follow(clock, bus.transact(show(1)));
    const second = follow(clock, bus.transact(show(2)));
    const third = follow(clock, bus.transact(show(3)));
    await clock.advance(50);
    expect(first.code).toBeUndefined();
    expect(second.code).toBe('bus.superseded');
    panel.alive = [1];
    await clock.advance(1_000);
    // The first found no answer; its second try would show an old number.
    expect(first.code).toBe('bus.timeout');
    expect(third.value).toBe(3);
    expect(heard.map(({ bytes }) => bytes[2])).toEqual([1, 3]);
  });

  it('throws late answers away, counted, and they are no noise', async () => {
    const { clock, bus, farEnd } = await bench({}, []);
    for (let round = 0; round < 10; round++) {
      const result = follow(clock, bus.transact(question(1, { retries: 0, priority: 'call' })));
      await clock.advance(150);
      expect(result.code).toBe('bus.timeout');
      farEnd.send(reply(1));
      await clock.advance(50);
    }
    expect(bus.counters.discards).toEqual({ late: 30 });
    expect(bus.noise.noisy).toBe(false);
  });

  it('gives up a request by its signal, waiting or under way', async () => {
    const { clock, bus, heard } = await bench({}, []);
    const stop = new AbortController();
    const underWay = follow(clock, bus.transact(question(1, { signal: stop.signal })));
    await clock.advance(20);
    const waiting = follow(clock, bus.transact(question(2, { signal: stop.signal })));
    stop.abort();
    await clock.advance(500);
    expect([underWay.code, waiting.code]).toEqual(['bus.cancelled', 'bus.cancelled']);
    expect(heard).toHaveLength(1);
    const tooLate = follow(clock, bus.transact(question(1, { signal: stop.signal })));
    await clock.advance(500);
    expect(tooLate.code).toBe('bus.cancelled');
  });

  it('takes no more than 256 waiting requests', async () => {
    const { clock, bus } = await bench({}, []);
    const results = Array.from({ length: 300 }, () => follow(clock, bus.transact(question(1))));
    await clock.advance(1);
    expect(results.filter(({ code }) => code === 'bus.queue-full')).toHaveLength(300 - 256 - 1);
  });

  it('survives a decoder that throws', async () => {
    const { clock, bus } = await bench();
    const decoder = () => ({
      feed: () => {
        throw new Error('bug');
      },
      idle: () => [],
    });
    const broken = follow(clock, bus.transact(question(1, { decoder })));
    const next = follow(clock, bus.transact(question(2)));
    await clock.advance(500);
    expect(broken.code).toBe('bus.decoder-failed');
    expect(next.value).toBe(1);
  });

  it('sends what nobody answers in its turn', async () => {
    const { clock, bus, heard } = await bench();
    const results = [
      follow(clock, bus.transact(question(1))),
      follow(clock, bus.transact(question(2))),
      follow(clock, bus.send(bytesOf('print'), 'command')),
    ];
    await clock.advance(100);
    expect(results.every(({ code }) => code === undefined)).toBe(true);
    expect(heard.map(({ bytes }) => bytes.length)).toEqual([3, 5, 3]);
  });

  it('leaves the line the time that what was sent takes', async () => {
    const { clock, bus, heard } = await bench({ byteMicroseconds: 10_000 });
    bus.send(bytesOf('12345'), 'poll');
    bus.send(bytesOf('12345'), 'poll');
    await clock.advance(1_000);
    expect(heard.map(({ at }) => at)).toEqual([10 + 50, 10 + 50 + 35 + 50]);
  });

  it('fails what waits behind a write that is stuck, and goes on when it is free', async () => {
    const { clock, bus, cable } = await bench();
    cable.stall(true);
    const sent = follow(clock, bus.send(bytesOf('long picture'), 'command'));
    await clock.advance(100);
    const polled = follow(clock, bus.transact(question(1, { retries: 0 })));
    await clock.advance(6_000);
    expect(polled.code).toBe('bus.timeout');
    expect(sent).toEqual({});
    cable.stall(false);
    const again = follow(clock, bus.transact(question(1)));
    await clock.advance(100);
    expect(again.value).toBe(1);
    expect(sent.code).toBeUndefined();
    expect(sent.at).toBeDefined();
  });
});

describe('a dead address', () => {
  it('is left alone for growing pauses, and any valid answer ends that', async () => {
    const { clock, bus, heard, panel } = await bench({}, []);
    const codes: (string | undefined)[] = [];
    for (let round = 0; round < 600; round++) {
      const result = follow(clock, bus.transact(question(1, { retries: 0, timeoutMilliseconds: 50 })));
      await clock.advance(100);
      codes.push(result.code);
    }
    expect(codes.slice(0, 4)).toEqual(['bus.timeout', 'bus.timeout', 'bus.timeout', 'bus.backing-off']);
    const pauses = heard.slice(3).map(({ at }, index) => Math.round((at - heard[index + 2]!.at) / 1_000));
    expect(pauses).toEqual([1, 2, 4, 8, 16]);
    // A call is tried at once, without a second try, and its answer brings the address back for all.
    const before = heard.length;
    const failed = follow(clock, bus.transact(question(1, { priority: 'call' })));
    await clock.advance(500);
    expect(failed.code).toBe('bus.timeout');
    expect(heard).toHaveLength(before + 1);
    panel.alive = [1];
    const call = follow(clock, bus.transact(question(1, { priority: 'call' })));
    await clock.advance(500);
    expect(call.value).toBe(1);
    const poll = follow(clock, bus.transact(question(1)));
    await clock.advance(500);
    expect(poll.value).toBe(1);
  });

  it('never waits longer than 30 s and is found again by its own poll', async () => {
    const { clock, bus, heard, panel } = await bench({}, []);
    const poll = () => follow(clock, bus.transact(question(1, { retries: 0, timeoutMilliseconds: 50 })));
    for (let round = 0; round < 1_500; round++) {
      poll();
      await clock.advance(100);
    }
    const times = heard.map(({ at }) => at);
    const pauses = times.slice(1).map((at, index) => at - times[index]!);
    expect(Math.max(...pauses)).toBeGreaterThan(29_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_200);
    panel.alive = [1];
    let found: ReturnType<typeof poll> | undefined;
    for (let round = 0; round < 310 && found?.value === undefined; round++) {
      found = poll();
      await clock.advance(100);
    }
    expect(found?.value).toBe(1);
  });

  it('is asked all the same by a poll that keeps its own pace', async () => {
    const { clock, bus, heard } = await bench({}, []);
    for (let round = 0; round < 50; round++) {
      const poll = follow(clock, bus.transact(question(1, { retries: 0, backOff: false })));
      await clock.advance(500);
      expect(poll.code).toBe('bus.timeout');
    }
    expect(heard).toHaveLength(50);
  });

  it('costs the others no more than its own time-out', async () => {
    const { clock, bus } = await bench({}, [2, 3]);
    for (let round = 0; round < 20; round++) {
      const dead = follow(clock, bus.transact(question(1, { timeoutMilliseconds: 200, retries: 3 })));
      const from = clock.monotonicMilliseconds();
      const others = [2, 3].map((address) => follow(clock, bus.transact(question(address))));
      await clock.advance(2_000);
      expect(dead.code).toMatch(/bus\.(timeout|backing-off)/);
      for (const other of others) {
        expect(other.value).toBe(1);
        expect(other.at! - from).toBeLessThan(200 + 50);
      }
    }
  });

  it('has a fresh chance when the wire was opened anew', async () => {
    const { clock, bus, cable, panel } = await bench({}, []);
    for (let round = 0; round < 40; round++) {
      follow(clock, bus.transact(question(1, { retries: 0 })));
      await clock.advance(1_000);
    }
    cable.cut();
    await clock.advance(1_000);
    panel.alive = [1];
    cable.join();
    await clock.advance(100);
    const poll = follow(clock, bus.transact(question(1)));
    await clock.advance(500);
    expect(poll.value).toBe(1);
  });
});

describe('an adapter that echoes', () => {
  it('is recognised by a read, and then told from answers that equal their requests', async () => {
    const { clock, bus, farEnd, panel } = await bench();
    panel.answers = false;
    let answering = true;
    farEnd.onBytes((bytes) => {
      farEnd.send(bytes);
      if (answering && bytes[0] === 0x3f) farEnd.send(reply(bytes[1]!, bytes[2]));
      if (answering && bytes[0] === 0x2b) farEnd.send(bytes);
    });
    const read = follow(clock, bus.transact(question(1)));
    await clock.advance(200);
    expect(read.value).toBe(1);
    const write = () =>
      follow(
        clock,
        bus.transact(
          question(1, { request: Uint8Array.of(0x2b, 1, 5), decoder: () => answerDecoder(1, 0x2b) }),
        ),
      );
    const taken = write();
    await clock.advance(500);
    expect(taken.value).toBe(5);
    expect(bus.counters.discards).toEqual({ echo: 6 });
    answering = false;
    const dead = write();
    await clock.advance(500);
    expect(dead.code).toBe('bus.timeout');
    expect(bus.noise.noisy).toBe(false);
  });

  it('is forgotten where another adapter does not echo', async () => {
    for (const change of ['reopened', 'read'] as const) {
      const { clock, bus, farEnd, cable, panel } = await bench();
      panel.answers = false;
      let echoing = true;
      farEnd.onBytes((bytes) => {
        if (echoing) farEnd.send(bytes);
        farEnd.send(bytes[0] === 0x3f ? reply(bytes[1]!, bytes[2]) : bytes);
      });
      const read = () => follow(clock, bus.transact(question(1)));
      const write = () => {
        const request = Uint8Array.of(0x2b, 1, 5);
        return follow(clock, bus.transact(question(1, { request, decoder: () => answerDecoder(1, 0x2b) })));
      };
      read();
      await clock.advance(100);
      expect(bus.counters.discards).toEqual({ echo: 3 });
      echoing = false;
      if (change === 'read') {
        read();
      } else {
        cable.cut();
        await clock.advance(100);
        cable.join();
      }
      await clock.advance(100);
      const taken = write();
      await clock.advance(500);
      expect(taken.value).toBe(5);
    }
  });
});

describe('frames that come unasked', () => {
  it('reach each listener with the time of their bytes, however they are cut', async () => {
    for (const chunking of ['as-sent', 'merged', 'single-bytes'] as const) {
      const { clock, bus, farEnd } = await bench({ chunking });
      const heard: string[] = [];
      bus.listen(words, 'a', ({ word }, at) => heard.push(`${word} ${at}`));
      const stop = bus.listen(words, 'b', ({ word }) => heard.push(word));
      farEnd.send(bytesOf('<a1><b1>'));
      farEnd.send(bytesOf('<a2>'));
      await clock.advance(100);
      expect(heard).toEqual(['a1 10', 'b1', 'a2 10']);
      stop();
      farEnd.send(bytesOf('<b2><a3>'));
      await clock.advance(100);
      expect(heard.slice(3)).toEqual(['a3 110']);
      expect(bus.counters).toMatchObject({ frames: 4, discards: { 'not-a-word': 4 } });
    }
  });

  it('give up an unfinished frame after silence, with one timer at most', async () => {
    const { clock, bus, farEnd } = await bench();
    const heard: string[] = [];
    bus.listen(words, 'a', ({ word }) => heard.push(word));
    farEnd.send(bytesOf('<a'));
    await clock.advance(30);
    farEnd.send(bytesOf('1'));
    await clock.advance(30);
    expect(clock.pending().filter((name) => name.includes('idle'))).toHaveLength(1);
    farEnd.send(bytesOf('2>'));
    await clock.advance(30);
    expect(heard).toEqual(['a12']);
    farEnd.send(bytesOf('<a'));
    await clock.advance(100);
    farEnd.send(bytesOf('3>'));
    await clock.advance(100);
    expect(heard).toEqual(['a12']);
    expect(bus.counters.discards).toEqual({ 'not-a-word': 4 });
    expect(clock.pending().filter((name) => name.includes('idle'))).toHaveLength(0);
  });

  it('of two framings on one wire are no noise for each other', async () => {
    const { clock, bus, farEnd } = await bench();
    const heard: string[] = [];
    bus.listen(words, 'a', ({ word }) => heard.push(word));
    bus.listen(brackets, 'a', ({ word }) => heard.push(word));
    for (let round = 0; round < 50; round++) {
      farEnd.send(bytesOf('<a1>'));
      farEnd.send(bytesOf('[a2]'));
      await clock.advance(200);
    }
    expect(heard).toHaveLength(100);
    expect(bus.counters.discardedBytes).toBe(0);
    farEnd.send(bytesOf('?????'));
    await clock.advance(200);
    expect(bus.counters.discardedBytes).toBe(5);
  });

  it('go on when a listener throws', async () => {
    const { clock, bus, farEnd } = await bench();
    const heard: string[] = [];
    bus.listen(words, 'a', () => {
      throw new Error('bug');
    });
    bus.listen(words, 'b', ({ word }) => heard.push(word));
    bus.onChange(() => {
      throw new Error('bug');
    });
    farEnd.send(bytesOf('<a1><b1>'));
    await clock.advance(100);
    const asked = follow(clock, bus.transact(question(1)));
    await clock.advance(100);
    expect(heard).toEqual(['b1']);
    expect(asked.value).toBe(1);
  });
});

describe('a noisy line', () => {
  it('is told, with a sample, and told again when it is over', async () => {
    const { clock, bus, farEnd } = await bench();
    bus.listen(words, 'a', () => {});
    const changes: boolean[] = [];
    bus.onChange(() => changes.push(bus.noise.noisy));
    for (let round = 0; round < 3; round++) {
      farEnd.send(bytesOf('<a1>?!'));
      await clock.advance(1_000);
    }
    expect(bus.noise).toMatchObject({ noisy: true, sample: 'not-a-word: 3F 21' });
    expect(bus.noise.discardedShare).toBeCloseTo(6 / 18);
    expect(changes).toEqual([true]);
    for (let round = 0; round < 90; round++) {
      farEnd.send(bytesOf('<a1>'));
      await clock.advance(1_000);
    }
    expect(changes).toEqual([true, false]);
    expect(bus.noise.discardedShare).toBe(0);
  });

  it('is quiet again after silence, too, and leaves no timer', async () => {
    const { clock, bus, farEnd } = await bench();
    await Promise.all([bus.transact(question(1, { request: ask(1, 7) })), clock.advance(50)]);
    const changes: boolean[] = [];
    bus.onChange(() => changes.push(bus.noise.noisy));
    for (let round = 0; round < 3; round++) {
      farEnd.send(bytesOf('?!'));
      await clock.advance(1_000);
    }
    await clock.advance(120_000);
    expect(changes).toEqual([true, false]);
    expect(clock.pending().filter((name) => name.includes('noise'))).toEqual([]);
  });

  it('is not a single stray byte, nor a board that is silent', async () => {
    const { clock, bus, farEnd } = await bench({}, []);
    farEnd.send(Uint8Array.of(0));
    for (let round = 0; round < 50; round++) {
      follow(clock, bus.transact(question(1, { priority: 'command' })));
      await clock.advance(1_000);
    }
    expect(bus.noise.noisy).toBe(false);
  });

  it('is found within 3 s where one byte in fifty is disturbed', async () => {
    let seed = 12345;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const { clock, bus, cable, farEnd, panel } = await bench({ byteMicroseconds: 1_042 });
    // Answers as long as a Modbus board's.
    panel.answers = false;
    farEnd.onBytes((bytes) => {
      if (bytes[0] === 0x3f) farEnd.send(bytesOf(`<a${'0'.repeat(14)}>`));
    });
    const decoder = () => words.decoder(['a']) as never;
    cable.noise(0.02, random);
    const from = clock.monotonicMilliseconds();
    while (!bus.noise.noisy && clock.monotonicMilliseconds() - from < 3_000) {
      for (const address of [1, 2, 3]) follow(clock, bus.transact(question(address, { decoder })));
      await clock.advance(500);
    }
    expect(bus.noise.noisy).toBe(true);
  });

  it('of a megabyte of garbage costs neither memory nor the next answer', async () => {
    const { clock, bus, farEnd } = await bench();
    bus.listen(words, 'a', () => {});
    const garbage = new Uint8Array(65_536).map((_, index) => (index * 7) % 256);
    for (let round = 0; round < 16; round++) farEnd.send(garbage);
    await clock.advance(10);
    const asked = follow(clock, bus.transact(question(1)));
    await clock.advance(1_000);
    expect(asked.value).toBe(1);
    // `<` and `>` stand in the garbage, so that some of it may look like a word for nobody: all is counted.
    expect(bus.counters.discardedBytes).toBe(16 * 65_536);
    expect(bus.noise.sample.length).toBeLessThan(200);
  });

  it('that never falls silent is written to all the same', async () => {
    const { clock, bus, farEnd, heard } = await bench();
    farEnd.send(Uint8Array.of(0x55));
    await clock.advance(1);
    const asked = follow(clock, bus.transact(question(1, { timeoutMilliseconds: 500 })));
    for (let round = 0; round < 200 && asked.at === undefined; round++) {
      farEnd.send(Uint8Array.of(0x55));
      await clock.advance(3);
    }
    expect(heard).toHaveLength(1);
    expect(asked.value).toBe(1);
  });
});

describe('a wire that is lost', () => {
  it('fails what is under way and what waits, and works again when it is back', async () => {
    const { clock, bus, cable, panel } = await bench({}, []);
    const changes: string[] = [];
    bus.onChange(() => changes.push(bus.state));
    const underWay = follow(clock, bus.transact(question(1)));
    const waiting = follow(clock, bus.transact(question(2)));
    await clock.advance(20);
    cable.cut();
    await clock.advance(1);
    expect([underWay.code, waiting.code]).toEqual(['wire.lost', 'wire.lost']);
    expect(bus.lostBecause?.code).toBe('wire.lost');
    const meanwhile = follow(clock, bus.transact(question(1)));
    await clock.advance(1);
    expect(meanwhile.code).toBe('wire.lost');
    panel.alive = [1];
    cable.join();
    await clock.advance(100);
    expect(changes).toEqual(['lost', 'open']);
    expect(bus.lostBecause).toBeUndefined();
    const after = follow(clock, bus.transact(question(1)));
    await clock.advance(100);
    expect(after.value).toBe(1);
    expect(bus.counters).toMatchObject({ opened: 2, lost: 1 });
  });

  it('does not join a frame from before with one from after', async () => {
    const { clock, bus, cable, farEnd } = await bench();
    const heard: string[] = [];
    bus.listen(words, 'a', ({ word }) => heard.push(word));
    farEnd.send(bytesOf('<a'));
    await clock.advance(1);
    cable.cut();
    cable.join();
    await clock.advance(25);
    expect(bus.state).toBe('open');
    farEnd.send(bytesOf('1><a2>'));
    await clock.advance(10);
    expect(heard).toEqual(['a2']);
  });

  it('keeps requests made before the first opening, until that fails', async () => {
    const clock = new VirtualClock();
    const { carrier, cable } = memoryCable({ clock });
    cable.cut();
    const bus = byteBus('row', reopeningWire(carrier, clock), clock, silentLog);
    const early = follow(clock, bus.transact(question(1)));
    await clock.advance(10);
    expect(early.code).toBe('wire.lost');
    await bus.close();
  });

  it('is closed with everything that waits, leaving no timer', async () => {
    const { clock, bus } = await bench({}, []);
    bus.listen(words, 'a', () => {});
    const underWay = follow(clock, bus.transact(question(1)));
    const waiting = follow(clock, bus.transact(question(2)));
    await clock.advance(20);
    await bus.close();
    const after = follow(clock, bus.transact(question(1)));
    await clock.advance(10);
    expect([underWay.code, waiting.code, after.code]).toEqual(['bus.closed', 'bus.closed', 'bus.closed']);
    expect(clock.pending()).toEqual([]);
  });
});

describe('a wire on which something speaks all the time', () => {
  it('is not noisy for what came before anybody listened', async () => {
    const { clock, bus, farEnd } = await bench();
    for (let report = 0; report < 10; report++) {
      farEnd.send(Uint8Array.of(0xf4, 0xf3, 0xf2, 0xf1));
      await clock.advance(100);
    }
    expect(bus.noise.noisy).toBe(false);
    expect(bus.counters.discards).toEqual({ early: 40 });
    const answer = bus.transact(question(1, { request: ask(1, 7) }));
    await clock.advance(50);
    expect(await answer).toBe(7);
    for (let report = 0; report < 10; report++) {
      farEnd.send(Uint8Array.of(0xf4, 0xf3, 0xf2, 0xf1));
      await clock.advance(100);
    }
    expect(bus.noise.noisy).toBe(true);
  });
});
