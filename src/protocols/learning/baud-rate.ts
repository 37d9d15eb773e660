/**
 * Which baud rate was the right one, judged by what a few presses gave at each. A wrong rate does not give random bytes:
 * the same press often gives the same wrong bytes. So only text or a checksum makes it certain; otherwise the rates
 * are put in order, and a person must choose.
 */
import { type Burst, hexOf, timesOf } from './bursts.js';
import { linesOfText } from './lines.js';
import { shapeOf } from './shape.js';

/** Most keypads use the first; from there outwards. */
export const commonBaudRates = [9_600, 4_800, 2_400, 19_200, 1_200, 38_400, 57_600, 115_200] as const;

/** What was heard at one rate: several presses, best of two different keys. */
export interface BaudRateSample {
  readonly baudRate: number;
  readonly bursts: readonly Burst[];
}

/** - `text`, `checksum`: that does not happen at a wrong rate. - `plausible`: may be. - `unlikely`: hardly. */
export type BaudRateEvidence = 'text' | 'checksum' | 'plausible' | 'unlikely' | 'nothing-heard';

export interface BaudRateVerdict {
  readonly baudRate: number;
  readonly evidence: BaudRateEvidence;
  /** 0 to 1: how well it fits; for the order among those of the same evidence. */
  readonly score: number;
  /** The different rows that were heard, the most frequent first; at most four. */
  readonly rows: readonly string[];
}

const longestPlausibleBytes = 64;
const mostRows = 4;
const order: readonly BaudRateEvidence[] = ['text', 'checksum', 'plausible', 'unlikely', 'nothing-heard'];

/** True where nothing else needs to be tried. */
export function isCertain({ evidence }: BaudRateVerdict): boolean {
  return evidence === 'text' || evidence === 'checksum';
}

/** All rates, the best first. */
export function judgeBaudRates(samples: readonly BaudRateSample[]): BaudRateVerdict[] {
  const verdicts = samples.map(verdictOf);
  const longest = Math.max(1, ...verdicts.map(({ rows }) => (rows[0] ?? '').length));
  return verdicts
    .map((verdict) => {
      // Listening too slowly loses bytes: of two that look alike the one with more of them.
      const share = (verdict.rows[0] ?? '').length / longest;
      return { ...verdict, score: Math.round(verdict.score * (0.7 + 0.3 * share) * 1_000) / 1_000 };
    })
    .sort((a, b) => order.indexOf(a.evidence) - order.indexOf(b.evidence) || b.score - a.score);
}

/** The one rate that may be used without asking: the only one that is certain. */
export function chosenBaudRate(verdicts: readonly BaudRateVerdict[]): BaudRateVerdict | undefined {
  const certain = verdicts.filter(isCertain);
  return certain.length === 1 ? certain[0] : undefined;
}

function verdictOf({ baudRate, bursts }: BaudRateSample): BaudRateVerdict {
  const counts = new Map<string, { bytes: Uint8Array; count: number }>();
  const units = bursts.map(({ bytes }) => bytes).sort((a, b) => a.length - b.length);
  for (const { bytes } of bursts) {
    const unit = units.find((one) => timesOf(bytes, one) > 0) ?? bytes;
    const hex = hexOf(unit);
    const found = counts.get(hex);
    if (found === undefined) counts.set(hex, { bytes: unit, count: 1 });
    else found.count++;
  }
  const found = [...counts.values()].sort((a, b) => b.count - a.count);
  const rows = found.slice(0, mostRows).map(({ bytes }) => hexOf(bytes));
  if (found.length === 0) return { baudRate, evidence: 'nothing-heard', score: 0, rows };
  const again = found.filter(({ count }) => count > 1);
  const alike = again.reduce((sum, { count }) => sum + count, 0) / bursts.length;
  const kept = again.map(({ bytes }) => bytes);
  const plain = mean(found.map(({ bytes }) => 1 - flatShare(bytes)));
  const isPlausible = (bytes: Uint8Array) => bytes.length >= 2 && bytes.length <= longestPlausibleBytes;
  const score = alike * plain;
  if (alike === 1 && kept.every((bytes) => bytes.length >= 3 && linesOfText(bytes) !== undefined)) {
    return { baudRate, evidence: 'text', score, rows };
  }
  const { checksum, head, length } = shapeOf(kept);
  // Who listens twice as fast takes half of each start bit for a lowest bit of 0: all bytes are even, and few values
  // come, to which a checksum fits easily.
  const isChecked = checksum !== null && head > 0 && kept.every(hasOdd);
  if (alike === 1 && isChecked) return { baudRate, evidence: 'checksum', score, rows };
  // Who listens too slowly hears the same of different keys.
  const areKeys = alike === 1 && kept.every(isPlausible) && kept.length >= 2 && length !== null && head > 0;
  return { baudRate, evidence: areKeys ? 'plausible' : 'unlikely', score, rows };
}

/**
 * Share of the bytes whose bits change at most once: 00, 80, C0 … FF, 01, 03, 07 … 7F. Who listens too fast hears each
 * bit several times over, and so hardly anything else.
 */
function flatShare(bytes: Uint8Array): number {
  return mean(Array.from(bytes, (byte) => Number(changesOf(byte) <= 1)));
}

function hasOdd(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte % 2 === 1);
}

function changesOf(byte: number): number {
  let changes = 0;
  for (let bit = 0; bit < 7; bit++) {
    if (((byte >> bit) & 1) !== ((byte >> (bit + 1)) & 1)) changes++;
  }
  return changes;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length);
}
