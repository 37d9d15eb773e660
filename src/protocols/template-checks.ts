/** What the parts of a template frame must mean together; a schema of one part can't say it. */
import { parseHex } from '../kernel/bytes.js';
import { type ChecksumKind, checksumBytes } from './checksums.js';
import type { TextEncoding } from './text-encoding.js';

interface CheckedPart {
  readonly part: string;
  readonly name?: string | undefined;
  readonly kind?: ChecksumKind;
  readonly as?: string;
  readonly bytes?: number | string | undefined;
  readonly mostBytes?: number;
  readonly line?: number | undefined;
  readonly newLine?: string | undefined;
  readonly first?: number;
  readonly last?: number;
  readonly from?: string;
  readonly to?: string;
}

interface CheckedFrame {
  readonly parts: readonly CheckedPart[];
  readonly escape?: { readonly from: string; readonly to: string; readonly table: object } | undefined;
}

export interface CheckedProfile {
  readonly addresses: { readonly lowest: number; readonly highest: number };
  readonly display: {
    readonly columns: number;
    readonly lines: number;
    readonly encoding: TextEncoding;
  };
  readonly show: CheckedFrame;
  readonly probe?: CheckedFrame | undefined;
  readonly answer?: { readonly accepted: string; readonly refused?: string | undefined } | undefined;
}

export interface FrameProblem {
  /** The profile's entry that it stands in. */
  readonly path: 'addresses' | 'show' | 'probe' | 'answer' | 'display';
  readonly message: string;
}

/** Everything that is wrong with a profile's frames, in order. */
export function frameProblems(profile: CheckedProfile): FrameProblem[] {
  const problems: FrameProblem[] = [];
  const add = (path: FrameProblem['path']) => (message: string) => void problems.push({ path, message });
  const { addresses, show, probe, answer } = profile;
  if (addresses.lowest > addresses.highest) add('addresses')('the lowest address is above the highest');
  checkFrame(show, profile, add('show'));
  checkTexts(show, profile, add('show'));
  if (probe !== undefined) {
    checkFrame(probe, profile, add('probe'));
    if (answer === undefined)
      add('probe')('a probe is of no use where nothing is answered: answer is missing');
    if (probe.parts.some(({ part }) => part === 'text')) add('probe')('a probe must not change the text');
  }
  const hasAddress = show.parts.some(({ part }) => part === 'address');
  const patterns = `${answer?.accepted ?? ''} ${answer?.refused ?? ''}`;
  if (patterns.includes('{address}') && !hasAddress)
    add('answer')('the frame that shows has no address part');
  return problems;
}

function checkFrame(frame: CheckedFrame, profile: CheckedProfile, add: (message: string) => void): void {
  const { parts, escape: escaping } = frame;
  const places = new Map<string, number>();
  for (const [index, { name }] of parts.entries()) {
    if (name === undefined) continue;
    if (places.has(name)) add(`two parts have the name "${name}"`);
    places.set(name, index);
  }
  const span = (what: string, from: string, to: string): readonly [number, number] | undefined => {
    const [first, last] = [places.get(from), places.get(to)];
    if (first === undefined) add(`${what} begins with "${from}", but no part has this name`);
    if (last === undefined) add(`${what} ends with "${to}", but no part has this name`);
    if (first === undefined || last === undefined) return undefined;
    if (first > last) add(`${what} ends with "${to}", which stands before "${from}"`);
    return [first, last];
  };
  for (const [index, part] of parts.entries()) {
    checkNumber(part, profile, add);
    if (part.part !== 'length' && part.part !== 'checksum') continue;
    const covered = span(`the ${part.part}`, part.from ?? '', part.to ?? '');
    if (covered === undefined || part.part !== 'checksum') continue;
    const own = parts.findIndex(
      (other, at) => other.part === 'checksum' && at >= index && at >= covered[0] && at <= covered[1],
    );
    if (own >= 0) add('a checksum covers itself or one that is reckoned after it');
  }
  if (escaping !== undefined) span('the escape', escaping.from, escaping.to);
}

function checkNumber(part: CheckedPart, { addresses }: CheckedProfile, add: (message: string) => void): void {
  if (typeof part.bytes !== 'number' || part.part === 'text') return;
  if (part.as === 'binary' && part.bytes > 4) add(`a binary ${part.part} takes at most 4 bytes`);
  const base = part.as === 'decimal' ? 10 : part.as === 'hex' ? 16 : 256;
  const most = base ** part.bytes - 1;
  if (part.part === 'address' && addresses.highest > most) {
    add(`address ${addresses.highest} does not fit into the address part`);
  }
  if (part.part !== 'counter') return;
  if ((part.last ?? 0) > most) add(`counter ${part.last} does not fit into its part`);
  if ((part.first ?? 0) > (part.last ?? 0)) add('the counter ends before it begins');
}

/** Every line must have its place, and as much room as `display` says: a cut number would be a wrong one. */
function checkTexts(frame: CheckedFrame, { display }: CheckedProfile, add: (message: string) => void): void {
  const texts = frame.parts.filter(({ part }) => part === 'text');
  if (texts.length === 0) add('there is no text part');
  const perColumn = display.encoding === 'utf-8' ? 2 : 1;
  for (const { line, newLine, bytes, mostBytes = 0 } of texts) {
    if (line === undefined && display.lines > 1 && newLine === undefined) {
      add(`a text of ${display.lines} lines needs newLine, or a text part for each line`);
    }
    if (line !== undefined && line > display.lines) add(`display has no line ${line}`);
    const lines = line === undefined ? display.lines : 1;
    const between = (lines - 1) * (parseHex(newLine ?? '')?.length ?? 0);
    const needed = lines * display.columns * perColumn + between;
    const room = typeof bytes === 'number' ? bytes : mostBytes;
    if (room < needed) add(`a text part has room for ${room} bytes, display needs ${needed}`);
  }
  if (texts.length === 0 || texts.some(({ line }) => line === undefined)) return;
  for (let line = 1; line <= display.lines; line++) {
    if (!texts.some((text) => text.line === line)) add(`no text part shows line ${line}`);
  }
}

/** Bytes of a checksum part. */
export const checksumPartBytes = (kind: ChecksumKind, as: 'binary' | 'hex'): number =>
  checksumBytes(kind) * (as === 'hex' ? 2 : 1);
