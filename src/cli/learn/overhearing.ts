/** Listening without asking: what came, in groups. */
import type { Language, Text } from '../../kernel/text.js';
import { type Overheard, proposeFromBursts } from '../../protocols/key-learning.js';
import type { Burst } from '../../protocols/learning/bursts.js';
import type { BurstGroup } from '../../protocols/learning/groups.js';
import { table } from '../columns.js';
import { asciiOf } from './burst-lines.js';

/** Bursts that are judged; a keypad makes a few hundred in the longest listening. */
const mostBursts = 10_000;
const mostShownGroups = 40;
const mostShownBytes = 24;

const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

const roles: Readonly<Record<BurstGroup['role'], Text>> = {
  key: both('按键', 'key'),
  release: both('松开', 'release'),
  heartbeat: both('自发', 'by itself'),
  noise: both('干扰', 'noise'),
};

/** Keeps what came, up to a bound. */
export class Overhearing {
  readonly #bursts: Burst[] = [];
  #left = 0;

  heard(burst: Burst): void {
    if (this.#bursts.length < mostBursts) this.#bursts.push(burst);
    else this.#left++;
  }

  /** Bursts that came and are not judged. */
  get left(): number {
    return this.#left;
  }

  judge(names: readonly string[], fromMilliseconds: number, toMilliseconds: number): Overheard {
    return proposeFromBursts(this.#bursts, names, { fromMilliseconds, toMilliseconds });
  }
}

/** Groups as lines, the first heard on top. */
export function groupLines(groups: readonly BurstGroup[], language: Language): string[] {
  const head = both('字节|文本|次数|是什么|', 'bytes|text|presses|what it is|')[language].split('|');
  const rows = groups.slice(0, mostShownGroups).map((group) => {
    const { bytes, hex, presses, count, role } = group;
    const shown = bytes.length > mostShownBytes ? `${hex.slice(0, mostShownBytes * 3 - 1)} …` : hex;
    const times = count === presses ? `${presses}` : `${presses} (${count})`;
    return [shown, asciiOf(bytes), times, roles[role][language], paceOf(group)[language]];
  });
  const left = groups.length - rows.length;
  const rest = left === 0 ? [] : [both(`……另有 ${left} 种`, `… and ${left} more`)[language]];
  return [...table([head, ...rows]), ...rest];
}

function paceOf({ periodMilliseconds, repeatMilliseconds, overlong }: BurstGroup): Text {
  if (overlong) return both('不停', 'without end');
  if (periodMilliseconds !== null) {
    const seconds = (periodMilliseconds / 1_000).toFixed(1);
    return both(`每 ${seconds} 秒`, `every ${seconds} s`);
  }
  if (repeatMilliseconds === null) return both('', '');
  return both(`按住时每 ${repeatMilliseconds} 毫秒重复`, `repeats every ${repeatMilliseconds} ms while held`);
}
