import { processorMilliseconds } from '../bed/processes.mjs';
import { percentile } from '../statistics.mjs';

const periodMilliseconds = 5;

/** From the press (the write to the port) to its arrival at the subscriber, through the broker: 2,000 presses. */
export async function latency(bed, { quick }) {
  await bed.openHub();
  await bed.boot();
  await bed.settle();
  const count = quick ? 300 : 2_000;
  const before = processorMilliseconds(bed.pid);
  const numbers = await bed.pressPaced(count, periodMilliseconds);
  await bed.awaitMessages(count, 3_000);
  const microseconds = ((processorMilliseconds(bed.pid) - before) * 1_000) / count;
  const verdict = bed.verdict(numbers);
  const times = numbers
    .filter((number) => bed.arrived.has(number))
    .map((number) => bed.arrived.get(number) - bed.sent.get(number));
  return {
    ...verdict,
    p50Milliseconds: percentile(times, 50),
    p99Milliseconds: percentile(times, 99),
    processorMicrosecondsEach: microseconds,
  };
}
