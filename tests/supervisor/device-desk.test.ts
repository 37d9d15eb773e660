import { expect, it } from 'vitest';
import type { Speaks } from '../../src/devices/capabilities.js';
import { deviceWorld } from './device-world.js';

/** Every digit of the panel. */
const eights = '888888';

const no = (code: string) => ({ ok: false, code });

it('a test has each device do what a person can see, hear or hold, and says what became of it', async () => {
  const world = await deviceWorld();
  const { ask, shows, clock } = world;

  expect(await ask('device.test', { device: 'board-5' })).toMatchObject({
    ok: true,
    result: { device: 'board-5', what: 'board', result: 'confirmed', afterMilliseconds: expect.any(Number) },
  });
  expect(shows(5)).toBe(eights);
  expect(shows(6)).toBe('');
  await clock.advance(4_000);
  expect(shows(5)).toBe('');

  const spoken = ask('device.test', { device: 'speaker' });
  expect(await spoken).toMatchObject({ ok: true, result: { what: 'voice', result: 'confirmed' } });
  expect(world.chip.heard.map(({ text }) => text)).toEqual(['测试']);

  expect(await ask('device.test', { device: 'tickets' })).toMatchObject({
    ok: true,
    result: { what: 'paper', result: 'confirmed' },
  });
  const slip = world.printer.slips.at(-1)!;
  const text = slip.lines.map((line) => line.text.trim()).filter((line) => line !== '');
  expect(text).toEqual([
    '测试纸条，不是号票',
    '大厅 jinshan',
    '设备 tickets',
    expect.stringMatching(/^2026-11-21 09:0\d$/),
  ]);
  expect(slip.complete).toBe(true);

  expect(await ask('device.test', { device: 'caller-5' })).toMatchObject({
    ok: true,
    result: { what: 'reading', result: 'passive' },
  });
  expect(world.commits.events.map(({ type }) => type).filter((type) => type.startsWith('ticket.'))).toEqual(
    [],
  );
  expect(await world.stop()).toEqual([]);
});

it('a lamp goes on, off and on, and then says again what is true', async () => {
  const world = await deviceWorld();
  const { ask, clock, gpio, faults } = world;
  for (const [device, line] of [
    ['lamp', 25],
    ['rate-5', 18],
  ] as const) {
    expect(gpio.panel.line(line).level).toBe('low');
    expect(await ask('device.test', { device })).toMatchObject({
      ok: true,
      result: { what: 'lamp', result: 'sent' },
    });
    let seen = '';
    for (let look = 0; look < 5; look++) {
      await clock.advance(look === 0 ? 500 : 1_000);
      seen += gpio.panel.line(line).level === 'high' ? '#' : '.';
    }
    expect(seen).toBe('#.#..');
  }
  faults.raise({ device: 'row', code: 'bus.lost' });
  faults.acknowledge('row', 'bus.lost', 'duty');
  await ask('device.test', { device: 'lamp' });
  await clock.advance(4_000);
  expect(gpio.panel.line(25).level).toBe('high');
  await world.stop();
});

it('a test never hides a number: it is refused while one stands there, and a call puts an end to it', async () => {
  const world = await deviceWorld();
  const { ask, shows, clock, call } = world;
  await ask('device.test', { device: 'board-6' });
  expect(shows(6)).toBe(eights);
  call('6');
  await clock.advance(300);
  expect(shows(6)).toBe('001');
  await clock.advance(5_000);
  expect(shows(6)).toBe('001');
  expect(await ask('device.test', { device: 'board-6' })).toMatchObject(no('device.busy'));
  expect(await ask('device.identify', { device: 'board-6', seconds: 10 })).toMatchObject(no('device.busy'));
  expect(await ask('hall.test', {})).toMatchObject(no('hall.open'));
  expect(shows(6)).toBe('001');
  // The other window's board is free.
  expect(await ask('device.test', { device: 'board-5' })).toMatchObject({ ok: true });
  await world.stop();
});

it('nothing is tested over a fire alarm or a blanked hall', async () => {
  const world = await deviceWorld();
  const { ask, hall, shows, clock } = world;
  hall.cover.blank(true, null).afterSync();
  await clock.advance(500);
  expect(await ask('device.test', { device: 'board-5' })).toMatchObject(no('hall.covered'));
  expect(await ask('device.test', { device: 'speaker' })).toMatchObject(no('hall.covered'));
  hall.cover.blank(false, null).afterSync();
  await ask('device.identify', { device: 'board-5', seconds: 60 });
  await clock.advance(2_000);
  hall.cover.fire('fire', true);
  await clock.advance(3_000);
  expect(shows(5)).toBe('------');
  await clock.advance(60_000);
  expect(shows(5)).toBe('------');
  await world.stop();
});

