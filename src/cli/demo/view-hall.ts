/** The hall's own lines in the demo's view: controller, ticket machine, seats. */
import stringWidth from 'string-width';
import { fitCells } from '../columns.js';
import type { DemoModel, SlipView } from './model.js';
import { cell, type Line, type Span, span } from './spans.js';
import { hubIsTrue, labelled, type Setting } from './view-setting.js';
import { both, durationWords, labels, real } from './words.js';

/** True where the controller has no power. */
function isDark({ box }: DemoModel): boolean {
  return box.state === 'off' || box.state === 'ended';
}

/**
 * What is real here (where there is room), where its pages are and where to listen, in `rows` lines, 2 or 3; while the
 * controller has no power, that, in two lines that cannot be overlooked.
 */
export function aboutLines(setting: Setting, rows: number): Line[] {
  const { model, language, columns } = setting;
  if (!isDark(model)) {
    const lines = [pagesLine(setting), listenLine(setting)];
    return rows > 2 ? [[span(real[language])], ...lines] : lines;
  }
  const since = durationWords(model.nowMilliseconds - model.box.sinceMilliseconds, language);
  const large =
    model.box.state === 'ended'
      ? both(`控 制 器 意 外 停 止   ${since}`, `C O N T R O L L E R   S T O P P E D   ${since}`)
      : both(`控 制 器 断 电   ${since}`, `C O N T R O L L E R   W I T H O U T   P O W E R   ${since}`);
  const about = both(
    '窗口屏有自己的电，停在旧号上；已取的号都在存储里；按 x 送电',
    'Boards have their own power; every ticket is in storage; x: power on',
  );
  const wide = (text: string) => span(centred(text, columns), ['bold', 'inverse', 'red']);
  const lines = [[wide(large[language])], [wide(model.box.problem ?? about[language])]];
  return rows > 2 ? [...lines, listenLine(setting)] : lines;
}

function pagesLine({ model, language }: Setting): Line {
  const what = both('浏览器打开：大屏、取号、窗口、评价', 'for a browser: display, kiosk, staff, rating');
  return labelled(labels.pages[language], span(model.pages, 'cyan'), span(`  ${what[language]}`, 'dim'));
}

function listenLine({ model, language }: Setting): Line {
  const command = `mosquitto_sub -h 127.0.0.1 -p ${model.port} -v -t 'hallward/#'`;
  return labelled(labels.listen[language], span(command, 'cyan'));
}

function centred(text: string, columns: number): string {
  const left = Math.max(0, Math.floor((columns - stringWidth(text)) / 2));
  return fitCells(' '.repeat(left) + text, columns);
}

/** The ticket machine: its slips, its paper as it is and as the controller says. */
export function machineLine({ model, language, columns }: Setting): Line {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const { slips, roll } = model.machine;
  const { paper } = model.hub;
  const rolls = { in: say('有', 'in'), ending: say('将断', 'ends'), out: say('断了', 'OUT') } as const;
  const words: Readonly<Record<string, string>> = {
    ok: say('有', 'ok'),
    low: say('快用完', 'low'),
    empty: say('缺纸', 'EMPTY'),
  };
  const known = `${(paper === null ? undefined : words[paper]) ?? '?'}${hubIsTrue(model) ? '' : '?'}`;
  const line = labelled(
    labels.machine[language],
    span(say('纸 ', 'roll ')),
    cell(rolls[roll], 5, roll === 'in' ? undefined : ['bold', 'yellow']),
    span(say('控制器知道 ', 'controller says ')),
    cell(known, 8, paper === 'ok' ? undefined : ['bold', 'yellow']),
    span(say('号票', 'slips'), 'dim'),
  );
  return [...line, ...newestSlips(slips, columns - cellsOf(line), say)];
}

type Say = (chinese: string, english: string) => string;

/** The newest slips that find room, the last one last. */
function newestSlips(slips: readonly SlipView[], cells: number, say: Say): Span[] {
  const shown: Span[] = [];
  let room = cells;
  for (const slip of [...slips].reverse()) {
    const spans = slipSpans(slip, say);
    room -= cellsOf(spans);
    if (room < 0) break;
    shown.unshift(...spans);
  }
  return shown;
}

function cellsOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + stringWidth(text), 0);
}

function slipSpans(slip: SlipView, say: Say): Span[] {
  const number = slip.number ?? say('检查条', 'check');
  if (!slip.whole) return [span(` ${number}`, 'yellow'), span(say('(断)', '(torn)'), 'yellow')];
  return [span(` ${number}`), span(slip.again ? say('(补打)', '(again)') : '', 'cyan')];
}

/** The loudspeaker: what it says now, or said last. */
export function voiceLine({ model, language }: Setting): Line {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const { powered, saying, said } = model.voice;
  if (!powered)
    return labelled(labels.voice[language], span(say('无电，不响', 'no power, silent'), ['bold', 'yellow']));
  if (saying !== undefined) return labelled(labels.voice[language], span(`♪ ${saying}`, ['bold', 'green']));
  const before = said === undefined ? say('静', 'silent') : say(`刚才：${said}`, `said: ${said}`);
  return labelled(labels.voice[language], span(before, 'dim'));
}

/** The seats and the lamps as they are; what the controller says of the seats stands in the line of the room. */
export function seatsLine({ model, language }: Setting): Line {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const { seats, lamps } = model;
  const sitting = seats.filter(Boolean).length;
  const lamp = (name: string, lit: boolean) => [
    span(`   ${name} `, 'dim'),
    span(lit ? say('亮', 'ON ') : say('灭', 'off'), lit ? ['bold', 'yellow'] : 'dim'),
  ];
  return labelled(
    labels.seats[language],
    span('['),
    ...seats.map((taken) => span(taken ? '#' : '.', taken ? 'green' : 'dim')),
    span(']'),
    span(say(` ${sitting} 人坐着`, ` ${sitting} sit`)),
    ...lamp(say('故障灯', 'fault lamp'), lamps.fault),
    ...lamp(say('1 号请评价灯', 'rate-1 lamp'), lamps.invitation),
  );
}

/** The controller's process. */
export function boxSpans({ model, language }: Setting): Span[] {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const { state, pid } = model.box;
  if (isDark(model)) return [span(say('控制器断电', 'controller without power'), ['bold', 'red'])];
  if (state === 'starting') return [span(say('控制器正在启动', 'controller boots'), ['bold', 'yellow'])];
  return [span(say(`控制器进程 ${pid}`, `controller process ${pid}`), 'dim')];
}
