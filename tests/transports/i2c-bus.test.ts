import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/kernel/clock.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { type SimulatedI2cChip, simulatedI2c } from '../../src/simulator/i2c.js';
import { systemI2cAdapter } from '../../src/transports/i2c-adapter.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import type { I2cAdapter, I2cTransfer } from '../../src/transports/ports-i2c.js';

/** A chip that notes what is written and reads as its own address. */
function plainChip(address: number, heard: number[][] = []): SimulatedI2cChip {
  return {
    answers: true,
    write: (bytes) => void heard.push([address, ...bytes]),
    read: (length) => new Uint8Array(length).fill(address),
  };
}

async function bench(address = 0x20) {
  const clock = new VirtualClock();
  const { adapter, panel } = simulatedI2c({ clock });
  const heard: number[][] = [];
  panel.attach(address, plainChip(address, heard));
  let opened = 0;
  const counting: I2cAdapter = {
    address: adapter.address,
    open: (closed) => {
      opened++;
      return adapter.open(closed);
    },
  };
  const bus = i2cBus('i2c1', counting, clock);
  const states: string[] = [];
  bus.onChange(() => states.push(`${bus.state} ${bus.lostBecause?.code ?? ''}`.trim()));
  await clock.advance(1);
  return { clock, bus, panel, heard, states, opened: () => opened };
}

/** Follows a promise in virtual time. */
function follow<Value>(clock: VirtualClock, promise: Promise<Value>) {
  const result: { at?: number; value?: Value; code?: string; kind?: string } = {};
  promise.then(
    (value) => Object.assign(result, { value, at: clock.monotonicMilliseconds() }),
    ({ code, kind }) => Object.assign(result, { code, kind, at: clock.monotonicMilliseconds() }),
  );
  return result;
}

const read: I2cTransfer = { address: 0x20, write: Uint8Array.of(0x12), readLength: 2 };

