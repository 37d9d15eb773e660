/**
 * The few file operations that the store needs, as a port, so that a test can make any of them fail or hang.
 * All errors are the system's own (`code`: ENOSPC, EIO, EROFS ...).
 */
import {
  close as closeFile,
  constants,
  open as openFile,
  read as readFile,
  fdatasync as syncFile,
  write as writeFile,
} from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';

/**
 * - `read`: must exist.
 * - `create`: new and empty, whatever was there.
 * - `update`: made if absent, content kept, not synced.
 * - `synced`: must exist; a write returns when its bytes are on the medium (O_DSYNC).
 */
export type OpenMode = 'read' | 'create' | 'update' | 'synced';

export interface OpenFile {
  /** Fills `buffer` from `position` on; returns how many bytes there were. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Brings the content to the medium (fdatasync: no write for a changed date alone). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Files {
  /** Makes the directory and those above it; nothing happens where it exists. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory. */
  list(path: string): Promise<string[]>;
  /** Size in bytes. */
  size(path: string): Promise<number>;
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** Atomic; replaces `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens where the file is absent. */
  remove(path: string): Promise<void>;
  /** Makes new, renamed and removed names durable. */
  syncDirectory(path: string): Promise<void>;
}

const flags: Record<OpenMode, number> = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
  update: constants.O_RDWR | constants.O_CREAT,
  // A platform without O_DSYNC (Windows) has 0 here; Hallward's guarantees are for Linux.
  synced: constants.O_RDWR | (constants.O_DSYNC ?? 0),
};

/** The callback functions: one trip through the thread pool each, without the cost of `FileHandle`. */
class NodeFile implements OpenFile {
  constructor(private readonly descriptor: number) {}

  read(buffer: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const more = (done: number) => {
        readFile(this.descriptor, buffer, done, buffer.length - done, position + done, (error, count) => {
          if (error) reject(error);
          else if (count === 0 || done + count === buffer.length) resolve(done + count);
          else more(done + count);
        });
      };
      if (buffer.length === 0) resolve(0);
      else more(0);
    });
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const more = (done: number) => {
        writeFile(this.descriptor, bytes, done, bytes.length - done, position + done, (error, count) => {
          if (error) reject(error);
          else if (done + count === bytes.length) resolve();
          else more(done + count);
        });
      };
      if (bytes.length === 0) resolve();
      else more(0);
    });
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      syncFile(this.descriptor, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      closeFile(this.descriptor, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function open(path: string, openFlags: number): Promise<OpenFile> {
  return new Promise((resolve, reject) => {
    openFile(path, openFlags, 0o640, (error, descriptor) =>
      error ? reject(error) : resolve(new NodeFile(descriptor)),
    );
  });
}

/** The machine's own files. */
export const nodeFiles: Files = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o750 });
  },
  list: (path) => readdir(path),
  async size(path) {
    return (await stat(path)).size;
  },
  open: (path, mode) => open(path, flags[mode]),
  rename,
  async remove(path) {
    await rm(path, { force: true });
  },
  async syncDirectory(path) {
    const directory = await open(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

/** The whole file. */
export async function readWhole(files: Files, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(await files.size(path));
  const file = await files.open(path, 'read');
  try {
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

const unreadablePiece = 4096;

/**
 * Part of a file of which single blocks cannot be read: those come back as zeros. Rejects where not one block can
 * be read.
 */
export async function readPieces(files: Files, path: string, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.max(0, to - from));
  const file = await files.open(path, 'read');
  try {
    let good = 0;
    let failure: unknown;
    for (let at = 0; at < bytes.length; at += unreadablePiece) {
      try {
        await file.read(bytes.subarray(at, Math.min(at + unreadablePiece, bytes.length)), from + at);
        good++;
      } catch (error) {
        failure = error;
        bytes.fill(0, at, at + unreadablePiece);
      }
    }
    if (good === 0 && failure !== undefined) throw failure;
    return bytes;
  } finally {
    await file.close();
  }
}
