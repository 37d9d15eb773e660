/** The simulated radars by the bytes of Hi-Link's documents; none of this knows the codecs. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedLd2410 } from '../../src/simulator/ld2410.js';
import { simulatedLd2450 } from '../../src/simulator/ld2450.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';

async function stand<Radar extends { close(): void }>(
  make: (...farEnd: Parameters<typeof simulatedLd2410>) => Radar,
) {
  const clock = new VirtualClock();
  const { carrier, farEnd } = memoryCable({ clock });
  const radar = make(farEnd, clock);
  onTestFinished(() => radar.close());
  let heard = '';
  const opening = carrier.open({
    bytes: (bytes) => {
      heard += Buffer.from(bytes).toString('hex').toUpperCase();
    },
    closed: () => {},
  });
  await clock.advance(1);
  const connection = await opening;
  /** What came within so many milliseconds, in hex. */
  const hear = async (milliseconds: number) => {
    heard = '';
    await clock.advance(milliseconds);
    return heard;
  };
  /** Sends a command, content in hex, and gives what was acknowledged, without its frame. */
  const tell = async (content: string) => {
    const bytes = Buffer.from(content.replaceAll(' ', ''), 'hex');
    const length = Buffer.from([bytes.length, 0]);
    heard = '';
    void connection.write(
      new Uint8Array(
        Buffer.concat([Buffer.from('FDFCFBFA', 'hex'), length, bytes, Buffer.from('04030201', 'hex')]),
      ),
    );
    await clock.advance(20);
    return /FDFCFBFA..00(.*)04030201/.exec(heard)?.[1] ?? heard;
  };
  const enter = () => tell('FF00 0100');
  const leave = () => tell('FE00');
  return { clock, radar, hear, tell, enter, leave };
}

const factory = 'AA08 08 08 3232281E140F0F0F0F 000028281E1E141414 0500'.replaceAll(' ', '');

describe('a simulated LD2410', () => {
  it('reports the energies of all gates between 62 and 63', async () => {
    const { radar, hear, tell, enter, leave } = await stand(simulatedLd2410);
    radar.someone({ movingCentimetres: 160, movingEnergy: 90, stillCentimetres: 310, stillEnergy: 80 });
    await enter();
    expect(await tell('6200')).toBe('62010000');
    expect(await leave()).toBe('FE010000');
    const report = /F4F3F2F12300(01AA03A000..3601..A0000808(.{18})(.{18})60015500)F8F7F6F5/.exec(
      await hear(110),
    );
    expect(report).not.toBeNull();
    const energies = (hex: string) => [...Buffer.from(hex, 'hex')];
    // Gates of 75 cm: 160 cm is in gate 2, 310 cm in gate 4.
    expect(energies(report![2]!).findIndex((energy) => energy >= 88)).toBe(2);
    expect(energies(report![3]!).findIndex((energy) => energy >= 78)).toBe(4);
    await enter();
    await tell('6300');
    await leave();
    expect(await hear(110)).toMatch(/^F4F3F2F10D0002AA03.*5500F8F7F6F5$/);
  });

  it('keeps the thresholds that it was told, and tells them', async () => {
    const { tell, enter } = await stand(simulatedLd2410);
    await enter();
    expect(await tell('6100')).toBe(`61010000${factory}`);
    expect(await tell('6400 0000 03000000 0100 28000000 0200 2A000000')).toBe('64010000');
    expect(await tell('6100')).toBe(
      '61010000AA080808 323228 28 140F0F0F0F 000028 2A 1E1E141414 0500'.replaceAll(' ', ''),
    );
    await tell('6400 0000 FFFF0000 0100 14000000 0200 19000000');
    // As in the reply that aio-ld2410 holds for its tests.
    expect(await tell('6100')).toBe(`61010000AA080808${'14'.repeat(9)}${'19'.repeat(9)}0500`);
    // No such gate, no such threshold.
    expect(await tell('6400 0000 09000000 0100 14000000 0200 19000000')).toBe('64010100');
    expect(await tell('6400 0000 01000000 0100 65000000 0200 19000000')).toBe('64010100');
  });

  it('is as it left the factory after A2 and a restart, not before', async () => {
    const { hear, tell, enter } = await stand(simulatedLd2410);
    await enter();
    await tell('6000 0000 06000000 0100 04000000 0200 2C010000');
    expect(await tell('A200')).toBe('A2010000');
    expect(await tell('6100')).toContain('AA080604');
    await tell('A300');
    await hear(2_000);
    await enter();
    expect(await tell('6100')).toBe(`61010000${factory}`);
  });

  it('reports again after a restart, without being left, and without the energies of gates', async () => {
    const { clock, radar, hear, tell, enter } = await stand(simulatedLd2410);
    radar.still(200);
    await enter();
    await tell('6200');
    expect(await tell('A300')).toBe('A3010000');
    expect(await hear(800)).toBe('');
    expect(await hear(500)).toMatch(/^(F4F3F2F10D0002AA02.{16}5500F8F7F6F5)+$/);
    // Commands are for who entered.
    expect(await tell('A000')).not.toContain('A001');
    await enter();
    await tell('A300');
    radar.power.off();
    await clock.advance(5_000);
    expect(await hear(1_000)).toBe('');
    radar.power.on();
    expect(await hear(200)).not.toBe('');
  });
});

describe('a simulated LD2450', () => {
  it('reports again after a restart, and keeps its mode unless it was told A2', async () => {
    const { radar, hear, tell, enter } = await stand(simulatedLd2450);
    await enter();
    await tell('8000');
    await tell('A300');
    expect(await hear(1_500)).toMatch(/AAFF0300(00){24}55CC$/);
    expect(radar.targetMode()).toBe('single');
    await enter();
    expect(await tell('A200')).toBe('A2010000');
    await tell('A300');
    await hear(1_500);
    expect(radar.targetMode()).toBe('multiple');
  });
});
