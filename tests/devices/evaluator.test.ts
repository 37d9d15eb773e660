import { afterEach, describe, expect, it } from 'vitest';
import { evaluator } from '../../src/devices/evaluator.js';
import { simulatedKeypad } from '../../src/simulator/keypad.js';
import type { MemoryCableOptions } from '../../src/simulator/memory-cable.js';
import { simulatedRatingLine } from '../../src/simulator/rating-line.js';
import { bench } from './bench.js';

/** The example of docs/contract.md. */
const keys = { '5': '45 35 0A', '4': '45 34 0A', '3': '45 33 0A', '2': '45 32 0A', '1': '45 31 0A' };

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const line of open.splice(0)) await line.stop();
});

async function ratings(
  entry: Readonly<Record<string, unknown>> & { protocol: string },
  cable: Omit<MemoryCableOptions, 'clock'> = {},
) {
  const line = bench(cable);
  open.push(line);
  const { device, reports } = line.add(evaluator, 'rates', entry);
  const presses: { key: string; window: string; device: string; atMilliseconds: number }[] = [];
  device.capabilities.presses!.onPress((press) => presses.push(press));
  await line.clock.advance(10);
  const heard = () => presses.map(({ window, key }) => `${window}:${key}`);
  return { ...line, device, reports, presses, heard };
}

const byKeys = (cable?: Omit<MemoryCableOptions, 'clock'>) =>
  ratings({ protocol: 'serial-keys', window: '6', keys }, cable);
const byLines = (cable?: Omit<MemoryCableOptions, 'clock'>) =>
  ratings({ protocol: 'serial-lines', pattern: 'E,{window},{level}' }, cable);

describe('an evaluator with keys', () => {
  it('says the level that was pressed', async () => {
    const { clock, farEnd, heard, device } = await byKeys();
    const buttons = simulatedKeypad(farEnd, keys);
    for (const level of ['5', '4', '3', '2', '1']) buttons.press(level);
    await clock.advance(100);
    expect(heard()).toEqual(['6:5', '6:4', '6:3', '6:2', '6:1']);
    expect(device.capabilities.presses).toMatchObject({ purpose: 'rate', window: '6' });
  });

  it('takes a bounce for one rating, and a held button for a stuck one in the end', async () => {
    const { clock, farEnd, heard, reports } = await byKeys();
    const buttons = simulatedKeypad(farEnd, keys);
    buttons.bounce('5');
    await clock.advance(1000);
    expect(heard()).toEqual(['6:5']);
    const release = buttons.hold('1', 50, clock);
    await clock.advance(16_000);
    expect(reports.standing.get('device.stuck-input')).toMatchObject({ key: '1' });
    release();
    await clock.advance(3000);
    expect(reports.standing.size).toBe(0);
    expect(heard()).toEqual(['6:5', '6:1']);
  });
});

describe('an evaluator whose buttons send something when let go', () => {
  it('rates by the press alone, and the line is not noisy', async () => {
    const { clock, farEnd, heard, bus } = await ratings({
      protocol: 'serial-keys',
      window: '6',
      keys,
      ignore: ['45 30 0A', '00'],
    });
    const buttons = simulatedKeypad(farEnd, { ...keys, release: '45 30 0A', beat: '00' });
    for (const level of ['5', '3', '1']) {
      buttons.press(level);
      buttons.press('beat');
      await clock.advance(150);
      buttons.press('release');
      await clock.advance(1000);
    }
    expect(heard()).toEqual(['6:5', '6:3', '6:1']);
    expect(bus.counters.discardedBytes).toBe(0);
    expect(bus.noise.noisy).toBe(false);
  });
});

