/** Reads a hub's archive and proves the ratings of each store in it. Twice through the file at most. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { RatingsState } from '../../protocols/hub/payloads.js';
import { type ArchivedRating, readArchiveLine } from './archive-line.js';
import type { ArchiveProof, StoreProof } from './findings.js';
import { linesOf } from './lines.js';
import { proveChain } from './prove-chain.js';
import { HeadBook, proveHeads } from './prove-heads.js';
import { RatingIndex } from './rating-index.js';

/** A hub has as many stores as its controllers ever had storages. */
const mostStores = 1000;

export interface ProofOptions {
  /** A head that the caller got by another way than the archive. */
  readonly head?: RatingsState;
  /** Public keys that the caller trusts. */
  readonly keys?: ReadonlySet<string>;
}

interface Found {
  readonly index: RatingIndex;
  readonly heads: HeadBook;
}

/** The file was not, the second time, what it was the first time. */
export class ArchiveChanged extends Error {}

/** Proves an archive. Rejects with `ArchiveChanged`, and as the system does where the file cannot be read. */
export async function proveArchive(path: string, options: ProofOptions = {}): Promise<ArchiveProof> {
  const stores = new Map<string, Found>();
  const counts = { lines: 0, garbage: 0, oddRatings: 0, overflow: 0 };
  const storeOf = (id: string): Found | undefined => {
    const known = stores.get(id);
    if (known !== undefined || stores.size >= mostStores) return known;
    const made = { index: new RatingIndex(), heads: new HeadBook() };
    stores.set(id, made);
    return made;
  };
  if (options.head !== undefined) storeOf(options.head.store)?.heads.add(options.head, true);
  for await (const { offset, bytes } of linesOf(path)) {
    counts.lines++;
    const line = bytes === undefined ? { kind: 'garbage' as const } : readArchiveLine(bytes);
    if (line.kind === 'rating') {
      const store = storeOf(line.rating.store);
      if (store === undefined) counts.overflow++;
      else store.index.add(line.rating, offset, bytes?.length ?? 0);
    } else if (line.kind === 'head') {
      const store = storeOf(line.head.store);
      if (store === undefined) counts.overflow++;
      else store.heads.add(line.head, false);
    } else if (line.kind === 'garbage') counts.garbage++;
    else if (line.kind === 'odd-rating') counts.oddRatings++;
  }
  const proofs = [...stores].map(([store, found]) => proveStore(path, store, found, options));
  // Of a store that never had a rating nothing need be said, unless it was asked for.
  const said = proofs.filter((one) => one.ratings > 0 || one.problemCount > 0 || one.seal !== null);
  const isWhole = said.every((one) => one.problemCount === 0) && counts.oddRatings + counts.overflow === 0;
  return { ok: said.length > 0 && isWhole, ...counts, stores: said };
}

function proveStore(path: string, store: string, { index, heads }: Found, options: ProofOptions): StoreProof {
  const strict = options.keys !== undefined || options.head?.store === store;
  const again = reader(path, index);
  try {
    const chain = proveChain(index, again.read, heads.wanted);
    const proof = proveHeads(heads, chain, options.keys, strict);
    const { ratings, resent, first, last, problemCount } = chain;
    const noneMissing = proof.seal !== null && proof.unsealed === 0 && proof.problems.length === 0;
    const problems = chain.problems.map((one) => (one.kind === 'broken' ? { ...one, noneMissing } : one));
    return {
      store,
      source: index.source,
      ratings,
      resent,
      first,
      last,
      untimed: index.untimed,
      seal: proof.seal,
      unsealed: proof.unsealed,
      problems: [...problems, ...proof.problems],
      problemCount: problemCount + proof.problems.length,
    };
  } finally {
    again.close();
  }
}

/** Reads ratings again by their place in the file. */
function reader(path: string, index: RatingIndex) {
  const file = openSync(path, 'r');
  return {
    read(entry: number): ArchivedRating {
      const { offset, bytes } = index.place(entry);
      const buffer = Buffer.alloc(bytes);
      const length = readSync(file, buffer, 0, bytes, offset);
      const line = readArchiveLine(buffer.subarray(0, length));
      if (line.kind !== 'rating' || line.rating.sequence !== index.sequence(entry)) {
        throw new ArchiveChanged('the archive changed while it was read');
      }
      return line.rating;
    },
    close: () => closeSync(file),
  };
}
