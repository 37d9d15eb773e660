import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { windowBoard } from '../../src/devices/window-board.js';
import { systemClock } from '../../src/kernel/clock.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import {
  readHoldingRegisters,
  responseDecoder,
  writeSingleRegister,
} from '../../src/protocols/modbus-rtu.js';
import { byteBus } from '../../src/transports/byte-bus.js';
import type { ByteBus } from '../../src/transports/ports.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { tcpCarrier } from '../../src/transports/tcp.js';
import { dm36b06, RecordedReports, serving, surroundings } from './bench.js';
import { hasPymodbus, howToInstall, python } from './pymodbus.js';

const isThere = hasPymodbus();
const name = isThere
  ? 'a Modbus slave that is not ours (pymodbus)'
  : `a Modbus slave that is not ours: skipped, pymodbus is not installed (${howToInstall})`;

describe.skipIf(!isThere)(name, () => {
  const clock = systemClock();
  let slave: ChildProcess;
  let bus: ByteBus;
  let lines: Interface;
  const shown: string[] = [];

  beforeEach(async () => {
    shown.length = 0;
    const script = fileURLToPath(new URL('pymodbus_slave.py', import.meta.url));
    slave = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    lines = createInterface({ input: slave.stdout! });
    const [first] = (await once(lines, 'line')) as [string];
    lines.on('line', (line) => shown.push(line.replace('shows ', '').replaceAll('_', ' ')));
    const port = Number(first.replace('port ', ''));
    bus = byteBus(
      'row',
      reopeningWire(tcpCarrier({ host: '127.0.0.1', port }, clock), clock),
      clock,
      silentLog,
    );
  });

  afterEach(async () => {
    await bus.close();
    lines.close();
    slave.kill('SIGKILL');
  });

  it('is called on, read back, painted, and found dead', async () => {
    const reports = new RecordedReports(new VirtualClock());
    const config = {
      kind: 'window-board',
      bus: 'row',
      protocol: 'modbus-panel',
      window: '5',
      address: 5,
      pollMilliseconds: 100,
    };
    const context = {
      ...surroundings(clock),
      name: 'board-5',
      bus,
      clock,
      log: silentLog,
      language: 'zh-CN' as const,
      reports,
      profile: dm36b06,
    };
    const board = windowBoard.create(config, context);
    board.start();
    const show = board.capabilities.showsTicket!.show(serving('A001'));
    expect(await show).toBe('confirmed');
    await expect.poll(() => shown).toEqual(['   001']);
    await expect.poll(() => reports.shown.at(-1)).toEqual({ shown: '   001' });
    expect(await board.capabilities.showsTicket!.show(serving('A002'))).toBe('confirmed');
    await expect.poll(() => shown).toEqual(['   001', '   002']);
    slave.kill('SIGSTOP');
    await expect.poll(() => reports.silences.length).toBeGreaterThan(0);
    slave.kill('SIGCONT');
    const alives = reports.alives.length;
    await expect.poll(() => reports.alives.length).toBeGreaterThan(alives);
    expect(reports.crashes).toEqual([]);
    await board.stop();
  });

  it('is read and written by all three functions, and its refusals are understood', async () => {
    const ask = (request: ReturnType<typeof readHoldingRegisters>) =>
      bus.transact({
        address: request.address,
        priority: 'command',
        request: request.bytes,
        decoder: () => responseDecoder(request),
        timeoutMilliseconds: 2000,
      });
    expect(await ask(readHoldingRegisters(5, 0, 6))).toMatchObject({ registers: Array(6).fill(0x38) });
    expect(await ask(writeSingleRegister(5, 0, 0x2d))).toMatchObject({ register: 0, value: 0x2d });
    expect(await ask(readHoldingRegisters(5, 0, 2))).toMatchObject({ registers: [0x2d, 0x38] });
    await expect(ask(readHoldingRegisters(5, 6, 6))).rejects.toMatchObject({
      code: 'modbus.exception',
      evidence: { exception: 2 },
    });
  });
});
