/**
 * Who may do what with the shipped `hallward.acl`: every user tries every topic of every controller. The table stands
 * here, apart from the file; a topic, event or command that is declared in the program and not here does not compile.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CommandName, commandSchemas } from '../../src/protocols/hub/commands.js';
import { type EventType, eventTypes } from '../../src/protocols/hub/events.js';
import { type Topics, topicsOf } from '../../src/protocols/hub/topics.js';
import { haveMosquitto } from '../broker/support/broker.js';
import { Authority, haveOpenssl } from './support/authority.js';
import {
  endClients,
  notAuthorized,
  openFolder,
  published,
  removeFolder,
  ShippedBroker,
  settled,
} from './support/shipped-broker.js';

/** row-a leads row-b and row-c, row-b may take over, row-d knows nothing of them. */
const controllers = ['row-a', 'row-b', 'row-c', 'row-d'];
const roles = 'admin duty maintenance display ratings announcer queue-system hub jinshan bridge'.split(' ');
const users = [...controllers, ...roles];

type State = Exclude<
  keyof Topics,
  'root' | 'event' | 'command' | 'reply' | 'configDesired' | 'allCommands' | 'allRetainedState'
>;

/** What a controller says: which roles read it. `hub` and `bridge` read everything. */
const stateReaders: Record<State, string> = {
  status: 'admin duty maintenance display ratings announcer queue-system',
  health: 'admin maintenance',
  device: 'admin duty maintenance queue-system',
  fault: 'admin duty maintenance',
  queue: 'admin duty display',
  window: 'admin duty display',
  ratings: 'ratings',
  channels: 'admin duty maintenance display queue-system',
  room: 'admin duty maintenance display',
  claim: 'admin duty',
  waiting: 'admin',
  leading: 'admin',
  following: 'admin',
  configReported: 'admin',
};
const hallOnly = new Set<State>(['waiting', 'leading', 'following']);

const replyReaders = 'admin duty maintenance announcer queue-system';

const aTicket = 'admin duty';
const eventReaders: Record<EventType, string> = {
  'ticket.issued': aTicket,
  'ticket.called': aTicket,
  'ticket.recalled': aTicket,
  'ticket.shown': aTicket,
  'ticket.announced': aTicket,
  'ticket.printed': aTicket,
  'ticket.served': aTicket,
  'ticket.skipped': aTicket,
  'ticket.returned': aTicket,
  'ticket.transferred': aTicket,
  'ticket.prioritised': aTicket,
  'ticket.cancelled': aTicket,
  'ticket.expired': aTicket,
  'window.opened': aTicket,
  'window.paused': aTicket,
  'window.resumed': aTicket,
  'window.closed': aTicket,
  'window.unattended': aTicket,
  'rating.submitted': 'ratings',
  'rating.missed': 'ratings',
  'rating.repeat-bad': 'ratings',
  'channel.changed': aTicket,
  'text.shown': aTicket,
  'hall.alarm': aTicket,
  // Keys of ratings are among them.
  'key.pressed': 'queue-system',
  'calling.adopted': aTicket,
  'fault.raised': 'admin duty maintenance',
  'fault.cleared': 'admin duty maintenance',
  'fault.acknowledged': 'admin duty maintenance',
  'fault.shelved': 'admin duty maintenance',
  'supply.changed': 'admin duty maintenance',
  'occupancy.summary': aTicket,
  'entrance.summary': aTicket,
  'washroom.summary': 'admin duty maintenance',
  'washroom.cleaned': 'admin duty maintenance',
  'config.applied': 'admin',
  'config.rejected': 'admin',
  'config.rolled-back': 'admin',
  'command.done': 'admin',
  'command.refused': 'admin',
};

const commandSenders: Record<CommandName, string> = {
  'ticket.issue': 'duty',
  'ticket.return': 'duty',
  'ticket.cancel': 'duty',
  'ticket.transfer': 'duty',
  'ticket.prioritise': 'duty',
  'ticket.reprint': 'duty',
  'window.call': 'duty',
  'window.recall': 'duty',
  'window.skip': 'duty',
  'window.done': 'duty',
  'window.pause': 'duty',
  'window.resume': 'duty',
  'window.open': 'duty',
  'window.close': 'duty',
  'window.login': 'duty',
  'window.logout': 'duty',
  'window.serve': 'duty',
  'rating.invite': 'queue-system leader',
  'board.show': 'duty queue-system leader',
  say: 'duty announcer queue-system leader',
  'ticket.print': 'queue-system leader',
  'notice.set': 'duty announcer',
  'notice.clear': 'duty announcer',
  'hall.blank': 'duty announcer',
  'day.begin': 'duty',
  'calling.adopt': 'duty',
  'manual.end': 'duty',
  'supply.replaced': 'maintenance',
  'washroom.cleaned': 'maintenance',
  'fault.acknowledge': 'duty maintenance',
  'fault.shelve': 'maintenance',
  'device.test': 'maintenance',
  'device.identify': 'maintenance',
  'device.disable': 'admin',
  'device.enable': 'admin',
  'hall.test': 'duty',
  'capture.get': 'maintenance',
  'config.plan': 'admin',
  'config.history': 'admin',
  'config.get': 'admin',
  'events.resend': 'hub',
};

