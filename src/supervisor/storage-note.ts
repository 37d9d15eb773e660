/**
 * Where the storage was when a configuration file was last read whole, noted beside that file: one that cannot be read
 * any more (a bad card, an editor that died) does not say where the last good document is.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Log } from '../kernel/log.js';

/** Where the storage is when a file does not say it. */
export const standardStorage = '/var/lib/hallward';
const longestPathCharacters = 4096;

const noteOf = (file: string) => join(dirname(file), `.${basename(file)}.storage`);

/** The storage of `file` as it was noted; `undefined` where nothing is, or nothing that can be a path. */
export function notedStorage(file: string): string | undefined {
  try {
    const path = readFileSync(noteOf(file), 'utf8').trim();
    return path.startsWith('/') && path.length <= longestPathCharacters && !path.includes('\n')
      ? path
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Notes the storage of `file`, where it is not the usual one and not noted yet. A folder that may not be written is no
 * reason not to start.
 */
export function noteStorage(file: string, directory: string, log: Log): void {
  const path = resolve(directory);
  if ((notedStorage(file) ?? standardStorage) === path) return;
  const note = noteOf(file);
  try {
    writeFileSync(`${note}.new`, `${path}\n`, { mode: 0o644, flush: true });
    renameSync(`${note}.new`, note);
  } catch (error) {
    log.debug({ err: error, note }, 'where the storage is cannot be noted beside the configuration');
  }
}
