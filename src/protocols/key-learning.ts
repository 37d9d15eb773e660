/**
 * What a keypad says, found out by listening to it: a table of `serial-keys` or a pattern of `serial-lines`, and
 * everything that is doubtful about it. There is no standard for keypads; nothing is known but what was heard.
 */
import { parseHex } from '../kernel/bytes.js';
import type { Burst } from './learning/bursts.js';
import { hexOf } from './learning/bursts.js';
import { type BurstGroup, groupBursts } from './learning/groups.js';
import type { GuidedResult } from './learning/guided.js';
import { type KnownLine, learnCardLines, learnRatingLines, linesOfText } from './learning/lines.js';
import { checksumFits, type RowShape, shapeOf } from './learning/shape.js';
import { ignoredRowProblem } from './serial-keys.js';

/** More bytes than this no key of a configuration may have. */
const longestKeyBytes = 32;
/** So many rows a configuration can ignore. */
const mostIgnored = 16;
const ratingKeys = ['1', '2', '3', '4', '5'];

/** For whom the keys are: staff who call, or visitors who rate. */
export type KeypadPurpose = 'call' | 'rate';

type DoubtCode =
  /** Keys of one or two bytes: noise on the line may look like them. */
  | 'short'
  /** The first key's bytes begin the second one's: it is known only after the next byte or a silence. */
  | 'begins-another'
  /** The second key sends the same as the first one. */
  | 'same-bytes'
  /** More bytes than a configuration takes; the key is left out. */
  | 'too-long'
  /** Heard only once. */
  | 'heard-once'
  /** Other bytes came while the key was pressed, `count` times. */
  | 'strays'
  /** Bytes that follow when a key is let go; `ignored` says whether they will count as noise. */
  | 'release'
  /** Bytes that come by themselves every `milliseconds`; `ignored` as with `release`. */
  | 'heartbeat'
  /** The checksum that the other keys have does not fit. */
  | 'checksum'
  /** Presses of the key were never alike: wrong baud rate, or a counter in the bytes. */
  | 'never-alike'
  /** Not pressed, so not in the table. */
  | 'missing'
  /** Nobody said which key is which: they are taken to have been pressed in this order. */
  | 'order'
  /** Heard, and given to no key; bytes in `bytes`. */
  | 'left-over'
  /** Bursts that came once and look like nothing, `count` of them. */
  | 'noise'
  /** The line did not fall silent for long. */
  | 'babble'
  /** The number `bytes` in each line may be the window: then the pattern can say `{window}`. */
  | 'perhaps-window'
  /** Lines of digits: taken for a card reader. */
  | 'cards';

export interface Doubt {
  readonly code: DoubtCode;
  readonly keys: readonly string[];
  /** Hex, or the number itself for `perhaps-window`. */
  readonly bytes?: string;
  readonly count?: number;
  readonly milliseconds?: number;
  /**
   * Whether the bytes stand in the proposal's `ignore`. `false`: they are too long, too many or too like a key. Not there
   * where the protocol can't ignore anything.
   */
  readonly ignored?: boolean;
}

/**
 * - `high`: each key was heard several times alike, and nothing speaks against it.
 * - `medium`: it will work, but something is odd.
 * - `low`: somebody must look at it first.
 */
export type Confidence = 'high' | 'medium' | 'low';

export type Proposal = {
  readonly purpose: KeypadPurpose;
  readonly confidence: Confidence;
  readonly doubts: readonly Doubt[];
} & (
  | {
      readonly protocol: 'serial-keys';
      /** Key name to hex, in the order asked. */
      readonly keys: ReadonlyMap<string, string>;
      /** Heartbeats and releases, in hex: they mean nothing. */
      readonly ignore: readonly string[];
      /** Of all rows together. */
      readonly shape: RowShape;
    }
  | { readonly protocol: 'serial-lines'; readonly pattern: string; readonly namesWindow: boolean }
);

/** What was listened to without asking for keys. */
export interface Overheard {
  readonly groups: readonly BurstGroup[];
  /** `null` where nothing was heard that could be a key. */
  readonly proposal: Proposal | null;
}

/** Keys named `5` to `1` are an evaluator's. */
export function purposeOf(keys: readonly string[]): KeypadPurpose {
  return keys.every((key) => ratingKeys.includes(key)) ? 'rate' : 'call';
}

