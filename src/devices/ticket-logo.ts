/**
 * A picture on top of the tickets: a PNG file, read once, as strips of raster image (GS v 0).
 *
 * A printer looks for real-time commands in all bytes that arrive, also in those of a picture (Epson, "ESC/POS Command
 * Reference", DLE EOT, notes): `10 04`, `10 05` or `10 14` among the dots would be obeyed.
 */
import { open } from 'node:fs/promises';
import { HallwardError } from '../kernel/errors.js';
import { requirePackage } from '../kernel/require.js';

/** Dots that an 80 mm printer has in a row. */
const widestDots = 576;
/** 50 mm. */
const highestDots = 400;
const largestFileBytes = 65_536;
/** A strip is one command, and no status can be asked within one. */
const stripBytes = 1_024;
/** `1D 76 30 m xL xH yL yH`. */
const headerBytes = 8;

const dle = 0x10;
/** What makes a real-time command of the DLE before it. */
const triggers: readonly (number | undefined)[] = [0x04, 0x05, 0x14, undefined];

/**
 * Changes one dot wherever picture data would be taken for a real-time command, and nothing else. The last byte may
 * not be a DLE either: what comes behind the picture is not known here.
 * @param data the dots alone, without the command's head
 */
export function defuse(data: Uint8Array): Uint8Array {
  const safe = Uint8Array.from(data);
  for (let index = 0; index < safe.length; index++) {
    // One dot less beside the single dot of a DLE would leave nothing of it; one more shows less.
    if (safe[index] === dle && triggers.includes(safe[index + 1])) safe[index] = dle | 0x08;
  }
  return safe;
}

/**
 * Cuts one raster image into several commands that print the same, and defuses each.
 * @param raster `1D 76 30 m xL xH yL yH` and the dots
 */
export function rasterStrips(raster: Uint8Array): Uint8Array[] {
  const rowBytes = (raster[4] ?? 0) | ((raster[5] ?? 0) << 8);
  const dots = defuse(raster.subarray(headerBytes));
  const strips: Uint8Array[] = [];
  if (rowBytes === 0) return strips;
  const rowsTogether = Math.max(1, Math.floor(stripBytes / rowBytes));
  for (let start = 0; start < dots.length; start += rowsTogether * rowBytes) {
    // Cutting can leave a DLE at the end of a strip.
    const part = defuse(dots.subarray(start, start + rowsTogether * rowBytes));
    const rows = part.length / rowBytes;
    strips.push(Uint8Array.from([...raster.subarray(0, 6), rows & 0xff, rows >> 8, ...part]));
  }
  return strips;
}

/**
 * The picture's commands, in order, each whole.
 * Throws `logo.unreadable` (absent) or `logo.unusable` (usage) with what is wrong with it.
 */
export async function readLogo(path: string): Promise<Uint8Array[]> {
  const png = await readFile(path);
  checkPng(png);
  const { ThermalPrinter, PrinterTypes } = requirePackage(
    'node-thermal-printer',
  ) as typeof import('node-thermal-printer');
  const printer = new ThermalPrinter({ type: PrinterTypes.EPSON, interface: '' });
  try {
    return rasterStrips(await printer.printImageBuffer(png));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new HallwardError('logo.unusable', 'usage', `the PNG file is damaged: ${reason}`);
  }
}

async function readFile(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > largestFileBytes) {
        const message = `the file has ${size} bytes; at most ${largestFileBytes} are taken`;
        throw new HallwardError('logo.unusable', 'usage', message);
      }
      // A file that grows, or a device that never ends, is not read further than this.
      const { buffer, bytesRead } = await file.read(Buffer.alloc(largestFileBytes), 0, largestFileBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof HallwardError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new HallwardError('logo.unreadable', 'absent', reason);
  }
}

/** Looks at the head of the file, so that a few bytes that unpack to gigabytes are never unpacked. */
function checkPng(png: Buffer): void {
  const isPng = png.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  if (!isPng || png.length < 33 || png.toString('latin1', 12, 16) !== 'IHDR') {
    throw new HallwardError('logo.unusable', 'usage', 'the file is no PNG');
  }
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const isInterlaced = png[28] !== 0;
  if (width === 0 || height === 0 || width > widestDots || height > highestDots) {
    const message = `the picture has ${width} x ${height} dots; at most ${widestDots} x ${highestDots} fit`;
    throw new HallwardError('logo.unusable', 'usage', message);
  }
  if (isInterlaced) {
    throw new HallwardError('logo.unusable', 'usage', 'the PNG is interlaced; save it without that');
  }
}
