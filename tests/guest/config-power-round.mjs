/**
 * One round of `config-power.mjs`, inside a Linux guest whose SD card loses what was not synced:
 *
 *     node tests/guest/config-power-round.mjs STORAGE ROUND TOLD MOMENT
 *
 * The hub has revision ROUND - 1, and the power went while it was applied (round 1: nothing was pushed yet); TOLD is the
 * highest revision that was reported as applied. The compiled controller starts with its storage on the card. What came
 * back must be one whole configuration: by its report, by the sockets it opened, by what it makes of the keys that are
 * pressed there. Then the push arrives again, and must end applied. Then revision ROUND is pushed, and the power cut at
 * MOMENT (see `moments`); `last`: nothing more is pushed, and the controller ends in order.
 *
 * Prints "ok" and "FAIL" lines for people, EVENT, TOLD and CUT for `config-power.mjs`. Exit code 0: all held; 1: not so;
 * 7: the power was cut.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Aedes } from 'aedes';
import { simulatedPanels, systemClock } from '../../dist/simulator/index.js';

const [storage, roundText, toldText, moment] = process.argv.slice(2);
const round = Number(roundText);
const again = round - 1;
const root = 'hallward/v1/jinshan/row-a';
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

// A pipe to the outside, written at once: what was printed has been seen when the power goes.
const say = (text) => writeSync(1, `${text}\n`);
let failures = 0;
function check(holds, what, found) {
  if (!holds) failures++;
  const more = holds || found === undefined ? '' : `: ${JSON.stringify(found).slice(0, 1_500)}`;
  say(`${holds ? 'ok  ' : 'FAIL'} round ${round}: ${what}${more}`);
}
async function until(holds, milliseconds = 40_000) {
  for (const from = performance.now(); performance.now() - from < milliseconds; await sleep(20))
    if (holds()) return true;
  return holds();
}

// --- the configurations: no two share a socket, a key or a window, so that a mixture of two would be seen
const buses = 6;
const keypadsEach = 8;
const rowPort = (revision) => 20_000 + 100 * revision;
const keysPort = (revision, bus) => rowPort(revision) + 1 + bus;
const portsOf = (revision) => [
  rowPort(revision),
  ...Array.from({ length: buses }, (_, bus) => keysPort(revision, bus)),
];
const addressOf = (revision) => 1 + (revision % 20);
/** Every keypad of a revision. An even one has one more on its last bus, which an odd one takes away. */
function keypadsOf(revision) {
  const keypads = [];
  for (let bus = 0; bus < buses; bus++)
    for (let at = 0; at < keypadsEach + (bus === buses - 1 && revision % 2 === 0 ? 1 : 0); at++)
      keypads.push({
        device: `caller-${bus}-${at}`,
        window: `${revision}-${bus}${at}`,
        bus,
        bytes: Uint8Array.of(0xaa, revision, bus, at),
      });
  return keypads;
}

function pushed(revision) {
  const document = {
    language: 'en',
    buses: { row: { type: 'tcp', host: '127.0.0.1', port: rowPort(revision) } },
    devices: {},
  };
  for (let bus = 0; bus < buses; bus++)
    document.buses[`keys-${bus}`] = { type: 'tcp', host: '127.0.0.1', port: keysPort(revision, bus) };
  for (const { device, window, bus, bytes } of keypadsOf(revision))
    document.devices[device] = {
      kind: 'caller',
      window,
      bus: `keys-${bus}`,
      protocol: 'serial-keys',
      keys: { next: Buffer.from(bytes).toString('hex').toUpperCase().match(/../g).join(' ') },
      debounceMilliseconds: 0,
      label: `The keypad of window ${window}, as revision ${revision} has it`,
    };
  // The last one is started last.
  document.devices.board = {
    kind: 'window-board',
    window: '1',
    bus: 'row',
    protocol: 'modbus-panel',
    profile: 'dm36b06',
    address: addressOf(revision),
    label: `The board of revision ${revision}`,
  };
  return document;
}
const whole = (revision) => ({
  hall: 'jinshan',
  controller: 'row-a',
  hub: { url: 'mqtt://127.0.0.1:1883' },
  storage: { path: storage, maxMegabytes: 16 },
  ...pushed(revision),
});

