/** Boards for the whole hall: the newest calls of all windows. */
import type {
  BoardOver,
  BoardTest,
  HallBoardView,
  HallCall,
  ShowResult,
  ShowsHall,
} from '../devices/capabilities.js';
import type { Shown } from './boards.js';

const nothing: HallBoardView = { calls: [], notice: null };

export class HallBoards {
  readonly #boards = new Map<string, ShowsHall>();
  #view = nothing;
  #cover: BoardOver | null = null;
  #blinks = false;
  readonly #texts = new Map<string, BoardOver>();
  /** As for window boards. */
  readonly #signs = new Map<string, BoardOver | BoardTest>();
  /** What a controller that leads this one wants on a board. */
  readonly #own = new Map<string, HallBoardView>();

  /** A board joins and is brought to what is true now. Returns the function that takes it away. */
  add(device: string, board: ShowsHall): () => void {
    this.#boards.set(device, board);
    void this.#paint(device, board);
    return () => {
      if (this.#boards.get(device) === board) this.#boards.delete(device);
    };
  }

  /**
   * Brings all boards to these calls, newest first; `shown` is told of each.
   * @param news there is a call that was not shown before: it takes the place of free texts
   */
  show(calls: readonly HallCall[], news: boolean, shown?: Shown): void {
    this.#view = { ...this.#view, calls };
    if (news) this.#texts.clear();
    if (news) this.#signs.clear();
    for (const [device, board] of this.#boards) {
      void this.#paint(device, board).then((result) => shown?.(device, result));
    }
  }

  notice(notice: string | null): void {
    if (this.#view.notice === notice) return;
    this.#view = { ...this.#view, notice };
    this.#paintAll();
  }

  /** As for window boards. */
  cover(over: BoardOver | null): void {
    this.#cover = over;
    this.#signs.clear();
    this.#paintAll();
  }

  blink(blinks: boolean): void {
    if (this.#blinks === blinks) return;
    this.#blinks = blinks;
    this.#paintAll();
  }

  /** As for window boards: until the next call of any window. */
  showText(device: string, text: BoardOver | null): Promise<ShowResult> | undefined {
    const board = this.#boards.get(device);
    if (board === undefined) return undefined;
    this.#signs.delete(device);
    if (text === null) this.#texts.delete(device);
    else this.#texts.set(device, text);
    return this.#paint(device, board);
  }

  /** Shows these calls on one board, for a hall that another controller leads. */
  showOnly(device: string, calls: readonly HallCall[], blink: boolean): Promise<ShowResult> | undefined {
    const board = this.#boards.get(device);
    if (board === undefined) return undefined;
    this.#texts.delete(device);
    this.#signs.delete(device);
    this.#own.set(device, { calls, notice: null, ...(blink ? { blink: true } : {}) });
    return this.#paint(device, board);
  }

  /** As for window boards. */
  sign(device: string, sign: BoardOver | BoardTest | null): Promise<ShowResult> | undefined {
    const board = this.#boards.get(device);
    if (board === undefined) return undefined;
    if (sign === null) this.#signs.delete(device);
    else this.#signs.set(device, sign);
    return this.#paint(device, board);
  }

  hasSign(device: string): boolean {
    return this.#signs.has(device);
  }

  /** As for window boards: what was shown on just one board counts no more. */
  takeBack(): void {
    this.#texts.clear();
    this.#own.clear();
    this.#paintAll();
  }

  get all(): readonly string[] {
    return [...this.#boards.keys()];
  }

  #paintAll(): void {
    for (const [device, board] of this.#boards) void this.#paint(device, board);
  }

  #paint(device: string, board: ShowsHall): Promise<ShowResult> {
    const over = this.#cover ?? this.#signs.get(device) ?? this.#texts.get(device);
    return board.show({
      ...this.#view,
      ...this.#own.get(device),
      notice: this.#view.notice,
      ...(this.#blinks ? { blink: true } : {}),
      ...(over === undefined ? {} : { over }),
    });
  }
}