it('a device that is looked for blinks for as long as was asked, a voice says its name once', async () => {
  const world = await deviceWorld();
  const { ask, shows, clock, chip } = world;
  expect(await ask('device.identify', { device: 'board-5', seconds: 5 })).toMatchObject({ ok: true });
  let seen = '';
  for (let look = 0; look < 8; look++) {
    await clock.advance(look === 0 ? 500 : 1_000);
    seen += shows(5) === eights ? '8' : shows(5) === '' ? '.' : '?';
  }
  expect(seen).toBe('8.8.8...');
  await ask('device.identify', { device: 'speaker', seconds: 5 });
  expect(chip.heard.map(({ text }) => text)).toEqual(['speaker']);
  await world.stop();
});

it('a test says that a device failed, and why', async () => {
  const world = await deviceWorld();
  const { ask, panels, cables, printer, gpio, clock, chip } = world;
  panels.panel(5).power.off();
  expect(await ask('device.test', { device: 'board-5' })).toMatchObject({
    ok: true,
    result: { result: 'failed', afterMilliseconds: null },
  });
  await clock.advance(5_000);
  expect(await ask('device.test', { device: 'board-5' })).toMatchObject({
    result: { result: 'failed', reason: 'device.unresponsive' },
  });
  printer.paper.runOut();
  await clock.advance(5_000);
  expect(await ask('device.test', { device: 'tickets' })).toMatchObject({
    result: { what: 'paper', result: 'failed', reason: 'printer.media-empty' },
  });
  cables.keys.cable.cut();
  gpio.panel.unplug();
  await clock.advance(5_000);
  expect(await ask('device.test', { device: 'caller-5' })).toMatchObject({
    result: { result: 'failed', reason: 'keys/bus.lost' },
  });
  expect(await ask('device.test', { device: 'lamp' })).toMatchObject({
    result: { what: 'lamp', result: 'failed', reason: 'gpio/bus.lost' },
  });
  chip.deaf();
  expect(await ask('device.test', { device: 'speaker' })).toMatchObject({
    result: { what: 'voice', result: 'failed', reason: expect.any(String) },
  });
  expect(await ask('device.test', { device: 'nobody' })).toMatchObject(no('device.unknown'));
  await world.stop();
});

it('the whole hall is tested one after the other, and another test waits for its end', async () => {
  const world = await deviceWorld();
  const { desk, ask, clock, panels, shows } = world;
  panels.panel(6).power.off();
  await clock.advance(5_000);
  let answer: unknown;
  void Promise.resolve(desk.commands['hall.test']({}, {} as never)).then((outcome) => {
    answer = outcome;
  });
  await clock.advance(1_000);
  expect(shows(5)).toBe(eights);
  expect(await ask('hall.test', {})).toMatchObject(no('hall.test-running'));
  expect(await ask('device.test', { device: 'board-5' })).toMatchObject(no('hall.test-running'));
  await clock.advance(60_000);
  expect(answer).toMatchObject({ ok: true, result: { ok: false } });
  const { devices } = (answer as { result: { devices: { device: string; result: string }[] } }).result;
  expect(devices.map(({ device, result }) => `${device} ${result}`)).toEqual([
    'board-5 confirmed',
    'board-6 failed',
    'speaker confirmed',
    'tickets confirmed',
    'lamp sent',
    'rate-5 sent',
    'caller-5 passive',
  ]);
  expect(shows(5)).toBe('');
  expect(await ask('device.test', { device: 'board-5' })).toMatchObject({ ok: true });
  await world.stop();
});

it('a voice that is stuck costs a test of the hall fifteen seconds, and nothing more', async () => {
  const world = await deviceWorld();
  const { ask, hall } = world;
  const speaks: Speaks = {
    windows: null,
    readiness: 'ready',
    onReadiness: () => () => {},
    speak: () => new Promise(() => {}),
  };
  hall.attach('caller-5', { speaks });
  world.signs.add('caller-5', { speaks });
  const answer = (await ask('hall.test', {})) as unknown as { result: { ok: boolean; devices: object[] } };
  expect(answer.result.ok).toBe(false);
  expect(answer.result.devices.at(-1)).toMatchObject({
    device: 'caller-5',
    result: 'failed',
    reason: 'test.no-answer',
  });
  await world.stop();
});
