/** Whose turn it is: the posted rule that mixes priority tickets (绿色通道) in and lets nobody starve. */
import type { Entry } from './line.js';
import type { CallingSettings } from './settings.js';

/** Where lines are read: the state, or a draft over it. */
export interface LinesView {
  /** The first who waits in one of a queue's two lines. */
  first(queue: string, line: 'priority' | 'normal'): Entry | undefined;
  /**
   * Calls of a queue today since the last one that went to a priority ticket; any number of them before the first
   * call, for the day's first priority ticket goes at once; `null` where nobody knows.
   */
  sincePriority(queue: string): number | null;
}

/** The count of a queue that has called nobody today: its first priority ticket goes at once. */
export function firstSincePriority(settings: CallingSettings): number {
  return settings.rules.priorityOneIn - 1;
}

/**
 * Who is next among those who serve `queues`. The queue whose oldest ticket waits longest has its turn, so that a
 * late priority ticket never holds its own queue back.
 */
export function nextInTurn(
  view: LinesView,
  settings: CallingSettings,
  queues: readonly string[],
): string | undefined {
  let turn: { readonly id: string; readonly oldest: number } | undefined;
  for (const queue of queues) {
    const priority = view.first(queue, 'priority');
    const normal = view.first(queue, 'normal');
    const oldest = Math.min(priority?.order ?? Infinity, normal?.order ?? Infinity);
    if (turn !== undefined && oldest >= turn.oldest) continue;
    const goesFirst = isPriorityTurn(priority, normal, view.sincePriority(queue), settings);
    const id = goesFirst ? priority?.id : normal?.id;
    if (id !== undefined) turn = { id, oldest };
  }
  return turn?.id;
}

/**
 * The rule: of `priorityOneIn` calls one goes to priority. It goes, too, where it waits longer than the first of the
 * others, or where there are none. Where the count is lost, both lines go by their order.
 */
function isPriorityTurn(
  priority: Entry | undefined,
  normal: Entry | undefined,
  since: number | null,
  settings: CallingSettings,
): boolean {
  if (priority === undefined || normal === undefined) return priority !== undefined;
  if (priority.order < normal.order) return true;
  return since !== null && since >= firstSincePriority(settings);
}

/**
 * How many will be called before somebody who comes now, if nobody else came. Costs as much as there are priority
 * tickets, times the rule's one-in.
 */
export function aheadOf(
  view: LinesView & {
    line(queue: string, line: 'priority' | 'normal'): Iterable<Entry>;
    count(queue: string, line: 'priority' | 'normal'): number;
  },
  settings: CallingSettings,
  queue: string,
  priority: boolean,
): number {
  const priorities = view.count(queue, 'priority');
  // Whoever comes last without priority finds that all others wait longer.
  if (!priority) return priorities + view.count(queue, 'normal');
  const normals = view.line(queue, 'normal')[Symbol.iterator]();
  let normal = normals.next();
  let since = view.sincePriority(queue);
  let before = 0;
  const newcomer = { id: '', order: Infinity };
  for (const entry of [...view.line(queue, 'priority'), newcomer]) {
    while (!normal.done && !isPriorityTurn(entry, normal.value, since, settings)) {
      before++;
      if (since !== null) since++;
      normal = normals.next();
    }
    if (entry === newcomer) break;
    before++;
    if (since !== null) since = 0;
  }
  return before;
}
