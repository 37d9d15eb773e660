/**
 * Where one ESC/POS command ends and the next begins, and what text bytes show on paper.
 *
 * Sources: Epson, "ESC/POS Command Reference"; for FS & and FS . on Chinese printers the SPRT SP-T12 and Epson TM-T88
 * manuals; GB 18030-2005 for the lengths of its characters.
 */

/** What stands at the beginning of the receive buffer. */
export interface PrinterCommand {
  /** All its bytes. */
  readonly bytes: Uint8Array;
  /** `text`: one character. `control`: a single control byte, known or not. */
  readonly sort: 'text' | 'control' | 'escape';
}

/** Lengths of commands by their first two bytes in hex; those two included. */
const fixedLengths: Readonly<Record<string, number>> = {
  '1b40': 2, // ESC @ initialise
  '1b32': 2, // ESC 2 line spacing
  '1b20': 3, // ESC SP n character spacing
  '1b33': 3, // ESC 3 n
  '1b21': 3, // ESC ! n
  '1b45': 3, // ESC E n bold
  '1b2d': 3, // ESC - n underline
  '1b61': 3, // ESC a n justification
  '1b64': 3, // ESC d n feed lines
  '1b4a': 3, // ESC J n feed dots
  '1b4d': 3, // ESC M n font
  '1b52': 3, // ESC R n character set
  '1b74': 3, // ESC t n code page
  '1b7b': 3, // ESC { n upside down
  '1b42': 4, // ESC B n t beep
  '1b24': 4, // ESC $ nL nH position
  '1b5c': 4, // ESC \ nL nH position from here
  '1b70': 5, // ESC p m t1 t2 drawer
  '1c26': 2, // FS & Chinese mode
  '1c2e': 2, // FS . no Chinese mode
  '1c21': 3, // FS ! n
  '1c2d': 3, // FS - n
  '1c57': 3, // FS W n
  '1c53': 4, // FS S n1 n2
  '1d21': 3, // GS ! n size
  '1d42': 3, // GS B n reverse
  '1d49': 3, // GS I n
  '1d61': 3, // GS a n
  '1d72': 3, // GS r n
  '1d4c': 4, // GS L nL nH left margin
  '1d57': 4, // GS W nL nH width
  '1004': 3, // DLE EOT n
  '1005': 3, // DLE ENQ n
  '1014': 5, // DLE DC4 n m t
};

/**
 * The command at the beginning of `bytes`; `undefined` where more bytes must come.
 * @param isChinese bytes from 0x81 on begin characters of two or four bytes
 */
export function nextCommand(bytes: Uint8Array, isChinese: boolean): PrinterCommand | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  const take = (sort: PrinterCommand['sort'], length: number): PrinterCommand | undefined =>
    bytes.length < length ? undefined : { sort, bytes: bytes.slice(0, length) };

  if (first >= 0x81 && isChinese) {
    const second = bytes[1];
    if (second === undefined) return undefined;
    return take('text', second >= 0x30 && second <= 0x39 ? 4 : 2);
  }
  if (first >= 0x20) return take('text', 1);
  if (first !== 0x10 && first !== 0x1b && first !== 0x1c && first !== 0x1d) return take('control', 1);
  const second = bytes[1];
  if (second === undefined) return undefined;
  const fixed = fixedLengths[Buffer.from([first, second]).toString('hex')];
  if (fixed !== undefined) return take('escape', fixed);
  if (first === 0x1d && second === 0x56) {
    // GS V m, or GS V m n with m 65 or 66
    if (bytes.length < 3) return undefined;
    return take('escape', bytes[2] === 0x41 || bytes[2] === 0x42 ? 4 : 3);
  }
  if (first === 0x1d && second === 0x76) {
    // GS v 0 m xL xH yL yH and the dots
    if (bytes.length < 8) return undefined;
    const rowBytes = bytes[4]! | (bytes[5]! << 8);
    const rows = bytes[6]! | (bytes[7]! << 8);
    return take('escape', 8 + rowBytes * rows);
  }
  if ((first === 0x1d || first === 0x1c) && second === 0x28) {
    // GS ( k pL pH and so many bytes; FS ( alike
    if (bytes.length < 5) return undefined;
    return take('escape', 5 + (bytes[3]! | (bytes[4]! << 8)));
  }
  if (first === 0x1d && second === 0x38) {
    // GS 8 L p1 p2 p3 p4 and so many bytes
    if (bytes.length < 7) return undefined;
    const [, , , p1 = 0, p2 = 0, p3 = 0, p4 = 0] = bytes;
    return take('escape', 7 + p1 + p2 * 2 ** 8 + p3 * 2 ** 16 + p4 * 2 ** 24);
  }
  return take('control', 1); // not known: the printer takes what follows for text
}

const chinese = new TextDecoder('gb18030');
/** Code page 437, from 0x80 on: what a printer outside Chinese mode prints. */
const codePage437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';

/** What is seen on paper of one character, and how many columns it takes at normal size. */
export function glyph(bytes: Uint8Array): { readonly text: string; readonly columns: number } {
  const [first = 0] = bytes;
  if (bytes.length > 1) return { text: chinese.decode(bytes), columns: 2 };
  return { text: first < 0x80 ? String.fromCharCode(first) : (codePage437[first - 0x80] ?? ' '), columns: 1 };
}
