import { setTimeout as pause } from 'node:timers/promises';
import { processorMilliseconds, residentMebibytes } from '../bed/processes.mjs';

const restMilliseconds = 3_000;

/** Memory when nothing has happened for 3 s after the first event, and processor time in the 3 s after that. */
export async function idle(bed) {
  if (bed.candidate.hasJob) {
    await bed.openHub();
    await bed.boot();
  } else {
    bed.start();
  }
  await pause(restMilliseconds);
  const mebibytes = residentMebibytes(bed.pid);
  const before = processorMilliseconds(bed.pid);
  await pause(restMilliseconds);
  const processorPercent = ((processorMilliseconds(bed.pid) - before) / restMilliseconds) * 100;
  return { mebibytes, processorPercent };
}
