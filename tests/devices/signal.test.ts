import { afterEach, describe, expect, it } from 'vitest';
import { signal } from '../../src/devices/signal.js';
import { gpioBench } from './gpio-bench.js';

const open: { stop(): Promise<string[]> }[] = [];
afterEach(async () => {
  for (const line of open.splice(0)) expect(await line.stop()).toEqual([]);
});

async function lamp(options: Readonly<Record<string, unknown>> = {}) {
  const bench = gpioBench();
  open.push(bench);
  const { device, reports } = bench.add(signal, { protocol: 'gpio-output', line: 25, ...options });
  await bench.clock.advance(10);
  const line = bench.panel.line(25);
  /** Level at the middle of each of the next pieces of time. */
  const see = async (count: number, every = 500) => {
    let seen = '';
    for (let look = 0; look < count; look++) {
      await bench.clock.advance(every / 2);
      seen += line.level === 'high' ? '#' : '.';
      await bench.clock.advance(every / 2);
    }
    return seen;
  };
  return { ...bench, device, reports, line, see, show: device.capabilities.signals!.show };
}

describe('a signal', () => {
  it('blinks for what is new, on and off each second, and is steady once that is known', async () => {
    const { show, see, line } = await lamp();
    expect(line).toMatchObject({ isDriven: true, level: 'low' });
    show('new');
    expect(await see(8)).toBe('##..##..');
    show('acknowledged');
    expect(await see(4)).toBe('####');
    show('new');
    expect(await see(6)).toBe('##..##');
    show('off');
    expect(await see(4)).toBe('....');
  });

  it('may be steady from the start', async () => {
    const { show, see } = await lamp({ style: 'steady' });
    show('new');
    expect(await see(4)).toBe('####');
    show('acknowledged');
    expect(await see(4)).toBe('####');
    show('off');
    expect(await see(2)).toBe('..');
  });

  it('that sounds does so for half a second every five, a minute at most, and for new faults only', async () => {
    const { show, see } = await lamp({ style: 'buzzer' });
    show('new');
    const round = `#${'.'.repeat(9)}`;
    expect(await see(120)).toBe(round.repeat(12));
    expect(await see(60)).toBe('.'.repeat(60));
    show('acknowledged');
    expect(await see(10)).toBe('.'.repeat(10));
    show('new');
    expect(await see(10)).toBe(round);
    show('acknowledged');
    expect(await see(10)).toBe('.'.repeat(10));
  });

  it('that sounds stops at the time that is set', async () => {
    const { show, see } = await lamp({ style: 'buzzer', maximumSeconds: 6 });
    show('new');
    expect(await see(30)).toBe(`#${'.'.repeat(9)}#${'.'.repeat(19)}`);
  });

  it('keeps its rhythm where the same is shown again', async () => {
    const { show, see } = await lamp();
    show('new');
    expect(await see(1)).toBe('#');
    show('new');
    expect(await see(4)).toBe('#..#');
  });

  it('may be switched on by a low level', async () => {
    const { show, see, line } = await lamp({ activeLow: true, style: 'steady' });
    expect(line.level).toBe('high');
    show('new');
    expect(await see(2)).toBe('..');
  });

  it('shows what is true when its line comes back', async () => {
    const { show, see, clock, panel, reports, line } = await lamp();
    line.takenBy('other');
    await clock.advance(2000);
    expect(reports.standing.get('device.line-unavailable')).toMatchObject({ consumer: 'other', line: 25 });
    show('acknowledged');
    line.free();
    await clock.advance(5000);
    expect(reports.standing.size).toBe(0);
    expect(await see(2)).toBe('##');
    panel.unplug();
    await clock.advance(5000);
    expect(reports.standing.size).toBe(0);
    panel.plug();
    await clock.advance(5000);
    expect(await see(2)).toBe('##');
  });

  it('is dark and free when it is stopped', async () => {
    const { show, clock, device, line } = await lamp();
    show('new');
    await clock.advance(100);
    await device.stop();
    await clock.advance(10);
    expect(line).toMatchObject({ isDriven: false, level: 'low' });
    show('acknowledged');
    await clock.advance(1000);
    expect(line.level).toBe('low');
  });

  it('says which faults it is for: an empty printer where nothing is said', async () => {
    const plain = await lamp();
    expect(plain.device.capabilities.signals).toMatchObject({
      faults: ['printer.media-low', 'printer.media-empty'],
      devices: [],
    });
    const own = await lamp({ faults: ['printer.*'], devices: ['tickets'] });
    expect(own.device.capabilities.signals).toMatchObject({ faults: ['printer.*'], devices: ['tickets'] });
    expect(signal.readings).toEqual({});
    expect(signal.protocols['gpio-output']!.claims!({ line: 25 })).toEqual([
      { path: ['line'], text: 'line 25' },
    ]);
  });

  it.each([
    ['no line', { line: undefined }],
    ['a line that no chip has', { line: -1 }],
    ['a code that is none', { faults: ['printer'] }],
    ['no code', { faults: [] }],
    ['another style', { style: 'disco' }],
    ['no time at all', { maximumSeconds: 0 }],
  ])('refuses %s', (_, options) => {
    const bench = gpioBench();
    open.push(bench);
    expect(() => bench.add(signal, { protocol: 'gpio-output', line: 25, ...options })).toThrow();
  });
});
