import { type FSWatcher, readlinkSync, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

interface Watched {
  readonly watcher: FSWatcher;
  names: ReadonlySet<string>;
}

/** Times that the folders are looked at again because they changed while being looked at. */
const MOST_ROUNDS = 5;

/**
 * Tells when the file at `path` may have come, gone or changed its rights: it watches the folder of the path and the
 * folder of the file that the path leads to; of a folder that is not there, the nearest one above it that is.
 * Folders that can't be watched are left out.
 *
 * @param changed told with `rename` (something came or went) or `change` (rights, or the content, which on a device
 *   means every write to it). Told too often rather than too rarely.
 * @returns ends the watch.
 */
export function watchPath(path: string, changed: (what: 'rename' | 'change') => void): () => void {
  const watched = new Map<string, Watched>();
  let ended = false;

  function refresh(): void {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (!watchOnly(foldersOf(path))) return;
    }
  }

  /** True where something had to be changed: then it is looked again, since more may have come meanwhile. */
  function watchOnly(wanted: ReadonlyMap<string, ReadonlySet<string>>): boolean {
    let moved = false;
    for (const [folder, entry] of watched) {
      if (wanted.has(folder)) continue;
      entry.watcher.close();
      watched.delete(folder);
      moved = true;
    }
    for (const [folder, names] of wanted) {
      const known = watched.get(folder);
      if (known !== undefined) {
        known.names = names;
        continue;
      }
      if (watchFolder(folder, names)) moved = true;
    }
    return moved;
  }

  function watchFolder(folder: string, names: ReadonlySet<string>): boolean {
    try {
      const watcher = watch(folder, { persistent: false });
      const entry: Watched = { watcher, names };
      watcher.on('change', (what, name) => {
        if (ended || watched.get(folder) !== entry) return;
        // The folder's own end is told with its own name; a new folder of this name must be watched anew.
        const itself = typeof name !== 'string' || name === basename(folder);
        if (!itself && !entry.names.has(name)) return;
        if (itself && what === 'rename') {
          watcher.close();
          watched.delete(folder);
        }
        if (what === 'rename') refresh();
        changed(what === 'rename' ? 'rename' : 'change');
      });
      watcher.on('error', () => {
        watcher.close();
        if (watched.get(folder) === entry) watched.delete(folder);
      });
      watched.set(folder, entry);
      return true;
    } catch {
      return false;
    }
  }

  refresh();
  return () => {
    ended = true;
    for (const { watcher } of watched.values()) watcher.close();
    watched.clear();
  };
}

/** The folders to watch, each with the names in it that matter. */
function foldersOf(path: string): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  const add = (file: string) => {
    let name = basename(file);
    let folder = dirname(file);
    while (!isFolder(folder) && folder !== dirname(folder)) {
      name = basename(folder);
      folder = dirname(folder);
    }
    const names = folders.get(folder);
    if (names === undefined) folders.set(folder, new Set([name]));
    else names.add(name);
  };
  const file = resolve(path);
  add(file);
  const target = targetOf(file);
  if (target !== undefined && target !== file) add(target);
  return folders;
}

/** Where the path leads, also if nothing is there. */
function targetOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    try {
      return resolve(dirname(file), readlinkSync(file));
    } catch {
      return undefined;
    }
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
