/** Who comes on a day, when and what for: made from a seed, whatever the hall will do. */
import { between } from '../../../../src/cli/demo/random.js';
import { type QueueName, queueNames, queues, timeOfDay } from './plan.js';

export interface Visit {
  /** Wall clock of the arrival. */
  readonly atMilliseconds: number;
  readonly queue: QueueName;
  /** Further matters of the same visitor. */
  readonly further: readonly QueueName[];
  /** Asks for the green channel. */
  readonly priority: boolean;
  /** Does not hear the first call. */
  readonly noShow: boolean;
  /** Milliseconds after that until the visitor is back; `null`: never. */
  readonly backAfter: number | null;
  /** Had the wrong queue: staff send the visitor there. */
  readonly sentOnTo: QueueName | null;
  /** Changes of mind while waiting, and how long after the ticket. */
  readonly whim: 'cancel' | 'reprint' | 'prioritise' | 'plead' | 'transfer' | null;
  readonly whimAfter: number;
  /** Presses this level; `null`: does not rate. */
  readonly level: number | null;
  /** Rates only after the next visitor was called. */
  readonly ratesLate: boolean;
  /** As a part of the usual service time. */
  readonly effort: number;
}

/** Somebody who does nothing special. */
export const plainVisit: Omit<Visit, 'atMilliseconds' | 'queue'> = {
  further: [],
  priority: false,
  noShow: false,
  backAfter: null,
  sentOnTo: null,
  whim: null,
  whimAfter: 0,
  level: null,
  ratesLate: false,
  effort: 1,
};

/** Arrivals by half hours, relative: a peak in the morning, a smaller one after lunch. */
const arrivals: readonly (readonly [time: string, weight: number])[] = [
  ['08:15', 3],
  ['08:45', 10],
  ['09:15', 13],
  ['09:45', 11],
  ['10:15', 8],
  ['10:45', 5],
  ['11:15', 4],
  ['11:45', 2],
  ['12:15', 2],
  ['12:45', 3],
  ['13:15', 5],
  ['13:45', 7],
  ['14:15', 6],
  ['14:45', 5],
  ['15:15', 4],
  ['15:45', 3],
  ['16:15', 2],
  ['16:45', 1.5],
  // Too late: refused, or nobody will call them any more.
  ['17:18', 0.8],
  ['17:50', 0.6],
];
const halfHour = 30 * 60_000;
const minute = 60_000;
const pairShare = 0.15;
/** How often each level is pressed. */
const levels = [
  [5, 0.62],
  [4, 0.2],
  [3, 0.1],
  [2, 0.05],
  [1, 0.03],
] as const;

/** In the order of arrival. */
export function planVisits(count: number, random: () => number): Visit[] {
  const visits: Visit[] = [];
  for (let made = 0; made < count; made++) {
    const one = visit(random);
    const last = visits.at(-1);
    // Some come together, and press two machines in the same moment.
    const isPair = last !== undefined && random() < pairShare;
    const atMilliseconds = isPair ? last.atMilliseconds + between(random, 0, 8) : one.atMilliseconds;
    visits.push({ ...one, atMilliseconds });
  }
  return visits.sort((a, b) => a.atMilliseconds - b.atMilliseconds);
}

function visit(random: () => number): Visit {
  const chance = (share: number) => random() < share;
  const queue = pick(
    queueNames.map((name) => [name, queues[name].share] as const),
    random,
  );
  const other = () => queueNames[Math.floor(random() * queueNames.length)] as QueueName;
  const from = pick(arrivals, random);
  const second = chance(0.07) ? other() : null;
  const wrong = chance(0.04) ? other() : null;
  const whims = [
    ['cancel', 0.05],
    ['reprint', 0.03],
    ['prioritise', 0.03],
    ['plead', 0.03],
    ['transfer', 0.03],
  ] as const;
  const dice = random();
  let sum = 0;
  let whim: Visit['whim'] = null;
  for (const [name, share] of whims) {
    if (whim === null && dice < sum + share) whim = name;
    sum += share;
  }
  return {
    atMilliseconds: timeOfDay(from) + random() * halfHour,
    queue,
    further: second === null || second === queue ? [] : [second],
    priority: chance(0.08),
    noShow: chance(0.1),
    backAfter: chance(0.55) ? between(random, 3 * minute, 15 * minute) : null,
    sentOnTo: wrong === queue ? null : wrong,
    whim,
    whimAfter: between(random, 1.5 * minute, 6 * minute),
    level: chance(0.4) ? pick(levels, random) : null,
    ratesLate: chance(0.08),
    effort: Math.exp(0.55 * normal(random) - 0.15),
  };
}

function pick<Value>(shares: readonly (readonly [Value, number])[], random: () => number): Value {
  let rest = random() * shares.reduce((sum, [, share]) => sum + share, 0);
  for (const [value, share] of shares) {
    rest -= share;
    if (rest < 0) return value;
  }
  return shares[0]![0];
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
