/**
 * The other side is not ours: receiptio (npm), a print application for receipt printers, asks the simulated printer how
 * it is and prints on it, over a real socket.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import {
  type SimulatedPrinter,
  type SimulatedPrinterOptions,
  simulatedPrinter,
} from '../../src/simulator/index.js';

interface Receiptio {
  print(markdown: string, options: string): Promise<string>;
}

const require = createRequire(import.meta.url);
function load(): Receiptio | undefined {
  try {
    return require('receiptio') as Receiptio;
  } catch (error) {
    const { devDependencies } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { devDependencies: Record<string, string> };
    if ('receiptio' in devDependencies) throw error;
    return undefined;
  }
}
const receiptio = load();

let hosts = 0;

/** A printer behind an address of this machine. */
async function network(options: SimulatedPrinterOptions = {}) {
  const heard = new Set<(bytes: Uint8Array) => void>();
  const sockets = new Set<import('node:net').Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (bytes) => {
      for (const hear of heard) hear(bytes);
    });
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  // receiptio knows no port but 9100: an address of this machine's own that nobody else uses.
  const host = `127.${10 + (process.pid % 200)}.91.${++hosts}`;
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(9100, host, resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const farEnd = {
    send: (bytes: Uint8Array) => {
      for (const socket of sockets) socket.write(bytes);
    },
    onBytes: (listener: (bytes: Uint8Array) => void) => {
      heard.add(listener);
      return () => void heard.delete(listener);
    },
  };
  const printer = simulatedPrinter(farEnd, systemClock(), { lineMilliseconds: 2, ...options });
  return { printer, host };
}

const matters: Readonly<Record<string, [(printer: SimulatedPrinter) => void, string]>> = {
  online: [() => {}, 'online'],
  coveropen: [(printer) => printer.cover.open(), 'coveropen'],
  paperempty: [(printer) => printer.paper.runOut(), 'paperempty'],
  error: [(printer) => printer.hardware.breakForGood(), 'error'],
  drawer: [(printer) => printer.drawer.open(), 'online'],
};

describe.skipIf(receiptio === undefined)('receiptio and the simulated printer', () => {
  it.each(Object.keys(matters))('agree on its status: %s', async (name) => {
    const { printer, host } = await network();
    const [act, status] = matters[name]!;
    act(printer);
    expect(await receiptio!.print('', `-d ${host} -p escpos -q`)).toBe(status);
  });

  it('agree on a receipt, and that it is printed', async () => {
    const { printer, host } = await network({ bufferBytes: 1e6 });
    const receipt = '^^^A001\n\n户籍登记 | 09:03\n';
    expect(await receiptio!.print(receipt, `-d ${host} -p escpos -c 48 -l zh-hans`)).toBe('success');
    const [slip] = printer.slips;
    expect(slip).toMatchObject({ complete: true });
    expect(slip?.lines.filter(({ text }) => text.trim() !== '')).toMatchObject([
      { text: 'A001', width: 2, height: 2 },
      { text: expect.stringMatching(/^户籍登记.*09:03$/), width: 1, height: 1 },
    ]);
  });

  it('agree that a receipt was cut short by the end of the paper', async () => {
    const { printer, host } = await network({ bufferBytes: 1e6 });
    printer.paper.endAfterLines(3);
    const receipt = Array.from({ length: 20 }, (_, at) => `line ${at}`).join('\n');
    expect(await receiptio!.print(receipt, `-d ${host} -p escpos -c 48`)).toBe('paperempty');
    expect(printer.slips).toMatchObject([{ cut: null, complete: false }]);
  });
});
