/** The whole way in real time: the kind, the bus, a serial port of the system, and a module behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { voice } from '../../src/devices/voice.js';
import { systemClock } from '../../src/kernel/clock.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { ptyCable } from '../../src/simulator/pty-cable.js';
import { simulatedSyn6288 } from '../../src/simulator/syn6288.js';
import { byteBus } from '../../src/transports/byte-bus.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { serialCarrier } from '../../src/transports/serial.js';
import { parseDevice, RecordedReports, surroundings } from './bench.js';

it('a call goes out over a real port, and one under way fails when its adapter is pulled', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hallward-voice-'));
  const clock = systemClock();
  const pty = ptyCable({ link: join(folder, 'usb-speech') });
  // Faster than any voice, but as slow as an end must be to be believed.
  const chip = simulatedSyn6288(pty.farEnd, clock, { characterMilliseconds: 60 });
  const wire = reopeningWire(
    serialCarrier({
      path: pty.path,
      baudRate: 9600,
      parity: 'none',
      dataBits: 8,
      stopBits: 1,
      rs485: 'auto',
    }),
    clock,
  );
  const bus = byteBus('speech', wire, clock, silentLog);
  const reports = new RecordedReports(new VirtualClock());
  const config = parseDevice(voice, { protocol: 'syn6288', bus: 'speech', chime: false, gapMilliseconds: 0 });
  const device = voice.create(config, {
    ...surroundings(clock),
    name: 'voice',
    bus,
    clock,
    log: silentLog,
    language: 'zh-CN',
    reports,
  });
  onTestFinished(async () => {
    await device.stop();
    await bus.close();
    chip.close();
    pty.close();
    rmSync(folder, { recursive: true, force: true });
  });
  device.start();
  const speaks = device.capabilities.speaks!;
  await expect.poll(() => speaks.readiness).toBe('ready');
  const call = { kind: 'call', ticket: 't', number: 'A023', window: '12', priority: false } as const;
  expect(await speaks.speak(call)).toEqual({ result: 'confirmed' });
  const words = '请A零二三号到十二号窗口办理';
  expect(chip.heard.map(({ text, complete }) => [text, complete])).toEqual([
    [words, true],
    [words, true],
  ]);
  const cut = speaks.speak(call);
  await expect.poll(() => chip.saying).toBe(words);
  pty.cable.cut();
  expect(await cut).toEqual({ result: 'failed', reason: 'bus.lost' });
  pty.cable.join();
  await expect.poll(() => speaks.readiness).toBe('ready');
  expect(chip.badFrames).toBe(0);
});
