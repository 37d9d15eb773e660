/** Texts of strangers, cut to what there is room for. */

/**
 * The beginning of a text that takes no more than so many bytes as JSON (UTF-8, escapes counted, quotes not); an
 * ellipsis shows that something is missing. Never cuts a character in two.
 */
export function clip(text: string, mostBytes: number): string {
  if (bytesOf(text) <= mostBytes) return text;
  const mark = '…';
  let left = mostBytes - bytesOf(mark);
  let kept = '';
  for (const character of text) {
    left -= bytesOf(character);
    if (left < 0) break;
    kept += character;
  }
  return kept + mark;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}
