/**
 * A helper whose wires take a given time for each transfer, by its clock. It spins: a sleep would last some 80 us longer
 * than asked, which is the system's, not the helper's.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { distFolder } from '../candidates.mjs';

const { serveHelper } = await import(pathToFileURL(join(distFolder, 'transports/helpers/serve.js')));

serveHelper(({ microseconds }) => ({
  answer([, readLength]) {
    const end = performance.now() + microseconds / 1_000;
    while (performance.now() < end);
    return new Uint8Array(readLength);
  },
}));
