/** The live view of the demo as a pure function: what is known, a language and a size in; lines out. */
import stringWidth from 'string-width';
import type { Language } from '../../kernel/text.js';
import type { DemoModel } from './model.js';
import { type Line, renderLine, type Span, span } from './spans.js';
import { faultLines, faultRowsWanted } from './view-faults.js';
import { eventLines, hubLine, listen, queueLine, title, windowTable } from './view-sections.js';
import { labelCells, labelled, type Setting } from './view-setting.js';
import { hint, keyItems, labels } from './words.js';

export interface RenderOptions {
  /** Colour and weight by escape sequences; plain text if absent. */
  readonly colour?: boolean;
}

/** Events that should be seen however much is broken. */
const fewestEvents = 3;

/**
 * At most `rows` lines of at most `columns` cells each. Made for 80 by 24 and more; in a smaller terminal the blank
 * lines go first, then the events, then whatever stands lowest but the keys.
 */
export function renderDemo(
  model: DemoModel,
  language: Language,
  columns: number,
  rows: number,
  { colour = false }: RenderOptions = {},
): string[] {
  const setting: Setting = { model, language, columns };
  const keys = keyLines(setting);
  const top = [title(setting), listen(setting)];
  const table = windowTable(setting);
  const state = [queueLine(setting), hubLine(setting)];
  const foot = [hintLine(setting), ...keys];
  const fixed = top.length + table.length + state.length + foot.length;
  // After the top, the table, the state, the faults and the events.
  const blanks = rows - fixed - 5 >= 1 + fewestEvents ? 1 : 0;
  const flexible = rows - fixed - 5 * blanks;
  const blank: Line[] = blanks === 1 ? [[]] : [];
  const middle: Line[] = [];
  if (flexible >= 1) {
    const room = Math.max(1, flexible - fewestEvents);
    const faults = faultLines(setting, Math.min(room, faultRowsWanted(setting)));
    const events = flexible - faults.length;
    middle.push(...faults, ...blank, ...(events > 0 ? eventLines(setting, events) : []), ...blank);
  }
  const body = [...top, ...blank, ...table, ...blank, ...state, ...blank, ...middle];
  const lines =
    flexible >= 1 ? [...body, ...foot] : [...body.slice(0, Math.max(0, rows - keys.length)), ...keys];
  return lines.slice(0, Math.max(0, rows)).map((line) => renderLine(line, columns, colour));
}

function hintLine({ model, language }: Setting): Line {
  return labelled(labels.try[language], span(hint(model)[language]));
}

/** The keys with their present state, in as many lines as they need. */
function keyLines({ model, language, columns }: Setting): Line[] {
  const gap = 3;
  const lines: Span[][] = [];
  let line: Span[] = [];
  let used = 0;
  for (const { key, about, states } of keyItems(model, language)) {
    const spans = [
      span(key, ['bold', 'inverse']),
      span(` ${about}`),
      ...states.flatMap(({ text, broken }) => [span(' '), span(text, broken ? ['bold', 'yellow'] : 'dim')]),
    ];
    const cells = spans.reduce((sum, one) => sum + stringWidth(one.text), 0);
    if (line.length > 0 && used + gap + cells > columns - labelCells) {
      lines.push(line);
      line = [];
      used = 0;
    }
    if (line.length > 0) {
      line.push(span(' '.repeat(gap)));
      used += gap;
    }
    line.push(...spans);
    used += cells;
  }
  lines.push(line);
  return lines.map((each, index) => labelled(index === 0 ? labels.keys[language] : '', ...each));
}
