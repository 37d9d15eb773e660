/**
 * All that a real controller says and takes is as the AsyncAPI document has it. The document is what the program prints;
 * the messages are seen by an independent subscriber and checked by ajv.
 */
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/protocols/hub/commands.js';
import type { Broker } from '../broker/support/broker.js';
import { AsyncApiChecker } from '../protocols/support/asyncapi-checker.js';
import { freePort } from '../support/free-port.js';
import { scenario } from './support/scenario.js';
import type { Payload, Reply, Watcher } from './support/watcher.js';

type Test = ReturnType<typeof scenario>;

async function checkerOf(test: Test): Promise<AsyncApiChecker> {
  const printed = test.program(['asyncapi']);
  expect(await printed.ended).toMatchObject({ code: 0 });
  return new AsyncApiChecker(JSON.parse(printed.stdout));
}

/** Everything wrong with what was seen. */
function problemsOf(watcher: Watcher, checker: AsyncApiChecker): string[] {
  return watcher.messages.flatMap((message) => checker.problems(message));
}

/** Kinds of messages that were seen: `device`, `event/ticket.issued`. */
function kindsOf({ messages, root }: Watcher): Set<string> {
  return new Set(
    messages.map(({ topic }) => {
      const [kind = '', detail = ''] = topic.slice(root.length + 1).split('/');
      return ['event', 'config'].includes(kind) ? `${kind}/${detail}` : kind;
    }),
  );
}

describe('a busy hall with one of everything', () => {
  const test = scenario();

  it('says what is declared, and answers every command as it is declared', async () => {
    const checker = await checkerOf(test);
    const port = await freePort();
    test.program(['demo', '--port', String(port), '--plain']);
    const broker = { kind: 'aedes', port, url: `mqtt://127.0.0.1:${port}` } as Broker;
    const watcher = await test.watch(broker, 'hallward/v1/demo/row-a');
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    await watcher.event('ticket.called', 'people are called');

    const answered = new Map<string, Reply>();
    const isDone = (name: keyof typeof commands) => answered.get(name)?.ok === true;
    const ask = async (name: keyof typeof commands, args: object = {}): Promise<Payload> => {
      const reply = await watcher.command(name, args);
      if (!isDone(name)) answered.set(name, reply);
      return reply.result ?? {};
    };
    const queue = 'property';
    /** A ticket that nobody calls meanwhile: the last of its queue. */
    const issue = async (): Promise<string> => (await ask('ticket.issue', { queue, by: 'zhao' })).ticket;
    await ask('ticket.print', { device: 'tickets', lines: ['测试'] });
    // The clerk of window 2 presses keys meanwhile, and may call whom we mean: what that spoils is asked again.
    const spoilt = (Object.keys(commands) as (keyof typeof commands)[]).filter((name) =>
      /^(ticket|window)\./.test(name),
    );
    for (let round = 0; round < 10 && !spoilt.every(isDone); round++) {
      await ask('ticket.reprint', { ticket: await issue() });
      await ask('ticket.prioritise', { ticket: await issue() });
      await ask('ticket.transfer', { ticket: await issue(), queue: 'insurance' });
      await ask('ticket.cancel', { ticket: await issue() });
      await ask('window.login', { window: '2', staff: '0317' });
      await ask('window.serve', { window: '2', queues: ['property', 'insurance'] });
      await ask('window.open', { window: '2' });
      await ask('window.call', { window: '2', ticket: await issue() });
      await ask('window.recall', { window: '2' });
      const skipped = watcher.latest('window/2')?.ticket;
      await ask('window.skip', { window: '2' });
      await ask('ticket.return', { ticket: skipped });
      await ask('window.call', { window: '2', ticket: await issue() });
      await ask('window.done', { window: '2' });
      await ask('window.pause', { window: '2' });
      await ask('window.resume', { window: '2' });
      await ask('window.logout', { window: '2' });
      await ask('window.close', { window: '2' });
    }
    await ask('board.show', { device: 'board-2', text: 'A012', style: 'blink' });
    await ask('say', { text: 'Please take a seat.', device: 'voice' });
    await ask('say', { device: 'voice', call: { ticket: 'x', number: 'A001', window: '1' } });
    await ask('rating.invite', { window: '2', unit: 'x', staff: '0317', matter: 'x', ticket: 'x' });
    await ask('notice.set', { text: '今天16:30停止取号', minutes: 5 });
    await ask('notice.clear');
    await ask('hall.blank', { active: true, by: 'zhao' });
    await ask('hall.blank', { active: false });
    await ask('supply.replaced', { device: 'kiosk-paper' });
    await ask('washroom.cleaned', { device: 'washroom-n', by: 'li' });
    await ask('device.test', { device: 'seats' });
    await ask('device.identify', { device: 'fault-lamp', seconds: 1 });
    await ask('device.disable', { device: 'water', reason: 'being repaired' });
    const fault = { device: 'water', code: 'device.disabled', by: 'wang' };
    await ask('fault.acknowledge', { ...fault, note: 'on its way' });
    await ask('fault.shelve', { ...fault, minutes: 5, reason: 'waits for a part' });
    await ask('device.enable', { device: 'water' });
    await ask('config.history');
    await ask('config.get');
    const {
      hall: _,
      controller: __,
      storage: ___,
      ...config
    } = watcher.latest('config/reported')?.config ?? {};
    await ask('config.plan', { revision: 1, config });
    await ask('capture.get', { capture: 'none' });
    await ask('hall.test');
    await ask('calling.adopt', { by: 'zhao' });
    await ask('manual.end');
    const { store, sequence } = watcher.rawEvents().at(-1)!;
    const to = Number(sequence);
    await ask('events.resend', { store, from: Math.max(1, to - 20), to });
    await watcher.see('health', 'told', () => true, 40);
    // Last, for whoever waits is sent home by it.
    const tomorrow = new Date(Date.now() + 24 * 3_600_000);
    await ask('day.begin', { date: tomorrow.toLocaleDateString('sv-SE') });

    expect(problemsOf(watcher, checker)).toEqual([]);
    const no = [...answered]
      .filter(([, { ok }]) => !ok)
      .map(([name, { error }]) => `${name}: ${error?.code}`);
    expect(no).toEqual([
      'capture.get: capture.unknown',
      'hall.test: hall.open',
      'calling.adopt: calling.leads-already',
      'manual.end: manual.not-active',
    ]);
    expect([...answered.keys()].sort()).toEqual(Object.keys(commands).sort());
    const kinds = kindsOf(watcher);
    for (const kind of ['device', 'queue', 'window', 'room', 'ratings', 'claim', 'fault', 'channels']) {
      expect(kinds).toContain(kind);
    }
    for (const type of ['ticket.printed', 'ticket.announced', 'fault.raised', 'text.shown', 'command.done']) {
      expect(kinds).toContain(`event/${type}`);
    }
  });
});

