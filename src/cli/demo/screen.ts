/** The terminal: alternate screen, no cursor, keys one by one; and all of it back as it was. */
import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Clock, Timer } from '../../kernel/clock.js';

/** Five times a second is as much as anybody reads. */
const redrawMilliseconds = 200;

// ECMA-48 and xterm control sequences.
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l';

export interface ScreenOptions {
  readonly clock: Clock;
  readonly input: ReadStream;
  readonly output: WriteStream;
  /** The lines to be seen now. */
  readonly render: (columns: number, rows: number) => readonly string[];
  /** A key's name as node:readline has it, in small letters; `ctrl-c` with the control key. */
  readonly key: (name: string) => void;
  /** At most one redraw in this time; five a second if absent. */
  readonly redrawMilliseconds?: number;
  /** The terminal is gone. */
  readonly gone: () => void;
}

export class Screen {
  #timer: Timer | undefined;
  #shown: readonly string[] = [];
  #size = '';
  #open = false;
  #blocked = false;

  constructor(private readonly options: ScreenOptions) {}

  open(): void {
    const { input, output } = this.options;
    this.#open = true;
    output.write(enter);
    output.on('drain', this.#drained);
    output.on('error', this.options.gone);
    input.setRawMode(true);
    emitKeypressEvents(input);
    input.on('keypress', this.#typed);
    input.on('end', this.options.gone);
    input.on('error', this.options.gone);
    input.resume();
    this.#tick();
  }

  /** Gives the terminal back. May be called at any time, also twice, also from an exit handler. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const { input, output } = this.options;
    this.#timer?.cancel();
    output.off('drain', this.#drained);
    input.off('keypress', this.#typed);
    try {
      input.setRawMode(false);
      output.write(leave);
    } catch {
      // The terminal is gone: there is nothing to be given back.
    }
    input.pause();
  }

  readonly #drained = () => {
    this.#blocked = false;
  };

  readonly #typed = (_text: string | undefined, { name, ctrl = false, meta = false }: Key) => {
    if (name === undefined || meta) return;
    this.options.key(ctrl ? `ctrl-${name}` : name);
    this.#draw();
  };

  #tick(): void {
    if (!this.#open) return;
    this.#draw();
    const pause = this.options.redrawMilliseconds ?? redrawMilliseconds;
    this.#timer = this.options.clock.after('screen: redraw', pause, () => this.#tick());
  }

  /** Draws the lines that changed; nothing while the terminal has not taken what it was sent before. */
  #draw(): void {
    if (!this.#open || this.#blocked) return;
    const { output } = this.options;
    const { columns, rows } = output;
    const size = `${columns} ${rows}`;
    const isNew = size !== this.#size;
    const lines = this.options.render(columns, rows);
    const before = isNew ? [] : this.#shown;
    let text = isNew ? '\x1b[2J' : '';
    for (let row = 0; row < Math.max(lines.length, before.length); row++) {
      if (lines[row] === before[row]) continue;
      text += `\x1b[${row + 1};1H\x1b[2K${lines[row] ?? ''}`;
    }
    this.#size = size;
    this.#shown = lines;
    if (text !== '') this.#blocked = !output.write(text);
  }
}
