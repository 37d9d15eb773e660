/** `hallward config` as an administrator has it: the real program against a real controller over a real broker. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Broker } from '../broker/support/broker.js';
import { scenario } from './support/scenario.js';
import type { Document, VirtualHall } from './support/virtual-hall.js';
import { waitFor } from './support/waiting.js';

describe('hallward config', () => {
  const test = scenario();
  const rowA = ['--hall', 'hall', '--controller', 'row-a'];

  async function config(broker: Broker, ...args: string[]) {
    const program = test.program(['config', ...args, '--url', broker.url, '--language', 'en']);
    const { code } = await program.ended;
    return { code, stdout: program.stdout, stderr: program.stderr };
  }

  /** A whole configuration in a file of its own, as an administrator has it. */
  function written(hall: VirtualHall, change: (document: Document) => void, name = 'new.yaml'): string {
    const path = join(hall.folder, name);
    writeFileSync(path, JSON.stringify(hall.document(change)));
    return path;
  }

  const slower = ({ devices }: Document) => {
    Object.assign(devices['board-6'] ?? {}, { pollMilliseconds: 700 });
  };

  it('shows what a change would touch, pushes it, and goes back', async () => {
    const { broker, hall, watcher, controller } = await test.all();
    const opened = controller.log.filter(({ msg }) => msg === 'bus open').length;
    const path = written(hall, slower);

    const running = await config(broker, 'get', ...rowA);
    expect(parse(running.stdout)).toEqual(hall.document());
    expect(running.stderr).toContain("the board's file runs");
    const same = await config(
      broker,
      'diff',
      written(hall, () => {}, 'same.yaml'),
    );
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('would change nothing') });
    const differs = await config(broker, 'diff', path);
    expect(differs.code).toBe(1);
    expect(differs.stdout).toContain('\n+ devices.board-6.pollMilliseconds: 700\n');
    expect(differs.stdout).toContain('\n  restarted: board-6\n');
    const dry = await config(broker, 'push', path, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 1 +would change/) });
    expect(watcher.latest('config/reported')).toMatchObject({ revision: 0 });

    const pushed = await config(broker, 'push', path);
    expect(pushed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^row-a +revision 1 +applied +1 restarted, 4 kept\n$/),
    });
    const reported = await watcher.see('config/reported', 'revision 1', ({ revision }) => revision === 1);
    expect(reported).toMatchObject({
      state: 'applied',
      devices: { 'board-6': 'restarted', 'board-5': 'kept' },
    });
    expect(controller.log.filter(({ msg }) => msg === 'bus open')).toHaveLength(opened);
    const nothing = await config(broker, 'push', path);
    expect(nothing).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/revision 2 +applied +nothing changed/),
    });

    const history = await config(broker, 'get', ...rowA, '--history');
    expect(history.stdout).toMatch(/\n\* +2 .*push +applied .*\n +1 .*push +applied .*\n +0 +file +applied /);
    const back = await config(broker, 'reset', ...rowA, '--to-file');
    expect(back).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^row-a +revision 3 +applied +1 restarted/),
    });
    expect(parse((await config(broker, 'get', ...rowA)).stdout)).toEqual(hall.document());
    const again = await config(broker, 'reset', ...rowA, '--to', '1');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 4 +applied/) });

    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('calling goes on', () => hall.shows(5) === '001');
  });

  it('tells each mistake of a file with its path, and touches nothing', async () => {
    const { broker, hall, watcher } = await test.all();
    const bad = written(hall, ({ devices }) => {
      Object.assign(devices['board-5'] ?? {}, { address: 'five' });
      Object.assign(devices['board-6'] ?? {}, { profil: 'x' });
    });
    const differs = await config(broker, 'diff', bad);
    expect(differs.code).toBe(78);
    expect(differs.stdout).toContain('would reject it:');
    const pushed = await config(broker, 'push', bad);
    expect(pushed.code).toBe(1);
    expect(pushed.stdout).toMatch(/^row-a +revision 1 +rejected +the board's file runs\n/);
    expect(pushed.stdout).toContain('devices.board-6.profil: unknown key');
    expect(pushed.stdout).toContain('devices.board-5.address: found "five"');
    await watcher.event('config.rejected', 'it', ({ data }) => data.revision === 1);
    const again = await config(broker, 'push', written(hall, slower));
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 2 +applied/) });
    const old = await config(broker, 'push', bad, '--revision', '1');
    expect(old).toMatchObject({ code: 1, stdout: expect.stringContaining('stale') });
  });

  it('signs for a board that takes signed configurations only, and says so where it was not signed', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const made = test.program(['config', 'keygen', join(hall.folder, 'hall')]);
    expect((await made.ended).code).toBe(0);
    const configKey = join(hall.folder, 'hall.pub');
    chmodSync(configKey, 0o644);
    const watcher = await test.watch(broker, hall.root);
    const signedOnly = (document: Document) => {
      document.hub = { url: broker.url, configKey };
    };
    await test.run(hall, hall.document(signedOnly));
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    const path = written(hall, (document) => {
      signedOnly(document);
      slower(document);
    });
    for (const _ of [1, 2]) {
      const unsigned = await config(broker, 'push', path);
      expect(unsigned).toMatchObject({ code: 1, stdout: expect.stringMatching(/signature: missing/) });
    }
    expect((await config(broker, 'diff', path)).code).toBe(1);
    const sign = ['--sign', join(hall.folder, 'hall.key')];
    const differs = await config(broker, 'diff', path, ...sign);
    expect(differs.stdout).toContain('restarted: board-6');
    const signed = await config(broker, 'push', path, ...sign);
    expect(signed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 1 +applied/) });
    const back = await config(broker, 'reset', ...rowA, '--to', '0', ...sign);
    expect(back).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row-a +revision 2 +applied/) });
  });
});
