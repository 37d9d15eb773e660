import { describe, expect, it } from 'vitest';
import { presencePart } from '../../src/devices/parts/presence-part.js';
import { simulatedLd2410 } from '../../src/simulator/ld2410.js';
import { dice } from './bench.js';
import { makePart, partWithRadar, radarBench } from './part-bench.js';

const cubicle = presencePart({ 'zh-CN': '隔间', en: 'a cubicle' });

async function room() {
  const made = await partWithRadar(cubicle, { protocol: 'ld2410' }, simulatedLd2410);
  return { ...made, now: () => made.record.told.at(-1)?.values };
}

const nobody = { present: false, movingCentimetres: null, stillCentimetres: null };

describe('a presence radar', () => {
  it('says after two reports that agree whether somebody is there, moving, still or both', async () => {
    const { clock, radar, record, now } = await room();
    expect(record.told[0]).toMatchObject({ values: nobody });
    radar.someone({ movingCentimetres: 120 });
    await clock.advance(110);
    expect(now()).toEqual(nobody);
    await clock.advance(100);
    expect(now()).toEqual({ present: true, movingCentimetres: 120, stillCentimetres: null });
    radar.still(95);
    await clock.advance(700);
    expect(now()).toEqual({ present: true, movingCentimetres: null, stillCentimetres: 95 });
    radar.someone({ movingCentimetres: 110, stillCentimetres: 95 });
    await clock.advance(700);
    expect(now()).toEqual({ present: true, movingCentimetres: 110, stillCentimetres: 95 });
    radar.nobody();
    await clock.advance(210);
    expect(now()).toEqual(nobody);
  });

  it('tells twice a second at most while only distances change', async () => {
    const { clock, radar, record } = await room();
    radar.someone({ movingCentimetres: 100 });
    await clock.advance(300);
    const before = record.told.length;
    for (let step = 0; step < 100; step++) {
      radar.someone({ movingCentimetres: 100 + step });
      await clock.advance(100);
    }
    expect(record.told.length - before).toBeLessThanOrEqual(21);
    expect(record.told.length - before).toBeGreaterThanOrEqual(18);
  });

  it('that is silent for 3 s is unknown, and is known again two reports after its return', async () => {
    const { clock, radar, record, now } = await room();
    radar.still(80);
    await clock.advance(500);
    radar.power.off();
    await clock.advance(3_100);
    expect(record.troubles).toMatchObject([{ code: 'sensor.silent', kind: 'timeout' }]);
    expect(record.troubles[0]?.message).toMatch(/5 V.*256000/);
    await clock.advance(60_000);
    expect(record.troubles).toHaveLength(1);
    radar.nobody();
    radar.power.on();
    await clock.advance(250);
    expect(record.isUnknown).toBe(false);
    expect(now()).toEqual(nobody);
  });

  it('that never said anything is unknown after 3 s', async () => {
    const { clock, bus } = radarBench();
    const { part, record } = makePart(cubicle, { protocol: 'ld2410' }, bus, clock);
    await clock.advance(3_500);
    expect(record.troubles).toMatchObject([{ code: 'sensor.silent' }]);
    part.stop();
    const closing = bus.close();
    await clock.advance(10);
    await closing;
    expect(clock.pending()).toEqual([]);
  });

  it('that hangs with somebody in its field is unknown after ten minutes; an empty room may be as still as it likes', async () => {
    const { clock, radar, record, now } = await room();
    radar.freeze();
    await clock.advance(700_000);
    expect(record.troubles).toEqual([]);
    radar.freeze(false);
    radar.still(80);
    await clock.advance(500);
    radar.freeze();
    await clock.advance(590_000);
    expect(record.troubles).toEqual([]);
    await clock.advance(20_000);
    expect(record.troubles).toMatchObject([{ code: 'sensor.frozen', kind: 'garbled' }]);
    radar.freeze(false);
    await clock.advance(400);
    expect(now()).toMatchObject({ present: true, stillCentimetres: 80 });
    expect(record.isUnknown).toBe(false);
  });

  it('that measures its thresholds knows nothing meanwhile', async () => {
    const { clock, radar, record } = await room();
    radar.calibrates();
    await clock.advance(5_000);
    expect(record.troubles).toMatchObject([{ code: 'sensor.calibrating', kind: 'garbled' }]);
    radar.nobody();
    await clock.advance(300);
    expect(record.isUnknown).toBe(false);
  });

  it('on a noisy wire says nothing wrong, on a cut one that the wire is lost', async () => {
    const { clock, cable, radar, record } = await room();
    radar.still(80);
    await clock.advance(1_000);
    const before = record.told.length;
    cable.noise(0.01, dice(3));
    await clock.advance(300_000);
    for (const { values } of record.told.slice(before)) expect(values.present).toBe(true);
    cable.noise(0);
    cable.cut();
    await clock.advance(5_000);
    expect(record.troubles.map(({ code }) => code)).toEqual([expect.stringMatching(/^wire\./)]);
    cable.join();
    await clock.advance(5_000);
    expect(record.isUnknown).toBe(false);
  });
});

describe('the radar itself', () => {
  it('stops to report between enter and leave, and takes its gates', async () => {
    const { clock, bus, radar, record } = await room();
    const before = record.told.length;
    const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
    await bus.send(hex('fdfcfbfa0400ff00010004030201'), 'command');
    await clock.advance(1_000);
    await bus.send(hex('fdfcfbfa1400600000000400000001000300000002000a00000004030201'), 'command');
    await clock.advance(200);
    expect(record.told.length - before).toBeLessThanOrEqual(1);
    await bus.send(hex('fdfcfbfa0200fe0004030201'), 'command');
    await clock.advance(1_000);
    expect(radar.commands).toEqual([0xff, 0x60, 0xfe]);
    expect(radar.set).toMatchObject({ movingGate: 4, stillGate: 3, nobodySeconds: 10 });
    expect(record.isUnknown).toBe(false);
  });
});
