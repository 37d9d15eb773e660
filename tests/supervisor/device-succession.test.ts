/** One driver after another under the same name: what the one has found is not the other's fault. */
import { expect, it } from 'vitest';
import type { DeviceConfig } from '../../src/devices/kind.js';
import { deviceWorld } from './device-world.js';

type World = Awaited<ReturnType<typeof deviceWorld>>;

/** The entry of a device changes, as a step of a plan does it. */
async function change(world: World, device: string, entry: DeviceConfig): Promise<void> {
  const { rack, configuration, clock } = world;
  await rack.stop(device, entry);
  rack.start(device, { ...configuration, devices: { ...configuration.devices, [device]: entry } });
  await clock.advance(2_000);
}

it('a device of another kind has none of the faults of the one before', async () => {
  const world = await deviceWorld();
  const { faults, configuration } = world;
  faults.raise({ device: 'board-6', code: 'device.unresponsive', evidence: {} });
  faults.raise({ device: 'tickets', code: 'printer.media-low', evidence: {} });
  // Only its label is another one: what the printer says of its paper stands until it says otherwise.
  await change(world, 'board-6', { ...configuration.devices['board-6']!, label: 'Sixth' });
  expect(world.state('board-6').faults).toEqual([]);
  const { label: _, ...rest } = configuration.devices['board-6']!;
  await change(world, 'tickets', { ...rest, address: 6 } as DeviceConfig);
  expect(world.state('tickets')).toMatchObject({ kind: 'window-board', faults: [] });
  expect([...world.faultTopics.keys()].filter((topic) => topic.startsWith('tickets/'))).toEqual([]);
  await world.stop();
});

it('a driver that failed again and again is not said to do so once another one has taken its place', async () => {
  const world = await deviceWorld();
  const { faults, configuration } = world;
  faults.raise({ device: 'board-6', code: 'device.restarting', evidence: { reason: 'x', crashes: 3 } });
  await change(world, 'board-6', { ...configuration.devices['board-6']!, label: 'Sixth' });
  await world.clock.advance(1_000);
  expect(world.state('board-6')).toMatchObject({ status: 'good', faults: [] });
  await world.stop();
});

it('a driver that ends late takes nothing from the one that has taken its place', async () => {
  const world = await deviceWorld();
  const { rack, configuration, clock } = world;
  const ending = rack.stop('board-6', undefined);
  rack.start('board-6', configuration);
  await ending;
  await clock.advance(2_000);
  expect(world.state('board-6')).toMatchObject({ status: 'good' });
  await world.stop();
});
