/**
 * The gpiod tools: what they print, recorded from libgpiod 1.6.3 (Debian 12) and 2.2.1 (Debian 13) on one kernel, and
 * their processes, played by small programs of our own in a folder that stands first in the path.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { type Log, silentLog } from '../../src/kernel/log.js';
import { systemGpioChip } from '../../src/transports/gpio-chip.js';
import { gpioTools } from '../../src/transports/gpio-tools.js';
import {
  getCommand,
  holdCommand,
  infoCommand,
  monitorCommand,
  setOnceCommand,
} from '../../src/transports/gpio-tools-arguments.js';
import {
  isBanner,
  readChips,
  readComplaint,
  readEdge,
  readLevels,
  readLines,
  readToolsVersion,
} from '../../src/transports/gpio-tools-text.js';
import type { GpioInputs } from '../../src/transports/ports-gpio.js';

const detected = `gpiochip0 [pinctrl-bcm2835] (54 lines)
gpiochip1 [raspberrypi-exp-gpio] (8 lines)
`;
const info1 = `gpiochip0 - 54 lines:
	line   0:     "ID_SDA"       unused   input  active-high 
	line   1:      unnamed       unused   input  active-high 
	line  17:     "GPIO17"    "gpiomon"   input  active-high [used pull-up]
	line  19:     "GPIO19"      "sysfs"   input  active-high [used]
	line  24:     "GPIO24"       kernel   input  active-high [used]
	line  25:     "GPIO25"    "gpioset"  output  active-high [used]
	line  26:     "GPIO26"   "spi0 CS0"  output   active-low [used]
	line  27:     "a line"       unused  output  active-high 
`;
const info2 = `gpiochip0 - 54 lines:
	line   0:	"ID_SDA"        	input
	line   1:	unnamed         	input
	line  17:	"GPIO17"        	input bias=pull-up edges=both consumer="gpiomon"
	line  19:	"GPIO19"        	input consumer="sysfs"
	line  24:	"GPIO24"        	input used
	line  25:	"GPIO25"        	output consumer="a b"c"
	line  26:	"GPIO26"        	output active-low consumer="spi0 CS0"
	line  27:	"a line"        	output
`;

describe('the text of the gpiod tools', () => {
  it('says its version', () => {
    expect(readToolsVersion('gpiodetect (libgpiod) v1.6.3\nCopyright (C) 2017-2018\n')).toBe(1);
    expect(readToolsVersion('gpiodetect (libgpiod) v2.2.1\nCopyright (C) 2017-2023\n')).toBe(2);
    expect(readToolsVersion('/usr/bin/gpiodetect (libgpiod) v2.1\n')).toBe(2);
    for (const other of ['gpiodetect (libgpiod) v3.0\n', '', 'BusyBox v1.36', 'v2.2.1']) {
      expect(readToolsVersion(other)).toBeUndefined();
    }
  });

  it('lists chips by label, one that has two names once', () => {
    expect(readChips(detected)).toEqual([
      { name: 'gpiochip0', label: 'pinctrl-bcm2835' },
      { name: 'gpiochip1', label: 'raspberrypi-exp-gpio' },
    ]);
    expect(
      readChips('gpiochip0 [pinctrl-rp1] (54 lines)\ngpiochip0 [pinctrl-rp1] (54 lines)\n'),
    ).toHaveLength(1);
    expect(readChips('gpiochip9 [a [b] c] (1 line)\nnonsense\n')).toEqual([
      { name: 'gpiochip9', label: 'a [b] c' },
    ]);
  });

  it.each([
    [1, info1, 'gpioset', 'kernel'],
    [2, info2, 'a b"c', 'unknown'],
  ] as const)('lists lines with who has them, version %i', (version, text, holder, kernel) => {
    expect(readLines(text, version)).toEqual([
      { offset: 0, name: 'ID_SDA', consumer: null },
      { offset: 1, name: null, consumer: null },
      { offset: 17, name: 'GPIO17', consumer: 'gpiomon' },
      { offset: 19, name: 'GPIO19', consumer: 'sysfs' },
      { offset: 24, name: 'GPIO24', consumer: kernel },
      { offset: 25, name: 'GPIO25', consumer: holder },
      { offset: 26, name: 'GPIO26', consumer: 'spi0 CS0' },
      { offset: 27, name: 'a line', consumer: null },
    ]);
  });

  it('gives levels, as many as were asked for, or none', () => {
    expect(readLevels('1 0\n', 2)).toEqual([true, false]);
    for (const [text, count] of [
      ['1', 2],
      ['1 0 1', 2],
      ['', 1],
      ['"17"=active', 1],
      ['1 2', 2],
    ] as const) {
      expect(readLevels(text, count)).toBeUndefined();
    }
  });

  it('gives edges, whose kinds have other numbers in each version', () => {
    expect(readEdge('17 0', 1)).toEqual({ offset: 17, high: false });
    expect(readEdge('17 1', 1)).toEqual({ offset: 17, high: true });
    expect(readEdge('17 2', 2)).toEqual({ offset: 17, high: false });
    expect(readEdge('17 1', 2)).toEqual({ offset: 17, high: true });
    for (const text of ['17 2', '17', '', '17 1 7.325871184', '-1 1', 'event: RISING EDGE']) {
      expect(readEdge(text, 1)).toBeUndefined();
    }
    expect(readEdge('17 0', 2)).toBeUndefined();
  });

  it('says when version 2 has its lines, and what went wrong', () => {
    expect(isBanner("Monitoring lines '17', '18', and '22'...")).toBe(true);
    expect(isBanner("Monitoring line '17'...")).toBe(true);
    expect(isBanner("Setting line '25'...")).toBe(true);
    expect(isBanner('17 1')).toBe(false);
    const busy = 'error waiting for events: Device or resource busy';
    expect(readComplaint(`/usr/bin/gpiomon: ${busy}\n`)).toBe(busy);
    expect(readComplaint('')).toBe('');
    expect(readComplaint('x'.repeat(10_000))).toHaveLength(200);
  });

  it('never breaks a reader, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        readToolsVersion(text);
        readChips(text);
        readComplaint(text);
        isBanner(text);
        for (const version of [1, 2] as const) {
          readEdge(text, version);
          for (const { offset } of readLines(text, version)) expect(offset).toBeGreaterThanOrEqual(0);
        }
        expect(readLevels(text, 0)?.length ?? 0).toBe(0);
      }),
    );
  });
});

describe('the command lines', () => {
  const words = ({ tool, arguments: args }: { tool: string; arguments: readonly string[] }) =>
    [tool, ...args].join(' ');

  it('are those of version 1', () => {
    expect(words(infoCommand(1, 'gpiochip0'))).toBe('gpioinfo gpiochip0');
    expect(words(getCommand(1, 'gpiochip0', 'pull-up', [17, 18]))).toBe(
      'gpioget --bias=pull-up gpiochip0 17 18',
    );
    expect(words(getCommand(1, 'gpiochip0', 'disabled', [17]))).toBe('gpioget --bias=disable gpiochip0 17');
    expect(words(monitorCommand(1, 'gpiochip0', 'as-is', [17]))).toBe(
      'gpiomon --line-buffered --format=%o %e gpiochip0 17',
    );
    expect(words(holdCommand(1, 'gpiochip0', 25, true))).toBe('gpioset --mode=wait gpiochip0 25=1');
    expect(words(setOnceCommand(1, 'gpiochip0', 25, false))).toBe('gpioset --mode=exit gpiochip0 25=0');
  });

  it('are those of version 2', () => {
    expect(words(infoCommand(2, 'gpiochip0'))).toBe('gpioinfo --chip gpiochip0');
    expect(words(getCommand(2, 'gpiochip0', 'disabled', [17, 18]))).toBe(
      'gpioget --numeric --hold-period=10ms --bias=disabled --chip gpiochip0 17 18',
    );
    expect(words(monitorCommand(2, 'gpiochip0', 'pull-up', [17]))).toBe(
      'gpiomon --banner --consumer=hallward --format=%o %e --bias=pull-up --chip gpiochip0 17',
    );
    expect(words(holdCommand(2, 'gpiochip0', 25, true))).toBe(
      'gpioset --banner --consumer=hallward --chip gpiochip0 25=1',
    );
    expect(words(setOnceCommand(2, 'gpiochip0', 25, false))).toBe('gpioset --toggle=0 --chip gpiochip0 25=0');
  });
});

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

/**
 * A folder of programs that play the tools: shell scripts, in a folder that stands first in the path. `$D` is the
 * folder; what a script writes to `$D/log` says what it was asked.
 */
