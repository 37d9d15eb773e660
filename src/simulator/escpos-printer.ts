/**
 * An ESC/POS ticket printer at the far end of a wire: status, receive buffer, paper, and the ways in which it fails.
 *
 * Sources: Epson, "ESC/POS Command Reference" and the TM series' technical manuals (bits of DLE EOT, GS a, GS r; what
 * an offline printer still does), and what is known of clones. Assumed, since no manual says it: that real-time
 * commands are not kept in the buffer of a printer that is offline, and that what does not fit into the buffer is lost.
 */
import type { Clock } from '../kernel/clock.js';
import { asbBlock, type PrinterCondition, realtimeByte, watchedPart } from './escpos-bits.js';
import type { SimulatedPrinter, SimulatedPrinterOptions } from './escpos-panel.js';
import { type PaperStep, PrintHead, type Slip } from './escpos-slips.js';
import { conditionOf, isOffline, isOut, lowLines, type PrinterState, wellAndFull } from './escpos-state.js';
import type { FarEnd } from './far-end.js';

/** Makes a printer with a full roll, switched on. */
export function simulatedPrinter(
  farEnd: FarEnd,
  clock: Clock,
  options: SimulatedPrinterOptions = {},
): SimulatedPrinter {
  return new EscposFarEnd(farEnd, clock, options);
}

const keptQuestions = 1_000;

class EscposFarEnd implements SimulatedPrinter {
  readonly asked: number[] = [];
  lostBytes = 0;
  readonly #head: PrintHead;
  #answerAfterMilliseconds: number;
  #state: PrinterState = wellAndFull;
  #buffer: number[] = [];
  /** The last bytes received, for real-time commands, whatever they belong to. */
  #window: number[] = [];
  #asbMask = 0;
  #asbSaid: readonly number[] = [];
  /** Grows when the power goes: what was under way is over. */
  #life = 0;
  #busy = false;
  #afterPrinting: (() => void)[] = [];

