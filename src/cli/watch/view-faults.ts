/** The standing faults, and the controllers that are missing, in the watch's view. */
import stringWidth from 'string-width';
import type { Text } from '../../kernel/text.js';
import type { Severity } from '../../protocols/hub/payloads.js';
import { isAcknowledged, isShelved } from '../../supervisor/shelf.js';
import { cell, type Line, type Style, span, wrap } from '../demo/spans.js';
import { faultWords } from './fault-words.js';
import { prefixOf } from './prefix.js';
import { labelled, more, roomCells, type Setting, widest } from './view-setting.js';
import { ageWords, controllerTrouble, labels, severityWords } from './words.js';

interface Trouble {
  readonly severity: Severity;
  readonly sinceMilliseconds: number;
  readonly where: string;
  readonly words: string;
  /** `null` where nobody needs to do it now: it is shelved, or nobody knows whether it still stands. */
  readonly action: Text | null;
  /** Faults with the same kind have the same thing done about them. */
  readonly kind: string;
  /** Somebody has seen or shelved it, or nobody knows whether it still stands. */
  readonly quiet: boolean;
  readonly doubtful: boolean;
}

/** All that somebody has to look after, the most pressing first. */
export function troublesOf(setting: Setting): Trouble[] {
  const { view, timezone, choice } = setting;
  const prefix = prefixOf(setting.view);
  const missing = view.controllers.flatMap((row): Trouble[] => {
    const trouble = controllerTrouble(row, timezone, view.atMilliseconds);
    if (trouble === undefined) return [];
    return [
      {
        severity: 'high',
        sinceMilliseconds: row.sinceMilliseconds ?? Number.NaN,
        where: prefix(row) === '' ? row.controller : prefix(row).slice(0, -1),
        words: trouble.text[choice.language],
        action: trouble.action,
        kind: `controller ${row.state}`,
        quiet: false,
        doubtful: false,
      },
    ];
  });
  const faults = view.faults.map((row): Trouble => {
    const { fault, device, code, doubt } = row;
    return {
      severity: fault.severity,
      sinceMilliseconds: Date.parse(fault.since),
      where: `${prefix(row)}${device}`,
      words: faultWords(row, choice.language, { timezone, atMilliseconds: view.atMilliseconds }),
      action: isShelved(fault) || doubt !== null ? null : fault.action,
      kind: `${code} ${fault.action.en}`,
      quiet: isAcknowledged(fault) || isShelved(fault) || doubt !== null,
      doubtful: doubt !== null,
    };
  });
  return [...missing, ...faults];
}

/** How many lines they would like to have, or some number above `room`. */
export function faultRowsWanted(setting: Setting, room: number): number {
  const troubles = troublesOf(setting);
  const widths = widthsOf(setting, troubles);
  let rows = troubles.length;
  // Not measured further than matters: this runs four times a second.
  for (let index = 0; index < Math.min(troubles.length, mostMeasured) && rows <= room; index++) {
    const { words, action } = textsOf(setting, troubles, index, widths);
    rows += words.length + action.length - 1;
  }
  return Math.max(1, rows);
}

/** No terminal has room for more of them in full. */
const mostMeasured = 300;

/**
 * At most `rows` lines (at least one). Where there is not room for everything each fault has one line; what is left
 * over goes to the words of the first ones, then to what to do about them, then to those that somebody has seen.
 */
