import { expect, it } from 'vitest';
import { readCapture } from '../../src/protocols/capture.js';
import type { CommandOutcome } from '../../src/supervisor/command-desk.js';
import { deviceWorld } from './device-world.js';

type World = Awaited<ReturnType<typeof deviceWorld>>;

function get({ captures }: World, capture: unknown) {
  const answer = captures.commands['capture.get'](
    { capture: String(capture) },
    {} as never,
  ) as CommandOutcome;
  if (!answer.ok) return answer.code;
  return answer.result as { capture: string; bus: string; startedAt: string; lines: string[] };
}

function read(world: World, capture: unknown) {
  const got = get(world, capture);
  if (typeof got === 'string') throw new Error(got);
  return { ...got, ...readCapture(`${got.lines.join('\n')}\n`) };
}

it('what passed before a board fell silent is kept, and the fault says where', async () => {
  const world = await deviceWorld();
  const { clock, panels, faultTopics, commits } = world;
  panels.panel(5).power.off();
  await clock.advance(5_000);
  const { evidence } = faultTopics.get('board-5/device.unresponsive')!;
  expect(evidence.capture).toEqual(expect.any(String));
  const raised = commits.events.find(({ type }) => type === 'fault.raised')!;
  expect(raised.data).toMatchObject({ evidence: { capture: evidence.capture } });

  const { header, moments, cut, bus, startedAt } = read(world, evidence.capture);
  expect(cut).toBe(false);
  expect(bus).toBe('row');
  expect(header).toMatchObject({ bus: 'row', address: 'memory', baudRate: 9600, parity: 'none', startedAt });
  expect(startedAt).toBe('2026-11-21T01:00:00.000Z');
  expect(moments[0]).toMatchObject({ t: 0, event: 'opened' });
  // The last words to and from address 5 are questions that nobody answered.
  const words = moments.flatMap((one) => ('dir' in one && one.bytes[0] === 5 ? [one.dir] : []));
  expect(words).toContain('in');
  expect(words.slice(-3)).toEqual(['out', 'out', 'out']);
  await world.stop();
});

it('noise on a line, and the loss of a wire, are kept as they were', async () => {
  const world = await deviceWorld();
  const { clock, cables, faultTopics } = world;
  cables.keys.farEnd.send(Uint8Array.of(0xaa, 0x05, 0x01, 0xb0));
  await clock.advance(1_000);
  for (let burst = 0; burst < 12; burst++) {
    cables.keys.farEnd.send(Uint8Array.of(0xde, 0xad, burst));
    await clock.advance(500);
  }
  const noisy = read(world, faultTopics.get('keys/bus.noisy')!.evidence.capture);
  const heard = noisy.moments.flatMap((one) => ('dir' in one ? [...one.bytes] : []));
  expect(heard.slice(0, 7)).toEqual([0xaa, 0x05, 0x01, 0xb0, 0xde, 0xad, 0]);

  cables.keys.cable.cut();
  await clock.advance(3_000);
  const lost = read(world, faultTopics.get('keys/bus.lost')!.evidence.capture);
  expect(lost.moments.at(-1)).toMatchObject({ event: 'lost', reason: expect.any(String) });
  await world.stop();
});

it('a fault that no byte explains has none, and what nobody has kept is unknown', async () => {
  const world = await deviceWorld();
  const { clock, gpio, printer, faultTopics } = world;
  gpio.panel.unplug();
  printer.paper.runOut();
  await clock.advance(5_000);
  expect(faultTopics.get('gpio/bus.lost')!.evidence).not.toHaveProperty('capture');
  expect(faultTopics.get('tickets/printer.media-empty')!.evidence).not.toHaveProperty('capture');
  expect(get(world, 'nothing')).toBe('capture.unknown');
  await world.stop();
});

it('of a fault that comes and goes one is kept in ten minutes, and of all faults the newest sixteen', async () => {
  const world = await deviceWorld();
  const { clock, captures } = world;
  const take = (code: string, device = 'board-5') => captures.take({ device, code });
  const first = take('device.unresponsive');
  await clock.advance(9 * 60_000);
  expect(take('device.unresponsive')).toBe(first);
  expect(take('device.bad-reading')).not.toBe(first);
  await clock.advance(60_000);
  const later = take('device.unresponsive');
  expect(later).not.toBe(first);
  expect(get(world, first)).toMatchObject({ capture: first });
  const devices = ['board-5', 'board-6', 'speaker', 'caller-5', 'tickets', 'row', 'voice'];
  const ids: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    await clock.advance(11 * 60_000);
    for (const device of devices)
      ids.push(take(device === 'row' || device === 'voice' ? 'bus.noisy' : 'device.bad-reading', device));
  }
  expect(ids.filter((id) => id !== undefined).length).toBeGreaterThan(16);
  const kept = ids.filter((id) => id !== undefined && get(world, id) !== 'capture.unknown');
  expect(kept).toHaveLength(16);
  expect(get(world, first)).toBe('capture.unknown');
  await world.stop();
}, 60_000);

it('a full wire makes a capture that a reply can hold', async () => {
  const world = await deviceWorld();
  const { clock, cables, captures } = world;
  for (let index = 0; index < 3_000; index++) {
    cables.keys.farEnd.send(Uint8Array.of(index & 0xff));
    await clock.advance(2);
  }
  const got = read(world, captures.take({ device: 'keys', code: 'bus.lost' }));
  expect(Buffer.byteLength(JSON.stringify(got.lines))).toBeLessThan(64 * 1024);
  expect(got.moments.length).toBeGreaterThan(500);
  const last = got.moments.at(-1)!;
  expect('dir' in last && last.bytes.at(-1)).toBe(2_999 & 0xff);
  await world.stop();
});
