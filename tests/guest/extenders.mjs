/**
 * What hangs on I2C and on lines, on a real kernel: an MCP23017 whose pins are lines for a button and a lamp, a window
 * board of LED digits on an HT16K33, two light barriers at a door, and how busy the wires can be kept. Then the whole
 * program with these chips: which faults its hub hears of, and its memory.
 *
 * It runs as root in a guest whose /dev/i2c-1 has chips of 256 plain registers at 0x20, 0x27 and 0x70 (i2c-stub with
 * raw I2C) and that has a GPIO chip "pinctrl-bcm2835":
 *
 *     npm run build
 *     $HALLWARD_GUEST -t 400 -s HWBED_I2C_ADDRS=0x20,0x27,0x70 .  node tests/guest/extenders.mjs
 *
 * Argument: folder of the built program (dist). Exit code 0: all held. Figures of time are those of an emulated machine.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const dist = resolve(process.argv[2] ?? 'dist');
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { systemClock } = await load('kernel/clock.js');
const { silentLog } = await load('kernel/log.js');
const { gpioBus } = await load('transports/gpio-bus.js');
const { systemGpioChip } = await load('transports/gpio-chip.js');
const { systemI2cAdapter } = await load('transports/i2c-adapter.js');
const { i2cBus } = await load('transports/i2c-bus.js');
const { expanderChip } = await load('extenders/expander.js');
const { entrance } = await load('devices/entrance/entrance.js');
const { hallButton } = await load('devices/hall-button.js');
const { signal } = await load('devices/signal.js');
const { windowBoard } = await load('devices/window-board.js');
const { startBroker } = await load('cli/demo/broker.js');
const packages = createRequire(`${dist}/`);
const { openSync } = packages('i2c-bus');
const { connect } = packages('mqtt');

const clock = systemClock();
const now = () => performance.now();
const parameters = '/sys/module/i2c_sim/parameters';
const simhw = (...words) => execFileSync('simhw', ['i2c', ...words.map(String)], { stdio: 'ignore' });
const get = (chip, register) =>
  Number(execFileSync('i2cget', ['-y', '1', String(chip), String(register)], { encoding: 'utf8' }));
const set = (chip, register, value) => simhw('set', chip, register, value);
const pull = (line, way) =>
  writeFileSync(`${process.env.HWBED_GPIO_SIM}/sim_gpio${line}/pull`, `pull-${way}`);
const hex = (numbers) => numbers.map((number) => number.toString(16).padStart(2, '0')).join(' ');
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

let failures = 0;
const check = (holds, what) => {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
};
const is = (found, expected, what) =>
  check(found === expected, `${what}: ${found}${found === expected ? '' : ` instead of ${expected}`}`);
/** Milliseconds until it holds; not a number where it does not within the time. */
const until = async (holds, milliseconds = 20_000) => {
  const from = now();
  while (now() - from < milliseconds) {
    if (await holds()) return now() - from;
    await sleep(5);
  }
  return Number.NaN;
};
const within = async (holds, what, milliseconds) => {
  const took = await until(holds, milliseconds);
  check(took >= 0, `${what}${took >= 0 ? ` (${took.toFixed(0)} ms)` : ''}`);
  return took;
};

/** A device of this kind with what it said. */
function make(kind, name, config, buses) {
  const said = { faults: new Map(), readings: {}, silences: [], crashes: [], presses: [] };
  const device = kind.create(
    { kind: kind.kind, ...config },
    {
      name,
      ...buses,
      partBuses: buses.partBuses ?? new Map(),
      clock,
      log: silentLog,
      language: 'en',
      localMinutes: () => 600,
      isOpen: () => true,
      memory: { get: () => undefined, put() {} },
      reports: {
        alive() {},
        record() {},
        silent: (evidence) => said.silences.push(evidence),
        readings: (values) => Object.assign(said.readings, values),
        crashed: (error) => said.crashes.push(error),
        raise: (code, evidence) => said.faults.set(code, evidence),
        clear: (code) => said.faults.delete(code),
      },
    },
  );
  device.capabilities.hallInput?.onChange((active) => active && said.presses.push(now()));
  device.start();
  return { device, said };
}

