import { HallwardError } from '../kernel/errors.js';
import type { I2cBus } from '../transports/ports-i2c.js';

/** Somebody who talks with an address has done at least this many transfers by the time that a chip counts as missing. */
const inUseTransfers = 3;

/** 0x20 as people write it. */
export function hexAddress(address: number): string {
  return `0x${address.toString(16).toUpperCase().padStart(2, '0')}`;
}

/**
 * The words for a chip that does not answer at its address. Once for each loss it looks whether something answers at
 * another address that such a chip can have and that nobody on this bus uses: address jumpers are easily set wrong. It
 * reads one byte from each, which changes nothing in any chip of these families.
 */
export class ChipSearch {
  /** Where something answers; `undefined` while nobody has looked since the chip answered last. */
  #elsewhere: number | null | undefined;
  /** Transfers of this search, for they are counted as others' are. */
  readonly #own = new Map<number, number>();

  constructor(
    private readonly i2c: I2cBus,
    /** The chip's name: `PCF8574`. */
    private readonly title: string,
    private readonly address: number,
    private readonly family: readonly number[],
  ) {}

  /** The chip answered. */
  found(): void {
    this.#elsewhere = undefined;
  }

  /** The error for a chip that is missing, with what is known so far. @param error of the transfer */
  missing(error: HallwardError): HallwardError {
    const here = hexAddress(this.address);
    const there =
      this.#elsewhere === undefined || this.#elsewhere === null ? null : hexAddress(this.#elsewhere);
    const cure =
      there === null
        ? 'check its power, its two wires and its address jumpers'
        : `something answers at ${there}: compare its address jumpers with the configuration`;
    const text = `no ${this.title} answers at ${here} of ${this.i2c.name}; ${cure}`;
    const { errno = null } = error.evidence;
    return new HallwardError('wire.absent', 'absent', text, {
      address: here,
      code: error.code,
      errno,
      answersAt: there,
    });
  }

  /** As `missing`, after a look at the other addresses where none was taken since the chip answered last. */
  async search(error: HallwardError): Promise<HallwardError> {
    if (this.#elsewhere === undefined) this.#elsewhere = await this.#look();
    return this.missing(error);
  }

  async #look(): Promise<number | null> {
    for (const address of this.family) {
      if (address === this.address || this.#isInUse(address)) continue;
      this.#own.set(address, (this.#own.get(address) ?? 0) + 1);
      try {
        await this.i2c.transfer({ address, readLength: 1 }, 'poll');
        return address;
      } catch {
        // Nobody there; what is wrong with the wires themselves is for the next poll to find.
        if (this.i2c.state !== 'open') return null;
      }
    }
    return null;
  }

  #isInUse(address: number): boolean {
    const transfers = this.i2c.counters.get(address)?.transfers ?? 0;
    return transfers - (this.#own.get(address) ?? 0) >= inUseTransfers;
  }
}

/** What a chip on a bus that is lost says: the bus's own reason. */
export function wireLost(i2c: I2cBus, error: HallwardError): HallwardError {
  const because = i2c.lostBecause ?? error;
  const text = `${i2c.name} is lost: ${because.message}`;
  return new HallwardError('wire.lost', 'absent', text, { ...because.evidence, because: because.code });
}
