import type { Clock } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { within } from '../kernel/within.js';
import type { DeliveredFile } from './delivered.js';
import type { Journal } from './journal.js';
import type { Writer } from './writer.js';

const patienceMilliseconds = 3000;

/** What is written to until the end. */
interface Open {
  readonly writer: Writer;
  readonly deliveredFile: DeliveredFile;
  readonly journal: Journal;
}

/** Syncs what is left and lets go of the files; a storage that hangs is left behind after 3 s. Never rejects. */
export async function closeFiles(
  { writer, deliveredFile, journal }: Open,
  clock: Clock,
  log: Log,
): Promise<void> {
  const finish = async () => {
    try {
      await writer.idle();
      await deliveredFile.close();
      await journal.close();
    } catch (error) {
      log.warn({ error }, 'the storage was not closed cleanly');
    }
    return true;
  };
  if ((await within(clock, 'store: close', patienceMilliseconds, finish())) === undefined) {
    log.error({ unwrittenRecords: writer.unwritten }, 'the storage does not answer; closed without it');
  }
  writer.stop();
}