/** Registers of an MCP23017 (DS20001952, table 3-1, IOCON.BANK = 0). */
const IODIRA = 0x00;
const IODIRB = 0x01;
const GPINTENA = 0x04;
const IOCON = 0x0a;
const GPPUA = 0x0c;
const GPIOA = 0x12;
const GPIOB = 0x13;
const OLATB = 0x15;

/** A chip's registers from 0 on, read at once. */
function registersOf(chip) {
  const registers = Buffer.alloc(0x16);
  silicon.wires.readI2cBlockSync(chip, 0, registers.length, registers);
  return registers;
}

/**
 * The pins of port B as silicon has them: outputs are where OLATB brings them, but for those that something holds low.
 * What answers at 0x20 are plain registers, and a button's level is put into GPIOA by i2cset.
 */
const silicon = { heldLow: 0, timer: undefined, wires: openSync(1) };
const pins = () => {
  try {
    const registers = registersOf(0x20);
    const level = (registers[OLATB] | registers[IODIRB]) & ~(silicon.heldLow & ~registers[IODIRB]);
    if (level !== registers[GPIOB]) silicon.wires.writeByteSync(0x20, GPIOB, level);
  } catch {
    // Without power.
  }
};
silicon.timer = setInterval(pins, 20);

/** As a chip is after its power came: all inputs, no pull-ups, nothing set. */
function powerOn() {
  for (let register = IODIRA; register <= OLATB; register++) {
    silicon.wires.writeByteSync(0x20, register, register <= IODIRB ? 0xff : 0);
  }
  silicon.wires.writeByteSync(0x20, GPIOA, 0xff);
}

console.log('--- an expander');
powerOn();
const i2c = i2cBus('i2c1', systemI2cAdapter({ number: 1 }, clock), clock);
const expander = (address) =>
  gpioBus('expander-1', expanderChip(i2c, { chip: 'mcp23017', address, pollMilliseconds: 50 }, clock), clock);
const lines = expander(0x20);
const states = [];
const listen = (name, bus) => {
  let state = bus.state;
  bus.onChange(() => {
    if (state !== bus.state) states.push(`${name} ${bus.state}`);
    state = bus.state;
  });
};
listen('i2c1', i2c);
listen('expander', lines);
await within(() => lines.state === 'open', 'its lines are there', 60_000);
const buttonConfig = { bus: 'expander-1', protocol: 'gpio-contact', line: 'GPA0', activeLow: true };
const { device: button, said: buttonSaid } = make(
  hallButton,
  'help',
  { ...buttonConfig, normallyClosed: false, does: 'help', debounceMilliseconds: 100 },
  { bus: lines },
);
const { device: lamp, said: lampSaid } = make(
  signal,
  'lamp',
  {
    bus: 'expander-1',
    protocol: 'gpio-output',
    line: 'GPB0',
    activeLow: false,
    faults: ['printer.*'],
    devices: [],
    style: 'steady',
    maximumSeconds: 60,
  },
  { bus: lines },
);
const relay = { ready: 0, lost: [] };
const relayLine = lines.drive(
  { line: 'GPB1', activeLow: true, active: false },
  { ready: () => relay.ready++, lost: (error) => relay.lost.push(error) },
);
const settingRegisters = [IODIRA, IODIRB, GPINTENA, GPINTENA + 1, IOCON, GPPUA, GPPUA + 1];
const settingNow = () => hex(settingRegisters.map((register) => registersOf(0x20)[register]));
const wanted = 'ff fc 01 00 40 ff ff';
await within(() => relay.ready === 1 && buttonSaid.readings.active === false, 'button and outputs are ready');
is(
  hex(settingRegisters.map((register) => get(0x20, register))),
  wanted,
  'IODIRA IODIRB GPINTENA GPINTENB IOCON GPPUA GPPUB',
);
is(get(0x20, OLATB), 0x02, 'OLATB, with a relay that a low level switches on');