function tools(version: 1 | 2, scripts: Readonly<Record<string, string>> = {}, log: Log = silentLog) {
  const folder = mkdtempSync(join(tmpdir(), 'hallward-gpio-'));
  const all: Record<string, string> = {
    gpiodetect: `case "$1" in --version) echo "gpiodetect (libgpiod) v${version}.2";; *) cat $D/detected;; esac`,
    gpioinfo: 'if [ -e $D/pid ] && kill -0 $(cat $D/pid); then cat $D/taken; else cat $D/info; fi',
    gpioget: 'echo "1 0"',
    gpiomon: `echo $$ >$D/pid; echo "gpiomon $*" >>$D/log; [ ${version} = 2 ] && echo "Monitoring lines '17' and '27'..."
      while read -r line; do echo "$line"; done <$D/edges; exec sleep 600`,
    gpioset: `echo $$ >$D/pid; echo "gpioset $*" >>$D/log; case "$*" in *--mode=exit*|*--toggle=0*) exit 0;; esac
      [ ${version} = 2 ] && echo "Setting line '25'..."; exec sleep 600`,
    ...scripts,
  };
  const line = (offset: number) =>
    version === 1
      ? `	line  ${offset}:     "GPIO${offset}"       unused   input  active-high \n`
      : `	line  ${offset}:	"GPIO${offset}"        	input\n`;
  writeFileSync(join(folder, 'detected'), detected);
  writeFileSync(join(folder, 'info'), [17, 25, 27].map(line).join(''));
  writeFileSync(join(folder, 'edges'), '');
  for (const [name, text] of Object.entries(all)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nD=${folder}\n${text}\n`, { mode: 0o755 });
  }
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  const clock = systemClock();
  const path = `${folder}:/usr/bin:/bin`;
  const chip = gpioTools({ label: 'pinctrl-bcm2835', path }, clock, log);
  const file = (name: string) => join(folder, name);
  const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
  return {
    chip,
    clock,
    folder,
    path,
    file,
    read,
    write: (name: string, text: string) => writeFileSync(file(name), text),
  };
}

async function until(check: () => boolean): Promise<void> {
  await expect.poll(check, { interval: 5 }).toBe(true);
}
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const inputs: GpioInputs = { lines: [17, 'GPIO27'], activeLow: true, bias: 'pull-up' };

/** Begins a watch and keeps what it tells. */
async function watch(chip: ReturnType<typeof tools>['chip'], asked: GpioInputs = inputs) {
  const heard: string[] = [];
  const closed: HallwardError[] = [];
  const held = await chip.watch(asked, {
    level: (line, active) => heard.push(`${line} ${active ? 'on' : 'off'}`),
    closed: (error) => closed.push(error),
  });
  cleanUp.push(() => held.close());
  return { held, heard, closed };
}

describe('a chip by the gpiod tools', () => {
  it('is found by its label', async () => {
    await expect(tools(1).chip.probe()).resolves.toBeUndefined();
    await expect(tools(2).chip.probe()).resolves.toBeUndefined();
  });

  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    [
      'no chip has the label',
      'wire.absent',
      { gpiodetect: '[ "$1" = --version ] && echo "gpiodetect (libgpiod) v2.2"' },
      'there is none',
    ],
    [
      'another chip is there',
      'wire.absent',
      {
        gpiodetect:
          '[ "$1" ] && echo "gpiodetect (libgpiod) v2.2" || echo "gpiochip3 [pinctrl-rp1] (54 lines)"',
      },
      'there are pinctrl-rp1',
    ],
    [
      'two chips have it',
      'wire.unusable',
      {
        gpiodetect:
          '[ "$1" ] && echo "gpiodetect (libgpiod) v2.2" || for n in 1 2; do echo "gpiochip$n [pinctrl-bcm2835] (54 lines)"; done',
      },
      '2 GPIO chips',
    ],
    [
      'we have no right to it',
      'wire.denied',
      {
        gpiodetect:
          '[ "$1" ] && echo "gpiodetect (libgpiod) v1.6.3" || { echo "gpiodetect: unable to access GPIO chips: Permission denied" >&2; exit 1; }',
      },
      'group gpio',
    ],
    [
      'the tools are of the future',
      'wire.unusable',
      { gpiodetect: 'echo "gpiodetect (libgpiod) v3.0"' },
      'no version that is known',
    ],
    ['gpiodetect says a book', 'wire.unusable', { gpiodetect: 'yes' }, 'says more'],
    ['gpiodetect hangs', 'wire.unusable', { gpiodetect: 'exec sleep 600' }, 'hangs'],
  ])('says what is wrong where %s', async (_, code, scripts, text) => {
    await expect(tools(2, scripts).chip.probe()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    });
  });

  it('says what to install where there are no tools', async () => {
    const { clock } = tools(1);
    const none = gpioTools({ label: 'x', path: '/nowhere' }, clock, silentLog);
    await expect(none.probe()).rejects.toMatchObject({
      code: 'wire.unusable',
      message: expect.stringContaining('apt install gpiod'),
    });
  });

  it('is taken by the tools where they are, as soon as they are', async () => {
    const { clock, path, folder } = tools(2);
    const label = 'pinctrl-bcm2835';
    await expect(
      systemGpioChip({ label, access: 'auto', path }, clock, silentLog).probe(),
    ).resolves.toBeUndefined();
    const chip = systemGpioChip({ label, access: 'character-device', path: `${folder}/x` }, clock, silentLog);
    await expect(chip.probe()).rejects.toMatchObject({ code: 'wire.unusable' });
  });
});

describe.each([1, 2] as const)('watched lines by the gpiod tools, version %i', (version) => {
  const edge = (line: number, high: boolean) => `${line} ${high ? 1 : version === 1 ? 0 : 2}\n`;
  const busyInfo =
    version === 1
      ? '	line  17:     "GPIO17"   "other one"   input  active-high [used]\n	line  27:     "GPIO27"       unused   input  active-high \n'
      : '	line  17:	"GPIO17"        	input consumer="other one"\n	line  27:	"GPIO27"        	input\n';
  /** Version 1 is known to have its lines by what gpioinfo says. */
  const ours = (offset: number) =>
    version === 1
      ? `	line  ${offset}:     "GPIO${offset}"    "gpiomon"   input  active-high [used]\n`
      : `	line  ${offset}:	"GPIO${offset}"        	input consumer="hallward"\n`;
  const make = (scripts: Readonly<Record<string, string>> = {}, log?: Log) => {
    const made = tools(version, scripts, log);
    const listed = Array.from({ length: 28 }, (_, offset) => ours(offset)).join('');
    made.write('taken', listed);
    return made;
  };

  it('tell their levels, then their edges, as they were asked for', async () => {
    const { chip, write, read } = make();
    write('edges', edge(17, false) + edge(17, true) + edge(27, true));
    const { heard, closed } = await watch(chip);
    await until(() => heard.length >= 5);
    expect(heard).toEqual(expect.arrayContaining(['17 off', 'GPIO27 on']));
    expect(heard.filter((text) => text.startsWith('17'))).toEqual(['17 off', '17 on', '17 off']);
    expect(heard.filter((text) => text.startsWith('GPIO27'))).toEqual(['GPIO27 on', 'GPIO27 off']);
    expect(closed).toEqual([]);
    expect(read('log')).toContain(' 17 27');
  });

  it('tell an active edge that was hidden by a missed one, and no inactive one', async () => {
    const { chip, write } = make();
    // gpioget says 17 is high (inactive) and 27 low (active): each edge goes where its line seems to be already.
    write('edges', edge(17, true) + edge(27, false));
    const { heard } = await watch(chip);
    await until(() => heard.length >= 4);
    expect(heard.filter((text) => text.startsWith('17'))).toEqual(['17 off']);
    expect(heard.filter((text) => text.startsWith('GPIO27'))).toEqual([
      'GPIO27 on',
      'GPIO27 off',
      'GPIO27 on',
    ]);
  });

  it('lose nothing that matters in a storm of 200000 edges', async () => {
    const storm = (edge(17, false) + edge(17, true)).repeat(100_000) + edge(27, true);
    const { chip, write } = make({
      gpiomon: `echo $$ >$D/pid; ${version === 1 ? '' : 'echo "Monitoring line \'17\'...";'} cat $D/storm; exec sleep 600`,
    });
    write('storm', storm);
    const { heard, closed } = await watch(chip);
    await until(() => heard.includes('GPIO27 off'));
    expect(closed).toEqual([]);
    const told = heard.filter((text) => text.startsWith('17'));
    expect(told.at(-1)).toBe('17 off');
    expect(told).toContain('17 on');
    expect(told.length).toBeLessThan(20_000);
    for (const [index, text] of told.slice(1).entries()) expect(text).not.toBe(told[index]);
  });

  it('that another has are told with his name', async () => {
    const { chip, write } = make();
    write('info', busyInfo);
    await expect(watch(chip)).rejects.toMatchObject({
      code: 'gpio.line-busy',
      kind: 'busy',
      evidence: { line: 17, consumer: 'other one' },
    });
  });

  it('that another takes in the last moment are told with his name', async () => {
    const { chip, write } = make({
      gpioget: 'cp $D/busy $D/info; echo "gpioget: error: Device or resource busy" >&2; exit 1',
    });
    write('busy', busyInfo);
    await expect(watch(chip)).rejects.toMatchObject({
      code: 'gpio.line-busy',
      evidence: { consumer: 'other one' },
    });
  });

  it('that are not there are told as such', async () => {
    const { chip } = make();
    for (const lines of [[54], ['GPIO54'], ['$(reboot)']]) {
      await expect(watch(chip, { ...inputs, lines })).rejects.toMatchObject({ code: 'gpio.line-unknown' });
    }
  });

  it('whose name two lines have are not guessed', async () => {
    const { chip, write, read } = make();
    write('info', read('info').replace('GPIO17', 'GPIO27'));
    await expect(watch(chip)).rejects.toMatchObject({
      code: 'gpio.line-unknown',
      message: expect.stringContaining('2 lines'),
    });
  });

  it.each([
    ['says nonsense', 'echo $$ >$D/pid; echo hello; exec sleep 600', 'hello'],
    ['dies at once', 'echo "gpiomon: out of luck" >&2; exit 3', 'out of luck'],
    ['has a line without end', 'echo $$ >$D/pid; tr "\\\\0" x </dev/zero', 'line without end'],
  ])('fail where gpiomon %s', async (_, gpiomon, said) => {
    const { chip } = make({ gpiomon });
    const failure = await watch(chip).then(
      async ({ closed }) => {
        await until(() => closed.length > 0);
        return closed[0];
      },
      (error: HallwardError) => error,
    );
    expect(failure).toMatchObject({ code: 'gpio.failed', message: expect.stringContaining(said) });
  });

  it('fail where gpioget gives another number of levels', async () => {
    const { chip } = make({ gpioget: 'echo 1' });
    await expect(watch(chip)).rejects.toMatchObject({ code: 'gpio.failed' });
  });

  it('fail in time where gpiomon never begins', async () => {
    const { chip } = make({ gpiomon: 'exec sleep 600', gpioinfo: 'cat $D/info' });
    await expect(watch(chip)).rejects.toMatchObject({
      code: 'gpio.failed',
      message: expect.stringContaining('begin'),
    });
  });

  it('are closed where gpiomon dies later, once', async () => {
    const { chip, read } = make();
    const { closed } = await watch(chip);
    await until(() => read('pid') !== '');
    process.kill(Number(read('pid')), 'SIGKILL');
    await until(() => closed.length > 0);
    expect(closed).toMatchObject([{ code: 'gpio.failed', evidence: { status: 'SIGKILL' } }]);
  });

  it('leave no process when they are given back', async () => {
    const { chip, read } = make();
    const { held, closed } = await watch(chip);
    await until(() => read('pid') !== '');
    const pid = Number(read('pid'));
    expect(isAlive(pid)).toBe(true);
    await held.close();
    await until(() => !isAlive(pid));
    expect(closed).toEqual([]);
  });
});

describe.each([1, 2] as const)('a driven line by the gpiod tools, version %i', (version) => {
  const held =
    version === 1
      ? '	line  25:     "GPIO25"    "gpioset"  output  active-high [used]\n'
      : '	line  25:	"GPIO25"        	output consumer="hallward"\n';
  const make = (scripts: Readonly<Record<string, string>> = {}, log?: Log) => {
    const made = tools(version, scripts, log);
    made.write(
      'taken',
      Array.from({ length: 26 }, (_, offset) => held.replaceAll('25', String(offset))).join(''),
    );
    return made;
  };
  const drive = async (chip: ReturnType<typeof tools>['chip'], activeLow = false) => {
    const closed: HallwardError[] = [];
    const output = await chip.drive({ line: 25, activeLow, active: true }, (error) => closed.push(error));
    cleanUp.push(() => output.close());
    return { output, closed };
  };
  const levels = (log: string) => [...log.matchAll(/25=(\d)/g)].map((match) => match[1]).join('');

  it('has one process for each level, and goes inactive when it is given back', async () => {
    const { chip, read } = make();
    const { output, closed } = await drive(chip);
    const first = Number(read('pid'));
    await output.set(true);
    expect(levels(read('log'))).toBe('1');
    await output.set(false);
    expect(isAlive(first)).toBe(false);
    await output.set(true);
    const last = Number(read('pid'));
    await output.close();
    expect(isAlive(last)).toBe(false);
    expect(levels(read('log'))).toBe('1010');
    await expect(output.set(true)).rejects.toMatchObject({ code: 'gpio.failed' });
    expect(closed).toEqual([]);
  });

  it('is low where it is active low', async () => {
    const { chip, read } = make();
    const { output } = await drive(chip, true);
    await output.close();
    expect(levels(read('log'))).toBe('01');
  });

  it('is closed where gpioset dies', async () => {
    const { chip, read } = make();
    const { closed } = await drive(chip);
    process.kill(Number(read('pid')), 'SIGKILL');
    await until(() => closed.length > 0);
    expect(closed).toMatchObject([{ code: 'gpio.failed' }]);
  });

  it('says why it can not be had', async () => {
    const { chip } = make({ gpioset: 'echo "gpioset: no such luck" >&2; exit 1' });
    await expect(drive(chip)).rejects.toMatchObject({
      code: 'gpio.failed',
      evidence: { said: 'no such luck', status: 1 },
    });
    const hanging = make({ gpioset: 'exec sleep 600', gpioinfo: 'cat $D/info' });
    await expect(drive(hanging.chip)).rejects.toMatchObject({ message: expect.stringContaining('begin') });
  });

  it('is held by a program that dies with us, or somebody is told that it will not', async () => {
    const guarded = make({ setpriv: 'echo "$*" >>$D/guard; shift 3; exec "$@"' });
    await drive(guarded.chip);
    expect(guarded.read('guard')).toMatch(/^--pdeathsig KILL -- gpioset --/);
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_, message) => warnings.push(message) };
    const { folder, file, clock } = make();
    mkdirSync(file('bin'));
    for (const name of ['cat', 'sleep']) symlinkSync(`/bin/${name}`, join(file('bin'), name));
    const path = `${folder}:${file('bin')}`;
    await drive(gpioTools({ label: 'pinctrl-bcm2835', path }, clock, log));
    expect(warnings).toEqual([expect.stringContaining('apt install util-linux')]);
  });
});
