/**
 * Rating buttons (评价器) of many windows that share one line of text: each rating is a line such as `E,5,3`.
 */
import type { FarEnd } from './far-end.js';

export interface RatingLineOptions {
  /** The line for a rating, with its end; `E,{window},{level}` and LF if absent. */
  readonly format?: (window: string, level: string) => string;
}

export interface SimulatedRatingLine {
  /** Somebody at `window` pressed `level`; nothing is checked, so that impossible ones can be sent too. */
  rate(window: string, level: string | number): void;
  /** Sends exactly this; text goes as UTF-8. */
  raw(content: string | Uint8Array): void;
  /** The first half of a rating's line; the rest never comes. */
  cutShort(window: string, level: string | number): void;
}

export function simulatedRatingLine(farEnd: FarEnd, options: RatingLineOptions = {}): SimulatedRatingLine {
  const format = options.format ?? ((window, level) => `E,${window},${level}\n`);
  const lineOf = (window: string, level: string | number) =>
    new Uint8Array(Buffer.from(format(window, String(level))));
  return {
    rate: (window, level) => farEnd.send(lineOf(window, level)),
    raw: (content) =>
      farEnd.send(typeof content === 'string' ? new Uint8Array(Buffer.from(content)) : content),
    cutShort(window, level) {
      const line = lineOf(window, level);
      farEnd.send(line.subarray(0, Math.ceil(line.length / 2)));
    },
  };
}
