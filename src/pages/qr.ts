/** QR codes (ISO/IEC 18004) as SVG, for a number that is not on paper. */

/** Longer ones make a code too fine for a telephone held at arm's length. */
const MOST_CHARACTERS = 400;

/** An SVG image with its quiet zone; `null` for an address too long to be read from a screen. */
export async function qrImage(text: string): Promise<string | null> {
  if (text.length > MOST_CHARACTERS) return null;
  const { renderSVG } = await import('uqr');
  return renderSVG(text, { ecc: 'M', border: 4 });
}
