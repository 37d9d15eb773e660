/**
 * The board's own key (Ed25519), with which it seals the head of its chain of ratings. Made once, at the first start,
 * in the storage folder: `board.key` (PKCS#8 PEM, readable by its owner alone) and `board.pub` (SPKI PEM), which
 * whoever checks an archive should have a copy of.
 *
 * A key that is there and cannot be used is never replaced: a new one would look like a forger's.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HallwardError, systemCode } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { publicKeyText } from '../protocols/hub/rating-head.js';

export interface BoardKey {
  /** Its 32 bytes in base64. */
  readonly publicKey: string;
  /** The signature over a text in UTF-8, in base64. */
  sign(text: string): string;
}

/** No board key is longer. */
const longestFile = 4096;

/**
 * Reads the key, or makes it where there is none.
 *
 * Rejects with `board-key.exposed` (others may read it), `board-key.damaged` (no Ed25519 private key) or
 * `board-key.unreadable` (neither read nor made); the message says what to do.
 */
export async function openBoardKey(directory: string, log: Log): Promise<BoardKey> {
  const path = join(directory, 'board.key');
  let secret: KeyObject;
  try {
    secret = (await readKey(path)) ?? (await makeKey(directory, path));
  } catch (error) {
    if (error instanceof HallwardError) throw error;
    const reason = systemCode(error) ?? String(error);
    throw new HallwardError('board-key.unreadable', 'absent', `${path}: ${reason}`, { path, reason });
  }
  const open = createPublicKey(secret);
  const pem = String(open.export({ format: 'pem', type: 'spki' }));
  try {
    const beside = join(directory, 'board.pub');
    const present = await readFile(beside, 'utf8').catch(() => '');
    if (present !== pem) await writeWhole(directory, beside, pem, 0o644);
  } catch (error) {
    log.warn({ error: String(error) }, 'board.pub cannot be written; the key is published all the same');
  }
  return {
    publicKey: publicKeyText(open),
    sign: (text) => sign(null, Buffer.from(text), secret).toString('base64'),
  };
}

/** `undefined` where there is none. */
async function readKey(path: string): Promise<KeyObject | undefined> {
  let status: Awaited<ReturnType<typeof stat>>;
  try {
    status = await stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
    throw new HallwardError(
      'board-key.exposed',
      'refused',
      `others may read ${path}; mend it with: chmod 600 ${path}`,
      { path, mode: (status.mode & 0o777).toString(8) },
    );
  }
  if (status.isFile() && status.size <= longestFile) {
    try {
      const key = createPrivateKey(await readFile(path, 'utf8'));
      if (key.asymmetricKeyType === 'ed25519') return key;
    } catch (error) {
      const code = systemCode(error);
      // The system could not read it: that says nothing of what is in it.
      if (code !== undefined && /^E[A-Z]+$/.test(code)) throw error;
    }
  }
  throw new HallwardError(
    'board-key.damaged',
    'garbled',
    `${path} holds no Ed25519 key; bring it back from a backup, or move it away and restart: a new one is made then`,
    { path },
  );
}

async function makeKey(directory: string, path: string): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)('ed25519');
  const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
  await writeWhole(directory, path, pem, 0o600);
  return privateKey;
}

/** So that under its name there is only ever a whole one, also after a power cut. */
async function writeWhole(directory: string, path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.tmp`;
  // One that a cut start left behind may have another mode.
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
