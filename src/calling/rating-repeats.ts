/** Bad ratings that repeat: the same staff and matter, over all windows. */
import { millisecondsBetween, type Stamp } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import type { BadRecord } from './records.js';

/** A hall with more bad ratings than this within `repeatDays` forgets the oldest. */
const mostRemembered = 500;
/** And no staff member and matter takes all the room. */
const mostOfOneKind = 20;
const dayMilliseconds = 24 * 60 * 60 * 1000;

type Bad = BadRecord['latest'][number];

/**
 * Remembers a bad rating that is tied, and emits `rating.repeat-bad` where another of the same staff and matter lies
 * within `repeatDays` before it. One whose age nobody can tell (the clock was wrong when it was given, or is) is
 * kept and not counted.
 */
export function noteBad(draft: Draft, window: string, rating: Omit<Bad, 'at'>): void {
  const { now } = draft;
  const { session, staff, matter } = rating;
  const longest = draft.settings.rules.rating.repeatDays * dayMilliseconds;
  const known: Bad[] = [];
  const repeated: string[] = [];
  for (const bad of draft.bad.latest) {
    const age = millisecondsBetween(bad.at, now);
    if (age !== null && age > longest) continue;
    known.push({ ...bad, at: putRight(bad.at, now) });
    if (age !== null && isSame(bad, rating)) repeated.push(bad.session);
  }
  const latest = [...known, { session, staff, matter, at: now }];
  const ofThisKind = latest.filter((bad) => isSame(bad, rating));
  const tooMany = new Set(ofThisKind.slice(0, -mostOfOneKind));
  draft.bad = { latest: latest.filter((bad) => !tooMany.has(bad)).slice(-mostRemembered) };
  if (repeated.length > 0) {
    draft.emit('rating.repeat-bad', window, { staff, matter, ratings: [...repeated, session] });
  }
}

function isSame(one: Pick<Bad, 'staff' | 'matter'>, other: Pick<Bad, 'staff' | 'matter'>): boolean {
  return one.staff === other.staff && one.matter === other.matter;
}

/** A moment recorded with a wrong clock, by the clock that is right now; only within one boot is it known. */
function putRight(at: Stamp, now: Stamp): Stamp {
  if (at.quality !== 'untrusted' || now.quality === 'untrusted' || at.boot !== now.boot) return at;
  const wallMilliseconds = now.wallMilliseconds - (now.monotonicMilliseconds - at.monotonicMilliseconds);
  return { ...at, wallMilliseconds, quality: now.quality };
}
