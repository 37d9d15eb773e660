/**
 * The chain of ratings: each carries a hash over the one before it and over itself, so that none can be taken out,
 * changed or put elsewhere without breaking all that follow (docs/verifying-ratings.md).
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonical-json.js';

/** How far the chain of one store has come. */
export interface ChainHead {
  /** Ratings in it. */
  readonly count: number;
  /** `chain` of the newest one; `null` while there is none. */
  readonly head: string | null;
}

/** 64 hex digits, lower case. */
export const chainPattern = /^[0-9a-f]{64}$/;

/**
 * What a rating's `data.chain` has to be: SHA-256, in hex, over `previous` as ASCII followed by `chainedText`.
 * @param previous `data.chain` of the store's rating before it; `null` for the first one
 * @param event the parsed CloudEvents envelope
 */
export function chainOf(previous: string | null, event: Readonly<Record<string, unknown>>): string {
  return chainOfText(previous, chainedText(event));
}

/** As `chainOf`, of a `chainedText`. */
export function chainOfText(previous: string | null, text: string): string {
  return createHash('sha256')
    .update(previous ?? '', 'ascii')
    .update(text, 'utf8')
    .digest('hex');
}

/**
 * What the chain holds of a rating: the canonical JSON (RFC 8785) of the event without `time`, `timequality` and
 * `data.chain`. The two are left out because a clock that woke up wrong may be put right between the recording and the
 * first sending; `data.at` is there to hold the time against.
 */
export function chainedText(event: Readonly<Record<string, unknown>>): string {
  const { time: _time, timequality: _quality, data, ...rest } = event;
  return canonicalJson({ ...rest, data: isObject(data) ? withoutChain(data) : data });
}

function withoutChain({ chain: _chain, ...data }: Readonly<Record<string, unknown>>): object {
  return data;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
