/** The real command against a real broker, with boards that take, refuse, roll back, keep silent or lie. */
import { generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/cli/config.js';
import { CommandFailed } from '../../src/cli/exit-codes.js';
import { readSigningKey } from '../../src/cli/signing.js';
import { aedesBroker, type Broker } from '../broker/support/broker.js';
import { connectClient, retained } from '../broker/support/hall.js';
import { scenario } from '../scenarios/support/scenario.js';
import { waitFor } from '../scenarios/support/waiting.js';
import { FakeBoard, type FakeBoardOptions, nasty, start } from './fake-board.js';

const main = join(import.meta.dirname, '../../dist/cli/main.js');
/** Anything that a terminal would act on. */
const unsafe = /[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/u;

const test = scenario();

async function board(broker: Broker, name = 'row-a', options?: FakeBoardOptions): Promise<FakeBoard> {
  const started = await FakeBoard.start(broker, name, options);
  test.atEnd(() => started.client.endAsync(true));
  return started;
}

function file(document: object | string, name = 'new.yaml'): string {
  const path = join(test.folder(), name);
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  return path;
}

const wanted = { devices: { 'board-5': { kind: 'window-board', address: 7 } } };

function config(broker: Broker, ...args: string[]) {
  return test.program(['config', ...args, '--language', 'en', '--url', broker.url]);
}

async function ended(program: ReturnType<typeof config>) {
  const { code } = await program.ended;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

const rowA = ['--hall', 'jinshan', '--controller', 'row-a'];

describe('hallward config push', () => {
  it('takes the next revision, waits for the report, and says what was touched', async () => {
    const broker = await test.broker();
    const one = await board(broker);
    one.highest = 6;
    const result = await ended(config(broker, 'push', file({ ...start, ...wanted }), ...rowA));
    expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining('hall, controller') });
    expect(result.stdout).toMatch(/^row-a +revision 7 +applied +1 restarted, 1 kept\n$/);
    expect(one.pushes).toEqual([{ revision: 7, config: wanted }]);
    // It stands at the hub for a board that comes back.
    const kept = await retained(broker, `${one.root}/config/desired`);
    expect(JSON.parse(kept.get(`${one.root}/config/desired`) ?? '')).toEqual({ revision: 7, config: wanted });

    const again = await ended(config(broker, 'push', file(wanted), ...rowA, '--json'));
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject([{ controller: 'row-a', kind: 'applied', revision: 8 }]);
    const chinese = test.program([
      ...['config', 'push', file(wanted), ...rowA, '--url', broker.url, '--language', 'zh-CN'],
    ]);
    expect((await chinese.ended).code).toBe(0);
    expect(chinese.stdout).toMatch(/^row-a +版本 9 +已生效 +重启 1 台，不动 1 台\n$/);
  });

  it('signs what the board can verify, and nothing else', async () => {
    const broker = await test.broker();
    const one = await board(broker);
    const folder = test.folder();
    const made = test.program(['config', 'keygen', join(folder, 'hall'), '--language', 'en']);
    expect((await made.ended).code).toBe(0);
    const [key, pub] = [join(folder, 'hall.key'), join(folder, 'hall.pub')];
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(made.stdout).toContain('hub.configKey');
    expect(made.output).not.toContain('PRIVATE');
    expect((await ended(config(broker, 'push', file(wanted), ...rowA, '--sign', key))).code).toBe(0);
    const { signature = '', ...rest } = one.pushes[0] ?? ({} as never);
    // RFC 8785 by hand: keys sorted, no blanks.
    const signed =
      '{"config":{"devices":{"board-5":{"address":7,"kind":"window-board"}}},"controller":"row-a","hall":"jinshan","revision":1}';
    expect(rest).toEqual({ revision: 1, config: wanted });
    expect(verify(null, Buffer.from(signed), readFileSync(pub), Buffer.from(signature, 'base64'))).toBe(true);

    const before = readFileSync(key, 'utf8');
    const twice = test.program(['config', 'keygen', join(folder, 'hall')]);
    expect((await twice.ended).code).toBe(64);
    expect(readFileSync(key, 'utf8')).toBe(before);
    const half = join(folder, 'half');
    writeFileSync(`${half}.pub`, 'mine');
    expect((await test.program(['config', 'keygen', half]).ended).code).toBe(64);
    expect([existsSync(`${half}.key`), readFileSync(`${half}.pub`, 'utf8')]).toEqual([false, 'mine']);

    const rsa = join(folder, 'rsa.key');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(rsa, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const garbage = join(folder, 'garbage.key');
    writeFileSync(garbage, 'garbage', { mode: 0o600 });
    const open = join(folder, 'open.key');
    writeFileSync(open, before);
    chmodSync(open, 0o644);
    for (const [path, exitCode, words] of [
      [rsa, 64, 'type rsa'],
      [garbage, 64, 'no private key'],
      [pub, 64, 'that is the public key'],
      [open, 78, 'chmod 600'],
      [join(folder, 'nowhere'), 64, 'no such file'],
    ] as const) {
      const failure = await readSigningKey(path, 'config push').catch((error: unknown) => error);
      expect(failure).toMatchObject({ exitCode, message: expect.stringContaining(words) });
    }
    const refused = await ended(config(broker, 'push', file(wanted), ...rowA, '--sign', open));
    expect(refused).toMatchObject({ code: 78, stderr: expect.stringContaining('chmod 600') });
    expect(one.pushes).toHaveLength(1);
  });

  it('says why a board rejects or rolls back, without what a terminal would act on', async () => {
    const broker = await test.broker();
    await board(broker, 'row-a', {
      push: (one, pushed) =>
        one.refuse(pushed, pushed.revision === 1 ? 'rejected' : 'rolled-back', [
          { path: `devices.${nasty}`, message: nasty },
          ...Array.from({ length: 30 }, (_, at) => ({ path: `p${at}`, message: 'm'.repeat(1_000) })),
        ]),
    });
    const rejected = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(rejected.code).toBe(1);
    expect(rejected.stdout).toMatch(
      /^row-a +revision 1 +rejected +the board's file runs\n {4}devices\.bad value: /,
    );
    expect(rejected.stdout).toContain('and 11 more');
    expect(rejected.stdout).not.toMatch(unsafe);
    expect(rejected.stdout.length).toBeLessThan(10_000);
    const back = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(back).toMatchObject({ code: 1, stdout: expect.stringMatching(/^row-a +revision 2 +rolled back/) });
  });

  it('gives up on a board that never reports, and says that the push stands', async () => {
    const broker = await test.broker();
    await board(broker, 'row-a', { push: () => {} });
    const result = await ended(config(broker, 'push', file(wanted), ...rowA, '--wait', '1'));
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/^row-a +revision 1 +no report +the push stands at the hub/);
    expect(result.stdout).toContain('hallward config get --hall jinshan --controller row-a --reported');
  });

  it('is not taken in by reports of other pushes, nor by garbage', async () => {
    const broker = await test.broker();
    await board(broker, 'row-a', {
      async push(one, pushed) {
        await one.say('config/reported', 'no JSON');
        await one.say('config/reported', '['.repeat(100_000));
        await one.say('config/reported', { revision: 'x', state: {} });
        await one.report({ revision: 0, state: 'rolled-back', errors: [{ path: '', message: 'the file' }] });
        await one.report({ revision: null, state: 'rejected', hash: null });
        await one.report({ revision: pushed.revision, state: 'applying', progress: { done: 1, of: 2 } });
        await one.apply(pushed);
      },
    });
    const result = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 1 +applied/) });
  });

  it('tells its own outcome from that of a push that took the same number', async () => {
    const broker = await test.broker();
    const other = { devices: { 'board-9': {} } };
    const conflict = [{ path: 'revision', message: 'conflict' }];
    await board(broker, 'row-a', {
      async push(one, pushed) {
        if (pushed.revision === 1) {
          // The other one was first: it is applied, ours is refused.
          await one.apply({ revision: 1, config: other });
          await one.report({ revision: 1, state: 'rejected', errors: conflict });
        } else if (pushed.revision === 3) {
          // The other one was first, and its word is all that is heard.
          await one.apply({ revision: 3, config: other });
        } else {
          // Ours was first: the other one is refused in the middle of it.
          one.history.unshift({ revision: 2, outcome: 'applied', config: pushed.config });
          await one.report({ revision: 2, state: 'rejected', errors: conflict });
          await one.apply(pushed);
        }
      },
    });
    const lost = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(lost).toMatchObject({ code: 1, stdout: expect.stringContaining('another push took this number') });
    const won = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(won).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 2 +applied/) });
    const silent = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(silent).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('another push took this number'),
    });
  });

  it('learns from the history what became of it where a later push came in between', async () => {
    const broker = await test.broker();
    await board(broker, 'row-a', {
      async push(one, pushed) {
        one.history.unshift({ revision: 1, outcome: 'rolled-back', config: pushed.config });
        one.highest = 2;
        await one.apply({ revision: 2, config: {} });
      },
    });
    const result = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(result).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^row-a +revision 1 +rolled back/),
    });
  });

  it('ends with 69 where the board keeps silent, answers garbage, or says no, and publishes nothing', async () => {
    const broker = await test.broker();
    const answers: ((name: string, command: Record<string, unknown>) => object | string | undefined)[] = [
      () => 'garbage',
      () => ({ ok: true, result: { highest: -1 } }),
      () => ({ ok: false, error: { code: 'command.unknown', message: nasty } }),
      () => undefined,
    ];
    let answer = answers[0]!;
    const one = await board(broker, 'row-a', { answer: (...args) => answer(...args) });
    for (const [next, words] of [
      [answers[0], /its reply of|cannot be read/],
      [answers[1], /cannot be read/],
      [answers[2], /command\.unknown: bad value \(an older controller/],
      [answers[3], /no answer from jinshan\/row-a within 10 s/],
    ] as const) {
      answer = next!;
      const result = await ended(config(broker, 'push', file(wanted), ...rowA));
      expect(result).toMatchObject({ code: 69, stdout: expect.stringMatching(words) });
      expect(result.stdout).not.toMatch(unsafe);
    }
    expect(one.pushes).toEqual([]);
  });

  it('does not push to a board that is away, unless it shall wait at the hub', async () => {
    const broker = await test.broker();
    const one = await board(broker, 'row-a', { state: 'lost' });
    await one.report({ revision: 4, state: 'rejected' });
    const not = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(not).toMatchObject({ code: 69, stdout: expect.stringMatching(/^row-a +not online .*--offline/) });
    expect(not.stdout).not.toContain('is the name right');
    const topic = `${one.root}/config/desired`;
    expect((await retained(broker, topic)).size).toBe(0);
    const left = await ended(config(broker, 'push', file(wanted), ...rowA, '--offline'));
    expect(left).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 5 +waiting/) });
    expect(JSON.parse((await retained(broker, topic)).get(topic) ?? '')).toEqual({
      revision: 5,
      config: wanted,
    });
    // One that was never heard of, and what stands there already counts.
    const never = ['--hall', 'jinshan', '--controller', 'never'];
    const unheard = await ended(config(broker, 'push', file(wanted), ...never));
    expect(unheard).toMatchObject({ code: 69, stdout: expect.stringContaining('is the name right?') });
    expect((await ended(config(broker, 'push', file(wanted), ...never, '--offline'))).stdout).toContain(
      'revision 1',
    );
    expect((await ended(config(broker, 'push', file(wanted), ...never, '--offline'))).stdout).toContain(
      'revision 2',
    );
  });

  it('with a revision of its own asks first: it may run already, or be refused', async () => {
    const broker = await test.broker();
    const plan = (verdict: string, errors: object[] = []) => ({
      ok: true,
      result: {
        verdict,
        errors,
        devices: {},
        buses: [],
        calling: false,
        hub: false,
        running: {},
        highest: 3,
      },
    });
    let verdict = plan('nothing');
    const one = await board(broker, 'row-a', { answer: () => verdict });
    one.running = { revision: 3, hash: 'h3', source: 'hub' };
    await one.report({ revision: 3, state: 'applied' });
    const push = () => ended(config(broker, 'push', file(wanted), ...rowA, '--revision', '3'));
    expect(await push()).toMatchObject({ code: 0, stdout: expect.stringContaining('it runs already') });
    verdict = plan('refused', [{ path: 'revision', message: 'stale' }]);
    const refused = await push();
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('revision: stale') });
    expect(refused.stdout).toContain('nothing was published');
    expect(one.pushes).toEqual([]);
  });

  it('asks first where the board refused the same number before, for it says nothing twice', async () => {
    const broker = await test.broker();
    const errors = [{ path: 'signature', message: 'missing' }];
    let said = 0;
    const one = await board(broker, 'row-a', {
      // It gives an unsigned push no place among the revisions, and refuses the same one only once.
      push: (self, pushed) => {
        self.highest = 0;
        if (++said === 1) void self.report({ revision: pushed.revision, state: 'rejected', errors });
      },
      answer: (name, command) =>
        name === 'config.plan'
          ? { ok: true, result: { verdict: 'refused', errors, highest: 0 } }
          : one.usualAnswer(name, command),
    });
    for (const _ of [1, 2]) {
      const result = await ended(config(broker, 'push', file(wanted), ...rowA, '--wait', '5'));
      expect(result).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/rejected.*\n {4}signature: missing/),
      });
    }
    expect(one.pushes).toHaveLength(1);
  });

  it('does not take the word on an earlier push of its number for its own', async () => {
    const broker = await test.broker();
    const one = await board(broker, 'row-a', {
      async push(self, pushed) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await self.apply(pushed);
      },
    });
    await one.report({ revision: 1, state: 'rejected', errors: [{ path: 'signature', message: 'missing' }] });
    const result = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 1 +applied/) });
  });

  it('--dry-run tells what the board would touch, and publishes nothing', async () => {
    const broker = await test.broker();
    const one = await board(broker);
    one.highest = 3;
    const result = await ended(config(broker, 'push', file(wanted), ...rowA, '--dry-run'));
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(
      /^row-a +revision 4 +would change +1 restarted, 1 kept\n {4}restarted: board-5\n/,
    );
    expect(result.stdout).toContain('buses opened again: row');
    expect(one.commands.map(({ name }) => name)).toEqual(['config.plan']);
    expect(one.commands[0]?.command.config).toEqual(wanted);
    expect(one.pushes).toEqual([]);
    expect((await retained(broker, `${one.root}/config/desired`)).size).toBe(0);
  });

  it('ends at Ctrl-C, and says that the push stands and how to look', async () => {
    const broker = await test.broker();
    const one = await board(broker, 'row-a', { push: () => {} });
    const waiting = config(broker, 'push', file(wanted), ...rowA);
    await waitFor('it is pushed', () => one.pushes.length === 1);
    waiting.signal('SIGINT');
    expect(await waiting.ended).toEqual({ code: 1, signal: null });
    expect(waiting.stdout).toMatch(
      /^row-a +revision 1 +interrupted +the push stands at the hub, and goes on\n/,
    );
    expect(waiting.stdout).toContain('look later: hallward config get');
    expect(waiting.stderr).toBe('');
  });

  it('goes on waiting while the broker restarts', async () => {
    const broker = await test.broker({ persistence: true });
    let push: Parameters<NonNullable<FakeBoardOptions['push']>>[1] | undefined;
    const one = await board(broker, 'row-a', {
      push(_, pushed) {
        push = pushed;
      },
    });
    const waiting = config(broker, 'push', file(wanted), ...rowA);
    const pushed = await waitFor('it is pushed', () => push);
    await broker.stop();
    await broker.start();
    await waitFor('the board is back', () => one.client.connected);
    await one.apply(pushed);
    expect(await waiting.ended).toMatchObject({ code: 0 });
    expect(waiting.stdout).toMatch(/^row-a +revision 1 +applied/);
  });

  it('that changes the hub says where the report will be, and of a board that went away that it did', async () => {
    const broker = await test.broker();
    const one = await board(broker, 'row-a', {
      config: { ...start, hub: { url: broker.url } },
      push: (self) => self.say('status', { state: 'lost' }),
    });
    const moved = { ...wanted, hub: { url: 'mqtt://elsewhere' } };
    const moving = await ended(config(broker, 'push', file(moved), ...rowA, '--wait', '1'));
    expect(moving).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('the report comes at the new one'),
    });
    await one.say('status', { state: 'online' });
    const gone = await ended(config(broker, 'push', file(wanted), ...rowA, '--wait', '1'));
    expect(gone).toMatchObject({ code: 1, stdout: expect.stringContaining('went away meanwhile') });
  });

  it('works over a broker that speaks MQTT 3.1.1 only', async () => {
    const broker = test.adopt(await aedesBroker());
    await broker.start();
    await board(broker);
    const result = await ended(config(broker, 'push', file(wanted), ...rowA));
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 1 +applied/) });
  });

  it('names the right that is missing at the broker', async () => {
    const secret = test.folder();
    const password = join(secret, 'password');
    writeFileSync(password, 'secret', { mode: 0o600 });
    const broker = await test.broker({
      users: { board: 'secret', reader: 'secret', nobody: 'secret' },
      acl: [
        ...['user board', 'topic readwrite #', 'user reader', 'topic read hallward/#'],
        ...['topic write hallward/v1/+/+/command/+', 'user nobody', 'topic read hallward/#'],
      ],
    });
    const as = (username: string) => ['--username', username, '--password-file', password];
    const client = await connectClient(broker, { username: 'board', password: 'secret' });
    test.atEnd(() => client.endAsync(true));
    const say = (topic: string, payload: object) =>
      client.publishAsync(`hallward/v1/jinshan/row-a/${topic}`, JSON.stringify(payload), {
        qos: 1,
        retain: true,
      });
    await say('status', { state: 'online' });
    await client.subscribeAsync('hallward/v1/jinshan/row-a/command/+');
    client.on('message', (_topic, payload) => {
      const { id } = JSON.parse(payload.toString());
      const reply = { id, ok: true, result: { revisions: [], highest: 0 } };
      client.publish(`hallward/v1/jinshan/row-a/reply/${id}`, JSON.stringify(reply), { qos: 1 });
    });
    const reader = await ended(config(broker, 'push', file(wanted), ...rowA, ...as('reader')));
    const denied = (user: string, topic: string) =>
      `does not let the user "${user}" write hallward/v1/jinshan/row-a/${topic} (not authorized (0x87)): ask as a user`;
    expect(reader).toMatchObject({
      code: 69,
      stdout: expect.stringContaining(denied('reader', 'config/desired')),
    });
    expect(reader.stdout).toContain(`the hub ${broker.url} `);
    const nobody = await ended(config(broker, 'push', file(wanted), ...rowA, ...as('nobody')));
    expect(nobody).toMatchObject({
      code: 69,
      stdout: expect.stringContaining(denied('nobody', 'command/config.history')),
    });
    expect(nobody.stdout + nobody.stderr).not.toContain('secret');
    const wrong = await ended(config(broker, 'get', ...rowA, ...as('intruder')));
    expect(wrong).toMatchObject({ code: 69, stderr: expect.stringContaining('refuses the user "intruder"') });
  });

  it('shows progress on a terminal', async () => {
    const broker = await test.broker();
    let goOn = () => {};
    const seen = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await board(broker, 'row-a', {
      async push(one, pushed) {
        await one.report({ revision: pushed.revision, state: 'applying', progress: { done: 3, of: 7 } });
        await seen;
        await one.apply(pushed);
      },
    });
    const args = [main, 'config', 'push', file(wanted), ...rowA, '--language', 'en', '--url', broker.url];
    const env = { ...process.env, TERM: 'xterm-256color', NO_COLOR: '' };
    const terminal = spawnOnTerminal(process.execPath, args, { cols: 80, rows: 24, env });
    test.atEnd(() => terminal.kill('SIGKILL'));
    let out = '';
    terminal.onData((text) => {
      out += text;
    });
    const code = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await waitFor('progress is shown', () => /row-a +revision 1 +applying 3\/7/.test(out));
    goOn();
    expect(await code).toBe(0);
    // From the first column on: where Ctrl-C was pressed, the terminal has written ^C there.
    expect(out).toMatch(/\u001b\[1A\r\u001b\[Jrow-a +revision 1 +\u001b\[32mapplied\u001b\[0m +1 restarted/);
  });

  it('puts what does not fit beside the outcome below it, on a terminal that is narrow', async () => {
    const broker = await test.broker();
    await board(broker, 'row-a', { push: () => {} });
    const args = [main, 'config', 'push', file(wanted), ...rowA, '--language', 'en', '--url', broker.url];
    const env = { ...process.env, TERM: 'xterm-256color', NO_COLOR: '1' };
    const terminal = spawnOnTerminal(process.execPath, [...args, '--wait', '1'], { cols: 80, rows: 24, env });
    test.atEnd(() => terminal.kill('SIGKILL'));
    let out = '';
    terminal.onData((text) => {
      out += text;
    });
    await new Promise((resolve) => terminal.onExit(resolve));
    expect(out).toMatch(
      /revision 1 +no report\r\n {4}the push stands at the hub, and may still be applied\r\n/,
    );
  });
});

describe('a push to many', () => {
  const hall = ['--hall', 'jinshan', '--controller'];

  it('goes to one alone first, then to the rest at once, and tells of each', async () => {
    const broker = await test.broker();
    let atOnce = 0;
    let most = 0;
    let aloneFor: string | undefined;
    const slow: FakeBoardOptions['push'] = async (one, pushed) => {
      most = Math.max(most, ++atOnce);
      if (aloneFor === undefined) aloneFor = one.name;
      else expect(first.history).toHaveLength(1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      atOnce--;
      if (one.name === 'row-c') await one.refuse(pushed, 'rejected', [{ path: 'devices', message: 'no' }]);
      else await one.apply(pushed);
    };
    const first = await board(broker, 'row-a', { push: slow });
    for (const name of ['row-b', 'row-c', 'row-d', 'door']) await board(broker, name, { push: slow });
    await board(broker, 'row-gone', { state: 'stopped' });
    await board(broker, 'row-else', { hall: 'elsewhere', push: slow });
    const result = await ended(
      config(broker, 'push', file({ hall: 'jinshan', ...wanted }), ...hall, 'row-*'),
    );
    expect(result.code).toBe(1);
    const lines = result.stdout
      .split('\n')
      .filter((line) => /^\S/.test(line))
      .sort();
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['row-a', 'revision 1', 'applied'],
      ['row-b', 'revision 1', 'applied'],
      ['row-c', 'revision 1', 'rejected'],
      ['row-d', 'revision 1', 'applied'],
    ]);
    // Columns stand under one another.
    expect(new Set(lines.map((line) => line.indexOf('revision'))).size).toBe(1);
    expect([aloneFor, most]).toEqual(['row-a', 3]);
  });

  it('stops where the first one rolls back, unless it is to go on', async () => {
    const broker = await test.broker();
    const boards = [
      await board(broker, 'row-a', {
        push: (one, pushed) => one.refuse(pushed, 'rolled-back', [{ path: 'hub', message: 'no answer' }]),
      }),
      await board(broker, 'row-b'),
      await board(broker, 'row-c'),
    ];
    const stopped = await ended(config(broker, 'push', file(wanted), ...hall, '*'));
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toMatch(
      /^row-a +revision 1 +rolled back.*\n {4}hub: no answer\nrow-b +not tried .*\nrow-c +not tried .*\n$/,
    );
    expect(boards.map(({ pushes }) => pushes.length)).toEqual([1, 0, 0]);
    const on = await ended(
      config(broker, 'push', file(wanted), ...hall, 'row-a,row-b,row-c', '--keep-going'),
    );
    expect(on.code).toBe(1);
    expect(boards.map(({ pushes }) => pushes.length)).toEqual([2, 1, 1]);
  });

  it('asks all of them in a dry run, whatever the first one says', async () => {
    const broker = await test.broker();
    const errors = [{ path: 'signature', message: 'missing: this board takes signed configurations only' }];
    await board(broker, 'row-a', {
      answer: () => ({ ok: true, result: { verdict: 'refused', errors, highest: 0 } }),
    });
    await board(broker, 'row-b');
    const result = await ended(config(broker, 'push', file(wanted), ...hall, 'row-*', '--dry-run'));
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(
      /^row-a +revision 1 +would be rejected\n {4}signature: missing: .*\n {4}sign it: --sign KEYFILE\n/m,
    );
    expect(result.stdout).toMatch(/^row-b +revision 1 +would change/m);
  });

  it('leaves out who is away, and goes nowhere with a file that is for another', async () => {
    const broker = await test.broker();
    await board(broker, 'row-a', { state: 'lost' });
    const second = await board(broker, 'row-b');
    const result = await ended(config(broker, 'push', file(wanted), ...hall, 'row-a,row-b'));
    expect(result.code).toBe(69);
    expect(result.stdout).toMatch(/^row-a +not online.*\nrow-b +revision 1 +applied/);
    const named = file({ ...start, ...wanted });
    for (const [path, names, words] of [
      [named, 'row-*', 'must name none'],
      [named, 'row-a,row-b', 'not "row-b"'],
      [file({ ...wanted, hall: 'elsewhere' }), 'row-b', 'for the hall "elsewhere"'],
    ] as const) {
      const wrong = await ended(config(broker, 'push', path, ...hall, names));
      expect(wrong).toMatchObject({ code: 64, stderr: expect.stringContaining(words) });
    }
    expect(second.pushes).toHaveLength(1);
    const none = await ended(config(broker, 'push', file(wanted), ...hall, 'x*'));
    expect(none).toMatchObject({ code: 69, stderr: expect.stringContaining('is online') });
  });
});

describe('hallward config get, diff and reset', () => {
  it('get prints what runs as YAML, an earlier revision, the report, and the history', async () => {
    const broker = await test.broker();
    const one = await board(broker, 'row-a', { config: { ...start, label: nasty } });
    await one.apply({ revision: 1, config: wanted });
    await one.report({ revision: 2, state: 'rejected', errors: [{ path: 'devices', message: nasty }] });
    one.config = { ...one.config, label: nasty };
    await one.report({ revision: 2, state: 'rejected', errors: [{ path: 'devices', message: nasty }] });
    const now = await ended(config(broker, 'get', ...rowA));
    expect(now.code).toBe(0);
    expect(parse(now.stdout)).toEqual(one.config);
    expect(now.stdout + now.stderr).not.toMatch(unsafe);
    expect(now.stderr).toMatch(/^# jinshan\/row-a: revision 1 runs, hash h1, reported at 2026-/);
    expect(now.stderr).toContain('# revision 2 was rejected\n#   devices: bad value');
    const json = await ended(config(broker, 'get', ...rowA, '--json'));
    expect(JSON.parse(json.stdout)).toEqual(one.config);
    expect(json.stdout).not.toMatch(unsafe);
    const report = await ended(config(broker, 'get', ...rowA, '--reported'));
    expect(parse(report.stdout)).toMatchObject({ revision: 2, state: 'rejected', running: { revision: 1 } });
    const old = await ended(config(broker, 'get', ...rowA, '--revision', '1'));
    expect(parse(old.stdout)).toEqual(wanted);
    const history = await ended(config(broker, 'get', ...rowA, '--history'));
    expect(history.stdout).toMatch(
      /revision +at +from +outcome +hash\n\* +1 +2026-11-21 \d\d:02:03 +push +applied +h1\n$/,
    );
    const unknown = await ended(config(broker, 'get', ...rowA, '--revision', '9'));
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/config\.unknown-revision: .*hallward config get --history/),
    });
  });

  it('get says that a board is away, unknown, or cannot be understood', async () => {
    const broker = await test.broker();
    const one = await board(broker, 'row-a', { state: 'lost' });
    expect((await ended(config(broker, 'get', ...rowA))).stderr).toContain('not online now (lost)');
    const nobody = await ended(config(broker, 'get', '--hall', 'jinshan', '--controller', 'nobody'));
    expect(nobody).toMatchObject({
      code: 69,
      stdout: '',
      stderr: expect.stringContaining('is the name right'),
    });
    await one.say('config/reported', 'garbage');
    const garbage = await ended(config(broker, 'get', ...rowA));
    expect(garbage).toMatchObject({
      code: 69,
      stdout: '',
      stderr: expect.stringContaining('cannot be read'),
    });
    const history = await ended(config(broker, 'get', ...rowA, '--history'));
    expect(history).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('is not connected to this hub'),
    });
    const hub = test.program(['config', 'get', ...rowA, '--url', 'mqtt://127.0.0.1:1', '--language', 'en']);
    expect((await hub.ended).code).toBe(69);
    expect(hub.stderr).toMatch(
      /^hallward config get: the hub mqtt:\/\/127\.0\.0\.1:1 cannot be reached: .*\n$/,
    );
  });

  it('diff shows what differs and what the board would touch, with the status of diff', async () => {
    const broker = await test.broker();
    const one = await board(broker, 'row-a', {
      config: { ...start, hub: { url: 'mqtt://h', configKey: '/k' } },
    });
    const path = file({ ...start, ...wanted, storage: { path: '/x' } });
    const differs = await ended(config(broker, 'diff', path));
    expect(differs.code).toBe(1);
    expect(differs.stdout).toBe(
      `--- jinshan/row-a: the board's file\n+++ ${path}\n\n+ devices.board-5.address: 7\n\n` +
        'the controller: a push of it would touch (1 restarted, 1 kept):\n' +
        '  restarted: board-5\n  buses opened again: row\n',
    );
    expect(differs.stderr).toBe('');
    const same = await ended(config(broker, 'diff', file(start), ...rowA));
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('no difference') });
    const json = await ended(config(broker, 'diff', path, '--json'));
    expect(JSON.parse(json.stdout)).toMatchObject({
      differences: [{ path: ['devices', 'board-5', 'address'], after: 7 }],
      plan: { verdict: 'change' },
    });
    expect(one.pushes).toEqual([]);
    const invalid = await ended(config(broker, 'diff', file('hall: ['), ...rowA));
    expect(invalid).toMatchObject({ code: 78, stderr: expect.stringContaining('not valid YAML') });
  });

  it('diff gives the errors of the board itself, and what is known where it keeps silent', async () => {
    const broker = await test.broker();
    const errors = [{ path: 'devices.board-5.address', message: 'found 700' }];
    let answer: object | undefined = { ok: true, result: { verdict: 'refused', errors, highest: 0 } };
    await board(broker, 'row-a', { answer: () => answer });
    const refused = await ended(config(broker, 'diff', file(wanted), ...rowA));
    expect(refused.code).toBe(78);
    expect(refused.stdout).toContain('would reject it:\n  devices.board-5.address: found 700\n');
    const unsigned = [{ path: 'signature', message: 'missing' }];
    answer = { ok: true, result: { verdict: 'refused', errors: unsigned, highest: 0 } };
    expect((await ended(config(broker, 'diff', file(wanted), ...rowA))).code).toBe(1);
    answer = { ok: false, error: { code: 'command.unknown', message: 'no' } };
    const silent = await ended(config(broker, 'diff', file(wanted), ...rowA));
    expect(silent).toMatchObject({ code: 69, stdout: expect.stringContaining('+ devices.board-5.address') });
    expect(silent.stderr).toContain('what would restart is not known: command.unknown');
  });

  it('reset pushes an earlier document as a new revision, and says what there is', async () => {
    const broker = await test.broker();
    const one = await board(broker);
    await one.apply({ revision: 1, config: wanted });
    await one.apply({ revision: 2, config: {} });
    one.highest = 2;
    const which = await ended(config(broker, 'reset', ...rowA));
    expect(which).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/--to N or --to-file\n.*\n\* +2 .*\n +1 /),
    });
    const back = await ended(config(broker, 'reset', ...rowA, '--to', '1'));
    expect(back).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 3 +applied/) });
    expect(one.pushes.at(-1)).toEqual({ revision: 3, config: wanted });
    const toFile = await ended(config(broker, 'reset', ...rowA, '--to-file'));
    expect(toFile.code).toBe(0);
    expect(one.pushes.at(-1)).toEqual({ revision: 4, config: { devices: start.devices } });
    // What was rejected is not kept: nobody can go back to it.
    one.history.unshift({ revision: 5, outcome: 'rejected', config: {} });
    const unknown = await ended(config(broker, 'reset', ...rowA, '--to', '9'));
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('has not kept revision 9') });
    expect(unknown.stderr).toMatch(/^\* +4 /m);
    expect(unknown.stderr).not.toMatch(/^ +5 /m);
    expect(one.pushes).toHaveLength(2);
  });

  const to = { hall: 'jinshan', controller: 'row-a' };
  it.each([
    [[], {}, 'known: get, diff'],
    [['pusch'], {}, 'did you mean "push"?'],
    [['push'], {}, 'expected one FILE'],
    [['get', 'x'], {}, 'expected nothing'],
    [['get'], { offline: true }, '--offline goes with: config push'],
    [['get'], { ...to, history: true, reported: true }, 'one of --revision'],
    [['push', 'FILE'], { ...to, revision: '0' }, '--revision: found "0"'],
    [['push', 'FILE'], { ...to, wait: 'soon' }, '--wait: found "soon"'],
    [['push', 'FILE'], {}, 'say --hall and --controller'],
    [['push', 'FILE'], { ...to, controller: 'row/a' }, '--controller: found "row/a"'],
    [['reset'], { ...to, to: '1', 'to-file': true }, 'not both'],
    [['get'], { ...to, controller: 'row-*' }, 'expected one name'],
  ])('%j with %j is told to be wrong before anybody is asked', async (positionals, values, words) => {
    const path = file(wanted);
    const input = { positionals: positionals.map((one) => (one === 'FILE' ? path : one)), values };
    const failure = await run(input).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(failure).toMatchObject({ exitCode: 64, message: expect.stringContaining(words) });
  });
});
