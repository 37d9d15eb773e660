/**
 * Does the transfers of one I2C bus, one at a time. It may block: its parent leaves it behind if it does not come back.
 * A register's number and the bytes read after it go as one I2C block read, without a stop between the two.
 */
import { existsSync } from 'node:fs';
import type { I2CBus } from 'i2c-bus';
import { asHallwardError, type ErrorKind, HallwardError } from '../../kernel/errors.js';
import { requirePackage } from '../../kernel/require.js';
import type { I2cTransfer } from '../ports-i2c.js';
import { serveHelper } from './serve.js';

/** From `errno.h` of Linux; see https://docs.kernel.org/i2c/fault-codes.html for what the drivers mean by them. */
const errnos: Readonly<Record<number, { code: string; kind: ErrorKind; means: string }>> = {
  6: { code: 'i2c.no-answer', kind: 'absent', means: 'no chip answers (ENXIO)' },
  121: { code: 'i2c.no-answer', kind: 'absent', means: 'no chip answers (EREMOTEIO)' },
  11: { code: 'i2c.line-stuck', kind: 'timeout', means: 'the wires are held (EAGAIN)' },
  16: { code: 'i2c.line-stuck', kind: 'timeout', means: 'the wires are held (EBUSY)' },
  110: { code: 'i2c.line-stuck', kind: 'timeout', means: 'the wires are held (ETIMEDOUT)' },
};

serveHelper((argument) => {
  const { number } = argument as { number: number };
  const path = `/dev/i2c-${number}`;
  const { openSync } = loadPackage();
  let bus: I2CBus | undefined = openSync(number);

  function forget(): void {
    const old = bus;
    bus = undefined;
    old?.closeSync();
  }

  return {
    answer(request) {
      const [address = 0, readLength = 0] = request;
      const transfer = { address, readLength, write: request.subarray(2) };
      try {
        bus ??= openSync(number);
        return perform(bus, transfer);
      } catch (thrown) {
        const error = describe(thrown, path, transfer);
        // After a refused address the package would use a descriptor without any: it is opened anew.
        if (error.code !== 'i2c.no-answer') forget();
        throw error;
      }
    },
    end: forget,
  };
});

function loadPackage(): typeof import('i2c-bus') {
  try {
    return requirePackage('i2c-bus') as typeof import('i2c-bus');
  } catch (thrown) {
    const [reason] = asHallwardError(thrown, 'wire.unusable').message.split('\n');
    throw new HallwardError(
      'wire.unusable',
      'absent',
      `the package i2c-bus cannot be loaded; build it again on this board: npm rebuild i2c-bus (${reason})`,
    );
  }
}

/** Throws whatever the package throws, or a text where fewer bytes came than were asked for. */
function perform(bus: I2CBus, { address, write, readLength }: Required<I2cTransfer>): Uint8Array {
  const received = Buffer.alloc(readLength);
  const [register] = write;
  let count = 0;
  if (register !== undefined && write.length === 1 && readLength > 0) {
    count = bus.readI2cBlockSync(address, register, readLength, received);
  } else {
    if (write.length > 0) {
      const written = bus.i2cWriteSync(address, write.length, Buffer.from(write));
      if (Number(written) !== write.length)
        throw new Error(`${written} of ${write.length} bytes were written`);
    }
    if (readLength > 0) count = bus.i2cReadSync(address, readLength, received);
  }
  if (count !== readLength) throw new Error(`${count} of ${readLength} bytes were read`);
  return received;
}

function describe(thrown: unknown, path: string, { address }: I2cTransfer): HallwardError {
  const { errno: signed, syscall, message } = (thrown ?? {}) as NodeJS.ErrnoException;
  const errno = typeof signed === 'number' ? Math.abs(signed) : null;
  const chip = `0x${address.toString(16).padStart(2, '0')}`;
  const evidence = { address: chip, errno };
  if (!existsSync(path)) return new HallwardError('wire.lost', 'absent', `${path} is gone`, evidence);
  if (errno === 16 && syscall?.startsWith('setAddr')) {
    const text = `${path}: a driver of the system uses address ${chip} already`;
    return new HallwardError('i2c.in-use', 'busy', text, evidence);
  }
  const known = errno === null ? undefined : errnos[errno];
  const { code, kind, means } = known ?? { code: 'i2c.failed', kind: 'garbled' as const, means: message };
  return new HallwardError(code, kind, `${path}, address ${chip}: ${means}`, evidence);
}
