/** Boards of a hand: each is brought to the newest view and kept there, one order at a time. */
import type {
  BoardView,
  HallBoardView,
  ShowResult,
  ShowsHall,
  ShowsTicket,
} from '../../devices/capabilities.js';
import type { Timer } from '../../kernel/clock.js';
import { type FarDevice, type FarEnd, repaintMilliseconds, showMilliseconds } from './far-devices.js';
import type { Answer } from './requests.js';

/** A board that is brought to the newest view and kept there. */
class Painter<View> {
  #wanted: View | undefined;
  #answer: ((result: ShowResult) => void) | undefined;
  #painting = false;
  #dirty = false;
  #retry: Timer | undefined;
  #stopped = false;

  constructor(
    private readonly far: FarEnd,
    private readonly argsOf: (view: View) => object,
  ) {}

  show(view: View): Promise<ShowResult> {
    this.#answer?.('failed');
    this.#wanted = view;
    this.#dirty = true;
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.paint();
    });
  }

  /** Sends the newest view, one at a time. */
  paint(): void {
    if (this.#stopped || this.#wanted === undefined) return;
    if (!this.far.isReady) {
      this.#told('failed');
      return;
    }
    if (this.#painting) {
      this.#dirty = true;
      return;
    }
    this.#retry?.cancel();
    this.#painting = true;
    this.#dirty = false;
    const args = { passing: true, ...this.argsOf(this.#wanted) };
    void this.far.ask('board.show', args, showMilliseconds).then((answer) => this.#painted(answer));
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#told('failed');
  }

  #painted(answer: Answer): void {
    this.#painting = false;
    if (this.#stopped) return;
    if (this.#dirty) {
      this.paint();
      return;
    }
    this.#told(answer.ok ? (answer.result.shown === 'confirmed' ? 'confirmed' : 'sent') : 'failed');
    if (answer.ok) return;
    this.#retry = this.far.clock.after('paint a far board again', repaintMilliseconds, () => this.paint());
  }

  #told(result: ShowResult): void {
    this.#answer?.(result);
    this.#answer = undefined;
  }
}

/** What covers the whole hall the hand shows by itself; only a text of this one board is sent to it. */
function overOf({ over }: BoardView | HallBoardView): object | undefined {
  if (over?.kind !== 'text') return undefined;
  return { text: over.text, style: over.urgent === true ? ['urgent'] : ['plain'] };
}

/** The arguments of `board.show` that say all of a view. */
export function boardArguments(device: string, view: BoardView): object {
  const { number, state, priority, blink, business } = view;
  const style = [
    ...(priority ? ['priority'] : []),
    ...(blink ? ['blink'] : []),
    ...(state === 'paused' || state === 'closed' ? [state] : []),
  ];
  return {
    device,
    text: number ?? '',
    style: style.length === 0 ? 'plain' : style,
    ...(business === undefined ? {} : { business }),
    ...overOf(view),
  };
}

export class FarBoard implements ShowsTicket, FarDevice {
  readonly #painter: Painter<BoardView>;

  constructor(
    far: FarEnd,
    device: string,
    readonly window: string,
  ) {
    this.#painter = new Painter(far, (view) => boardArguments(device, view));
  }

  show(view: BoardView): Promise<ShowResult> {
    return this.#painter.show(view);
  }

  returned(): void {
    this.#painter.paint();
  }

  stop(): void {
    this.#painter.stop();
  }
}

export class FarHallBoard implements ShowsHall, FarDevice {
  readonly #painter: Painter<HallBoardView>;

  constructor(far: FarEnd, device: string) {
    this.#painter = new Painter(far, (view) => {
      const over = overOf(view);
      if (over !== undefined) return { device, ...over };
      return { device, calls: view.calls, style: view.blink === true ? 'blink' : 'plain' };
    });
  }

  show(view: HallBoardView): Promise<ShowResult> {
    return this.#painter.show(view);
  }

  returned(): void {
    this.#painter.paint();
  }

  stop(): void {
    this.#painter.stop();
  }
}
