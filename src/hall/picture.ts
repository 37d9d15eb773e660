/** The one picture of the hall that all pages show; made anew when it is looked at after something has changed. */

import { decide } from '../calling/decide.js';
import { waitNow } from '../calling/estimate.js';
import { queueView, recentCalls, type TicketDetail, windowDetail, windowView } from '../calling/views.js';
import type { BoardOver } from '../devices/capabilities.js';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import { Listeners } from '../kernel/listeners.js';
import { stampNow } from '../kernel/stamp.js';
import type { CallingDesk } from './calling-desk.js';
import type { HallScreen, ScreenFeed, ScreenNotice, ScreenTrouble } from './screen.js';

export interface PictureSources {
  readonly clock: Clock;
  readonly boot: string;
  readonly desk: () => CallingDesk | undefined;
  readonly notices: () => readonly ScreenNotice[];
  readonly troubles: () => readonly ScreenTrouble[];
  readonly over: () => BoardOver | null;
}

/** A display shows no more calls than this. */
const mostCalls = 10;

export class Picture implements ScreenFeed {
  readonly #listeners = new Listeners<[]>();
  #made: HallScreen | undefined;

  constructor(private readonly sources: PictureSources) {}

  get now(): HallScreen {
    this.#made ??= this.#make();
    return this.#made;
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Something that it shows may have changed. */
  changed(): void {
    this.#made = undefined;
    this.#listeners.tell();
  }

  #make(): HallScreen {
    const { clock, boot, desk, notices, troubles, over } = this.sources;
    const now = stampNow(clock, boot);
    const common = {
      at: now.quality === 'untrusted' ? null : rfc3339(now.wallMilliseconds),
      notices: notices(),
      troubles: troubles(),
      over: over(),
    };
    const led = desk();
    if (led === undefined) {
      const nothing = { calls: [], queues: [], windows: [], rating: { levels: [], reasons: [] } };
      return { ...common, ...nothing, hall: '', language: 'zh-CN', leads: false };
    }
    const { calling, settings } = led;
    const { calling: rules, hall, language, leads, rating } = settings;
    const dates = now.quality === 'untrusted' ? undefined : calling.dates(rules.timezone);
    const labelOf = (window: string) => rules.windows[window]?.label ?? window;
    const matterOf = (matter: string | null | undefined) =>
      matter == null ? null : (rules.matters[matter]?.label ?? matter);
    const ticketOf = (ticket: TicketDetail | null) =>
      ticket && { number: ticket.number, matter: matterOf(ticket.matter), priority: ticket.priority };
    return {
      ...common,
      hall,
      language,
      leads,
      rating,
      calls: recentCalls(calling)
        .slice(0, mostCalls)
        .map(({ ticket, number, window, priority, times, at }) => ({
          ticket,
          number,
          window,
          windowLabel: labelOf(window),
          priority,
          times,
          at: at.quality === 'untrusted' ? null : (dates?.minuteAt(at.wallMilliseconds)?.slice(11) ?? null),
        })),
      queues: Object.entries(rules.queues).map(([queue, { label, prefix, matter }]) => ({
        queue,
        label: label ?? matterOf(matter) ?? queue,
        prefix,
        matter: matterOf(matter),
        ...queueView(calling, queue, rules),
        waitMinutes: waitNow(calling, queue, rules, now),
        // Asking is free: what is decided here is never taken into the state.
        closed:
          decide(calling, { type: 'ticket.issue', queue }, { now, newId: () => '-', settings: rules }).refusal
            ?.message ?? null,
      })),
      windows: led.windows.map((window) => {
        const { state, staff, queues } = windowView(calling, window, rules);
        const detail = windowDetail(calling, window, rules);
        return {
          window,
          label: labelOf(window),
          state,
          staff,
          queues,
          current: ticketOf(detail.current),
          next: ticketOf(detail.next),
          business: detail.business ?? '',
          waiting: detail.waiting,
          ratingSession: detail.ratingSession,
        };
      }),
    };
  }
}
