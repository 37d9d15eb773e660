/** The parts of the demo's view, each as lines of spans. */
import stringWidth from 'string-width';
import type { Language, Text } from '../../kernel/text.js';
import type { HallEvent, Told, WindowRow } from './model.js';
import { cell, type Line, type Span, type Style, span } from './spans.js';
import { boxSpans } from './view-hall.js';
import { hubIsTrue, labelCells, labelled, type Setting, timeCells, wideColumns } from './view-setting.js';
import {
  durationWords,
  labels,
  ratingWords,
  timeOfDay,
  toldWords,
  waitWords,
  windowStates,
} from './words.js';

export function title(setting: Setting): Line {
  const { model, language, columns } = setting;
  const about: Text = { 'zh-CN': '：一座大厅和它的控制器', en: ': a hall and its controller' };
  const place = columns >= wideColumns ? `${model.hall}/${model.controller}  ` : '';
  const box = boxSpans(setting);
  const time = `  ${timeOfDay(model.nowMilliseconds, model.timezone)}`;
  const left = `${labels.title[language]}${about[language]}`;
  const right = [place, ...box.map(({ text }) => text), time].join('');
  const gap = columns - stringWidth(left) - stringWidth(right);
  return [
    span(left, 'bold'),
    span(' '.repeat(Math.max(2, gap))),
    span(place, 'dim'),
    ...box,
    span(time, 'dim'),
  ];
}

export function windowTable({ model, language }: Setting): Line[] {
  const text = (one: Text) => one[language];
  const isTrue = hubIsTrue(model);
  const states = Object.values(windowStates).map((state) => `${text(state)}?`);
  const widths = [
    widest([text(labels.window)]) + 2,
    widest([text(labels.unit), ...model.windows.map((row) => text(row.unit))]) + 2,
    widest([text(labels.board), '[000000]!']) + 1,
    widest([text(labels.state), ...states]) + 2,
    widest([text(labels.number), `A000 ${text(labels.priority)}?`]) + 2,
    widest([text(labels.staff), '0000']) + 2,
  ] as const;
  const header = [labels.window, labels.unit, labels.board, labels.state, labels.number, labels.staff];
  const row = ({ window, unit, board }: WindowRow): Line => {
    const known = model.hub.windows.get(window);
    const level = model.hub.ratings.get(window);
    const doubt = isTrue ? '' : '?';
    const style: Style | undefined = isTrue ? undefined : 'dim';
    return [
      cell(window, widths[0], 'bold'),
      cell(text(unit), widths[1]),
      ...boardSpans(board, widths[2], language),
      cell(known === undefined ? '?' : `${text(windowStates[known.state])}${doubt}`, widths[3], style),
      cell(
        known?.number == null
          ? '-'
          : `${known.number}${known.priority ? ` ${text(labels.priority)}` : ''}${doubt}`,
        widths[4],
        style,
      ),
      cell(known?.staff ?? '-', widths[5], style),
      span(level === undefined ? '-' : `${level} ${text(ratingWords[level]!)}`, ratingStyle(level)),
    ];
  };
  return [
    [
      ...header.map((label, column) => cell(text(label), widths[column]!, 'dim')),
      span(text(labels.lastRating), 'dim'),
    ],
    ...model.windows.map(row),
  ];
}

function boardSpans({ text, powered, wrong }: WindowRow['board'], cells: number, language: Language): Span[] {
  if (!powered) return [cell(labels.dark[language], cells, 'yellow')];
  const mark = cell(wrong ? '!' : '', cells - 8, ['bold', 'yellow']);
  return [span('[', 'dim'), cell(text, 6, ['bold', 'red']), span(']', 'dim'), mark];
}

function ratingStyle(level: number | undefined): Style | undefined {
  return level === undefined ? 'dim' : level <= 2 ? 'yellow' : undefined;
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => stringWidth(text)));
}

export function queueLine({ model, language, columns }: Setting): Line {
  const isTrue = hubIsTrue(model);
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const doubt = isTrue ? '' : '?';
  const queues = model.queues.map(({ queue, prefix }) => {
    const known = model.hub.queues.get(queue);
    if (known === undefined) return `${prefix} ?`;
    const wait =
      known.waitMinutes === null ? '' : `${say('，', ', ')}${waitWords(known.waitMinutes, language)}`;
    return (
      say(`${prefix} 等候 ${known.waiting}${doubt} 人`, `${prefix} ${known.waiting}${doubt} waiting`) + wait
    );
  });
  const { skipped, returned } = model.late;
  const late =
    columns < wideColumns
      ? ''
      : say(`   过号 ${skipped}，返回 ${returned}`, `   ${skipped} missed, ${returned} back`);
  const kiosk =
    isTrue && !model.fire
      ? say(`取号机前 ${model.atKiosk} 人`, `${model.atKiosk} at the machine`)
      : say(`暂时取不到号：${model.atKiosk} 人`, `no tickets now: ${model.atKiosk}`);
  return labelled(
    labels.queue[language],
    span(`${queues.join('   ')}   `, isTrue ? undefined : 'dim'),
    span(kiosk, isTrue && !model.fire ? 'dim' : 'yellow'),
    span(late, 'dim'),
  );
}

