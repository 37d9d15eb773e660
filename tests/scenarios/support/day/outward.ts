/** Compares what people see, hear and hold in their hands with what the events say. */
import type { Slip } from '../../../../src/simulator/index.js';
import type { Heard } from '../../../../src/simulator/spoken-text.js';
import type { Payload } from '../watcher.js';
import { expectedBoard, expectedQueue, expectedWindow } from './expected.js';
import type { Onlooker } from './onlooker.js';
import { qrStart, queueNames, windowNames } from './plan.js';

/** A board has this long to follow its window. */
const repaintMilliseconds = 1_500;
/** What changes by the time of day is told this much later at most. */
const scheduleMilliseconds = 200;
const digits = [...'零一二三四五六七八九'];
const windowWords = new Map(
  windowNames.map((name) => {
    const value = Number(name);
    const ones = value % 10 === 0 ? '' : (digits[value % 10] as string);
    return [value < 10 ? (digits[value] as string) : `十${ones}`, name];
  }),
);

/** Throws where retained topics do not say what the events say. `staffOf`: who works at a window. */
export function checkRetained(
  retained: ReadonlyMap<string, Payload>,
  onlooker: Onlooker,
  now: number,
  staffOf: (window: string) => string | null,
): void {
  // At midnight, and at the times of a schedule, things change as soon as that is recorded.
  const times = [now, now - scheduleMilliseconds];
  for (const queue of queueNames) {
    const expected = times.map((time) => expectedQueue(onlooker, queue, time));
    same(`queue/${queue}`, retained, expected);
  }
  for (const window of windowNames) {
    const expected = times.map((time) => expectedWindow(onlooker, window, time));
    same(`window/${window}`, retained, expected);
    const { staff } = retained.get(`window/${window}`) as Payload;
    if (staff !== null && staff !== staffOf(window))
      throw new Error(`window ${window}: ${staff} is not there`);
  }
}

/** What stands at a topic is one of those, as far as these say something. */
function same(topic: string, retained: ReadonlyMap<string, Payload>, expected: readonly object[]): void {
  const said = retained.get(topic) ?? {};
  const found = expected.map((one) => JSON.stringify(picked(said, Object.keys(one))));
  if (expected.some((one, index) => JSON.stringify(one) === found[index])) return;
  throw new Error(`${topic} says ${found[0]}, by the events ${JSON.stringify(expected[0])}`);
}

function picked(from: Payload, keys: readonly string[]): object {
  return Object.fromEntries(keys.map((key) => [key, from[key]]));
}

/** Boards follow their windows. */
export class BoardCheck {
  readonly #since = new Map<string, { readonly text: string; readonly at: number }>();

  /** Throws for a board that shows something else for too long. @param shows without blanks */
  look(onlooker: Onlooker, shows: (window: string) => string, now: number): void {
    for (const window of windowNames) {
      const text = expectedBoard(onlooker, window);
      const known = this.#since.get(window);
      if (known?.text !== text) this.#since.set(window, { text, at: now });
      else if (now - known.at > repaintMilliseconds && shows(window) !== text) {
        throw new Error(`board ${window} shows "${shows(window)}" instead of "${text}"`);
      }
    }
  }

  /** Boards have lost what they showed: they have some time anew. */
  powerIsBack(now: number): void {
    for (const [window, { text }] of this.#since) this.#since.set(window, { text, at: now + 4_000 });
  }
}

/** Voices say what was recorded, once. */
export class VoiceCheck {
  said = 0;
  /** Calls that a voice said once more than they were made. */
  saidAgain = 0;
  readonly #said = new Map<string, number>();
  readonly #saidInEra = new Map<string, number>();

  /** @param mayRepeat a module whose answer came late may be told a call once more, soon after the first time */
  constructor(private readonly mayRepeat = false) {}

