import { processorMilliseconds, residentMebibytes } from '../bed/processes.mjs';

const silenceMilliseconds = 5_000;

/** 20,000 presses as fast as the port takes them: how many arrive, and how many a second. */
export async function burst(bed, { quick }) {
  await bed.openHub();
  await bed.boot();
  await bed.settle();
  const count = quick ? 4_000 : 20_000;
  const processorBefore = processorMilliseconds(bed.pid);
  const begin = performance.now();
  const numbers = bed.pressAtOnce(count);
  await bed.awaitMessages(count, silenceMilliseconds);
  const processorMicrosecondsEach = ((processorMilliseconds(bed.pid) - processorBefore) * 1_000) / count;
  const mebibytes = residentMebibytes(bed.pid);
  await bed.awaitMessages(count + 1, 500); // what comes twice comes late
  const verdict = bed.verdict(numbers);
  const last = Math.max(...numbers.map((number) => bed.arrived.get(number) ?? begin));
  const seconds = (last - begin) / 1_000;
  return {
    ...verdict,
    perSecond: seconds > 0 ? verdict.arrived / seconds : 0,
    processorMicrosecondsEach,
    mebibytes,
  };
}
