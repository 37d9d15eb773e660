/** Trying the common baud rates, with somebody who presses keys. */
import type { Language, Text } from '../../kernel/text.js';
import {
  type BaudRateEvidence,
  type BaudRateSample,
  type BaudRateVerdict,
  chosenBaudRate,
  commonBaudRates,
  isCertain,
  judgeBaudRates,
} from '../../protocols/learning/baud-rate.js';
import type { Burst } from '../../protocols/learning/bursts.js';
import { samePressMilliseconds } from '../../protocols/learning/groups.js';
import { table } from '../columns.js';

/** Two presses of one key and two of another. */
const wantedPresses = 4;

const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

const evidences: Readonly<Record<BaudRateEvidence, Text>> = {
  text: both('文本行：确定', 'lines of text: certain'),
  checksum: both('校验和相符：确定', 'a checksum fits: certain'),
  plausible: both('可能', 'possible'),
  unlikely: both('不太可能', 'hardly'),
  'nothing-heard': both('没有听到', 'nothing heard'),
};

interface BaudRateTrial {
  /**
   * Listens at a rate until `ended` resolves; bursts go to `heard`. Rejects where the port can't be opened.
   */
  listen(baudRate: number, heard: (burst: Burst) => void, ended: Promise<void>): Promise<void>;
  /** Resolves with the next line that is typed; `undefined` where there is nobody any more. */
  typed(): Promise<string | undefined>;
  say(line: string): void;
  readonly language: Language;
}

/**
 * Goes through the rates until one is certain, or all were tried. Gives the verdicts, the best first, and the rate to
 * go on with; `undefined` where a person must choose.
 */
export async function findBaudRate(
  trial: BaudRateTrial,
): Promise<{ verdicts: BaudRateVerdict[]; chosen: number | undefined }> {
  const samples: BaudRateSample[] = [];
  const { language, say } = trial;
  say(
    language === 'en'
      ? 'At each rate: press one key twice, then another key twice. Enter: next rate.'
      : '每个波特率：先按一个键两次，再按另一个键两次。回车：下一个波特率。',
  );
  for (const [place, baudRate] of commonBaudRates.entries()) {
    const bursts: Burst[] = [];
    say(`${baudRate} baud (${place + 1}/${commonBaudRates.length})`);
    let gone = false;
    let enough = () => {};
    const pressed = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const skipped = trial.typed().then((line) => {
      gone = line === undefined;
    });
    const heard = (burst: Burst) => {
      bursts.push(burst);
      if (pressesOf(bursts) >= wantedPresses) enough();
    };
    await trial.listen(baudRate, heard, Promise.race([pressed, skipped]));
    samples.push({ baudRate, bursts });
    const [verdict] = judgeBaudRates([{ baudRate, bursts }]);
    if (verdict !== undefined) say(`  ${verdict.rows.join(' | ')}  ${evidences[verdict.evidence][language]}`);
    if (gone || (verdict !== undefined && isCertain(verdict))) break;
  }
  const verdicts = judgeBaudRates(samples);
  return { verdicts, chosen: chosenBaudRate(verdicts)?.baudRate };
}

/** The verdicts as lines, the best first. */
export function verdictLines(verdicts: readonly BaudRateVerdict[], language: Language): string[] {
  return table(
    verdicts.map(({ baudRate, evidence, rows }) => [
      `${baudRate}`,
      evidences[evidence][language],
      rows.join(' | '),
    ]),
  );
}

function pressesOf(bursts: readonly Burst[]): number {
  return bursts.filter((burst, place) => {
    const before = bursts[place - 1];
    return before === undefined || burst.atMilliseconds - before.endMilliseconds >= samePressMilliseconds;
  }).length;
}
