/** The live view of the demo as a pure function: what is known, a language and a size in; lines out. */
import stringWidth from 'string-width';
import type { Language } from '../../kernel/text.js';
import { hint, keyItems } from './hints.js';
import type { DemoModel } from './model.js';
import { type Line, renderLine, type Span, span } from './spans.js';
import { faultLines, faultRowsWanted } from './view-faults.js';
import { aboutLines, machineLine, seatsLine, voiceLine } from './view-hall.js';
import { roomLine, thingsLine } from './view-room.js';
import { eventLines, hubLine, queueLine, title, windowTable } from './view-sections.js';
import { labelCells, labelled, type Setting } from './view-setting.js';
import { labels } from './words.js';

interface RenderOptions {
  /** Colour and weight by escape sequences; plain text if absent. */
  readonly colour?: boolean;
}

/** Lines that faults and events should have together, before blank lines take any. */
const fewestFlexible = 6;
/** From so many rows on, there is a line for what is real in the demo. */
const tallRows = 26;
/** Events that should be seen however much is broken. */
const fewestEvents = 3;

/**
 * At most `rows` lines of at most `columns` cells each. Made for 80 by 24 and more; in a smaller terminal the blank
 * lines go first, then the events, then whatever stands lowest but the keys. What goes where depends on the size alone,
 * so that nothing jumps when something breaks.
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
  const top = [title(setting), ...aboutLines(setting, rows >= tallRows ? 3 : 2)];
  const table = windowTable(setting);
  const state = [
    queueLine(setting),
    machineLine(setting),
    voiceLine(setting),
    seatsLine(setting),
    roomLine(setting),
    thingsLine(setting),
    hubLine(setting),
  ];
  const foot = [hintLine(setting), ...keys];
  const fixed = top.length + table.length + state.length + foot.length;
  const blanks = Math.min(5, Math.max(0, rows - fixed - fewestFlexible));
  const flexible = rows - fixed - blanks;
  /** The most useful blank lines come first. */
  const blank = (order: number): Line[] => (order <= blanks ? [[]] : []);
  const middle: Line[] = [];
  if (flexible >= 1) {
    const room = Math.max(1, flexible - fewestEvents);
    const faults = faultLines(setting, Math.min(room, faultRowsWanted(setting)));
    const events = flexible - faults.length;
    middle.push(...faults, ...blank(5), ...(events > 0 ? eventLines(setting, events) : []), ...blank(2));
  }
  const body = [...top, ...blank(4), ...table, ...blank(1), ...state, ...blank(3), ...middle];
  const lines =
    flexible >= 1 ? [...body, ...foot] : [...body.slice(0, Math.max(0, rows - keys.length)), ...keys];
  return lines.slice(0, Math.max(0, rows)).map((line) => renderLine(line, columns, colour));
}

function hintLine({ model, language }: Setting): Line {
  return labelled(labels.try[language], span(hint(model)[language], ['bold', 'cyan']));
}

/** The keys with their present state, in as many lines as they need. */
function keyLines({ model, language, columns }: Setting): Line[] {
  const gap = 2;
  const lines: Span[][] = [];
  let line: Span[] = [];
  let used = 0;
  for (const { key, about, mends } of keyItems(model, language)) {
    const spans = [span(key, ['bold', 'inverse']), span(` ${about}`, mends ? ['bold', 'yellow'] : undefined)];
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
