import type { Clock, Timer } from '../../kernel/clock.js';

interface SettledFlagOptions {
  /** For timers. */
  readonly name: string;
  /** It has to be so for this long to count as on ... */
  readonly onMilliseconds: number;
  /** ... and as off; what is off at first is so at once. */
  readonly offMilliseconds: number;
  /** Told when `value` has changed by time alone, or by a level. */
  changed(value: boolean): void;
  /** What `changed` throws. */
  crashed(error: unknown): void;
}

/** Something that is on or off, once it has been so for long enough: a drop on a probe is no wet floor. */
export class SettledFlag {
  /** `null` while it is not known. */
  value: boolean | null = null;
  #level: boolean | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly options: SettledFlagOptions,
  ) {}

  level(on: boolean): void {
    if (on === this.#level) return;
    this.#timer?.cancel();
    this.#level = on;
    if (on === this.value) return;
    const { onMilliseconds, offMilliseconds, name } = this.options;
    const wait = on ? onMilliseconds : this.value === null ? 0 : offMilliseconds;
    if (wait === 0) this.#settle(on);
    else this.#timer = this.clock.after(`${name} settles`, wait, () => this.#settle(on));
  }

  /** Nobody knows it any more. */
  forget(): void {
    this.stop();
    this.#level = undefined;
    this.value = null;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #settle(on: boolean): void {
    this.value = on;
    try {
      this.options.changed(on);
    } catch (error) {
      this.options.crashed(error);
    }
  }
}
