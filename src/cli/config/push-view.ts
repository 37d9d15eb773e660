/** Shows pushes: a line for each controller that is done, and on a terminal a live one for each that is not. */
import stringWidth from 'string-width';
import type { Language } from '../../kernel/text.js';
import { type Colour, paint } from '../colour.js';
import { fitCells, table } from '../columns.js';
import { wrap } from '../demo/spans.js';
import type { Address } from '../hub-asking.js';
import type { Progress, PushKind, PushResult } from './push-result.js';
import { detailWords, furtherLines, kindWords, revisionWords } from './words.js';

export interface PushViewOptions {
  readonly output: { write(text: string): unknown; readonly columns?: number };
  /** Lines may be written over. */
  readonly isTerminal: boolean;
  readonly colour: boolean;
  readonly language: Language;
  /** Of the user at the hub; `null`: nobody. */
  readonly username: string | null;
  /** All that will be shown, so that columns stand under one another from the first line. */
  readonly controllers: readonly string[];
}

const colours: Readonly<Partial<Record<PushKind, Colour>>> = {
  applied: 'green',
  'would-not-change': 'green',
  rejected: 'red',
  'rolled-back': 'red',
  'would-be-rejected': 'red',
  unreachable: 'red',
};
const usualColumns = 120;

export class PushView {
  readonly #live = new Map<string, string>();
  #shown = 0;

  constructor(private readonly options: PushViewOptions) {}

  progress({ controller }: Address, progress: Progress): void {
    if (!this.options.isTerminal) return;
    const { language } = this.options;
    const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
    const revision = progress.phase === 'asking' ? '' : revisionWords(progress.revision, language);
    const words =
      progress.phase === 'asking'
        ? say('正在询问……', 'asking …')
        : progress.phase === 'sent'
          ? say('已推送……', 'pushed …')
          : say(`正在应用 ${progress.done}/${progress.of}`, `applying ${progress.done}/${progress.of}`);
    this.#live.set(controller, this.#row(controller, revision, words, ''));
    this.#write([]);
  }

  settled(result: PushResult): void {
    const { language, username, colour } = this.options;
    const { kind } = result;
    const { controller } = result.address;
    this.#live.delete(controller);
    const words = kindWords[kind][language];
    const revision = revisionWords(result.revision, language);
    const detail = detailWords(result, language);
    const whole = this.#row(controller, revision, words, detail);
    const fits = !this.options.isTerminal || stringWidth(whole) <= this.#columns;
    const row = fits ? whole : this.#row(controller, revision, words, '');
    const further = [
      ...(fits ? [] : wrap(detail, this.#columns - 4)),
      ...furtherLines(result, username, language),
    ].map((line) => `    ${line}`);
    const [name, rest] = [row.slice(0, controller.length), row.slice(controller.length)];
    this.#write([name + rest.replace(words, paint(words, colours[kind] ?? 'yellow', colour)), ...further]);
  }

  /** One row; the widest outcome and the widest name set the columns. */
  #row(controller: string, revision: string, words: string, detail: string): string {
    const { language, controllers } = this.options;
    const longest = (texts: readonly string[]) => texts.reduce((a, b) => (b.length > a.length ? b : a), '');
    const outcome = longest(Object.values(kindWords).map((text) => text[language]));
    const widest = [longest(controllers), revisionWords(99_999, language), outcome, ''];
    return (table([widest, [controller, revision, words, detail]])[1] ?? '').trimEnd();
  }

  get #columns(): number {
    return Math.max(20, this.options.output.columns ?? usualColumns);
  }

  #write(lines: readonly string[]): void {
    const { output, isTerminal } = this.options;
    // To the first column, too: a terminal has written ^C where the cursor was.
    const up = this.#shown === 0 ? '' : `\x1b[${this.#shown}A\r\x1b[J`;
    // A live line that breaks would be counted wrong.
    const live = isTerminal
      ? [...this.#live.values()].map((row) => fitCells(row, this.#columns - 1).trimEnd())
      : [];
    const text = [...lines, ...live].map((line) => `${line}\n`).join('');
    if (up !== '' || text !== '') output.write(up + text);
    this.#shown = live.length;
  }
}
