/** The real command in a process of its own; it runs from dist/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import { afterAll, describe, expect, it, vi } from 'vitest';

const main = join(import.meta.dirname, '../../dist/cli/main.js');
/** Everything temporary of the command must be in here, and be gone at its end. */
const folder = mkdtempSync(join(tmpdir(), 'hallward-test-'));
const environment = { ...process.env, TMPDIR: folder, LANG: 'C.UTF-8', LC_ALL: '', NO_COLOR: '' };
const left = () => readdirSync(folder);
const started: ChildProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function demo(...args: string[]) {
  return demoIn(folder, ...args);
}

function demoIn(temporary: string, ...args: string[]) {
  const child = spawn(process.execPath, [main, 'demo', ...args], {
    env: { ...environment, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    // Not `exit`: what it has said may still be on its way then.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, said, ended };
}

// People come and clerks call at their own pace, and everything waits for the start of two processes.
vi.setConfig({ testTimeout: 120_000 });
const until = (what: () => unknown) => expect.poll(what, { timeout: 40_000, interval: 50 });

describe('hallward demo', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`tells what happens as plain lines until ${signal}, and leaves nothing behind`, async () => {
      const { child, said, ended } = demo('--plain', '--language', signal === 'SIGINT' ? 'en' : 'zh-CN');
      await until(() => said.out).toMatch(/[AB]001 (to window|请到) \d/);
      expect(said.out).toMatch(/(Pages|网页): http:\/\/127\.0\.0\.1:\d+\/\n/);
      await until(() => said.out).toMatch(
        /Voice: “(Priority t|T)icket [AB] zero zero|播报：请(优先)?[AB]零零/,
      );
      expect(said.out).toMatch(/mosquitto_sub -h 127\.0\.0\.1 -p \d+ -v -t 'hallward\/#'/);
      expect(left()).toHaveLength(1);
      child.kill(signal);
      expect(await ended).toEqual({ code: 0, signal: null });
      expect(said.out).toMatch(/ 0 lost, 0 doubled|丢失 0，重复 0/);
      expect(said.out).not.toContain('\x1b');
      expect(said.err).toBe('');
      expect(left()).toEqual([]);
    });
  }

  it('ends when nobody reads its lines any more', async () => {
    const { child, said, ended } = demo('--plain');
    await until(() => said.out).toContain('Ctrl-C');
    child.stdout.destroy();
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(left()).toEqual([]);
  });

  it('says which option is wrong, with status 64', async () => {
    for (const args of [
      ['--port', '65536'],
      ['--port', 'x'],
      ['--port', '-1'],
      ['--language', 'fr'],
    ]) {
      const { said, ended } = demo(...args);
      expect((await ended).code).toBe(64);
      expect(said.err).toContain(args[0]);
      expect(said.out).toBe('');
    }
  });

  it('says that its port is taken, with status 69', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { said, ended } = demo('--plain', '--port', String(port));
    expect((await ended).code).toBe(69);
    expect(said.err).toMatch(new RegExp(`^hallward demo: port ${port} .*taken.*--port.*\\n$`));
    expect(left()).toEqual([]);
    server.close();
  });

  it('says that it finds no place for its temporary folder, with status 69', async () => {
    const { said, ended } = demoIn(join(folder, 'nowhere'), '--plain');
    expect((await ended).code).toBe(69);
    expect(said.err).toMatch(/^hallward demo: no temporary folder .*nowhere \(ENOENT\)\n$/);
  });

  it('shows itself on a terminal, follows keys and size, and gives the terminal back', async () => {
    const terminal = spawnOnTerminal(process.execPath, [main, 'demo', '--language', 'en'], {
      cols: 80,
      rows: 24,
      env: { ...environment, TERM: 'xterm-256color' },
    });
    let out = '';
    terminal.onData((text) => {
      out += text;
    });
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await until(() => out).toContain('Pensions');
    expect(out).toContain('\x1b[?1049h\x1b[?25l');
    terminal.write('1');
    await until(() => out).toContain('no power');
    await until(() => out).toContain('board 1 does not answer');
    terminal.write('\x1b[A');
    terminal.write('l');
    await until(() => out).toContain('社会保险');
    const before = out.length;
    terminal.resize(120, 40);
    await until(() => out.slice(before)).toContain('\x1b[40;1H');
    terminal.write('\x03');
    expect(await ended).toBe(0);
    expect(out).toMatch(/\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049l[^\x1b]*丢失 0，重复 0[^\x1b]*$/);
    expect(left()).toEqual([]);
  });

  it('takes the power of its controller and gives it back by a key', async () => {
    const terminal = spawnOnTerminal(process.execPath, [main, 'demo', '--language', 'en'], {
      cols: 100,
      rows: 30,
      env: { ...environment, TERM: 'xterm-256color' },
    });
    let out = '';
    terminal.onData((text) => {
      out += text;
    });
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await until(() => out).toMatch(/[AB]001/);
    const before = /controller process (\d+)/.exec(out)?.[1];
    terminal.write('x');
    await until(() => out).toContain('W I T H O U T   P O W E R');
    expect(() => process.kill(Number(before), 0)).toThrow('ESRCH');
    terminal.write('x');
    await until(() => out).toContain('The controller is back: 0 events lost, 0 numbers given twice');
    terminal.write('q');
    expect(await ended).toBe(0);
    expect(left()).toEqual([]);
  });

  it('leaves neither a controller nor a file behind when it is killed (kill -9)', async () => {
    const { child, said, ended } = demo('--plain', '--language', 'en');
    await until(() => said.out).toMatch(/[AB]001 to window/);
    const controllers = childrenOf(child.pid ?? 0);
    expect(controllers).toHaveLength(1);
    child.kill('SIGKILL');
    await ended;
    await until(() => controllers.filter(isAlive)).toEqual([]);
    expect(left()).toEqual([]);
  });

  it('says that its controller ended by itself, and starts it again', async () => {
    const terminal = spawnOnTerminal(process.execPath, [main, 'demo', '--language', 'en'], {
      cols: 100,
      rows: 30,
      env: { ...environment, TERM: 'xterm-256color' },
    });
    let out = '';
    terminal.onData((text) => {
      out += text;
    });
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await until(() => out).toMatch(/[AB]001/);
    process.kill(Number(/controller process (\d+)/.exec(out)?.[1]), 'SIGKILL');
    await until(() => out).toContain('S T O P P E D');
    const before = out.length;
    terminal.write('x');
    await until(() => out.slice(before)).toMatch(/controller process \d+/);
    terminal.write('q');
    expect(await ended).toBe(0);
    expect(left()).toEqual([]);
  });
});

/** Processes that a process has started itself (proc(5), children). */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function isAlive(pid: number): boolean {
  try {
    // A process that has ended and was not waited for yet is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
