/**
 * What johnny-five needs of a board to drive I2C chips (an "IO plugin"), over the wires of the simulator. It does as an
 * Arduino with StandardFirmata does, on which its drivers were made: a request takes as long as its characters need at
 * 57600 baud, one after the other; nobody hears of a write that no chip takes; a read that no chip answers gives no
 * bytes; and what is read continuously is read anew every 19 ms.
 */
import { EventEmitter } from 'node:events';

const characterMilliseconds = 10 / 57.6;
/** Sysex begin, I2C request, address, mode, sysex end; each byte of the request goes as two characters. */
const framing = 5;
const samplingMilliseconds = 19;

const toHex = (bytes) => Buffer.from(bytes).toString('hex');

export class JohnnyFiveIo extends EventEmitter {
  name = 'simulated wires';
  isReady = true;
  HIGH = 1;
  LOW = 0;
  MODES = { INPUT: 0, OUTPUT: 1, ANALOG: 2, PWM: 3, SERVO: 4 };
  pins = [];
  analogPins = [];
  /** Each write that the chip took, `"1200"`. */
  writes = [];
  /** Each transfer that no chip took, `"2400"` or `"read 6"`. */
  refused = [];
  #connection;
  #sleep;
  #before = Promise.resolve();

  /**
   * @param connection of the wires, as `I2cAdapter.open` gives it
   * @param sleep resolves after so many milliseconds of the time that the chips live in
   */
  constructor(connection, sleep) {
    super();
    this.#connection = connection;
    this.#sleep = sleep;
  }

  i2cConfig() {
    return this;
  }

  /** Bytes; or a register and bytes; or one byte. */
  i2cWrite(address, registerOrBytes, bytes = []) {
    const write = [registerOrBytes, bytes].flat();
    this.#request(write.length, { address, write: Uint8Array.from(write) }).catch(() => {});
    return this;
  }

  i2cWriteReg(address, register, byte) {
    return this.i2cWrite(address, [register, byte]);
  }

  /** `(address, [register,] length, callback)` */
  i2cReadOnce(address, ...rest) {
    void this.#read(address, rest);
    return this;
  }

  /** As `i2cReadOnce`, for ever. */
  i2cRead(address, ...rest) {
    const again = async () => {
      for (;;) {
        await this.#read(address, rest);
        // What was asked for meanwhile is written before the next look.
        await this.#before;
        await this.#sleep(samplingMilliseconds);
      }
    };
    void again();
    return this;
  }

  async #read(address, rest) {
    const callback = rest.at(-1);
    const [length, register] = rest.slice(0, -1).reverse();
    const write = register === undefined ? {} : { write: Uint8Array.of(register) };
    const request = this.#request(rest.length - 1, { address, ...write, readLength: length });
    callback([...(await request.catch(() => []))]);
  }

  #request(bytes, transfer) {
    const done = this.#before.then(async () => {
      await this.#sleep((framing + 2 * bytes) * characterMilliseconds);
      return this.#transfer(transfer);
    });
    this.#before = done.catch(() => {});
    return done;
  }

  async #transfer(transfer) {
    const { write, readLength } = transfer;
    const what = readLength === undefined ? toHex(write) : `read ${readLength}`;
    try {
      const answer = await this.#connection.transfer(transfer);
      if (readLength === undefined) this.writes.push(what);
      return answer;
    } catch (error) {
      this.refused.push(what);
      throw error;
    }
  }
}