export function hubLine({ model, language }: Setting): Line {
  const { hub, broker, eventsKept, numbers } = model;
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const { sequence, lost, doubled, again } = hub.events;
  const away = durationWords(model.nowMilliseconds - hub.sinceMilliseconds, language);
  const state = hubIsTrue(model)
    ? span(say('已连接', 'connected'), 'green')
    : !hub.connected
      ? span(say(`断开 ${away}`, `away ${away}`), ['bold', 'yellow'])
      : hub.controller === undefined
        ? span(say('启动中', 'starting'), 'dim')
        : hub.controller === 'lost'
          ? span(say('控制器失联', 'controller lost'), ['bold', 'yellow'])
          : span(say('控制器不在', 'no controller'), 'yellow');
  /** What must be 0. */
  const count = (text: string, wrong: number) => span(text, wrong > 0 ? ['bold', 'red'] : 'green');
  return labelled(
    labels.hub[language],
    state,
    span(say(`  事件 ${sequence} 条：`, `  ${sequence} events: `)),
    count(say(`丢失 ${lost}`, `${lost} lost`), lost),
    span(say('，', ', ')),
    count(say(`重复 ${doubled}`, `${doubled} twice`), doubled),
    ...(eventsKept === null
      ? []
      : [span(say(`  待传 ${eventsKept}`, `  ${eventsKept} kept`), eventsKept > 9 ? 'yellow' : undefined)]),
    span('  '),
    count(say(`号码重复 ${numbers.twice}`, `${numbers.twice} numbers twice`), numbers.twice),
    ...(again > 0 ? [span(say(`  重发 ${again}`, `  ${again} sent again`), 'dim')] : []),
    ...(hub.unreadable > 0
      ? [span(say(`  无法识别 ${hub.unreadable}`, `  ${hub.unreadable} unreadable`), 'yellow')]
      : []),
    ...(broker.problem === undefined ? [] : [span(`   ${broker.problem[language]}`, ['bold', 'red'])]),
  );
}

/** The newest events, the last one last, in exactly `rows` lines. */
export function eventLines({ model, language }: Setting, rows: number): Line[] {
  const shown = new Map<string, Extract<HallEvent, { type: 'ticket.shown' }>>();
  for (const told of model.told) {
    if ('event' in told && told.event.type === 'ticket.shown') shown.set(told.event.data.ticket, told.event);
  }
  const lines = model.told
    .filter(isOfInterest)
    .slice(-rows)
    .map((told): Line => {
      const words = toldWords(told)[language];
      const onBoard =
        'event' in told && told.event.type === 'ticket.called'
          ? shown.get(told.event.data.ticket)
          : undefined;
      return [
        span(' '.repeat(labelCells)),
        cell(timeOfDay(told.atMilliseconds, model.timezone), timeCells, 'dim'),
        span(words, toldStyle(told)),
        ...(onBoard === undefined ? [] : [shownSpan(onBoard.data, language)]),
      ];
    });
  while (lines.length < rows) lines.push([]);
  return lines.map((line, index) =>
    index === 0 ? [cell(labels.events[language], labelCells, 'bold'), ...line.slice(1)] : line,
  );
}

const unimportant: readonly HallEvent['type'][] = [
  'ticket.shown',
  'ticket.announced',
  // It stands among the faults.
  'channel.changed',
  'command.done',
  'rating.missed',
];

/** Told beside what it belongs to, or too often to be told. */
function isOfInterest(told: Told): boolean {
  // What the loudspeaker says has a line of its own.
  if ('heard' in told) return false;
  if ('note' in told) return true;
  const { event } = told;
  if (event.type === 'ticket.printed') return event.data.result === 'failed' || event.data.copy > 1;
  return !unimportant.includes(event.type);
}

function shownSpan(
  { result, afterMilliseconds: after }: { result: string; afterMilliseconds: number | null },
  language: Language,
): Span {
  if (result === 'failed') return span(language === 'en' ? ', not on its board' : '，屏上未显示', 'yellow');
  const time = after === null ? '' : language === 'en' ? ` after ${after} ms` : ` ${after} 毫秒`;
  return span(language === 'en' ? `, shown${time}` : `，上屏${time}`, 'dim');
}

function toldStyle(told: Told): Style | undefined {
  if ('note' in told) return 'cyan';
  if ('heard' in told) return undefined;
  if (told.event.type === 'fault.raised') return 'red';
  return told.event.type === 'fault.cleared' ? 'green' : undefined;
}
