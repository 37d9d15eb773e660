/**
 * Real controllers with certificates of the shipped script at a broker with the shipped files: everything that they and the
 * roles need is granted. What the broker refused stands in its own log.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { haveMosquitto } from '../broker/support/broker.js';
import { BoardOfAHall, queues, windows } from '../scenarios/support/boards-of-a-hall.js';
import { writeConfiguration } from '../scenarios/support/program.js';
import { scenario } from '../scenarios/support/scenario.js';
import { waitFor } from '../scenarios/support/waiting.js';
import { Watcher } from '../scenarios/support/watcher.js';
import { Authority, haveOpenssl, type Issued } from './support/authority.js';
import {
  endClients,
  heard,
  openFolder,
  published,
  removeFolder,
  ShippedBroker,
} from './support/shipped-broker.js';

describe.skipIf(!haveMosquitto || !haveOpenssl)('with the shipped broker files and certificates', () => {
  const test = scenario();

  async function brokerOf(hall: string) {
    const folder = openFolder();
    test.atEnd(() => removeFolder(folder));
    const authority = new Authority(folder);
    authority.run('init', hall);
    const broker = await ShippedBroker.start({
      folder,
      files: ['hallward.conf', 'hallward-mutual.conf'],
      certificate: authority.broker('localhost'),
      authority,
      edit: (name, text) =>
        name === 'hallward.conf' ? `${text}\nlog_type all\n` : text.replaceAll('/jinshan/', `/${hall}/`),
    });
    test.atEnd(() => broker.end('SIGKILL'));
    test.atEnd(endClients);
    const hubOf = ({ certFile, keyFile }: Issued) => ({
      url: `mqtts://localhost:${broker.network}`,
      ca: authority.caFile,
      cert: certFile,
      key: keyFile,
    });
    /** What the broker would not let anybody write. */
    const refused = () => broker.complaint.split('\n').filter((line) => line.includes('Denied'));
    return { folder, authority, broker, hubOf, refused };
  }

  it('a controller says, hears, answers and is configured, each by the role whose business it is', async () => {
    const { folder, authority, broker, hubOf, refused } = await brokerOf('jinshan');
    const config = join(folder, 'hallward.yaml');
    const document = {
      hall: 'jinshan',
      controller: 'row-d',
      hub: hubOf(authority.board('jinshan', 'row-d')),
      storage: { path: join(folder, 'storage') },
      buses: {},
      devices: {},
      calling: {
        queues: { general: { prefix: 'A', matter: 'registration', windows: ['5'] } },
        windows: { '5': { unit: 'Human Resources', staff: '0317' } },
      },
    };
    writeFileSync(config, JSON.stringify(document));
    const role = async (name: string) => broker.onNetwork(authority.person('li', name));
    const [hub, duty, admin, display, ratings] = [
      await role('hub'),
      await role('duty'),
      await role('admin'),
      await role('display'),
      await role('ratings'),
    ];
    const root = 'hallward/v1/jinshan/row-d';
    const latest = new Map<string, string>();
    hub.on('message', (topic, payload) => latest.set(topic.slice(root.length + 1), payload.toString()));
    await hub.subscribeAsync('hallward/#', { qos: 1 });
    const seenBy = {
      duty: await heard(duty, 'hallward/#'),
      admin: await heard(admin, 'hallward/#'),
      display: await heard(display, 'hallward/#'),
      ratings: await heard(ratings, 'hallward/#'),
    };
    const controller = test.program(['run', '--config', config]);
    await expect.poll(() => latest.get('status')).toContain('"online"');
    const issue = JSON.stringify({ id: 'try-1', queue: 'general' });
    expect(await published(duty, `${root}/command/ticket.issue`, issue)).toBe('taken');
    await expect.poll(() => latest.get('reply/try-1')).toContain('"ok":true');
    await expect.poll(() => latest.get('event/ticket.issued')).toContain('A001');
    const topics = (seen: readonly [string, string][]) => seen.map(([topic]) => topic.slice(root.length + 1));
    await expect
      .poll(() => topics(seenBy.duty))
      .toEqual(expect.arrayContaining(['reply/try-1', 'event/ticket.issued']));
    await expect
      .poll(() => topics(seenBy.display))
      .toEqual(expect.arrayContaining(['queue/general', 'window/5']));
    expect(topics(seenBy.display).filter((topic) => /^(event|reply)/.test(topic))).toEqual([]);
    await expect.poll(() => topics(seenBy.ratings)).toEqual(expect.arrayContaining(['ratings', 'status']));
    expect(topics(seenBy.ratings).filter((topic) => !/^(ratings|status)$/.test(topic))).toEqual([]);
    expect(topics(seenBy.admin)).not.toContain('ratings');

    // A push that cannot be read is answered: it has arrived.
    expect(await published(admin, `${root}/config/desired`, 'no JSON', true)).toBe('taken');
    await expect.poll(() => latest.get('config/reported')).toContain('"rejected"');
    expect([...latest.keys()].filter((topic) => topic.startsWith('fault/controller/controller.hub'))).toEqual(
      [],
    );
    await controller.stop();
    await expect.poll(() => latest.get('status')).toContain('"stopped"');
    expect(refused()).toEqual([]);
  });

  it('three boards of one hall lead, follow, take over, and are refused nothing', async () => {
    const { folder, authority, broker, hubOf, refused } = await brokerOf('hall');
    const boards = {
      a: new BoardOfAHall(folder, 'row-a', '5', { printer: true }),
      b: new BoardOfAHall(folder, 'row-b', '7', { printer: true }),
      c: new BoardOfAHall(folder, 'row-c', '8', { voice: true }),
    };
    for (const board of Object.values(boards)) test.atEnd(() => board.close());
    const { a, b, c } = boards;
    const hub = (board: BoardOfAHall) => hubOf(authority.board('hall', board.name));
    const calling = { queues, windows, holdSeconds: 0 };
    const documents = {
      a: a.document(hub(a), { calling: { ...calling, hands: ['row-b', 'row-c'] } }),
      b: b.document(hub(b), {
        leader: 'row-a',
        calling: { ...calling, standbyFor: 'row-a', hands: ['row-c'] },
      }),
      c: c.document(hub(c), { leader: ['row-a', 'row-b'] }),
    };
    const watch = async ({ root }: BoardOfAHall) => {
      const local = { kind: 'mosquitto', url: `mqtt://127.0.0.1:${broker.local}` };
      const watcher = await Watcher.start(local as never, root);
      test.atEnd(() => watcher.end());
      return watcher;
    };
    const watchers = { a: await watch(a), b: await watch(b), c: await watch(c) };
    const run = (board: BoardOfAHall, document: object) =>
      test.program(['run', '--config', writeConfiguration(board.folder, document)]);
    const leader = run(a, documents.a);
    run(b, documents.b);
    run(c, documents.c);
    const obeyed = (hand: Watcher, whom: string) =>
      waitFor(
        `${hand.root} follows ${whom}`,
        () =>
          hand.at('following').filter((one) => one.leader === whom && one.mode === 'following').length >= 2,
        60,
      );
    await obeyed(watchers.b, 'row-a');
    await obeyed(watchers.c, 'row-a');
    for (let issued = 0; issued < 3; issued++) await watchers.a.issue();
    b.keys.press('next');
    await waitFor('the board of window 7 shows 001', () => b.shows === '001');
    await waitFor('the voice of row-c says it', () =>
      c.voice?.heard.some(({ text, complete }) => complete && /零零一.*窗口/.test(text)),
    );
    b.keys.press('done');
    await watchers.a.event('ticket.served', 'A001', ({ data }) => data.number === 'A001');
    b.rates.rate('7', 5);
    await watchers.a.event('rating.submitted', 'at window 7');

    await leader.kill();
    await watchers.b.event('fault.raised', 'lost', ({ data }) => data.code === 'hall.leader-lost');
    const adopted = await watchers.b.command('calling.adopt', { by: 'duty' });
    expect(adopted).toMatchObject({ ok: true, result: { from: 'row-a' } });
    await obeyed(watchers.c, 'row-b');
    c.keys.press('next');
    await waitFor('board 8 shows 002', () => c.shows === '002');
    run(a, documents.a);
    await obeyed(watchers.a, 'row-b');
    a.keys.press('next');
    await waitFor('board 5 shows 003', () => a.shows === '003');
    for (const watcher of Object.values(watchers)) {
      expect(watcher.standing('fault/controller/controller.hub')).toEqual([]);
    }
    expect(refused()).toEqual([]);
  });
});
