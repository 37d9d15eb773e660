/** `hallward learn` as a process of its own, at the far end of real pseudo terminals and sockets; it runs from dist/. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { systemClock } from '../../src/kernel/clock.js';
import { readCapture } from '../../src/protocols/capture.js';
import { simulatedKeypad } from '../../src/simulator/keypad.js';
import { type PtyCable, ptyCable } from '../../src/simulator/pty-cable.js';
import { simulatedRatingLine } from '../../src/simulator/rating-line.js';
import { checkDocument } from '../../src/supervisor/config/check.js';
import { serialCarrier } from '../../src/transports/serial.js';
import { writeConfiguration } from '../scenarios/support/program.js';
import { scenario } from '../scenarios/support/scenario.js';
import { pause, waitFor } from '../scenarios/support/waiting.js';

const main = join(import.meta.dirname, '../../dist/cli/main.js');
const keys = {
  next: 'AA 05 01 B0',
  recall: 'AA 05 02 B1',
  skip: 'AA 05 03 B2',
  pause: 'AA 05 04 B3',
  done: 'AA 05 05 B4',
};
type Key = keyof typeof keys;

/** How many bursts a command that listens has heard. */
const burstsHeard = ({ stderr }: { readonly stderr: string }) => stderr.match(/ #\d+$/gm)?.length ?? 0;

/** What `check` says to a piece of YAML, in a hall that has the given sections besides. */
function problemsOf(yaml: string, besides: object = {}): string[] {
  const document = { hall: 'jinshan', controller: 'row-a', ...besides, ...(parse(yaml) as object) };
  return checkDocument(document, () => undefined).problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('hallward learn', () => {
  const test = scenario();

  function cable(): PtyCable {
    const made = ptyCable();
    test.atEnd(() => made.close());
    return made;
  }

  /** The command on a terminal, with its YAML in a file, as a person would have it. */
  function onTerminal(args: readonly string[]) {
    const file = join(test.folder(), 'keys.yaml');
    const quoted = [process.execPath, main, 'learn', ...args].map((word) => `'${word}'`).join(' ');
    const terminal = spawnOnTerminal('/bin/sh', ['-c', `exec ${quoted} > '${file}'`], {
      cols: 200,
      rows: 60,
      env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: '' },
    });
    test.atEnd(() => terminal.kill('SIGKILL'));
    const said = { text: '' };
    terminal.onData((text) => {
      said.text += text;
    });
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    return {
      said,
      ended,
      type: (text: string) => terminal.write(text),
      yaml: () => readFileSync(file, 'utf8'),
      /** Waits until it says something that it had not said before. */
      says: (words: RegExp | string) =>
        waitFor(`it says ${words}`, () => {
          const found = typeof words === 'string' ? said.text.indexOf(words) : said.text.search(words);
          if (found < 0) return false;
          said.text = said.text.slice(found + 1);
          return true;
        }).catch((error: unknown) => {
          throw new Error(`${String(error)}\nit said: ${said.text}`);
        }),
    };
  }

  it('asks for each key, and writes a table that a configuration takes', async () => {
    const line = cable();
    const keypad = simulatedKeypad(line.farEnd, keys);
    const record = join(test.folder(), 'line.jsonl');
    const learn = onTerminal(['--path', line.path, '--language', 'zh-CN', '--record', record]);
    const words = { next: '下一位', recall: '重呼', skip: '过号', pause: '暂停', done: '办结' };
    let turn = 0;
    for (const key of Object.keys(keys) as Key[]) {
      for (let press = 1; press <= 3; press++) {
        await learn.says(`请按“${words[key]}”键 3 次 (${press}/3)`);
        // Longer than a press, and not as a clock does.
        await pause(320 + ((turn++ * 137) % 300));
        keypad.press(key);
      }
      await learn.says(`“${words[key]}”学会了`);
    }
    expect(await learn.ended).toBe(0);
    const yaml = learn.yaml();
    expect(parse(yaml)).toEqual({
      buses: { keys: { type: 'serial', path: line.path, baudRate: 9600 } },
      devices: { caller: { kind: 'caller', window: '1', bus: 'keys', protocol: 'serial-keys', keys } },
    });
    expect(problemsOf(yaml)).toEqual([]);
    expect(learn.said.text).toMatch(/第 4 字节是第 1 到 3 字节的和/);
    expect(learn.said.text).toMatch(/可信度高/);

    const capture = readCapture(readFileSync(record, 'utf8'));
    expect(capture).toMatchObject({
      header: { bus: 'keys', address: line.path, baudRate: 9600 },
      cut: false,
    });
    const heard = capture.moments.flatMap((moment) => ('bytes' in moment ? [...moment.bytes] : []));
    expect(heard).toHaveLength(15 * 4);
    expect(statSync(record).mode & 0o777).toBe(0o600);
  });

  it('says when a key gives other bytes, when it was learned already, and skips what is not there', async () => {
    const line = cable();
    const keypad = simulatedKeypad(line.farEnd, keys);
    const learn = onTerminal(['--path', line.path, '--language', 'en', '--keys', 'next,skip,done']);
    const pressed = async (key: Key, told: RegExp) => {
      await pause(350);
      keypad.press(key);
      await learn.says(told);
    };
    await learn.says('Press "next", 3 times (1/3)');
    await pressed('next', /press 1/);
    await pressed('skip', /not the same as before, AA 05 01 B0 \(byte 3, 4\)/);
    await pressed('next', /press 2/);
    await learn.says('Press "next", 3 times (3/3)');
    learn.type('r\r');
    await learn.says('Press "next", 3 times (1/3)');
    await pressed('next', /press 1/);
    await pressed('next', /press 2/);
    await pressed('next', /"next" is learned/);
    await pressed('next', /the bytes of "next": press the key that is asked for/);
    learn.type('\r');
    await learn.says('"skip" is skipped');
    await learn.says('Press "done", 3 times (1/3)');
    learn.type('\x03');
    expect(await learn.ended).toBe(0);
    expect(parse(learn.yaml()).devices.caller.keys).toEqual({ next: keys.next });
    expect(learn.said.text).toContain('- Not learned: "skip", "done"');
  });

  it('has a held key as one press, and a bounce, too', async () => {
    const line = cable();
    const keypad = simulatedKeypad(line.farEnd, keys);
    const clock = systemClock();
    const learn = onTerminal(['--path', line.path, '--language', 'en', '--keys', 'next', '--rounds', '2']);
    await learn.says('(1/2)');
    const letGo = keypad.hold('next', 100, clock);
    await learn.says('the same press again');
    letGo();
    await pause(600);
    keypad.bounce('next');
    await learn.says('"next" is learned');
    expect(await learn.ended).toBe(0);
    expect(parse(learn.yaml()).devices.caller.keys).toEqual({ next: keys.next });
  });

  it('finds the baud rate where a checksum shows it, and goes on with it', async () => {
    const line = cable();
    const keypad = simulatedKeypad(line.farEnd, keys);
    const learn = onTerminal(['--path', line.path, '--language', 'en', '--find-baud-rate', '--keys', 'next']);
    await learn.says('9600 baud (1/8)');
    await learn.says('Listening on');
    for (const key of ['next', 'next', 'skip', 'skip'] as const) {
      await pause(450);
      keypad.press(key);
    }
    await learn.says('a checksum fits: certain');
    for (let press = 1; press <= 3; press++) {
      await learn.says(`Press "next", 3 times (${press}/3)`);
      await pause(330 + 60 * press);
      keypad.press('next');
    }
    expect(await learn.ended).toBe(0);
    expect(parse(learn.yaml()).buses.keys.baudRate).toBe(9600);
  });

  it('says that nothing is certain where no rate gives anything', async () => {
    const line = cable();
    const learn = onTerminal(['--path', line.path, '--language', 'en', '--find-baud-rate']);
    for (let place = 1; place <= 8; place++) {
      await learn.says(`baud (${place}/8)`);
      await learn.says('Listening on');
      learn.type('\r');
    }
    await learn.says('None is certain');
    expect(await learn.ended).toBe(1);
    expect(learn.yaml()).toBe('');
  });

  it('listens without a terminal, and proposes names in the order of the presses', async () => {
    const line = cable();
    const keypad = simulatedKeypad(line.farEnd, keys);
    const file = writeConfiguration(test.folder(), {
      hall: 'jinshan',
      controller: 'row-a',
      buses: { 'keys-5': { type: 'serial', path: line.path, baudRate: 9600 } },
      devices: {
        'caller-5': {
          kind: 'caller',
          window: '5',
          bus: 'keys-5',
          protocol: 'serial-keys',
          keys: { next: '01' },
        },
      },
    });
    const learn = test.program([
      'learn',
      '--bus',
      'keys-5',
      '--config',
      file,
      '--keys',
      'next,recall',
      '--seconds',
      '60',
      '--language',
      'en',
    ]);
    await waitFor('it listens', () => learn.stderr.includes('Press, in this order'));
    for (const [before, key] of (['next', 'next', 'recall', 'recall', 'done'] as const).entries()) {
      await pause(380);
      keypad.press(key);
      await waitFor(`it heard ${key}`, () => burstsHeard(learn) > before);
    }
    expect(await learn.stop()).toEqual({ code: 0, signal: null });
    expect(parse(learn.stdout)).toEqual({
      devices: {
        'caller-5': {
          kind: 'caller',
          window: '5',
          bus: 'keys-5',
          protocol: 'serial-keys',
          keys: { next: keys.next, recall: keys.recall },
        },
      },
    });
    const buses = { 'keys-5': { type: 'serial', path: line.path } };
    expect(problemsOf(learn.stdout, { buses })).toEqual([]);
    expect(learn.stderr).toMatch(/AA 05 01 B0 +\.\.\.\. +2 +key/);
    expect(learn.stderr).toContain('- AA 05 05 B4 was heard, too, and belongs to no key');
    expect(learn.stderr).not.toContain('\x1b');
  });

  it('writes what keys send when they are let go as bytes to be ignored', async () => {
    const line = cable();
    const keypad = simulatedKeypad(line.farEnd, { ...keys, release: 'AA 05 81 30' });
    const args = ['learn', '--path', line.path, '--keys', 'next,recall', '--language', 'en'];
    const learn = test.program([...args, '--seconds', '60']);
    await waitFor('it listens', () => learn.stderr.includes('Press, in this order'));
    for (const [turn, key] of (['next', 'next', 'recall', 'recall'] as const).entries()) {
      await pause(900);
      keypad.press(key);
      await waitFor(`it heard ${key}`, () => burstsHeard(learn) > 2 * turn);
      await pause(150);
      keypad.press('release');
      await waitFor('it heard the release', () => burstsHeard(learn) > 2 * turn + 1);
    }
    expect(await learn.stop()).toEqual({ code: 0, signal: null });
    expect(parse(learn.stdout).devices.caller).toMatchObject({
      protocol: 'serial-keys',
      keys: { next: keys.next, recall: keys.recall },
      ignore: ['AA 05 81 30'],
    });
    expect(problemsOf(learn.stdout)).toEqual([]);
    expect(learn.stderr).toContain('- AA 05 81 30 follows when a key is let go: it stands under ignore');
    expect(learn.stderr).not.toContain('bus.noisy');
  });

  it('learns a line of text over a serial server', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.atEnd(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const file = writeConfiguration(test.folder(), {
      hall: 'jinshan',
      controller: 'row-a',
      buses: { rates: { type: 'tcp', host: '127.0.0.1', port } },
    });
    const learn = test.program([
      'learn',
      '--bus',
      'rates',
      '--config',
      file,
      '--keys',
      '5,4,3,2,1',
      '--seconds',
      '60',
      '--language',
      'en',
    ]);
    await waitFor('it listens', () => learn.stderr.includes('Press, in this order') && sockets[0]);
    const ratings = simulatedRatingLine(
      { send: (bytes) => void sockets[0]?.write(bytes), onBytes: () => () => {} },
      { format: (window, level) => `E,${window},${level}\r\n` },
    );
    for (const [window, level] of [
      ['5', 4],
      ['6', 1],
      ['5', 5],
    ] as const) {
      await pause(200);
      ratings.rate(window, level);
    }
    await waitFor('it heard all', () => learn.stderr.includes('#3'));
    expect(await learn.stop()).toEqual({ code: 0, signal: null });
    expect(parse(learn.stdout)).toEqual({
      devices: {
        evaluator: {
          kind: 'evaluator',
          bus: 'rates',
          protocol: 'serial-lines',
          pattern: 'E,{window},{level}',
        },
      },
    });
    expect(problemsOf(learn.stdout, { buses: { rates: { type: 'tcp', host: 'h', port } } })).toEqual([]);
  });

  it('waits for an adapter that is pulled out, and records both', async () => {
    const folder = test.folder();
    const line = ptyCable({ link: join(folder, 'usb-keypad') });
    test.atEnd(() => line.close());
    const keypad = simulatedKeypad(line.farEnd, keys);
    const record = join(folder, 'line.jsonl');
    const learn = test.program([
      'learn',
      '--path',
      line.path,
      '--seconds',
      '60',
      '--record',
      record,
      '--language',
      'en',
    ]);
    await waitFor('it listens', () => learn.stderr.includes('Press, in this order'));
    keypad.press('next');
    await waitFor('it heard', () => learn.stderr.includes('#1'));
    line.cable.cut();
    await waitFor('it misses it', () => learn.stderr.includes('waiting for it'));
    line.cable.join();
    await waitFor('it has it again', () => learn.stderr.includes('The wire is back'));
    keypad.press('skip');
    await waitFor('it heard', () => learn.stderr.includes('#2'));
    expect((await learn.stop()).code).toBe(0);
    const { moments } = readCapture(readFileSync(record, 'utf8'));
    const events = moments.map((moment) => ('event' in moment ? moment.event : moment.dir));
    // Between them it may have been tried in vain, which is another loss.
    expect(events.filter((event, place) => event !== events[place - 1])).toEqual([
      'opened',
      'in',
      'lost',
      'opened',
      'in',
      'closed',
    ]);
  });

  it('says that nothing was heard, with status 1', async () => {
    const learn = test.program(['learn', '--path', cable().path, '--seconds', '1', '--language', 'en']);
    expect((await learn.ended).code).toBe(1);
    expect(learn.stdout).toBe('');
    expect(learn.stderr).toMatch(/Nothing was heard. Look at power, wiring/);
  });

  it('says with status 69 that somebody else has the port, and how to stop the controller; or that there is none', async () => {
    const line = cable();
    const connection = await serialCarrier({ path: line.path, baudRate: 9600 }).open({
      bytes() {},
      closed() {},
    });
    test.atEnd(() => connection.close());
    const busy = test.program(['learn', '--path', line.path, '--language', 'en']);
    expect((await busy.ended).code).toBe(69);
    expect(busy.stderr).toMatch(
      /is in use by another program\. If the controller has it: sudo systemctl stop hallward/,
    );
    const absent = test.program(['learn', '--path', '/nowhere/ttyUSB0', '--language', 'en']);
    expect((await absent.ended).code).toBe(69);
    expect(absent.stderr).toMatch(/^hallward learn: \/nowhere\/ttyUSB0 is not there;/);
    expect(busy.stderr + absent.stderr).not.toMatch(/\n {4}at /);
  });

  it('refuses wrong usage with 64, and an invalid configuration with 78', async () => {
    const folder = test.folder();
    const file = writeConfiguration(folder, {
      hall: 'jinshan',
      controller: 'row-a',
      buses: {
        'keys-5': { type: 'serial', path: '/dev/ttyUSB0' },
        gpio: { type: 'gpio', chip: 'pinctrl-rp1' },
      },
    });
    const there = join(folder, 'there');
    writeFileSync(there, 'precious');
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /--bus NAME .* or --path/],
      [['--bus', 'a', '--path', '/dev/null'], /one of the two/],
      [['--bus', 'key-5', '--config', file], /has no bus "key-5"; did you mean "keys-5"\?/],
      [['--bus', 'gpio', '--config', file], /"gpio" is of type gpio; .* there are keys-5/],
      [['--bus', 'keys-5', '--config', file, '--baud-rate', '9600'], /--baud-rate goes with --path/],
      [['--path', '/dev/null', '--keys', 'next,nxt'], /found "nxt", expected .*did you mean "next"\?/],
      [['--path', '/dev/null', '--keys', 'next,next'], /"next" stands there twice/],
      [['--path', '/dev/null', '--keys', '5,next'], /found "next"/],
      [['--path', '/dev/null', '--rounds', '1'], /found "1", expected 2 to 9/],
      [['--path', '/dev/null', '--seconds', 'x'], /found "x", expected 1 to 3600/],
      [['--path', '/dev/null', '--find-baud-rate'], /needs a terminal/],
      [['--path', cable().path, '--record', there], /is there already/],
      [['--path', file], /is not a serial port/],
    ];
    for (const [args, message] of wrong) {
      const learn = test.program(['learn', '--language', 'en', ...args]);
      expect((await learn.ended).code, `${args} ${learn.stderr}`).toBe(64);
      expect(learn.stderr).toMatch(message);
      expect(learn.stderr).not.toMatch(/\n {4}at /);
    }
    expect(readFileSync(there, 'utf8')).toBe('precious');
    const broken = writeConfiguration(test.folder(), { hall: 'x' });
    const invalid = test.program(['learn', '--bus', 'a', '--config', broken]);
    expect((await invalid.ended).code).toBe(78);
    expect(invalid.stderr).toMatch(/controller: missing[\s\S]*--path .* needs no configuration/);
  });
});