describe('an evaluator with lines', () => {
  it.each(['as-sent', 'merged', 'single-bytes'] as const)(
    'says window and level of each line, in pieces %s',
    async (chunking) => {
      const { clock, farEnd, heard, device } = await byLines({ chunking });
      const line = simulatedRatingLine(farEnd);
      line.rate('5', 3);
      line.rate('6', 1);
      line.rate('A-12', '5');
      await clock.advance(100);
      expect(heard()).toEqual(['5:3', '6:1', 'A-12:5']);
      expect(device.capabilities.presses).toMatchObject({ purpose: 'rate', window: null });
    },
  );

  it('reads lines that end as any system ends them', async () => {
    const { clock, farEnd, heard } = await byLines();
    for (const end of ['\r\n', '\n', '\r', '\n\n\r']) {
      simulatedRatingLine(farEnd, { format: (window, level) => `E,${window},${level}${end}` }).rate('5', 4);
    }
    await clock.advance(100);
    expect(heard()).toEqual(['5:4', '5:4', '5:4', '5:4']);
  });

  it('has no rule for doubles: two lines are two ratings', async () => {
    const { clock, farEnd, heard } = await byLines();
    const line = simulatedRatingLine(farEnd);
    line.rate('5', 5);
    line.rate('5', 5);
    await clock.advance(100);
    expect(heard()).toEqual(['5:5', '5:5']);
  });

  it('passes on what another hall sends, for who knows the windows', async () => {
    const { clock, farEnd, heard } = await byLines();
    simulatedRatingLine(farEnd).rate('99', 2);
    await clock.advance(100);
    expect(heard()).toEqual(['99:2']);
  });

  it('counts what is no rating, and hears the next', async () => {
    const { clock, farEnd, heard, bus } = await byLines();
    const line = simulatedRatingLine(farEnd);
    const wrong = ['E,5,6', 'E,5,0', 'E,,3', 'E,5,33', 'e,5,3', 'E;5;3', `E,${'9'.repeat(41)},3`, 'E,5,3 '];
    for (const text of wrong) line.raw(`${text}\n`);
    line.rate('5', 3);
    await clock.advance(500);
    expect(heard()).toEqual(['5:3']);
    expect(bus.counters.discards).toEqual({ 'no-match': wrong.join('').length });
    expect(bus.noise.noisy).toBe(true);
  });

  it('takes half a line for nothing once the line has fallen silent', async () => {
    const { clock, farEnd, heard, bus } = await byLines();
    const line = simulatedRatingLine(farEnd);
    line.cutShort('5', 3);
    await clock.advance(1500);
    line.rate('6', 4);
    await clock.advance(100);
    expect(heard()).toEqual(['6:4']);
    expect(bus.counters.discards).toEqual({ unfinished: 3 });
  });

  it('takes half a line and a whole one behind it for no rating of a wrong window', async () => {
    const { clock, farEnd, heard } = await byLines();
    const line = simulatedRatingLine(farEnd);
    line.cutShort('5', 3);
    line.rate('6', 4);
    await clock.advance(1500);
    expect(heard()).toEqual([]);
    line.rate('6', 4);
    await clock.advance(100);
    expect(heard()).toEqual(['6:4']);
  });

  it('hears a line through noise before it, and survives a line without end', async () => {
    const { clock, farEnd, heard, bus } = await byLines();
    const line = simulatedRatingLine(farEnd);
    line.raw(Uint8Array.of(0x00, 0xff, 0x9c));
    line.rate('5', 3);
    await clock.advance(100);
    line.raw('x'.repeat(100_000));
    line.raw('\n');
    line.rate('5', 2);
    await clock.advance(110_000);
    expect(heard()).toEqual(['5:3', '5:2']);
    expect(bus.counters.discards).toEqual({ 'not-text': 3, 'too-long': 100_000 });
  });

  it('belongs to its window where the line names none', async () => {
    const { clock, farEnd, heard, device } = await ratings({
      protocol: 'serial-lines',
      pattern: 'L{level}',
      window: '7',
    });
    simulatedRatingLine(farEnd, { format: (_, level) => `L${level}\r\n` }).rate('', 4);
    await clock.advance(100);
    expect(heard()).toEqual(['7:4']);
    expect(device.capabilities.presses).toMatchObject({ window: '7' });
  });

  it('speaks for no one window where the line names it, whatever else is configured', async () => {
    const { device } = await ratings({
      protocol: 'serial-lines',
      pattern: 'E,{window},{level}',
      window: '7',
    });
    expect(device.capabilities.presses).toMatchObject({ window: null });
  });

  it('hears nothing when it is stopped, and leaves no timer', async () => {
    const { clock, farEnd, heard, device, bus, listenerCount } = await byLines();
    simulatedRatingLine(farEnd).cutShort('5', 3);
    await device.stop();
    expect(listenerCount()).toBe(0);
    simulatedRatingLine(farEnd).rate('5', 3);
    await clock.advance(100);
    expect(heard()).toEqual([]);
    const closing = bus.close();
    await clock.advance(10);
    await closing;
    expect(clock.pending()).toEqual([]);
  });

  it.each(['E,{window}', 'E,{windw},{level}', ''])('refuses the pattern "%s"', (pattern) => {
    const line = bench();
    open.push(line);
    expect(() => line.add(evaluator, 'rates', { protocol: 'serial-lines', pattern })).toThrow();
  });
});
