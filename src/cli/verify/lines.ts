/** The lines of a large file, one after the other, each with its place, so that one can be read again. */
import { type FileHandle, open } from 'node:fs/promises';

const chunkBytes = 256 * 1024;
/** A longer line is none of ours, and is not kept. */
export const longestLine = 1 << 20;
const lineFeed = 10;

export interface Line {
  /** Where it begins in the file. */
  readonly offset: number;
  /** Without the line feed; `undefined` where it is longer than `longestLine`. */
  readonly bytes: Buffer | undefined;
}

/** Reads a file from begin to end; what is written to it meanwhile may be seen or not. Rejects as the system does. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  const file = await open(path, 'r');
  try {
    yield* linesIn(file);
  } finally {
    await file.close();
  }
}

async function* linesIn(file: FileHandle): AsyncGenerator<Line> {
  const chunk = Buffer.alloc(chunkBytes);
  /** What has been read of the line that has not ended yet; nothing of one that is too long. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let offset = 0;
  const take = (more: Buffer): void => {
    begunBytes += more.length;
    if (begunBytes > longestLine) begun = [];
    else if (more.length > 0) begun.push(more);
  };
  const end = (): Line => {
    const line = { offset, bytes: begunBytes > longestLine ? undefined : Buffer.concat(begun) };
    offset += begunBytes + 1;
    begun = [];
    begunBytes = 0;
    return line;
  };
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, null);
    if (bytesRead === 0) break;
    let at = 0;
    for (;;) {
      const feed = chunk.subarray(0, bytesRead).indexOf(lineFeed, at);
      if (feed < 0) break;
      take(chunk.subarray(at, feed));
      yield end();
      at = feed + 1;
    }
    // The chunk's memory is filled anew: what goes on in the next one is kept apart, unless it is too long already.
    const rest = chunk.subarray(at, bytesRead);
    take(begunBytes + rest.length > longestLine ? rest : Buffer.from(rest));
  }
  if (begunBytes > 0) yield end();
}
