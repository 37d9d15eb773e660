import { afterEach, describe, expect, it } from 'vitest';
import type { Press } from '../../src/devices/capabilities.js';
import { evaluator } from '../../src/devices/evaluator.js';
import { gpioBench } from './gpio-bench.js';

/** The example of docs/contract.md. */
const entry = {
  protocol: 'gpio-buttons',
  window: '5',
  activeLow: true,
  buttons: { '5': 17, '4': 27, '3': 22, '2': 23, '1': 24 },
};

const open: { stop(): Promise<string[]> }[] = [];
afterEach(async () => {
  for (const line of open.splice(0)) expect(await line.stop()).toEqual([]);
});

async function buttons(options: Readonly<Record<string, unknown>> = {}) {
  const bench = gpioBench();
  open.push(bench);
  const { device, reports } = bench.add(evaluator, { ...entry, ...options });
  const presses: Press[] = [];
  device.capabilities.presses!.onPress((press) => presses.push(press));
  await bench.clock.advance(1000);
  const press = async (line: number, milliseconds = 150) => {
    bench.panel.line(line).low();
    await bench.clock.advance(milliseconds);
    bench.panel.line(line).floats();
    await bench.clock.advance(1000);
  };
  return { ...bench, device, reports, presses, press, keys: () => presses.map(({ key }) => key) };
}

