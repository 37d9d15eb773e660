/**
 * A disk that can lose its power: real files in a folder. What was synced is there afterwards; of a write that was
 * under way a part of any length; of what was never synced, the old or the new.
 */
import {
  closeSync,
  constants,
  cpSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { between } from '../../../../src/cli/demo/random.js';
import type { Clock } from '../../../../src/kernel/clock.js';
import type { Files, OpenFile, OpenMode } from '../../../../src/store/files.js';

const flags: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
  update: constants.O_RDWR | constants.O_CREAT,
  synced: constants.O_RDWR,
};
/** How long a synced write takes. */
const leastMilliseconds = 3;
const mostMilliseconds = 14;

interface UnderWay {
  readonly descriptor: number;
  readonly bytes: Uint8Array;
  readonly position: number;
}

export class Disk implements Files {
  /** Synced writes take their time; before that they are done at once. */
  takesTime = false;
  #isOff = false;
  readonly #underWay = new Set<UnderWay>();
  /** What was in a file before it was changed without a sync. */
  readonly #before = new Map<string, Buffer>();

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** A synced write is under way: part of it may be on the medium. */
  get isWriting(): boolean {
    return this.#underWay.size > 0;
  }

  /** From now on nothing answers any more. Gives a folder as it is found after the power is back. */
  powerOff(folder: string, found: string): void {
    this.#isOff = true;
    for (const { descriptor, bytes, position } of this.#underWay) {
      const length = Math.floor(this.random() * (bytes.length + 1));
      writeSync(descriptor, bytes, 0, length, position);
    }
    for (const [path, content] of this.#before) {
      if (this.random() < 0.5 && existsSync(path)) writeFileSync(path, content);
    }
    cpSync(folder, found, { recursive: true });
  }

  makeDirectory(path: string): Promise<void> {
    return this.#now(() => void mkdirSync(path, { recursive: true }));
  }

  list(path: string): Promise<string[]> {
    return this.#now(() => readdirSync(path));
  }

  size(path: string): Promise<number> {
    return this.#now(() => statSync(path).size);
  }

  open(path: string, mode: OpenMode): Promise<OpenFile> {
    return this.#now(() => {
      if (mode === 'create') this.#changes(path);
      return this.#file(path, mode, openSync(path, flags[mode], 0o640));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#now(() => {
      renameSync(from, to);
      const before = this.#before.get(from);
      this.#before.delete(from);
      if (before !== undefined) this.#before.set(to, before);
    });
  }

  remove(path: string): Promise<void> {
    return this.#now(() => {
      this.#before.delete(path);
      rmSync(path, { force: true });
    });
  }

  syncDirectory(): Promise<void> {
    return this.#now(() => {});
  }

  #file(path: string, mode: OpenMode, descriptor: number): OpenFile {
    return {
      read: (buffer, position) =>
        this.#now(() => {
          let done = 0;
          for (;;) {
            const count = readSync(descriptor, buffer, done, buffer.length - done, position + done);
            done += count;
            if (count === 0 || done === buffer.length) return done;
          }
        }),
      write: (bytes, position) => {
        if (mode === 'synced') return this.#writeSynced({ descriptor, bytes, position });
        return this.#now(() => {
          this.#changes(path);
          writeSync(descriptor, bytes, 0, bytes.length, position);
        });
      },
      sync: () =>
        this.#now(() => {
          fdatasyncSync(descriptor);
          this.#before.delete(path);
        }),
      close: () => this.#now(() => closeSync(descriptor)),
    };
  }

  #writeSynced(write: UnderWay): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isOff) return;
      this.#underWay.add(write);
      const done = () => {
        if (this.#isOff) return;
        this.#underWay.delete(write);
        writeSync(write.descriptor, write.bytes, 0, write.bytes.length, write.position);
        resolve();
      };
      if (!this.takesTime) done();
      else this.clock.after('disk', between(this.random, leastMilliseconds, mostMilliseconds), done);
    });
  }

  #changes(path: string): void {
    if (!this.#before.has(path))
      this.#before.set(path, existsSync(path) ? readFileSync(path) : Buffer.alloc(0));
  }

  /** Done at once, so that no time of the day passes; never done without power. */
  #now<Result>(work: () => Result): Promise<Result> {
    if (this.#isOff) return new Promise(() => {});
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
