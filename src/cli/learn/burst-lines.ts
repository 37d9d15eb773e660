/** Bursts as lines of text, as they come. */

import { formatHex } from '../../kernel/bytes.js';
import type { Clock } from '../../kernel/clock.js';
import type { Language } from '../../kernel/text.js';
import { type Burst, hexOf } from '../../protocols/learning/bursts.js';

/** A line that babbles must not flood the terminal. */
const linesEachSecond = 20;
const shownBytes = 24;
const mostNumbered = 1_000;

/** Bytes as text; what can't be printed is a point. Nothing in it can steer a terminal. */
export function asciiOf(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, shownBytes), (byte) =>
    byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '.',
  ).join('');
}

/** Numbers the different bursts in the order in which they first came, and says each with its moment. */
export class BurstLines {
  readonly #numbers = new Map<string, number>();
  readonly #startMilliseconds: number;
  #second = Number.NEGATIVE_INFINITY;
  #printed = 0;
  #left = 0;

  constructor(
    private readonly clock: Clock,
    private readonly language: Language,
    private readonly say: (line: string) => void,
  ) {
    this.#startMilliseconds = clock.monotonicMilliseconds();
  }

  /** @param remark what it was, behind its bytes */
  tell({ bytes, atMilliseconds, missedBytes }: Burst, remark: string): void {
    const group = this.#groupOf(hexOf(bytes));
    const second = Math.floor(this.clock.monotonicMilliseconds() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#printed = 0;
      this.#sayLeft();
    }
    if (this.#printed >= linesEachSecond) {
      this.#left++;
      return;
    }
    this.#printed++;
    const seconds = ((atMilliseconds - this.#startMilliseconds) / 1_000).toFixed(3).padStart(9);
    const more = missedBytes > 0 ? ` +${missedBytes}` : '';
    const hex = `${formatHex(bytes, shownBytes)}${more}`.padEnd(24);
    const text = `${seconds}  ${hex}  ${asciiOf(bytes).padEnd(8)}  ${group}${remark === '' ? '' : `  ${remark}`}`;
    this.say(text);
  }

  /** What was left out is said at the end. */
  end(): void {
    this.#sayLeft();
  }

  #sayLeft(): void {
    const count = this.#left;
    this.#left = 0;
    if (count === 0) return;
    this.say(this.language === 'en' ? `           … and ${count} more` : `           ……另有 ${count} 串`);
  }

  #groupOf(hex: string): string {
    const known = this.#numbers.get(hex);
    if (known === undefined && this.#numbers.size >= mostNumbered) return '#…';
    const number = known ?? this.#numbers.size + 1;
    if (known === undefined) this.#numbers.set(hex, number);
    return `#${number}`;
  }
}
