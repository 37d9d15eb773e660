/**
 * A USB printer by the kernel's own driver: bytes both ways, one that takes nothing, one that is pulled and comes back.
 *
 * It runs as root in a guest whose USB printer is simulated in the kernel (a gadget on dummy_hcd): /dev/usb/lp0 for the
 * program, /dev/g_printer0 for the paper, `simhw usb printer unplug` and `plug`; and one USB serial adapter for the
 * neighbouring bus:
 *
 *     npm run build
 *     $HALLWARD_GUEST -s HWBED_USB_PRINTER=1  .  node tests/guest/usb-printer.mjs
 *
 * Arguments: rounds of pulling it (3), folder of the built program (dist). Exit code 0: all held.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const rounds = Number(process.argv[2] ?? 3);
const dist = resolve(process.argv[3] ?? 'dist');
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { systemClock } = await load('kernel/clock.js');
const { usbPrinterCarrier } = await load('transports/usb-printer.js');
const { serialCarrier } = await load('transports/serial.js');
const { reopeningWire } = await load('transports/reopening-wire.js');
const { SerialPort } = createRequire(`${dist}/transports/serial.js`)('serialport');

const LOST_LIMIT = 2_000;
const BACK_LIMIT = 5_000;
const printer = '/dev/usb/lp0';
const paperSide = '/dev/g_printer0';

const now = () => performance.now();
const usb = (what) => execFileSync('simhw', ['usb', 'printer', what], { stdio: 'ignore' });
const until = async (check, milliseconds) => {
  const from = now();
  while (now() - from < milliseconds) {
    if (await check()) return true;
    await sleep(5);
  }
  return false;
};
/**
 * An emulated machine that shares its processor is slow: by how much, the start of a process shows (about 400 ms on one
 * that has it for itself).
 */
const processStart = () => {
  const from = now();
  execFileSync(process.execPath, ['-e', '0']);
  return now() - from;
};
let failures = 0;
const check = (holds, what) => {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
};

/** Helper processes of this one that own a printer. */
const children = (parent = process.pid) =>
  readdirSync('/proc').filter((pid) => {
    try {
      if (!/^\d+$/.test(pid)) return false;
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      return Number(fields[1]) === parent && fields[0] !== 'Z' && command.includes('helpers/usb-printer');
    } catch {
      return false;
    }
  });
const holders = (file) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === file);
    } catch {
      return false;
    }
  });
/** Processor time of a process so far, in milliseconds (clock ticks of 10 ms). */
const processorMilliseconds = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
const memory = (pid) => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { rss: kib('Rss'), own: kib('Private_Dirty') + kib('Private_Clean'), pss: kib('Pss') };
};

function openWire(carrier) {
  const seen = { told: [], received: '' };
  const wire = reopeningWire(carrier, systemClock());
  wire.start({
    opened: () => seen.told.push({ what: 'opened', at: now() }),
    bytes: (chunk) => {
      seen.received += Buffer.from(chunk).toString('latin1');
    },
    lost: (error) => seen.told.push({ what: error.code, at: now(), message: error.message }),
  });
  return { wire, seen };
}

/**
 * The paper's side. The gadget can be opened once; it is never waited for, so that nothing here hangs with it.
 * `takes`: whether what is printed is fetched; while it is not, the printer takes nothing more (after about 80 KB).
 */
class Paper {
  printed = Buffer.alloc(0);
  takes = true;
  #file = openSync(paperSide, constants.O_RDWR | constants.O_NONBLOCK);
  #timer = setInterval(() => this.#fetch(), 5);

  #fetch() {
    const buffer = Buffer.alloc(65_536);
    for (let tries = 0; this.takes && tries < 20; tries++) {
      try {
        const count = readSync(this.#file, buffer);
        if (count === 0) return;
        this.printed = Buffer.concat([this.printed, buffer.subarray(0, count)]);
      } catch {
        return; // Nothing there now, or pulled.
      }
    }
  }

