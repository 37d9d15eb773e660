/**
 * What one line of a hub's archive is. Events and heads of chains may stand alone, as JSON; after a topic, as
 * `mosquitto_sub -v` and `-F '%t %p'` write them; or as `payload` beside a `topic`, as `-F '%j'` does.
 */
import type { RatingsState } from '../../protocols/hub/payloads.js';
import { chainPattern } from '../../protocols/hub/rating-chain.js';
import { readRatingHead } from '../../protocols/hub/rating-head.js';
import { readJsonObject } from '../../protocols/hub/read-json.js';
import { longestLine } from './lines.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** A `rating.submitted` that has what its place is known by. */
export interface ArchivedRating {
  readonly event: JsonObject;
  readonly store: string;
  readonly source: string;
  readonly sequence: number;
  /** RFC 3339, as it stands there; empty where it is no text. */
  readonly time: string;
  /** `data.at`; `null` where there is none. */
  readonly at: string | null;
  /** `data.chain`; `null` where it is no hash. */
  readonly chain: string | null;
}

export type ArchiveLine =
  | { readonly kind: 'rating'; readonly rating: ArchivedRating }
  | { readonly kind: 'head'; readonly head: RatingsState }
  /** Something else of the hub's: an event of another type, a state. */
  | { readonly kind: 'other' }
  | { readonly kind: 'blank' }
  /** A rating without number, store or content. */
  | { readonly kind: 'odd-rating' }
  | { readonly kind: 'garbage' };

const other: ArchiveLine = { kind: 'other' };
const garbage: ArchiveLine = { kind: 'garbage' };

export function readArchiveLine(bytes: Buffer): ArchiveLine {
  const brace = bytes.indexOf('{');
  if (brace < 0) return withoutObject(bytes);
  const words = bytes
    .toString('utf8', 0, brace)
    .replace(/^\uFEFF/, '')
    .trim();
  const read = readJsonObject(bytes.subarray(brace), longestLine);
  if (!read.ok) return garbage;
  if (words !== '') return ofPayload(read.value, words.split(/\s+/).at(-1));
  const { topic, payload } = read.value;
  if (typeof topic !== 'string' || payload === undefined) return ofPayload(read.value, undefined);
  if (isObject(payload)) return ofPayload(payload, topic);
  if (typeof payload !== 'string') return other;
  const inner = readJsonObject(Buffer.from(payload), longestLine);
  return inner.ok ? ofPayload(inner.value, topic) : other;
}

/** A topic that was cleared has no payload. */
function withoutObject(bytes: Buffer): ArchiveLine {
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  if (text === '') return { kind: 'blank' };
  return /^hallward\/\S+( \(null\))?$/.test(text) ? other : garbage;
}

function ofPayload(value: JsonObject, topic: string | undefined): ArchiveLine {
  if (value.type === 'rating.submitted' && 'specversion' in value) return ofRating(value);
  if ('specversion' in value || (topic !== undefined && !topic.endsWith('/ratings'))) return other;
  const head = readRatingHead(value);
  if (head !== undefined) return { kind: 'head', head };
  return topic === undefined ? other : garbage;
}

function ofRating(event: JsonObject): ArchiveLine {
  const { store, source, sequence, time, data } = event;
  const number = typeof sequence === 'string' && /^\d{16}$/.test(sequence) ? Number(sequence) : 0;
  if (typeof store !== 'string' || store === '' || store.length > 80) return { kind: 'odd-rating' };
  if (!Number.isSafeInteger(number) || number < 1 || !isObject(data)) return { kind: 'odd-rating' };
  const { at, chain } = data;
  const rating: ArchivedRating = {
    event,
    store,
    source: typeof source === 'string' ? source.slice(0, 200) : '',
    sequence: number,
    time: typeof time === 'string' ? time.slice(0, 40) : '',
    at: typeof at === 'string' ? at.slice(0, 40) : null,
    chain: typeof chain === 'string' && chainPattern.test(chain) ? chain : null,
  };
  return { kind: 'rating', rating };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
