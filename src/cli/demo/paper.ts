/** The demo's ticket machine as people see it: slips of paper, and a roll that ends. */
import type { Clock, Timer } from '../../kernel/clock.js';
import type { SimulatedPrinter } from '../../simulator/escpos-panel.js';
import type { Slip } from '../../simulator/escpos-slips.js';
import { qrPrefix } from './floor-plan.js';
import type { SlipView } from './model.js';

/** Enough for the top half of a ticket: its number is to be read, its end is missing. */
const linesLeft = 14;
/** More than any ticket has. */
const ticketLines = 100;
/** A person needs this long from the open cover to the closed one. */
const changeRollMilliseconds = 1_500;
/** Slips that are kept to be shown. */
const shownSlips = 12;

/** The front of the machine. */
export class PaperFront {
  readonly #shown: SlipView[] = [];
  #timer: Timer | undefined;
  #roll: 'in' | 'ending' | 'out' = 'in';
  readonly #stopListening: () => void;

  /** @param found told of each ticket that came out whole: its number and the id in its QR code */
  constructor(
    private readonly printer: Pick<SimulatedPrinter, 'onSlip' | 'current' | 'paper' | 'cover'>,
    private readonly clock: Clock,
    private readonly found: (number: string, ticket: string) => void,
  ) {
    this.#stopListening = printer.onSlip((slip) => this.#take(slip));
  }

  /** `ending`: it will tear off the next ticket; `out`: it has done so, and nobody has put in a new one yet. */
  get roll(): 'in' | 'ending' | 'out' {
    return this.#roll;
  }

  /** The newest last. */
  get slips(): readonly SlipView[] {
    return this.#shown;
  }

  /** The roll will end in the middle of the next ticket. */
  end(): void {
    this.#timer?.cancel();
    this.printer.cover.close();
    this.#roll = 'ending';
    // What is under way comes out whole, so that the roll never ends between two tickets, where nothing is torn.
    const isPrinting = this.printer.current.lines.length > 0;
    this.printer.paper.endAfterLines(isPrinting ? ticketLines + linesLeft : linesLeft);
  }

  /** Somebody opens the cover, puts in a new roll and closes it. */
  load(): void {
    this.#roll = 'in';
    this.printer.cover.open();
    this.#timer = this.clock.after('demo: new roll', changeRollMilliseconds, () => this.printer.paper.load());
  }

  /** No timer and no listener is left. */
  stop(): void {
    this.#stopListening();
    this.#timer?.cancel();
  }

  #endsWith({ complete }: Slip): void {
    if (!complete) {
      this.#roll = 'out';
      return;
    }
    // Once the printer is done with this one.
    this.#timer = this.clock.after('demo: roll ends', 0, () => {
      if (this.#roll === 'ending') this.printer.paper.endAfterLines(linesLeft);
    });
  }

  #take(slip: Slip): void {
    if (this.#roll === 'ending') this.#endsWith(slip);
    const view = slipView(slip);
    if (view === undefined) return;
    this.#shown.push(view);
    if (this.#shown.length > shownSlips) this.#shown.shift();
    const code = slip.qr[0];
    if (view.whole && view.number !== null && code?.startsWith(qrPrefix)) {
      this.found(view.number, decodeURIComponent(code.slice(qrPrefix.length)));
    }
  }
}

/** What a person reads on a slip; `undefined` for one that nobody takes. */
function slipView({ lines, complete }: Slip): SlipView | undefined {
  const texts = lines.map(({ text }) => text.trim()).filter((text) => text !== '');
  const number = texts.find((text) => /^[A-Z]{1,2}\d{3,}$/.test(text)) ?? null;
  // The rest of a torn ticket falls to the floor.
  if (texts.length === 0 || (number === null && !complete)) return undefined;
  return {
    number,
    whole: complete,
    again: texts.some((text) => /REPRINT|Reprint/.test(text)),
  };
}