  /** Gives how many bytes went out. */
  say(bytes) {
    try {
      return writeSync(this.#file, bytes);
    } catch {
      return 0;
    }
  }

  close() {
    clearInterval(this.#timer);
    closeSync(this.#file);
  }
}

console.log(
  `user ${process.getuid()}, printer ${printer}: ${existsSync(printer)}, ${paperSide}: ${existsSync(paperSide)}`,
);

// A link of ours, as udev would make it, so that another number does no harm.
mkdirSync('/dev/hallward', { recursive: true });
const link = '/dev/hallward/tickets';
const showLink = (target) => {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
};
showLink(printer);

// 1. Bytes both ways.
const { wire, seen } = openWire(usbPrinterCarrier({ path: link }, systemClock()));
check(
  await until(() => wire.state === 'open', 10_000),
  `opened (${seen.told.map((t) => t.message ?? t.what)})`,
);
// Idle, before anything else here needs time: no processor time; the memory of the child.
const [child] = children();
const cpuBefore = processorMilliseconds(child);
const ownBefore = process.cpuUsage();
await sleep(5_000);
const own = process.cpuUsage(ownBefore);
const idle = processorMilliseconds(child) - cpuBefore;
check(
  idle <= 50,
  `idle for 5 s: the child took ${idle} ms of processor time, this process ${Math.round((own.user + own.system) / 1000)} ms`,
);
const { rss, own: ownKib, pss } = memory(child);
console.log(
  `     memory of the child: RSS ${rss} KiB, private ${ownKib} KiB, proportional ${pss} KiB; this process: ` +
    `RSS ${memory('self').rss} KiB, private ${memory('self').own} KiB`,
);

let paper = new Paper();
const job = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7) % 251));
const from = now();
await wire.write(job);
const took = now() - from;
await until(() => paper.printed.length >= job.length, 5_000);
check(
  paper.printed.equals(job),
  `printed ${paper.printed.length} of ${job.length} bytes in ${took.toFixed(0)} ms`,
);
paper.say(Buffer.from([0x16, 0x12]));
await until(() => seen.received.length >= 2, 3_000);
check(seen.received === '\x16\x12', `heard ${Buffer.from(seen.received, 'latin1').toString('hex')}`);

// 2. In use: a second one is told so.
const second = await usbPrinterCarrier({ path: printer }, systemClock())
  .open({ bytes() {}, closed() {} })
  .then(
    () => undefined,
    (error) => error,
  );
check(second?.code === 'wire.busy', `a second one: ${second?.code}, "${second?.message}"`);

// 3. It takes nothing: the write hangs, the other bus goes on, reading goes on, close leaves it.
paper.takes = false;
// Not by its number: the two adapters are found in any order.
const name = readdirSync('/dev/serial/by-id').find((entry) => entry.includes('HWBED0000'));
const adapter = `/dev/serial/by-id/${name}`;
const far = new SerialPort({ path: '/dev/ttyGS0', baudRate: 9600 });
far.on('error', () => {});
const neighbour = openWire(serialCarrier({ path: adapter, baudRate: 9600 }));
far.on('data', (bytes) => far.write(bytes));
await until(() => neighbour.wire.state === 'open', 5_000);
let settled = 'hangs';
wire.write(Buffer.alloc(300_000, 0x41)).then(
  () => {
    settled = 'taken';
  },
  (error) => {
    settled = `${error.code}, ${error.evidence.takenBytes} bytes taken`;
  },
);
await sleep(4_000);
check(settled === 'hangs', `nobody takes the paper: the write ${settled}`);
let slowest = 0;
let answers = 0;
for (let round = 0; round < 20; round++) {
  const sent = now();
  await Promise.race([neighbour.wire.write(Buffer.from(`<${round}>`)), sleep(2_000)]);
  if (await until(() => neighbour.seen.received.includes(`<${round}>`), 2_000)) answers++;
  slowest = Math.max(slowest, now() - sent);
}
check(
  answers === 20,
  `the neighbouring bus answered ${answers} of 20 times, at the slowest in ${slowest.toFixed(0)} ms`,
);
seen.received = '';
paper.say(Buffer.from([0x7e]));
await until(() => seen.received !== '', 3_000);
check(seen.received === '\x7e', 'the printer without paper is still heard');
const closing = now();
await wire.close();
check(now() - closing < 2_000, `closed in ${(now() - closing).toFixed(0)} ms; the write: ${settled}`);
check(settled.startsWith('wire.lost'), 'the write that hung was given up');
await until(() => children().length === 0, 6_000);
check(
  children().length === 0 && holders(printer).length === 0,
  `free again ${(now() - closing).toFixed(0)} ms after closing`,
);

paper.close();

// 4. The controller is killed while a write hangs: its child does not keep the printer.
const script = `
  const { systemClock } = await import(${JSON.stringify(pathToFileURL(`${dist}/kernel/clock.js`).href)});
  const { usbPrinterCarrier } = await import(${JSON.stringify(pathToFileURL(`${dist}/transports/usb-printer.js`).href)});
  const connection = await usbPrinterCarrier({ path: '${printer}' }, systemClock()).open({ bytes() {}, closed() {} });
  connection.write(Buffer.alloc(300000)).catch(() => {});
  setTimeout(() => console.log('hangs'), 500);`;
