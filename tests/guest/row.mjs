/**
 * The whole program on real kernel interfaces: rating buttons and a lamp on a GPIO chip, seats on I2C, a ticket printer
 * at /dev/usb/lp0, and an independent subscriber at its hub.
 *
 * It runs as root in a guest with a GPIO chip "pinctrl-bcm2835", an I2C chip of plain registers at 0x20, and a USB
 * printer whose paper side is /dev/g_printer0:
 *
 *     npm run build
 *     $HALLWARD_GUEST -s HWBED_USB_PRINTER=1 -t 200  .  node tests/guest/row.mjs
 *
 * Argument: folder of the built program (dist). Exit code 0: all held.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const dist = resolve(process.argv[2] ?? 'dist');
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { startBroker } = await load('cli/demo/broker.js');
const { simulatedPrinter, systemClock } = await load('simulator/index.js');
const { connect } = createRequire(`${dist}/`)('mqtt');

const simhw = (...words) => execFileSync('simhw', words.map(String), { encoding: 'utf8' });
let failures = 0;
const check = (holds, what) => {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
};
const now = () => performance.now();
/** Milliseconds until it holds; `undefined` where it does not within the time. */
const until = async (holds, milliseconds = 15_000) => {
  const from = now();
  while (now() - from < milliseconds) {
    if (await holds()) return now() - from;
    await sleep(10);
  }
  return undefined;
};
const within = async (holds, what, milliseconds) => {
  const took = await until(holds, milliseconds);
  check(took !== undefined, `${what}${took === undefined ? '' : ` (${Math.round(took)} ms)`}`);
};

/** The paper side of the printer as the far end of a cable. */
function paperSide() {
  const file = openSync('/dev/g_printer0', constants.O_RDWR | constants.O_NONBLOCK);
  const listeners = [];
  const buffer = Buffer.alloc(8_192);
  const timer = setInterval(() => {
    try {
      const count = readSync(file, buffer);
      if (count > 0) for (const hear of listeners) hear(Uint8Array.from(buffer.subarray(0, count)));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }, 5);
  return {
    farEnd: {
      send: (bytes) => void writeSync(file, bytes),
      onBytes: (hear) => void listeners.push(hear),
    },
    close() {
      clearInterval(timer);
      closeSync(file);
    },
  };
}

const paper = paperSide();
const printer = simulatedPrinter(paper.farEnd, systemClock());
const broker = await startBroker(0);
const root = 'hallward/v1/jinshan/row-a';
const topics = new Map();
const events = [];
const hub = connect(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 4 });
hub.on('message', (topic, payload) => {
  const name = topic.slice(root.length + 1);
  const value = payload.length === 0 ? undefined : JSON.parse(payload.toString());
  topics.set(name, value);
  if (name.startsWith('event/')) events.push(value);
});
await hub.subscribeAsync(`${root}/#`, { qos: 1 });
const event = (type, holds = () => true) =>
  events.find((one) => one.type === type && holds(one.data)) !== undefined;

const LAMP = 22;
const folder = mkdtempSync('/run/hallward-row-');
const document = {
  hall: 'jinshan',
  controller: 'row-a',
  language: 'en',
  hub: { url: `mqtt://127.0.0.1:${broker.port}` },
  storage: { path: `${folder}/storage`, maxMegabytes: 16 },
  buses: {
    gpio: { type: 'gpio', chip: 'pinctrl-bcm2835' },
    i2c1: { type: 'i2c', number: 1 },
    printer: { type: 'usb-printer', path: '/dev/usb/lp0' },
  },
  devices: {
    'rate-5': {
      kind: 'evaluator',
      window: '5',
      bus: 'gpio',
      protocol: 'gpio-buttons',
      buttons: { 5: 17, 1: 27 },
      lamp: 25,
    },
    'seats-n': {
      kind: 'seating',
      bus: 'i2c1',
      protocol: 'mcp23017',
      address: 0x20,
      seats: 3,
      takenAfterMilliseconds: 300,
      freeAfterMilliseconds: 300,
      publishMilliseconds: 100,
    },
    'paper-lamp': {
      kind: 'signal',
      bus: 'gpio',
      protocol: 'gpio-output',
      line: LAMP,
      faults: ['printer.*'],
      style: 'steady',
    },
    tickets: { kind: 'ticket-printer', bus: 'printer', protocol: 'escpos' },
  },
  calling: {
    queues: { general: { prefix: 'A', matter: 'registration', windows: ['5'] } },
    windows: { 5: { unit: 'HR', staff: '0317' } },
  },
};
writeFileSync(`${folder}/hallward.yaml`, JSON.stringify(document));
// An open switch leaves its pin to the pull-up: all inputs read high.
for (const register of [0x12, 0x13]) simhw('i2c', 'set', 0x20, register, 0xff);
for (const line of [17, 27]) simhw('gpio', line, 'down');

