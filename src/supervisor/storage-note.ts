/**
 * Where the storage was when a configuration file was last read whole, noted beside that file: one that cannot be read
 * any more (a bad card, an editor that died) does not say where the last good document is.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Log } from '../kernel/log.js';

/** Where the storage is when a file does not say it. */
const standardStorage = '/var/lib/hallward';
const longestPathCharacters = 4096;

const noteOf = (file: string) => join(dirname(file), `.${basename(file)}.storage`);

/** The storage of `file` as it was noted; `undefined` where nothing is, or nothing that can be a path. */
function notedStorage(file: string): string | undefined {
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
 * Where the last good document of a file that is not valid may be; `undefined` where there never was one. What the file
 * says goes before the note, which is old where its folder can be written no more; and where it says something, the
 * usual storage is another controller's.
 * @param said what the file itself says
 */
export function lastStorage(file: string, said: string | undefined, exists = existsSync): string | undefined {
  const places = [said, notedStorage(file), said === undefined ? standardStorage : undefined];
  return places.find((place) => place !== undefined && exists(place));
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
