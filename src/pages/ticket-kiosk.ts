/** Ticket kiosk (触摸取号机): what visitors touch to get in line, and to ask for help. */
import type { HallScreen } from '../hall/screen.js';
import type { Timer } from '../kernel/clock.js';
import type { IssueAnswer, KioskState } from './browser/messages.js';
import { Once } from './once.js';
import {
  type Body,
  isText,
  isTexts,
  overOf,
  type PageBehaviour,
  type PageContext,
  windowText,
} from './page-behaviour.js';
import { qrImage } from './qr.js';

/** Nobody came: the wish is not kept standing for ever. */
const HELP_MILLISECONDS = 10 * 60_000;
const MOST_MATTERS = 8;
/** A person takes seconds for a ticket; more than this is something else. */
const TICKETS_A_MINUTE = 30;

export function ticketKiosk(context: PageContext): PageBehaviour {
  const { device, page, actions, clock, log, screen, changed } = context;
  const once = new Once();
  const issuedAt: number[] = [];
  let help: Timer | undefined;

  function setHelp(wanted: boolean): void {
    help?.cancel();
    help = wanted
      ? clock.after(`${device}: help is wanted`, HELP_MILLISECONDS, () => setHelp(false))
      : undefined;
    page.help(wanted);
    changed();
  }

  function tooMany(): boolean {
    const now = clock.monotonicMilliseconds();
    while (issuedAt[0] !== undefined && now - issuedAt[0] > 60_000) issuedAt.shift();
    if (issuedAt.length >= TICKETS_A_MINUTE) return true;
    issuedAt.push(now);
    return false;
  }

  async function issue(body: Body): Promise<object | undefined> {
    const { id, queue, priority, onward } = body;
    if (!isText(id, 64) || !isText(queue, 40) || typeof priority !== 'boolean') return undefined;
    if (!isTexts(onward, MOST_MATTERS, 40) || new Set([queue, ...onward]).size !== onward.length + 1)
      return undefined;
    const offered = offeredQueues(screen(), page.options.queues).map((one) => one.queue);
    if (![queue, ...onward].every((one) => offered.includes(one))) return undefined;
    return once.do(id, { queue, priority, onward }, async (): Promise<IssueAnswer> => {
      if (tooMany()) {
        log.warn({ device }, 'more tickets asked for than people can touch; refused');
        return { ok: false, code: 'kiosk.too-many', message: tooManyText };
      }
      const answer = await actions.issue({ queue, priority, onward, at: page.place ?? device });
      if (!answer.ok) return { ok: false, code: answer.code, message: answer.message };
      const { number, ahead, waitMinutes, paper, printerLabel, publicUrl } = answer;
      const windows = screen()
        .windows.filter(
          (window) =>
            window.queues.includes(queue) && (window.state === 'open' || window.state === 'serving'),
        )
        .map(({ window, label }) => windowText(window, label));
      const qr = publicUrl === null ? null : await qrImage(publicUrl);
      return { ok: true, number, ahead, wait: waitMinutes, paper, printer: printerLabel, qr, windows };
    });
  }

  return {
    title: { 'zh-CN': '自助取号', en: 'Take a ticket' },
    view: (now) => kioskState(now, context, help !== undefined),
    posts: {
      issue,
      async help({ wanted }) {
        if (typeof wanted !== 'boolean') return undefined;
        if (wanted !== (help !== undefined)) setHelp(wanted);
        return { ok: true };
      },
    },
    stop() {
      help?.cancel();
      help = undefined;
    },
  };
}

const tooManyText = {
  'zh-CN': '取号太频繁，请稍候，或到咨询台取号',
  en: 'Too many tickets at once. Wait a moment, or ask at the information desk',
};

/** The queues that this kiosk offers, in its own order where it has one. */
function offeredQueues({ queues }: HallScreen, chosen: unknown) {
  if (!isTexts(chosen, 100, 40) || chosen.length === 0) return queues;
  return chosen.flatMap((name) => queues.find((one) => one.queue === name) ?? []);
}

function kioskState(screen: HallScreen, { device, page }: PageContext, helpWanted: boolean): KioskState {
  return {
    language: screen.language,
    over: overOf(screen),
    leads: screen.leads,
    queues: offeredQueues(screen, page.options.queues).map(
      ({ queue, label, matter, waiting, waitMinutes, closed }) => ({
        queue,
        label,
        matter,
        waiting,
        wait: waitMinutes,
        closed,
      }),
    ),
    // Only what is to be done here: a visitor is not told of a window's dead board.
    troubles: screen.troubles
      .filter(({ at }) => at !== null && (at === device || at === page.place))
      .map(({ text }) => text),
    helpWanted,
    voice: page.options.voice !== false,
  };
}