export function faultLines(setting: Setting, rows: number, offset = 0): Line[] {
  const { view, choice } = setting;
  const label = labels.faults[choice.language];
  const all = troublesOf(setting);
  const troubles = all.slice(offset);
  if (troubles.length === 0) {
    const words = view.complete || view.stale ? labels.none : labels.reading;
    const style: Style = view.complete && view.controllers.length > 0 ? 'green' : 'dim';
    return labelled(setting, label, [[span(words[choice.language], style)]]);
  }
  const widths = widthsOf(setting, all);
  const fits = troubles.length <= rows;
  const shown = troubles.slice(0, fits ? troubles.length : Math.max(0, rows - 1));
  const drafts = shown.map((trouble, index) => ({
    trouble,
    ...textsOf(setting, troubles, index, widths),
    whole: false,
    acted: false,
  }));
  let spare = rows - shown.length - (fits ? 0 : 1);
  for (const quiet of [false, true]) {
    const drawn = drafts.filter(({ trouble }) => trouble.quiet === quiet);
    for (const draft of drawn) {
      draft.whole = draft.words.length - 1 <= spare;
      if (draft.whole) spare -= draft.words.length - 1;
    }
    for (const draft of drawn) {
      draft.acted = draft.whole && draft.action.length <= spare;
      if (draft.acted) spare -= draft.action.length;
    }
  }
  const lines = drafts.flatMap(({ trouble, words, action, whole, acted }) =>
    troubleLines(setting, trouble, whole ? words : [trouble.words], acted ? action : [], widths),
  );
  if (!fits) lines.push([span(more(troubles.length - shown.length, choice.language), 'dim')]);
  return labelled(setting, label, lines);
}

interface Widths {
  readonly severity: number;
  readonly age: number;
  readonly where: number;
  readonly words: number;
}

function widthsOf(setting: Setting, troubles: readonly Trouble[]): Widths {
  const { choice, columns } = setting;
  const severity =
    widest(
      troubles.slice(0, mostMeasured).map((one) => severityOf(one, setting)),
      2,
      10,
    ) + 1;
  const age = choice.language === 'en' ? 12 : 11;
  const places = troubles.slice(0, mostMeasured).map(({ where }) => where);
  const where = widest(places, 4, columns >= 110 ? 30 : 18) + 2;
  return { severity, age, where, words: Math.max(12, roomCells(setting) - severity - age - where) };
}

/** In brackets where somebody has seen or shelved it; with `?` where nobody knows whether it still stands. */
function severityOf({ severity, quiet, doubtful }: Trouble, { choice }: Setting): string {
  const word = severityWords[severity][choice.language];
  return doubtful ? `${word}?` : quiet ? `(${word})` : word;
}

const arrow = '-> ';

/** The words and what to do, in lines of the room that they have. */
function textsOf(setting: Setting, troubles: readonly Trouble[], index: number, widths: Widths) {
  const trouble = troubles[index]!;
  const words = wrap(trouble.words, widths.words);
  const { action, kind } = trouble;
  const next = troubles[index + 1];
  // Said once for neighbours with the same fault.
  if (action === null || (next?.kind === kind && next.action !== null)) return { words, action: [] };
  return { words, action: wrap(action[setting.choice.language], widths.words - stringWidth(arrow)) };
}

function troubleLines(
  setting: Setting,
  trouble: Trouble,
  [first = '', ...rest]: readonly string[],
  action: readonly string[],
  widths: Widths,
): Line[] {
  const { view, choice } = setting;
  const style = styleOf(trouble);
  const age = ageWords(view.atMilliseconds - trouble.sinceMilliseconds, choice.language);
  const indent = span(' '.repeat(widths.severity + widths.age + widths.where));
  return [
    [
      cell(severityOf(trouble, setting), widths.severity, style),
      cell(age, widths.age, 'dim'),
      cell(trouble.where, widths.where - 2, trouble.quiet ? 'dim' : 'bold'),
      span('  '),
      span(first, style),
    ],
    ...rest.map((text): Line => [indent, span(text, style)]),
    ...action.map((text, row): Line => [indent, span(row === 0 ? arrow : '   ', 'dim'), span(text)]),
  ];
}

function styleOf({ quiet, severity }: Trouble): Style {
  if (quiet) return 'dim';
  return severity === 'high' ? ['bold', 'red'] : severity === 'medium' ? ['bold', 'yellow'] : 'yellow';
}
