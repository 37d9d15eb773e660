/** johnny-five in its real process: against literal bytes, and against the simulated board over a cable in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { firmataBus } from '../../src/extenders/firmata/firmata-bus.js';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { type SimulatedFirmataOptions, simulatedFirmataBoard } from '../../src/simulator/firmata-board.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import { firmataEngine } from '../../src/transports/firmata-engine.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import type { FirmataBoard } from '../../src/transports/ports-firmata.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const text = (chunk: Uint8Array) =>
  Buffer.from(chunk)
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1 ');

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`never happened: ${what}`);
}

/** An engine alone; what it says is kept. */
async function engineAlone(entry?: URL, askAfterMilliseconds = 60_000) {
  const written: string[] = [];
  const told: unknown[] = [];
  const boards: FirmataBoard[] = [];
  const ended: HallwardError[] = [];
  const engine = await firmataEngine(systemClock(), entry)(
    { address: '/dev/arduino', askAfterMilliseconds },
    {
      write: (chunk) => written.push(text(chunk)),
      stage: (stage) => told.push(stage),
      ready: (board) => boards.push(board),
      level: (pin, high) => told.push({ pin, high }),
      analog: (channel, value) => told.push({ channel, value }),
      restarted: () => told.push('restarted'),
      ended: (error) => ended.push(error),
    },
  );
  onTestFinished(() => engine.close());
  const hear = (hex: string) => engine.bytes(bytes(hex));
  return { engine, hear, written, told, boards, ended };
}

/** Protocol 2.5, firmware "Sim" 2.5, four pins, two of them analogue. */
const version = 'F9 02 05';
const firmware = 'F0 79 02 05 53 00 69 00 6D 00 F7';
const capabilities = 'F0 6C 00 01 01 01 0B 01 7F 00 01 01 01 0B 01 7F 00 01 02 0A 7F 00 01 02 0A 7F F7';
const mapping = 'F0 6A 7F 7F 00 01 F7';

async function readyEngine() {
  const alone = await engineAlone();
  alone.hear(`${version} ${firmware} ${capabilities} ${mapping}`);
  await until(() => alone.boards.length > 0, 'ready');
  alone.written.length = 0;
  alone.told.length = 0;
  return alone;
}

