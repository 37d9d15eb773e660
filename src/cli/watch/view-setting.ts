/** What the parts of the watch's view have in common. */
import stringWidth from 'string-width';
import type { Language } from '../../kernel/text.js';
import { cell, type Line, type Span, type Style, span } from '../demo/spans.js';
import type { Change } from './changes.js';
import type { HallView } from './hall-view.js';

/** What the one who looks has chosen. */
export interface Choice {
  readonly language: Language;
  readonly faultsOnly: boolean;
  /** Rows of the list (faults if only they are shown, else devices) that are scrolled past. */
  readonly offset: number;
}

/** What each part needs to know of its surroundings. */
export interface Setting {
  readonly view: HallView;
  readonly choice: Choice;
  readonly timezone: string;
  readonly columns: number;
  /** What happened last, the newest last. */
  readonly latest: readonly Change[];
}

/** Width of the column of labels at the left, with the gap after it. */
export function labelCells(language: Language): number {
  return language === 'en' ? 12 : 8;
}

/** Cells beside the column of labels. */
export function roomCells({ columns, choice }: Setting): number {
  return Math.max(1, columns - labelCells(choice.language));
}

/** Lines of a part, the label before the first one; `?` behind it while nobody knows whether it still holds. */
export function labelled({ view, choice }: Setting, label: string, lines: readonly Line[]): Line[] {
  const cells = labelCells(choice.language);
  return lines.map((line, index) => [
    cell(index === 0 ? `${label}${view.stale ? '?' : ''}` : '', cells, 'bold'),
    ...line,
  ]);
}

/** Width of the widest of some texts, within limits. */
export function widest(texts: readonly string[], least: number, most: number): number {
  return Math.min(most, Math.max(least, ...texts.map((text) => stringWidth(text))));
}

/** Short texts one after another, in as many lines as they need; at most `rows`, the last one says what is left. */
export function flow(
  setting: Setting,
  items: readonly { readonly text: string; readonly style?: Style | undefined }[],
  rows: number,
): Line[] {
  const room = roomCells(setting);
  const gap = 3;
  // Room for the words about the rest, in the last line.
  const reserve = 16;
  const lines: Span[][] = [[]];
  let used = 0;
  for (const [index, { text, style }] of items.entries()) {
    const cells = Math.min(stringWidth(text), room);
    const isLast = lines.length >= rows;
    const limit = isLast && index < items.length - 1 ? room - reserve : room;
    if (used > 0 && used + gap + cells > limit) {
      if (isLast) {
        const left = more(items.length - index, setting.choice.language);
        lines.at(-1)?.push(span(' '.repeat(gap)), span(left, 'dim'));
        return lines;
      }
      lines.push([]);
      used = 0;
    }
    if (used > 0) {
      lines.at(-1)?.push(span(' '.repeat(gap)));
      used += gap;
    }
    lines.at(-1)?.push(cell(text, cells, style));
    used += cells;
  }
  return lines;
}

/** `…and 12 more`. */
export function more(count: number, language: Language): string {
  return language === 'en' ? `…and ${count} more` : `……另有 ${count} 项`;
}
