/**
 * I2C on a real kernel: transfers, absent chips, an address that a driver has, wires that are held, transfers that
 * hang in the kernel, and a row of seats over all this. Also what one wire's process costs in memory.
 *
 * It runs in a guest whose /dev/i2c-1 has chips of 256 plain registers at 0x20, 0x27, 0x48 and others (i2c-stub with
 * raw I2C), and whose kernel does on command what a real one does rarely: `simhw i2c nak 0x20`, `errno 110`,
 * `delay 3000000`. As root:
 *
 *     npm run build
 *     $HALLWARD_GUEST -t 300 .  node tests/guest/i2c.mjs
 *
 * Argument: folder of the built program (dist). Exit code 0: all held.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = resolve(process.argv[2] ?? 'dist');
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { systemClock } = await load('kernel/clock.js');
const { silentLog } = await load('kernel/log.js');
const { systemI2cAdapter } = await load('transports/i2c-adapter.js');
const { i2cBus } = await load('transports/i2c-bus.js');
const { seating } = await load('devices/seating.js');

const clock = systemClock();
const now = () => performance.now();
const simhw = (...words) => execFileSync('simhw', ['i2c', ...words.map(String)], { stdio: 'ignore' });
const until = async (holds, milliseconds) => {
  const from = now();
  while (now() - from < milliseconds) {
    if (holds()) return now() - from;
    await sleep(10);
  }
  return Number.NaN;
};
const outcome = (promise) =>
  promise.then(
    (bytes) => Buffer.from(bytes).toString('hex'),
    ({ code, evidence }) => `${code} ${evidence.errno ?? ''}`.trim(),
  );

let failures = 0;
const check = (holds, what) => {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
};
const is = (found, expected, what) => check(found === expected, `${what}: ${found}`);

const tryToOpen = async (number) => {
  try {
    const connection = await systemI2cAdapter({ number }, clock).open(() => {});
    await connection.close();
    return 'opened';
  } catch ({ code, message }) {
    return `${code}: ${message}`;
  }
};

if (process.argv[3] === 'open') {
  console.log(await tryToOpen(1));
  process.exit(0);
}

/** Turns of our own work, a short one of Node's pool of threads in each. */
async function turnsPerSecond(milliseconds) {
  const from = now();
  let turns = 0;
  for (; now() - from < milliseconds; turns++) {
    await stat('/sys');
    await sleep(5);
  }
  return (1_000 * turns) / milliseconds;
}

/** Processes that we have started and that live. */
const children = () =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

function memory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (name) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const own = kib('Private_Clean') + kib('Private_Dirty');
  return { rss: kib('Rss') / 1024, own: own / 1024, dirty: kib('Private_Dirty') / 1024 };
}

const startedAt = now();
const bus = i2cBus('i2c1', systemI2cAdapter({ number: 1 }, clock), clock);
const states = [];
bus.onChange(() => states.push(`${bus.state} ${bus.lostBecause?.code ?? ''}`.trim()));
const read = (address, register, readLength) =>
  outcome(bus.transfer({ address, write: Uint8Array.of(register), readLength }, 'poll'));
const write = (address, ...bytes) =>
  outcome(bus.transfer({ address, write: Uint8Array.from(bytes) }, 'poll'));

await until(() => bus.state === 'open', 60_000);
check(bus.state === 'open', `open after ${(now() - startedAt).toFixed(0)} ms`);
is(await write(0x20, 0x10, 1, 2, 3), '', 'written to a chip');
is(await read(0x20, 0x10, 3), '010203', 'read from it, by one block');
is(await read(0x20, 0x00, 32), `${'00'.repeat(16)}010203${'00'.repeat(13)}`, '32 bytes');
is(await read(0x50, 0, 1), 'i2c.no-answer 121', 'an absent chip');
is(
  await outcome(bus.transfer({ address: 0x50, readLength: 2 }, 'poll')),
  'i2c.no-answer 121',
  'read plainly',
);
is(await write(0x50, 1, 2), 'i2c.no-answer 121', 'written plainly');
check(!states.includes('lost'), 'absent chips do not lose the wires');

for (let round = 0; round < 50; round++) await read(0x20, 0, 20);
const [helper] = children();
const { rss, own, dirty } = memory(helper);
console.log(
  `     its process: ${rss.toFixed(1)} MiB resident, ${own.toFixed(1)} MiB its own (${dirty.toFixed(1)} dirty); ` +
    `we: ${memory(process.pid).rss.toFixed(1)} MiB resident`,
);
const from = now();
for (let round = 0; round < 200; round++) await read(0x20, 0, 20);
console.log(`     a burst of 20 bytes takes ${((now() - from) / 200).toFixed(1)} ms here`);