describe('an I2C bus', () => {
  it('opens by itself, writes and reads, and counts for each address', async () => {
    const { clock, bus, heard, states } = await bench();
    expect(states).toEqual(['open']);
    const bytes = follow(clock, bus.transfer(read, 'poll'));
    const none = follow(clock, bus.transfer({ ...read, address: 0x21 }, 'poll'));
    await clock.advance(10);
    expect(bytes.value).toEqual(Uint8Array.of(0x20, 0x20));
    expect(none).toMatchObject({ code: 'i2c.no-answer', kind: 'absent' });
    expect(heard).toEqual([[0x20, 0x12]]);
    expect([...bus.counters]).toEqual([
      [0x20, { transfers: 1, noAnswers: 0, failures: 0 }],
      [0x21, { transfers: 1, noAnswers: 1, failures: 0 }],
    ]);
    expect(bus.sent).toBe(2);
    expect(bus.state).toBe('open');
  });

  it('lets calls go before commands before polls, one at a time', async () => {
    const { clock, bus, heard } = await bench();
    const write = (byte: number) => ({ address: 0x20, write: Uint8Array.of(byte) });
    const all = [
      bus.transfer(write(1), 'poll'),
      bus.transfer(write(2), 'poll'),
      bus.transfer(write(3), 'command'),
      bus.transfer(write(4), 'call'),
    ];
    await clock.advance(10);
    await Promise.all(all);
    expect(heard.map(([, byte]) => byte)).toEqual([1, 4, 3, 2]);
  });

  it('takes what comes before it is open, at most 256 at a time', async () => {
    const clock = new VirtualClock();
    const { adapter, panel } = simulatedI2c({ clock });
    panel.attach(0x20, plainChip(0x20));
    const bus = i2cBus('i2c1', adapter, clock);
    const all = Array.from({ length: 257 }, () => follow(clock, bus.transfer(read, 'poll')));
    await clock.advance(1_000);
    expect(all.filter(({ value }) => value !== undefined)).toHaveLength(256);
    expect(all.at(-1)).toMatchObject({ code: 'bus.queue-full', kind: 'busy' });
  });

  it.each([
    { address: 0x07, readLength: 1 },
    { address: 0x78, readLength: 1 },
    { address: 32.5, readLength: 1 },
    { address: 0x20, readLength: 33 },
    { address: 0x20, readLength: -1 },
    { address: 0x20, write: new Uint8Array(33) },
    { address: 0x20 },
    { address: 0x20, write: new Uint8Array() },
  ])('refuses what no chip could answer: %j', async (transfer) => {
    const { clock, bus, panel } = await bench();
    const refused = follow(clock, bus.transfer(transfer, 'poll'));
    await clock.advance(10);
    expect(refused).toMatchObject({ code: 'i2c.bad-transfer', kind: 'usage' });
    expect(panel.transfers).toBe(0);
  });

  it('is lost with the third transfer in a row that finds the wires held, and open with the first that does not', async () => {
    const { clock, bus, panel, states, opened } = await bench();
    panel.holdLow();
    for (let round = 0; round < 3; round++) {
      expect(states).toEqual(['open']);
      const stuck = follow(clock, bus.transfer(read, 'poll'));
      await clock.advance(1_100);
      expect(stuck).toMatchObject({ code: 'i2c.line-stuck', kind: 'timeout' });
    }
    expect(states).toEqual(['open', 'lost i2c.line-stuck']);
    // The connection is the same: polls go on as probes.
    const probe = follow(clock, bus.transfer(read, 'poll'));
    await clock.advance(1_100);
    expect(probe.code).toBe('i2c.line-stuck');
    panel.release();
    const good = follow(clock, bus.transfer(read, 'poll'));
    await clock.advance(10);
    expect(good.value).toBeDefined();
    expect(states).toEqual(['open', 'lost i2c.line-stuck', 'open']);
    expect(opened()).toBe(1);
    expect(bus.counters.get(0x20)).toEqual({ transfers: 5, noAnswers: 0, failures: 4 });
  });

  it('is not lost by two held transfers with a good one between them, nor by chips that are absent', async () => {
    const { clock, bus, panel, states } = await bench();
    for (const held of [true, true, false, true, true]) {
      if (held) panel.holdLow();
      else panel.release();
      await Promise.all([follow(clock, bus.transfer(read, 'poll')), clock.advance(1_100)]);
    }
    panel.release();
    panel.detach(0x20);
    for (let round = 0; round < 5; round++) {
      await Promise.all([follow(clock, bus.transfer(read, 'poll')), clock.advance(10)]);
    }
    expect(states).toEqual(['open']);
  });

  it('knows by an absent chip, too, that the wires are free again', async () => {
    const { clock, bus, panel, states } = await bench();
    panel.holdLow();
    panel.detach(0x20);
    for (let round = 0; round < 3; round++) {
      await Promise.all([follow(clock, bus.transfer(read, 'poll')), clock.advance(1_100)]);
    }
    panel.release();
    await Promise.all([follow(clock, bus.transfer(read, 'poll')), clock.advance(10)]);
    expect(states).toEqual(['open', 'lost i2c.line-stuck', 'open']);
  });

  it('gives up a transfer that hangs, tells what waits, and comes back', async () => {
    const { clock, bus, panel, states, opened } = await bench();
    panel.hang();
    const hung = follow(clock, bus.transfer(read, 'poll'));
    const behind = follow(clock, bus.transfer(read, 'poll'));
    await clock.advance(1_499);
    expect(hung).toEqual({});
    await clock.advance(1);
    expect(hung).toMatchObject({ code: 'i2c.hung', kind: 'timeout' });
    expect(behind).toMatchObject({ code: 'wire.lost', kind: 'absent' });
    expect(states).toEqual(['open', 'lost i2c.hung']);
    const refused = follow(clock, bus.transfer(read, 'poll'));
    await clock.advance(1);
    expect(refused.code).toBe('wire.lost');
    // Opened anew, it is not believed until a transfer came back.
    await clock.advance(250);
    expect(opened()).toBe(2);
    expect(bus.state).toBe('lost');
    panel.unhang();
    const good = follow(clock, bus.transfer(read, 'poll'));
    await clock.advance(10);
    expect(good.value).toBeDefined();
    expect(states).toEqual(['open', 'lost i2c.hung', 'open']);
    expect(bus.counters.get(0x20)).toEqual({ transfers: 2, noAnswers: 0, failures: 1 });
  });

  it('that goes on hanging is opened with growing pauses, two seconds at most', async () => {
    const { clock, bus, panel, opened } = await bench();
    panel.hang();
    const from = clock.monotonicMilliseconds();
    while (clock.monotonicMilliseconds() - from < 60_000) {
      void bus.transfer(read, 'poll').catch(() => {});
      await clock.advance(50);
    }
    // Each round takes 1.5 s and a pause of at most 2 s.
    expect(opened()).toBeGreaterThan(16);
    expect(opened()).toBeLessThan(25);
    expect(clock.pending().length).toBeLessThan(3);
  });

  it('is found again when its adapter returns, and tells its loss once', async () => {
    const { clock, bus, panel, states } = await bench();
    const under = follow(clock, bus.transfer({ ...read, readLength: 32 }, 'poll'));
    panel.unplug();
    await clock.advance(60_000);
    expect(under.code).toBe('wire.lost');
    expect(states).toEqual(['open', 'lost wire.lost', 'lost wire.absent']);
    panel.plug();
    await clock.advance(2_000);
    expect(states.at(-1)).toBe('open');
    const good = follow(clock, bus.transfer(read, 'poll'));
    await clock.advance(10);
    expect(good.value).toBeDefined();
  });

  it('closes in the middle of everything and leaves nothing', async () => {
    const { clock, bus, panel, states } = await bench();
    panel.hang();
    const all = [1, 2, 3].map(() => follow(clock, bus.transfer(read, 'poll')));
    await clock.advance(100);
    const closed = follow(clock, bus.close());
    await clock.advance(1_000);
    expect(closed.at).toBeDefined();
    expect(all.map(({ code }) => code)).toEqual(['bus.closed', 'bus.closed', 'bus.closed']);
    expect(states).toEqual(['open', 'closed']);
    const late = follow(clock, bus.transfer(read, 'poll'));
    await clock.advance(10);
    expect(late.code).toBe('bus.closed');
    expect(clock.pending()).toEqual([]);
  });

  it('closes while it is being opened, and the late connection too', async () => {
    const clock = new VirtualClock();
    let closings = 0;
    let opened = () => {};
    const slow: I2cAdapter = {
      address: 'slow',
      open: () =>
        new Promise((resolve) => {
          opened = () =>
            resolve({ transfer: async () => new Uint8Array(), close: async () => void closings++ });
        }),
    };
    const bus = i2cBus('i2c1', slow, clock);
    const waiting = follow(clock, bus.transfer(read, 'call'));
    const closed = follow(clock, bus.close());
    await clock.advance(600);
    expect(waiting.code).toBe('bus.closed');
    expect(closed.at).toBeDefined();
    opened();
    await clock.advance(1);
    expect(closings).toBe(1);
    expect(bus.state).toBe('closed');
    expect(clock.pending()).toEqual([]);
  });

  it('tries what a person must mend first only every half minute', async () => {
    const clock = new VirtualClock();
    let tries = 0;
    const broken: I2cAdapter = {
      address: 'broken',
      open: async () => {
        tries++;
        throw new HallwardError('wire.unusable', 'absent', 'the package i2c-bus is not installed');
      },
    };
    const bus = i2cBus('i2c1', broken, clock);
    await clock.advance(300_000);
    expect(tries).toBeLessThanOrEqual(11);
    expect(bus.lostBecause?.message).toContain('i2c-bus');
  });

  it('settles every transfer, whatever happens to the wires', async () => {
    const happenings = ['hold', 'release', 'hang', 'unhang', 'unplug', 'plug', 'ask', 'wait'] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...happenings), { maxLength: 40 }), async (plan) => {
        const { clock, bus, panel } = await bench();
        const asked: ReturnType<typeof follow>[] = [];
        const acts = {
          hold: () => panel.holdLow(),
          release: () => panel.release(),
          hang: () => panel.hang(),
          unhang: () => panel.unhang(),
          unplug: () => panel.unplug(),
          plug: () => panel.plug(),
          ask: () => void asked.push(follow(clock, bus.transfer(read, 'poll'))),
          wait: () => {},
        };
        for (const happening of plan) {
          acts[happening]();
          await clock.advance(happening === 'wait' ? 700 : 3);
        }
        panel.release();
        panel.unhang();
        panel.plug();
        await clock.advance(1_600 * (asked.length + 2) + 2_500);
        expect(asked.filter(({ at }) => at === undefined)).toEqual([]);
        const last = follow(clock, bus.transfer(read, 'poll'));
        await clock.advance(10);
        expect(last.value).toEqual(Uint8Array.of(0x20, 0x20));
        expect(bus.state).toBe('open');
      }),
      { numRuns: 200 },
    );
  });
});

