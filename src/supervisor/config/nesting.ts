/**
 * How deep a YAML text is nested, before it is parsed: the parser works by recursion, and where it comes to the end of
 * the stack the whole process may end with it.
 */
import { requirePackage } from '../../kernel/require.js';

const { Lexer } = requirePackage('yaml') as typeof import('yaml');

/** No configuration needs more than ten. */
const mostLevels = 64;
const mostIndentationSpaces = 256;

/** Whether a text is nested deeper than any configuration, as far as its tokens tell. */
export function isTooDeep(text: string): boolean {
  return looksDeep(text) && isDeep(text);
}

/** A glance, for a whole configuration is read at each start: brackets in texts count here, too. */
function looksDeep(text: string): boolean {
  if (/(?:[-?] +){64}|^ {256}/m.test(text)) return true;
  let brackets = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    if (bracket === '[' || bracket === '{') brackets++;
    else brackets = Math.max(0, brackets - 1);
    if (brackets > mostLevels) return true;
  }
  return false;
}

function isDeep(text: string): boolean {
  let brackets = 0;
  let dashes = 0;
  let before = '';
  for (const token of new Lexer().lex(text)) {
    const isLineStart = before === '\n';
    // What follows this mark is a text, whatever it looks like.
    const isText = before === '\u001f';
    before = token;
    if (isText) continue;
    if (token === '\n') dashes = 0;
    else if (isLineStart && token.length > mostIndentationSpaces && /^ +$/.test(token)) return true;
    else if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1);
    // `- - - a` and `? ? ? a` open a level each.
    else if (token === '-' || token === '?') dashes++;
    if (brackets > mostLevels || dashes > mostLevels) return true;
  }
  return false;
}
