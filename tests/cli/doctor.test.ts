/** The doctor at a machine: each thing that a new installation gets wrong is named, with what mends it. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkGpio, checkI2c } from '../../src/cli/doctor/check-lines.js';
import { checkPages, checkSnmp, checkTcp } from '../../src/cli/doctor/check-network.js';
import { checkNodeBus } from '../../src/cli/doctor/check-nodes.js';
import { checkSound } from '../../src/cli/doctor/check-sound.js';
import { checkStorage, controllerRuns } from '../../src/cli/doctor/check-storage.js';
import { checkClock, checkNode, checkService } from '../../src/cli/doctor/check-system.js';
import { lookAtMachine, type Machine } from '../../src/cli/doctor/machine.js';
import { jsonOf, linesOf, summaryOf } from '../../src/cli/doctor/report.js';
import { runChecks } from '../../src/cli/doctor/run-checks.js';
import { type Check, type Finding, findingsOf, same } from '../../src/cli/doctor/types.js';
import { systemClock } from '../../src/kernel/clock.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { ptyCable } from '../../src/simulator/index.js';
import { lockStorage } from '../../src/store/lock.js';
import type { Configuration } from '../../src/supervisor/config/schema.js';
import { scenario } from '../scenarios/support/scenario.js';
import { freePort } from '../support/free-port.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A machine of files: what is not named is not there. */
function machine(files: Readonly<Record<string, string>> = {}, tools: Readonly<Record<string, string>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'hallward-machine-'));
  ends.push(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ '/tools/.keep': '', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(root, 'tools', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { root, machine: lookAtMachine(root, join(root, 'tools')) };
}

const stranger = { name: 'hallward', userId: 64_999, groupIds: [64_999] };
const clock = systemClock(() => 'holdover');

async function findings(check: Check): Promise<readonly Finding[]> {
  return runChecks([[check]], { clock, found: () => {}, slow: () => {} });
}

async function only(check: Check): Promise<Finding> {
  const found = await findings(check);
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('the run of the checks', () => {
  const named = (subject: string, run: Check['run']): Check => ({ subject, run });
  const { ok } = findingsOf('good');

  it('goes on where one hangs or fails, each within its time, and says what it waits for', async () => {
    const virtual = new VirtualClock();
    const slow: string[] = [];
    const running = runChecks(
      [
        [
          named('hangs', () => new Promise(() => {})),
          named('beside', async (tell) => tell(ok('a', same('a')))),
        ],
        [named('fails', () => Promise.reject(Object.assign(new Error('broken'), { code: 'EIO' })))],
        [named('good', async (tell) => tell(ok('b', same('b'))))],
      ],
      { clock: virtual, found: () => {}, slow: (subject) => void slow.push(subject) },
    );
    await virtual.advance(2_000);
    expect(slow).toEqual(['hangs']);
    await virtual.advance(3_000);
    const all = await running;
    expect(all.map(({ code }) => code)).toEqual(['a', 'check.hung', 'check.failed', 'b']);
    expect(all[2]?.found.en).toContain('broken (EIO)');
    expect(virtual.pending()).toEqual([]);
  });

  it('is reported in aligned lines and as JSON, without anything that moves a cursor', () => {
    const { problem } = findingsOf('a');
    const finding = problem('x', { 'zh-CN': '坏\u001b[2J', en: 'bad\nline' }, same('one\ntwo'));
    expect(linesOf(finding, 6, 'en', false)).toEqual([
      'problem    a       bad line',
      '                   → one',
      '                   → two',
    ]);
    expect(linesOf(finding, 6, 'zh-CN', false)[0]).toBe('问题       a       坏 [2J');
    const long = problem('x', same('one thing that is wrong with it'), same('sudo install -d -o root'));
    expect(linesOf(long, 6, 'en', false, 40)).toEqual([
      'problem    a       one thing that is',
      '                   wrong with it',
      // A command is copied as it is: it is never broken.
      '           → sudo install -d -o root',
    ]);
    expect(summaryOf([finding], 'en')).toContain('1 problem, 0 warnings');
    expect(JSON.parse(jsonOf([finding]))).toMatchObject({ ok: false, checks: [{ code: 'x', subject: 'a' }] });
  });
});

describe('the system', () => {
  it('is named where Node is too old', async () => {
    expect(await only(checkNode('18.20.1'))).toMatchObject({ code: 'node.version', outcome: 'problem' });
    expect(await only(checkNode('20.18.9'))).toMatchObject({ outcome: 'problem' });
    expect(await only(checkNode('20.19.0'))).toMatchObject({ outcome: 'ok' });
    expect(await only(checkNode('24.1.0'))).toMatchObject({ outcome: 'ok' });
  });

  it('is named where the service is missing, has no watchdog, or does not start by itself', async () => {
    const unit = '[Service]\nUser=hallward\nSupplementaryGroups=dialout\nWatchdogSec=30\n';
    const base = { '/run/systemd/system/x': '' };
    const path = '/etc/systemd/system/hallward.service';
    const wants = '/etc/systemd/system/multi-user.target.wants/hallward.service';
    expect(await only(checkService(machine().machine))).toMatchObject({ outcome: 'not-tried' });
    expect(await only(checkService(machine(base).machine))).toMatchObject({ code: 'service.missing' });
    const silent = machine({ ...base, [path]: '[Service]\n', [wants]: '' });
    expect(await only(checkService(silent.machine))).toMatchObject({ code: 'service.no-watchdog' });
    const alone = machine({ ...base, [path]: unit });
    expect(await only(checkService(alone.machine))).toMatchObject({ code: 'service.not-enabled' });
    const users = {
      '/etc/passwd': 'root:x:0:0::/:/bin/sh\nhallward:x:998:997::/:/bin/false\n',
      '/etc/group': 'dialout:x:20:\ngpio:x:993:hallward\nhallward:x:997:\n',
    };
    const good = machine({ ...base, ...users, [path]: unit, [wants]: '' });
    expect(await only(checkService(good.machine))).toMatchObject({ outcome: 'ok' });
    // Rights are judged for the service's user, whoever asks.
    expect(good.machine.account).toEqual({ name: 'hallward', userId: 998, groupIds: [997, 20, 993] });
  });

  it('is named where the clock cannot be right, and warned of where nothing sets it', async () => {
    const storage = mkdtempSync(join(tmpdir(), 'hallward-storage-'));
    ends.push(() => rmSync(storage, { recursive: true }));
    const past = new VirtualClock('1970-01-01T00:03:00.000Z');
    past.trust = 'untrusted';
    writeFileSync(join(storage, 'log'), '');
    utimesSync(join(storage, 'log'), 1_800_000_000, 1_800_000_000);
    const wrong = await runChecks([[checkClock(machine().machine, past, storage)]], {
      clock,
      found: () => {},
      slow: () => {},
    });
    expect(wrong[0]).toMatchObject({ code: 'clock.wrong', outcome: 'problem' });
    expect(wrong[0]?.found.en).toMatch(/1970-01-01T00:03.* < 2027-01-15.*no RTC/);
    expect(await only(checkClock(machine().machine, clock, undefined))).toMatchObject({
      code: 'clock.alone',
    });
    const byFile = machine({ '/run/systemd/timesync/synchronized': '' });
    expect(await only(checkClock(byFile.machine, clock, undefined))).toMatchObject({ outcome: 'ok' });
    const byChrony = machine({}, { timedatectl: 'echo yes' });
    expect(await only(checkClock(byChrony.machine, clock, undefined))).toMatchObject({ outcome: 'ok' });
  });
});

describe('the storage', () => {
  const config = (path: string, maxMegabytes = 16) =>
    ({ storage: { path, maxMegabytes } }) as unknown as Configuration;
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'hallward-storage-'));
    ends.push(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  const mounted = (path: string, type: string) =>
    machine({
      '/proc/self/mountinfo': `1 2 8:1 / / rw - ext4 /dev/mmcblk0p2 rw\n3 4 0:1 / ${path} rw - ${type} x rw\n`,
    }).machine;

  it('is named where it is missing, no folder, not ours to write, full, or in memory', async () => {
    const path = folder();
    const file = join(path, 'file');
    writeFileSync(file, '');
    const plain = mounted('/elsewhere', 'ext4');
    expect(await only(checkStorage(plain, config(join(path, 'none'))))).toMatchObject({
      code: 'storage.missing',
    });
    expect(await only(checkStorage(plain, config(file)))).toMatchObject({ code: 'storage.no-folder' });
    chmodSync(path, 0o755);
    const denied = await only(checkStorage({ ...plain, account: stranger }, config(path)));
    expect(denied).toMatchObject({ code: 'storage.denied', outcome: 'problem' });
    expect(denied.fix?.en).toBe(`sudo chown -R hallward ${path} && sudo chmod 750 ${path}`);
    expect(await only(checkStorage(plain, config(path, 2 ** 40)))).toMatchObject({
      code: 'storage.little-room',
    });
    expect(await only(checkStorage(mounted(path, 'tmpfs'), config(path)))).toMatchObject({
      code: 'storage.volatile',
    });
    expect(await only(checkStorage(mounted(path, 'vfat'), config(path)))).toMatchObject({
      code: 'storage.weak',
    });
    const good = await only(checkStorage(plain, config(path)));
    expect(good).toMatchObject({ outcome: 'ok' });
    expect(good.found.en).toMatch(/ext4, an SD card, \d+ MB free/);
  });

  it('shows whether a controller has it, without touching it', async () => {
    const path = folder();
    const real = lookAtMachine();
    expect(await controllerRuns(real, path)).toBe(false);
    const unlock = await lockStorage(path);
    expect(await controllerRuns(real, path)).toBe(true);
    await unlock();
    expect(await controllerRuns(real, path)).toBe(false);
    expect(await controllerRuns(machine().machine, path)).toBe(null);
  });
});

describe('a serial port', () => {
  const bus = (path: string) => ({ type: 'serial', path }) as never;
  const cable = () => {
    const made = ptyCable();
    ends.push(() => made.close());
    return made;
  };
  const look = (where: Machine, path: string, running = false) =>
    findings(checkNodeBus(where, 'keys-5', bus(path), running));
  const quiet = (files: Readonly<Record<string, string>> = {}) =>
    machine({ '/proc/x': '', ...files }).machine;

  it('is named where it is not there, with the names that are', async () => {
    const there = quiet({ '/dev/serial/by-id/usb-FTDI-if00': '' });
    const [found] = await look(there, '/dev/serial/by-id/usb-gone-if00');
    expect(found).toMatchObject({ code: 'node.absent', subject: 'buses.keys-5' });
    expect(found?.found.en).toContain('there are /dev/serial/by-id/usb-FTDI-if00');
    expect((await look(quiet(), '/dev/serial/by-id/x'))[0]?.found.en).toContain('nothing is plugged in');
  });

  it('is named where it is a file, not ours, or held by another program', async () => {
    const { port } = cable();
    expect((await look(quiet(), '/etc/passwd'))[0]).toMatchObject({ code: 'node.no-device' });
    const [denied] = await look({ ...quiet({ '/etc/group': 'dialout:x:0:\n' }), account: stranger }, port);
    expect(denied).toMatchObject({ code: 'node.denied' });
    expect(denied?.fix?.en).toContain('usermod -aG dialout hallward');
    const holder = spawn('sleep', ['60'], { stdio: [openSync(port, 'r+'), 'ignore', 'ignore'] });
    ends.push(() => holder.kill('SIGKILL'));
    const held = await look({ ...lookAtMachine(), account: { ...stranger, userId: 0 } }, port);
    expect(held[0]).toMatchObject({ code: 'node.in-use' });
    expect(held[0]?.found.en).toContain(`sleep 60 (process ${holder.pid})`);
  });

  it('is warned of where its name changes, or an FTDI chip keeps bytes back', async () => {
    const { port } = cable();
    const timer = `/sys/bus/usb-serial/devices/${basename(port)}/latency_timer`;
    const [late] = await look(quiet({ [timer]: '16\n' }), port);
    expect(late).toMatchObject({ code: 'serial.latency', outcome: 'warning' });
    expect(late?.fix?.en).toContain(`echo 1 | sudo tee ${timer}`);
    expect(await look(quiet({ [timer]: '1\n' }), port)).toMatchObject([{ code: 'node.good' }]);
    const root = mkdtempSync(join(tmpdir(), 'hallward-by-id-'));
    ends.push(() => rmSync(root, { recursive: true }));
    symlinkSync(port, join(root, 'usb-keys'));
    expect(await look(quiet(), join(root, 'usb-keys'))).toMatchObject([{ code: 'node.good' }]);
  });
});

describe('GPIO', () => {
  const bus = { type: 'gpio', chip: 'pinctrl-rp1', access: 'auto' } as const;
  const devices = { lamp: { kind: 'signal', bus: 'gpio', protocol: 'gpio', line: 17 } };
  const look = (where: Machine, running = false) =>
    findings(checkGpio(where, 'gpio', bus, { devices } as unknown as Configuration, { running, clock }));
  const detect = (label: string) =>
    `if [ "$1" = --version ]; then echo "gpiodetect (libgpiod) v1.6.3"; else echo "gpiochip0 [${label}] (54 lines)"; fi`;
  const info = (holder: string) =>
    `echo 'gpiochip0 - 54 lines:'\necho '\tline  17:      unnamed       ${holder}'`;

  it('is named where tools or the label are missing, the chip is not ours, or a line is held', async () => {
    expect((await look(machine().machine))[0]).toMatchObject({ code: 'gpio.no-tools' });
    const other = machine({}, { gpiodetect: detect('pinctrl-bcm2711') });
    const [absent] = await look(other.machine);
    expect(absent).toMatchObject({ code: 'gpio.absent' });
    expect(absent?.fix?.en).toBe('buses.gpio.chip: pinctrl-bcm2711');
    const node = machine(
      { '/dev/gpiochip0': '', '/etc/group': 'gpio:x:0:\n' },
      { gpiodetect: detect('pinctrl-rp1') },
    );
    chmodSync(join(node.root, '/dev/gpiochip0'), 0o660);
    const [denied] = await look({ ...node.machine, account: stranger });
    expect(denied).toMatchObject({ code: 'gpio.denied' });
    expect(denied?.fix?.en).toContain('usermod -aG gpio hallward');
    const held = machine(
      {},
      { gpiodetect: detect('pinctrl-rp1'), gpioinfo: info('"spi0 CS1"  output  active-low [used]') },
    );
    const [line] = await look(held.machine);
    expect(line).toMatchObject({ code: 'gpio.line-held' });
    expect(line?.found.en).toContain('line 17 is held by spi0 CS1');
    const free = machine(
      {},
      { gpiodetect: detect('pinctrl-rp1'), gpioinfo: info('unused   input  active-high') },
    );
    expect(await look(free.machine)).toMatchObject([{ code: 'gpio.good' }]);
  });

  it('is not opened while a controller runs', async () => {
    const loud = machine({}, { gpiodetect: `echo opened > "$(dirname "$0")/opened"` });
    expect(await look(loud.machine, true)).toMatchObject([{ code: 'gpio.running', outcome: 'not-tried' }]);
    expect(() => openSync(join(loud.root, 'tools/opened'), 'r')).toThrow();
    const seen = machine({ '/sys/class/gpio/gpiochip512/label': 'pinctrl-rp1\n' });
    expect(await look(seen.machine, true)).toMatchObject([{ code: 'gpio.label', outcome: 'ok' }]);
  });
});

describe('I2C', () => {
  const configuration = {
    buses: { more: { type: 'expander', bus: 'i2c1', chip: 'pcf8574', address: 0x21 } },
    devices: { seats: { kind: 'seating', bus: 'i2c1', protocol: 'mcp23017', address: 0x20 } },
  } as unknown as Configuration;
  const look = (where: Machine, running = false, touch = false) =>
    findings(checkI2c(where, 'i2c1', { type: 'i2c', number: 1 }, configuration, { running, touch, clock }));

  it('is named where the bus is not there or not ours; chips are asked only where that is wanted', async () => {
    const other = await look(machine({ '/dev/i2c-20': '' }).machine);
    expect(other).toMatchObject([{ code: 'i2c.absent' }]);
    expect(other[0]?.found.en).toContain('there are i2c-20');
    const there = machine({ '/dev/i2c-1': '', '/etc/group': 'i2c:x:0:\n' });
    chmodSync(join(there.root, '/dev/i2c-1'), 0o660);
    const denied = await look({ ...there.machine, account: stranger });
    expect(denied).toMatchObject([{ code: 'i2c.denied' }]);
    expect(denied[0]?.fix?.en).toContain('usermod -aG i2c hallward');
    const untouched = await look(there.machine);
    expect(untouched.map(({ code }) => code)).toEqual(['i2c.there', 'i2c.not-touched']);
    expect(untouched[1]?.found.en).toContain('0x20, 0x21');
    expect((await look(there.machine, true, true)).map(({ code }) => code)).toEqual([
      'i2c.there',
      'i2c.running',
    ]);
  });
});

describe('sound', () => {
  const tools = { 'espeak-ng': 'true', aplay: 'true' };
  const look = (where: Machine, card = 'default') =>
    only(checkSound(where, 'voice', { type: 'audio', card, program: 'espeak-ng' }));
  const cards = { '/proc/asound/cards': ' 0 [Headphones     ]: bcm2835\n                      x\n' };

  it('is named where the programs, a card, that card or the right are missing', async () => {
    expect(await look(machine().machine)).toMatchObject({ code: 'audio.no-program' });
    expect(await look(machine({}, tools).machine)).toMatchObject({ code: 'audio.no-card' });
    const other = await look(machine(cards, tools).machine, 'plughw:CARD=Device,DEV=0');
    expect(other).toMatchObject({ code: 'audio.other-card' });
    expect(other.fix?.en).toBe('buses.voice.card: plughw:CARD=Headphones,DEV=0');
    const node = machine({ ...cards, '/dev/snd/pcmC0D0p': '', '/etc/group': 'audio:x:0:\n' }, tools);
    chmodSync(join(node.root, '/dev/snd/pcmC0D0p'), 0o660);
    expect(await look({ ...node.machine, account: stranger })).toMatchObject({ code: 'audio.denied' });
    expect(await look(node.machine)).toMatchObject({ code: 'audio.good' });
  });
});

describe('the network', () => {
  const listening = async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    ends.push(() => server.close());
    return (server.address() as { port: number }).port;
  };

  it('is named where nothing answers, and left alone while a controller uses it', async () => {
    const tcp = (port: number, running = false, host = '127.0.0.1') =>
      only(checkTcp('printer', { type: 'tcp', host, port }, { running, clock }));
    expect(await tcp(await listening())).toMatchObject({ code: 'network.reached' });
    const dead = await tcp(await freePort());
    expect(dead).toMatchObject({ code: 'network.unreached' });
    expect(dead.found['zh-CN']).toContain('没有程序监听');
    expect((await tcp(9100, false, 'printer.invalid')).found.en).toContain('host name');
    expect(await tcp(await freePort(), true)).toMatchObject({ code: 'network.running' });
    const url = `ipp://127.0.0.1:${await freePort()}/ipp/print`;
    const ipp = checkTcp(
      'paper',
      { type: 'ipp', url, timeoutMilliseconds: 5_000 },
      { running: false, clock },
    );
    expect(await only(ipp)).toMatchObject({ code: 'network.unreached' });
  });

  it('names a printer that is silent by SNMP', async () => {
    const bus = {
      type: 'snmp',
      host: '127.0.0.1',
      port: await freePort('udp'),
      version: '2c',
      timeoutMilliseconds: 200,
    };
    expect(await only(checkSnmp('office', bus as never, clock))).toMatchObject({ code: 'snmp.silent' });
  });

  it('names a port for pages that another program has', async () => {
    const port = await listening();
    const taken = await only(checkPages('http', { port, address: '127.0.0.1' }, false));
    expect(taken).toMatchObject({ code: 'pages.taken' });
    expect(taken.fix?.en).toContain(String(port));
    expect(await only(checkPages('http', { port, address: '127.0.0.1' }, true))).toMatchObject({
      outcome: 'not-tried',
    });
    expect(
      await only(checkPages('http', { port: await freePort(), address: '127.0.0.1' }, false)),
    ).toMatchObject({
      code: 'pages.free',
    });
  });
});

