import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { simulatedPanels } from '../../src/simulator/modbus-panels.js';
import { hasPymodbus, howToInstall, python } from '../devices/pymodbus.js';

const isThere = hasPymodbus();
const name = isThere
  ? 'simulated panels before a Modbus master that is not ours (pymodbus)'
  : `simulated panels before a Modbus master that is not ours: skipped, pymodbus is not installed (${howToInstall})`;

describe.skipIf(!isThere)(name, () => {
  it('understand it and are understood', async () => {
    const listeners = new Set<(bytes: Uint8Array) => void>();
    let socket: Socket | undefined;
    const farEnd = {
      send: (bytes: Uint8Array) => void socket?.write(bytes),
      onBytes(listener: (bytes: Uint8Array) => void) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const panels = simulatedPanels(farEnd, systemClock(), { addresses: [5] });
    const server = createServer((connected) => {
      socket = connected;
      connected.on('error', () => {});
      connected.on('data', (chunk) => {
        for (const listener of listeners) listener(chunk);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const script = fileURLToPath(new URL('pymodbus_master.py', import.meta.url));
    const master = spawn(python, [script, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    master.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await once(master, 'close');
    server.close();
    panels.close();
    expect(said.trim().split('\n')).toEqual([
      'write6 WriteMultipleRegistersResponse',
      'read6 [32, 32, 32, 48, 48, 49]',
      'write1 WriteSingleRegisterResponse',
      'read1 [45]',
      'number WriteSingleRegisterResponse',
      'readDigits [32, 32, 32, 49, 50, 51]',
      'beyond 2',
      'coil 1',
      'nobody ModbusIOException',
      'again [123]',
    ]);
    expect(panels.panel(5).history.map(({ text }) => text)).toEqual(['   001', '-  001', '   123']);
  });
});
