/** Options that boards of letters share. */
import * as v from 'valibot';
import { hourProblems, hourRange, percentAt } from './by-hour.js';
import type { DeviceConfig, OptionEntries } from './kind.js';
import { milliseconds } from './options.js';

/** What fits on a board of a kind, where the configuration does not say. */
export interface StandardRoom {
  readonly columns: number;
  readonly lines: number;
}

const whole = (lowest: number, highest: number, text: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(lowest), v.maxValue(highest), v.description(text));

/** `columns` and `lines`, with defaults where there are some. */
export function roomOptions(standard: Partial<StandardRoom>, otherwise = ''): OptionEntries {
  const columns = whole(2, 256, `Characters in a line; a Chinese character takes two${otherwise}`);
  const lines = whole(1, 16, `Lines of text${otherwise}`);
  return {
    columns: v.optional(columns, standard.columns),
    lines: v.optional(lines, standard.lines),
  };
}

export const repaintOption = milliseconds(
  'How often a board that cannot answer is sent the same again.',
  60_000,
  5_000,
  3_600_000,
);

export const pollOption = milliseconds('How often a board that answers is asked.', 1000, 200, 60_000);

/** How long an answer may take; with three questions a dead board is found within 3 s. */
export const answerTimeoutOption = (standard: number | undefined) =>
  milliseconds('How long an answer may take.', standard, 20, 5000);

const percent = (text: string) => whole(1, 100, text);

/** Brightness, also by the hour, for protocols that can. */
export const brightnessOptions: OptionEntries = {
  brightnessPercent: v.optional(percent('Brightness; left as it is if absent')),
  brightnessByHour: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(hourRange, 'a time range such as "18:00-08:00"')),
        percent('Percent'),
      ),
      v.description('Brightness by the hour: { "18:00-08:00": 20 }; brightnessPercent at other times'),
    ),
  ),
};

interface Brightness {
  readonly brightnessPercent?: number;
  readonly brightnessByHour?: Readonly<Record<string, number>>;
}

/** Brightness wanted at a local time, in percent; `null` where the configuration says nothing. */
export function brightnessAt(config: DeviceConfig, localMinutes: number | null): number | null {
  const { brightnessPercent, brightnessByHour } = config as Brightness;
  if (brightnessByHour === undefined) return brightnessPercent ?? null;
  return percentAt(brightnessByHour, localMinutes, brightnessPercent ?? 100);
}

/** Hours that overlap, or have no length. */
export function brightnessProblems(
  config: DeviceConfig,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  return hourProblems((config as Brightness).brightnessByHour ?? {}).map(({ range, message }) => ({
    path: ['brightnessByHour', range],
    message,
  }));
}