/** Who leads or may lead whom, and who follows. */
const orders: Record<string, readonly string[]> = {
  'row-a': ['row-b', 'row-c'],
  'row-b': ['row-a', 'row-c'],
};
const follows: Record<string, readonly string[]> = {
  'row-a': ['row-b'],
  'row-b': ['row-a'],
  'row-c': ['row-a', 'row-b'],
};
const heardInHall = ['row-a', 'row-b', 'row-c'];

interface Tried {
  readonly topic: string;
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

/** Every topic of a controller, and one that nothing stands behind. */
function topicsToTry(controller: string): Tried[] {
  const topics = topicsOf('jinshan', controller);
  const named = (text: string) => text.split(' ').filter((name) => name !== '');
  const leaders = controllers.filter((one) => orders[one]?.includes(controller));
  const followers = controllers.filter((one) => follows[one]?.includes(controller));
  const says = (topic: string, readers: readonly string[], isHallOnly = false): Tried => ({
    topic,
    readers: [...readers, 'hub', 'bridge'],
    writers: [controller, 'bridge', ...(isHallOnly ? [] : ['jinshan'])],
  });
  const example = { device: 'tickets', queue: 'general', window: '5', claim: 'general', waiting: 'general' };
  const states = (Object.keys(stateReaders) as State[]).map((state) => {
    const make = topics[state] as string | ((...names: string[]) => string);
    const names = state === 'fault' ? ['tickets', 'printer.media-low'] : [Reflect.get(example, state) ?? ''];
    const isOwn = !['health', 'leading', 'following', 'configReported'].includes(state);
    return says(
      typeof make === 'string' ? make : make(...names),
      [
        ...named(stateReaders[state]),
        ...(isOwn ? [controller] : []),
        ...(['status', 'claim'].includes(state) ? heardInHall : []),
        // A leader hears the boards of all, whoever leads them.
        ...(['device', 'following'].includes(state) ? Object.keys(orders) : []),
        ...(['leading', 'waiting'].includes(state) ? followers : []),
      ],
      hallOnly.has(state),
    );
  });
  const events = Object.entries(eventReaders).map(([type, readers]) =>
    says(topics.event(type), [...named(readers), ...(type === 'key.pressed' ? Object.keys(orders) : [])]),
  );
  const commands = Object.entries(commandSenders).map(([name, senders]) => ({
    topic: topics.command(name),
    readers: [controller, 'hub', 'jinshan', 'bridge'],
    writers: [
      'bridge',
      ...named(senders).filter((one) => one !== 'leader'),
      ...(named(senders).includes('leader') ? leaders : []),
    ],
  }));
  return [
    ...states,
    ...events,
    ...commands,
    says(topics.reply('x-1'), [...named(replyReaders), ...Object.keys(orders)]),
    {
      topic: topics.configDesired,
      readers: [controller, 'admin', 'hub', 'jinshan', 'bridge'],
      writers: ['admin', 'bridge'],
    },
    { topic: topics.root, readers: ['hub', 'bridge'], writers: ['bridge'] },
    { topic: `${topics.root}/anything`, readers: ['hub', 'bridge'], writers: ['bridge'] },
    {
      topic: topics.command('no.such'),
      readers: [controller, 'hub', 'jinshan', 'bridge'],
      writers: ['bridge'],
    },
  ];
}

/** Topics of nobody here: another hall, a controller that bears a role's name, another version, the broker's own. */
const foreign: Tried[] = [
  { topic: 'hallward/v1/elsewhere/row-a/status', readers: ['hub'], writers: [] },
  { topic: 'hallward/v1/elsewhere/row-a/config/desired', readers: ['hub'], writers: [] },
  { topic: 'hallward/v1/elsewhere/jinshan/status', readers: ['hub'], writers: [] },
  { topic: 'hallward/v2/jinshan/row-a/status', readers: [], writers: [] },
  { topic: 'other', readers: [], writers: [] },
];

const isRead = (tried: Tried, user: string) => tried.readers.includes(user);
const isWritten = (tried: Tried, user: string) => tried.writers.includes(user);

describe.skipIf(!haveMosquitto || !haveOpenssl)('with the shipped rights', () => {
  const everything = [...controllers.flatMap(topicsToTry), ...foreign];
  let folder: string;
  let authority: Authority;
  let broker: ShippedBroker;

  beforeAll(async () => {
    folder = openFolder();
    authority = new Authority(folder);
    authority.run('init');
    const certificate = authority.broker('localhost', '127.0.0.1');
    const files = ['hallward.conf', 'hallward-network.conf'];
    broker = await ShippedBroker.start({ folder, files, certificate, authority, users });
  }, 60_000);

  afterEach(endClients);

  afterAll(async () => {
    await broker?.end('SIGKILL');
    removeFolder(folder);
  });

  it('every topic, event and command of the program is tried', () => {
    expect(Object.keys(eventReaders).sort()).toEqual(Object.keys(eventTypes).sort());
    expect(Object.keys(commandSenders).sort()).toEqual(Object.keys(commandSchemas).sort());
    const { allRetainedState, allCommands, root, ...single } = topicsOf('jinshan', 'row-a');
    const table = [...Object.keys(stateReaders), 'event', 'command', 'reply', 'configDesired'];
    expect(table.sort()).toEqual(Object.keys(single).sort());
    expect(allRetainedState.length + allCommands.length + root.length).toBeGreaterThan(0);
  });

  it.each(users)('%s hears what it should, and nothing else', async (user) => {
    const [client, all] = [await broker.onNetwork(user), await broker.atBoard()];
    const came = new Set<string>();
    client.on('message', (topic) => came.add(topic));
    await client.subscribeAsync(['#', '$SYS/#'], { qos: 0 });
    await Promise.all(everything.map(({ topic }) => all.publishAsync(topic, 'x', { qos: 1 })));
    await settled(client);
    const wanted = everything.filter((tried) => isRead(tried, user)).map(({ topic }) => topic);
    expect([...came].sort()).toEqual(wanted.sort());
  });

  it.each(users)(
    '%s writes what it should, and is told "not authorized" of everything else',
    async (user) => {
      const [client, all] = [await broker.onNetwork(user), await broker.atBoard()];
      const came = new Set<string>();
      all.on('message', (topic) => came.add(topic));
      await all.subscribeAsync('#', { qos: 0 });
      const answers = await Promise.all(everything.map(({ topic }) => published(client, topic)));
      await settled(all);
      const told = Object.fromEntries(everything.map(({ topic }, index) => [topic, answers[index]]));
      const wanted = Object.fromEntries(
        everything.map((tried) => [tried.topic, isWritten(tried, user) ? 'taken' : notAuthorized]),
      );
      expect(told).toEqual(wanted);
      // The broker's word is also what it does.
      const written = everything.filter((tried) => isWritten(tried, user)).map(({ topic }) => topic);
      expect([...came].sort()).toEqual(written.sort());
    },
  );

  it('nobody but the admin leaves a configuration standing, nor takes one away', async () => {
    const desired = topicsOf('jinshan', 'row-a').configDesired;
    const all = await broker.atBoard();
    const admin = await broker.onNetwork('admin');
    expect(await published(admin, desired, 'the configuration', true)).toBe('taken');
    for (const user of users.filter((one) => !['admin', 'bridge'].includes(one))) {
      const client = await broker.onNetwork(user);
      expect([user, await published(client, desired, '', true)]).toEqual([user, notAuthorized]);
      expect([user, await published(client, desired, 'another', true)]).toEqual([user, notAuthorized]);
    }
    const stands: string[] = [];
    all.on('message', (_topic, payload) => stands.push(payload.toString()));
    await all.subscribeAsync(desired);
    await settled(all);
    expect(stands).toEqual(['the configuration']);
    await published(all, desired, '', true);
  });

  it('no role is a controller of its own name', async () => {
    for (const user of roles.filter((one) => !['jinshan', 'bridge'].includes(one))) {
      const client = await broker.onNetwork(user);
      const { status, claim } = topicsOf('jinshan', user);
      expect([user, await published(client, status)]).toEqual([user, notAuthorized]);
      expect([user, await published(client, claim('general'))]).toEqual([user, notAuthorized]);
    }
  });

  it('a will that its sender could not say itself is not said by its death either', async () => {
    const all = await broker.atBoard();
    const came: string[] = [];
    all.on('message', (topic) => came.push(topic));
    await all.subscribeAsync('#', { qos: 0 });
    for (const name of ['row-b', 'row-d']) {
      const will = {
        topic: topicsOf('jinshan', name).status,
        payload: Buffer.from('lost'),
        qos: 1,
        retain: false,
      };
      const client = await broker.onNetwork('row-d', { will: { ...will, qos: 1 } });
      client.stream.destroy();
    }
    await expect.poll(() => came.length).toBeGreaterThan(0);
    await settled(all);
    expect(came).toEqual([topicsOf('jinshan', 'row-d').status]);
  });

  it('nobody comes in without a name and its password, or with signs in the name that mean more', async () => {
    await expect(broker.onNetwork('row-a', { password: 'wrong' })).rejects.toMatchObject({
      code: notAuthorized,
    });
    await expect(broker.onNetwork('nobody')).rejects.toMatchObject({ code: notAuthorized });
    for (const username of ['', '+', '#', 'row-a/', '%u']) {
      await expect(broker.onNetwork('row-a', { username })).rejects.toMatchObject({ code: notAuthorized });
    }
    const { username, password, ...rest } = { username: 0, password: 0, ca: authority.ca };
    await expect(
      broker.onNetwork({ cert: '', key: '', certFile: '', keyFile: '' }, rest),
    ).rejects.toMatchObject({ code: notAuthorized });
  });
});
