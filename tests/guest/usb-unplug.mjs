/**
 * Pulls a USB serial adapter while our serial port is open, busy or idle, and plugs it in again under another name.
 * The loss must be told once and within 2 s, cost no CPU afterwards and leave no descriptor, and the port must be
 * open again within 5 s of its return, by its by-id path.
 *
 * It runs in a guest whose USB serial adapters are simulated in the kernel (two gadgets on dummy_hcd with udev, the
 * device's side at /dev/ttyGS0) and can be pulled by a command: `simhw usb 0 unplug`, `plug`. As root and as an
 * ordinary user of the group dialout:
 *
 *     npm run build
 *     $HALLWARD_GUEST        .  node tests/guest/usb-unplug.mjs
 *     $HALLWARD_GUEST -u pi  .  node tests/guest/usb-unplug.mjs
 *
 * Arguments: rounds of each way to pull it (3), folder of the built program (dist). Exit code 0: all held. First it
 * shows what the bare library does, so that it is seen that there is something to find.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const rounds = Number(process.argv[2] ?? 3);
const dist = resolve(process.argv[3] ?? 'dist');
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { systemClock } = await load('kernel/clock.js');
const { serialCarrier } = await load('transports/serial.js');
const { reopeningWire } = await load('transports/reopening-wire.js');
const { SerialPort } = createRequire(`${dist}/transports/serial.js`)('serialport');

const LOST_LIMIT = 2_000;
const BACK_LIMIT = 5_000;
const CPU_LIMIT_PERCENT = 40;

const now = () => performance.now();
/** Pulls or plugs; one that is out (or in) already stays so. */
const usb = (port, what) => {
  try {
    execFileSync('simhw', ['usb', String(port), what], { stdio: 'ignore' });
  } catch {
    // Said by the checks, if it matters.
  }
};
const until = async (check, milliseconds) => {
  const from = now();
  while (now() - from < milliseconds) {
    if (await check()) return true;
    await sleep(5);
  }
  return false;
};
const byId = () => {
  const folder = '/dev/serial/by-id';
  const name = existsSync(folder) && readdirSync(folder).find((entry) => entry.includes('HWBED0000'));
  return name ? `${folder}/${name}` : undefined;
};
const openTerminals = () =>
  readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).includes('ttyACM');
    } catch {
      return false;
    }
  }).length;
const cpuPercent = async (milliseconds) => {
  const before = process.cpuUsage();
  const from = now();
  await sleep(milliseconds);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (now() - from);
};

let failures = 0;
const check = (holds, what) => {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
};

/** The device's side; it must be opened anew after each unplugging. */
async function openFarEnd() {
  for (let tries = 0; tries < 100; tries++) {
    const port = new SerialPort({ path: '/dev/ttyGS0', baudRate: 9600, autoOpen: false });
    const error = await new Promise((done) => port.open(done));
    if (!error) {
      port.on('error', () => {});
      return port;
    }
    await sleep(50);
  }
  throw new Error('the far end cannot be opened');
}
const closeFarEnd = (port) => (port.isOpen ? new Promise((done) => port.close(done)) : undefined);

/** What the library alone does when the adapter goes between opening and the first read. */
async function control(path) {
  const port = new SerialPort({ path, baudRate: 9600, autoOpen: false });
  let ended = false;
  port.on('close', () => {
    ended = true;
  });
  port.on('error', () => {});
  await new Promise((done) => port.open(done));
  port.on('data', () => {});
  usb(0, 'unplug');
  await sleep(500);
  const cpu = await cpuPercent(1_000);
  console.log(
    `     the bare library: loss told: ${ended}, CPU ${cpu.toFixed(0)} %, open: ${openTerminals()}`,
  );
  if (port.isOpen) await new Promise((done) => port.close(done));
  usb(0, 'plug');
  await until(() => byId() !== undefined, 5_000);
  await sleep(500);
}

/** A wire with what it told, and what the far end is to do in the very moment of an event. */
function openWire(path) {
  const seen = { told: [], received: '', onOpened: () => {}, onBytes: () => {} };
  const wire = reopeningWire(serialCarrier({ path, baudRate: 9600 }), systemClock());
  wire.start({
    opened() {
      seen.told.push({ what: 'opened', at: now() });
      seen.onOpened();
    },
    bytes(chunk) {
      seen.received += Buffer.from(chunk).toString('latin1');
      seen.onBytes();
    },
    lost: (error) => seen.told.push({ what: error.code, at: now() }),
  });
  return { wire, seen };
}

