/**
 * The bench: the same keypad job by several programs, in turn, in one run on one machine. See docs/performance.md.
 *
 *     node bench/main.mjs [--quick] [--only MEASURE[,MEASURE]] [--candidates NAME[,NAME]] [--rounds N] [--folder DIR]
 *
 * HALLWARD_DIST names another build than dist/, HALLWARD_BEFORE one to hold it against. The storage is put under
 * --folder (bench/results/ if absent), which must be on a disk. Writes bench/results/latest.json, prints a table.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { distFolder, candidates as everybody } from './candidates.mjs';
import { append } from './measures/append.mjs';
import { burst } from './measures/burst.mjs';
import { calling } from './measures/calling.mjs';
import { full, hall } from './measures/hall.mjs';
import { i2c } from './measures/i2c.mjs';
import { idle } from './measures/idle.mjs';
import { kill } from './measures/kill.mjs';
import { latency } from './measures/latency.mjs';
import { outage } from './measures/outage.mjs';
import { push } from './measures/push.mjs';
import { startup } from './measures/startup.mjs';
import { table } from './table.mjs';

/** In this order; `rounds` of how many are asked for. */
const measures = {
  append: { run: append, rounds: (asked) => asked },
  startup: { run: startup, rounds: (asked) => 2 * asked + 1 },
  idle: { run: idle, rounds: (asked) => asked },
  latency: { run: latency, rounds: (asked) => asked },
  burst: { run: burst, rounds: (asked) => asked },
  outage: { run: outage, rounds: () => 1 },
  kill: { run: kill, rounds: () => 1 },
  hall: { run: hall, rounds: () => 1 },
  full: { run: full, rounds: () => 1 },
  push: { run: push, rounds: () => 1 },
  i2c: { run: i2c, rounds: () => 1 },
  calling: { run: calling, rounds: () => 1 },
};
/** Those that are no contest: they bring their own bed. */
const alone = [append, hall, full, push, i2c, calling];
/** An outage does not count where the candidate was back before our subscriber. */
const outageTries = 3;

const resultsFolder = fileURLToPath(new URL('results/', import.meta.url));
/** Type of a file system in memory (statfs): a sync costs nothing there, and proves nothing. */
const tmpfs = 0x01021994;

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: Object.keys(measures).join(',') },
      candidates: { type: 'string', default: everybody.map(({ name }) => name).join(',') },
      rounds: { type: 'string' },
      folder: { type: 'string', default: resultsFolder },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds: a whole number from 1');
  const only = values.only.split(',');
  const names = values.candidates.split(',');
  for (const name of only)
    if (!Object.hasOwn(measures, name)) throw new Error(`there is no measure "${name}"`);
  for (const name of names) {
    if (!everybody.some((one) => one.name === name)) throw new Error(`there is no candidate "${name}"`);
  }
  return { quick: values.quick, rounds, only, names, folder: values.folder };
}

async function main() {
  const options = readOptions();
  if (process.platform !== 'linux') throw new Error('the bench needs Linux: pseudo terminals and /proc');
  const mosquitto = spawnSync('mosquitto', ['-h'], { encoding: 'utf8' });
  if (mosquitto.error !== undefined) throw new Error('mosquitto is not in PATH');
  if (!existsSync(join(distFolder, 'cli/main.js'))) throw new Error('there is no build: npm run build');
  // Only now: the bed takes the simulator's cables from the build.
  const { Bed } = await import('./bed/bed.mjs');

  mkdirSync(resultsFolder, { recursive: true });
  if (statfsSync(options.folder).type === tmpfs) {
    throw new Error(`${options.folder} is in memory, not on a disk: name another --folder`);
  }
  const root = mkdtempSync(join(options.folder, 'hallward-bench-'));
  const report = {
    startedAt: new Date().toISOString(),
    machine: {
      processor: cpus()[0]?.model.trim(),
      cores: cpus().length,
      kernel: release(),
      node: process.version,
      mosquitto: mosquitto.stdout.split('\n', 1)[0],
    },
    loadBefore: loadavg(),
    quick: options.quick,
    rounds: options.rounds,
    results: [],
  };
  const take = (result) => {
    report.results.push(result);
    process.stderr.write(`${JSON.stringify(result, (_, value) => shorten(value))}\n`);
  };
  try {
    // Everybody once before anybody twice: what drifts on the machine meets all alike.
    for (const measure of options.only) {
      const { run, rounds } = measures[measure];
      for (let round = 1; round <= rounds(options.rounds); round++) {
        if (alone.includes(run)) {
          take({ measure, candidate: 'hallward', round, ...(await run({ root, quick: options.quick })) });
          continue;
        }
        for (const name of options.names) {
          const candidate = everybody.find((one) => one.name === name);
          if (!candidate.hasJob && run !== idle) continue;
          take({ measure, candidate: name, round, ...(await once(Bed, run, candidate, root, options)) });
        }
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  report.loadAfter = loadavg();
  const printed = table(report.results, options.names);
  writeFileSync(join(resultsFolder, 'latest.json'), `${JSON.stringify(report, undefined, 1)}\n`);
  const load = (of) => of.map((value) => value.toFixed(1)).join(' ');
  const { processor, cores, node } = report.machine;
  process.stdout.write(
    `${printed}\n\n${processor}, ${cores} cores, Node ${node}, ${report.machine.mosquitto}\n`,
  );
  process.stdout.write(`load before ${load(report.loadBefore)}, after ${load(report.loadAfter)}\n`);
}

async function once(Bed, run, candidate, root, options) {
  for (let attempt = 1; attempt <= outageTries; attempt++) {
    const bed = await Bed.make(candidate, root);
    try {
      const result = await run(bed, options);
      if (result !== undefined) return { ...result, busyBefore: bed.busyBefore };
    } catch (error) {
      return { error: error.message, busyBefore: bed.busyBefore };
    } finally {
      await bed.close();
    }
  }
  return { error: 'the candidate was back before the subscriber each time' };
}

function shorten(value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value;
}

await main().catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
// A broker or a cable that is still closing must not keep the bench from ending.
setImmediate(() => process.exit());
