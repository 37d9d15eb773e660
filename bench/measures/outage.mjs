import { setTimeout as pause } from 'node:timers/promises';
import { Subscriber } from '../bed/subscriber.mjs';

const presses = 200;
const periodMilliseconds = 50;
const goneAfterMilliseconds = 2_500;
const awayMilliseconds = 5_000;

/** 200 presses in 10 s; the broker, which remembers nothing, is away for 5 s in the middle. */
export async function outage(bed) {
  await bed.openHub();
  await bed.boot();
  await bed.settle();
  const pressing = bed.pressPaced(presses, periodMilliseconds);
  await pause(goneAfterMilliseconds);
  await bed.closeHub();
  await pause(awayMilliseconds);
  await bed.openHub();
  const back = performance.now();
  const numbers = await pressing;
  await bed.awaitMessages(Number.POSITIVE_INFINITY, 4_000);
  bed.collect();
  if (!bed.broker.wasFirst(Subscriber.clientId)) return undefined;
  const after = [...bed.arrived.values()].filter((at) => at > back);
  return { ...bed.verdict(numbers), firstAfterMilliseconds: Math.min(...after) - back };
}