const program = spawn(
  process.execPath,
  [`${dist}/cli/main.js`, 'run', '--config', `${folder}/hallward.yaml`],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
let said = '';
program.stdout.setEncoding('utf8').on('data', (text) => {
  said = (said + text).slice(-20_000);
});
const command = (name, args) =>
  hub.publishAsync(
    `${root}/command/${name}`,
    JSON.stringify({ id: `try-${events.length}-${Date.now()}`, ...args }),
  );
const readings = (device) => topics.get(`device/${device}`)?.readings ?? {};
const level = (line) => simhw('gpio', line, 'get').trim();

try {
  await within(() => topics.get('status')?.state === 'online', 'the program is online', 60_000);
  await within(() => readings('tickets').paper === 'ok', 'the printer says that it has paper', 30_000);
  await within(() => readings('seats-n').free === 3, 'three seats are free');
  check(topics.get('device/rate-5')?.status === 'good', 'the rating buttons are there');

  await command('ticket.issue', { queue: 'general' });
  await within(() => printer.slips.length === 1, 'the ticket comes out of the USB printer');
  const text = printer.slips[0]?.lines.map((line) => line.text.trim()) ?? [];
  check(text.includes('A001'), `with its number: ${text.join(' | ')}`);
  await within(() => event('ticket.printed', ({ result }) => result === 'confirmed'), 'and is confirmed');

  await command('window.call', { window: '5' });
  await within(() => event('ticket.called'), 'it is called');
  await command('window.done', { window: '5' });
  await within(() => level(25) === '1', 'the invitation lamp is lit');
  const pressedAt = now();
  simhw('gpio', 17, 'up');
  await within(() => event('rating.submitted', (data) => data.level === 5), 'the button rates');
  console.log(`     press to subscriber ${Math.round(now() - pressedAt)} ms`);
  simhw('gpio', 17, 'down');
  await within(() => level(25) === '0', 'the invitation lamp is dark again');

  simhw('i2c', 'set', 0x20, 0x12, 0xfd);
  await within(() => readings('seats-n').taken === 1, 'somebody sits on seat 2');
  simhw('i2c', 'nak', 0x20);
  await within(
    () => topics.get('fault/seats-n/device.unresponsive') !== undefined && readings('seats-n').taken === null,
    'the chip is gone: a fault, and no number that nobody measured',
  );
  simhw('i2c', 'nak', 'none');
  await within(() => readings('seats-n').taken === 1, 'it is back, and so is the number');

  const outAt = now();
  printer.paper.runOut();
  await within(() => topics.get('fault/tickets/printer.media-empty') !== undefined, 'out of paper is told');
  console.log(`     sensor to subscriber ${Math.round(now() - outAt)} ms`);
  await within(() => event('supply.changed', ({ state }) => state === 'empty'), 'as a change of supply, too');
  await within(() => level(LAMP) === '1', 'the paper lamp is lit');
  await command('ticket.issue', { queue: 'general' });
  await within(() => event('ticket.issued', ({ number }) => number === 'A002'), 'people still get in line');
  printer.paper.load();
  await within(() => topics.get('fault/tickets/printer.media-empty') === undefined, 'a new roll is seen');
  await within(() => level(LAMP) === '0', 'the paper lamp is dark');
  await within(
    () => event('ticket.printed', (data) => data.number === 'A002' && data.result === 'confirmed'),
    'and A002 comes out',
  );

  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1];
  console.log(`     resident memory of the program ${rss} kB`);
  program.kill('SIGTERM');
  await within(() => program.exitCode === 0, 'it ends in order');
  await within(() => level(LAMP) === '0' && level(25) === '0', 'and leaves its lines at rest');
} finally {
  if (failures > 0) console.log(said);
  program.kill('SIGKILL');
  hub.end(true);
  await broker.close();
  paper.close();
}
console.log(failures === 0 ? 'all held' : `${failures} did not hold`);
process.exit(failures === 0 ? 0 : 1);
