import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Broker } from '../broker/support/broker.js';
import { writeConfiguration } from './support/program.js';
import { scenario } from './support/scenario.js';
import type { Document } from './support/virtual-hall.js';
import { waitFor } from './support/waiting.js';

/** A hall with its own queue system: this controller has no calling of its own. */
function led(document: Document): void {
  delete document.calling;
}

describe('a hall that another system leads', () => {
  const test = scenario();
  const tell = async (broker: Broker, ...args: string[]) => {
    const program = test.program([
      'command',
      ...args,
      ...['--url', broker.url, '--hall', 'hall', '--controller', 'row-a'],
    ]);
    const { code } = await program.ended;
    return { code, stdout: program.stdout, stderr: program.stderr };
  };

  it('passes keys on, shows numbers, and ties a rating to what the system says', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    await test.run(hall, hall.document(led));
    await watcher.see('status', 'online', ({ state }) => state === 'online');

    hall.keys5.press('next');
    await watcher.event('key.pressed', 'the key', ({ data }) => data.key === 'next' && data.window === '5');

    const shown = await tell(broker, 'board.show', 'device=board-5', 'text=A023');
    expect(shown).toEqual({ code: 0, stdout: 'shown: confirmed\n', stderr: '' });
    expect(hall.shows(5)).toBe('023');
    expect(hall.shows(6)).toBe('');

    // Nobody is invited yet: the press is the other system's business.
    hall.rates.rate('5', 2);
    await watcher.event('key.pressed', 'an uninvited rating', ({ data }) => data.key === '2');
    const tie = ['unit=Tax', 'staff=0412', 'matter=refund', 'ticket=Q-77', 'caseRef=case-9'];
    expect(await tell(broker, 'rating.invite', 'window=5', ...tie)).toMatchObject({ code: 0 });
    hall.rates.rate('5', 2);
    const { data } = await watcher.event('rating.submitted', 'the rating');
    expect(data).toMatchObject({
      level: 2,
      window: '5',
      unit: 'Tax',
      staff: '0412',
      matter: 'refund',
      ticket: 'Q-77',
      caseRef: 'case-9',
      callbackDue: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      chain: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(data.quarantined).toBeUndefined();
  });

  it('shows after a restart, and on a board whose driver begins anew, what the system said last', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    const controller = await test.run(hall, hall.document(led));
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    expect(await tell(broker, 'board.show', 'device=board-5', 'text=A023')).toMatchObject({ code: 0 });
    expect(await tell(broker, 'board.show', 'device=board-6', 'text=A024')).toMatchObject({ code: 0 });
    await controller.kill();
    hall.panels.panel(5).power.off();
    hall.panels.panel(5).power.on();
    const again = await test.run(hall, hall.document(led));
    await waitFor('both numbers', () => hall.shows(5) === '023' && hall.shows(6) === '024');

    expect(await tell(broker, 'board.show', 'device=board-6', 'text=')).toMatchObject({ code: 0 });
    const renamed = hall.document((document) => {
      led(document);
      Object.assign(document.devices['board-5'] ?? {}, { label: 'window 5' });
    });
    writeConfiguration(hall.folder, renamed);
    again.signal('SIGHUP');
    await watcher.see(
      'config/reported',
      'applied',
      ({ state, devices }) => state === 'applied' && devices['board-5'] === 'restarted',
    );
    await waitFor('the number that stands', () => hall.shows(5) === '023');
    expect(hall.shows(6)).toBe('');
  });

  it('says no in words, with an exit status, and never twice the same', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    await test.run(hall, hall.document(led));
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    expect(await tell(broker, 'board.shw', 'device=board-5')).toMatchObject({
      code: 64,
      stderr: 'hallward command: there is no command "board.shw"; did you mean "board.show"?\n',
    });
    expect(await tell(broker, 'board.show', 'device=nowhere', 'text=A023')).toMatchObject({
      code: 1,
      stderr: 'device.unknown: There is no board nowhere.\n',
    });
    expect(await tell(broker, 'window.call', 'window=5')).toMatchObject({
      code: 1,
      stderr: 'calling.not-here: This controller does not lead the calling.\n',
    });
    expect(await tell(broker, 'board.show', 'device')).toMatchObject({ code: 64 });
    const silent = test.program([
      ...['command', 'window.call', 'window=5', '--hall', 'hall', '--controller', 'row-a'],
      ...['--url', 'mqtt://127.0.0.1:1'],
    ]);
    expect((await silent.ended).code).toBe(69);
    expect(silent.stderr).toMatch(
      /^hallward command: the hub mqtt:\/\/127\.0\.0\.1:1 cannot be reached: .*\n$/,
    );
  });

  it('shows free text only when it is signed, where a key is configured, and records who wanted it', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const [publicFile, privateFile] = [join(hall.folder, 'texts.pub'), join(hall.folder, 'texts.key')];
    writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const controller = await test.run(
      hall,
      hall.document((document) => {
        document.freeText = { key: publicFile };
      }),
    );
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    const notice = ['notice.set', 'text=closed at noon', 'by=duty', 'minutes:=30'];
    expect(await tell(broker, ...notice)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^text\.unsigned: /),
    });
    expect(await tell(broker, ...notice, '--sign', privateFile)).toMatchObject({ code: 0 });
    const { data } = await watcher.event('text.shown', 'the record');
    expect(data).toMatchObject({ name: 'notice.set', text: 'closed at noon', by: 'duty' });
    // A number is no free text, and needs no signature.
    expect(await tell(broker, 'board.show', 'device=board-6', 'text=A001')).toMatchObject({ code: 0 });
    await waitFor('the number', () => hall.shows(6) === '001');
    expect(controller.hasEnded).toBe(false);
    expect(controller.output).not.toContain('PRIVATE');
  });
});