// --- the far ends, of every revision that may run in this round
const sockets = new Map();
const connected = () => [...sockets.keys()].sort((a, b) => a - b);
function listen(port, heard = () => {}) {
  createServer((socket) => {
    sockets.set(port, socket);
    socket.on('data', heard);
    socket.on('error', () => {});
    socket.on('close', () => sockets.get(port) === socket && sockets.delete(port));
    look();
  }).listen(port, '127.0.0.1');
}
const polled = new Set();
for (const revision of [again - 1, again, round].filter((one) => one >= 0)) {
  let hear = () => {};
  listen(rowPort(revision), (bytes) => {
    polled.add(revision);
    hear(Uint8Array.from(bytes));
    look();
  });
  const farEnd = {
    send: (bytes) => sockets.get(rowPort(revision))?.write(bytes),
    onBytes: (listener) => {
      hear = listener;
      return () => {};
    },
  };
  simulatedPanels(farEnd, systemClock(), { addresses: [addressOf(revision)] });
  for (let bus = 0; bus < buses; bus++) listen(keysPort(revision, bus));
}

// --- the hub
const broker = await Aedes.createBroker();
const reports = [];
const topics = new Map();
const sequences = new Set();
let pressed = [];
let eventAt = performance.now();
broker.authorizePublish = (_client, packet, allow) => {
  const text = packet.payload.toString();
  const name = packet.topic.slice(root.length + 1);
  const value = text === '' ? undefined : JSON.parse(text);
  topics.set(name, value);
  if (name === 'config/reported') {
    reports.push(value);
    if (value.state === 'applied') say(`TOLD ${value.revision}`);
  } else if (name.startsWith('event/')) {
    eventAt = performance.now();
    // Printed before the broker acknowledges it: what counts as delivered has been seen.
    if (name.startsWith('event/config.')) say(`EVENT ${text}`);
    // After a power cut the last ones come again: those of the boot before.
    if (value.type === 'key.pressed' && value.boot === boot && !sequences.has(value.sequence))
      pressed.push(`${value.data.device} at window ${value.data.window}`);
    sequences.add(value.sequence);
  }
  look();
  allow(null);
};
const push = (revision) =>
  new Promise((done) => {
    const payload = JSON.stringify({ revision, config: pushed(revision) });
    const topic = `${root}/config/desired`;
    broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain: true, dup: false }, done);
  });

// --- the power
/** A shell that holds the switch already: starting one takes too long for a moment to be met. */
const powerSwitch = spawn('bash', ['-c', 'read -r _ || exit; set -- powercut 7; . "$(command -v simhw)"'], {
  stdio: ['pipe', 'inherit', 'inherit'],
});
const upToMilliseconds = (most) => Math.round(Math.random() * most);
/** When the power goes, in the middle of the push of revision ROUND. */
const moments = {
  /** The hub has sent it. */
  asked: () => isSent,
  /** The board says that it applies it. */
  begun: () => reports.at(-1)?.state === 'applying',
  /** Half of its sockets are open, and half are not. */
  'half-way': () => connected().filter((port) => portsOf(round).includes(port)).length > buses / 2,
  /** Its last device has spoken: the gate waits for hub and devices, or the record is being written. */
  gate: () => polled.has(round),
  /** The board has said that it is applied, and nobody has acknowledged that yet. */
  told: () => reports.at(-1)?.revision === round && reports.at(-1)?.state === 'applied',
};
const laterMilliseconds = moment === 'gate' ? upToMilliseconds(150) : 0;
let pushedAt = 0;
let isSent = false;
let cutting = false;
let reached = false;
/** Looked at whenever anything has happened. */
function look() {
  if (!cutting) return;
  // Later than this is not in the middle any more.
  if (moments.told()) cut();
  else if (!reached && moments[moment]()) {
    reached = true;
    if (laterMilliseconds === 0) cut();
    else setTimeout(cut, laterMilliseconds);
  }
}
function cut() {
  if (!cutting) return;
  cutting = false;
  powerSwitch.stdin.write('\n');
  const { state, progress } = reports.at(-1);
  const after = `${Math.round(performance.now() - pushedAt)} ms after the push`;
  const steps = progress === undefined ? '' : `, ${progress.done} of ${progress.of} steps`;
  say(`CUT ${moment}, ${after}: ${state} ${reports.at(-1).revision}${steps}`);
}

