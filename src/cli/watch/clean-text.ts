import { stripVTControlCharacters } from 'node:util';

/**
 * One line of text that anybody may have sent, fit for a terminal: escape sequences, control and format characters,
 * piled-up accents and broken characters are taken out; at most `longest` characters, then `…`.
 */
export function cleanText(text: string, longest: number): string {
  // Bounded before anything is searched in it.
  const line = stripVTControlCharacters(text.slice(0, longest * 4))
    .replace(/[\s\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim();
  const characters = [...line];
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : line;
}
