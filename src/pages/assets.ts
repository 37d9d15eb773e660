/** The pages' own files: compiled from `browser/`, read once, when the first screen asks. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { HallwardError } from '../kernel/errors.js';

export interface Asset {
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface AssetSet {
  /** Changes with any of the files. */
  readonly build: string;
  readonly files: ReadonlyMap<string, Asset>;
}

/** Where the build puts them; the same from the source, in a test, as from the compiled program. */
const folder = new URL('../../dist/pages/browser/', import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

export class Assets {
  #loading: Promise<AssetSet> | undefined;

  /** Rejects with `page.no-assets` where the program was not built whole; asked again, it looks again. */
  load(): Promise<AssetSet> {
    this.#loading ??= read().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }
}

async function read(): Promise<AssetSet> {
  const names = (await readdir(folder).catch(() => []))
    .filter((name) => contentTypes[endingOf(name)] !== undefined)
    .sort();
  const hash = createHash('sha256');
  const files = new Map<string, Asset>();
  for (const name of names) {
    const body = await readFile(new URL(name, folder));
    hash.update(`${name} ${body.length}\n`).update(body);
    files.set(name, { contentType: contentTypes[endingOf(name)]!, body });
  }
  if (!files.has('page.css') || !files.has('hall-display.js')) {
    throw new HallwardError(
      'page.no-assets',
      'internal',
      'the files of the pages are missing: npm run build',
    );
  }
  return { build: hash.digest('hex').slice(0, 16), files };
}

const endingOf = (name: string) => name.slice(name.lastIndexOf('.') + 1);
