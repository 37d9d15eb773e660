/**
 * The whole way against a firmware that is not ours: StandardFirmata's own image on an emulated ATmega328P, its serial
 * port a pseudo terminal, the real serialport, and johnny-five in its process.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firmataBus } from '../../src/extenders/firmata/firmata-bus.js';
import { systemClock } from '../../src/kernel/clock.js';
import { firmataEngine } from '../../src/transports/firmata-engine.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import type { FirmataBus } from '../../src/transports/ports-firmata.js';
import type { GpioOutput } from '../../src/transports/ports-gpio.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { serialCarrier } from '../../src/transports/serial.js';
import { standardFirmata } from './support/firmware.js';
import { startUno, type Uno } from './support/uno.js';

const firmware = standardFirmata();
const missing = 'missing' in firmware ? firmware.missing : undefined;
if (missing !== undefined) console.warn(`skipped: ${missing}`);

/** Patient: the machine may be busy. */
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1_500; tries++) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`never happened: ${what}`);
}

/** Processes that were started by this one and run the engine. */
function engines(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('helpers/firmata.js');
    } catch {
      return false;
    }
  });
}

describe.skipIf(missing !== undefined)('StandardFirmata on an Uno', () => {
  const clock = systemClock();
  let uno: Uno;
  let bus: FirmataBus;
  let lamp: GpioOutput;
  const states: string[] = [];
  const levels: boolean[] = [];
  const volts: number[] = [];
  const button = () => levels.at(-1);
  const lastVolts = () => volts.at(-1) ?? Number.NaN;

  /** The button, the lamp and the voltage work, from end to end. */
  async function allWorks(): Promise<void> {
    uno.pin(7).low();
    await until(() => button() === true, 'the button is pressed');
    uno.pin(7).floats();
    await until(() => button() === false, 'the button is let go');
    lamp.set(false);
    await until(() => uno.driven(13) === false, 'the lamp is off');
    lamp.set(true);
    await until(() => uno.driven(13) === true, 'the lamp is on');
    uno.analog(2).setVolts(1);
    await until(() => Math.abs(lastVolts() - 1) < 0.01, '1 V');
    uno.analog(2).setVolts(3.3);
    await until(() => Math.abs(lastVolts() - 3.3) < 0.01, '3.3 V');
  }

  beforeAll(async () => {
    if (!('file' in firmware)) return;
    uno = await startUno(firmware.file);
    const wire = reopeningWire(serialCarrier({ path: uno.path, baudRate: 57_600 }), clock);
    const lines = (name: string, chip: Parameters<typeof gpioBus>[1]) => gpioBus(name, chip, clock);
    bus = firmataBus('arduino', wire, { engine: firmataEngine(clock), lines }, clock);
    bus.onChange(() => states.push(bus.state));
    bus.lines.watch(
      { lines: ['D7'], activeLow: true, bias: 'pull-up' },
      { level: (_, active) => levels.push(active), ready() {}, lost() {} },
    );
    lamp = bus.lines.drive({ line: 13, activeLow: false, active: true }, { ready() {}, lost() {} });
    bus.analog.sample(
      { channel: 2, everyMilliseconds: 50 },
      { value: (value) => volts.push(value), lost() {} },
    );
  });

  afterAll(async () => {
    await bus?.close();
    await uno?.stop();
    expect(engines()).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  it('gets ready and says what it is', async () => {
    await until(() => bus.state === 'open', 'open');
    expect(bus.about).toEqual({
      firmware: 'StandardFirmata.ino',
      version: '2.4',
      pins: 20,
      analogInputs: 6,
    });
  });

  it('reads a button with the pull-up inside the board, drives a lamp, measures a voltage', async () => {
    // An emulated board on a busy machine may have taken two tries to get ready.
    states.length = 0;
    await allWorks();
    expect(states).toEqual([]);
  });

  it('keeps the pull-up of a button while a lamp on the same port is switched', async () => {
    const before = uno.pullUpsLost(7);
    const other = bus.lines.drive({ line: 6, activeLow: false, active: false }, { ready() {}, lost() {} });
    uno.pin(7).low();
    await until(() => button() === true, 'the button is pressed');
    other.set(true);
    await until(() => uno.driven(6) === true, 'the other lamp is on');
    uno.pin(7).floats();
    await until(() => button() === false, 'the pull-up pulls');
    other.release();
    await until(() => uno.driven(6) === false, 'the other lamp is off');
    expect(uno.pullUpsLost(7)).toBe(before);
  });

  it('works again after its reset button was pressed', async () => {
    uno.reset();
    await until(() => uno.driven(13) !== true, 'the lamp goes out');
    await allWorks();
  });

  it('works again after its engine was killed', async () => {
    const [pid] = engines();
    states.length = 0;
    process.kill(pid!, 'SIGKILL');
    await until(() => states.includes('lost'), 'lost');
    expect(bus.lostBecause).toMatchObject({ code: 'firmata.engine-died' });
    await until(() => bus.state === 'open', 'open again');
    await allWorks();
    expect(engines()).not.toContain(pid);
  });

  it('works again after it was unplugged and plugged in under another port', async () => {
    states.length = 0;
    uno.unplug();
    await until(() => states.includes('lost'), 'lost');
    expect(bus.lostBecause?.code).toMatch(/^wire\./);
    await until(() => engines().length === 0, 'the engine is gone with the wire');
    uno.plug();
    await until(() => bus.state === 'open', 'open again');
    await allWorks();
  });
});
