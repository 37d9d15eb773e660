/** The paper side of a simulated ESC/POS printer: modes, lines, slips. It knows nothing of wires and time. */
import { Listeners } from '../kernel/listeners.js';
import { glyph, nextCommand, type PrinterCommand } from './escpos-commands.js';

export interface SlipLine {
  readonly text: string;
  /** Times the normal size. */
  readonly width: number;
  readonly height: number;
  readonly bold: boolean;
  readonly align: 'left' | 'center' | 'right';
}

export interface SlipPicture {
  readonly widthDots: number;
  readonly heightDots: number;
  readonly dots: Uint8Array;
}

/** One piece of paper, as somebody holds it. */
export interface Slip {
  readonly lines: readonly SlipLine[];
  readonly qr: readonly string[];
  readonly pictures: readonly SlipPicture[];
  /** `null`: it ended with the paper, with the power, or hangs out still. */
  readonly cut: 'full' | 'partial' | null;
  /** Nothing of it is missing: begun on a clean edge and cut off at its end. */
  readonly complete: boolean;
}

/** What is to be done on paper: so many lines of feed, then `done`. */
export interface PaperStep {
  readonly lines: number;
  done(): void;
}

/** Lines (3.75 mm) from the print head to the knife. */
const linesToKnife = 4;
const qrLines = 8;
const dotsPerLine = 30;
/** A pile of paper does not grow for ever: the oldest pieces are thrown away. */
const keptSlips = 1_000;

interface Modes {
  width: number;
  height: number;
  bold: boolean;
  align: SlipLine['align'];
  isChinese: boolean;
}

export class PrintHead {
  readonly slips: Slip[] = [];
  readonly finished = new Listeners<[Slip]>();
  #modes: Modes;
  #line: { text: string; columns: number; width: number; height: number; bold: boolean };
  #lines: SlipLine[] = [];
  #qr: string[] = [];
  #pictures: SlipPicture[] = [];
  #stored = '';
  /** The piece of paper is the rest of one that was cut off. */
  #isRest = false;

  /** @param startsInChinese the mode after power-on and after ESC @ */
  constructor(
    private readonly columns: number,
    private readonly startsInChinese: boolean,
  ) {
    this.#modes = this.#initialModes();
    this.#line = this.#emptyLine();
  }

  /** The piece that hangs out of the printer and is not cut off yet. */
  get current(): Slip {
    return { lines: this.#lines, qr: this.#qr, pictures: this.#pictures, cut: null, complete: false };
  }

  /** The command at the beginning of `bytes`, read in the mode that holds now. */
  next(bytes: Uint8Array): PrinterCommand | undefined {
    return nextCommand(bytes, this.#modes.isChinese);
  }

  /** Power on: modes as from the factory, nothing in the line. */
  reset(): void {
    this.#modes = this.#initialModes();
    this.#line = this.#emptyLine();
    this.#stored = '';
  }

  /** What is printed so far is a piece of its own. After the end of a roll the rest of it comes on the next one. */
  breakOff(why: 'end of the roll' | 'torn off'): void {
    if (this.#isEmpty) return;
    this.#finish(null);
    this.#isRest = why === 'end of the roll';
  }

  /** Obeys a command; gives what it needs paper for. */
  obey({ bytes, sort }: PrinterCommand): PaperStep | undefined {
    if (sort === 'text') return this.#type(bytes);
    if (sort === 'control') return bytes[0] === 0x0a ? this.#printLine() : undefined;
    const [, , parameter = 0] = bytes;
    switch ((bytes[0]! << 8) | bytes[1]!) {
      case 0x1b40:
        this.reset();
        return undefined;
      case 0x1b21:
        Object.assign(this.#modes, {
          bold: (parameter & 0x08) !== 0,
          height: (parameter & 0x10) !== 0 ? 2 : 1,
          width: (parameter & 0x20) !== 0 ? 2 : 1,
        });
        return undefined;
      case 0x1b45:
        this.#modes.bold = (parameter & 1) !== 0;
        return undefined;
      case 0x1b61:
        this.#modes.align = (['left', 'center', 'right'] as const)[parameter % 48] ?? 'left';
        return undefined;
      case 0x1d21:
        Object.assign(this.#modes, { height: (parameter & 0x07) + 1, width: ((parameter >> 4) & 0x07) + 1 });
        return undefined;
      case 0x1c26:
        this.#modes.isChinese = true;
        return undefined;
      case 0x1c2e:
        this.#modes.isChinese = false;
        return undefined;
      case 0x1b64:
        return this.#feed(parameter);
      case 0x1b4a:
        return this.#feed(Math.ceil(parameter / dotsPerLine));
      case 0x1d56:
        return this.#cut(parameter);
      case 0x1d76:
        return this.#picture(bytes);
      case 0x1d28:
        return this.#symbol(bytes);
      default:
        return undefined;
    }
  }

  get #isEmpty(): boolean {
    return this.#lines.length + this.#qr.length + this.#pictures.length === 0;
  }

  #initialModes(): Modes {
    return { width: 1, height: 1, bold: false, align: 'left', isChinese: this.startsInChinese };
  }

  #emptyLine() {
    return { text: '', columns: 0, width: 1, height: 1, bold: false };
  }