const delays = [];
const press = async () => {
  // What is pressed already when its level is first known is no press.
  await until(() => buttonSaid.readings.active === false, 5_000);
  const count = buttonSaid.presses.length;
  const at = now();
  silicon.wires.writeByteSync(0x20, GPIOA, 0xfe);
  await until(() => buttonSaid.presses.length > count, 5_000);
  delays.push((buttonSaid.presses[count] ?? Number.NaN) - at);
  silicon.wires.writeByteSync(0x20, GPIOA, 0xff);
  await sleep(150);
};
for (let round = 0; round < 20; round++) await press();
is(buttonSaid.presses.length, 20, 'presses told of twenty');
console.log(
  `     level to press: median ${median(delays).toFixed(0)} ms, worst ${Math.max(...delays).toFixed(0)} ms, polled every 50 ms`,
);
set(0x20, GPIOA, 0xfe);
await within(() => buttonSaid.presses.length === 21, 'a press that i2cset makes');
set(0x20, GPIOA, 0xff);

lamp.capabilities.signals.show('new');
await within(
  () => registersOf(0x20)[OLATB] === 0x03 && registersOf(0x20)[GPIOB] === 0xff,
  'a lamp is lit: OLATB 03',
);
relayLine.set(true);
await within(() => registersOf(0x20)[OLATB] === 0x01, 'a relay is on: OLATB 01');
powerOn();
await within(() => settingNow() === wanted, 'a chip that forgot is set up again');
is(get(0x20, OLATB), 0x01, 'with its outputs');

silicon.heldLow = 0x01;
await within(() => lampSaid.faults.has('device.line-unavailable'), 'an output that something holds is told');
console.log(`     ${lampSaid.faults.get('device.line-unavailable')?.reason}`);
is(lines.state, 'open', 'and the other lines work on');
silicon.heldLow = 0;
await within(
  () => lampSaid.faults.size === 0 && registersOf(0x20)[OLATB] === 0x01,
  'it works again by itself',
);

states.length = 0;
simhw('nak', '0x20');
await within(() => lines.state === 'lost', 'a chip that is gone', 5_000);
is(
  lines.lostBecause?.message,
  'no MCP23017 answers at 0x20 of i2c1; something answers at 0x27: compare its address jumpers with the configuration',
  'in words',
);
await sleep(3_000);
is(states.join(), 'expander lost', 'told once, and the wires are well');
is(buttonSaid.readings.active, null, 'nobody knows of the button');
is([...buttonSaid.faults, ...lampSaid.faults].length, 0, 'faults of its devices');
simhw('nak', 'none');
powerOn();
const expanderBack = await within(() => lines.state === 'open', 'it is back', 5_000);
check(expanderBack < 5_000, 'within 5 s');
await within(() => settingNow() === wanted && registersOf(0x20)[OLATB] === 0x01, 'set up, with its outputs');
await press();
is(buttonSaid.presses.length, 22, 'and its button is heard');

// Somebody else's chip at 0x27 is nothing that ours could be.
for (let round = 0; round < 4; round++) {
  await i2c.transfer({ address: 0x27, write: Uint8Array.of(0), readLength: 1 }, 'poll');
}
simhw('nak', '0x20');
await until(() => lines.state === 'lost', 5_000);
is(
  lines.lostBecause?.message,
  'no MCP23017 answers at 0x20 of i2c1; check its power, its two wires and its address jumpers',
  'gone again, with 0x27 in use',
);
simhw('nak', 'none');
await within(() => lines.state === 'open', 'back', 5_000);

states.length = 0;
simhw('errno', 110);
simhw('nak', '0x20,0x27,0x70');
await within(() => lines.state === 'lost', 'wires that are held', 10_000);
is(`${i2c.state} ${i2c.lostBecause?.code}`, 'lost i2c.line-stuck', 'the I2C bus');
is(
  `${lines.lostBecause?.code} ${lines.lostBecause?.evidence.because}`,
  'wire.lost i2c.line-stuck',
  'its child',
);
check(lines.lostBecause?.message.startsWith('i2c1 is lost: '), `in words: ${lines.lostBecause?.message}`);
await sleep(3_000);
is(states.join(), 'i2c1 lost,expander lost', 'told once each');
is([...buttonSaid.faults, ...lampSaid.faults].length, 0, 'faults of its devices');
simhw('nak', 'none');
simhw('errno', 121);
await within(() => i2c.state === 'open' && lines.state === 'open', 'both are back', 5_000);
await press();
is(buttonSaid.presses.length, 23, 'and the button is heard');

