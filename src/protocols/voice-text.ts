/**
 * Text as a Chinese speech module takes it: GB2312 where that is enough, else GBK; in pieces that fit a frame; and with
 * nothing in it that the module would take for a control tag (`[v16]`).
 */
import { requirePackage } from '../kernel/require.js';
import type { VoiceEncoding } from './voice-codec.js';

/** The encoder, loaded when the first text is said. */
const encoder = () => requirePackage('iconv-lite') as typeof import('iconv-lite');

/** Nobody listens longer than this, and nothing else can be said meanwhile. */
const mostCharacters = 1_000;
/** Where a text may be cut, the best first: ends of sentences, pauses, words. */
const breaks = [/[。！？；!?;]/u, /[，、：,:.]/u, /\s/u];

/**
 * What of `text` a module can say: its tags' brackets become round ones, line ends and tabs blanks, and what GBK has
 * not got is left out. At most 1000 characters.
 */
export function speakable(text: string): string {
  // A character may be two units long or take marks of its own: cut before, so that a huge text costs no more.
  const kept = [...text.slice(0, 4 * mostCharacters).normalize('NFC')]
    .map((character) => replacements.get(character) ?? character)
    .filter((character) => bytesOf(character) !== undefined)
    .join('');
  return [...kept.replace(/ +/g, ' ').trim()].slice(0, mostCharacters).join('').trim();
}

const replacements: ReadonlyMap<string, string> = new Map([
  ['[', '('],
  [']', ')'],
  ...['\n', '\r', '\t', '\u00a0', '\u2028', '\u2029', '\u3000'].map((blank) => [blank, ' '] as const),
]);

/** The bytes of `text`; a character that GBK has not got is left out. */
export function encodeSpeech(text: string): { readonly bytes: Uint8Array; readonly encoding: VoiceEncoding } {
  const bytes: number[] = [];
  let encoding: VoiceEncoding = 'gb2312';
  for (const character of text) {
    const encoded = bytesOf(character);
    if (encoded === undefined) continue;
    if (!isGb2312(encoded)) encoding = 'gbk';
    bytes.push(...encoded);
  }
  return { bytes: Uint8Array.from(bytes), encoding };
}

/** Cuts `text` into pieces of at most `mostBytes` encoded bytes (2 or more), at ends of sentences where there are some. */
export function splitSpeech(text: string, mostBytes: number): string[] {
  const pieces: string[] = [];
  let rest = [...text.trim()];
  while (rest.length > 0) {
    let fits = 0;
    for (let bytes = 0; fits < rest.length; fits++) {
      bytes += bytesOf(rest[fits]!)?.length ?? 0;
      if (bytes > mostBytes) break;
    }
    const end = fits === rest.length ? fits : breakIn(rest.slice(0, fits));
    const piece = rest.slice(0, end).join('').trim();
    if (piece !== '') pieces.push(piece);
    rest = rest.slice(end);
  }
  return pieces;
}

/** Where a piece ends that must be shorter than `characters`: behind the last good break in its second half. */
function breakIn(characters: readonly string[]): number {
  for (const pattern of breaks) {
    const last = characters.findLastIndex((character) => pattern.test(character));
    if (last + 1 > characters.length / 2) return last + 1;
  }
  return characters.length;
}

/** One byte (printable ASCII) or two (GBK); `undefined` for what a module cannot say. */
function bytesOf(character: string): Uint8Array | undefined {
  if (/^[ -~]$/.test(character)) return Uint8Array.of(character.charCodeAt(0));
  // GBK's private areas and what the encoder puts `?` for have no sound.
  if (/^[\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u.test(character)) return undefined;
  // Code page 936: GBK without the 81 characters that newer tables put where older modules have private ones.
  const bytes = encoder().encode(character, 'cp936');
  return bytes.length === 2 && bytes[0]! >= 0x81 ? new Uint8Array(bytes) : undefined;
}

function isGb2312(bytes: Uint8Array): boolean {
  const [first = 0, second] = bytes;
  if (second === undefined) return true;
  return second >= 0xa1 && ((first >= 0xa1 && first <= 0xa9) || (first >= 0xb0 && first <= 0xf7));
}