/** What runs, by what it does: sockets, keys, the board. */
async function runs(revision, when) {
  const expected = portsOf(revision);
  const open = await until(() => isDeepStrictEqual(connected(), expected));
  check(open, `${when}: the sockets of revision ${revision} are open, and no others`, connected());
  pressed = [];
  const keypads = keypadsOf(revision);
  for (const { bus, bytes } of keypads) sockets.get(keysPort(revision, bus))?.write(bytes);
  const wanted = keypads.map(({ device, window }) => `${device} at window ${window}`).sort();
  const heard = await until(() => pressed.length >= wanted.length);
  const right = heard && isDeepStrictEqual(pressed.toSorted(), wanted);
  check(right, `${when}: its ${wanted.length} keypads are heard, each at its window`, pressed);
  const works = () => topics.get('device/board')?.status === 'good' && topics.get('device/board').verified;
  check(await until(works), `${when}: its board answers`, topics.get('device/board'));
}
/** A report that says of itself what is so. */
function checkReport(report, revision, when) {
  const { running, config } = report;
  check(running.revision === revision, `${when}: revision ${revision} is reported as running`, running);
  check(running.source === (revision === 0 ? 'file' : 'hub'), `${when}: with its source`, running);
  check(isDeepStrictEqual(config, whole(revision)), `${when}: the whole of it is reported`, config);
}

createServer(broker.handle).listen(1883, '127.0.0.1');
mkdirSync('/tmp/config-power', { recursive: true });
const file = '/tmp/config-power/hall.yaml';
writeFileSync(file, JSON.stringify(whole(0)));
const controller = spawn(process.execPath, [main, 'run', '--config', file], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let log = '';
controller.stdout.on('data', (text) => {
  log = `${log}${text}`.slice(-4_000);
});
const ended = new Promise((done) => controller.once('exit', (code, signal) => done(code ?? signal)));

// --- what came back
await until(() => topics.get('status')?.state === 'online' && reports.length > 0, 90_000);
const first = reports[0];
check(first !== undefined, 'it is back, and reports', log);
if (first === undefined) process.exit(1);
const cameBack = first.running.revision;
const before = Math.max(again - 1, 0);
check([before, again].includes(cameBack), `revision ${cameBack} came back: old or new`, first.running);
check(cameBack >= Number(toldText), `what was told as applied (${toldText}) is not lost`, first.running);
const says = `said: revision ${first.revision} ${first.state}`;
if (first.state === 'applied') check(first.revision === cameBack && first.errors.length === 0, says, first);
else {
  const [error] = first.errors;
  const isSo = first.state === 'rolled-back' && first.revision === again && cameBack === before;
  check(isSo && error?.message.startsWith('the controller ended while it was applied'), says, first);
}
checkReport(first, cameBack, 'back');
await runs(cameBack, 'back');

// --- the push arrives again
if (again > 0) {
  await push(again);
  const isApplied = () => reports.at(-1).state === 'applied' && reports.at(-1).running.revision === again;
  check(await until(isApplied), `the push that arrives again ends applied`, reports.at(-1));
  checkReport(reports.at(-1), again, 'again');
  await runs(again, 'again');
}

if (failures > 0 || moment === 'last') {
  await until(() => performance.now() - eventAt > 2_000);
  controller.kill('SIGTERM');
  const code = await ended;
  check(code === 0, 'the controller ends in order', code);
  process.exit(failures === 0 ? 0 : 1);
}
cutting = true;
pushedAt = performance.now();
await push(round);
isSent = true;
look();
await until(() => false, 60_000);
check(false, `the moment "${moment}" came`, reports.at(-1));
process.exit(1);
