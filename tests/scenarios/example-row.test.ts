/** The example of docs/simulator.md does what the page says. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../support/free-port.js';
import { writeConfiguration } from './support/program.js';
import { scenario } from './support/scenario.js';
import type { Document } from './support/virtual-hall.js';
import { waitFor } from './support/waiting.js';

const test = scenario();
const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

it('a board, a keypad and a printer in a program of their own, with the real controller on their ports', async () => {
  const port = await freePort();
  const farEnds = spawn(process.execPath, [example('row.mjs')], {
    env: { ...process.env, PRINTER_PORT: String(port) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  test.atEnd(() => farEnds.kill('SIGKILL'));
  let said = '';
  farEnds.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await waitFor('the far ends', () => said.includes('the far ends are there'));
  const broker = await test.broker();
  const watcher = await test.watch(broker, 'hallward/v1/example/row');
  const folder = test.folder();
  const document = parse(readFileSync(example('row.yaml'), 'utf8')) as Document;
  document.hub = { url: broker.url };
  document.storage = { path: `${folder}/storage` };
  document.buses.printer!.port = port;
  test.program(['run', '--config', writeConfiguration(folder, document)]);
  await watcher.see('device/tickets', 'with paper', ({ readings }) => readings.paper === 'ok');
  await watcher.issue();
  farEnds.stdin.write('next\n');
  await waitFor('the call is shown', () => said.includes('the board shows "   001"'));
  await watcher.event('ticket.printed', 'confirmed', ({ data }) => data.result === 'confirmed');
  farEnds.stdin.write('slips\n');
  await waitFor('the slip', () => said.includes("'A001'"));
  farEnds.stdin.write('out\n');
  await watcher.see('fault/tickets/printer.media-empty', 'raised');
  farEnds.stdin.write('load\n');
  await watcher.seeCleared('fault/tickets/printer.media-empty');
  farEnds.stdin.write('cut\n');
  await watcher.see('fault/row/bus.lost', 'raised');
  farEnds.stdin.write('join\n');
  await watcher.seeCleared('fault/row/bus.lost');
  farEnds.stdin.end();
  await waitFor('its end', () => farEnds.exitCode !== null);
  expect(farEnds.exitCode).toBe(0);
});
