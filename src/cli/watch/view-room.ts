/** The waiting areas in the watch's view: one line for each controller that has one. */
import stringWidth from 'string-width';
import { cell, type Line, span } from '../demo/spans.js';
import type { RoomRow } from './hall-view.js';
import { prefixOf } from './prefix.js';
import { isCrowded, roomWords } from './room-words.js';
import { labelled, more, roomCells, type Setting, widest } from './view-setting.js';
import { doubtWords, labels } from './words.js';

/**
 * At most `rows` lines (at least one); where not all fit, first those where people stand without a seat. In fewer words
 * where the screen is too narrow for one of them.
 */
export function roomLines(setting: Setting, rows: number): Line[] {
  const { view, choice } = setting;
  const all = [...view.rooms];
  const fits = all.length <= rows;
  if (!fits) all.sort((a, b) => Number(isCrowded(b)) - Number(isCrowded(a)));
  const shown = fits ? all : all.slice(0, Math.max(0, rows - 1));
  const prefix = prefixOf(view);
  // As the controllers' own lines name them; nothing where there is only one.
  const nameOf = (row: RoomRow) => prefix(row).slice(0, -1);
  const nameCells = widest(shown.map(nameOf), 0, 26);
  const name = (row: RoomRow): Line =>
    nameCells === 0 ? [] : [cell(nameOf(row), nameCells, 'bold'), span('  ')];
  const left = roomCells(setting) - (nameCells === 0 ? 0 : nameCells + 2);
  const isShort = shown.some((row) => widthOf(row, setting) > left);
  const lines = shown.map((row): Line => [...name(row), ...aboutRoom(row, setting, isShort)]);
  if (!fits) lines.push([span(more(all.length - shown.length, choice.language), 'dim')]);
  return labelled(setting, labels.rooms[choice.language], lines);
}

function aboutRoom(row: RoomRow, { choice: { language } }: Setting, isShort: boolean): Line {
  const { state, doubt } = row;
  if (state === null) return [span(doubtWords('unreadable', language), 'dim')];
  const { seats, people, standing } = roomWords(state, doubt !== null, language, isShort);
  const comma = language === 'en' ? ', ' : '，';
  const style = doubt === null ? undefined : 'dim';
  return [span([seats, people, ''].join(comma), style), span(standing, isCrowded(row) ? 'yellow' : style)];
}

/** Cells of its line in all words. */
function widthOf(row: RoomRow, setting: Setting): number {
  return stringWidth(
    aboutRoom(row, setting, false)
      .map(({ text }) => text)
      .join(''),
  );
}
