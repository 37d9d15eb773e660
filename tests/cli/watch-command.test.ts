/** The real command against a real broker; it runs from dist/. */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import type { MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { aedesBroker, type Broker, haveMosquitto } from '../broker/support/broker.js';
import { connectClient } from '../broker/support/hall.js';
import { writeConfiguration } from '../scenarios/support/program.js';
import { scenario } from '../scenarios/support/scenario.js';
import { waitFor } from '../scenarios/support/waiting.js';
import { freePort } from '../support/free-port.js';
import { device, fault, room, shelf, status } from './watch-hall.js';

const main = join(import.meta.dirname, '../../dist/cli/main.js');

describe('hallward watch', () => {
  const test = scenario();

  /** A client that says what a controller would, with its will. */
  async function controller(broker: Broker, name: string): Promise<MqttClient> {
    const root = `hallward/v1/jinshan/${name}`;
    const will = { topic: `${root}/status`, payload: Buffer.from(JSON.stringify(status({ state: 'lost' }))) };
    const client = await connectClient(broker, {
      will: { ...will, qos: 1, retain: true },
      reconnectPeriod: 0,
    });
    client.on('error', () => {});
    test.atEnd(() => client.endAsync(true).catch(() => {}));
    const say = (topic: string, payload: object) =>
      client.publishAsync(`${root}/${topic}`, JSON.stringify(payload), { qos: 1, retain: true });
    await say('device/board-1', device({ status: 'failure' }));
    await say('fault/board-1/device.unresponsive', fault());
    await say('fault/board-2/device.unresponsive', fault({ shelved: shelf() }));
    await say('room', room());
    await say('status', status());
    return client;
  }

  const watch = (...args: string[]) => test.program(['watch', '--language', 'en', ...args]);

  it('once tells what the hub keeps, as a table and as JSON, and a dead controller as lost', async () => {
    const broker = await test.broker();
    await controller(broker, 'row-a');
    const dying = await controller(broker, 'row-b');
    const table = watch('--url', broker.url, '--once');
    expect((await table.ended).code).toBe(0);
    expect(table.stderr).toBe('');
    expect(table.stdout).toMatch(/HIGH +.*row-a\/board-1 +The board of window 1 does not answer/);
    expect(table.stdout).toMatch(/row-b +online .*v1\.2\.3 {2}config r3/);
    expect(table.stdout).toMatch(/Room +row-a +12 of 80 seats taken, 130-150 people inside, 40-55 standing/);
    expect(table.stdout).toMatch(/\(HIGH\) .*row-b\/board-2 .*; shelved by wang until \d\d/);
    expect(table.stdout).not.toContain('\x1b');

    dying.stream.destroy();
    const report = await waitFor('row-b is lost', async () => {
      const once = watch('--url', broker.url, '--hall', 'jinshan', '--once', '--json');
      expect((await once.ended).code).toBe(0);
      const parsed = JSON.parse(once.stdout);
      return parsed.halls[0].controllers[1].state === 'lost' ? parsed : undefined;
    });
    expect(report.halls).toHaveLength(1);
    expect(report.halls[0].controllers).toMatchObject([
      {
        ...{ controller: 'row-a', state: 'online', configRevision: 3 },
        devices: [{ device: 'board-1', status: 'failure' }],
        faults: [
          { device: 'board-1', shelved: null },
          { device: 'board-2', shelved: shelf() },
        ],
        room: { doubt: null, ...room() },
      },
      {
        ...{ controller: 'row-b', room: { doubt: 'lost', last: room() } },
        devices: [{ device: 'board-1', status: null, doubt: 'lost' }],
      },
    ]);

    const other = watch('--url', broker.url, '--hall', 'elsewhere', '--once');
    expect((await other.ended).code).toBe(0);
    expect(other.stdout).toContain('No controller of the hall "elsewhere" is known');
  });

  it('tells in lines a controller that dies, a hub that goes and comes, and ends at a signal', async () => {
    const broker = await test.broker({ persistence: true });
    await controller(broker, 'row-a');
    const dying = await controller(broker, 'row-b');
    const lines = watch('--url', broker.url);
    const says = (words: RegExp) => waitFor(`it says ${words}`, () => words.test(lines.stdout));
    await says(/^\d\d:\d\d:\d\d {2}Fault \(HIGH\) jinshan\/row-b\/board-1: .* -> Check its power/m);
    dying.stream.destroy();
    await says(/^\d\d:\d\d:\d\d {2}jinshan\/row-b: The controller is lost.* -> Check its power/m);
    await broker.stop();
    await says(/The hub is away: /);
    await broker.start();
    await says(/The hub is back: mqtt:/);
    expect(await lines.stop()).toEqual({ code: 0, signal: null });
    expect(lines.stderr).toBe('');
    expect(lines.stdout).not.toContain('\x1b');
  });

  it('on a terminal shows the table, says large that the hub is away, and gives the terminal back', async () => {
    const broker = await test.broker();
    await controller(broker, 'row-a');
    const args = [main, 'watch', '--url', broker.url, '--language', 'en'];
    const env = { ...process.env, TERM: 'xterm-256color', NO_COLOR: '' };
    const terminal = spawnOnTerminal(process.execPath, args, { cols: 80, rows: 24, env });
    test.atEnd(() => terminal.kill('SIGKILL'));
    let out = '';
    terminal.onData((text) => {
      out += text;
    });
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    const shows = (words: string) => waitFor(`it shows ${words}`, () => out.includes(words));
    await shows('The board of window 1 does not');
    expect(out).toContain('\x1b[?1049h\x1b[?25l');
    terminal.write('f');
    await shows('everything');
    terminal.write('f');
    terminal.write('\x1b[B\x1b[6~\x1b[H');
    terminal.write('l');
    await shows('控制器');
    terminal.write('l');
    await broker.stop();
    await shows('THE HUB IS AWAY');
    const before = out.length;
    await broker.start();
    await waitFor('the banner goes', () => /\x1b\[2;1H\x1b\[2K(?!.*!!!)/.test(out.slice(before)));
    terminal.resize(120, 40);
    await waitFor('it fills the new size', () => out.slice(before).includes('\x1b[40;1H'));
    terminal.write('q');
    expect(await ended).toBe(0);
    expect(out).toMatch(/\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049l\s*$/);
  });

  it.runIf(haveMosquitto)('is nobody to whom events are delivered', async () => {
    const broker = await test.broker();
    const client = await controller(broker, 'row-a');
    const lines = watch('--url', broker.url);
    await waitFor('it watches', () => lines.stdout.includes('row-a online'));
    const answerTo = async (topic: string) => {
      const answer = new Promise<number>((resolve) => {
        client.on('packetreceive', (packet) => {
          if (packet.cmd === 'puback') resolve(packet.reasonCode ?? 0);
        });
      });
      await client.publishAsync(`hallward/v1/jinshan/row-a/${topic}`, '{}', { qos: 1 });
      return await answer;
    };
    // "No matching subscribers": the controller keeps its events for those who want them.
    expect(await answerTo('event/ticket.called')).toBe(0x10);
    // Nor are whole configurations sent to a watch, which would be hundreds of them.
    expect(await answerTo('config/reported')).toBe(0x10);
    expect(await answerTo('health')).toBe(0);
    expect(await answerTo('room')).toBe(0);
  });

  it('lives through a flood of rubbish, and lets none of it move the cursor', async () => {
    const broker = await test.broker();
    const client = await controller(broker, 'row-a');
    const lines = watch('--url', broker.url);
    await waitFor('it watches', () => lines.stdout.includes('row-a online'));
    const evil = '\x1b[2J\x1b]0;mine\x07\u202e\r\n';
    for (let index = 0; index < 1_000; index++) {
      const root = `hallward/v1/hall-${index % 900}/x`;
      void client.publish(`${root}/device/d-${index}`, Buffer.alloc(index * 80, '{"a":'));
      void client.publish(`${root}/status`, JSON.stringify(status({ version: evil })));
      const text = { 'zh-CN': evil, en: `${evil}words` };
      void client.publish(`${root}/fault/d-${index}/a.b`, JSON.stringify(fault({ text, action: text })));
    }
    await waitFor('it says that there is too much', () => lines.stdout.includes('more changes'));
    let tries = 0;
    await waitFor('it goes on with what is true', async () => {
      const name = `late-${++tries}`;
      await client.publishAsync(`hallward/v1/jinshan/row-a/fault/${name}/a.b`, JSON.stringify(fault()));
      return /jinshan\/row-a\/late-\d+: The board/.test(lines.stdout);
    });
    expect(lines.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(await lines.stop()).toEqual({ code: 0, signal: null });
  });

  it('sees a real controller through its own configuration, and that it stopped', async () => {
    const { hall, controller: running } = await test.all();
    const file = writeConfiguration(hall.folder, hall.document());
    const report = async () => {
      const once = watch('--config', file, '--once', '--json');
      expect((await once.ended).code, once.stderr).toBe(0);
      return JSON.parse(once.stdout);
    };
    const now = await waitFor('its boards are good', async () => {
      const found = (await report()).halls[0].controllers[0];
      return found.devices.every((one: { status: string }) => one.status === 'good') ? found : undefined;
    });
    expect(now).toMatchObject({ controller: 'row-a', state: 'online', faults: [] });
    expect(now.devices.map((one: { device: string }) => one.device)).toContain('board-5');
    expect(now.windows.map((one: { window: string }) => one.window)).toEqual(['5', '6']);
    await running.stop();
    expect((await report()).halls[0].controllers[0]).toMatchObject({ state: 'stopped' });
  });

  describe('says why there is nothing to see', () => {
    it('with status 69 where nothing listens, or nothing answers', async () => {
      const nobody = watch('--url', `mqtt://127.0.0.1:${await freePort()}`, '--once');
      const sockets: Socket[] = [];
      const mute = createServer((socket) => sockets.push(socket));
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
      test.atEnd(() => {
        for (const socket of sockets) socket.destroy();
        mute.close();
      });
      const { port } = mute.address() as { port: number };
      const silent = watch('--url', `mqtt://127.0.0.1:${port}`);
      expect((await nobody.ended).code).toBe(69);
      expect(nobody.stderr).toMatch(
        /^hallward watch: the hub mqtt:.* cannot be reached: nothing listens there .*\n$/,
      );
      expect(nobody.stdout).toBe('');
      expect((await silent.ended).code).toBe(69);
      expect(silent.stderr).toMatch(/cannot be reached: no answer within 5 s; check --url/);
    });

    it.runIf(haveMosquitto)('with status 69 where user name or password are wrong or missing', async () => {
      const broker = await test.broker({ users: { eye: 'right' } });
      const password = join(test.folder(), 'password');
      writeFileSync(password, 'wrong\n', { mode: 0o600 });
      const login = ['--username', 'eye', '--password-file', password];
      const bad = watch('--url', broker.url, ...login, '--once');
      expect((await bad.ended).code).toBe(69);
      expect(bad.stderr).toMatch(
        /^hallward watch: the hub .* refuses the user "eye": user name or password wrong.*\n$/,
      );
      const chinese = test.program(['watch', '--url', broker.url, '--language', 'zh-CN']);
      expect((await chinese.ended).code).toBe(69);
      expect(chinese.stderr).toContain('要求用户名和密码');
      writeFileSync(password, 'right\n');
      const good = watch('--url', broker.url, ...login, '--once');
      expect((await good.ended).code, good.stderr).toBe(0);
    });

    it('with status 69 where the hub lets it subscribe to nothing', async () => {
      const broker = test.adopt(await aedesBroker({ maySubscribe: () => false }));
      await broker.start();
      const refused = watch('--url', broker.url, '--hall', 'jinshan');
      expect((await refused.ended).code).toBe(69);
      expect(refused.stderr).toMatch(
        /refuses: may not subscribe to hallward\/v1\/jinshan\/\+\/status: .*\n$/,
      );
    });

    it('with status 69 where TLS is asked of a port without it', async () => {
      const broker = await test.broker();
      const tls = watch('--url', broker.url.replace('mqtt:', 'mqtts:'), '--once');
      expect((await tls.ended).code).toBe(69);
      expect(tls.stderr.split('\n')).toHaveLength(2);
    });

    it('with status 78 where a secret may be read by everybody, with the command that mends it', async () => {
      const password = join(test.folder(), 'password');
      writeFileSync(password, 'secret\n');
      chmodSync(password, 0o644);
      const open = watch('--username', 'eye', '--password-file', password);
      expect((await open.ended).code).toBe(78);
      expect(open.stderr).toBe(
        `hallward watch: --password-file: everybody may read ${password}; mend it with: chmod 600 ${password}\n`,
      );
      const broken = watch('--config', writeConfiguration(test.folder(), { hall: 'x' }));
      expect((await broken.ended).code).toBe(78);
      expect(broken.stderr).toMatch(/is not valid; see: hallward check/);
    });

    it('with status 64 where it is asked wrongly', async () => {
      const asked: readonly (readonly string[])[] = [
        ['--url', 'http://x'],
        ['--url', 'mqtt://eye:secret@127.0.0.1'],
        ['--hall', 'Jin/+'],
        ['--json'],
        ['--seconds', '5'],
        ['--once', '--seconds', '-1'],
        ['--once', '--seconds', '99999'],
        ['--cert', '/nowhere'],
        ['--username', 'eye', '--password-file', '/nowhere'],
        ['--password-file', '/nowhere'],
        ['--ca', '/nowhere'],
        ['--watch'],
      ];
      const programs = [];
      for (const args of asked) {
        const program = watch(...args);
        await program.ended;
        programs.push(program);
      }
      for (const [index, program] of programs.entries()) {
        expect((await program.ended).code, `${asked[index]} ${program.stderr}`).toBe(64);
        expect(program.stderr).toMatch(/^hallward watch: .*\n/);
        expect(program.stderr).not.toMatch(/secret|\n {4}at /);
      }
    });
  });
});