/** The proposal of keys that were asked for one by one; `null` where none was learned. */
export function proposeFromKeys(result: GuidedResult, asked: readonly string[]): Proposal | null {
  const { keys, doubles, heartbeats, neverAlike } = result;
  if (keys.length === 0) return null;
  const doubts: Doubt[] = [];
  for (const { key, strays } of keys) {
    if (strays > 0) doubts.push({ code: 'strays', keys: [key], count: strays });
  }
  const released = keys.filter(({ release }) => release !== null);
  for (const hex of new Set(released.map(({ release }) => hexOf(release!)))) {
    const owners = released.filter(({ release }) => hexOf(release!) === hex).map(({ key }) => key);
    doubts.push({ code: 'release', keys: owners, bytes: hex });
  }
  for (const { bytes, periodMilliseconds: milliseconds } of heartbeats) {
    doubts.push({ code: 'heartbeat', keys: [], bytes: hexOf(bytes), milliseconds });
  }
  for (const { key, other } of doubles) doubts.push({ code: 'same-bytes', keys: [other, key] });
  if (neverAlike.length > 0) doubts.push({ code: 'never-alike', keys: neverAlike });
  const known = new Set([...keys, ...doubles].map(({ key }) => key));
  const missing = asked.filter((key) => !known.has(key) && !neverAlike.includes(key));
  if (missing.length > 0) doubts.push({ code: 'missing', keys: missing });
  const rows = new Map(keys.map(({ key, bytes }) => [key, bytes]));
  return proposalOf(rows, purposeOf(asked), doubts, true);
}

/**
 * What a listener in passing can say: groups of equal bursts, and a proposal that gives the names to the keys in the
 * order in which they were first heard.
 */
export function proposeFromBursts(
  bursts: readonly Burst[],
  names: readonly string[],
  listened: { readonly fromMilliseconds: number; readonly toMilliseconds: number },
): Overheard {
  const groups = groupBursts(bursts, listened);
  const found = groups.filter(({ role, overlong }) => role === 'key' && !overlong);
  if (found.length === 0) return { groups, proposal: null };
  const doubts: Doubt[] = [];
  for (const group of groups) {
    const { role, hex, periodMilliseconds } = group;
    if (role === 'release') doubts.push({ code: 'release', keys: [], bytes: hex });
    if (role === 'heartbeat') {
      const milliseconds = Math.round(periodMilliseconds ?? 0);
      doubts.push({ code: 'heartbeat', keys: [], bytes: hex, milliseconds });
    }
  }
  const noise = groups.filter(({ role }) => role === 'noise').length;
  if (noise > 0) doubts.push({ code: 'noise', keys: [], count: noise });
  if (groups.some(({ overlong }) => overlong)) doubts.push({ code: 'babble', keys: [] });
  const purpose = purposeOf(names);
  const texts = found.flatMap(({ bytes }) => linesOfText(bytes) ?? ['']);
  const lines = linesProposal(
    texts.map((text) => ({ text })),
    purpose,
    doubts,
    found.some(({ count }) => count > 1) ? 'medium' : 'low',
  );
  if (lines !== null) return { groups, proposal: lines };

  const named = new Map(names.map((name, place) => [name, found[place]?.bytes] as const));
  const rows = new Map([...named].flatMap(([name, bytes]) => (bytes === undefined ? [] : [[name, bytes]])));
  doubts.push({ code: 'order', keys: [...rows.keys()] });
  const once = names.filter((_, place) => found[place]?.presses === 1);
  if (once.length > 0) doubts.push({ code: 'heard-once', keys: once });
  for (const { hex } of found.slice(names.length)) doubts.push({ code: 'left-over', keys: [], bytes: hex });
  const missing = names.slice(found.length);
  if (missing.length > 0) doubts.push({ code: 'missing', keys: missing });
  return { groups, proposal: proposalOf(rows, purpose, doubts, false) };
}

