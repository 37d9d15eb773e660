/** Whether colours are wanted (https://no-color.org). For a terminal; a file or pipe gets none anyway. */
export function hasColour(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}

const codes = { green: 32, red: 31, yellow: 33, dim: 2 } as const;
export type Colour = keyof typeof codes;

/** Gives `text` its colour where `wanted`. */
export function paint(text: string, colour: Colour, wanted: boolean): string {
  return wanted ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text;
}
