/** Reading JSON that somebody else sent: bounded in size and depth, UTF-8 only. */
import { isUtf8 } from 'node:buffer';

/** Deepest nesting that any payload of this protocol needs, and room to spare. */
const maximumDepth = 16;

export type ReadJson =
  | { readonly ok: true; readonly value: Record<string, unknown> }
  | { readonly ok: false; readonly reason: string };

/** A JSON object out of a message's bytes, or why it is none. */
export function readJsonObject(payload: Uint8Array, maximumBytes: number): ReadJson {
  if (payload.length > maximumBytes) return { ok: false, reason: `larger than ${maximumBytes} bytes` };
  if (!isUtf8(payload)) return { ok: false, reason: 'not UTF-8 text' };
  const text = new TextDecoder().decode(payload);
  if (nestingOf(text) > maximumDepth) return { ok: false, reason: `nested deeper than ${maximumDepth}` };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { ok: true, value: value as Record<string, unknown> };
    }
    return { ok: false, reason: 'not a JSON object' };
  } catch {
    return { ok: false, reason: 'not valid JSON' };
  }
}

/** Deepest nesting of brackets outside strings; the text need not be valid. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}
