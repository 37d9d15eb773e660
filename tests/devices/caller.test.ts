import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { caller } from '../../src/devices/caller.js';
import { simulatedKeypad } from '../../src/simulator/keypad.js';
import type { MemoryCableOptions } from '../../src/simulator/memory-cable.js';
import { bench } from './bench.js';

/** The example of docs/contract.md. */
const keys = {
  next: 'AA 05 01 B0',
  recall: 'AA 05 02 B1',
  skip: 'AA 05 03 B2',
  pause: 'AA 05 04 B3',
  done: 'AA 05 05 B4',
};
const next = [0xaa, 0x05, 0x01, 0xb0];
const recall = [0xaa, 0x05, 0x02, 0xb1];

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const window of open.splice(0)) await window.stop();
});

async function window5(cable: Omit<MemoryCableOptions, 'clock'> = {}, options: Record<string, unknown> = {}) {
  const line = bench(cable);
  const keypad = simulatedKeypad(line.farEnd, keys);
  const { device, reports } = line.add(caller, 'caller-5', {
    protocol: 'serial-keys',
    window: '5',
    keys,
    ...options,
  });
  const presses: { key: string; window: string; device: string; atMilliseconds: number }[] = [];
  const { presses: capability } = device.capabilities;
  capability!.onPress((press) => presses.push(press));
  open.push(line);
  await line.clock.advance(10);
  return { ...line, keypad, device, reports, presses, heard: () => presses.map(({ key }) => key) };
}

