/** What the parts of the demo's view have in common. */
import type { Language } from '../../kernel/text.js';
import type { DemoModel } from './model.js';
import { cell, type Line, type Span } from './spans.js';

/** What each part needs to know of its surroundings. */
export interface Setting {
  readonly model: DemoModel;
  readonly language: Language;
  readonly columns: number;
}

/** From so many columns on, there is room for more words. */
export const wideColumns = 100;
/** Width of the column of labels at the left. */
export const labelCells = 9;
/** Width of a time of day with the gap after it. */
export const timeCells = 10;

/** True while what the hub knows is what is true now. */
export function hubIsTrue({ hub }: DemoModel): boolean {
  return hub.connected && hub.controller === 'online';
}

/** A line that begins with its label. */
export function labelled(label: string, ...spans: Span[]): Line {
  return [cell(label, labelCells, 'bold'), ...spans];
}