describe('the engine', () => {
  it('gets ready by version, firmware, capabilities and mapping, and asks for the last two', async () => {
    const { hear, written, told, boards } = await engineAlone();
    hear(`E0 01 01 ${version} ${firmware}`);
    await until(() => written.length > 0, 'it asks for capabilities');
    expect(written).toEqual(['F0 6B F7']);
    hear(capabilities);
    await until(() => written.length > 1, 'it asks for the mapping');
    expect(written).toEqual(['F0 6B F7', 'F0 69 F7']);
    hear(mapping);
    await until(() => boards.length > 0, 'ready');
    expect(told).toEqual(['version', 'firmware', 'capabilities']);
    expect(boards).toEqual([
      {
        firmware: 'Sim',
        version: '2.5',
        analogMaximum: 1_023,
        pins: [
          { modes: [0, 1, 11], analogChannel: null },
          { modes: [0, 1, 11], analogChannel: null },
          { modes: [0, 2], analogChannel: 0 },
          { modes: [0, 2], analogChannel: 1 },
        ],
      },
    ]);
  });

  it('asks a board that is silent, and asks again for what got lost', async () => {
    const { hear, written, boards } = await engineAlone(undefined, 50);
    await until(() => written.includes('F9') && written.includes('F0 79 F7'), 'it asks');
    hear(version);
    hear(firmware);
    await until(() => written.filter((one) => one === 'F0 6B F7').length > 1, 'it asks again');
    hear(capabilities);
    hear(mapping);
    await until(() => boards.length > 0, 'ready');
  });

  it.each([
    ['shorter than the pins', `${capabilities} F0 6A 7F 7F 00 F7`],
    ['longer than the pins', `${capabilities} F0 6A 7F 7F 00 01 02 03 F7`],
    ['of no pins', 'F0 6C F7 F0 6A F7'],
  ])('is not ready by a mapping %s, and lives', async (_, hex) => {
    const { engine, hear, told, boards, ended } = await engineAlone();
    hear(`${version} ${firmware} ${hex}`);
    await until(() => told.includes('capabilities'), 'capabilities');
    expect(await engine.do({ order: 'reset' })).toBeNull();
    expect([boards, ended]).toEqual([[], []]);
  });

  it('sets modes, and tells what the board says of the pin', async () => {
    const { engine, hear, written } = await readyEngine();
    const done = engine.do({ order: 'mode', pin: 1, mode: 11 });
    await until(() => written.length > 1, 'written');
    expect(written).toEqual(['F4 01 0B', 'F0 6D 01 F7']);
    hear('F0 6E 01 0B 01 F7');
    expect(await done).toEqual({ mode: 11, state: 1 });
    const analog = engine.do({ order: 'mode', pin: 2, mode: 2 });
    await until(() => written.length > 3, 'written');
    expect(written.slice(2)).toEqual(['F4 02 02', 'F0 6D 02 F7']);
    hear('F0 6E 02 02 00 F7');
    expect(await analog).toEqual({ mode: 2, state: 0 });
  });

  it('writes an output without touching the pull-ups of inputs on its port', async () => {
    const { engine, hear, written } = await readyEngine();
    void engine.do({ order: 'mode', pin: 0, mode: 0 });
    hear('F0 6E 00 00 00 F7');
    await engine.do({ order: 'watch', port: 0, on: true });
    hear('90 01 00'); // pin 0 is high: the library would write it back, which switches its pull-up on
    const done = engine.do({ order: 'write', pin: 1, high: true });
    await until(() => written.at(-1) === 'F0 6D 01 F7', 'written');
    expect(written.filter((one) => one.startsWith('90'))).toEqual(['90 02 00']);
    hear('F0 6E 01 01 01 F7');
    expect(await done).toEqual({ mode: 1, state: 1 });
  });

  it('tells levels of inputs once, and again when they are asked for; values as they come', async () => {
    const { engine, hear, told } = await readyEngine();
    void engine.do({ order: 'mode', pin: 0, mode: 11 });
    hear('F0 6E 00 0B 01 F7');
    await engine.do({ order: 'watch', port: 0, on: true });
    hear('90 01 00 90 01 00 90 00 00');
    hear('E1 7F 03');
    await until(() => told.length > 2, 'told');
    await engine.do({ order: 'watch', port: 0, on: true });
    hear('90 00 00');
    await until(() => told.length > 3, 'told again');
    expect(told).toEqual([
      { pin: 0, high: true },
      { pin: 0, high: false },
      { channel: 1, value: 511 },
      { pin: 0, high: false },
    ]);
  });

  it('takes only its own version as a sign of life', async () => {
    const { engine, hear } = await readyEngine();
    const done = engine.do({ order: 'version' });
    hear('F9 01 01');
    await expect(done).rejects.toMatchObject({ code: 'firmata.no-answer', kind: 'timeout' });
    const again = engine.do({ order: 'version' });
    await sleep(20);
    hear(version);
    expect(await again).toBeNull();
  });

  it('tells that a board has begun anew', async () => {
    const { hear, told } = await readyEngine();
    hear(`${version} ${firmware}`);
    await until(() => told.length > 0, 'told');
    expect(told).toEqual(['restarted']);
  });

  it('lives through answers about pins that are not there', async () => {
    const { engine, hear, ended } = await readyEngine();
    hear(
      'F0 6E 7F 00 00 F7 F0 6E F7 F0 6C F7 F0 6A 01 01 01 01 01 01 01 F7 F0 79 F7 F0 F7 9F 7F 7F EF 7F 7F',
    );
    const done = engine.do({ order: 'version' });
    await sleep(20);
    hear(version);
    expect(await done).toBeNull();
    expect(ended).toEqual([]);
  });

  it('is given up when it takes nothing: what waits is bounded, and its process gone', async () => {
    const { engine, ended } = await engineAlone(new URL('support/slow-engine.mjs', import.meta.url));
    const order = engine.do({ order: 'version' });
    const over = expect(order).rejects.toMatchObject({ code: 'firmata.engine-died' });
    for (let count = 0; count < 50; count++) engine.bytes(new Uint8Array(1_000));
    expect(ended).toMatchObject([{ code: 'firmata.engine-died', kind: 'timeout' }]);
    expect(ended[0]?.evidence.droppedBytes).toBeGreaterThan(32_000);
    await over;
    await expect(engine.do({ order: 'reset' })).rejects.toMatchObject({ code: 'firmata.engine-died' });
  });
});