const controller = spawn(process.execPath, ['--input-type=module', '-e', script], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await new Promise((done) => controller.stdout.once('data', done));
const killedAt = now();
controller.kill('SIGKILL');
check(
  await until(() => holders(printer).length === 0, 8_000),
  `killed with a hanging write: free after ${(now() - killedAt).toFixed(0)} ms`,
);

// 5. Pulled and plugged in again, idle and while a write hangs, also under another number.
const again = openWire(usbPrinterCarrier({ path: link }, systemClock()));
await until(() => again.wire.state === 'open', 10_000);
for (let round = 0; round < rounds; round++) {
  for (const way of ['idle', 'while a write hangs', 'under another number']) {
    const count = again.seen.told.length;
    let write = Promise.resolve('none');
    if (way === 'while a write hangs') {
      write = again.wire.write(Buffer.alloc(300_000)).then(
        () => 'taken',
        (error) => `${error.code}`,
      );
      await sleep(500);
    }
    const cpu = process.cpuUsage();
    const pulledAt = now();
    usb('unplug');
    await until(() => again.seen.told.length > count, 10_000);
    const lost = again.seen.told[count];
    const result = await Promise.race([write, sleep(3_000, 'hangs')]);
    await sleep(1_000);
    const used = process.cpuUsage(cpu);
    const left = children().length;
    // Another program sits on the old number.
    const blocker = way === 'under another number';
    const startTookBefore = processStart();
    const pluggedAt = now();
    usb('plug');
    await until(() => existsSync(printer), 5_000);
    if (blocker) {
      // The kernel gives the same number again; the link of udev leads to a second name of the same device.
      execFileSync('sh', [
        '-c',
        `rm -f /dev/usb/lp7; mknod /dev/usb/lp7 c $(stat -c '0x%t 0x%T' ${printer} | xargs printf '%d %d')`,
      ]);
      showLink('/dev/usb/lp7');
    }
    await until(() => again.seen.told.length > count + 1, 10_000);
    if (blocker) await sleep(500);
    const back = again.seen.told.at(-1);
    const events = again.seen.told
      .slice(count)
      .map(({ what }) => what)
      .join();
    const lostAfter = lost ? Math.max(0, lost.at - pulledAt) : Number.NaN;
    const backAfter = back ? back.at - pluggedAt : Number.NaN;
    const startTook = Math.max(startTookBefore, processStart());
    const backLimit = BACK_LIMIT * Math.max(1, startTook / 400);
    const expected = blocker ? /^wire\.lost,opened(,wire\.lost,opened)?$/ : /^wire\.lost,opened$/;
    check(
      expected.test(events) &&
        lostAfter <= LOST_LIMIT &&
        backAfter <= backLimit &&
        left === 0 &&
        result !== 'hangs',
      `pulled ${way}: ${events}; lost after ${lostAfter.toFixed(0)} ms (write: ${result}), children left ${left}, ` +
        `CPU ${Math.round((used.user + used.system) / 1000)} ms; back after ${backAfter.toFixed(0)} ms (a process starts in ${startTook.toFixed(0)} ms)`,
    );
    again.seen.received = '';
    paper = new Paper();
    await sleep(300);
    await again.wire
      .write(Buffer.from('after'))
      .catch((error) => console.log(`     write: ${error.message}`));
    await until(() => paper.printed.toString().endsWith('after'), 3_000);
    paper.say(Buffer.from('ok'));
    await until(() => again.seen.received === 'ok', 3_000);
    check(
      paper.printed.toString().endsWith('after') && again.seen.received === 'ok',
      `bytes both ways again ("${paper.printed.toString().slice(-5)}", "${again.seen.received}")`,
    );
    paper.close();
    if (blocker) {
      const before = again.seen.told.length;
      showLink(printer);
      const from = now();
      await until(() => again.seen.told.length >= before + 2 && again.wire.state === 'open', backLimit);
      const told = again.seen.told.slice(before).map(({ what }) => what);
      check(
        again.wire.state === 'open' && told.join() === 'wire.lost,opened',
        `the link leads elsewhere: opened anew after ${(now() - from).toFixed(0)} ms (${told})`,
      );
    }
    await sleep(800);
  }
}

// 6. A thousand times too much to read: bounded, and the process lives.
paper = new Paper();
again.seen.received = '';
const floodCpu = process.cpuUsage();
const floodChild = processorMilliseconds(children()[0]);
let said = 0;
const floodFrom = now();
while (now() - floodFrom < 5_000) {
  for (let burst = 0; burst < 50; burst++) said += paper.say(Buffer.alloc(8_192));
  await sleep(5);
}
const floodUsed = process.cpuUsage(floodCpu);
const childUsed = processorMilliseconds(children()[0]) - floodChild;
const { own: grown } = memory(children()[0]);
check(
  grown < ownKib + 15_000,
  `flooded for 5 s with ${said} bytes: ${again.seen.received.length} bytes heard, CPU ` +
    `${Math.round((floodUsed.user + floodUsed.system) / 1000)} ms and ${childUsed} ms, private memory of the child ${grown} KiB`,
);
paper.close();

await again.wire.close();
await neighbour.wire.close();
far.close();
await until(() => children().length === 0, 3_000);
check(children().length === 0, 'no child is left');
console.log(`${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
