/** The live table as a pure function: what is known, what was chosen and a size in; lines out. */
import stringWidth from 'string-width';
import { fitCells } from '../columns.js';
import { type Line, renderLine, type Style, span, wrap } from '../demo/spans.js';
import { awayWords, nothingWords } from './hub-words.js';
import { faultLines, faultRowsWanted, troublesOf } from './view-faults.js';
import { roomLines } from './view-room.js';
import * as sections from './view-sections.js';
import { labelled, roomCells, type Setting } from './view-setting.js';
import { labels, momentWords } from './words.js';

export interface RenderOptions {
  /** Colour and weight by escape sequences; plain text if absent. */
  readonly colour?: boolean;
  /** The keys in the last line; absent where nobody can press them. */
  readonly keys?: boolean;
}

/** A part of the table. */
interface Part {
  /** Lines it would like to have; it is left out where that is 0. */
  readonly wanted: number;
  /** Its share where there is not room for all, before what is left over goes round. */
  readonly least: number;
  readonly draw: (rows: number) => Line[];
}

/** At most `rows` lines of at most `columns` cells each. Made for 80 by 24 and more. */
export function renderWatch(setting: Setting, rows: number, options: RenderOptions = {}): string[] {
  const { columns, choice } = setting;
  const { colour = false, keys = false } = options;
  const top = [titleLine(setting), ...bannerLines(setting)];
  const foot = keys ? [keyLine(setting)] : [];
  const room = rows - top.length - foot.length;
  const parts = choice.faultsOnly ? [faultsAlone(setting, room)] : partsOf(setting, room);
  const body = layOut(parts, room, choice.faultsOnly ? 0 : setting.latest.length, setting);
  while (keys && body.length < room) body.push([]);
  const lines = [...top, ...body.slice(0, Math.max(0, room)), ...foot].slice(0, Math.max(0, rows));
  return lines.map((line) => renderLine(line, columns, colour));
}

/** How far the list may be scrolled: its rows. */
export function scrollRows(setting: Setting): number {
  return setting.choice.faultsOnly ? troublesOf(setting).length : setting.view.devices.length;
}

function partsOf(setting: Setting, room: number): Part[] {
  const { view, choice } = setting;
  if (view.controllers.length === 0) {
    const lines = view.complete
      ? wrap(nothingWords(view.hall, choice.language), roomCells(setting))
      : [labels.reading[choice.language]];
    const draw = () =>
      labelled(
        setting,
        labels.controllers[choice.language],
        lines.map((text): Line => [span(text, 'yellow')]),
      );
    return [{ wanted: lines.length, least: lines.length, draw }];
  }
  const flowing = (count: number, draw: (rows: number) => Line[]): Part => {
    const wanted = count === 0 ? 0 : draw(Math.max(1, Math.min(count, room))).length;
    return { wanted, least: Math.min(wanted, 1), draw };
  };
  const faults = faultRowsWanted(setting, room);
  const { controllers, devices, windows, queues, rooms, supplies } = view;
  return [
    {
      wanted: faults,
      least: Math.min(faults, Math.max(4, Math.floor(room / 2.5))),
      draw: (rows) => faultLines(setting, rows),
    },
    {
      wanted: controllers.length,
      least: Math.min(controllers.length, 4),
      draw: (rows) => sections.controllerLines(setting, rows),
    },
    {
      wanted: devices.length === 0 ? 0 : devices.length + 1,
      least: Math.min(devices.length + 1, 4),
      draw: (rows) => sections.deviceLines(setting, rows, choice.offset),
    },
    flowing(windows.length, (rows) => sections.windowLines(setting, rows)),
    flowing(queues.length, (rows) => sections.queueLines(setting, rows)),
    {
      wanted: rooms.length,
      least: Math.min(rooms.length, 2),
      draw: (rows) => roomLines(setting, rows),
    },
    flowing(supplies.length, (rows) => sections.supplyLines(setting, rows)),
  ];
}

function faultsAlone(setting: Setting, room: number): Part {
  const wanted = faultRowsWanted(setting, room);
  return { wanted, least: wanted, draw: (rows) => faultLines(setting, rows, setting.choice.offset) };
}