  /**
   * @param startedAt wall clock when it began to speak
   * @param restarts wall clock of each end of a process; what was called before is not said after it
   */
  heard({ text, complete }: Heard, onlooker: Onlooker, startedAt: number, restarts: readonly number[]): void {
    if (text === '') return;
    const match = /^请(优先)?([A-D])([零一二三四五六七八九]{3,})号到(.+)号窗口办理$/.exec(text);
    if (match === null) throw new Error(`a voice says "${text}"`);
    const number = `${match[2]}${[...(match[3] as string)].map((word) => digits.indexOf(word)).join('')}`;
    const window = windowWords.get(match[4] as string);
    const called = onlooker.calls.filter((one) => one.number === number && one.window === window);
    const before = called.filter(({ at }) => at <= startedAt);
    const key = `${number} ${window}`;
    const times = count(this.#said, key);
    if (times > before.length) {
      this.saidAgain++;
      const words = `${key} is said for the ${times}. time, but was called ${before.length} times`;
      if (!this.mayRepeat || before.length === 0) throw new Error(words);
    }
    const eraOf = (at: number) => restarts.filter((restart) => restart <= at).length;
    const again = count(this.#saidInEra, `${key} ${eraOf(startedAt)}`);
    const inEra = before.filter((one) => eraOf(one.at) === eraOf(startedAt)).length;
    if (this.mayRepeat ? inEra === 0 : again > inEra)
      throw new Error(`${key} is said again after the restart`);
    const isPriority = onlooker.tickets.get(before.at(-1)?.ticket ?? '')?.priority;
    if ((match[1] !== undefined) !== isPriority) throw new Error(`${text}: priority is ${isPriority}`);
    if (complete) this.said++;
  }
}

function count(counts: Map<string, number>, key: string): number {
  const times = (counts.get(key) ?? 0) + 1;
  counts.set(key, times);
  return times;
}

/** Each ticket is on paper, and no number on two tickets. */
export class PaperCheck {
  readonly #first = new Map<string, number>();
  readonly #ticketOf = new Map<string, string>();
  copies = 0;
  /** Pieces of paper with a number that are not whole. */
  torn = 0;
  /** Numbers on paper that was cut before its code. */
  readonly #codeless = new Set<string>();

  /** @param mayGiveUp the printer may answer so late that it is given up: then what has come out is cut, and told */
  constructor(private readonly mayGiveUp = false) {}

  slip({ lines, qr, complete }: Slip): void {
    const texts = lines.map(({ text }) => text.trim()).filter((text) => text !== '');
    const number = texts.find((text) => /^[A-D]\d{3,}$/.test(text));
    if (number === undefined) return;
    const isCopy = texts.some((text) => text.includes('补打'));
    // Half a paper has been seen by somebody, too.
    if (!isCopy && count(this.#first, number) > 1) throw new Error(`${number} came out twice without a word`);
    if (!complete) {
      this.torn++;
      return;
    }
    if (isCopy) this.copies++;
    const code = qr[0];
    if (this.mayGiveUp && code === undefined) {
      this.#codeless.add(number);
      return;
    }
    if (code === undefined || !code.startsWith(qrStart))
      throw new Error(`${number} on paper without its code`);
    const ticket = code.slice(qrStart.length);
    const other = this.#ticketOf.get(number);
    if (other !== undefined && other !== ticket) throw new Error(`${number} is on the paper of two tickets`);
    this.#ticketOf.set(number, ticket);
  }

  /**
   * Every ticket whose visitor had time to take it came out, and says its own number.
   * @param quickMilliseconds who is called so soon after the ticket may not need the paper any more
   */
  checkEnd(onlooker: Onlooker, quickMilliseconds = 5_000): void {
    for (const { ticket, number, issuedAt, calledAt } of onlooker.tickets.values()) {
      const printed = this.#ticketOf.get(number);
      if (printed !== undefined && printed !== ticket)
        throw new Error(`${number} is on the paper of ${printed}`);
      const wasQuick = calledAt > 0 && calledAt - issuedAt < quickMilliseconds;
      const isTold = onlooker.unprinted.has(ticket);
      if (this.#codeless.has(number) && !isTold) throw new Error(`${number} on paper without its code`);
      if (printed === undefined && !wasQuick && !(this.mayGiveUp && isTold))
        throw new Error(`${number} never came out`);
    }
  }
}
