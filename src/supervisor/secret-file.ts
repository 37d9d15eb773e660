/** Files that hold a secret or a certificate: read when they are needed, and never waited for without end. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { HallwardError, systemCode } from '../kernel/errors.js';

/** A larger file holds no password, no pass phrase and no certificate. */
const mostBytes = 256 * 1024;

export interface SecretFile {
  /** The setting that names the file, for the error: `hub.passwordFile`. */
  readonly setting: string;
  readonly file: string;
  /** Code of the error where it cannot be used. */
  readonly code: string;
  /** Refused where everybody may read it; false for what is public, as certificates are. */
  readonly isSecret: boolean;
}

/**
 * The text of a file. Rejects with the given code (kind refused), naming the setting and what mends it, never with
 * what stands in the file: where it cannot be read, is empty, is no plain file (a device, a pipe that would never end)
 * or too large, or where everybody may read a secret.
 */
export async function readSecretFile({ setting, file, code, isSecret }: SecretFile): Promise<string> {
  const unusable = (why: string, system: string | null = null) =>
    new HallwardError(code, 'refused', `${setting}: ${file} ${why}`, { file, system });
  let found: { readonly text: string; readonly mode: number };
  try {
    found = await contentOf(file);
  } catch (error) {
    const system = systemCode(error) ?? 'error';
    throw unusable(`cannot be read (${system})`, system);
  }
  if (isSecret && (found.mode & 0o004) !== 0) {
    throw unusable(`may be read by everybody; mend it with: chmod 600 ${file}`);
  }
  if (found.text.trim() === '') throw unusable('is empty, or no file of a secret');
  return found.text;
}

async function contentOf(file: string): Promise<{ text: string; mode: number }> {
  // Opened without waiting: a pipe that nobody writes to would keep one thread of four.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    const usable = stat.isFile() && stat.size <= mostBytes;
    return { text: usable ? await handle.readFile('utf8') : '', mode: stat.mode };
  } finally {
    await handle.close();
  }
}
