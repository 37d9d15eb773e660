import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../dist/cli/main.js');

const shell = (line: string) =>
  spawnSync('bash', ['-o', 'pipefail', '-c', line], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });

describe.each(['asyncapi', 'schema'])('hallward %s', (name) => {
  it('prints one JSON document', () => {
    const { stdout, stderr, status } = shell(`${process.execPath} ${main} ${name}`);
    expect([stderr, status]).toEqual(['', 0]);
    expect(Object.keys(JSON.parse(stdout)).length).toBeGreaterThan(3);
  });

  it('is quiet where only its beginning is read', () => {
    const { stdout, stderr, status } = shell(`${process.execPath} ${main} ${name} | head -c 100`);
    expect([stdout.length, stderr, status]).toEqual([100, '', 0]);
  });
});

describe('what a command says', () => {
  it.each(['faults', 'kinds', 'help'])('%s: ends quietly where nobody reads on', (name) => {
    // The reader has gone before the first byte.
    const { stderr, status } = shell(`(sleep 0.3; ${process.execPath} ${main} ${name}) | true`);
    expect([stderr, status]).toEqual(['', 0]);
  });

  it('is only a part of what it finds: its exit status counts also where nobody reads on', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hallward-printing-'));
    try {
      const file = join(folder, 'bad.yaml');
      const devices = Array.from({ length: 900 }, (_, at) => `  d${at}: { kind: nothing, bus: none }`);
      writeFileSync(file, `devices:\n${devices.join('\n')}\n`);
      const { stdout, stderr, status } = shell(
        `${process.execPath} ${main} check --json ${file} | head -c 100`,
      );
      expect([stdout.length, stderr, status]).toEqual([100, '', 78]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is missed where it cannot be written', () => {
    const { stderr, status } = shell(`${process.execPath} ${main} kinds > /dev/full`);
    expect([stderr, status]).toEqual([expect.stringMatching(/^hallward: stdout: .*ENOSPC.*\n$/), 1]);
  });
});
