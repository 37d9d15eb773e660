import { setTimeout as pause } from 'node:timers/promises';

const presses = 100;
const periodMilliseconds = 20;

/** 100 presses while the broker is away, then kill -9, then both are started again: how many of the 100 arrive. */
export async function kill(bed) {
  await bed.openHub();
  await bed.boot();
  await bed.settle();
  await bed.closeHub();
  await pause(500);
  const numbers = await bed.pressPaced(presses, periodMilliseconds);
  await pause(1_000);
  await bed.kill();
  await bed.openHub();
  await bed.boot();
  await bed.awaitMessages(Number.POSITIVE_INFINITY, 3_000);
  return bed.verdict(numbers);
}
