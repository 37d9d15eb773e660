/**
 * `"AA 05 01 B0"` as bytes. The far ends read hex by themselves, so that a mistake in the controller's reading of
 * its configuration is not made at both ends. Throws for anything that is not whole bytes.
 */
export function hexBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text.replaceAll(' ', ''), 'hex');
  if (bytes.length === 0 || bytes.length * 2 !== text.replaceAll(' ', '').length) {
    throw new Error(`"${text}" is not a row of hex bytes`);
  }
  return new Uint8Array(bytes);
}
