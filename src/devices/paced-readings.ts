import type { Timer } from '../kernel/clock.js';
import type { DeviceContext, Reading } from './kind.js';

/** Tells a device's readings: at once when they are first known, then the newest of them at most at a pace. */
export class PacedReadings {
  #timer: Timer | undefined;
  #latest = '';
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly everyMilliseconds: number,
    private readonly context: Pick<DeviceContext, 'name' | 'clock' | 'reports'>,
  ) {}

  tell(values: Readonly<Record<string, Reading>>): void {
    this.stop();
    const { clock, name } = this.context;
    const wait = this.#toldAt + this.everyMilliseconds - clock.monotonicMilliseconds();
    if (wait <= 0 || this.#latest === '') this.tellNow(values);
    else if (JSON.stringify(values) !== this.#latest) {
      this.#timer = clock.after(`${name}: tell readings`, wait, () => this.tellNow(values));
    }
  }

  /** Without waiting; what is as it was is not told again. */
  tellNow(values: Readonly<Record<string, Reading>>): void {
    this.stop();
    const text = JSON.stringify(values);
    if (text === this.#latest) return;
    this.#latest = text;
    this.#toldAt = this.context.clock.monotonicMilliseconds();
    this.context.reports.readings(values);
  }

  /** Somebody else has said that nothing is known: what comes next is told, whatever it is. */
  forget(): void {
    this.stop();
    this.#latest = '';
  }

  /** No timer is left. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
