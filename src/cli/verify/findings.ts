/** What a proof of an archive says: data, in no language yet. */

/** A rating as a person can find it again. */
export interface RatingPlace {
  readonly sequence: number;
  /** RFC 3339 as it stands in the archive; empty where it has none. */
  readonly time: string;
}

/** The head that a proof goes by. */
export interface SealUsed {
  readonly count: number;
  readonly at: string;
  readonly publicKey: string;
  /** The key is one that the caller trusts, not only one that came with the head. */
  readonly pinned: boolean;
  /** The caller handed the head in; else it stood in the archive. */
  readonly given: boolean;
}

export type Problem =
  /** The first rating of the archive is not the chain's first, or was changed. */
  | { readonly kind: 'no-beginning'; readonly rating: RatingPlace }
  /**
   * It was changed, or ratings between `after` and it are not there. `noneMissing`: there are as many as the sealed head
   * counts, so that it was changed.
   */
  | {
      readonly kind: 'broken';
      readonly rating: RatingPlace;
      readonly after: number;
      readonly noneMissing: boolean;
    }
  /** The ratings around it follow one another without it: it was put in. */
  | { readonly kind: 'foreign'; readonly rating: RatingPlace }
  /** It carries no chain. */
  | { readonly kind: 'unchained'; readonly rating: RatingPlace }
  /** Two copies of one number say different things. */
  | { readonly kind: 'conflict'; readonly rating: RatingPlace }
  /** `time` or `timequality` does not fit `data.at`. */
  | { readonly kind: 'wrong-time'; readonly rating: RatingPlace; readonly at: string | null }
  /** The sealed head counts more ratings than there are. */
  | { readonly kind: 'missing'; readonly count: number; readonly sealed: number; readonly found: number }
  /** The sealed head counts fewer ratings than stand before the one that it names. */
  | { readonly kind: 'too-many'; readonly count: number; readonly sealed: number }
  /** As many as the sealed head counts, or more, but none is the one that it names. */
  | { readonly kind: 'other-chain'; readonly sealed: number; readonly at: string }
  /** A head whose signature does not fit: it was changed or forged. */
  | { readonly kind: 'bad-seal'; readonly count: number; readonly at: string }
  /** A head that another key than a trusted one has signed. */
  | { readonly kind: 'other-key'; readonly publicKey: string; readonly at: string }
  /** Several keys have signed heads of this store, and the caller has not said which of them it trusts. */
  | { readonly kind: 'several-keys'; readonly publicKeys: readonly string[] }
  /** A head was asked for, and none holds. */
  | { readonly kind: 'no-seal' }
  /** Ratings after the sealed head, where the caller wants all of them proven. */
  | { readonly kind: 'unsealed-end'; readonly count: number };

export interface StoreProof {
  readonly store: string;
  readonly source: string;
  /** Different ones. */
  readonly ratings: number;
  /** Copies beyond the first of each. */
  readonly resent: number;
  /** `null` where there is none. */
  readonly first: RatingPlace | null;
  readonly last: RatingPlace | null;
  /** Ratings whose `data.at` is `null`: nothing can be said of their time. */
  readonly untimed: number;
  readonly seal: SealUsed | null;
  /** Ratings after the sealed head; all of them without one. */
  readonly unsealed: number;
  /** The first ones; those of ratings first, by rising sequence. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
}

export interface ArchiveProof {
  readonly ok: boolean;
  readonly lines: number;
  /** Lines that are nothing of a hub's. */
  readonly garbage: number;
  /** Ratings without number, store or content. */
  readonly oddRatings: number;
  /** Ratings and heads of more stores than are looked at. */
  readonly overflow: number;
  readonly stores: readonly StoreProof[];
}