describe('hallward doctor', () => {
  const test = scenario();

  it('exits 0, 1 or 78, in lines and as JSON, and tries what it can of an invalid document', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hallward-doctor-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'hallward.yaml');
    const write = (text: string) => writeFileSync(file, text);
    const doctor = async (...more: string[]) => {
      const program = test.program(['doctor', '--config', file, '--language', 'en', ...more]);
      const { code } = await program.ended;
      return { code, ...program };
    };
    write(`hall: jinshan\ncontroller: row-a\nstorage: { path: ${folder} }\n`);
    const good = await doctor();
    expect(good.stdout).toMatch(/^ok +configuration +.* is valid$/m);
    expect(good.stdout).toMatch(/^0 problems, /m);
    expect(good.code).toBe(0);
    write(
      `hall: jinshan\ncontroller: row-a\nstorage: { path: ${folder} }\nbuses:\n  keys: { type: serial, path: /dev/none }\n`,
    );
    const bad = await doctor('--json');
    expect(bad.code).toBe(1);
    const report = JSON.parse(bad.stdout) as { ok: boolean; checks: Finding[] };
    expect(report.ok).toBe(false);
    expect(report.checks.find(({ code }) => code === 'node.absent')?.subject).toBe('buses.keys');
    write('hall: Jin Shan\n');
    const invalid = await doctor();
    expect(invalid.code).toBe(78);
    expect(invalid.stdout).toMatch(/problem +configuration +hall/);
    expect(invalid.stdout).toMatch(/^ok +node /m);
    expect((await doctor('--as', 'admin')).code).toBe(64);
    rmSync(file);
    const absent = await doctor();
    expect(absent).toMatchObject({
      code: 78,
      stdout: expect.stringContaining('→ hallward doctor --config FILE'),
    });
  }, 40_000);
});