/** @param sure the names are certain */
function proposalOf(
  rows: ReadonlyMap<string, Uint8Array>,
  purpose: KeypadPurpose,
  doubts: readonly Doubt[],
  sure: boolean,
): Proposal | null {
  const texts = [...rows].map(([level, bytes]) => ({ level, texts: linesOfText(bytes) }));
  if (sure && purpose === 'rate' && texts.every((one) => one.texts?.length === 1)) {
    const known = texts.map(({ level, texts: lines }) => ({ level, text: lines![0]! }));
    const lines = linesProposal(known, purpose, doubts, 'high');
    if (lines !== null) return lines;
  }
  const kept = [...rows].filter(([, bytes]) => bytes.length <= longestKeyBytes);
  const ignore = ignorableOf(doubts, Object.fromEntries(kept));
  const all = doubts.map((doubt) =>
    meaningless.includes(doubt.code) ? { ...doubt, ignored: ignore.includes(doubt.bytes ?? '') } : doubt,
  );
  const tooLong = [...rows.keys()].filter((key) => !kept.some(([name]) => name === key));
  if (tooLong.length > 0) all.push({ code: 'too-long', keys: tooLong });
  if (kept.length === 0) return null;
  const short = kept.filter(([, bytes]) => bytes.length < 3).map(([key]) => key);
  if (short.length > 0) all.push({ code: 'short', keys: short });
  for (const [key, bytes] of kept) {
    for (const [other, longer] of kept) {
      if (longer.length > bytes.length && hexOf(longer.subarray(0, bytes.length)) === hexOf(bytes))
        all.push({ code: 'begins-another', keys: [key, other] });
    }
  }
  const shape = shapeOf(kept.map(([, bytes]) => bytes));
  for (const odd of oddChecksums(kept, shape)) all.push({ code: 'checksum', keys: [odd] });
  return {
    protocol: 'serial-keys',
    purpose,
    keys: new Map(kept.map(([key, bytes]) => [key, hexOf(bytes)])),
    ignore,
    shape,
    doubts: all,
    confidence: confidenceOf(all),
  };
}

/** What was recognised as meaning nothing, in hex, as far as a configuration can ignore it beside these keys. */
function ignorableOf(doubts: readonly Doubt[], keys: Readonly<Record<string, Uint8Array>>): string[] {
  const rows = doubts.flatMap((doubt) =>
    meaningless.includes(doubt.code) && doubt.bytes !== undefined ? [doubt.bytes] : [],
  );
  const usable = [...new Set(rows)].filter((hex) => {
    const row = parseHex(hex);
    return row !== undefined && row.length <= longestKeyBytes && ignoredRowProblem(row, keys) === undefined;
  });
  return usable.slice(0, mostIgnored);
}

/** Keys whose checksum is wrong where that of all the others is right: one damaged row among at least four. */
function oddChecksums(rows: readonly (readonly [string, Uint8Array])[], shape: RowShape): string[] {
  if (shape.checksum !== null || rows.length < 4) return [];
  return rows
    .filter(([key, bytes]) => {
      const others = rows.filter(([other]) => other !== key).map(([, one]) => one);
      const { checksum, length } = shapeOf(others);
      return checksum !== null && length === bytes.length && !checksumFits(bytes, checksum);
    })
    .map(([key]) => key);
}

function linesProposal(
  lines: readonly KnownLine[],
  purpose: KeypadPurpose,
  doubts: readonly Doubt[],
  confidence: Confidence,
): Proposal | null {
  const learned =
    purpose === 'rate' ? learnRatingLines(lines) : learnCardLines(lines.map(({ text }) => text));
  if (learned === null) return null;
  const { pattern, fields, perhapsWindow } = learned;
  const all = [...doubts];
  if (perhapsWindow !== null) all.push({ code: 'perhaps-window', keys: [], bytes: perhapsWindow });
  if (purpose === 'call') all.push({ code: 'cards', keys: [] });
  const seen = confidenceOf(all);
  return {
    protocol: 'serial-lines',
    purpose,
    pattern,
    namesWindow: fields.includes('window'),
    doubts: all,
    confidence: seen === 'high' ? confidence : seen,
  };
}

/** These are about bytes that mean nothing. */
const meaningless: readonly DoubtCode[] = ['release', 'heartbeat'];
const grave: readonly DoubtCode[] = ['same-bytes', 'never-alike', 'too-long', 'checksum', 'babble'];
/** What is missing is said, but speaks not against what is there. */
const harmless: readonly DoubtCode[] = ['missing', 'perhaps-window'];

function confidenceOf(doubts: readonly Doubt[]): Confidence {
  if (doubts.some(({ code }) => grave.includes(code))) return 'low';
  return doubts.every(({ code }) => harmless.includes(code)) ? 'high' : 'medium';
}
