/**
 * The tests that need a Linux guest, for those who have one: `HALLWARD_GUEST=/path/to/starter npx vitest run tests/guest`.
 * See run.mjs.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const runner = join(import.meta.dirname, 'run.mjs');
const limitMilliseconds = 15 * 60_000;
const names = spawnSync(process.execPath, [runner, '--list'], { encoding: 'utf8' }).stdout.trim().split('\n');

function runInGuest(name: string): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    let output = '';
    const child = spawn(process.execPath, [runner, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += text;
      });
    child.once('close', (code) => done({ code, output }));
  });
}

describe.skipIf(!process.env.HALLWARD_GUEST)(
  'in a Linux guest (skipped unless HALLWARD_GUEST names the program that starts one)',
  () => {
    it.each(names)(
      '%s',
      async (name) => {
        const { code, output } = await runInGuest(name);
        expect(code, output).toBe(0);
      },
      limitMilliseconds,
    );
  },
);

describe('the runner of the guest tests', () => {
  it('knows them all', () => {
    expect(names).toEqual(
      expect.arrayContaining(['config-power', 'deploy', 'power-cut', 'usb-printer', 'usb-unplug']),
    );
    expect(names).not.toContain('power-cut-check');
    expect(names).not.toContain('config-power-round');
  });

  it('says what is missing where there is no guest, and fails for a test that is not there', () => {
    const without = { ...process.env, HALLWARD_GUEST: '' };
    const skipped = spawnSync(process.execPath, [runner], { encoding: 'utf8', env: without });
    expect(skipped).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('HALLWARD_GUEST names no guest'),
    });
    const unknown = spawnSync(process.execPath, [runner, 'usb-printr'], { encoding: 'utf8', env: without });
    expect(unknown).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('no such test: usb-printr'),
    });
  });

  it('fails where a test fails', () => {
    const env = { ...process.env, HALLWARD_GUEST: '/bin/false' };
    const failed = spawnSync(process.execPath, [runner, 'usb-printer'], { encoding: 'utf8', env });
    expect(failed).toMatchObject({ status: 1, stdout: expect.stringContaining('FAILED (1)') });
  });
});
