/** Text in columns; a Chinese character is two cells wide. */
import stringWidth from 'string-width';

/** `text` filled with blanks, or cut with `…`, to exactly `cells` cells. */
export function fitCells(text: string, cells: number): string {
  if (stringWidth(text) <= cells) return text + ' '.repeat(cells - stringWidth(text));
  let cut = '';
  for (const character of text) {
    if (stringWidth(cut + character) > cells - 1) break;
    cut += character;
  }
  return `${cut}…${' '.repeat(Math.max(0, cells - 1 - stringWidth(cut)))}`;
}

/** Rows as lines whose columns stand under one another; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : fitCells(cell, widths[column]! + gap)))
      .join('')
      .trimEnd(),
  );
}
