/** Tells people what calling decided: boards at once, voices and screens once it is recorded. */
import type { Call } from '../calling/decision.js';
import type { CallingState } from '../calling/state.js';
import { businessOf, recentCalls, windowView } from '../calling/views.js';
import type { BoardView, HallCall, ShowResult } from '../devices/capabilities.js';
import type { Boards } from './boards.js';
import type { HallBoards } from './hall-boards.js';
import type { HallSettings } from './settings.js';
import type { VoiceDesk } from './voice-desk.js';

export interface TellingOptions {
  readonly boards: Boards;
  readonly hallBoards: HallBoards;
  readonly voices: VoiceDesk;
  /** Windows whose boards are dead: their calls are said once more. */
  readonly isBoardDown: (window: string) => boolean;
  /** A board has shown a call, or not. */
  readonly shown: (ticket: string, device: string, result: ShowResult, askedAtMilliseconds: number) => void;
}

/** A hall board shows no more calls than this. */
const mostCalls = 10;

export class Telling {
  #shownCalls = '';

  constructor(
    private readonly calling: CallingState,
    private readonly settings: HallSettings,
    private readonly options: TellingOptions,
  ) {}

  /** Brings boards to what is true now, with nothing newly called. */
  restore(windows: readonly string[]): void {
    for (const window of windows) this.options.boards.show(window, this.#view(window));
    this.#showHall([], 0);
  }

  /** Boards of windows that have changed; a repaint may run ahead of its record. */
  show(windows: readonly string[], calls: readonly Call[], askedAtMilliseconds: number): void {
    const { boards, shown } = this.options;
    for (const window of windows) {
      const call = calls.find((one) => one.window === window);
      boards.show(
        window,
        this.#view(window),
        call && ((device, result) => shown(call.ticket, device, result, askedAtMilliseconds)),
      );
    }
    // Called again, a board has nothing new to show but is asked to draw attention once more.
    for (const call of calls.filter(({ window }) => !windows.includes(window))) {
      boards.show(call.window, this.#view(call.window), (device, result) =>
        shown(call.ticket, device, result, askedAtMilliseconds),
      );
    }
    if (windows.length > 0 || calls.length > 0) this.#showHall(calls, askedAtMilliseconds);
  }

  /** Says calls that are recorded. */
  say(calls: readonly Call[]): void {
    for (const { ticket, number, window, priority } of calls) {
      this.options.voices.announce({
        kind: 'call',
        ticket,
        number,
        window,
        priority,
        ...(this.options.isBoardDown(window) ? { insist: true } : {}),
      });
    }
  }

  #view(window: string): BoardView {
    const { ticket, number, state, priority } = windowView(this.calling, window, this.settings.calling);
    const business = businessOf(this.calling, window, this.settings.calling);
    return {
      ticket,
      number,
      state,
      ...(priority ? { priority } : {}),
      ...(business === null ? {} : { business }),
    };
  }

  #showHall(news: readonly Call[], askedAtMilliseconds: number): void {
    const { hallBoards, shown } = this.options;
    if (hallBoards.all.length === 0) return;
    const calls: HallCall[] = recentCalls(this.calling)
      .slice(0, mostCalls)
      .map(({ ticket, number, window, priority }) => ({ ticket, number, window, priority }));
    const text = JSON.stringify(calls);
    if (news.length === 0 && text === this.#shownCalls) return;
    this.#shownCalls = text;
    hallBoards.show(calls, news.length > 0, (device, result) => {
      for (const call of news) shown(call.ticket, device, result, askedAtMilliseconds);
    });
  }
}
