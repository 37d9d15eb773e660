/** Text of devices whose makers do as they like, made fit for people: any bytes, any characters. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8; what is none is ISO 8859-1, as old printers send it whatever charset they name. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }
}

/** Without characters that do not print, and without more than one space in a row; at most `most` characters. */
export function cleanText(text: string, most: number): string {
  const plain = text
    .slice(0, most * 8)
    .replace(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\s\ufffd]+/gu, ' ')
    .trim();
  return [...plain].slice(0, most).join('').trim();
}
