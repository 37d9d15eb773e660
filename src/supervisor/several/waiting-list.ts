/** The list of who waits, as staff get it on paper when nothing else knows it any more. */
import type { QueueMirror, WaitingPerson } from '../../calling/mirror.js';
import { waitingIn } from '../../calling/mirror.js';
import type { FreePaper } from '../../devices/capabilities.js';
import type { Language } from '../../kernel/text.js';

const words = {
  'zh-CN': {
    title: '等候名单（叫号主机中断）',
    known: (at: string) => `截至 ${at} 时`,
    queue: (label: string, count: number) => `${label}：${count} 人`,
    priority: (number: string) => `${number}优先`,
    serving: '正在办理：',
    none: '无人等候',
    help: '请按此顺序口头叫号，叫过的划掉',
  },
  en: {
    title: 'WHO WAITS (the leading board is away)',
    known: (at: string) => `as of ${at}`,
    queue: (label: string, count: number) => `${label}: ${count}`,
    priority: (number: string) => `${number} PRIORITY`,
    serving: 'Being served:',
    none: 'nobody',
    help: 'Call them out in this order, cross out who was called',
  },
} as const;

/** Numbers on a line of paper. */
const numbersOnLine = 4;
/** Lines of one paper; more go on a further one. */
const linesOnPaper = 50;

export interface ListedQueue {
  readonly label: string;
  readonly mirror: QueueMirror;
}

/** How many wait in all. */
export function countWaiting(queues: readonly ListedQueue[]): number {
  return queues.reduce((sum, { mirror }) => sum + waitingIn(mirror).length, 0);
}

/**
 * The papers of one list.
 * @param at local time of what is known, `2026-11-22 09:03`; `null` where nobody knows it
 */
export function waitingPapers(
  queues: readonly ListedQueue[],
  language: Language,
  at: string | null,
): FreePaper[] {
  const say = words[language];
  const lines: string[] = [say.title, ...(at === null ? [] : [say.known(at)]), say.help, ''];
  for (const { label, mirror } of queues) {
    const people = waitingIn(mirror);
    lines.push(say.queue(label, people.length));
    lines.push(...(people.length === 0 ? [say.none] : rows(people, say.priority)));
    const served = mirror.tickets.flatMap(([, number, , , , , { called }]) =>
      called === undefined ? [] : [`${number}→${called.window}`],
    );
    if (served.length > 0)
      lines.push(say.serving, ...chunks(served, numbersOnLine).map((row) => row.join(' ')));
    lines.push('');
  }
  return chunks(lines, linesOnPaper).map((part) => ({ lines: part }));
}

function rows(people: readonly WaitingPerson[], marked: (number: string) => string): string[] {
  const texts = people.map(({ number, priority }) => (priority ? marked(number) : number));
  return chunks(texts, numbersOnLine).map((row) => row.join('  '));
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const all: Item[][] = [];
  for (let start = 0; start < items.length; start += size) all.push(items.slice(start, start + size));
  return all;
}
