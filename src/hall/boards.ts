/** The boards of all windows: what each should show now, and what became of a call that was sent to them. */
import type { BoardView, ShowResult, ShowsTicket } from '../devices/capabilities.js';

/** What became of a view on one board. */
export type Shown = (device: string, result: ShowResult) => void;

export class Boards {
  readonly #byWindow = new Map<string, Map<string, ShowsTicket>>();
  readonly #views = new Map<string, BoardView>();

  /** A board joins and is brought to what is true now. Returns the function that takes it away. */
  add(device: string, board: ShowsTicket): () => void {
    const boards = this.#byWindow.get(board.window) ?? new Map<string, ShowsTicket>();
    this.#byWindow.set(board.window, boards);
    boards.set(device, board);
    const view = this.#views.get(board.window);
    if (view !== undefined) void board.show(view);
    return () => {
      if (boards.get(device) === board) boards.delete(device);
    };
  }

  /** Brings the boards of a window to `view`; `shown` is told of each, where it matters what becomes of it. */
  show(window: string, view: BoardView, shown?: Shown): void {
    this.#views.set(window, view);
    for (const [device, board] of this.#byWindow.get(window) ?? []) {
      void board.show(view).then((result) => shown?.(device, result));
    }
  }

  /** Windows that have been shown anything. */
  get windows(): readonly string[] {
    return [...this.#views.keys()];
  }
}
