/** What is wrong, in the demo's view: faults, and ways of telling people that do not work. */
import stringWidth from 'string-width';
import type { Language, Text } from '../../kernel/text.js';
import type { FaultState } from '../../protocols/hub/payloads.js';
import type { DemoModel } from './model.js';
import { cell, type Line, type Style, span, wrap } from './spans.js';
import { hubIsTrue, labelCells, labelled, type Setting, timeCells } from './view-setting.js';
import { both, durationWords, labels, timeOfDay } from './words.js';

const severityOrder = { high: 0, medium: 1, low: 2 } as const;

/** What stands in the list: a fault, or a way of telling people that does not work. */
interface Trouble {
  readonly text: Text;
  readonly action: Text;
  /** Wall time; `null` where nobody was told. */
  readonly sinceMilliseconds: number | null;
  readonly affected: readonly string[];
  readonly isFailure: boolean;
  /** Neighbours of one kind need the same to be done. */
  readonly kind: string;
}

/**
 * What is wrong, within `rows` lines (at least one): each thing in words, then what to do where there is room. First what
 * staff in the hall must see to, then what must be repaired.
 */
export function faultLines(setting: Setting, rows: number): Line[] {
  const { model, language } = setting;
  // While the hub is away nobody there knows what has become of them.
  const label = `${labels.faults[language]}${hubIsTrue(model) ? '' : '?'}`;
  const troubles = troublesOf(model);
  if (troubles.length === 0) {
    return [labelled(label, span(labels.noFaults[language], hubIsTrue(model) ? 'green' : 'dim'))];
  }
  const shown = troubles.length <= rows ? troubles : troubles.slice(0, rows - 1);
  const hidden = troubles.length - shown.length;
  let spare = rows - shown.length - (hidden > 0 ? 1 : 0);
  const lines: Line[] = [];
  for (const [index, trouble] of shown.entries()) {
    lines.push(headLine(setting, trouble));
    const action = isLastOfItsKind(shown, index) ? actionLines(setting, trouble, spare) : [];
    spare -= action.length;
    lines.push(...action);
  }
  if (hidden > 0) {
    const more = language === 'en' ? `and ${hidden} more` : `另有 ${hidden} 项`;
    lines.push([span(' '.repeat(labelCells)), span(more, 'dim')]);
  }
  return lines.map((line, index) =>
    index === 0 ? [cell(label, labelCells, 'bold'), ...line.slice(1)] : line,
  );
}

/** How many lines they would like to have. */
export function faultRowsWanted(setting: Setting): number {
  const troubles = troublesOf(setting.model);
  const rows = troubles.map((trouble, index) =>
    isLastOfItsKind(troubles, index) ? 1 + actionLines(setting, trouble, Number.POSITIVE_INFINITY).length : 1,
  );
  return Math.max(
    1,
    rows.reduce((sum, one) => sum + one, 0),
  );
}

/** What staff must see to comes first; of faults the worst, those of one kind together, then the oldest first. */
function troublesOf({ hub }: DemoModel): Trouble[] {
  const keyOf = ({ severity, code, since }: FaultState) => `${severityOrder[severity]} ${code} ${since}`;
  const faults = [...hub.faults].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const forStaff = faults.filter(({ audience }) => audience === 'duty');
  const others = faults.filter(({ audience }) => audience !== 'duty');
  return [...forStaff.map(troubleOf), ...channelTroubles(hub.channelsDown), ...others.map(troubleOf)];
}

function troubleOf({ text, action, since, affected = [], status, code }: FaultState): Trouble {
  const isFailure = status === 'failure';
  return { text, action, sinceMilliseconds: Date.parse(since), affected, isFailure, kind: code };
}

/** One for all boards, one for all printers and so on: what is to be done is much the same. */
function channelTroubles(down: DemoModel['hub']['channelsDown']): Trouble[] {
  const kinds = [...new Set(down.map(({ channel }) => channel))];
  return kinds.flatMap((kind) => {
    const [first, ...more] = down.filter(({ channel }) => channel === kind);
    if (first === undefined) return [];
    const and = both(`（另有 ${more.length} 处）`, ` (and ${more.length} more)`);
    const { text, action } = first;
    const whole = more.length === 0 ? text : both(text['zh-CN'] + and['zh-CN'], text.en + and.en);
    return [{ text: whole, action, sinceMilliseconds: null, affected: [], isFailure: false, kind }];
  });
}

/** What to do is said once for neighbours of one kind. */
function isLastOfItsKind(troubles: readonly Trouble[], index: number): boolean {
  return troubles[index]?.kind !== troubles[index + 1]?.kind;
}

function actionLines({ language, columns }: Setting, { action }: Trouble, room: number): Line[] {
  const prefix = `${labels.do[language]} `;
  const prefixCells = stringWidth(prefix);
  const wrapped = wrap(action[language], Math.max(10, columns - labelCells - timeCells - prefixCells));
  return wrapped.slice(0, room).map((text, index) => {
    const isCut = index === room - 1 && room < wrapped.length;
    const lead = cell(index === 0 ? prefix : '', prefixCells, 'dim');
    return [span(' '.repeat(labelCells + timeCells)), lead, span(isCut ? `${text} …` : text)];
  });
}

function headLine({ model, language }: Setting, trouble: Trouble): Line {
  const { sinceMilliseconds: since, text, isFailure } = trouble;
  const isKnown = since !== null && Number.isFinite(since);
  const lasts = isKnown ? `  ${durationWords(model.nowMilliseconds - since, language)}` : '';
  const affected = affectedWords(trouble.affected, language);
  const style: Style = !hubIsTrue(model) ? 'dim' : isFailure ? ['bold', 'red'] : ['bold', 'yellow'];
  return [
    span(' '.repeat(labelCells)),
    cell(isKnown ? timeOfDay(since, model.timezone) : since === null ? '' : '?', timeCells, 'dim'),
    span(text[language], style),
    span(lasts, 'dim'),
    ...(affected === '' ? [] : [span(`  ${affected}`, 'dim')]),
  ];
}

function affectedWords(devices: readonly string[], language: Language): string {
  const which =
    devices.length <= 2
      ? devices.join(' ')
      : language === 'en'
        ? `${devices.length} devices`
        : `${devices.length} 个设备`;
  return which === '' ? '' : language === 'en' ? `affects ${which}` : `影响 ${which}`;
}