console.log('--- digits on an HT16K33');
for (let register = 0; register < 16; register++) set(0x70, register, (37 * register + 11) & 0xff);
const { device: board, said: boardSaid } = make(
  windowBoard,
  'board-5',
  {
    window: '5',
    bus: 'i2c1',
    protocol: 'ht16k33',
    address: 0x70,
    digits: 4,
    layout: 'backpack',
    pollMilliseconds: 1_000,
  },
  { bus: i2c },
);
const show = (number) => board.capabilities.showsTicket.show({ ticket: number, number, state: 'serving' });
/** The RAM; segments as they stand in the maker's drawing: 0 is 3f, 2 is 5b, 3 is 4f, 4 is 66. */
const ram = () => hex(Array.from({ length: 16 }, (_, register) => get(0x70, register)));
const ramNow = () => hex([...registersOf(0x70).subarray(0, 16)]);
const ramOf = (first, second, third, fourth) =>
  `${first} 00 ${second} 00 00 00 ${third} 00 ${fourth} 00 00 00 00 00 00 00`;
const shownAt = now();
is(await show('A023'), 'confirmed', 'a number');
console.log(`     after ${(now() - shownAt).toFixed(0)} ms`);
is(ram(), ramOf('00', '3f', '5b', '4f'), 'its RAM');
is(boardSaid.readings.shown, ' 023', 'read back');
for (const register of [2, 5, 15]) set(0x70, register, 0xff);
check(ramNow().startsWith('00 00 ff 00 00 ff'), `overwritten by somebody: ${ramNow()}`);
await within(() => ramNow() === ramOf('00', '3f', '5b', '4f'), 'painted again', 5_000);
const quick = [];
for (let round = 0; round < 10; round++) {
  const at = now();
  await show(`A0${20 + round}`);
  quick.push(now() - at);
}
console.log(
  `     number to confirmed: median ${median(quick).toFixed(0)} ms, worst ${Math.max(...quick).toFixed(0)} ms`,
);
simhw('nak', '0x70');
const silentAfter = await within(() => boardSaid.silences.length > 0, 'a board that is gone', 10_000);
check(silentAfter < 3_000, `within 3 s: ${boardSaid.silences[0]?.reason}`);
is(await show('A024'), 'failed', 'a number for it');
is(`${i2c.state} ${lines.state}`, 'open open', 'the others on its wires');
simhw('nak', 'none');
await within(() => ramNow() === ramOf('00', '3f', '5b', '66'), 'back, with what is true now', 5_000);
is([...boardSaid.faults.keys(), ...boardSaid.crashes].join(), '', 'faults and failures');

console.log('--- two light barriers');
for (const line of [5, 6]) pull(line, 'down');
const gpio = gpioBus(
  'gpio',
  systemGpioChip({ label: 'pinctrl-bcm2835', access: 'auto' }, clock, silentLog),
  clock,
);
const { device: door, said: doorSaid } = make(
  entrance,
  'doors',
  {
    errorPercent: 3,
    zeroAt: '03:00',
    startsWith: 0,
    quietMinutes: 120,
    parts: {
      passage: {
        bus: 'gpio',
        protocol: 'beam-pair',
        lines: [5, 6],
        activeLow: false,
        minimumMilliseconds: 30,
      },
    },
  },
  { partBuses: new Map([['passage', gpio]]) },
);
const passages = () => {
  const { enteredToday, leftToday, unknownDirectionToday, occupancy } = doorSaid.readings;
  return `${enteredToday} in, ${leftToday} out, ${unknownDirectionToday} unknown, ${occupancy} inside`;
};
await within(() => doorSaid.readings.enteredToday === 0, 'both lines are watched', 60_000);
const [outer, inner] = [5, 6];
/** Breaks and clears barriers as a body does: first break, second break, which clears first, which last. */
const walk = async (...steps) => {
  for (const [line, way] of steps) {
    pull(line, way);
    await sleep(300);
  }
};
const through = (first, second) => walk([first, 'up'], [second, 'up'], [first, 'down'], [second, 'down']);
for (let person = 0; person < 3; person++) await through(outer, inner);
await within(() => passages() === '3 in, 0 out, 0 unknown, 3 inside', 'three come in');
await through(inner, outer);
await within(() => passages() === '3 in, 1 out, 0 unknown, 2 inside', 'one goes out');
await walk([outer, 'up'], [outer, 'down']);
await walk([outer, 'up'], [inner, 'up'], [inner, 'down'], [outer, 'down']);
await walk([inner, 'up'], [outer, 'up'], [outer, 'down'], [inner, 'down']);
await sleep(2_500);
is(passages(), '3 in, 1 out, 0 unknown, 2 inside', 'who looks in or turns back counts nothing');
await walk(
  [outer, 'up'],
  [inner, 'up'],
  [outer, 'down'],
  [outer, 'up'],
  [inner, 'down'],
  [inner, 'up'],
  [outer, 'down'],
  [inner, 'down'],
);
await within(() => passages() === '5 in, 1 out, 0 unknown, 4 inside', "two on each other's heels");
await door.stop();
await gpio.close();