/** A process between the bus and the wires: what is said arrives later, and so do the answers. */
function farAway(adapter: I2cAdapter, clock: VirtualClock, milliseconds: number): I2cAdapter {
  return {
    address: adapter.address,
    async open(closed) {
      const connection = await adapter.open(closed);
      return {
        async transfer(transfer) {
          await sleep(clock, 'request on its way', milliseconds);
          const bytes = await connection.transfer(transfer);
          await sleep(clock, 'answer on its way', milliseconds);
          return bytes;
        },
        close: () => connection.close(),
      };
    },
  };
}

describe('the wires of an I2C bus', () => {
  /** Asks for many transfers at once; gives the share of the time in which the wires were busy. */
  async function shareOf(transfer: I2cTransfer, latencyMilliseconds: number) {
    const clock = new VirtualClock();
    const { adapter, panel } = simulatedI2c({ clock });
    panel.attach(0x20, plainChip(0x20));
    const bus = i2cBus('i2c1', farAway(adapter, clock, latencyMilliseconds), clock);
    await clock.advance(1);
    const began = clock.monotonicMilliseconds();
    const all = Array.from({ length: 200 }, () => follow(clock, bus.transfer(transfer, 'poll')));
    await clock.advance(10_000);
    const bytes = 1 + (transfer.write?.length ?? 0) + (transfer.readLength ?? 0);
    return (all.length * bytes * 0.09) / (Math.max(...all.map(({ at }) => at ?? 1e9)) - began);
  }

  it('are never idle while something waits, though each answer comes a while later', async () => {
    // A burst of an MCP23017 takes 2 ms at 100 kHz; a process between takes some tenths of one.
    expect(await shareOf({ address: 0x20, write: Uint8Array.of(0), readLength: 20 }, 0.4)).toBeGreaterThan(
      0.98,
    );
    expect(await shareOf({ address: 0x20, readLength: 8 }, 0.2)).toBeGreaterThan(0.98);
  });

  it('let a call wait for two transfers at most', async () => {
    const clock = new VirtualClock();
    const { adapter, panel } = simulatedI2c({ clock });
    const heard: number[][] = [];
    panel.attach(0x20, plainChip(0x20, heard));
    const bus = i2cBus('i2c1', adapter, clock);
    await clock.advance(1);
    const write = (byte: number) => ({ address: 0x20, write: Uint8Array.of(byte) });
    for (let poll = 0; poll < 10; poll++) void bus.transfer(write(0), 'poll');
    await clock.advance(0.1);
    void bus.transfer(write(1), 'call');
    await clock.advance(10);
    expect(heard.map(([, byte]) => byte).indexOf(1)).toBeLessThanOrEqual(2);
    expect(heard).toHaveLength(11);
  });

  it('give up what lay ready with what hung, and count only what was on them', async () => {
    const { clock, bus, panel, opened } = await bench();
    panel.attach(0x21, plainChip(0x21));
    panel.hang();
    const all = [0x20, 0x21, 0x21].map((address) =>
      follow(clock, bus.transfer({ ...read, address }, 'poll')),
    );
    await clock.advance(1_500);
    expect(all.map(({ code }) => code)).toEqual(['i2c.hung', 'wire.lost', 'wire.lost']);
    expect(panel.transfers).toBe(1);
    expect([...bus.counters]).toEqual([[0x20, { transfers: 1, noAnswers: 0, failures: 1 }]]);
    panel.unhang();
    await clock.advance(300);
    expect(opened()).toBe(2);
    const good = follow(clock, bus.transfer(read, 'poll'));
    await clock.advance(10);
    expect(good.value).toBeDefined();
  });

  it('that are held cost each transfer its own second, also the one that lay ready', async () => {
    const { clock, bus, panel, states } = await bench();
    panel.holdLow();
    const all = [1, 2].map(() => follow(clock, bus.transfer(read, 'poll')));
    await clock.advance(2_100);
    expect(all.map(({ code }) => code)).toEqual(['i2c.line-stuck', 'i2c.line-stuck']);
    expect(states).toEqual(['open']);
  });
});

