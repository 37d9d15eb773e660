import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { HelperProcess } from '../../src/transports/helper-process.js';

const entry = new URL('helper-child.mjs', import.meta.url);

/** A started helper, what it told, and how it ended. */
async function start(argument: object = {}) {
  const told: unknown[] = [];
  const ended: HallwardError[] = [];
  const clock = systemClock();
  const helper = await HelperProcess.start({
    entry,
    argument,
    address: '/dev/odd-1',
    clock,
    told: (message) => told.push(message),
    ended: (error) => ended.push(error),
  });
  onTestFinished(() => helper.close());
  const pid = (await helper.request({ what: 'pid' }, 5_000)) as number;
  return { helper, told, ended, pid, clock };
}

/** True for a process that runs; one that has ended and was not waited for yet counts as gone. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds).toBe(true);
}

const childrenNow = () =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid !== '');

describe('a helper process answers', () => {
  it('with values as they are, bytes too, and many requests each with its own', async () => {
    const { helper } = await start();
    const bytes = Uint8Array.of(0, 127, 255);
    expect(
      new Uint8Array((await helper.request({ what: 'echo', value: bytes }, 5_000)) as Uint8Array),
    ).toEqual(bytes);
    const asked = Array.from({ length: 50 }, (_, value) => helper.request({ what: 'echo', value }, 5_000));
    expect(await Promise.all(asked)).toEqual(asked.map((_, value) => value));
  });

  it('with its errors, code and evidence and all, and goes on', async () => {
    const { helper } = await start();
    await expect(helper.request({ what: 'fail' }, 5_000)).rejects.toMatchObject({
      code: 'wire.odd',
      kind: 'garbled',
      message: 'odd',
      evidence: { errno: 5, text: 'x', none: null },
    });
    await expect(helper.request({ what: 'fail plainly' }, 5_000)).rejects.toMatchObject({
      code: 'helper.failed',
      kind: 'internal',
      message: 'not a wire',
    });
    expect(await helper.request({ what: 'echo', value: 1 }, 5_000)).toBe(1);
  });

  it('and tells things unasked', async () => {
    const { helper, told } = await start();
    await helper.request({ what: 'tell', value: { line: 4 } }, 5_000);
    expect(told).toEqual([{ line: 4 }]);
  });

  it('but refuses what cannot be sent, at once and without a timer left', async () => {
    const { helper, clock } = await start();
    await expect(helper.request({ what: () => {} }, 60_000)).rejects.toMatchObject({
      code: 'helper.bad-request',
    });
    expect(clock.pending()).toEqual([]);
    expect(await helper.request({ what: 'echo', value: 1 }, 5_000)).toBe(1);
  });
});

describe('a helper process ends', () => {
  it('by being closed: it brings its lines to rest, nothing is told, nothing is left', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hallward-helper-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const farewell = join(directory, 'farewell');
    const { helper, ended, pid, clock } = await start({ farewell });
    const waiting = helper.request({ what: 'silence' }, 60_000);
    const rejected = expect(waiting).rejects.toMatchObject({ code: 'wire.lost' });
    await Promise.all([helper.close(), helper.close(), rejected]);
    await helper.gone;
    expect(runs(pid)).toBe(false);
    expect(readFileSync(farewell, 'utf8')).toBe('ended');
    expect(ended).toEqual([]);
    expect(clock.pending()).toEqual([]);
    await expect(helper.request({ what: 'echo' }, 100)).rejects.toMatchObject({ code: 'wire.lost' });
  });

  it('by being killed: told once, what waits is rejected', async () => {
    const { helper, ended, pid, clock } = await start();
    const waiting = helper.request({ what: 'silence' }, 60_000);
    process.kill(pid, 'SIGKILL');
    await expect(waiting).rejects.toMatchObject({ code: 'wire.lost', kind: 'absent' });
    await expect(helper.request({ what: 'echo' }, 100)).rejects.toMatchObject({ code: 'wire.lost' });
    expect(ended.map(({ message }) => message)).toEqual([
      '/dev/odd-1: its process (helper-child.mjs) ended (SIGKILL)',
    ]);
    expect(clock.pending()).toEqual([]);
  });

  it('by its own fault: the error stands in the message, without its trace', async () => {
    const { helper, ended } = await start();
    await expect(helper.request({ what: 'crash' }, 60_000)).rejects.toMatchObject({ code: 'wire.lost' });
    expect(ended.map(({ message }) => message)).toEqual([
      '/dev/odd-1: its process (helper-child.mjs) ended (status 1): RangeError: the wire is too long',
    ]);
  });

  it('by itself, but not before its last word is heard', async () => {
    const { helper, told, ended } = await start();
    await expect(helper.request({ what: 'tell and exit', value: 'bye' }, 60_000)).rejects.toThrow('status 3');
    expect(told).toEqual(['bye']);
    expect(ended).toHaveLength(1);
  });

  it('by hanging: the request says so, it is left behind, and the process that it was is gone', async () => {
    const { helper, ended, pid, clock } = await start();
    const hung = helper.request({ what: 'hang' }, 100);
    const after = helper.request({ what: 'echo', value: 2 }, 60_000);
    const both = [hung, after].map((one) =>
      expect(one).rejects.toMatchObject({ code: 'helper.hung', kind: 'timeout' }),
    );
    await Promise.all(both);
    expect(ended.map(({ code }) => code)).toEqual(['helper.hung']);
    await helper.gone;
    expect(runs(pid)).toBe(false);
    expect(clock.pending()).toEqual([]);
  });

  it('also where it hangs while it is closed', async () => {
    const { helper, pid, ended } = await start();
    void helper.request({ what: 'hang' }, 60_000).catch(() => {});
    await sleep(50);
    await helper.close();
    await helper.gone;
    expect(runs(pid)).toBe(false);
    expect(ended).toEqual([]);
  });

  it('when its parent is gone', async () => {
    const script = `
      import { HelperProcess } from '${new URL('../../dist/transports/helper-process.js', import.meta.url)}';
      import { systemClock } from '${new URL('../../dist/kernel/clock.js', import.meta.url)}';
      const helper = await HelperProcess.start({ entry: new URL('${pathToFileURL(new URL(entry).pathname)}'),
        argument: {}, address: 'x', clock: systemClock(), ended() {} });
      console.log(await helper.request({ what: 'pid' }, 5000));
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const pid = Number(
      await new Promise((heard) => parent.stdout.once('data', (text) => heard(String(text)))),
    );
    expect(runs(pid)).toBe(true);
    // The terminal's signals are for the parent alone.
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    await sleep(100);
    expect(runs(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !runs(pid));
  });
});

describe('a helper process that takes bytes only', () => {
  async function startBytes(argument: object = {}) {
    const ended: HallwardError[] = [];
    const clock = systemClock();
    const helper = await HelperProcess.start({
      entry,
      argument: { ...argument, bytes: true },
      bytesOnly: true,
      address: '/dev/odd-1',
      clock,
      ended: (error) => ended.push(error),
    });
    onTestFinished(() => helper.close());
    const ask = async (...request: number[]) =>
      Buffer.from((await helper.request(Uint8Array.from(request), 60_000)) as Uint8Array);
    const pid = Number((await ask(1)).toString());
    return { helper, ended, ask, pid, clock };
  }

  it('answers many requests at once, each with its own, and with its errors', async () => {
    const { ask, helper, clock } = await startBytes();
    const asked = Array.from({ length: 200 }, (_, value) => ask(0, value, 255 - value));
    const failed = expect(ask(2)).rejects.toMatchObject({
      code: 'wire.odd',
      kind: 'garbled',
      message: 'odd',
      evidence: { errno: 5, text: 'x', none: null },
    });
    const answers = await Promise.all(asked);
    expect(answers.map((bytes) => [...bytes])).toEqual(asked.map((_, value) => [value, 255 - value]));
    await failed;
    expect([...(await ask(0))]).toEqual([]);
    await expect(helper.request({ what: 'echo' }, 5_000)).rejects.toMatchObject({
      code: 'helper.bad-request',
    });
    expect(clock.pending()).toEqual([]);
  });

  it('ends by being closed, with what waits rejected and its own farewell said', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hallward-helper-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const farewell = join(directory, 'farewell');
    const { helper, pid, ended, clock } = await startBytes({ farewell });
    // The terminal's signals are for the parent alone.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
    await Promise.all([helper.close(), helper.close()]);
    await helper.gone;
    expect(runs(pid)).toBe(false);
    expect(readFileSync(farewell, 'utf8')).toBe('ended');
    expect(ended).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  it('ends by being killed: told once, and what waits is rejected', async () => {
    const { ask, pid, ended } = await startBytes();
    const waiting = [ask(9), ask(0, 1)];
    const rejected = waiting.map((one) => expect(one).rejects.toMatchObject({ code: 'wire.lost' }));
    process.kill(pid, 'SIGKILL');
    await Promise.all(rejected);
    await expect(ask(0)).rejects.toMatchObject({ code: 'wire.lost' });
    expect(ended.map(({ message }) => message)).toEqual([
      '/dev/odd-1: its process (helper-child.mjs) ended (SIGKILL)',
    ]);
  });

  it('ends by hanging: the request says so, and it is left behind', async () => {
    const { helper, ask, pid, ended } = await startBytes();
    const hung = helper.request(Uint8Array.of(9), 100);
    const behind = ask(0, 2);
    for (const one of [hung, behind]) await expect(one).rejects.toMatchObject({ code: 'helper.hung' });
    expect(ended.map(({ code }) => code)).toEqual(['helper.hung']);
    await helper.gone;
    expect(runs(pid)).toBe(false);
  });

  it('ends by its own fault: the error stands in the message', async () => {
    const { ask, ended } = await startBytes();
    await expect(ask(3)).rejects.toMatchObject({ code: 'wire.lost' });
    expect(ended.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^\/dev\/odd-1: its process \(helper-child.mjs\) ended \(status 1\): RangeError/),
    ]);
  });

  it.each(['waits', 'works'])('ends when its parent is gone while it %s', async (how) => {
    const script = `
      import { HelperProcess } from '${new URL('../../dist/transports/helper-process.js', import.meta.url)}';
      import { systemClock } from '${new URL('../../dist/kernel/clock.js', import.meta.url)}';
      const helper = await HelperProcess.start({ entry: new URL('${pathToFileURL(new URL(entry).pathname)}'),
        argument: { bytes: true }, bytesOnly: true, address: 'x', clock: systemClock(), ended() {} });
      const ask = (...request) => helper.request(Uint8Array.from(request), 60000);
      console.log(Buffer.from(await ask(1)).toString());
      if (${how === 'works'}) for (;;) await Promise.all([ask(0, 1), ask(0, 2), ask(0, 3)]);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const pid = Number(
      await new Promise((heard) => parent.stdout.once('data', (text) => heard(String(text)))),
    );
    expect(runs(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !runs(pid));
  });
});

describe('a helper process that does not begin', () => {
  const attempt = (argument: object, url = entry) => {
    const ended: unknown[] = [];
    const clock = systemClock();
    const started = HelperProcess.start({
      entry: url,
      argument,
      address: '/dev/odd-1',
      clock,
      ended: (error) => ended.push(error),
    });
    return { started, ended, clock };
  };

  it('says why, and leaves no process', async () => {
    const before = childrenNow();
    const { started, ended, clock } = attempt({ begin: 'refuse' });
    await expect(started).rejects.toMatchObject({ code: 'wire.denied', evidence: { system: 'EACCES' } });
    // Those of an earlier test may still be ending.
    await until(() => childrenNow().every((child) => before.includes(child)));
    expect(ended).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  it('is told of where its file is missing', async () => {
    const missing = new URL('no-such-helper.mjs', import.meta.url);
    expect(existsSync(missing)).toBe(false);
    const { started, ended } = attempt({}, missing);
    await expect(started).rejects.toMatchObject({
      code: 'wire.lost',
      message: expect.stringMatching(/ended \(status 1\): Error.*no-such-helper/),
    });
    expect(ended).toEqual([]);
  });

  it('is told of where it crashes', async () => {
    const { started, ended } = attempt({ begin: 'crash' });
    await expect(started).rejects.toThrow(/SyntaxError/);
    expect(ended).toEqual([]);
  });

  it('is given up where it hangs', async () => {
    const clock = new VirtualClock();
    const before = childrenNow();
    const ended: unknown[] = [];
    const started = HelperProcess.start({
      entry,
      argument: { begin: 'hang' },
      address: '/dev/odd-1',
      clock,
      ended: (error) => ended.push(error),
    });
    const rejected = expect(started).rejects.toMatchObject({ code: 'helper.hung' });
    await clock.advance(20_000);
    await rejected;
    // Those of an earlier test may still be ending.
    await until(() => childrenNow().every((child) => before.includes(child)));
    expect(ended).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });
});
