import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadFile } from '../../src/supervisor/config/load.js';
import { isTooDeep } from '../../src/supervisor/config/nesting.js';

const folder = mkdtempSync(join(tmpdir(), 'hallward-nesting-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a configuration file', () => {
  it.each<[string, string]>([
    ['brackets', '['.repeat(100_000)],
    ['closed brackets', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['braces', `a: ${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['dashes', `${'- '.repeat(100_000)}a`],
    ['questions', `${'? '.repeat(100_000)}a`],
    ['indentation', Array.from({ length: 1_400 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
    ['brackets after many texts with the other half', `a: "${']'.repeat(50_000)}"\nb: ${'['.repeat(50_000)}`],
  ])('nested by %s as deep as 1 MiB allows is refused, and ends nothing', (_, text) => {
    const path = join(folder, 'deep.yaml');
    writeFileSync(path, text);
    const { configuration, problems } = loadFile(path);
    expect(configuration).toBeUndefined();
    expect(problems.map(({ message }) => message)).toEqual([
      `${path} is nested too deep; that is no configuration`,
    ]);
  });

  it('is not too deep for brackets in its texts and comments, nor for being long', () => {
    expect(
      isTooDeep(
        `a: "${'['.repeat(500)}" # ${'{'.repeat(500)}\nb: '${'{'.repeat(500)}'\nc: |\n  ${'['.repeat(500)}\n`,
      ),
    ).toBe(false);
    expect(isTooDeep(Array.from({ length: 5_000 }, (_, at) => `- { a: [${at}] }`).join('\n'))).toBe(false);
    expect(isTooDeep(Array.from({ length: 5_000 }, (_, at) => `k${at}: a[b{c - - ? d`).join('\n'))).toBe(
      false,
    );
  });

  it('of the examples is read', () => {
    const examples = join(import.meta.dirname, '../../config/examples');
    for (const name of readdirSync(examples).filter((one) => one.endsWith('.yaml'))) {
      expect(isTooDeep(readFileSync(join(examples, name), 'utf8')), name).toBe(false);
    }
  });
});
