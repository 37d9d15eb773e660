import { setTimeout as pause } from 'node:timers/promises';
import { processorMilliseconds, residentMebibytes } from '../bed/processes.mjs';
import { halls, openRowHall, pollMilliseconds } from '../bed/row-hall.mjs';
import { percentile } from '../statistics.mjs';

export const hall = (options) => measure(halls.hall, options);
export const full = (options) => measure(halls.full, options);

/**
 * A row of windows that nobody touches: every board read back and every printer asked once a second. How late are the
 * questions at the far ends, and what does it cost?
 */
async function measure(size, { root, quick }) {
  const { document, program, asked, end } = await openRowHall(size, root);
  try {
    asked.clear();
    const seconds = quick ? 5 : 30;
    const before = processorMilliseconds(program.pid);
    const begin = performance.now();
    await pause(seconds * 1_000);
    const processorPercent =
      ((processorMilliseconds(program.pid) - before) / (performance.now() - begin)) * 100;
    const mebibytes = residentMebibytes(program.pid);
    const late = [...asked.values()].flatMap(latenessPercents);
    return {
      buses: Object.keys(document.buses).length,
      devices: Object.keys(document.devices).length,
      answering: asked.size,
      questions: late.length,
      latenessP99Percent: percentile(late, 99),
      latenessMostPercent: Math.max(...late),
      processorPercent,
      mebibytes,
    };
  } finally {
    await end();
  }
}

/** How much longer than the period each pause between two questions was. */
function latenessPercents(times) {
  return times.slice(1).map((time, index) => ((time - times[index]) / pollMilliseconds - 1) * 100);
}