await Promise.all([button.stop(), lamp.stop(), board.stop()]);
relayLine.release();
await lines.close();
is(get(0x20, OLATB), 0x02, 'outputs are left at rest: OLATB');
clearInterval(silicon.timer);
const crashes = [...buttonSaid.crashes, ...lampSaid.crashes, ...doorSaid.crashes];
is(crashes.join(), '', 'drivers that failed');

console.log('--- how busy the wires are');
/** What the kernel itself takes for a transfer: its sleep is longer than asked for, here more than on a board. */
const kernelMicroseconds = (delay) => {
  writeFileSync(`${parameters}/xfer_us`, String(delay));
  const bytes = Buffer.alloc(2);
  const each = Array.from({ length: 200 }, () => {
    const from = now();
    silicon.wires.readI2cBlockSync(0x20, GPIOA, 2, bytes);
    return now() - from;
  });
  return 1_000 * median(each);
};
const delaysTried = [360, 500, 2_000];
const kernels = new Map(delaysTried.map((delay) => [delay, kernelMicroseconds(delay)]));
/** Keeps sixteen transfers waiting; gives microseconds for each, by the median of windows of twenty. */
const flood = async (count) => {
  const ends = [];
  let left = count;
  const ask = async () => {
    while (left-- > 0) {
      await i2c.transfer({ address: 0x20, write: Uint8Array.of(GPIOA), readLength: 2 }, 'poll');
      ends.push(now());
    }
  };
  await Promise.all(Array.from({ length: 16 }, ask));
  const windows = ends.flatMap((end, index) =>
    index % 20 === 0 && index > 20 ? [(end - ends[index - 20]) * 50] : [],
  );
  return { each: median(windows), best: Math.min(...windows) };
};
writeFileSync(`${parameters}/xfer_us`, '0');
const warmUntil = now() + 20_000;
while (now() < warmUntil) await flood(200);
for (const delay of delaysTried) {
  writeFileSync(`${parameters}/xfer_us`, String(delay));
  const { each, best } = await flood(600);
  const kernel = kernels.get(delay);
  const percent = (part, whole) => `${((100 * part) / whole).toFixed(0)} %`;
  console.log(
    `     transfers of ${delay} us (${kernel.toFixed(0)} by this kernel): one every ${each.toFixed(0)} us, at best ${best.toFixed(0)}; ` +
      `busy ${percent(delay, each)}, of what the kernel can do ${percent(kernel, each)}, at best ${percent(kernel, best)}`,
  );
}
writeFileSync(`${parameters}/xfer_us`, '0');
await i2c.close();

