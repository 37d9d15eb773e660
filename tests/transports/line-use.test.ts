/**
 * How much of what a line allows is used when there is always something to ask. What it allows: the bytes of question and
 * answer, and 3.5 characters of silence before each frame (Modbus over serial line 1.02, 2.5.1.1).
 */
import { expect, it, onTestFinished } from 'vitest';
import type { HallwardError } from '../../src/kernel/errors.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { readHoldingRegisters, responseDecoder } from '../../src/protocols/modbus-rtu.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import { simulatedPanels } from '../../src/simulator/modbus-panels.js';
import { byteBus } from '../../src/transports/byte-bus.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';

const seconds = 20;
const addresses = [1, 2, 3, 4, 5, 6, 7, 8];

/** Questions and answers that the wire alone would let through in a second. */
function allowed(baudRate: number, registers: number): number {
  const character = 10_000 / baudRate;
  const silence = baudRate > 19_200 ? 1.75 : 3.5 * character;
  return 1_000 / (8 * character + silence + (5 + 2 * registers) * character + silence);
}

async function bench(baudRate: number, present: readonly number[] = addresses) {
  const clock = new VirtualClock();
  const byteMicroseconds = Math.round(10_000_000 / baudRate);
  const { carrier, farEnd } = memoryCable({ clock, byteMicroseconds });
  // A panel that takes no time to think: the line alone sets the pace.
  const silence = Math.ceil(baudRate > 19_200 ? 1.75 : (3.5 * byteMicroseconds) / 1_000);
  const panels = simulatedPanels(farEnd, clock, { addresses: present, answerAfterMilliseconds: silence });
  const bus = byteBus(
    'row',
    reopeningWire(carrier, clock, () => 1),
    clock,
    silentLog,
    () => 1,
  );
  onTestFinished(async () => {
    panels.close();
    const closing = bus.close();
    await clock.advance(100);
    await closing;
  });
  await clock.advance(10);
  let running = true;
  let answers = 0;
  const codes = new Set<string>();
  /** Asks again as soon as there is an answer, or after a rest where it is told to wait. */
  const ask = async (address: number): Promise<void> => {
    while (running) {
      const request = readHoldingRegisters(address, 0, 6);
      try {
        await bus.transact({
          ...{
            address,
            priority: 'poll',
            request: request.bytes,
            gapMilliseconds: 0,
            timeoutMilliseconds: 200,
          },
          decoder: () => responseDecoder(request),
        });
        answers++;
      } catch (error) {
        codes.add((error as HallwardError).code);
        await new Promise<void>((resolve) => {
          clock.after('rest', 100, resolve);
        });
      }
    }
  };
  return {
    clock,
    bus,
    codes,
    async run() {
      const asking = addresses.map(ask);
      await clock.advance(seconds * 1_000);
      running = false;
      const counted = answers;
      await clock.advance(1_000);
      await Promise.all(asking);
      return counted / seconds;
    },
  };
}

it.each([9_600, 19_200, 38_400])(
  'a Modbus line of %i baud is used to nine tenths of what it allows',
  async (baudRate) => {
    const { run, codes } = await bench(baudRate);
    const share = (await run()) / allowed(baudRate, 6);
    expect(codes).toEqual(new Set());
    expect(share).toBeGreaterThan(0.9);
    // More than all would mean that the silences are not kept.
    expect(share).toBeLessThanOrEqual(1);
  },
);

it('a slave that never answers costs its own time-outs, then its line is the others’ again', async () => {
  const { run, bus } = await bench(9_600, addresses.slice(1));
  const share = (await run()) / allowed(9_600, 6);
  const { requests, timeouts } = bus.counters.slaves[1]!;
  expect(timeouts).toBe(requests);
  // Three questions with their retries, then one after each pause of 1, 2, 4, 8 s.
  expect(requests).toBeLessThanOrEqual(12);
  expect(share).toBeGreaterThan(0.75);
});