describe('a small hall at a broker of its own', () => {
  const test = scenario();

  it('says what is declared also while wires fail, configurations come and it stops', async () => {
    const checker = await checkerOf(test);
    const { watcher, hall, controller } = await test.all();
    expect(await watcher.command('hall.test')).toMatchObject({ ok: true });
    await watcher.issue();
    await watcher.issue('general', true);
    hall.keys5.press('next');
    await watcher.event('ticket.called', 'by a key');
    hall.keys5.press('done');
    await watcher.event('ticket.served', 'by a key');
    hall.rates.rate('5', 2);
    await watcher.event('rating.submitted', 'by a button');
    await watcher.command('window.cal', { window: '5' });
    await watcher.command('window.call', { widow: '5' });
    await watcher.send('window.call', '{"id":"a/+","window":"5"}');
    await watcher.event('command.refused', 'without a reply', ({ data }) => data.id === null);
    hall.cables.row.cable.cut();
    const lost = await watcher.event('fault.raised', 'the cable', ({ data }) => data.code === 'bus.lost');
    const { capture } = lost.data.evidence;
    expect(await watcher.command('capture.get', { capture })).toMatchObject({ ok: true });
    hall.cables.row.cable.join();
    await watcher.event('fault.cleared', 'the cable', ({ data }) => data.code === 'bus.lost');
    const push = (payload: string) =>
      watcher.client.publishAsync(`${watcher.root}/config/desired`, payload, { qos: 1, retain: true });
    const { hall: _, controller: __, storage: ___, ...config } = hall.document();
    await push(JSON.stringify({ revision: 1, config: { ...config, language: 'zh-CN' } }));
    await watcher.event('config.applied', 'the push', ({ data }) => data.revision === 1, 40);
    await push('{"revision":');
    await watcher.event('config.rejected', 'what is no JSON');
    await controller.stop();
    await watcher.see('status', 'stopped', ({ state }) => state === 'stopped');

    // What we sent ourselves is wrong on purpose.
    const ours = ['command/window.call', 'config/desired'];
    const said = watcher.messages.filter(({ topic }) => !ours.some((one) => topic.endsWith(one)));
    const asked = watcher.messages.filter(({ topic }) => topic.endsWith('command/window.call'));
    expect(asked.map((message) => checker.problems(message).length > 0)).toEqual([true, true]);
    expect(said.flatMap((message) => checker.problems(message))).toEqual([]);
    const kinds = kindsOf(watcher);
    for (const kind of ['status', 'event/fault.raised', 'event/rating.submitted', 'event/config.applied']) {
      expect(kinds).toContain(kind);
    }
  });
});
