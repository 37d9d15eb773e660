/**
 * The firmware that the real-board tests run: StandardFirmata for the Uno, as npm's avrgirl-arduino carries it. The
 * package is no dependency (it brings an old serialport and one from git along): one file of its tarball is taken, once.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const name = 'avrgirl-arduino';
const version = '5.0.1';
/** As the registry tells it (`npm view avrgirl-arduino@5.0.1 dist.integrity`). */
const tarballSha512 =
  'wF9wJhhRG6vDinBxTuFRR3iIaVDMjJfce2wW7JwmbXJquzoGu3HIK5SnvDqNplsi3hcOS+p+15m1z9kt3IwgdQ==';
const imageInTarball = 'package/junk/hex/uno/StandardFirmata.cpp.hex';
const imageSha256 = '6d57ea7cf30e26c9c2f3a01ee37907d2c951f8bc9c27f84dddad12fa9c8b8f36';
const folder = resolve(import.meta.dirname, '../../../node_modules/.cache/hallward');

export type Firmware = { readonly file: string } | { readonly missing: string };

/** The image's file, fetched where it is not there yet; or why it can't be had. In CI that is an error. */
export function standardFirmata(): Firmware {
  const file = join(folder, `StandardFirmata-uno-${version}.hex`);
  try {
    if (!existsSync(file) || sha(readFileSync(file), 'sha256', 'hex') !== imageSha256) fetchImage(file);
    return { file };
  } catch (thrown) {
    const missing = `the StandardFirmata image can't be had: ${(thrown as Error).message}`;
    if (process.env.CI) throw new Error(missing);
    return { missing };
  }
}

function fetchImage(file: string): void {
  const temporary = mkdtempSync(join(tmpdir(), 'hallward-firmware-'));
  try {
    run('npm', ['pack', `${name}@${version}`, '--loglevel=error', '--pack-destination', temporary]);
    const tarball = join(temporary, `${name}-${version}.tgz`);
    const found = sha(readFileSync(tarball), 'sha512', 'base64');
    if (found !== tarballSha512) throw new Error(`the tarball is another one (sha512 ${found})`);
    const image = run('tar', ['-xzOf', tarball, imageInTarball]);
    if (sha(image, 'sha256', 'hex') !== imageSha256) throw new Error('the image is another one');
    mkdirSync(folder, { recursive: true });
    const next = `${file}.${process.pid}`;
    writeFileSync(next, image);
    renameSync(next, file);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): Buffer {
  const { status, error, stdout, stderr } = spawnSync(command, args, { timeout: 60_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.toString().slice(0, 300)}`);
  return stdout;
}

function sha(bytes: Buffer, algorithm: 'sha256' | 'sha512', encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}
