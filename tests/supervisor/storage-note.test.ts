import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { lastStorage, noteStorage } from '../../src/supervisor/storage-note.js';

let folder: string;
let file: string;
const usual = '/var/lib/hallward';
/** All of them are there. */
const all = () => true;
const only = (place: string) => (asked: unknown) => asked === place;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallward-note-'));
  file = join(folder, 'hallward.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is where it was with the last good file, where the file does not say', () => {
  noteStorage(file, '/srv/one', silentLog);
  noteStorage(file, '/srv/two', silentLog);
  expect(lastStorage(file, undefined, all)).toBe('/srv/two');
  expect(lastStorage(file, undefined, only(usual))).toBe(usual);
  noteStorage(file, usual, silentLog);
  expect(lastStorage(file, undefined, all)).toBe(usual);
  expect(readdirSync(folder)).toEqual(['.hallward.yaml.storage']);
});

it('is where the file says, whatever was noted once', () => {
  noteStorage(file, '/srv/one', silentLog);
  // As where the folder may be written no more, and the storage has moved.
  expect(lastStorage(file, '/srv/two', all)).toBe('/srv/two');
  expect(lastStorage(file, '/srv/two', only('/srv/one'))).toBe('/srv/one');
});

it("is nowhere for a new file with a storage of its own, though another controller's is there", () => {
  expect(lastStorage(file, '/srv/new', only(usual))).toBeUndefined();
  expect(lastStorage(file, undefined, only(usual))).toBe(usual);
  expect(lastStorage(file, undefined, () => false)).toBeUndefined();
});

it('is not where a note says that can be none', () => {
  for (const note of ['', 'relative', '/one\n/two', `/${'x'.repeat(4096)}`]) {
    writeFileSync(join(folder, '.hallward.yaml.storage'), note);
    expect(lastStorage(file, undefined, all)).toBe(usual);
  }
});

it('is not noted where that cannot be done, and that ends nothing', () => {
  mkdirSync(join(folder, '.hallward.yaml.storage'));
  noteStorage(file, '/srv/one', silentLog);
  expect(lastStorage(file, undefined, all)).toBe(usual);
});