/** Plugs it in so that it gets another name than before: the other adapter takes the free one or leaves its own. */
async function plugUnderAnotherName(before) {
  const first = before.endsWith('0');
  usb(1, 'unplug');
  await until(() => !existsSync('/dev/ttyACM0') && !existsSync('/dev/ttyACM1'), 3_000);
  if (first) {
    usb(1, 'plug');
    await until(() => existsSync('/dev/ttyACM0'), 3_000);
  }
  const at = now();
  usb(0, 'plug');
  return at;
}

async function verify(name, { seen, path, before, pulledAt, count }) {
  await until(() => seen.told.length > count, 10_000);
  const lost = seen.told[count];
  const cpu = await cpuPercent(1_000);
  const left = openTerminals();
  const pluggedAt = await plugUnderAnotherName(before);
  await until(() => seen.told.length > count + 1, 10_000);
  const back = seen.told[count + 1];
  const lostAfter = Math.max(0, (lost?.at ?? Number.NaN) - pulledAt);
  const backAfter = (back?.at ?? Number.NaN) - pluggedAt;
  const events = seen.told.slice(count).map(({ what }) => what);
  const after = existsSync(path) ? realpathSync(path) : 'none';
  check(
    events.join() === 'wire.lost,opened' &&
      lostAfter <= LOST_LIMIT &&
      cpu <= CPU_LIMIT_PERCENT &&
      left === 0 &&
      backAfter <= BACK_LIMIT &&
      after !== before,
    `pulled ${name}: told ${events.join()}; lost after ${lostAfter.toFixed(0)} ms, then CPU ${cpu.toFixed(0)} %, ` +
      `open ${left}; back after ${backAfter.toFixed(0)} ms, ${before} -> ${after}`,
  );
  if (before.endsWith('1')) usb(1, 'plug');
  await sleep(500);
}

/** Ways to pull it; each gives the time when it was out. */
const ways = {
  async 'in the middle of data'({ farEnd, seen }) {
    farEnd.write('x'.repeat(500));
    return new Promise((done) => {
      seen.onBytes = () => {
        seen.onBytes = () => {};
        usb(0, 'unplug');
        done(now());
      };
    });
  },
  'while the process is busy'() {
    const from = now();
    usb(0, 'unplug');
    const at = now();
    while (now() - from < 500);
    return at;
  },
  async 'while idle'() {
    await sleep(500);
    usb(0, 'unplug');
    return now();
  },
};

const path = byId();
console.log(`user ${process.getuid()}, port ${path}`);
await control(path);

for (let round = 0; round < rounds; round++) {
  const before = realpathSync(path);
  const { wire, seen } = openWire(path);
  const pulledAt = await new Promise((done) => {
    seen.onOpened = () => {
      seen.onOpened = () => {};
      usb(0, 'unplug');
      done(now());
    };
  });
  await verify('in the moment of opening', { seen, path, before, pulledAt, count: 1 });
  await wire.close();
}

const { wire, seen } = openWire(path);
await until(() => wire.state === 'open', 5_000);
check(wire.state === 'open', 'opened');
for (const [name, pull] of Object.entries(ways)) {
  for (let round = 0; round < rounds; round++) {
    const before = realpathSync(path);
    const farEnd = await openFarEnd();
    const count = seen.told.length;
    const pulledAt = await pull({ farEnd, seen });
    await verify(name, { seen, path, before, pulledAt, count });
    await closeFarEnd(farEnd);
    seen.received = '';
    const partner = await openFarEnd();
    let heard = '';
    partner.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    await wire.write(Buffer.from('to the device')).catch(() => {});
    partner.write('to us');
    await until(() => seen.received === 'to us' && heard === 'to the device', 3_000);
    check(
      seen.received === 'to us' && heard === 'to the device',
      `bytes both ways again ("${seen.received}", "${heard}")`,
    );
    await closeFarEnd(partner);
  }
}
await wire.close();
check(openTerminals() === 0, 'nothing is open after closing');
console.log(`${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