describe('an evaluator with buttons on GPIO lines', () => {
  it('says the level that was pressed, at once, for its window', async () => {
    const { clock, panel, presses, press, keys, device } = await buttons();
    panel.line(17).low();
    await clock.advance(0);
    expect(presses).toEqual([{ device: 'one', window: '5', key: '5', atMilliseconds: 1000 }]);
    panel.line(17).floats();
    await clock.advance(1000);
    for (const line of [27, 22, 23, 24]) await press(line);
    expect(keys()).toEqual(['5', '4', '3', '2', '1']);
    expect(device.capabilities.presses).toMatchObject({ purpose: 'rate', window: '5' });
    expect(device.capabilities.invitesRating).toBeUndefined();
  });

  it('pulls its lines against the side that a button joins them to', async () => {
    const low = await buttons();
    expect(low.panel.line(17).level).toBe('high');
    const high = await buttons({ activeLow: false });
    expect(high.panel.line(17).level).toBe('low');
    high.panel.line(17).high();
    await high.clock.advance(10);
    expect(high.keys()).toEqual(['5']);
    const none = await buttons({ bias: 'disabled' });
    expect(none.panel.line(17).level).toBe('low');
  });

  it('takes the bounces of a worn contact for one rating', async () => {
    const { clock, panel, keys } = await buttons();
    panel.line(24).bounce(11, 2);
    await clock.advance(500);
    panel.line(24).bounce(7, 3);
    await clock.advance(20_000);
    expect(keys()).toEqual(['1']);
  });

  it('finds a button that is held, and takes no rating from it until it is free', async () => {
    const { clock, panel, reports, keys, press } = await buttons();
    panel.line(23).low();
    await clock.advance(15_100);
    expect(reports.standing.get('device.stuck-input')).toEqual({ key: '2', heldMilliseconds: 15_000 });
    await press(17);
    panel.line(23).floats();
    await clock.advance(2000);
    expect(reports.standing.size).toBe(0);
    await press(23);
    expect(keys()).toEqual(['2', '5', '2']);
  });

  it('finds a button that hums with 50 Hz, once', async () => {
    const { clock, panel, reports, keys } = await buttons();
    panel.line(22).bounce(4000, 10);
    await clock.advance(40_000);
    expect(reports.faults).toEqual(['raised device.stuck-input']);
    expect(keys()).toEqual(['3']);
    await clock.advance(2100);
    expect(reports.faults).toEqual(['raised device.stuck-input', 'cleared device.stuck-input']);
  });

  it('takes no rating from a button that is pressed when it starts', async () => {
    const bench = gpioBench();
    open.push(bench);
    bench.panel.line(17).low();
    const { device } = bench.add(evaluator, entry);
    const presses: Press[] = [];
    device.capabilities.presses!.onPress((press) => presses.push(press));
    await bench.clock.advance(1000);
    bench.panel.line(17).floats();
    await bench.clock.advance(1000);
    expect(presses).toEqual([]);
    bench.panel.line(17).low();
    await bench.clock.advance(0);
    expect(presses).toHaveLength(1);
  });

  it('says who has a line that it needs, and hears again once it is free', async () => {
    const { clock, panel, reports, press, keys } = await buttons();
    panel.line(22).takenBy('spi0 CS0');
    await clock.advance(2000);
    expect(reports.standing.get('device.line-unavailable')).toMatchObject({
      code: 'gpio.line-busy',
      consumer: 'spi0 CS0',
      line: 22,
      reason: 'line 22 of pinctrl-test is in use by "spi0 CS0"',
    });
    panel.line(22).free();
    await clock.advance(5000);
    expect(reports.standing.size).toBe(0);
    await press(17);
    expect(keys()).toEqual(['5']);
  });

  it('leaves a chip that is gone to the bus, and forgets what was stuck', async () => {
    const { clock, panel, reports, bus } = await buttons();
    panel.line(17).low();
    await clock.advance(16_000);
    expect([...reports.standing.keys()]).toEqual(['device.stuck-input']);
    panel.unplug();
    await clock.advance(1000);
    expect(bus.state).toBe('lost');
    expect(reports.standing.size).toBe(0);
    panel.plug();
    await clock.advance(20_000);
    expect([...reports.standing.keys()]).toEqual(['device.stuck-input']);
    expect(reports.crashes).toEqual([]);
  });

  it('lights its lamp while a rating is asked for, also after the chip was away', async () => {
    const { clock, panel, device } = await buttons({ lamp: 5, lampActiveLow: true });
    const lamp = panel.line(5);
    expect(lamp).toMatchObject({ isDriven: true, level: 'high' });
    device.capabilities.invitesRating!.invite(true);
    await clock.advance(10);
    expect(lamp.level).toBe('low');
    expect(device.capabilities.invitesRating!.window).toBe('5');
    panel.unplug();
    await clock.advance(10_000);
    panel.plug();
    await clock.advance(5000);
    expect(lamp).toMatchObject({ isDriven: true, level: 'low' });
    device.capabilities.invitesRating!.invite(false);
    await clock.advance(10);
    expect(lamp.level).toBe('high');
    device.capabilities.invitesRating!.invite(true);
    await device.stop();
    await clock.advance(10);
    expect(lamp).toMatchObject({ isDriven: false, level: 'high' });
  });

  it('names which of its lines are missing, as long as one is', async () => {
    const { clock, panel, reports } = await buttons({ lamp: 5 });
    panel.line(5).takenBy('a');
    panel.line(17).takenBy('b');
    await clock.advance(2000);
    expect(reports.standing.size).toBe(1);
    panel.line(17).free();
    await clock.advance(5000);
    expect(reports.standing.get('device.line-unavailable')).toMatchObject({ consumer: 'a' });
    panel.line(5).free();
    await clock.advance(5000);
    expect(reports.standing.size).toBe(0);
  });

  it('gives what a listener throws to its reports', async () => {
    const { clock, panel, device, reports } = await buttons();
    device.capabilities.presses!.onPress(() => {
      throw new Error('a mistake above');
    });
    panel.line(17).low();
    await clock.advance(10);
    expect(reports.crashes).toEqual([new Error('a mistake above')]);
  });

  it('hears nothing when it is stopped, and gives its lines back', async () => {
    const { clock, panel, device, keys } = await buttons();
    await device.stop();
    await clock.advance(10);
    expect(panel.line(17).isWatched).toBe(false);
    panel.line(17).low();
    await clock.advance(10);
    expect(keys()).toEqual([]);
  });

  it('claims each of its lines', () => {
    const claims = evaluator.protocols['gpio-buttons']!.claims!({ ...entry, lamp: 'GPIO5' });
    expect(claims.map(({ path, text }) => `${path.join('.')}: ${text}`)).toEqual([
      'buttons.1: line 24',
      'buttons.2: line 23',
      'buttons.3: line 22',
      'buttons.4: line 27',
      'buttons.5: line 17',
      'lamp: line GPIO5',
    ]);
    expect(evaluator.protocols['gpio-buttons']!.claims!({ buttons: null })).toEqual([]);
  });

  it.each([
    ['no button', { buttons: {} }],
    ['no window', { window: undefined }],
    ['a level that is none', { buttons: { '6': 17 } }],
    ['a line that no chip has', { buttons: { '5': 1024 } }],
    ['a number in quotes, which may be a name', { buttons: { '5': '17' } }],
    ['a name that a program takes for an option', { buttons: { '5': '--help' } }],
    ['half a line', { buttons: { '5': 1.5 } }],
    ['a pull that there is not', { bias: 'up' }],
  ])('refuses %s', (_, options) => {
    const bench = gpioBench();
    open.push(bench);
    expect(() => bench.add(evaluator, { ...entry, ...options })).toThrow();
  });
});