console.log('--- the whole program');
const broker = await startBroker(0);
const root = 'hallward/v1/jinshan/row-a';
const topics = new Map();
const heard = [];
const hub = connect(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 4 });
hub.on('message', (topic, payload) => {
  const name = topic.slice(root.length + 1);
  topics.set(name, payload.length === 0 ? undefined : JSON.parse(payload.toString()));
  if (name.startsWith('fault/') && payload.length > 0) heard.push(name);
});
await hub.subscribeAsync(`${root}/#`, { qos: 1 });
const folder = mkdtempSync('/run/hallward-extenders-');
const document = {
  hall: 'jinshan',
  controller: 'row-a',
  language: 'en',
  hub: { url: `mqtt://127.0.0.1:${broker.port}` },
  storage: { path: `${folder}/storage`, maxMegabytes: 16 },
  buses: {
    i2c1: { type: 'i2c', number: 1 },
    'expander-1': { type: 'expander', bus: 'i2c1', chip: 'mcp23017', address: 0x20 },
  },
  devices: {
    help: { kind: 'hall-button', ...buttonConfig, does: 'help' },
    'board-5': { kind: 'window-board', window: '5', bus: 'i2c1', protocol: 'ht16k33', address: 0x70 },
  },
  calling: {
    queues: { general: { prefix: 'A', matter: 'registration', windows: ['5'] } },
    windows: { 5: { unit: 'HR', staff: '0317' } },
  },
};
writeFileSync(`${folder}/hallward.yaml`, JSON.stringify(document));
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
let commands = 0;
const command = (name, args) =>
  hub.publishAsync(`${root}/command/${name}`, JSON.stringify({ id: `try-${++commands}`, ...args }));
const device = (name) => topics.get(`device/${name}`);
/** Resident, shared memory in parts, its own; in MiB. */
const memoryOf = (pid) => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const mebibytes = (name) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1]) / 1024;
  const own = mebibytes('Private_Clean') + mebibytes('Private_Dirty');
  return `RSS ${mebibytes('Rss').toFixed(1)}, PSS ${mebibytes('Pss').toFixed(1)}, its own ${own.toFixed(1)} MiB`;
};
try {
  await within(() => topics.get('status')?.state === 'online', 'it is online', 60_000);
  await within(
    () => device('board-5')?.status === 'good' && device('help')?.status === 'good',
    'its devices are good',
  );
  await command('ticket.issue', { queue: 'general' });
  await command('window.open', { window: '5' });
  await command('window.call', { window: '5' });
  await within(() => ramNow() === ramOf('00', '3f', '3f', '06'), 'A001 stands on the board');

  heard.length = 0;
  simhw('nak', '0x20');
  await within(() => topics.get('fault/expander-1/bus.lost') !== undefined, 'the expander is gone: a fault');
  const gone = topics.get('fault/expander-1/bus.lost');
  console.log(`     ${gone?.text.en}\n     ${gone?.action.en}`);
  await within(() => device('help')?.cause === 'expander-1/bus.lost', 'its button says whose fault it is');
  is(device('help')?.status, 'failure', 'the button');
  is(heard.join(), 'fault/expander-1/bus.lost', 'the only one');
  simhw('nak', 'none');
  await within(
    () => topics.get('fault/expander-1/bus.lost') === undefined && device('help')?.status === 'good',
    'back',
  );

  heard.length = 0;
  simhw('errno', 110);
  simhw('nak', '0x20,0x27,0x70');
  await within(() => topics.get('fault/i2c1/bus.lost') !== undefined, 'the wires are held: a fault');
  await sleep(4_000);
  is([...new Set(heard)].join(), 'fault/i2c1/bus.lost', 'the only one');
  is(
    topics.get('fault/i2c1/bus.lost')?.affected?.toSorted().join(),
    'board-5,help',
    'with all that it brings down',
  );
  simhw('nak', 'none');
  simhw('errno', 121);
  await within(
    () => topics.get('fault/i2c1/bus.lost') === undefined && device('help')?.status === 'good',
    'and back',
  );

  await sleep(10_000);
  console.log(`     the controller: ${memoryOf(program.pid)}`);
  const children = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean);
  for (const pid of children) console.log(`     its helper: ${memoryOf(pid)}`);
  is(children.length, 1, 'processes for one pair of wires');
  program.kill('SIGTERM');
  await within(() => program.exitCode === 0, 'it ends in order');
} finally {
  if (failures > 0) console.log(said);
  program.kill('SIGKILL');
  hub.end(true);
  await broker.close();
}
console.log(`${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
