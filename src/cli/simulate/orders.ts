/** What a person types, carried out; and the list of what can be typed. */

import { nearHint } from '../../kernel/near-name.js';
import type { Language } from '../../kernel/text.js';
import { table } from '../columns.js';
import { both, type Front, OrderRefused } from './front.js';

export interface OrderContext {
  readonly fronts: ReadonlyMap<string, Front>;
  /** Asks the controller for a ticket, as a kiosk does; resolves with what to tell. */
  readonly issue: (queue: string, at: string | undefined) => Promise<string>;
  readonly wait: (seconds: number) => Promise<void>;
  readonly language: Language;
}

const mostWaitSeconds = 600;

/**
 * Carries out one line; what follows a # is a comment. Resolves with what to say, or `quit`. Never rejects for what a
 * person typed: then it says what was wrong.
 */
export async function carryOut(line: string, context: OrderContext): Promise<string | 'quit'> {
  const [first = '', verb = '', ...args] = line
    .replace(/(^|\s)#.*$/, '')
    .trim()
    .split(/\s+/);
  try {
    switch (first) {
      case '':
        return '';
      case 'quit':
      case 'exit':
        return 'quit';
      case 'help':
        if (verb !== '' && !context.fronts.has(verb)) throw unknown(verb, context.fronts.keys());
        return help(context, verb);
      case 'see':
        return seen(context);
      case 'issue':
        if (verb === '') throw new OrderRefused('issue QUEUE [AT]');
        return await context.issue(verb, args[0]);
      case 'wait':
        await context.wait(secondsOf(verb));
        return '';
      default:
        return atFront(first, verb, args, context);
    }
  } catch (error) {
    if (error instanceof OrderRefused) return `? ${error.message}`;
    throw error;
  }
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (text !== '' && seconds >= 0 && seconds <= mostWaitSeconds) return seconds;
  throw new OrderRefused(`wait SECONDS: found "${text}", expected 0 to ${mostWaitSeconds}`);
}

function atFront(name: string, verb: string, args: readonly string[], { fronts }: OrderContext): string {
  const front = fronts.get(name);
  if (front === undefined) throw unknown(name, [...fronts.keys(), 'issue', 'see', 'wait', 'help', 'quit']);
  const typed = [verb, ...args];
  const found = front.orders.find(({ usage }) => verbOf(usage).every((word, index) => word === typed[index]));
  if (found === undefined) {
    const known = front.orders.map((one) => one.usage).join(', ');
    throw new OrderRefused(
      `${name}: found "${typed.join(' ').trim()}", expected ${known === '' ? 'nothing: it can only be seen' : known}`,
    );
  }
  found.run(typed.slice(verbOf(found.usage).length));
  return '';
}

function unknown(name: string, names: Iterable<string>): OrderRefused {
  return new OrderRefused(`there is no "${name}"${nearHint(name, [...names], '; see: help')}`);
}

/** The words of an order that stand as they are: all but its arguments. */
function verbOf(usage: string): string[] {
  return usage.split(' ').filter((word) => !/^[A-Z]+$/.test(word));
}

function seen({ fronts }: OrderContext): string {
  const rows = [...fronts].flatMap(([name, front]) =>
    front.sees === undefined ? [] : [[`  ${name}`, front.sees(), front.what]],
  );
  return table(rows).join('\n');
}

const general = [
  ['issue QUEUE [AT]', both('取一张号票', 'takes a ticket, as at a kiosk')],
  ['see', both('现在看得见的：窗口屏、灯、座位', 'what can be seen now: boards, lamps, seats')],
  ['wait SECONDS', both('等待（用于脚本）', 'waits, for scripts')],
  ['help [NAME]', both('这个列表', 'this list')],
  ['quit', both('结束', 'ends')],
] as const;

/** All that can be typed, or all for one thing. */
export function help({ fronts, language }: OrderContext, name: string): string {
  const one = fronts.get(name);
  if (one !== undefined) {
    return table(one.orders.map(({ usage, about }) => [`  ${name} ${usage}`, about[language]])).join('\n');
  }
  const things = [...fronts].map(([thing, { what, orders }]) => [
    `  ${thing}`,
    what,
    orders.map(({ usage }) => usage).join(', '),
  ]);
  return [
    ...table(general.map(([usage, about]) => [`  ${usage}`, about[language]])),
    '',
    ...table(things),
  ].join('\n');
}
