/** A recording of the wire in a file, which only its owner may read: it may hold ratings. */
import { createWriteStream, openSync } from 'node:fs';
import type { Clock } from '../../kernel/clock.js';
import { systemCode } from '../../kernel/errors.js';
import { CaptureWriter } from '../../protocols/capture.js';
import type { Carrier } from '../../transports/ports.js';
import { type Recording, recordedCarrier } from '../../transports/recorder.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';
import type { LearnSettings } from './settings.js';

/** A disk that takes nothing more must not fill the memory. */
const mostWaitingBytes = 4 * 1024 * 1024;

interface RecordingFile {
  readonly carrier: Carrier;
  /** Writes what is left. Never rejects. */
  close(): Promise<void>;
}

/**
 * Records what passes `carrier` in a new file. Throws `CommandFailed` where it cannot be made, or is there already.
 * @param trouble is told once why the recording has ended early; the line goes on
 */
export function recordToFile(
  file: string,
  { busName, bus }: Pick<LearnSettings, 'busName' | 'bus'>,
  carrier: Carrier,
  clock: Clock,
  trouble: (why: string) => void,
): RecordingFile {
  const stream = createWriteStream(file, { fd: createFile(file) });
  const ended = new Promise<void>((resolve) => {
    stream.on('close', resolve);
  });
  let over = false;
  const stop = (why: string) => {
    if (!over) trouble(why);
    over = true;
  };
  stream.on('error', (error) => stop(error.message));
  // The sink is called later than this function has ended: then all of this is there.
  const recording: Recording = recordedCarrier(carrier, clock, (moment) => {
    if (over) return;
    let text = writer.add(moment);
    if (writer.full) stop(`it is full (16 MiB)`);
    else if (stream.writableLength > mostWaitingBytes) {
      const why = 'the disk is too slow';
      text = `${JSON.stringify({ t: Math.round(moment.t * 10) / 10, event: 'stopped', reason: why })}\n`;
      stop(why);
    }
    stream.write(text);
  });
  const { type: _type, ...options } = bus;
  const { startedAt } = recording;
  const header = { bus: busName, address: carrier.address, ...optionsOf(options), startedAt };
  const writer = new CaptureWriter(header);
  stream.write(writer.begin());
  return {
    carrier: recording.carrier,
    async close() {
      stream.end();
      await ended;
    },
  };
}

function optionsOf(options: object): Record<string, string | number> {
  const entries = Object.entries(options).filter(([key]) => key !== 'path');
  return Object.fromEntries(entries) as Record<string, string | number>;
}

function createFile(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (thrown) {
    const code = systemCode(thrown);
    const why =
      code === 'EEXIST'
        ? 'is there already; take another name'
        : code === 'ENOENT'
          ? 'its folder is not there'
          : `cannot be made (${code ?? String(thrown)})`;
    throw new CommandFailed(exitCodes.usage, `hallward learn: --record: ${file}: ${why}`);
  }
}
