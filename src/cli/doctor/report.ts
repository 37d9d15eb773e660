/** The doctor's report: aligned lines for people, JSON for programs. */
import stringWidth from 'string-width';
import type { Language, Text } from '../../kernel/text.js';
import { type Colour, paint } from '../colour.js';
import { fitCells } from '../columns.js';
import { wrap } from '../demo/spans.js';
import type { Finding, Outcome } from './types.js';

const words: Readonly<Record<Outcome, Text>> = {
  ok: { 'zh-CN': '正常', en: 'ok' },
  warning: { 'zh-CN': '注意', en: 'warning' },
  problem: { 'zh-CN': '问题', en: 'problem' },
  'not-tried': { 'zh-CN': '未检查', en: 'not tried' },
};
const colours: Readonly<Record<Outcome, Colour>> = {
  ok: 'green',
  warning: 'yellow',
  problem: 'red',
  'not-tried': 'dim',
};
const outcomeCells = 9;
/** No column is narrower, whatever the terminal is. */
const leastCells = 20;

/**
 * A finding, and a line for each line of what mends it.
 * @param columns of the terminal: what is found breaks there, and stands aligned. What mends it is never broken, for it
 * is copied; where it does not fit it begins further left
 */
export function linesOf(
  { subject, outcome, found, fix }: Finding,
  subjectCells: number,
  language: Language,
  colour: boolean,
  columns = Number.POSITIVE_INFINITY,
): string[] {
  const word = paint(fitCells(words[outcome][language], outcomeCells), colours[outcome], colour);
  const pad = ' '.repeat(Math.max(0, subjectCells - stringWidth(subject)));
  const cells = outcomeCells + 2 + subjectCells + 2;
  const [first = '', ...rest] = wrap(oneLine(found[language]), Math.max(leastCells, columns - cells));
  const mends = (fix?.[language].split('\n') ?? []).map((line) => `→ ${oneLine(line)}`);
  const fits = mends.every((line) => cells + stringWidth(line) <= columns);
  return [
    `${word}  ${subject}${pad}  ${first}`,
    ...rest.map((line) => ' '.repeat(cells) + line),
    ...mends.map((line) => ' '.repeat(fits ? cells : outcomeCells + 2) + line),
  ];
}

/** What stands below the lines. */
export function summaryOf(findings: readonly Finding[], language: Language): string {
  const count = (outcome: Outcome) => findings.filter((finding) => finding.outcome === outcome).length;
  const [problems, warnings, ok, open] = [
    count('problem'),
    count('warning'),
    count('ok'),
    count('not-tried'),
  ];
  if (language === 'zh-CN') {
    const last = problems === 0 ? '可以使用' : '先解决“问题”各行，再运行 hallward doctor';
    return `问题 ${problems}，注意 ${warnings}，正常 ${ok}，未检查 ${open}：${last}`;
  }
  const last = problems === 0 ? 'ready' : 'mend the problems, then run hallward doctor again';
  return `${problems} problem${problems === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}, ${ok} ok, ${open} not tried: ${last}`;
}

/** For `--json`. */
export function jsonOf(findings: readonly Finding[]): string {
  const ok = findings.every(({ outcome }) => outcome !== 'problem');
  return JSON.stringify({ ok, checks: findings }, null, 2);
}

/** What brokers, files and devices say must not move the cursor of whoever reads it. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