writeFileSync('/sys/bus/i2c/devices/i2c-1/new_device', 'dummy 0x48');
is(await read(0x48, 0, 1), 'i2c.in-use 16', 'an address that a driver has');
is(await read(0x48, 0, 1), 'i2c.in-use 16', 'again, and not another address instead');
writeFileSync('/sys/bus/i2c/devices/i2c-1/delete_device', '0x48');
is(await read(0x48, 0, 1), '00', 'without the driver');

states.length = 0;
simhw('nak', '0x27');
simhw('errno', 110);
for (let round = 0; round < 3; round++) is(await read(0x27, 0, 1), 'i2c.line-stuck 110', 'wires held');
simhw('nak', 'none');
is(await read(0x27, 0, 1), '00', 'wires free again');
is(states.join(', '), 'lost i2c.line-stuck, open', 'told');
simhw('errno', 121);

for (const [number, expected] of [[9, /^wire\.absent: \/dev\/i2c-9 is not there; .*dtparam/]]) {
  const found = await tryToOpen(number);
  check(expected.test(found), `another bus: ${found}`);
}
const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];
const stranger = spawnSync(
  'setpriv',
  [...asNobody, process.execPath, fileURLToPath(import.meta.url), dist, 'open'],
  { encoding: 'utf8' },
);
check(/^wire\.denied: .*usermod -aG i2c/.test(stranger.stdout), `as nobody: ${stranger.stdout.trim()}`);

// A row of seats.
const told = { readings: [], silences: [], faults: [] };
for (const register of [0x12, 0x13]) simhw('set', '0x20', register, 0xff);
const device = seating.create(
  {
    kind: 'seating',
    bus: 'i2c1',
    protocol: 'mcp23017',
    address: 0x20,
    seats: 14,
    activeLow: true,
    pollMilliseconds: 250,
    takenAfterMilliseconds: 500,
    freeAfterMilliseconds: 1_000,
    stuckAfterMinutes: 240,
    publishMilliseconds: 500,
  },
  {
    name: 'seats-n',
    bus,
    clock,
    log: silentLog,
    localMinutes: () => 600,
    isOpen: () => true,
    memory: { get: () => undefined, put() {} },
    partBuses: new Map(),
    reports: {
      alive() {},
      silent: (evidence) => told.silences.push(evidence),
      readings: (values) => told.readings.push(values),
      crashed: (error) => told.faults.push(String(error)),
      raise: (code) => told.faults.push(code),
      clear() {},
      record() {},
    },
  },
);
const taken = () => told.readings.at(-1)?.taken;
device.start();
check((await until(() => taken() === 0, 5_000)) > 0, 'fourteen free seats');
simhw('set', '0x20', 0x12, 0xfc);
check((await until(() => taken() === 2, 5_000)) > 0, 'two are taken');
simhw('set', '0x20', 0x0c, 0);
await sleep(3_000);
is(
  execFileSync('simhw', ['i2c', 'get', '0x20', '0x0c'], { encoding: 'utf8' }).trim(),
  '0xff',
  'a chip that forgot is set up again',
);
simhw('nak', '0x20');
const silentAfter = await until(() => told.silences.length > 0, 5_000);
check(
  silentAfter < 3_000,
  `an absent chip is told after ${silentAfter.toFixed(0)} ms (${told.silences[0]?.code})`,
);
simhw('nak', 'none');
const silences = told.silences.length;
check((await until(() => told.readings.length > 0 && taken() === 2, 5_000)) >= 0, 'and is back');
await sleep(1_000);
check(told.silences.length - silences <= 1, 'silent no more');

// The kernel does not come back.
states.length = 0;
const others = [];
for (const index of [1, 2, 3]) {
  const other = i2cBus(`more-${index}`, systemI2cAdapter({ number: 1 }, clock), clock);
  await until(() => other.state === 'open', 60_000);
  others.push(other);
}
is(others.map(({ state }) => state).join(), 'open,open,open', 'four buses');
const calm = await turnsPerSecond(4_000);
simhw('delay', 3_000_000);
for (const other of others)
  void outcome(other.transfer({ address: 0x20, write: Uint8Array.of(0), readLength: 1 }, 'poll'));
const hung = await turnsPerSecond(8_000);
check(states[0] === 'lost i2c.hung', `a transfer that hangs: ${states.join(', ')}`);
check(
  others.every(({ state }) => state === 'lost'),
  'all four are lost',
);
check(taken() === null, 'and the seats unknown');
check(hung > calm / 3, `we work on: ${hung.toFixed(0)} turns a second, before it ${calm.toFixed(0)}`);
check(children().length <= 12, `processes meanwhile: ${children().length}`);
simhw('delay', 0);
const backAfter = await until(() => bus.state === 'open' && taken() === 2, 30_000);
check(backAfter < 30_000, `back ${(backAfter / 1_000).toFixed(1)} s after the kernel is`);
await device.stop();
await Promise.all([bus, ...others].map((each) => each.close()));
await until(() => children().length === 0, 15_000);
is(children().length, 0, 'processes left');
is(told.faults.join(), '', 'faults of the seats');
console.log(`${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