/** The whole bus on a simulated board. `speed` makes the bus's own time pass faster. */
async function bench(options: SimulatedFirmataOptions = {}, speed = 1) {
  const clock = systemClock();
  const fast: Clock = {
    ...clock,
    after: (name, milliseconds, run) => clock.after(name, milliseconds / speed, run),
  };
  const { carrier, farEnd, cable } = memoryCable({ address: '/dev/arduino', clock, byteMicroseconds: 174 });
  const wire = reopeningWire(carrier, clock);
  const lines = (name: string, chip: Parameters<typeof gpioBus>[1]) => gpioBus(name, chip, clock);
  const board = simulatedFirmataBoard(farEnd, clock, { bootMilliseconds: 300, ...options });
  const bus = firmataBus('arduino', wire, { engine: firmataEngine(clock), lines }, fast, {
    referenceVolts: 3.3,
  });
  onTestFinished(async () => {
    await bus.close();
    board.power.off();
    expect(clock.pending().filter((name) => !name.includes('memory cable'))).toEqual([]);
  });
  const levels: boolean[] = [];
  const volts: number[] = [];
  const states: string[] = [];
  bus.onChange(() => states.push(bus.lostBecause?.code ?? bus.state));
  bus.lines.watch(
    { lines: ['D7', 'A3'], activeLow: true, bias: 'pull-up' },
    { level: (line, active) => line === 'D7' && levels.push(active), ready() {}, lost() {} },
  );
  const lamp = bus.lines.drive({ line: 13, activeLow: false, active: true }, { ready() {}, lost() {} });
  bus.analog.sample(
    { channel: 0, everyMilliseconds: 40 },
    { value: (value) => volts.push(value), lost() {} },
  );

  async function allWorks(): Promise<void> {
    board.pin(7).low();
    await until(() => levels.at(-1) === true, 'pressed');
    board.pin(7).floats();
    await until(() => levels.at(-1) === false, 'let go');
    lamp.set(false);
    await until(() => board.output(13) === 'low', 'off');
    lamp.set(true);
    await until(() => board.output(13) === 'high', 'on');
    board.analog(0).set(0);
    await until(() => (volts.at(-1) ?? 1) === 0, '0 V');
    board.analog(0).set(1);
    await until(() => (volts.at(-1) ?? 0) === 3.3, '3.3 V');
  }
  return { bus, board, cable, states, levels, allWorks };
}

describe('the whole bus, with johnny-five on a simulated board', () => {
  it.each([false, true])('watches, drives and measures (a board before Firmata 2.5: %s)', async (isOld) => {
    const { bus, board, allWorks } = await bench({ isOld });
    await until(() => bus.state === 'open', 'open');
    expect(bus.about).toMatchObject({ firmware: 'Sim', pins: 20, analogInputs: 6 });
    await allWorks();
    expect(board.mode(7)).toBe(isOld ? 0 : 11);
    expect(board.samplingMilliseconds).toBe(40);
  });

  it('heals by itself after a reset, a power cut and a cut cable', async () => {
    const { bus, board, cable, states, allWorks } = await bench();
    await until(() => bus.state === 'open', 'open');
    board.reset();
    await until(() => board.output(13) === undefined, 'reset');
    await until(() => board.output(13) === 'high', 'the lamp is on again');
    await allWorks();
    expect(states).toEqual(['open']);
    board.power.off();
    await sleep(50);
    board.power.on();
    await until(() => board.output(13) === 'high', 'the lamp is on again');
    await allWorks();
    cable.cut();
    await until(() => bus.state === 'lost', 'lost');
    cable.join();
    board.reset();
    await until(() => bus.state === 'open', 'open again');
    await allWorks();
  });

  it('stays sane on a noisy line, and is right again when it is quiet', async () => {
    const { bus, cable, states, allWorks } = await bench();
    await until(() => bus.state === 'open', 'open');
    cable.noise(0.02);
    await sleep(2_500);
    cable.noise(0);
    await until(() => bus.state === 'open', 'open');
    await allWorks();
    expect(states).not.toContain('firmata.engine-died');
  });

  it('knows a board that speaks something else, and one that falls silent', async () => {
    const { bus, board, states, allWorks } = await bench({}, 10);
    board.babble(true);
    await until(() => states.includes('firmata.not-firmata'), 'not Firmata');
    board.babble(false);
    await until(() => bus.state === 'open', 'open');
    await allWorks();
    board.mute(true);
    await until(() => states.includes('firmata.no-answer'), 'no answer');
    board.mute(false);
    await until(() => bus.state === 'open', 'open again');
    await allWorks();
  });
});
