/** One process per storage directory. */
import { rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HallwardError, systemCode } from '../kernel/errors.js';

/**
 * Takes the directory for this process until the returned function is called or the process ends, however it ends:
 * the lock is a listening socket whose name is made of the directory's device and inode, and the kernel frees it
 * with the process. On Linux the name is abstract (no file; one name space per network namespace, so two
 * containers that share a volume are not kept apart). Elsewhere it is a socket file for development, where a dead
 * one is found by connecting to it.
 *
 * Rejects with `storage.in-use` (kind busy) where another process has it.
 */
export async function lockStorage(directory: string): Promise<() => Promise<void>> {
  const name = storageLockName(await stat(directory));
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
  let server = await listen(path);
  if (server === undefined && !path.startsWith('\0') && !(await answers(path))) {
    await rm(path, { force: true });
    server = await listen(path);
  }
  if (server === undefined) {
    throw new HallwardError('storage.in-use', 'busy', `${directory} is in use by another instance`, {
      directory,
    });
  }
  const held = server;
  return () => new Promise((resolve) => void held.close(() => resolve()));
}

/** Name of the lock's socket for a directory; on Linux `/proc/net/unix` shows it as `@name` while it is held. */
export function storageLockName({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `hallward-storage-${dev}-${ino}`;
}

/** `undefined` where somebody listens there or the name exists. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      if (systemCode(error) === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
