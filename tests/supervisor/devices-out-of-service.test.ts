import { expect, it } from 'vitest';
import { deviceDocument, deviceWorld } from './device-world.js';

const disable = { device: 'board-5', reason: '换屏' };

it('a device that is taken out of service is left alone and says so; back in service it shows what is true', async () => {
  const world = await deviceWorld();
  const { ask, clock, panels, state, faultTopics, shows, commits, call } = world;
  panels.panel(5).power.off();
  await clock.advance(5_000);
  expect(state('board-5')).toMatchObject({ status: 'failure', faults: ['device.unresponsive'] });
  commits.takeTypes();
  const sent = world.buses.get('row')!.sent!;

  expect(await ask('device.disable', { ...disable, by: 'wang' })).toMatchObject({
    ok: true,
    result: { device: 'board-5', disabled: true, already: false },
  });
  await clock.advance(100);
  expect(commits.takeTypes()).toEqual(['fault.raised', 'fault.cleared']);
  expect([...faultTopics.keys()]).toEqual(['board-5/device.disabled']);
  expect(faultTopics.get('board-5/device.disabled')).toMatchObject({
    status: 'function-check',
    text: { 'zh-CN': expect.stringContaining('换屏'), en: expect.stringContaining('换屏') },
    evidence: { reason: '换屏', by: 'wang' },
  });
  expect(state('board-5')).toMatchObject({
    status: 'function-check',
    verified: false,
    faults: ['device.disabled'],
    readings: { shown: null },
  });

  // The other board goes on, this one is asked nothing, and its calls are known not to be shown.
  panels.panel(5).power.on();
  call('5');
  await clock.advance(10_000);
  expect(shows(5)).toBe('');
  expect(world.buses.get('row')!.sent!).toBeGreaterThan(sent);
  expect(commits.events.find(({ type }) => type === 'ticket.shown')?.data).toMatchObject({
    device: 'board-5',
    result: 'failed',
  });
  // It was down before, and for the hall it still is.
  expect(commits.events.filter(({ type }) => type === 'channel.changed')).toEqual([]);
  expect(await ask('device.test', { device: 'board-5' })).toMatchObject({
    ok: false,
    code: 'device.disabled',
  });

  expect(await ask('device.enable', { device: 'board-5' })).toMatchObject({
    ok: true,
    result: { disabled: false, already: false },
  });
  await clock.advance(3_000);
  expect(shows(5)).toBe('001');
  expect(state('board-5')).toMatchObject({ status: 'good', verified: true, faults: [] });
  expect(faultTopics.size).toBe(0);
  expect(await world.stop()).toEqual([]);
});

it('asked twice it is out of service once, and a device that is not there cannot be', async () => {
  const world = await deviceWorld();
  const { ask, commits, rack } = world;
  const both = await Promise.all([
    rack.disable('board-5', 'a', null),
    rack.disable('board-5', 'b', null),
    rack.enable('board-6'),
    rack.disable('nobody', 'c', null),
  ]);
  expect(both).toEqual(['done', 'already', 'already', 'unknown']);
  expect(commits.takeTypes().filter((type) => type === 'fault.raised')).toHaveLength(1);
  expect(await ask('device.disable', disable)).toMatchObject({ ok: true, result: { already: true } });
  expect(await ask('device.enable', { device: 'nobody' })).toMatchObject({
    ok: false,
    code: 'device.unknown',
  });
  // Out and back before its driver has even ended.
  await Promise.all([rack.enable('board-5'), rack.disable('board-5', 'd', null), rack.enable('board-5')]);
  await world.clock.advance(2_000);
  expect(world.state('board-5')).toMatchObject({ status: 'good', faults: [] });
  // Put back while a change of the configuration starts it anew.
  await rack.disable('board-5', 'e', null);
  const enabling = rack.enable('board-5');
  await rack.stop('board-5', world.configuration.devices['board-5']);
  rack.start('board-5', world.configuration);
  await enabling;
  await world.clock.advance(2_000);
  expect(world.state('board-5')).toMatchObject({ status: 'good', faults: [] });
  await world.stop();
});

it('switched ten times in a minute it is in service at once all the same', async () => {
  const world = await deviceWorld();
  for (let round = 0; round < 10; round++) {
    await world.ask('device.disable', disable);
    await world.ask('device.enable', { device: 'board-5' });
  }
  await world.clock.advance(2_000);
  expect(world.state('board-5')).toMatchObject({ status: 'good', faults: [] });
  await world.stop();
});