  #type(bytes: Uint8Array): PaperStep | undefined {
    const { text, columns } = glyph(bytes);
    const wide = columns * this.#modes.width;
    const full = this.#line.columns + wide > this.columns && this.#line.text !== '';
    const step = full ? this.#printLine() : undefined;
    const add = () => {
      const line = this.#line;
      line.text += text;
      line.columns += wide;
      line.width = Math.max(line.width, this.#modes.width);
      line.height = Math.max(line.height, this.#modes.height);
      line.bold ||= this.#modes.bold;
    };
    if (step === undefined) {
      add();
      return undefined;
    }
    return {
      lines: step.lines,
      done() {
        step.done();
        add();
      },
    };
  }

  #printLine(): PaperStep {
    const { text, width, height, bold } = this.#line;
    const { align } = this.#modes;
    return {
      lines: height,
      done: () => {
        this.#line = this.#emptyLine();
        this.#lines.push({ text, width, height, bold, align });
      },
    };
  }

  #feed(lines: number): PaperStep {
    const first = this.#line.text === '' ? undefined : this.#printLine();
    return { lines: lines + (first?.lines ?? 0), done: () => first?.done() };
  }

  #cut(mode: number): PaperStep {
    const cut = mode === 0 || mode === 0x30 || mode === 0x41 ? 'full' : 'partial';
    return { lines: mode >= 0x41 ? linesToKnife : 0, done: () => this.#finish(cut) };
  }

  #picture(bytes: Uint8Array): PaperStep {
    const widthDots = 8 * (bytes[4]! | (bytes[5]! << 8));
    const heightDots = bytes[6]! | (bytes[7]! << 8);
    const dots = bytes.slice(8);
    return {
      lines: Math.ceil(heightDots / dotsPerLine),
      done: () => this.#pictures.push({ widthDots, heightDots, dots }),
    };
  }

  /** GS ( k pL pH 49 fn ...: 80 stores what a QR code says, 81 prints it. */
  #symbol(bytes: Uint8Array): PaperStep | undefined {
    const [, , family, , , symbol, action] = bytes;
    if (family !== 0x6b || symbol !== 49) return undefined;
    if (action === 80) this.#stored = new TextDecoder().decode(bytes.subarray(8));
    if (action !== 81) return undefined;
    const says = this.#stored;
    return { lines: qrLines, done: () => this.#qr.push(says) };
  }

  #finish(cut: Slip['cut']): void {
    const slip = { ...this.current, cut, complete: cut !== null && !this.#isRest };
    this.slips.push(slip);
    if (this.slips.length > keptSlips) this.slips.shift();
    this.#isRest = false;
    this.#lines = [];
    this.#qr = [];
    this.#pictures = [];
    this.finished.tell(slip);
  }
}
