import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../dist/cli/main.js');

describe.each(['asyncapi', 'schema'])('hallward %s', (name) => {
  const shell = (line: string) =>
    spawnSync('bash', ['-o', 'pipefail', '-c', line], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });

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
