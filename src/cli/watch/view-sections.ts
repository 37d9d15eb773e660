/** Controllers, devices, windows, queues and supplies in the watch's view, each within a number of lines. */
import stringWidth from 'string-width';
import type { DeviceStatus } from '../../protocols/hub/payloads.js';
import { cell, type Line, type Style, span } from '../demo/spans.js';
import type { ControllerRow, DeviceRow } from './hall-view.js';
import { prefixOf } from './prefix.js';
import { flow, labelled, more, roomCells, type Setting, widest } from './view-setting.js';
import * as words from './words.js';

const { labels } = words;

/** One controller a line; those that are not online first where not all fit. */
export function controllerLines(setting: Setting, rows: number): Line[] {
  const { view, choice } = setting;
  const all = [...view.controllers];
  const fits = all.length <= rows;
  if (!fits) all.sort((a, b) => Number(a.state === 'online') - Number(b.state === 'online'));
  const shown = fits ? all : all.slice(0, Math.max(0, rows - 1));
  const halls = new Set(view.controllers.map(({ hall }) => hall)).size > 1;
  const nameOf = (row: ControllerRow) => (halls ? `${row.hall}/${row.controller}` : row.controller);
  const nameCells = widest(shown.map(nameOf), 4, 26) + 2;
  const stateWords = Object.values(words.stateWords).map((word) => word[choice.language]);
  const stateCells = widest(stateWords, 4, 10) + 2;
  const lines = shown.map((row): Line => {
    const style: Style | undefined =
      row.state === 'online' ? 'green' : row.state === 'stopped' ? ['bold', 'yellow'] : ['bold', 'red'];
    return [
      cell(nameOf(row), nameCells - 2, 'bold'),
      span('  '),
      cell(words.stateWords[row.state][choice.language], stateCells, view.stale ? 'dim' : style),
      ...aboutController(setting, row, roomCells(setting) - nameCells - stateCells),
    ];
  });
  if (!fits) lines.push([span(more(all.length - shown.length, choice.language), 'dim')]);
  return labelled(setting, labels.controllers[choice.language], lines);
}

function aboutController({ view, choice, timezone }: Setting, row: ControllerRow, cells: number): Line {
  const { language } = choice;
  const since =
    row.sinceMilliseconds === null
      ? ''
      : words.momentWords(row.sinceMilliseconds, timezone, view.atMilliseconds);
  if (row.state === 'unknown') {
    const why = language === 'en' ? `not heard since ${since}` : `${since} 之后没有消息`;
    const never = language === 'en' ? 'no status at the hub' : '中心没有它的状态';
    return [span(row.unknownBecause === 'not-renewed' ? why : never)];
  }
  const from = since === '' ? '' : language === 'en' ? `since ${since}` : `自 ${since}`;
  const version = row.status === null || row.status.version === '' ? '' : `v${row.status.version}`;
  // The will of a lost controller is as old as its connection: what it ran since, it does not say.
  const config = row.state === 'lost' ? '' : words.configWords(row.status?.configRevision ?? null, language);
  if (row.state !== 'online') return [span(joined([from, version, config]), 'dim')];
  const degraded = row.status?.degraded.length ? ['MQTT 3.1.1'] : [];
  const now = joined([...words.healthWords(row.health, language), ...degraded]);
  // How it is now is not cut off for what it is.
  const about = [[from, version, config], [from, config], [config]].map(joined);
  const what = about.find((text) => stringWidth(joined([text, now])) <= cells) ?? '';
  const isBad = row.health !== null && (row.health.clock === 'untrusted' || row.health.undervoltage === true);
  return [
    span(what === '' ? '' : `${what}  `, 'dim'),
    span(now, isBad ? 'yellow' : row.health === null ? 'dim' : undefined),
  ];
}

function joined(pieces: readonly string[]): string {
  return pieces.filter((piece) => piece !== '').join('  ');
}

/** How many of each status, then one device a line from `offset` on, the worst first. */
export function deviceLines(setting: Setting, rows: number, offset: number): Line[] {
  const { view, choice } = setting;
  const { language } = choice;
  const from = Math.max(0, Math.min(offset, view.devices.length - (rows - 1)));
  const shown = view.devices.slice(from, from + Math.max(0, rows - 1));
  const prefix = prefixOf(setting.view);
  const nameOf = (row: DeviceRow) => `${prefix(row)}${row.device}`;
  const statuses = Object.values(words.statusWords).map((word) => word[language]);
  const widths = {
    status: widest(statuses, 4, 16) + 2,
    name: widest(shown.map(nameOf), 4, setting.columns >= 110 ? 34 : 20) + 2,
    kind:
      setting.columns >= 100
        ? widest(
            shown.map(({ state }) => state?.kind ?? '?'),
            4,
            20,
          ) + 2
        : 0,
    proof: widest([labels.verified[language], labels.unverified[language]], 4, 12) + 2,
  };
  const lines = shown.map((row): Line => {
    const style = view.stale ? 'dim' : statusStyle(row.status);
    const { state } = row;
    const proof =
      row.doubt !== null || state === null
        ? ''
        : labels[state.verified ? 'verified' : 'unverified'][language];
    return [
      cell(words.statusSymbol(row.status), 2, style),
      cell(words.statusWords[row.status ?? 'unknown'][language], widths.status, style),
      cell(nameOf(row), widths.name - 2),
      span('  '),
      ...(widths.kind === 0 ? [] : [cell(state?.kind ?? '?', widths.kind, 'dim')]),
      cell(proof, widths.proof, state?.verified === false ? 'yellow' : 'dim'),
      span(aboutDevice(row, setting), row.doubt === null ? undefined : 'dim'),
    ];
  });
  const summary = summaryOf(setting, from, shown.length);
  return labelled(setting, labels.devices[language], [summary, ...lines]);
}