/** Parts below one another, with blank lines between them and the newest changes below, where there is room. */
function layOut(parts: readonly Part[], room: number, changes: number, setting: Setting): Line[] {
  const wanted = parts.filter((part) => part.wanted > 0);
  const sum = wanted.reduce((all, part) => all + part.wanted, 0);
  const gap = sum + wanted.length <= room ? 1 : 0;
  const shares = sharesOf(wanted, room - gap * wanted.length);
  const lines: Line[] = [];
  wanted.forEach((part, index) => {
    const share = shares[index] ?? 0;
    if (gap === 1) lines.push([]);
    if (share > 0) lines.push(...part.draw(share).slice(0, share));
  });
  const left = room - lines.length - gap;
  if (changes > 0 && left > 0 && Number.isFinite(room)) {
    if (gap === 1) lines.push([]);
    lines.push(...sections.latestLines(setting, left));
  }
  return lines;
}

/** How many lines each part gets: its least, then more for the first ones first, in turn. */
function sharesOf(parts: readonly Part[], room: number): number[] {
  if (parts.reduce((sum, part) => sum + part.wanted, 0) <= room) return parts.map(({ wanted }) => wanted);
  const shares = parts.map(() => 0);
  let left = Math.max(0, room);
  const grow = (limit: (part: Part) => number) => {
    for (let given = true; given && left > 0; ) {
      given = false;
      parts.forEach((part, index) => {
        if (left === 0 || shares[index]! >= limit(part)) return;
        shares[index]!++;
        left--;
        given = true;
      });
    }
  };
  grow((part) => Math.min(1, part.least));
  grow((part) => part.least);
  grow((part) => part.wanted);
  return shares;
}

function titleLine({ view, choice, timezone, columns }: Setting): Line {
  const { language } = choice;
  const place = view.hall === null ? labels.allHalls[language] : `${labels.hall[language]} ${view.hall}`;
  const trouble = [
    ...(view.unreadable > 0
      ? [language === 'en' ? `${view.unreadable} unreadable` : `无法识别 ${view.unreadable} 条`]
      : []),
    ...(view.leftOut > 0
      ? [language === 'en' ? `${view.leftOut} topics not shown` : `${view.leftOut} 个主题未显示`]
      : []),
    ...(view.hub.connected && view.hub.detail !== '' ? [view.hub.detail] : []),
  ].join('  ');
  const left = `${labels.title[language]}   ${place}`;
  const time = momentWords(view.atMilliseconds, timezone, view.atMilliseconds);
  const right = `${view.hub.url}  ${time}`;
  const room = columns - stringWidth(left) - stringWidth(right) - 4;
  const middle = trouble === '' || room < 8 ? '' : fitCells(trouble, Math.min(room, stringWidth(trouble)));
  const gap = columns - stringWidth(left) - stringWidth(middle) - stringWidth(right) - 2;
  return [
    span(left, 'bold'),
    span('  '),
    span(middle, 'yellow'),
    span(' '.repeat(Math.max(0, gap))),
    span(right, 'dim'),
  ];
}

/** Large, while what is shown may no longer be so. */
function bannerLines(setting: Setting): Line[] {
  const { view, choice, timezone, columns } = setting;
  if (!view.stale) return [];
  const style: Style = view.hub.connected ? ['bold', 'black', 'bgYellow'] : ['bold', 'white', 'bgRed'];
  const texts = awayWords(view, timezone, choice.language).flatMap((text) =>
    wrap(text, Math.max(10, columns - 8)).slice(0, 2),
  );
  return texts.map((text) => [
    span(fitCells(`!!! ${text}`, Math.max(5, columns - 4)), style),
    span(' !!!', style),
  ]);
}

function keyLine(setting: Setting): Line {
  const { choice } = setting;
  const say = (chinese: string, english: string) => (choice.language === 'en' ? english : chinese);
  const items: readonly (readonly [string, string])[] = [
    ['q', say('退出', 'quit')],
    ['f', choice.faultsOnly ? say('全部', 'everything') : say('只看故障', 'faults only')],
    ['l', say('English', '中文')],
    ['↑↓ PgUp PgDn', say('翻看', 'scroll')],
  ];
  return items.flatMap(([key, about]) => [span(key, ['bold', 'inverse']), span(` ${about}   `, 'dim')]);
}
