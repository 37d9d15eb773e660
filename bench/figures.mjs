/**
 * The rows of the table: how each figure is drawn from the results, and what is asked of Hallward. The targets are
 * ratios to the floor in the same run, since figures of different machines and hours cannot be compared.
 */
import { median } from './statistics.mjs';

/**
 * @typedef {object} Figure
 * @property {string} title
 * @property {string} measure
 * @property {(rounds: any[]) => string} show of one candidate's rounds
 * @property {((rounds: any[]) => number | undefined)=} value for the ratio and the target
 * @property {((floor: number, append: { p50: number, p99: number }) => Target)=} target
 * @property {boolean=} absolute its target needs no floor
 *
 * @typedef {{ words: string, holds: (value: number, rounds: any[]) => boolean }} Target
 */

const medianOf = (key) => (rounds) => median(rounds.map((round) => round[key]).filter(Number.isFinite));

function numeric(title, measure, key, digits, target) {
  const value = medianOf(key);
  return {
    title,
    measure,
    value,
    target,
    show(rounds) {
      const values = rounds.map((round) => round[key]).filter(Number.isFinite);
      if (values.length === 0) return '-';
      const middle = value(rounds).toFixed(digits);
      if (values.length === 1) return middle;
      return `${middle} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`;
    },
  };
}

/** A figure of Hallward alone, with a limit that needs no other. */
function absolute(title, measure, key, digits, holds, words) {
  const target = holds === undefined ? undefined : () => ({ words, holds });
  return { ...numeric(title, measure, key, digits, target), absolute: true };
}

/** Presses that arrived, of how many; what was wrong with them. */
function counted(title, measure, target) {
  return {
    title,
    measure,
    value: (rounds) => Math.min(...rounds.map(({ arrived, sent }) => arrived / sent)),
    target,
    show: (rounds) => [...new Set(rounds.map(describe))].join('; '),
  };
}

function describe({ arrived, sent, repeated, disorder, wrong }) {
  const notes = [];
  if (repeated > 0) notes.push(`${repeated} twice`);
  if (disorder > 0) notes.push(`${disorder} out of order`);
  if (wrong > 0) notes.push(`${wrong} wrong`);
  return `${arrived}/${sent}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

const atMost = (limit, words, digits) => ({
  words: `<= ${limit.toFixed(digits)} ${words}`,
  holds: (value) => value <= limit,
});
const all = () => ({ words: 'all', holds: (value, rounds) => value === 1 && noneWrong(rounds) });
const allInOrder = () => ({
  words: 'all, in order',
  holds: (value, rounds) =>
    value === 1 && noneWrong(rounds) && rounds.every(({ disorder }) => disorder === 0),
});
const noneWrong = (rounds) => rounds.every(({ wrong }) => wrong === 0);

/** @type {readonly Figure[]} */
export const figures = [
  numeric('start to first event, ms', 'startup', 'milliseconds', 0, (floor) =>
    atMost(2 * floor, '(2 x floor)', 0),
  ),
  numeric('idle RSS, MiB', 'idle', 'mebibytes', 1, () => atMost(85, '', 0)),
  numeric('idle processor, % of one core', 'idle', 'processorPercent', 2),
  numeric('press to broker p50, ms', 'latency', 'p50Milliseconds', 2, (floor, append) =>
    atMost(1.5 * floor + append.p50, '(1.5 x floor + append)', 2),
  ),
  numeric('press to broker p99, ms', 'latency', 'p99Milliseconds', 2, (floor, append) =>
    atMost(1.5 * floor + append.p99, '(1.5 x floor + append)', 2),
  ),
  counted('paced presses, arrived', 'latency', all),
  numeric('processor each, paced, us', 'latency', 'processorMicrosecondsEach', 0),
  numeric('burst, a second', 'burst', 'perSecond', 0, (floor) => ({
    words: `>= ${(0.5 * floor).toFixed(0)} (0.5 x floor)`,
    holds: (value) => value >= 0.5 * floor,
  })),
  counted('burst, arrived', 'burst', allInOrder),
  numeric('processor each, burst, us', 'burst', 'processorMicrosecondsEach', 0),
  numeric('RSS after the burst, MiB', 'burst', 'mebibytes', 0),
  counted('5 s without broker, arrived', 'outage', allInOrder),
  numeric('first one after it is back, ms', 'outage', 'firstAfterMilliseconds', 0),
  counted('kill -9 with 100 held, arrived', 'kill', all),
  absolute('8 buses, 64 devices: answering', 'hall', 'answering', 0, (value) => value === 64, '64'),
  absolute('question late, p99, % of its period', 'hall', 'latenessP99Percent', 1),
  absolute('question late, most, %', 'hall', 'latenessMostPercent', 1, (value) => value <= 10, '<= 10'),
  absolute('processor, % of one core', 'hall', 'processorPercent', 2, (value) => value < 5, '< 5'),
  absolute('RSS, MiB', 'hall', 'mebibytes', 1, (value) => value <= 100, '<= 100'),
  absolute('8 buses, 256 devices: answering', 'full', 'answering', 0, (value) => value === 256, '256'),
  absolute('question late, p99, % of its period', 'full', 'latenessP99Percent', 1),
  absolute('question late, most, %', 'full', 'latenessMostPercent', 1, (value) => value <= 10, '<= 10'),
  absolute('processor, % of one core', 'full', 'processorPercent', 2, (value) => value < 15, '< 15'),
  absolute('RSS, MiB', 'full', 'mebibytes', 1, (value) => value <= 120, '<= 120'),
  absolute('push that changes none of 256, p50, ms', 'push', 'sameP50Milliseconds', 0),
  absolute(
    'push that changes none of 256, most, ms',
    'push',
    'sameMostMilliseconds',
    0,
    (value) => value < 200,
    '< 200',
  ),
  absolute('push that changes one of 256, p50, ms', 'push', 'oneP50Milliseconds', 0),
  absolute(
    'push that changes one of 256, most, ms',
    'push',
    'oneMostMilliseconds',
    0,
    (value) => value < 2_000,
    '< 2000',
  ),
  absolute('devices wrongly touched', 'push', 'wronglyTouched', 0, (value) => value === 0, '0'),
  absolute('I2C line used, 500 us each, %', 'i2c', 'used500Percent', 1, (value) => value >= 90, '>= 90'),
  absolute('I2C line used, 200 us each, %', 'i2c', 'used200Percent', 1, (value) => value >= 90, '>= 90'),
  absolute('next to board, beyond the wire, p50, ms', 'calling', 'boardP50Milliseconds', 1),
  {
    ...numeric('next to board, beyond the wire, p99, ms', 'calling', 'boardP99Milliseconds', 1, (_, append) =>
      atMost(10 + (append?.p99 ?? 0), '(10 + append)', 1),
    ),
    absolute: true,
  },
  absolute('next to hall display, p50, ms', 'calling', 'displayP50Milliseconds', 1),
  absolute(
    'next to hall display, p99, ms',
    'calling',
    'displayP99Milliseconds',
    1,
    (value) => value <= 100,
    '<= 100',
  ),
  absolute('processor for a ticket, ms', 'calling', 'ticketMilliseconds', 2),
  absolute('100,000 tickets a day, % of a core', 'calling', 'dayPercent', 2, (value) => value < 1, '< 1'),
  absolute(
    'kill -9 with 5,000 waiting to the next call, ms',
    'calling',
    'restartMilliseconds',
    0,
    (value) => value < 1_000,
    '< 1000',
  ),
];
