import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import type { I2cAdapter, I2cTransfer } from '../../src/transports/ports-i2c.js';

/** Simulated I2C wires with the real bus on them, in virtual time, and a record of what went over them. */
export function i2cBench() {
  const clock = new VirtualClock();
  const { adapter, panel } = simulatedI2c({ clock });
  const sent: I2cTransfer[] = [];
  const recording: I2cAdapter = {
    address: adapter.address,
    async open(closed) {
      const connection = await adapter.open(closed);
      return {
        transfer(transfer) {
          sent.push(transfer);
          return connection.transfer(transfer);
        },
        close: () => connection.close(),
      };
    },
  };
  return { clock, panel, sent, i2c: i2cBus('i2c1', recording, clock) };
}

/** Follows a promise in virtual time. */
export function follow<Value>(promise: Promise<Value>) {
  const result: { value?: Value; error?: { code: string; kind: string; message: string } } = {};
  promise.then(
    (value) => Object.assign(result, { value }),
    (error) => Object.assign(result, { error }),
  );
  return result;
}
