/**
 * Buttons, lamps and their troubles on the GPIO lines of a real kernel (gpio-sim), by the gpiod tools and by sysfs:
 * the chip is found by its label, presses arrive, outputs light, a line that somebody else has is told with his name
 * and comes back, a stuck and a humming button are found, and a kill -9 leaves nobody behind who holds a line.
 *
 *     npm run build
 *     $HALLWARD_GUEST -t 200 .  node tests/guest/gpio.mjs
 *     $HALLWARD_GUEST -t 200 -u pi .  node tests/guest/gpio.mjs
 *
 * Arguments: folder of the built program (dist); folder of gpiod tools of another version, tried as well (none).
 * Exit code 0: all held. Figures of time are those of an emulated machine: upper bounds.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [, script, distArgument = 'dist', otherTools = '', holdWay] = process.argv;
const dist = resolve(distArgument);
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { systemClock } = await load('kernel/clock.js');
const { silentLog } = await load('kernel/log.js');
const { gpioBus } = await load('transports/gpio-bus.js');
const { systemGpioChip } = await load('transports/gpio-chip.js');
const { evaluator } = await load('devices/evaluator.js');
const { signal } = await load('devices/signal.js');

const LABEL = 'pinctrl-bcm2835';
const ways = {
  tools: { access: 'character-device', path: process.env.PATH },
  ...(otherTools === ''
    ? {}
    : { 'other tools': { access: 'character-device', path: `${otherTools}:${process.env.PATH}` } }),
  sysfs: { access: 'sysfs', path: process.env.PATH },
};
const clock = systemClock();
const now = () => performance.now();
const until = async (check, milliseconds) => {
  const from = now();
  while (now() - from < milliseconds) {
    if (await check()) return true;
    await sleep(5);
  }
  return false;
};
/** The world's side of a line: it pulls it up or down. */
const simulated = (line) => `${process.env.HWBED_GPIO_SIM}/sim_gpio${line}`;
const pull = (line, way) => writeFileSync(`${simulated(line)}/pull`, `pull-${way}`);
const level = (line) => readFileSync(`${simulated(line)}/value`, 'utf8').trim();

let failures = 0;
const check = (holds, what) => {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
};

function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))[1]);
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(pid), parent, command }];
      } catch {
        return [];
      }
    });
}
const holders = () => processes().filter(({ command }) => /gpiomon|gpioset|gpio-sysfs/.test(command));
const memory = (pid) => {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)[1]);
  return `PSS ${kilobytes('Pss')} kB, its own ${kilobytes('Private_Dirty') + kilobytes('Private_Clean')} kB`;
};

const busFor = (way) =>
  gpioBus('gpio', systemGpioChip({ label: LABEL, ...ways[way] }, clock, silentLog), clock);

/** Lets a line hum with 50 Hz; gives the longest time without an edge, in milliseconds. */
async function hum(line, milliseconds) {
  const from = now();
  let last = from;
  let longest = 0;
  for (let turn = 0; last - from < milliseconds; turn++) {
    pull(line, turn % 2 === 0 ? 'up' : 'down');
    const at = now();
    longest = Math.max(longest, at - last);
    last = at;
    await sleep(10);
  }
  pull(line, 'down');
  return longest;
}

/** A device with what it said. */
function make(kind, bus, config) {
  const faults = new Map();
  const said = { faults, presses: [], history: [], crashes: [] };
  const reports = {
    alive() {},
    silent() {},
    readings() {},
    record() {},
    crashed: (error) => said.crashes.push(error),
    raise(code, evidence) {
      faults.set(code, evidence);
      said.history.push(`raised ${code}`);
    },
    clear(code) {
      faults.delete(code);
      said.history.push(`cleared ${code}`);
    },
  };
  const device = kind.create(
    { kind: kind.kind, bus: 'gpio', ...config },
    { name: 'one', bus, clock, log: silentLog, reports },
  );
  device.capabilities.presses?.onPress((press) => said.presses.push({ ...press, at: now() }));
  device.start();
  return { device, said };
}
const buttonsConfig = {
  protocol: 'gpio-buttons',
  window: '5',
  activeLow: false,
  lampActiveLow: false,
  buttons: { 5: 17, 4: 27 },
  debounceMilliseconds: 300,
};
const lampConfig = {
  protocol: 'gpio-output',
  line: 25,
  activeLow: false,
  faults: ['printer.*'],
  devices: [],
  style: 'steady',
  maximumSeconds: 60,
};

