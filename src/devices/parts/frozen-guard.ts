import { HallwardError } from '../../kernel/errors.js';

/**
 * Finds a sensor that says the very same for too long: a live one has noise in its last digits.
 * @param frozenMilliseconds how long that is
 */
export class FrozenGuard {
  #last: string | undefined;
  #since = 0;

  constructor(private readonly frozenMilliseconds: number) {}

  /**
   * @param raw what was read, before anything was made of it; evidence, as hex where it is bytes
   * @param atMilliseconds monotonic
   * @throws `sensor.frozen` (garbled)
   */
  check(raw: Uint8Array | string, atMilliseconds: number): void {
    const text = typeof raw === 'string' ? raw : Buffer.from(raw).toString('hex');
    if (text !== this.#last) {
      this.#last = text;
      this.#since = atMilliseconds;
    } else if (atMilliseconds - this.#since >= this.frozenMilliseconds) {
      const minutes = Math.round((atMilliseconds - this.#since) / 60_000);
      throw new HallwardError(
        'sensor.frozen',
        'garbled',
        `it has said the very same for ${minutes} minutes; switch it off and on`,
        { raw: text, minutes },
      );
    }
  }

  /** What it said before counts no more. */
  reset(): void {
    this.#last = undefined;
  }
}
