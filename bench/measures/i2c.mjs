import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { distFolder } from '../candidates.mjs';

const load = (file) => import(pathToFileURL(join(distFolder, file)));
const { systemClock } = await load('kernel/clock.js');
const { HelperProcess } = await load('transports/helper-process.js');
const { i2cBus } = await load('transports/i2c-bus.js');

const entry = new URL('../bed/busy-wires.mjs', import.meta.url);
const address = '/dev/i2c-bench';
const chips = [0x20, 0x21, 0x22, 0x23];
const settleMilliseconds = 1_000;
const patienceMilliseconds = 10_000;

/**
 * How much of an I2C line is used when there is always something to ask: the bus and its helper process are real, the
 * wires are a stand-in that takes as long as they would. At 100 kHz a byte takes 90 us: 500 us are what two ports of an
 * expander take to be read, 200 us the shortest transfer there is.
 */
export async function i2c({ quick }) {
  const seconds = quick ? 1 : 5;
  return {
    used500Percent: await usedPercent(500, seconds),
    used200Percent: await usedPercent(200, seconds),
  };
}

async function usedPercent(microseconds, seconds) {
  const clock = systemClock();
  const bus = i2cBus('i2c', adapterOf(microseconds, clock), clock);
  let running = true;
  let count = 0;
  const ask = async (chip) => {
    while (running) {
      await bus.transfer({ address: chip, write: Uint8Array.of(0x12), readLength: 2 }, 'poll');
      count++;
    }
  };
  try {
    const giveUp = performance.now() + patienceMilliseconds;
    while (bus.state !== 'open') {
      if (performance.now() > giveUp)
        throw new Error(`the helper does not begin: ${bus.lostBecause?.message}`);
      await pause(20);
    }
    const asking = Promise.all(chips.map(ask));
    await Promise.race([asking, pause(settleMilliseconds)]);
    const before = count;
    const begin = performance.now();
    await Promise.race([asking, pause(seconds * 1_000)]);
    const used = (count - before) * (microseconds / 1_000);
    const percent = (used / (performance.now() - begin)) * 100;
    running = false;
    await asking;
    return percent;
  } finally {
    running = false;
    await bus.close();
  }
}

function adapterOf(microseconds, clock) {
  return {
    address,
    async open(ended) {
      const helper = await HelperProcess.start({
        entry,
        argument: { microseconds },
        bytesOnly: true,
        address,
        clock,
        ended,
      });
      return {
        transfer: ({ address: chip, readLength = 0, write = [] }) =>
          helper.request(Uint8Array.of(chip, readLength, ...write), patienceMilliseconds),
        close: () => helper.close(),
      };
    },
  };
}