describe('five I2C buses', () => {
  it('with four of them hung leave the fifth its period', async () => {
    const clock = new VirtualClock();
    const ends = Array.from({ length: 5 }, (_, number) => simulatedI2c({ number, clock }));
    const buses = ends.map(({ adapter, panel }, index) => {
      panel.attach(0x20, plainChip(0x20));
      return i2cBus(`i2c${index}`, adapter, clock);
    });
    await clock.advance(1);
    for (const { panel } of ends.slice(0, 4)) panel.hang();
    const answeredAt: number[] = [];
    for (let round = 0; round < 100; round++) {
      for (const bus of buses.slice(0, 4)) void bus.transfer(read, 'poll').catch(() => {});
      const asked = clock.monotonicMilliseconds();
      const answer = follow(clock, buses[4]!.transfer(read, 'poll'));
      await clock.advance(250);
      answeredAt.push((answer.at ?? Number.NaN) - asked);
    }
    expect(Math.max(...answeredAt)).toBeLessThan(1);
    expect(buses.map(({ state }) => state)).toEqual(['lost', 'lost', 'lost', 'lost', 'open']);
  });
});

describe("the system's I2C adapter", () => {
  it('says what to do where the bus is not there, and starts no process for it', async () => {
    const adapter = systemI2cAdapter({ number: 199 }, new VirtualClock());
    await expect(adapter.open(() => {})).rejects.toMatchObject({
      code: 'wire.absent',
      kind: 'absent',
      message: expect.stringMatching(/^\/dev\/i2c-199 is not there.*dtparam=i2c_arm=on/),
      evidence: { system: 'ENOENT' },
    });
  });
});
