/** The heads of one store's chain: which of them hold, and what the best one says of the ratings. */
import type { RatingsState } from '../../protocols/hub/payloads.js';
import { isSealed } from '../../protocols/hub/rating-head.js';
import type { Problem, SealUsed } from './findings.js';
import type { ProvenChain } from './prove-chain.js';

/** An archive may hold one for each rating; those that count most are enough, for they say most. */
const mostHeads = 8;

/** Collects heads, within a bound. */
export class HeadBook {
  readonly #heads = new Map<string, { readonly head: RatingsState; given: boolean }>();

  /** @param given handed in by the caller: kept whatever it counts */
  add(head: RatingsState, given: boolean): void {
    // An unsealed one proves nothing.
    if (head.signature === null && !given) return;
    const key = JSON.stringify([head.count, head.head, head.at, head.publicKey, head.signature]);
    const known = this.#heads.get(key);
    if (known !== undefined) {
      known.given ||= given;
      return;
    }
    this.#heads.set(key, { head, given });
    if (this.#heads.size <= mostHeads) return;
    const least = [...this.#heads].filter(([, one]) => !one.given).sort(([, a], [, b]) => order(b, a))[0];
    if (least !== undefined) this.#heads.delete(least[0]);
  }

  /** Hashes that a proof has to find. */
  get wanted(): ReadonlySet<string> {
    return new Set([...this.#heads.values()].flatMap(({ head }) => (head.head === null ? [] : [head.head])));
  }

  /** The one that counts most first. */
  get all(): readonly { readonly head: RatingsState; readonly given: boolean }[] {
    return [...this.#heads.values()].sort(order);
  }
}

type Held = { readonly head: RatingsState; readonly given: boolean };

function order(a: Held, b: Held): number {
  return b.head.count - a.head.count || (a.head.at < b.head.at ? 1 : -1);
}

export interface ProvenHeads {
  readonly seal: SealUsed | null;
  readonly unsealed: number;
  readonly problems: readonly Problem[];
}

/**
 * @param keys public keys that the caller trusts; `undefined` where it names none
 * @param strict the caller wants every rating proven
 */
export function proveHeads(
  book: HeadBook,
  chain: ProvenChain,
  keys: ReadonlySet<string> | undefined,
  strict: boolean,
): ProvenHeads {
  const problems: Problem[] = [];
  const good: (Held & { readonly publicKey: string })[] = [];
  for (const held of book.all) {
    const { count, at, publicKey } = held.head;
    if (!isSealed(held.head) || publicKey === null) problems.push({ kind: 'bad-seal', count, at });
    else if (keys !== undefined && !keys.has(publicKey)) problems.push({ kind: 'other-key', publicKey, at });
    else good.push({ ...held, publicKey });
  }
  const best = good[0];
  if (best === undefined) {
    if (strict) problems.push({ kind: 'no-seal' });
    return { seal: null, unsealed: chain.ratings, problems };
  }
  const signers = [...new Set(good.map(({ publicKey }) => publicKey))];
  if (keys === undefined && signers.length > 1) problems.push({ kind: 'several-keys', publicKeys: signers });
  // A head that counts less says nothing more, unless it tells another story.
  const misfit = good.flatMap(({ head }) => misfitOf(head, chain)).at(0);
  if (misfit !== undefined) problems.push(misfit);
  const { count, head, at } = best.head;
  const found = head === null ? 0 : chain.positions.get(head);
  const unsealed = chain.ratings - (found ?? (misfit?.kind === 'missing' ? chain.ratings : 0));
  if (strict && misfit === undefined && unsealed > 0)
    problems.push({ kind: 'unsealed-end', count: unsealed });
  return {
    seal: { count, at, publicKey: best.publicKey, pinned: keys !== undefined, given: best.given },
    unsealed,
    problems,
  };
}

/** What does not fit between a head that holds and the ratings that are there. */
function misfitOf({ count, head, at }: RatingsState, chain: ProvenChain): Problem[] {
  const found = head === null ? 0 : chain.positions.get(head);
  if (found === count) return [];
  const there = found ?? chain.ratings;
  if (there < count) return [{ kind: 'missing', count: count - there, sealed: count, found: there }];
  if (found === undefined) return [{ kind: 'other-chain', sealed: count, at }];
  return [{ kind: 'too-many', count: found - count, sealed: count }];
}