it('it stays out of service over a restart, and over a change of its configuration', async () => {
  const first = await deviceWorld();
  await first.ask('device.disable', disable);
  await first.stop();
  const { clock, commits } = first;
  const world = await deviceWorld({ clock, commits, session: 2 });
  expect(world.state('board-5')).toMatchObject({ status: 'function-check', faults: ['device.disabled'] });
  await clock.advance(60_000);
  expect(world.faultTopics.get('board-5/device.disabled')).toMatchObject({ session: 2 });

  const changed = structuredClone(world.configuration);
  Object.assign(changed.devices['board-5']!, { pollMilliseconds: 2_000 });
  await world.rack.stop('board-5', changed.devices['board-5']);
  world.rack.start('board-5', changed);
  await clock.advance(5_000);
  expect(world.state('board-5')).toMatchObject({ status: 'function-check', faults: ['device.disabled'] });
  await world.stop();
});

it('that is forgotten with the device, unless the configuration comes back at once', async () => {
  const world = await deviceWorld();
  const { ask, rack, clock, commits, configuration, faultTopics } = world;
  await ask('device.disable', disable);
  await rack.stop('board-5', undefined);
  await clock.advance(10);
  expect(commits.state.has('disabled/board-5')).toBe(false);
  expect(faultTopics.size).toBe(0);
  expect(world.states.get('board-5')).toBeNull();
  await clock.advance(20_000);
  rack.start('board-5', configuration);
  await clock.advance(2_000);
  expect(world.state('board-5')).toMatchObject({ faults: ['device.disabled'] });

  await rack.stop('board-5', undefined);
  await clock.advance(300_000);
  rack.start('board-5', configuration);
  await clock.advance(2_000);
  expect(world.state('board-5')).toMatchObject({ status: 'good', faults: [] });
  await world.stop();
});

it('what it told people others carry on telling', async () => {
  const world = await deviceWorld();
  const { ask, clock, commits } = world;
  const changes = () =>
    commits.events.flatMap((event) =>
      event.type === 'channel.changed' ? [`${event.data.channel} ${event.data.at} ${event.data.state}`] : [],
    );
  await ask('device.disable', disable);
  await ask('device.disable', { device: 'speaker', reason: 'too loud' });
  await ask('device.disable', { device: 'tickets', reason: 'new head' });
  await clock.advance(1_000);
  expect(changes()).toEqual(['board 5 down', 'voice hall down', 'printer tickets down']);
  for (const device of ['board-5', 'speaker', 'tickets']) await ask('device.enable', { device });
  await clock.advance(3_000);
  expect(changes().slice(3)).toEqual(['board 5 up', 'voice hall up', 'printer tickets up']);
  await world.stop();
});

it('the fault of its wire leaves it out, and says nothing of it', async () => {
  const world = await deviceWorld();
  const { ask, clock, cables, state, faultTopics } = world;
  await ask('device.disable', disable);
  cables.row.cable.cut();
  await clock.advance(3_000);
  expect(faultTopics.get('row/bus.lost')).toMatchObject({ affected: ['board-6'] });
  expect(state('board-5').status).toBe('function-check');
  expect(state('board-5')).not.toHaveProperty('cause');
  await ask('device.enable', { device: 'board-5' });
  await clock.advance(100);
  expect(faultTopics.get('row/bus.lost')).toMatchObject({ affected: ['board-5', 'board-6'] });
  expect(state('board-5')).toMatchObject({ status: 'failure', cause: 'row/bus.lost' });
  await world.stop();
});

it('every kind of device in the hall can be taken out and put back, and nothing is left over', async () => {
  const world = await deviceWorld();
  for (const device of Object.keys(deviceDocument.devices)) {
    expect(await world.ask('device.disable', { device, reason: 'round' })).toMatchObject({ ok: true });
    await world.clock.advance(2_000);
    expect(world.state(device)).toMatchObject({ status: 'function-check', faults: ['device.disabled'] });
    expect(await world.ask('device.enable', { device })).toMatchObject({ ok: true });
    await world.clock.advance(3_000);
    expect(world.state(device)).toMatchObject({ status: 'good', faults: [] });
  }
  expect(await world.stop()).toEqual([]);
});
