import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeConfiguration } from './support/program.js';
import { scenario } from './support/scenario.js';

const secret = 'Geheim-7f3b-nobody-sees-this';

describe('the contents of a password file', () => {
  const test = scenario();

  it('are never said: not in the log, not on a topic, not in an error', async () => {
    const broker = await test.broker({ users: { 'row-a': secret, watcher: 'seeing' } });
    const hall = test.hall();
    const passwordFile = join(hall.folder, 'hub.password');
    writeFileSync(passwordFile, `${secret}\n`, { mode: 0o600 });
    const watcher = await test.watch(broker, hall.root, { username: 'watcher', password: 'seeing' });
    const document = hall.document((change) => {
      change.hub = { url: broker.url, username: 'row-a', passwordFile };
    });
    const controller = await test.run(hall, document);
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    await watcher.issue();
    hall.keys5.press('next');
    await watcher.event('ticket.called', 'all works');
    const reported = await watcher.see('config/reported', 'applied');
    expect(reported.config.hub).toEqual({ url: broker.url, username: 'row-a', passwordFile });

    // Wrong from now on: refused, and said without saying it.
    writeFileSync(passwordFile, `${secret}-wrong`, { mode: 0o600 });
    writeConfiguration(hall.folder, {
      ...document,
      hub: { url: [broker.url], username: 'row-a', passwordFile },
    });
    controller.signal('SIGHUP');
    await controller.says('hub: no connection');
    expect(controller.output).not.toContain('Geheim');

    chmodSync(passwordFile, 0o644);
    const file = writeConfiguration(hall.folder, document);
    const check = test.program(['check', file]);
    expect((await check.ended).code).toBe(78);
    expect(check.stderr).toContain(`chmod 600 ${passwordFile}`);
    expect(check.output).not.toContain('Geheim');

    writeConfiguration(hall.folder, {
      ...document,
      hub: { url: `mqtt://row-a:${secret}@127.0.0.1:${broker.port}` },
    });
    const inUrl = test.program(['check', file]);
    expect((await inUrl.ended).code).toBe(78);
    expect(inUrl.output).not.toContain('Geheim');

    controller.signal('SIGHUP');
    await controller.stop();
    expect(controller.output).not.toContain('Geheim');
    for (const { topic, text } of watcher.messages) expect(`${topic} ${text}`).not.toContain('Geheim');
  });

  it('that is missing keep nobody from calling', async () => {
    const broker = await test.broker();
    const hall = test.hall();
    const passwordFile = join(hall.folder, 'absent.password');
    const document = hall.document((change) => {
      change.hub = { url: broker.url, username: 'row-a', passwordFile };
    });
    const controller = await test.run(hall, document);
    await controller.says('hub: no connection');
    expect(controller.output).toContain('absent.password');
    expect(controller.hasEnded).toBe(false);
    expect(await controller.stop()).toEqual({ code: 0, signal: null });
  });
});
