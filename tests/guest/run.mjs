/**
 * Runs every test of this folder in turn, in a Linux guest, and prints a table at the end:
 *
 *     npm run build
 *     HALLWARD_GUEST=/path/to/starter  node tests/guest/run.mjs [NAME…]
 *
 * The starter is called as `$HALLWARD_GUEST [OPTIONS] FOLDER COMMAND…`; what it must offer stands in each test. NAMEs
 * are files of this folder without their endings; without any, all are run. Exit code: 0 where all held or there is no
 * guest, 1 where one failed, 64 for an unknown name.
 *
 * A new test needs no entry here: every .mjs and .sh of this folder is one that is not named below as a part of another.
 */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;
const checkout = resolve(here, '../..');
/** Files that are no tests by themselves. */
const parts = ['run.mjs', 'power-cut.mjs', 'power-cut-check.mjs', 'config-power-round.mjs'];
/** What a test's guest needs besides what every guest has. */
const options = {
  'usb-printer.mjs': ['-s', 'HWBED_USB_PRINTER=1'],
  'extenders.mjs': ['-s', 'HWBED_I2C_ADDRS=0x20,0x27,0x70'],
  'row.mjs': ['-s', 'HWBED_USB_PRINTER=1'],
  'deploy.sh': ['-m', '768', '-s', 'HWBED_USB_PRINTER=1'],
};
/** Tests that run outside and start guests themselves, with their arguments. */
const cuts = process.env.HALLWARD_POWER_CUTS ?? '5';
const outside = { 'power-cut.sh': [cuts], 'config-power.mjs': [cuts] };
/** Tests that are run as an ordinary user, too. */
const alsoAsUser = ['gpio.mjs', 'usb-unplug.mjs'];
const limitSeconds = 400;
/** On a busy host a guest's kernel fails its own check of its timer, and panics. */
const environment = { HWBED_APPEND: 'no_timer_check', ...process.env };

const nameOf = (file) => file.replace(/\.\w+$/, '');
const files = readdirSync(here)
  .filter((file) => /\.(mjs|sh)$/.test(file) && !parts.includes(file))
  .sort();

const wanted = process.argv.slice(2);
if (wanted[0] === '--list') {
  for (const file of files) console.log(nameOf(file));
  process.exit(0);
}
const unknown = wanted.filter((name) => !files.some((file) => nameOf(file) === name));
if (unknown.length > 0) {
  console.error(`no such test: ${unknown.join(', ')}; there are ${files.map(nameOf).join(', ')}`);
  process.exit(64);
}
const starter = process.env.HALLWARD_GUEST;
if (starter === undefined || starter === '') {
  console.log('skipped: HALLWARD_GUEST names no guest; nothing was tried');
  process.exit(0);
}

/** What the guest sees of the checkout: the program as built, its configuration, these tests. */
function prepare() {
  const folder = mkdtempSync('/var/tmp/hallward-guest-');
  chmodSync(folder, 0o755); // tests that run as another user must be able to look into it
  for (const entry of ['dist', 'config', 'deploy', 'package.json', 'tests/guest'])
    cpSync(join(checkout, entry), join(folder, entry), { recursive: true });
  const packages = realpathSync(join(checkout, 'node_modules'));
  // A guest sees the host's files, but not those below /tmp.
  if (packages.startsWith('/tmp/')) cpSync(packages, join(folder, 'node_modules'), { recursive: true });
  else symlinkSync(packages, join(folder, 'node_modules'));
  return folder;
}

/** The runs of a test, each with the words that stand for it in the table. */
function runsOf(file, folder) {
  const path = `tests/guest/${file}`;
  const program = file.endsWith('.sh') ? 'bash' : 'node';
  if (outside[file]) return [{ title: nameOf(file), command: program, args: [path, ...outside[file]] }];
  const guest = (more) => [
    '-t',
    String(limitSeconds),
    ...(options[file] ?? []),
    ...more,
    folder,
    program,
    path,
  ];
  const runs = [{ title: nameOf(file), command: starter, args: guest([]) }];
  if (alsoAsUser.includes(file))
    runs.push({ title: `${nameOf(file)} (ordinary user)`, command: starter, args: guest(['-u', 'pi']) });
  return runs;
}

function run({ command, args }, folder) {
  return new Promise((done) => {
    let output = '';
    const child = spawn(command, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    stop = () => child.kill();
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += text;
        process.stdout.write(text);
      });
    child.once('error', (error) => done({ code: error.message, output }));
    child.once('close', (code, signal) => done({ code: code ?? signal, output }));
  });
}

let stop = () => {};
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    stopped = true;
    stop();
  });

const folder = prepare();
const results = [];
try {
  for (const file of files.filter((name) => wanted.length === 0 || wanted.includes(nameOf(name)))) {
    for (const one of runsOf(file, folder)) {
      if (stopped) break;
      console.log(`\n=== ${one.title}`);
      const from = performance.now();
      const { code, output } = await run(one, folder);
      results.push({
        test: one.title,
        result: code === 0 ? 'held' : `FAILED (${code})`,
        failures: output.split('\n').filter((line) => line.startsWith('FAIL')).length,
        seconds: Math.round((performance.now() - from) / 1_000),
      });
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(results);
process.exit(results.every(({ result }) => result === 'held') ? 0 : 1);
