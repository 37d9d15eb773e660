/** A hall of boards in rows, and printers, with a broker and the controller that asks them all. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { distFolder } from '../candidates.mjs';
import { Broker, freePort } from './broker.mjs';
import { endProcess } from './processes.mjs';

const { systemClock, ptyCable, simulatedPanels, spawnWithoutCables } = await import(
  pathToFileURL(join(distFolder, 'simulator/index.js'))
);

/** Boards on each serial line, and printers over TCP. */
export const halls = {
  /** 8 buses, 64 devices. */
  hall: { rows: [10, 10, 10, 10, 11, 11], printers: 2 },
  /** 8 buses, 256 devices: as many boards on each line as RS-485 drives without a repeater. */
  full: { rows: Array(8).fill(32), printers: 0 },
};
export const pollMilliseconds = 1_000;
const settleMilliseconds = 5_000;

/**
 * Starts it, and waits until everything answers. `asked` tells by bus and address when each was asked; `end` leaves nothing
 * behind.
 */
export async function openRowHall({ rows, printers }, root) {
  const folder = mkdtempSync(join(root, 'hall-'));
  const clock = systemClock();
  const brokerPort = await freePort();
  const broker = new Broker(folder, brokerPort, spawnWithoutCables);
  /** Bus and address: when it was asked. */
  const asked = new Map();
  const note = (whom) => asked.set(whom, [...(asked.get(whom) ?? []), performance.now()]);
  const ends = [];
  const buses = {};
  const devices = {};
  for (const [index, boards] of rows.entries()) {
    const cable = ptyCable({ link: join(folder, `row-${index}`) });
    const addresses = Array.from({ length: boards }, (_, board) => board + 1);
    const panels = simulatedPanels(cable.farEnd, clock, { addresses });
    // Function 03 is the question; a write (06, 10) is not asked for in a hall at rest.
    cable.farEnd.onBytes((bytes) => bytes[1] === 3 && note(`row-${index}/${bytes[0]}`));
    ends.push(() => {
      panels.close();
      cable.close();
    });
    buses[`row-${index}`] = { type: 'serial', path: cable.path };
    for (const address of addresses) {
      devices[`board-${index}-${address}`] = {
        kind: 'window-board',
        window: `${index}-${address}`,
        bus: `row-${index}`,
        protocol: 'modbus-panel',
        profile: 'dm36b06',
        address,
        pollMilliseconds,
      };
    }
  }
  for (let index = 0; index < printers; index++) {
    const printer = await startPrinter(() => note(`printer-${index}`));
    ends.push(() => printer.close());
    buses[`printer-${index}`] = { type: 'tcp', host: '127.0.0.1', port: printer.address().port };
    devices[`tickets-${index}`] = {
      kind: 'ticket-printer',
      bus: `printer-${index}`,
      protocol: 'escpos',
      pollMilliseconds,
    };
  }
  const file = join(folder, 'hallward.yaml');
  const document = {
    hall: 'bench',
    controller: 'one',
    hub: { url: `mqtt://127.0.0.1:${brokerPort}` },
    storage: { path: join(folder, 'storage') },
    buses,
    devices,
  };
  writeFileSync(file, JSON.stringify(document, undefined, 2));
  broker.start();
  const log = openSync(join(folder, 'log'), 'a');
  const command = [join(distFolder, 'cli/main.js'), 'run', '--config', file];
  const program = spawnWithoutCables(process.execPath, command, { stdio: ['ignore', log, log] });
  closeSync(log);
  const end = async () => {
    await endProcess(program, 'SIGTERM');
    await broker.stop();
    for (const one of ends) one();
    rmSync(folder, { recursive: true, force: true });
  };
  await pause(settleMilliseconds);
  if (program.exitCode !== null) {
    const said = readFileSync(join(folder, 'log'), 'utf8').slice(-600);
    await end();
    throw new Error(said);
  }
  return { document, program, brokerPort, asked, end };
}

/** A printer that has nothing to complain of: `12` to each DLE EOT (Epson TM-series manual). */
function startPrinter(asked) {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        for (let at = 0; at + 2 < bytes.length; at++) {
          if (bytes[at] !== 0x10 || bytes[at + 1] !== 0x04) continue;
          if (bytes[at + 2] === 1) asked();
          socket.write(Buffer.of(0x12));
        }
      });
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
