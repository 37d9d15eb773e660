import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
// @ts-expect-error a plain script over dist/
import { generatedFiles } from '../../scripts/generate.mjs';

describe('generated files', () => {
  it.each(Object.entries(generatedFiles() as Record<string, string>))('%s is up to date', (path, content) => {
    expect(readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')).toBe(content);
  });
});
