/** The two ways in which a watch goes on: a live table on a terminal, or a line for each change. */
import type { ReadStream, WriteStream } from 'node:tty';
import type { Clock, Timer } from '../../kernel/clock.js';
import type { Language } from '../../kernel/text.js';
import { Screen } from '../demo/screen.js';
import type { Change, ChangeFinder } from './changes.js';
import type { HallView } from './hall-view.js';
import { renderWatch, scrollRows } from './view.js';
import type { Choice, Setting } from './view-setting.js';
import { momentWords } from './words.js';

/** Four times a second. */
const lookMilliseconds = 250;
/** Changes that the table can still show. */
const keptChanges = 100;
/** Lines at a time; a hub gone wild must not fill a disk with them. */
const mostLines = 50;
const pageRows = 10;

/** What is watched. */
export interface Source {
  /** Grows with what is heard; time alone does not change it. */
  readonly version: number;
  view(): HallView;
}

export interface LiveOptions {
  readonly watch: Source;
  readonly changes: ChangeFinder;
  /** IANA name. */
  readonly timezone: string;
  readonly language: Language;
  readonly clock: Clock;
}

/** Prints a line for each change, the time first, until the function that it returns is called. */
export function showLines(options: LiveOptions, output: Pick<WriteStream, 'write' | 'writable'>): () => void {
  const { watch, changes, clock } = options;
  let timer: Timer | undefined;
  const look = () => {
    timer = clock.after('watch: look', lookMilliseconds, look);
    const lines = plainLines(changes.find(watch.view()), options);
    if (lines.length > 0 && output.writable) output.write(`${lines.join('\n')}\n`);
  };
  look();
  return () => timer?.cancel();
}

/** A line for each change; where they are too many, the last line says how many are left out. */
export function plainLines(
  changes: readonly Change[],
  { timezone, language }: Pick<LiveOptions, 'timezone' | 'language'>,
): string[] {
  // Of too many, those that somebody has to do something about.
  const isPressing = ({ action }: Change) => action !== undefined;
  const most =
    changes.length <= mostLines
      ? changes
      : [...changes.filter(isPressing), ...changes.filter((change) => !isPressing(change))];
  const lines = most.slice(0, mostLines).map(({ atMilliseconds, text, action }) => {
    const what = action === undefined ? '' : ` -> ${action[language]}`;
    return `${momentWords(atMilliseconds, timezone, atMilliseconds)}  ${text[language]}${what}`;
  });
  const rest = changes.length - lines.length;
  const last = changes.at(-1);
  if (rest > 0 && last !== undefined) {
    const time = momentWords(last.atMilliseconds, timezone, last.atMilliseconds);
    lines.push(language === 'en' ? `${time}  …and ${rest} more changes` : `${time}  ……另有 ${rest} 条变化`);
  }
  return lines;
}

export interface TableOptions extends LiveOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly colour: boolean;
  /** `q`, Ctrl-C, or a terminal that is gone. */
  readonly end: () => void;
}

export class LiveTable {
  readonly #screen: Screen;
  #choice: Choice;
  #latest: Change[] = [];
  #setting: Setting | undefined;
  #shown: { readonly key: string; readonly lines: readonly string[] } | undefined;

  constructor(private readonly options: TableOptions) {
    this.#choice = { language: options.language, faultsOnly: false, offset: 0 };
    const { clock, input, output, end } = options;
    this.#screen = new Screen({
      clock,
      input,
      output,
      redrawMilliseconds: lookMilliseconds,
      render: (columns, rows) => this.#render(columns, rows),
      key: (key) => this.#press(key),
      gone: end,
    });
  }

  open(): void {
    this.#screen.open();
  }

  /** Gives the terminal back; may be called twice. */
  close(): void {
    this.#screen.close();
  }

  /** Made anew only when something was heard, a key pressed, or a second is over. */
  #render(columns: number, rows: number): readonly string[] {
    const { watch, changes, timezone, clock, colour } = this.options;
    const { language, faultsOnly, offset } = this.#choice;
    const second = Math.floor(clock.wallMilliseconds() / 1_000);
    const key = [watch.version, second, columns, rows, language, faultsOnly, offset].join(' ');
    if (this.#shown?.key === key) return this.#shown.lines;
    const view = watch.view();
    const found = changes.find(view).filter(({ minor }) => minor !== true);
    this.#latest = [...this.#latest, ...found.slice(-keptChanges)].slice(-keptChanges);
    this.#setting = { view, choice: this.#choice, timezone, columns, latest: this.#latest };
    const lines = renderWatch(this.#setting, rows, { colour, keys: true });
    this.#shown = { key, lines };
    return lines;
  }

  #press(key: string): void {
    const choice = this.#choice;
    const steps: Readonly<Record<string, number>> = {
      up: -1,
      down: 1,
      pageup: -pageRows,
      pagedown: pageRows,
      home: Number.NEGATIVE_INFINITY,
      end: Number.POSITIVE_INFINITY,
    };
    if (key === 'q' || key === 'ctrl-c') this.options.end();
    else if (key === 'f') this.#choice = { ...choice, faultsOnly: !choice.faultsOnly, offset: 0 };
    else if (key === 'l') this.#choice = { ...choice, language: choice.language === 'en' ? 'zh-CN' : 'en' };
    else if (Object.hasOwn(steps, key) && this.#setting !== undefined) {
      const last = Math.max(0, scrollRows(this.#setting) - 1);
      this.#choice = { ...choice, offset: Math.min(last, Math.max(0, choice.offset + steps[key]!)) };
    }
  }
}
