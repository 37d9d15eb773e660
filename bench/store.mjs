/**
 * What a commit costs: synced single commits, grouped ones, and bytes written per event.
 *
 *     node bench/store.mjs [DIRECTORY ON THE MEDIUM TO MEASURE]
 *
 * Needs `npm run build`. Bytes: `write_bytes` of /proc/self/io counts whole pieces of the page cache that a write made
 * dirty, which for small writes into a large file can be much more than what goes to the medium; the sectors of the
 * machine's block devices (/proc/diskstats) are the truth where nothing else writes.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { openStore } = await import(new URL('../dist/store/open.js', import.meta.url));
const { systemClock } = await import(new URL('../dist/kernel/clock.js', import.meta.url));
const { silentLog } = await import(new URL('../dist/kernel/log.js', import.meta.url));

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'hallward-bench-'));

function processBytes() {
  try {
    return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))[1]);
  } catch {
    return Number.NaN;
  }
}

function deviceBytes() {
  try {
    return readFileSync('/proc/diskstats', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => /^(vd[a-z]|sd[a-z]|mmcblk\d+|nvme\d+n\d+)$/.test(fields[2] ?? ''))
      .reduce((sum, fields) => sum + Number(fields[9]) * 512, 0);
  } catch {
    return Number.NaN;
  }
}

const store = await openStore({
  directory,
  source: () => '/hallward/jinshan/row-a',
  clock: systemClock(),
  log: silentLog,
  boot: 'b7f1c2d4-0000-4000-8000-000000000000',
});

let number = 0;
function call() {
  number++;
  const ticket = `2026-11-21-${number}`;
  return {
    events: [
      {
        type: 'ticket.called',
        subject: 'caller-5',
        data: {
          ticket,
          number: `A${String(number % 1000).padStart(3, '0')}`,
          queue: 'general',
          window: '5',
          staff: '0317',
          rule: 'order',
          waitedSeconds: number % 900,
        },
      },
    ],
    puts: { 'window/5': { state: 'serving', ticket, since: number } },
  };
}

function report(what, values) {
  const text = Object.entries(values).map(([name, value]) => `${name} ${Number(value.toFixed(3))}`);
  process.stdout.write(`${what.padEnd(28)} ${text.join('  ')}\n`);
}

async function measured(what, events, run) {
  const before = { own: store.bytesWritten, process: processBytes(), device: deviceBytes() };
  const began = performance.now();
  const extra = await run();
  const seconds = (performance.now() - began) / 1000;
  report(what, {
    'commits/s': events / seconds,
    ...extra,
    'bytes/event': (store.bytesWritten - before.own) / events,
    'write_bytes/event': (processBytes() - before.process) / events,
    'device bytes/event': (deviceBytes() - before.device) / events,
  });
}

for (let warm = 0; warm < 200; warm++) await store.commit(call()).synced;

const singles = 2000;
await measured('one at a time', singles, async () => {
  const times = [];
  for (let done = 0; done < singles; done++) {
    const began = performance.now();
    await store.commit(call()).synced;
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { 'p50 ms': times[times.length >> 1], 'p99 ms': times[Math.floor(times.length * 0.99)] };
});

for (const waiting of [64, 1000]) {
  const total = 20_000;
  await measured(`${waiting} waiting`, total, async () => {
    let left = total;
    const worker = async () => {
      while (left-- > 0) await store.commit(call()).synced;
    };
    await Promise.all(Array.from({ length: waiting }, worker));
    return {};
  });
}

await measured('20,000 at once', 20_000, async () => {
  const began = performance.now();
  const all = Array.from({ length: 20_000 }, () => store.commit(call()).synced);
  const called = performance.now() - began;
  await Promise.all(all);
  return { 'ms to call': called };
});

if (store.condition.mode !== 'durable')
  process.stdout.write(`condition: ${JSON.stringify(store.condition)}\n`);
await store.close();
rmSync(directory, { recursive: true });
