/**
 * The system's I2C buses: `/dev/i2c-N`, by the package `i2c-bus` in a process of its own, since a transfer with the
 * wires held sleeps in the kernel and must not take one of our threads with it.
 * Sources: https://docs.kernel.org/i2c/dev-interface.html, https://docs.kernel.org/i2c/fault-codes.html
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.js';
import { asHallwardError, HallwardError, systemCode } from '../kernel/errors.js';
import { requirePackage } from '../kernel/require.js';
import { HelperProcess } from './helper-process.js';
import type { I2cAdapter, I2cConnection, I2cTransfer } from './ports-i2c.js';

/** The bus gives up a transfer long before; this is for whoever uses a connection without one. */
const transferMilliseconds = 5_000;
/** Processes that still sleep in the kernel after they were given up. With more of them, no other is started. */
const mostLeftBehind = 2;

/**
 * The bus of this number, `/dev/i2c-{number}`. Nothing is opened until `open`, and no process is started for a bus
 * that is not there, may not be opened, or whose package is missing.
 */
export function systemI2cAdapter({ number }: { readonly number: number }, clock: Clock): I2cAdapter {
  const address = `/dev/i2c-${number}`;
  let leftBehind = 0;

  async function open(closed: (error: HallwardError) => void): Promise<I2cConnection> {
    await mayOpen(address);
    findPackage();
    if (leftBehind >= mostLeftBehind) {
      const text = `${address}: ${leftBehind} earlier accesses still hang in the system; restart the board if it stays so`;
      throw new HallwardError('helper.hung', 'timeout', text, { leftBehind });
    }
    let over = false;
    const finish = (helper: HelperProcess, error?: HallwardError) => {
      if (over) return;
      over = true;
      leftBehind++;
      void helper.gone.then(() => leftBehind--);
      if (error !== undefined) closed(error);
    };
    const helper = await HelperProcess.start({
      entry: 'i2c',
      argument: { number },
      bytesOnly: true,
      address,
      clock,
      ended: (error) => finish(helper, error),
    });
    return {
      async transfer(transfer) {
        try {
          const { address: chip, readLength = 0, write = [] } = transfer;
          const request = Uint8Array.of(chip, readLength, ...write);
          return readAnswer(transfer, await helper.request(request, transferMilliseconds), address);
        } catch (thrown) {
          const error = asHallwardError(thrown, 'i2c.failed', 'garbled');
          if (error.code === 'wire.lost') finish(helper, error);
          throw error;
        }
      },
      async close() {
        finish(helper);
        await helper.close();
      },
    };
  }

  return { address, open };
}

/** Throws unless the bus can be opened; looking does not touch the wires. */
async function mayOpen(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (thrown) {
    throw openError(path, thrown);
  }
}

function openError(path: string, thrown: unknown): HallwardError {
  const system = systemCode(thrown) ?? null;
  switch (system) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new HallwardError(
        'wire.absent',
        'absent',
        `${path} is not there; switch I2C on: dtparam=i2c_arm=on in /boot/firmware/config.txt and i2c-dev in /etc/modules, then restart the board`,
        { system },
      );
    case 'EACCES':
    case 'EPERM':
      return new HallwardError(
        'wire.denied',
        'refused',
        `${path} may not be opened; put the user into its group: sudo usermod -aG i2c USER, then start anew`,
        { system },
      );
    default:
      return asHallwardError(thrown, 'wire.unusable', 'absent');
  }
}

function findPackage(): void {
  try {
    requirePackage.resolve('i2c-bus');
  } catch {
    throw new HallwardError(
      'wire.unusable',
      'absent',
      'the package i2c-bus is not installed; it is built on the board and needs a compiler: sudo apt install build-essential python3, then npm install i2c-bus',
    );
  }
}

/** The helper's answer as the bytes asked for. Throws `i2c.failed` where it is anything else. */
function readAnswer({ address, readLength = 0 }: I2cTransfer, answer: unknown, wire: string): Uint8Array {
  if (answer instanceof Uint8Array && answer.length === readLength) return Uint8Array.from(answer);
  const received = answer instanceof Uint8Array ? answer.length : null;
  const text = `${wire}: ${received ?? 'no'} bytes from chip 0x${address.toString(16)} instead of ${readLength}`;
  throw new HallwardError('i2c.failed', 'garbled', text, { errno: null, received });
}