function aboutDevice({ doubt, state }: DeviceRow, { choice }: Setting): string {
  const { language } = choice;
  if (doubt !== null || state === null) return words.doubtWords(doubt ?? 'unreadable', language);
  const cause =
    state.cause === undefined ? [] : [language === 'en' ? `by ${state.cause}` : `因 ${state.cause}`];
  const faults = state.faults.length === 0 ? [] : [state.faults.join(' ')];
  const readings = words.readingWords(state.readings, language);
  return [...cause, ...faults, ...(readings === '' ? [] : [readings])].join('; ');
}

const order = [
  'failure',
  'unknown',
  'function-check',
  'out-of-specification',
  'maintenance-required',
  'good',
] as const;

function summaryOf(setting: Setting, from: number, shown: number): Line {
  const { view, choice } = setting;
  const { language } = choice;
  const total = view.devices.length;
  const counts = new Map<string, number>();
  for (const { status } of view.devices) {
    counts.set(status ?? 'unknown', (counts.get(status ?? 'unknown') ?? 0) + 1);
  }
  const parts = order
    .filter((status) => counts.has(status))
    .map((status) => {
      const word = words.statusWords[status][language];
      return language === 'en' ? `${counts.get(status)} ${word}` : `${word} ${counts.get(status)}`;
    });
  const hidden = total - shown;
  const page =
    hidden <= 0
      ? `${total}`
      : language === 'en'
        ? `${from + 1}-${from + shown} of ${total}, …and ${hidden} more`
        : `第 ${from + 1}-${from + shown} 个，共 ${total} 个，另有 ${hidden} 个`;
  return [
    span(page, 'bold'),
    span(language === 'en' ? `: ${parts.join(', ')}` : `：${parts.join('，')}`, 'dim'),
  ];
}

function statusStyle(status: DeviceStatus | null): Style {
  if (status === 'good') return 'green';
  return status === 'failure' ? ['bold', 'red'] : ['bold', 'yellow'];
}

export function windowLines(setting: Setting, rows: number): Line[] {
  const { view, choice } = setting;
  const prefix = prefixOf(setting.view);
  const items = view.windows.map((row) => ({
    text: words.windowWords(row, choice.language, prefix(row)),
    style: row.doubt !== null || row.state?.state === 'closed' ? ('dim' as const) : undefined,
  }));
  return labelled(setting, labels.windows[choice.language], flow(setting, items, rows));
}

export function queueLines(setting: Setting, rows: number): Line[] {
  const { view, choice } = setting;
  const prefix = prefixOf(setting.view);
  const items = view.queues.map((row) => ({
    text: words.queueWords(row, choice.language, prefix(row)),
    style: row.doubt === null ? undefined : ('dim' as const),
  }));
  return labelled(setting, labels.queues[choice.language], flow(setting, items, rows));
}

export function supplyLines(setting: Setting, rows: number): Line[] {
  const { view, choice } = setting;
  const prefix = prefixOf(setting.view);
  const rank = (state: string | null) => (state === 'empty' ? 0 : state === 'low' ? 1 : 2);
  const items = [...view.supplies]
    .sort((a, b) => rank(a.state) - rank(b.state))
    .map((row) => ({
      text: words.supplyWords(row, choice.language, prefix(row)),
      style:
        row.doubt !== null
          ? ('dim' as const)
          : row.state === 'low' || row.state === 'empty'
            ? ('yellow' as const)
            : undefined,
    }));
  return labelled(setting, labels.supplies[choice.language], flow(setting, items, rows));
}

/** The newest changes, the last one last. */
export function latestLines(setting: Setting, rows: number): Line[] {
  const { latest, timezone, choice } = setting;
  const lines = latest
    .slice(-rows)
    .map(
      ({ atMilliseconds, text }): Line => [
        cell(words.momentWords(atMilliseconds, timezone, setting.view.atMilliseconds), 10, 'dim'),
        span(text[choice.language]),
      ],
    );
  return labelled(setting, labels.latest[choice.language], lines);
}