/** The other process of `kill -9`: takes its lines, says so, and waits. */
if (holdWay !== undefined) {
  const bus = busFor(holdWay);
  let ready = 0;
  const told = {
    level() {},
    lost: (error) => console.log(`lost ${error.message}`),
    ready: () => ++ready === 2 && console.log('ready'),
  };
  bus.watch({ lines: [17, 27], activeLow: false, bias: 'pull-down' }, told);
  bus.drive({ line: 25, activeLow: false, active: true }, told);
  await sleep(60_000);
}

async function killed(way) {
  const child = spawn(process.execPath, [script, distArgument, otherTools, way], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const ready = await until(() => output.includes('ready'), 40_000);
  const before = holders().length;
  const lit = level(25);
  child.kill('SIGKILL');
  const at = now();
  const gone = await until(() => holders().length === 0, 10_000);
  const left = holders().map(({ command }) => command);
  check(
    ready && before > 0 && lit === '1' && gone,
    `${way}: ${before} hold lines (ready ${ready}, lamp ${lit}), none ${(now() - at).toFixed(0)} ms after kill -9 ${left.join('; ')}`,
  );
}

async function run(way) {
  console.log(`--- ${way}, user ${process.getuid()}`);
  for (const line of [17, 27]) pull(line, 'down');
  await killed(way);

  const bus = busFor(way);
  const from = now();
  const { device: buttons, said } = make(evaluator, bus, buttonsConfig);
  const { device: lamp, said: lampSaid } = make(signal, bus, lampConfig);
  const began = await until(() => bus.sent >= 2, 30_000);
  check(began, `the chip is found by its label, lines had after ${(now() - from).toFixed(0)} ms`);
  for (const { pid, command } of processes().filter(({ parent }) => parent === process.pid)) {
    console.log(`     ${command.split(' ').slice(0, 3).join(' ')}: ${memory(pid)}`);
  }

  const delays = [];
  for (let press = 0; press < 20; press++) {
    const count = said.presses.length;
    const at = now();
    pull(17, 'up');
    await until(() => said.presses.length > count, 2_000);
    delays.push((said.presses[count]?.at ?? Number.NaN) - at);
    await sleep(50);
    pull(17, 'down');
    await sleep(500);
  }
  delays.sort((a, b) => a - b);
  check(
    said.presses.length === 20 && said.presses.every(({ key }) => key === '5'),
    `20 presses, ${said.presses.length} told; edge to press: median ${delays[10].toFixed(1)} ms, worst ${delays[19].toFixed(1)} ms`,
  );

  lamp.capabilities.signals.show('new');
  const lit = await until(() => level(25) === '1', 3_000);
  const litAt = now();
  lamp.capabilities.signals.show('off');
  const dark = await until(() => level(25) === '0', 3_000);
  check(lit && dark, `a lamp lights, and is dark again after ${(now() - litAt).toFixed(0)} ms`);

  // A hum with a pause in it is none; an emulated machine may make one.
  let count = 0;
  let pause = Number.POSITIVE_INFINITY;
  for (let tries = 0; pause > 250 && tries < 4; tries++) {
    await until(() => said.faults.size === 0, 4_000);
    await sleep(1_000);
    said.history.length = 0;
    count = said.presses.length;
    pause = await hum(27, 16_500);
    console.log(`     hummed with 50 Hz for 16.5 s, longest pause ${pause.toFixed(0)} ms`);
  }
  if (pause > 250) {
    console.log('skip whether that is a stuck button: this machine is too busy to hum');
  } else {
    check(
      said.presses.length === count + 1 && said.history.join() === 'raised device.stuck-input',
      `that is one press (${said.presses.length - count}), then a stuck button: ${said.history.join()}`,
    );
  }
  const free = await until(() => said.faults.size === 0, 4_000);
  check(free, `and free again when it is still: ${said.history.join()}`);

  pull(17, 'up');
  const stuck = await until(() => said.faults.has('device.stuck-input'), 17_000);
  check(stuck, `a button that is held is stuck: ${JSON.stringify(said.faults.get('device.stuck-input'))}`);
  pull(17, 'down');
  check(await until(() => said.faults.size === 0, 4_000), 'and free again when it is let go');

  const storm = now();
  const before = said.presses.length;
  let edges = 0;
  while (now() - storm < 3_000) {
    for (let turn = 0; turn < 50; turn++) pull(27, turn % 2 === 0 ? 'up' : 'down');
    edges += 50;
    await sleep(0);
  }
  await sleep(500);
  console.log(`     a storm of ${edges} edges in 3 s was ${said.presses.length - before} presses`);
  await sleep(1_000);
  const last = said.presses.length;
  pull(17, 'up');
  check(await until(() => said.presses.length > last, 2_000), 'a button is heard after the storm');
  pull(17, 'down');

  await buttons.stop();
  await lamp.stop();
  check(await until(() => holders().length <= (way === 'sysfs' ? 1 : 0), 1_000), 'lines are given back');

  // Somebody else takes a line that we need.
  const other = spawn('gpioset', ['--mode=signal', 'gpiochip0', '27=0'], { stdio: 'ignore' });
  await until(
    () => execFileSync('gpioinfo', ['gpiochip0'], { encoding: 'utf8' }).includes('"gpioset"'),
    3_000,
  );
  const again = make(evaluator, bus, buttonsConfig);
  const busy = await until(() => again.said.faults.has('device.line-unavailable'), 5_000);
  const evidence = again.said.faults.get('device.line-unavailable') ?? {};
  check(
    busy && evidence.code === 'gpio.line-busy' && (way === 'sysfs' || evidence.consumer === 'gpioset'),
    `a line that another has: ${JSON.stringify(evidence)}`,
  );
  other.kill();
  const freed = now();
  const back = await until(() => again.said.faults.size === 0, 20_000);
  const after = (now() - freed).toFixed(0);
  const presses = again.said.presses.length;
  pull(17, 'up');
  const heard = await until(() => again.said.presses.length > presses, 2_000);
  pull(17, 'down');
  check(
    back && heard,
    `once it is free it is had by itself after ${after} ms, and its buttons are heard (${heard}) ${JSON.stringify([...again.said.faults])}`,
  );

  const unknown = make(signal, bus, { ...lampConfig, line: 54 });
  await until(() => unknown.said.faults.size > 0, 3_000);
  check(
    unknown.said.faults.get('device.line-unavailable')?.code === 'gpio.line-unknown',
    `a line that is not: ${unknown.said.faults.get('device.line-unavailable')?.reason}`,
  );
  await unknown.device.stop();
  await again.device.stop();
  await bus.close();
  check(await until(() => holders().length === 0, 2_000), 'nobody is left after closing');
  const crashes = [...said.crashes, ...again.said.crashes, ...lampSaid.crashes];
  check(crashes.length === 0, `no driver failed ${crashes.join()}`);
}

for (const way of Object.keys(ways)) await run(way);
const absent = gpioBus('gpio', systemGpioChip({ label: 'none', access: 'auto' }, clock, silentLog), clock);
await until(() => absent.state === 'lost', 3_000);
check(absent.lostBecause?.code === 'wire.absent', `no such chip: ${absent.lostBecause?.message}`);
await absent.close();
console.log(`${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