describe('a caller', () => {
  it('says which key of which window was pressed, and when', async () => {
    const { clock, keypad, presses, device } = await window5();
    keypad.press('next');
    await clock.advance(1000);
    expect(presses).toEqual([
      { device: 'caller-5', window: '5', key: 'next', atMilliseconds: 10 + 4 * 1.042 },
    ]);
    expect(device.capabilities.presses).toMatchObject({ purpose: 'call', window: '5' });
    expect(device.capabilities.showsTicket).toBeUndefined();
  });

  it.each(['as-sent', 'merged', 'single-bytes'] as const)('knows its keys by pieces %s', async (chunking) => {
    const { clock, keypad, heard } = await window5({ chunking });
    for (const key of Object.keys(keys)) keypad.press(key);
    await clock.advance(100);
    expect(heard()).toEqual(Object.keys(keys));
  });

  it('takes a bounce for one press, and a press 300 ms later for another', async () => {
    const { clock, keypad, heard } = await window5();
    keypad.bounce('next');
    await clock.advance(250);
    keypad.press('next');
    await clock.advance(250);
    keypad.press('next');
    await clock.advance(310);
    expect(heard()).toEqual(['next']);
    keypad.press('next');
    await clock.advance(310);
    expect(heard()).toEqual(['next', 'next']);
  });

  it('has another time for that where it is configured', async () => {
    const { clock, keypad, heard } = await window5({}, { debounceMilliseconds: 50 });
    for (let press = 0; press < 3; press++) {
      keypad.press('next');
      await clock.advance(100);
    }
    expect(heard()).toHaveLength(3);
  });

  it('takes two different keys glued together for two presses', async () => {
    const { clock, farEnd, heard } = await window5();
    farEnd.send(Uint8Array.of(...next, ...recall));
    await clock.advance(100);
    expect(heard()).toEqual(['next', 'recall']);
  });

  it('takes a code cut anywhere, with a short pause in it, for one press', async () => {
    for (let cut = 1; cut < next.length; cut++) {
      const { clock, farEnd, heard } = await window5();
      farEnd.send(Uint8Array.from(next.slice(0, cut)));
      await clock.advance(40);
      farEnd.send(Uint8Array.from(next.slice(cut)));
      await clock.advance(100);
      expect(heard()).toEqual(['next']);
    }
  });

  it('takes half a code for no press, whatever comes after a pause', async () => {
    const { clock, farEnd, keypad, heard, bus } = await window5();
    farEnd.send(Uint8Array.from(next.slice(0, 3)));
    await clock.advance(200);
    farEnd.send(Uint8Array.from(next.slice(3)));
    await clock.advance(200);
    expect(heard()).toEqual([]);
    keypad.press('recall');
    await clock.advance(200);
    expect(heard()).toEqual(['recall']);
    expect(bus.counters.discards).toEqual({ unfinished: 3, 'unknown-bytes': 1 });
  });

  it('hears its keys through noise around them, and the noise is counted', async () => {
    const { clock, keypad, heard, bus } = await window5();
    const noise = Uint8Array.of(0xff, 0xaa, 0x05, 0x00, 0x13);
    for (const key of ['next', 'recall', 'skip']) {
      keypad.garbage(noise);
      keypad.press(key);
      keypad.garbage(noise);
      await clock.advance(500);
    }
    expect(heard()).toEqual(['next', 'recall', 'skip']);
    expect(bus.counters.discardedBytes).toBe(30);
    expect(bus.noise.noisy).toBe(true);
  });

  it('never hears a key that nobody pressed, whatever else comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { maxLength: 10 }),
        async (rubbish) => {
          const line = await window5();
          // Bytes below 0x80 only: no code's first byte is among them.
          for (const bytes of rubbish) line.keypad.garbage(bytes.map((byte) => byte & 0x7f));
          await line.clock.advance(200);
          expect(line.heard()).toEqual([]);
          line.keypad.press('done');
          await line.clock.advance(200);
          expect(line.heard()).toEqual(['done']);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('finds a stuck key, says which, and finds it free again', async () => {
    const { clock, keypad, heard, reports } = await window5();
    const release = keypad.hold('next', 100, clock);
    await clock.advance(14_900);
    expect(reports.faults).toEqual([]);
    await clock.advance(5000);
    expect(reports.faults).toEqual(['raised device.stuck-input']);
    expect(reports.standing.get('device.stuck-input')).toEqual({ key: 'next', heldMilliseconds: 15_000 });
    release();
    await clock.advance(2500);
    expect(reports.faults).toEqual(['raised device.stuck-input', 'cleared device.stuck-input']);
    expect(heard()).toEqual(['next']);
    keypad.press('next');
    await clock.advance(100);
    expect(heard()).toEqual(['next', 'next']);
  });

  it('hears nothing through a cut cable, nor what was pressed meanwhile, and works when it is joined', async () => {
    const { clock, keypad, cable, heard, reports } = await window5();
    cable.cut();
    await clock.advance(100);
    keypad.press('next');
    await clock.advance(60_000);
    cable.join();
    await clock.advance(3000);
    expect(heard()).toEqual([]);
    keypad.press('recall');
    await clock.advance(100);
    expect(heard()).toEqual(['recall']);
    expect(reports.silences).toEqual([]);
  });

  it('forgets half a code when the cable is cut', async () => {
    const { clock, farEnd, cable, heard } = await window5();
    farEnd.send(Uint8Array.from(next.slice(0, 2)));
    await clock.advance(5);
    cable.cut();
    cable.join();
    await clock.advance(30);
    farEnd.send(Uint8Array.from(next.slice(2)));
    await clock.advance(3000);
    expect(heard()).toEqual([]);
  });

  it('shares its wire with another one by their bytes alone', async () => {
    const line = await window5();
    const other = line.add(caller, 'caller-6', {
      protocol: 'serial-keys',
      window: '6',
      keys: { next: 'AA 06 01 B1' },
    });
    other.device.capabilities.presses!.onPress((press) => line.presses.push(press));
    simulatedKeypad(line.farEnd, { next: 'AA 06 01 B1' }).press('next');
    line.keypad.press('next');
    await line.clock.advance(100);
    expect(line.presses.map(({ window, key }) => `${window} ${key}`)).toEqual(['6 next', '5 next']);
    await other.device.stop();
    simulatedKeypad(line.farEnd, { next: 'AA 06 01 B1' }).press('next');
    await line.clock.advance(1000);
    line.keypad.press('next');
    await line.clock.advance(1000);
    expect(line.presses.map(({ window }) => window)).toEqual(['6', '5', '5']);
  });

  it('leaves no timer and no listener when it is stopped', async () => {
    const { clock, keypad, device, bus, heard, listenerCount } = await window5();
    const release = keypad.hold('next', 100, clock);
    await clock.advance(16_000);
    release();
    await device.stop();
    expect(listenerCount()).toBe(0);
    await device.stop();
    keypad.press('recall');
    await clock.advance(100);
    expect(heard()).toEqual(['next']);
    const closing = bus.close();
    await clock.advance(10);
    await closing;
    expect(clock.pending()).toEqual([]);
  });
});

describe('a caller whose keypad also sends what means nothing', () => {
  const heartbeat = Uint8Array.of(0xaa, 0x05, 0x00, 0xaf);
  const release = Uint8Array.of(0xaa, 0x05, 0x81, 0x30);

  async function hourOf(ignore: readonly string[]) {
    const line = await window5({ chunking: 'single-bytes' }, { ignore });
    for (let turn = 0; turn < 1800; turn++) {
      line.keypad.garbage(heartbeat);
      if (turn % 100 === 0) {
        line.keypad.press('next');
        await line.clock.advance(180);
        line.keypad.garbage(release);
        await line.clock.advance(1820);
      } else await line.clock.advance(2000);
    }
    return line;
  }

  it('hears its keys alone, and the line is not noisy', async () => {
    const { heard, bus, reports } = await hourOf(['AA 05 00 AF', 'aa058130']);
    expect(heard()).toEqual(Array.from({ length: 18 }, () => 'next'));
    expect(bus.counters.discardedBytes).toBe(0);
    expect(bus.noise.noisy).toBe(false);
    // It proves nothing, either: what is ignored is no life sign.
    expect(reports.alives).toEqual([]);
    expect(caller.protocols['serial-keys']?.proofOfLife).toBe('none');
  });

  it('has a noisy line where nobody has told it', async () => {
    const { heard, bus } = await hourOf([]);
    expect(heard()).toHaveLength(18);
    expect(bus.noise.noisy).toBe(true);
  });

  it('presses nothing by a heartbeat that is cut, and counts its bytes', async () => {
    const { clock, farEnd, heard, bus } = await window5({}, { ignore: ['AA 05 00 AF'] });
    for (let cut = 1; cut < heartbeat.length; cut++) {
      farEnd.send(heartbeat.slice(0, cut));
      await clock.advance(200);
    }
    expect(heard()).toEqual([]);
    expect(bus.counters.discards).toEqual({ unfinished: 6 });
  });

  it('takes repeats of a held key for one press, also with heartbeats between them', async () => {
    const { clock, keypad, heard } = await window5({}, { ignore: ['AA 05 00 AF'] });
    for (let turn = 0; turn < 20; turn++) {
      keypad.press('next');
      keypad.garbage(heartbeat);
      await clock.advance(150);
    }
    expect(heard()).toEqual(['next']);
  });

  it('shares the wire with another one that ignores the same', async () => {
    const line = await window5({}, { ignore: ['AA 05 00 AF'] });
    const other = line.add(caller, 'caller-6', {
      protocol: 'serial-keys',
      window: '6',
      keys: { next: 'AA 06 01 B1' },
      ignore: ['AA 05 00 AF'],
    });
    other.device.capabilities.presses!.onPress((press) => line.presses.push(press));
    line.keypad.garbage(heartbeat);
    line.farEnd.send(Uint8Array.of(0xaa, 0x06, 0x01, 0xb1));
    line.keypad.press('next');
    await line.clock.advance(100);
    expect(line.presses.map(({ window, key }) => `${window} ${key}`)).toEqual(['6 next', '5 next']);
    expect(line.bus.counters.discardedBytes).toBe(0);
  });
});

describe('the keys of a configuration', () => {
  it.each([
    ['no key at all', {}],
    ['a key that callers do not have', { next: 'AA', print: 'BB' }],
    ['half a byte', { next: 'AA 0' }],
    ['no hex', { next: 'next' }],
  ])('are refused with %s', (_, wrong) => {
    const line = bench();
    open.push(line);
    expect(() =>
      line.add(caller, 'caller-5', { protocol: 'serial-keys', window: '5', keys: wrong }),
    ).toThrow();
  });

  it('are claimed on their wire, so that no two devices have the same', () => {
    const claims = caller.protocols['serial-keys']!.claims!({ keys: { next: 'aa 05', done: 'AA06' } });
    expect(claims).toEqual([
      { path: ['keys', 'next'], text: 'key bytes AA05' },
      { path: ['keys', 'done'], text: 'key bytes AA06' },
    ]);
    expect(caller.protocols['serial-keys']!.claims!({ keys: {}, ignore: ['55 00'] })).toEqual([
      { path: ['ignore', '0'], text: 'key bytes 5500', shared: true },
    ]);
  });
});

describe('staff that log in at a caller', () => {
  it('do so by a key of their own', async () => {
    const { clock, farEnd, presses } = await window5({}, { logins: { '0317': 'AA 05 11 C0' } });
    farEnd.send(Uint8Array.of(0xaa, 0x05, 0x11, 0xc0));
    await clock.advance(100);
    expect(presses).toMatchObject([{ key: 'login', staff: '0317', window: '5' }]);
  });

  it('do so by a card, whose digits come as a line of text', async () => {
    const line = bench();
    const { device, reports } = line.add(caller, 'card-5', {
      protocol: 'serial-lines',
      window: '5',
      pattern: 'CARD {staff}',
    });
    const presses: { key: string; staff?: string; window: string }[] = [];
    device.capabilities.presses!.onPress((press) => presses.push(press));
    open.push(line);
    await line.clock.advance(10);
    line.farEnd.send(Buffer.from('CARD 0321\r\nCARD \r\nnoise\r\n'));
    await line.clock.advance(500);
    expect(presses).toMatchObject([{ key: 'login', staff: '0321', window: '5' }]);
    expect(presses).toHaveLength(1);
    expect(reports.standing.size).toBe(0);
  });
});
