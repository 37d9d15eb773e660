import { realpathSync, type Stats, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { systemCode } from '../kernel/errors.js';
import { watchPath } from './path-watch.js';

/** The file that a path led to when it was looked up. */
export interface FoundNode {
  /** The device's own file, all links followed. */
  readonly file: string;
  readonly stats: Stats;
}

/**
 * A device by its path, which may be a link of udev: which node is open, and whether it still is the same one. A device
 * that was pulled and plugged in again is another node, also under the same name.
 */
export class DeviceNode {
  #opened: FoundNode | undefined;

  constructor(private readonly path: string) {}

  /** Looks the path up. Rejects with the system's error. */
  async find(): Promise<FoundNode> {
    const file = await realpath(this.path);
    return { file, stats: await stat(file) };
  }

  opened(found: FoundNode): void {
    this.#opened = found;
  }

  left(found: FoundNode): void {
    if (this.#opened === found) this.#opened = undefined;
  }

  /** As `Carrier.watch`. A change of rights or content matters only while closed: every write to a device is one. */
  watch(changed: () => void): () => void {
    return watchPath(this.path, (what) => {
      if (what === 'rename' || this.#opened === undefined) changed();
    });
  }

  /** As `Carrier.present`. */
  present(): boolean {
    const opened = this.#opened;
    return opened === undefined || (leadsTo(this.path, opened.file) && isSameNode(opened));
  }
}

/** False when another file, or none, now stands where `found` stood. What can't be looked at counts as the same. */
export function isSameNode({ file, stats }: FoundNode): boolean {
  try {
    const now = statSync(file);
    return now.ino === stats.ino && now.rdev === stats.rdev && now.dev === stats.dev;
  } catch (thrown) {
    return !isAbsence(thrown);
  }
}

function leadsTo(path: string, file: string): boolean {
  try {
    return realpathSync(path) === file;
  } catch (thrown) {
    return !isAbsence(thrown);
  }
}

function isAbsence(thrown: unknown): boolean {
  const system = systemCode(thrown);
  return system === 'ENOENT' || system === 'ENOTDIR';
}