  constructor(
    private readonly farEnd: FarEnd,
    private readonly clock: Clock,
    private readonly options: SimulatedPrinterOptions,
  ) {
    this.#head = new PrintHead(options.columns ?? 48, options.startsInChinese ?? true);
    this.#answerAfterMilliseconds = options.answerAfterMilliseconds ?? 1;
    this.#asbMask = options.quirks?.asbFromPowerOn ? 0x02 : 0;
    this.#asbSaid = asbBlock(this.#condition);
    farEnd.onBytes((bytes) => this.#receive(bytes));
  }

  get slips(): readonly Slip[] {
    return this.#head.slips;
  }

  onSlip(listener: (slip: Slip) => void): () => void {
    return this.#head.finished.add(listener);
  }

  get current(): Slip {
    return this.#head.current;
  }

  readonly paper = {
    runLow: () => this.#change({ lines: lowLines }),
    runOut: () => this.#change({ lines: 0 }),
    endAfterLines: (lines: number) => this.#change({ lines }),
    load: () => {
      this.cover.open();
      this.#change({ lines: Number.POSITIVE_INFINITY });
      this.cover.close();
    },
  };
  readonly cover = {
    open: () => this.#change({ coverOpen: true }),
    close: () => this.#change({ coverOpen: false }),
  };
  readonly cutter = {
    jam: () => this.#change({ cutterJammed: true }),
    free: () => this.#change({ cutterJammed: false, cutterError: false }),
  };
  readonly head = {
    overheat: () => this.#change({ overheated: true }),
    cool: () => this.#change({ overheated: false }),
  };
  readonly hardware = {
    breakMechanically: () => this.#change({ mechanicalError: true }),
    breakForGood: () => this.#change({ unrecoverable: true }),
    repair: () => this.#change({ mechanicalError: false, unrecoverable: false }),
  };
  readonly drawer = {
    open: () => this.#change({ drawerOpen: true }),
    close: () => this.#change({ drawerOpen: false }),
  };
  readonly power = {
    off: () => {
      this.#life++;
      this.#buffer = [];
      this.#window = [];
      this.#busy = false;
      this.#afterPrinting = [];
      this.#head.breakOff('torn off');
      this.#head.reset();
      this.#state = { ...this.#state, powered: false };
    },
    on: () => {
      this.#state = { ...this.#state, powered: true };
      this.#asbMask = this.options.quirks?.asbFromPowerOn ? 0x02 : 0;
      this.#asbSaid = [];
      this.#tellChanges();
    },
  };
  readonly button = {
    hold: () => this.#change({ buttonHeld: true }),
    release: () => this.#change({ buttonHeld: false }),
  };

  answerAfter(milliseconds: number): void {
    this.#answerAfterMilliseconds = milliseconds;
  }

  get #offline(): boolean {
    return isOffline(this.#state);
  }

  get #condition(): PrinterCondition {
    return conditionOf(this.#state);
  }

  #change(change: Partial<PrinterState>): void {
    const wasOut = isOut(this.#state);
    this.#state = { ...this.#state, ...change };
    if (!wasOut && isOut(this.#state)) this.#head.breakOff('end of the roll');
    this.#tellChanges();
    this.#work();
  }

  #receive(bytes: Uint8Array): void {
    if (!this.#state.powered) return;
    for (const byte of bytes) {
      this.#window = [...this.#window.slice(-2), byte];
      if (this.#buffer.length < (this.options.bufferBytes ?? 4096)) this.#buffer.push(byte);
      else this.lostBytes++;
      this.#lookForRealtime();
    }
    this.#work();
  }

  /** Obeyed at once, whatever the bytes belong to. */
  #lookForRealtime(): void {
    const [first, second, parameter = 0] = this.#window;
    if (first !== 0x10) return;
    if (second === 0x04 && parameter >= 1 && parameter <= 4) {
      this.asked.push(parameter);
      if (this.asked.length > keptQuestions) this.asked.shift();
      this.#answerRealtime(parameter);
    } else if (second === 0x05 && (parameter === 1 || parameter === 2)) {
      if (parameter === 2 && this.#state.cutterError) this.#buffer = [];
      if (!this.#state.cutterJammed) this.#change({ cutterError: false });
    } else {
      return;
    }
    this.#window = [];
    const isLast = this.#buffer.at(-3) === 0x10 && this.#buffer.at(-1) === parameter;
    if (this.#offline && isLast) this.#buffer.splice(-3, 3);
  }

  #answerRealtime(question: number): void {
    const { answers = [1, 2, 3, 4], alwaysFine, answersAfterPrinting } = this.options.quirks ?? {};
    if (!answers.includes(question)) return;
    const answer = () => this.#send([alwaysFine ? 0x12 : realtimeByte(question, this.#condition)]);
    if (answersAfterPrinting) this.#work(); // what came before may begin to print
    if (answersAfterPrinting && this.#busy) this.#afterPrinting.push(answer);
    else answer();
  }

  /** Sends a block where something changed that GS a has asked for. */
  #tellChanges(): void {
    if (!this.#state.powered || this.#asbMask === 0) return;
    const block = asbBlock(this.#condition);
    if (watchedPart(this.#asbMask, block) === watchedPart(this.#asbMask, this.#asbSaid)) return;
    this.#asbSaid = block;
    this.#send(block);
  }

  #send(bytes: readonly number[]): void {
    if (this.options.quirks?.silent) return;
    const life = this.#life;
    this.clock.after('printer answers', this.#answerAfterMilliseconds, () => {
      if (life === this.#life && this.#state.powered) this.farEnd.send(Uint8Array.from(bytes));
    });
  }

  /** Works off the buffer until it is empty, the printer is offline, or paper has to move. */
  #work(): void {
    while (this.#state.powered && !this.#busy && !this.#offline) {
      const command = this.#head.next(Uint8Array.from(this.#buffer));
      if (command === undefined) return;
      if (this.#isStuckCut(command.bytes)) {
        this.#change({ cutterError: true });
        return;
      }
      this.#own(command.bytes);
      const step = this.#head.obey(command);
      if (step === undefined || step.lines === 0) {
        step?.done();
        this.#buffer.splice(0, command.bytes.length);
      } else {
        this.#print(step, command.bytes.length);
      }
    }
  }

  #isStuckCut(bytes: Uint8Array): boolean {
    return this.#state.cutterJammed && bytes[0] === 0x1d && bytes[1] === 0x56;
  }

  /** Commands that are not about paper. */
  #own([first, second, parameter = 0]: Uint8Array): void {
    const { asb, answersGsR, nearEndBits23 } = this.options.quirks ?? {};
    if (first !== 0x1d) return;
    if (second === 0x61 && asb !== false) {
      this.#asbMask = parameter;
      this.#asbSaid = asbBlock(this.#condition);
      if (parameter !== 0) this.#send(this.#asbSaid);
    }
    if (second === 0x72 && answersGsR !== false) {
      const isPaper = parameter === 1 || parameter === 49;
      const near = this.#condition.paperLow ? (nearEndBits23 ? 0x0c : 0x03) : 0;
      this.#send([isPaper ? near : this.#state.drawerOpen ? 0x01 : 0x00]);
    }
  }

  /** Moves the paper. Where it ends on the way, the step waits for the next roll. */
  #print(step: PaperStep, commandBytes: number): void {
    if (step.lines > this.#state.lines) {
      this.#change({ lines: 0 });
      return;
    }
    this.#busy = true;
    const life = this.#life;
    this.clock.after('printer prints', step.lines * (this.options.lineMilliseconds ?? 25), () => {
      if (life !== this.#life) return;
      this.#busy = false;
      // Where the roll was taken out or the cover opened in the middle of a line, it is printed again later.
      if (!this.#offline) {
        step.done();
        this.#buffer.splice(0, commandBytes);
        this.#change({ lines: this.#state.lines - step.lines });
      }
      if (!this.#busy) for (const answer of this.#afterPrinting.splice(0)) answer();
    });
  }
}
