import { closeSync, constants, fsyncSync, openSync, rmSync, write, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { percentile } from '../statistics.mjs';

const recordBytes = 600;
const fileBytes = 4 << 20;
const periodMilliseconds = 5;

/**
 * What one synced append costs on this disk, by itself: 600 bytes written through Node's thread pool into a file that
 * has its size already and is opened with O_DSYNC. It is the price of durability that no controller can go below.
 */
export async function append({ root, quick }) {
  const path = join(root, 'append');
  const count = quick ? 100 : 500;
  writeFile(path);
  const file = openSync(path, constants.O_RDWR | constants.O_DSYNC);
  const record = Buffer.alloc(recordBytes, 'a');
  const times = [];
  try {
    for (let index = 0; index < count; index++) {
      const begin = performance.now();
      await promisify(write)(file, record, 0, recordBytes, index * recordBytes);
      times.push(performance.now() - begin);
      await pause(periodMilliseconds);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  return { p50Milliseconds: percentile(times, 50), p99Milliseconds: percentile(times, 99) };
}

function writeFile(path) {
  const file = openSync(path, 'w');
  writeSync(file, Buffer.alloc(fileBytes));
  fsyncSync(file);
  closeSync(file);
}
