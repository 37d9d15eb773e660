import { type DigitDisplay, panelText, shownText } from '../protocols/panel-profile.js';
import type { BoardView } from './capabilities.js';
import type { DeviceReports } from './kind.js';

/** What a board of digits is to show, and the complaints that go with it. */
export class WantedDigits {
  #view: BoardView = { ticket: null, number: null, state: 'closed' };
  #complaint: 'number' | 'content' | undefined;

  constructor(
    private readonly display: DigitDisplay,
    private readonly reports: Pick<DeviceReports, 'raise' | 'clear'>,
  ) {}

  get view(): BoardView {
    return this.#view;
  }

  /** What the board should show, blanks included. */
  get text(): string {
    return shownText(this.display, panelText(this.display, this.#view));
  }

  get hasComplaint(): boolean {
    return this.#complaint !== undefined;
  }

  /**
   * Makes `view` the wanted one. False for a number that this board has no room for: people are told, and the
   * board shows nobody, for the number before would be a wrong one by now. False as well for words over everything
   * else that digits can't say; that is no fault of a board of digits.
   */
  take(view: BoardView): boolean {
    this.#view = view;
    let text: string;
    try {
      text = panelText(this.display, view);
      shownText(this.display, text);
    } catch (error) {
      this.#view = { ...view, number: null };
      this.complain('number', error instanceof Error ? error.message : String(error));
      return false;
    }
    this.settle('number');
    return view.over?.kind !== 'text' || view.over.text === text;
  }

  /** @param about a number for which there is no room, or a board that shows something else than it was told */
  complain(about: 'number' | 'content', reason: string): void {
    this.#complaint = about;
    this.reports.raise('device.bad-reading', { reason });
  }

  /** There is no reason any more for a complaint of this sort. */
  settle(about: 'number' | 'content'): void {
    if (this.#complaint !== about) return;
    this.#complaint = undefined;
    this.reports.clear('device.bad-reading');
  }
}
