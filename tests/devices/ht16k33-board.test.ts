import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BoardView } from '../../src/devices/capabilities.js';
import { windowBoard } from '../../src/devices/window-board.js';
import { simulatedHt16k33 } from '../../src/simulator/ht16k33.js';
import { i2cBench } from '../extenders/bench.js';
import { dice, makeDevice, parseDevice, serving, watch } from './bench.js';

const dark = '    ';

async function bench(options: Readonly<Record<string, unknown>> = {}, columns?: readonly number[]) {
  const wires = i2cBench();
  const { clock, panel, i2c } = wires;
  const digits = simulatedHt16k33(columns === undefined ? {} : { columns });
  panel.attach(0x70, digits);
  const entry = { protocol: 'ht16k33', bus: 'i2c1', window: '5', address: 0x70, ...options };
  const { device, reports } = makeDevice(windowBoard, 'board-5', entry, i2c, clock);
  device.start();
  await clock.advance(20);
  const show = (view: BoardView) => watch(clock, device.capabilities.showsTicket!.show(view));
  return { ...wires, digits, device, reports, show };
}

describe('a window board on an HT16K33', () => {
  it('clears the nonsense of its power-on, and is there', async () => {
    const { digits, reports } = await bench();
    expect(digits.shows()).toBe(dark);
    expect(digits.sixteenths).toBe(16);
    expect(reports.alives.length).toBe(1);
    expect(reports.now).toEqual({ shown: dark });
  });

  it('never lights nonsense while it begins', async () => {
    const wires = i2cBench();
    const digits = simulatedHt16k33();
    const seen = new Set<string>();
    const write = digits.write.bind(digits);
    wires.panel.attach(0x70, {
      answers: true,
      read: (length) => digits.read(length),
      write(bytes) {
        write(bytes);
        seen.add(digits.shows());
      },
    });
    const entry = { protocol: 'ht16k33', bus: 'i2c1', window: '5', address: 0x70 };
    const { device } = makeDevice(windowBoard, 'board-5', entry, wires.i2c, wires.clock);
    device.start();
    await wires.clock.advance(20);
    expect([...seen]).toEqual([dark]);
  });

  it('shows what its window does, as panels of digits do, and confirms it by reading it back', async () => {
    const { clock, digits, show, reports } = await bench();
    const call = show(serving('A001'));
    await clock.advance(10);
    expect([digits.shows(), call.result, digits.colon]).toEqual([' 001', 'confirmed', false]);
    expect(reports.now).toEqual({ shown: ' 001' });
    show({ ticket: null, number: null, state: 'paused' });
    await clock.advance(10);
    expect(digits.shows()).toBe('----');
    show({ ticket: null, number: null, state: 'open' });
    await clock.advance(10);
    expect(digits.shows()).toBe(dark);
    show(serving('E123'));
    await clock.advance(10);
    expect(digits.shows()).toBe('E123');
    show({ ticket: null, number: null, state: 'closed' });
    await clock.advance(10);
    expect(digits.shows()).toBe(dark);
  });

  it('shows words over everything else as far as digits can, and says when they can not', async () => {
    const { clock, digits, show, reports } = await bench();
    const blank = show({ ...serving('A001'), over: { kind: 'blank' } });
    await clock.advance(10);
    expect([digits.shows(), blank.result]).toEqual([dark, 'confirmed']);
    const words = show({ ...serving('A001'), over: { kind: 'text', text: '火警', urgent: true } });
    await clock.advance(10);
    expect([digits.shows(), words.result, digits.blinkHertz]).toEqual(['----', 'failed', 2]);
    expect(reports.faults).toEqual([]);
  });

  it('blinks for a call that no voice says, and not for priority', async () => {
    const { clock, digits, show } = await bench();
    show({ ...serving('A001'), blink: true });
    await clock.advance(10);
    expect(digits.blinkHertz).toBe(2);
    show({ ...serving('A001'), priority: true });
    await clock.advance(10);
    expect(digits.blinkHertz).toBe(0);
    show({ ticket: null, number: null, state: 'paused', blink: true });
    await clock.advance(10);
    expect(digits.blinkHertz).toBe(0);
  });

  it('says that it has no room for a number, and shows nobody', async () => {
    const { clock, digits, show, reports } = await bench();
    show(serving('A001'));
    await clock.advance(10);
    const long = show(serving('12345'));
    await clock.advance(10);
    expect([digits.shows(), long.result]).toEqual([dark, 'failed']);
    expect(reports.standing.get('device.bad-reading')?.reason).toContain('12345');
    show(serving('A002'));
    await clock.advance(10);
    expect(reports.standing.size).toBe(0);
  });

  it('has other digits and brightnesses, also by the hour', async () => {
    const plain = await bench({ layout: 'plain', digits: 6, brightnessPercent: 50 }, [0, 1, 2, 3, 4, 5]);
    plain.show(serving('A001'));
    await plain.clock.advance(10);
    expect([plain.digits.shows(), plain.digits.sixteenths]).toEqual(['   001', 8]);
    const night = await bench({ brightnessPercent: 100, brightnessByHour: { '08:00-12:00': 6 } });
    expect(night.digits.sixteenths).toBe(1);
  });

  it.each([
    [{ address: 0x6f }, /0x70 to 0x77/],
    [{ digits: 9 }, /9/],
    [{ layout: 'round' }, /backpack/],
    [{ brightnessPercent: 0 }, /1/],
  ])('refuses a configuration of %j', (wrong, reason) => {
    const entry = { protocol: 'ht16k33', bus: 'i2c1', window: '5', address: 0x70, ...wrong };
    expect(() => parseDevice(windowBoard, entry)).toThrow(reason);
  });

  it('knows that a backpack has four digits', () => {
    const entry = { protocol: 'ht16k33', bus: 'i2c1', window: '5', address: 0x70, digits: 6 };
    const config = parseDevice(windowBoard, entry);
    expect(windowBoard.protocols.ht16k33!.problems!(config)).toEqual([
      { path: ['digits'], message: expect.stringContaining('layout: plain') },
    ]);
  });

  it.each(['blip', 'long'] as const)('is painted again within 3 s of a loss of power (%s)', async (which) => {
    const { clock, digits, show } = await bench();
    show(serving('A001'));
    await clock.advance(500);
    if (which === 'blip') digits.power.blip();
    else digits.power.off();
    expect(digits.shows()).toBe(dark);
    await clock.advance(which === 'blip' ? 0 : 10_000);
    if (which === 'long') digits.power.on();
    await clock.advance(1_100);
    expect(digits.shows()).toBe(' 001');
  });

  it('is painted again where something else has written to it', async () => {
    const { clock, digits, show, reports } = await bench();
    show(serving('A001'));
    await clock.advance(500);
    digits.overwrite(0, 0x7f);
    digits.overwrite(4, 0x02);
    expect([digits.shows(), digits.colon]).toEqual(['8001', true]);
    await clock.advance(1_100);
    expect([digits.shows(), digits.colon]).toEqual([' 001', false]);
    // It was mended by the look that found it.
    expect(reports.shown.map(({ shown }) => shown)).not.toContain('8001');
    expect(reports.faults).toEqual([]);
  });

  it('is found dead within 3 s, and a call to it fails', async () => {
    const { clock, digits, show, reports } = await bench();
    await clock.advance(500);
    digits.power.off();
    const from = clock.monotonicMilliseconds();
    await clock.advance(3_000);
    expect(reports.silences[0]!.at - from).toBeLessThan(1_500);
    expect(reports.silences[0]!.evidence).toMatchObject({ address: '0x70', code: 'i2c.no-answer' });
    const call = show(serving('A001'));
    await clock.advance(50);
    expect(call.result).toBe('failed');
    digits.power.on();
    await clock.advance(1_100);
    expect(digits.shows()).toBe(' 001');
  });

  it('keeps a call waiting over one transfer that fails', async () => {
    const { clock, digits, show, reports } = await bench();
    digits.power.off();
    const call = show(serving('A001'));
    await clock.advance(50);
    expect(call.result).toBe('pending');
    digits.power.blip();
    await clock.advance(200);
    expect([call.result, digits.shows()]).toEqual(['confirmed', ' 001']);
    expect(reports.silences).toEqual([]);
  });

  it('has no fault of its own while its bus is lost, and is painted when that is back', async () => {
    const { clock, digits, show, reports, panel } = await bench();
    panel.holdLow();
    const call = show(serving('A001'));
    await clock.advance(6_000);
    expect(call.result).toBe('failed');
    expect([reports.silences, reports.faults, reports.now]).toEqual([[], [], { shown: null }]);
    panel.release();
    await clock.advance(3_000);
    expect(digits.shows()).toBe(' 001');
    panel.unplug();
    await clock.advance(5_000);
    const other = show(serving('A002'));
    await clock.advance(1_000);
    expect(other.result).toBe('failed');
    panel.plug();
    await clock.advance(3_000);
    expect(digits.shows()).toBe(' 002');
  });

  it('is said to show something else where another chip answers', async () => {
    const { clock, panel, show, reports } = await bench();
    panel.attach(0x70, { answers: true, write() {}, read: (length) => new Uint8Array(length) });
    const call = show(serving('A001'));
    await clock.advance(2_000);
    expect(call.result).toBe('failed');
    expect(reports.standing.get('device.bad-reading')?.reason).toBe(
      'shows "" instead of "001"; is it an HT16K33?',
    );
    panel.attach(0x70, simulatedHt16k33());
    await clock.advance(2_000);
    expect(reports.standing.size).toBe(0);
  });

  it('lets calls go before the polls of others', async () => {
    const { clock, i2c, show, sent } = await bench();
    for (let poll = 0; poll < 20; poll++) void i2c.transfer({ address: 0x70, readLength: 16 }, 'poll');
    sent.length = 0;
    const call = show(serving('A001'));
    await clock.advance(15);
    expect(call.result).toBe('confirmed');
    const first = sent.findIndex(({ write }) => write?.length === 17);
    expect(first).toBeLessThanOrEqual(2);
    expect(sent.slice(first, first + 5).every(({ write }) => write !== undefined)).toBe(true);
  });

  it('shows the newest call, whatever the wires do, and a confirmed one was on it', async () => {
    const acts = [
      'call',
      'blip',
      'off',
      'on',
      'hold',
      'release',
      'hang',
      'unhang',
      'garble',
      'wait',
    ] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...acts), { maxLength: 25 }), async (plan) => {
        const { clock, digits, show, panel, device, reports, i2c } = await bench();
        let number = 0;
        let last = dark;
        const seen: boolean[] = [];
        const call = () => {
          last = ` ${String(++number).padStart(3, '0')}`;
          const mine = last;
          const before = show(serving(`A${mine.trim()}`));
          return { before, mine };
        };
        const calls: ReturnType<typeof call>[] = [];
        for (const act of plan) {
          if (act === 'call') calls.push(call());
          else if (act === 'blip') digits.power.blip();
          else if (act === 'off' || act === 'on') digits.power[act]();
          else if (act === 'hold') panel.holdLow();
          else if (act === 'release') panel.release();
          else if (act === 'hang') panel.hang();
          else if (act === 'unhang') panel.unhang();
          else if (act === 'garble') panel.garble(0.05, dice(number));
          await clock.advance(act === 'wait' ? 700 : 7);
          const newest = calls.at(-1);
          if (newest?.before.result === 'confirmed' && act === 'call')
            seen.push(digits.shows() === newest.mine);
        }
        expect(seen).not.toContain(false);
        panel.garble(0);
        panel.release();
        panel.unhang();
        digits.power.on();
        await clock.advance(10_000);
        expect(digits.shows()).toBe(last);
        expect(calls.filter(({ before }) => before.result === 'pending')).toEqual([]);
        expect(reports.crashes).toEqual([]);
        await device.stop();
        const closing = i2c.close();
        await clock.advance(3_000);
        await closing;
        expect(clock.pending()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
