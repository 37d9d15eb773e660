/** Three controllers as machines on a hall's own network, the broker on the leader's, the hub behind a second network. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { haveMosquitto } from '../broker/support/broker.js';
import { BoardOfAHall, queues, windows } from './support/boards-of-a-hall.js';
import { haveNamespaces, Machine, Network } from './support/namespaces.js';
import { writeConfiguration } from './support/program.js';
import { scenario } from './support/scenario.js';
import { pause, waitFor } from './support/waiting.js';
import { Watcher } from './support/watcher.js';

const shipped = (name: string) =>
  readFileSync(resolve(import.meta.dirname, '../../deploy/mosquitto', name), 'utf8');

describe.skipIf(!haveMosquitto || !haveNamespaces)('three controllers on a network of their own', () => {
  const test = scenario();

  /** A mosquitto on a machine, reached by the test at `host`. */
  async function brokerOn(machine: Machine, host: string, lines: string): Promise<string> {
    const folder = test.folder();
    chmodSync(folder, 0o777);
    const file = join(folder, 'mosquitto.conf');
    writeFileSync(file, `persistence true\npersistence_location ${folder}/\n${lines}`);
    const [command = '', ...args] = [...machine.prefix, '/usr/sbin/mosquitto', '-c', file];
    const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr?.on('data', (text) => {
      complaint += text;
    });
    test.atEnd(async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    await waitFor(`the broker at ${host}`, () => {
      if (child.exitCode !== null) throw new Error(complaint);
      return new Promise<boolean>((done) => {
        const socket = connectSocket({ host, port: 1883 });
        const tell = (there: boolean) => {
          socket.destroy();
          done(there);
        };
        socket.once('connect', () => tell(true)).once('error', () => tell(false));
      });
    });
    return `mqtt://${host}:1883`;
  }

  async function hall() {
    const machines = {
      a: new Machine('a'),
      b: new Machine('b'),
      c: new Machine('c'),
      hub: new Machine('hub'),
    };
    for (const machine of Object.values(machines)) test.atEnd(() => machine.close());
    const lan = new Network('l', '10.77.0');
    const wan = new Network('w', '10.78.0');
    for (const network of [lan, wan]) test.atEnd(() => network.close());
    lan.machine(machines.a, 1);
    lan.machine(machines.b, 2);
    lan.machine(machines.c, 3);
    wan.machine(machines.a, 1);
    wan.machine(machines.hub, 9);
    const open = 'listener 1883 0.0.0.0\nallow_anonymous true\n';
    const hub = await brokerOn(machines.hub, '10.78.0.9', `${open}max_queued_messages 0\n`);
    // The shipped way to the hub, with the addresses and the name of this hall; a cut is noticed sooner.
    const bridge = shipped('hall-leader.conf')
      .slice(shipped('hall-leader.conf').search(/^connection /m))
      .replace(/^address .*$/m, 'address 10.78.0.9:1883')
      .replace(/^keepalive_interval .*$/m, 'keepalive_interval 5')
      .replace(/^(remote_username|remote_password|bridge_cafile|bridge_tls_version) .*$/gm, '')
      .replaceAll('/jinshan/', '/hall/');
    const local = await brokerOn(machines.a, '10.77.0.1', `${open}${bridge}`);
    const folder = test.folder();
    const boards = {
      a: new BoardOfAHall(folder, 'row-a', '5'),
      b: new BoardOfAHall(folder, 'row-b', '7', { printer: true }),
      c: new BoardOfAHall(folder, 'row-c', '8', { voice: true }),
    };
    for (const board of Object.values(boards)) test.atEnd(() => board.close());
    const calling = { queues, windows, holdSeconds: 0, hands: ['row-b', 'row-c'] };
    const more = { a: { calling }, b: { leader: 'row-a' }, c: { leader: 'row-a' } };
    const watch = async (url: string, board: BoardOfAHall) => {
      const watcher = await Watcher.start({ kind: 'mosquitto', url } as never, board.root);
      watcher.order = 'by type';
      test.atEnd(() => watcher.end());
      return watcher;
    };
    const atHub = {
      a: await watch(hub, boards.a),
      b: await watch(hub, boards.b),
      c: await watch(hub, boards.c),
    };
    const inHall = {
      a: await watch(local, boards.a),
      b: await watch(local, boards.b),
      c: await watch(local, boards.c),
    };
    const names = ['a', 'b', 'c'] as const;
    const [a, b, c] = names.map((name) =>
      test.program(
        [
          'run',
          '--config',
          writeConfiguration(boards[name].folder, boards[name].document(local, more[name])),
        ],
        machines[name].prefix,
      ),
    );
    for (const name of names) {
      await atHub[name].see('status', 'online', ({ state }) => state === 'online', 60);
    }
    // Until a hand has answered its leader knows nothing of its clock, and acts on none of its presses.
    for (const hand of [inHall.b, inHall.c]) {
      await waitFor(`${hand.root} has answered its leader`, () => {
        const answers = hand.at('following').filter(({ leader, mode }) => leader && mode === 'following');
        return answers.length >= 2 && inHall.a.latest('window/5') !== undefined;
      });
    }
    return { machines, lan, wan, boards, atHub, inHall, programs: { a: a!, b: b!, c: c! } };
  }

  it('keep one hall calling with the hub away, and tell it everything afterwards', async () => {
    const { machines, wan, boards, atHub, inHall } = await hall();
    wan.link(machines.hub, 'down');
    const cutAt = performance.now();
    const seen = new Set<string>();
    for (let round = 0; round < 6; round++) {
      for (let issued = 0; issued < 3; issued++) await inHall.a.issue();
      for (const board of Object.values(boards)) {
        const before = board.shows;
        board.keys.press('next');
        await waitFor(
          `${board.name} shows the next number`,
          () => board.shows !== before && board.shows !== '',
        );
        seen.add(board.shows);
      }
    }
    // Each number once, at one of the three boards; spoken by the third.
    expect([...seen].sort()).toEqual(
      Array.from({ length: 18 }, (_, index) => String(index + 1).padStart(3, '0')),
    );
    await waitFor('the voice says one of them', () =>
      boards.c.voice?.heard.some(({ text }) => /窗口/.test(text)),
    );
    // The hall has its own broker: nothing is wrong in it.
    expect(inHall.a.standing('fault/')).toEqual([]);
    expect(atHub.a.rawEvents('ticket.called')).toEqual([]);
    // Long enough for the broker to know it: it asks after 5 s, and waits as long for the answer.
    await pause(12_000 - (performance.now() - cutAt));
    wan.link(machines.hub, 'up');
    await atHub.a.event('ticket.called', 'the last one', ({ data }) => data.number === 'A018', 90);
    await waitFor(
      'all that the hall saw has come to the hub',
      () => {
        const there = new Set(atHub.a.rawEvents().map(({ id }) => id));
        return inHall.a.rawEvents().every(({ id }) => there.has(id));
      },
      60,
    );
    const called = atHub.a.events('ticket.called').map(({ data }) => data.number);
    expect(called).toEqual(
      Array.from({ length: 18 }, (_, index) => `A${String(index + 1).padStart(3, '0')}`),
    );
    await waitFor('the presses of a hand, too', () => atHub.b.rawEvents('key.pressed').length >= 6);
  });

  it('go on when the cable of one is pulled, which calls by hand until it is back', async () => {
    const { machines, lan, boards, inHall, programs } = await hall();
    for (let issued = 0; issued < 4; issued++) await inHall.a.issue();
    boards.c.keys.press('next');
    await waitFor('board 8 shows 001', () => boards.c.shows === '001');
    lan.link(machines.c, 'down');
    await programs.c.says('the controller that leads the calling is away');
    boards.c.keys.press('done');
    boards.c.keys.press('next');
    await waitFor('window 8 calls by hand', () => boards.c.shows === '001');
    await inHall.a.event('fault.raised', 'the hand', ({ data }) => data.code === 'hall.hand-lost', 40);
    boards.b.keys.press('next');
    await waitFor('window 7 goes on', () => boards.b.shows === '002');
    lan.link(machines.c, 'up');
    await programs.c.says('the controller that leads the calling is back');
    boards.c.keys.press('done');
    await programs.c.says('no more numbers of our own; the leader calls again');
    // Whom the leader knew at window 8 is shown again; the presses of the gap are not acted on.
    await inHall.a.seeCleared('fault/controller/hall.hand-lost', 60);
    await waitFor('board 8 shows 001 again', () => boards.c.shows === '001');
    expect(inHall.a.latest('window/8')).toMatchObject({ number: 'A001', state: 'serving' });
    boards.c.keys.press('next');
    await waitFor('board 8 shows 003', () => boards.c.shows === '003');
  });
});
