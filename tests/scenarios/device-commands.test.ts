import { expect, it } from 'vitest';
import { readCapture } from '../../src/protocols/capture.js';
import { scenario } from './support/scenario.js';
import { waitFor } from './support/waiting.js';

const test = scenario();
const eights = '888888';

it('devices are tested, found and taken out of service over the hub, and back they show what is true', async () => {
  const { hall, watcher, controller } = await test.all();
  const board = (words: string, wanted: (state: { status: string }) => boolean) =>
    watcher.see('device/board-5', words, (state) => wanted(state as { status: string }));
  await board('lives', ({ status }) => status === 'good');

  expect(await watcher.command('device.test', { device: 'board-5' })).toMatchObject({
    ok: true,
    result: { device: 'board-5', what: 'board', result: 'confirmed' },
  });
  expect(hall.shows(5)).toBe(eights);
  await waitFor('it is dark again', () => hall.shows(5) === '');
  const whole = await watcher.command('hall.test', {});
  expect(whole).toMatchObject({ ok: true, result: { ok: true } });
  const { devices } = whole.result as { devices: { result: string }[] };
  expect(devices.map(({ result }) => result)).toEqual([
    'passive',
    'passive',
    'confirmed',
    'confirmed',
    'passive',
  ]);

  expect(await watcher.command('device.disable', { device: 'board-5', reason: 'new glass' })).toMatchObject({
    ok: true,
    result: { already: false },
  });
  await board('is out of service', ({ status }) => status === 'function-check');
  expect(watcher.latest('fault/board-5/device.disabled')?.text.en).toContain('new glass');
  await controller.kill();
  await test.run(hall);
  const again = await watcher.see('device/board-5', 'is still out', (state) => state.session === 2);
  expect(again).toMatchObject({ status: 'function-check', faults: ['device.disabled'] });
  await watcher.issue();
  await watcher.command('window.call', { window: '5' });
  await watcher.event(
    'ticket.shown',
    'not on a board that is out of service',
    ({ data }) => data.result === 'failed',
  );
  expect(hall.shows(5)).toBe('');

  expect(await watcher.command('device.enable', { device: 'board-5' })).toMatchObject({ ok: true });
  await waitFor('it shows the number that is called', () => hall.shows(5) === '001');
  await board('is in service', ({ status }) => status === 'good');
  await watcher.seeCleared('fault/board-5/device.disabled');
  for (const name of ['device.test', 'device.identify'] as const) {
    expect(await watcher.command(name, { device: 'board-5' })).toMatchObject({
      error: { code: 'device.busy' },
    });
  }
  expect(await watcher.command('hall.test', {})).toMatchObject({ error: { code: 'hall.open' } });
  expect(hall.shows(5)).toBe('001');
  await watcher.settled();
});

it('a fault says what passed on its wire, and can be put aside for a while, also over a restart', async () => {
  const { hall, watcher, controller } = await test.all();
  await watcher.see('device/board-5', 'lives', ({ status }) => status === 'good');
  hall.panels.panel(5).power.off();
  const fault = await watcher.see('fault/board-5/device.unresponsive', 'names a capture', ({ evidence }) =>
    Boolean(evidence.capture),
  );
  const reply = await watcher.command('capture.get', { capture: fault.evidence.capture });
  expect(reply).toMatchObject({ ok: true, result: { bus: 'row' } });
  const { lines, startedAt } = reply.result as { lines: string[]; startedAt: string };
  const { header, moments } = readCapture(`${lines.join('\n')}\n`);
  expect(header).toMatchObject({ bus: 'row', baudRate: 9600, startedAt });
  const asked = moments.flatMap((one) => ('dir' in one && one.bytes[0] === 5 ? [one.dir] : []));
  expect(asked.slice(-3)).toEqual(['out', 'out', 'out']);
  expect(await watcher.command('capture.get', { capture: 'none' })).toMatchObject({
    error: { code: 'capture.unknown' },
  });

  const shelve = {
    device: 'board-5',
    code: 'device.unresponsive',
    by: 'wang',
    minutes: 30,
    reason: 'on order',
  };
  expect(await watcher.command('fault.shelve', { ...shelve, part: 'left' })).toMatchObject({
    error: { code: 'fault.unknown-part' },
  });
  expect(await watcher.command('fault.shelve', shelve)).toMatchObject({
    ok: true,
    result: { until: expect.any(String) },
  });
  await watcher.see('fault/board-5/device.unresponsive', 'is aside', ({ shelved }) => shelved?.by === 'wang');
  await watcher.event('fault.shelved', 'is recorded', ({ data }) => data.shelved.reason === 'on order');
  await controller.kill();
  await test.run(hall);
  const kept = await watcher.see(
    'fault/board-5/device.unresponsive',
    'stands',
    ({ session }) => session === 2,
  );
  expect(kept).toMatchObject({ shelved: { by: 'wang' }, id: fault.id });
  expect(watcher.latest('device/board-5')).toMatchObject({ status: 'failure' });
  hall.panels.panel(5).power.on();
  await watcher.seeCleared('fault/board-5/device.unresponsive');
  await watcher.settled();
});
