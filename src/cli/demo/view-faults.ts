/** The standing faults in the demo's view. */
import stringWidth from 'string-width';
import type { Language } from '../../kernel/text.js';
import type { FaultState } from '../../protocols/hub/payloads.js';
import type { DemoModel } from './model.js';
import { cell, type Line, type Style, span, wrap } from './spans.js';
import { hubIsTrue, labelCells, labelled, type Setting, timeCells } from './view-setting.js';
import { durationWords, labels, timeOfDay } from './words.js';

const severityOrder = { high: 0, medium: 1, low: 2 } as const;

/** The standing faults within `rows` lines (at least one): each in words, then what to do where there is room. */
export function faultLines(setting: Setting, rows: number): Line[] {
  const { model, language } = setting;
  // While the hub is away nobody there knows what has become of them.
  const label = `${labels.faults[language]}${hubIsTrue(model) ? '' : '?'}`;
  const faults = sortedFaults(model);
  if (faults.length === 0) {
    return [labelled(label, span(labels.noFaults[language], hubIsTrue(model) ? 'green' : 'dim'))];
  }
  const shown = faults.length <= rows ? faults : faults.slice(0, rows - 1);
  const hidden = faults.length - shown.length;
  let spare = rows - shown.length - (hidden > 0 ? 1 : 0);
  const lines: Line[] = [];
  for (const [index, fault] of shown.entries()) {
    lines.push(faultHead(setting, fault));
    const action = isLastOfItsKind(shown, index) ? actionLines(setting, fault, spare) : [];
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

/** How many lines the faults would like to have. */
export function faultRowsWanted(setting: Setting): number {
  const faults = sortedFaults(setting.model);
  const rows = faults.map((fault, index) =>
    isLastOfItsKind(faults, index) ? 1 + actionLines(setting, fault, Number.POSITIVE_INFINITY).length : 1,
  );
  return Math.max(
    1,
    rows.reduce((sum, one) => sum + one, 0),
  );
}

/** The worst first, those of one kind together, then the oldest first. */
function sortedFaults(model: DemoModel): FaultState[] {
  const keyOf = ({ severity, code, since }: FaultState) => `${severityOrder[severity]} ${code} ${since}`;
  return [...model.hub.faults].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** What to do is said once for neighbours with the same fault. */
function isLastOfItsKind(faults: readonly FaultState[], index: number): boolean {
  return faults[index]?.code !== faults[index + 1]?.code;
}

function actionLines({ language, columns }: Setting, fault: FaultState, room: number): Line[] {
  const prefix = `${labels.do[language]} `;
  const prefixCells = stringWidth(prefix);
  const action = wrap(fault.action[language], Math.max(10, columns - labelCells - timeCells - prefixCells));
  return action.slice(0, room).map((text, index) => {
    const isCut = index === room - 1 && room < action.length;
    const lead = cell(index === 0 ? prefix : '', prefixCells, 'dim');
    return [span(' '.repeat(labelCells + timeCells)), lead, span(isCut ? `${text} …` : text)];
  });
}

function faultHead({ model, language }: Setting, fault: FaultState): Line {
  const since = Date.parse(fault.since);
  const lasts = durationWords(model.nowMilliseconds - since, language);
  const affected = affectedWords(fault.affected ?? [], language);
  const style: Style = !hubIsTrue(model)
    ? 'dim'
    : fault.status === 'failure'
      ? ['bold', 'red']
      : ['bold', 'yellow'];
  return [
    span(' '.repeat(labelCells)),
    cell(Number.isFinite(since) ? timeOfDay(since, model.timezone) : '?', timeCells, 'dim'),
    span(fault.text[language], style),
    span(`  ${lasts}`, 'dim'),
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
