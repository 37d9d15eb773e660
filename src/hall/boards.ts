/** The boards of all windows: what each should show now, and what became of a call that was sent to them. */
import type { BoardOver, BoardTest, BoardView, ShowResult, ShowsTicket } from '../devices/capabilities.js';

/** What became of a view on one board. */
export type Shown = (device: string, result: ShowResult) => void;

interface Board {
  readonly board: ShowsTicket;
  /** A free text, until it expires or its window calls somebody. */
  text: BoardOver | undefined;
  /** What another system wants shown on just this board, until its window calls somebody. */
  own: BoardView | undefined;
  /** What a test has it show for a moment. Anything new that people are to see ends it. */
  sign: BoardOver | BoardTest | undefined;
}

const emptyView: BoardView = { ticket: null, number: null, state: 'closed' };

export class Boards {
  readonly #boards = new Map<string, Board>();
  readonly #views = new Map<string, BoardView>();
  #cover: BoardOver | null = null;
  #blinks = false;

  /** A board joins and is brought to what is true now. Returns the function that takes it away. */
  add(device: string, board: ShowsTicket): () => void {
    const entry: Board = { board, text: undefined, own: undefined, sign: undefined };
    this.#boards.set(device, entry);
    if (this.#views.has(board.window) || this.#cover !== null) void this.#paint(entry);
    return () => {
      if (this.#boards.get(device) === entry) this.#boards.delete(device);
    };
  }

  /** Brings the boards of a window to `view`; `shown` is told of each, where it matters what becomes of it. */
  show(window: string, view: BoardView, shown?: Shown): void {
    const isNews = view.ticket !== null && view.ticket !== this.#views.get(window)?.ticket;
    this.#views.set(window, view);
    for (const [device, entry] of this.#boards) {
      if (entry.board.window !== window) continue;
      if (view.number !== null) entry.sign = undefined;
      if (isNews) {
        entry.text = undefined;
        entry.own = undefined;
      }
      void this.#paint(entry).then((result) => shown?.(device, result));
    }
  }

  /** Every board shows this instead of anything else; `null` ends that. */
  cover(over: BoardOver | null): void {
    this.#cover = over;
    for (const entry of this.#boards.values()) {
      entry.sign = undefined;
      void this.#paint(entry);
    }
  }

  /** No voice can announce calls: boards draw attention to them themselves; or that is over. */
  blink(blinks: boolean): void {
    if (this.#blinks === blinks) return;
    this.#blinks = blinks;
    for (const entry of this.#boards.values()) {
      const { own, board } = entry;
      if ((own ?? this.#views.get(board.window))?.state === 'serving') void this.#paint(entry);
    }
  }

  /** Shows a free text on one board until the next call of its window; `null` ends it. `undefined`: no such board. */
  showText(device: string, text: BoardOver | null): Promise<ShowResult> | undefined {
    const entry = this.#boards.get(device);
    if (entry === undefined) return undefined;
    entry.text = text ?? undefined;
    entry.sign = undefined;
    return this.#paint(entry);
  }

  /** Shows a view on one board of a window that another system leads. */
  showOnly(device: string, view: BoardView): Promise<ShowResult> | undefined {
    const entry = this.#boards.get(device);
    if (entry === undefined) return undefined;
    entry.text = undefined;
    entry.own = view;
    entry.sign = undefined;
    return this.#paint(entry);
  }

  /**
   * Shows a test on one board, over everything but what takes its place in the whole hall; `null` brings back what is
   * true now. `undefined`: no such board.
   */
  sign(device: string, sign: BoardOver | BoardTest | null): Promise<ShowResult> | undefined {
    const entry = this.#boards.get(device);
    if (entry === undefined) return undefined;
    entry.sign = sign ?? undefined;
    return this.#paint(entry);
  }

  /** A test still stands on a board: nothing that people are to see has taken its place. */
  hasSign(device: string): boolean {
    return this.#boards.get(device)?.sign !== undefined;
  }

  /** A board shows a number that is being called; of all boards, any of them does. */
  isCalling(device?: string): boolean {
    const entries = device === undefined ? [...this.#boards.values()] : [this.#boards.get(device)];
    return entries.some((entry) => entry !== undefined && this.#viewOf(entry).number !== null);
  }

  /** Nothing is shown on just one board any more: what this controller knows of their windows counts again. */
  takeBack(): void {
    for (const entry of this.#boards.values()) {
      entry.text = undefined;
      entry.own = undefined;
      void this.#paint(entry);
    }
  }

  /** The window of a board; `undefined` for a device that is none. */
  windowOf(device: string): string | undefined {
    return this.#boards.get(device)?.board.window;
  }

  /** Every board with its window. */
  get all(): readonly { readonly device: string; readonly window: string }[] {
    return [...this.#boards].map(([device, { board }]) => ({ device, window: board.window }));
  }

  #viewOf({ board, own }: Board): BoardView {
    return own ?? this.#views.get(board.window) ?? emptyView;
  }

  #paint(entry: Board): Promise<ShowResult> {
    const { board, text, sign } = entry;
    const view = this.#viewOf(entry);
    const over = this.#cover ?? sign ?? text;
    return board.show({
      ...view,
      ...(this.#blinks && view.state === 'serving' ? { blink: true } : {}),
      ...(over === undefined ? {} : { over }),
    });
  }
}
