import type { Clock, Timer } from '../../kernel/clock.js';

interface PatientAlarmOptions {
  /** Its condition must hold, or be over, for so long; 0 for no wait. */
  readonly afterMilliseconds: number;
  /** Once its condition is over it stands for so long besides. */
  readonly holdMilliseconds: number;
  /** It stood when an earlier life of the device ended. */
  readonly stood: boolean;
  /** It begins or ends; told also at the first judgement of one that stood. */
  readonly changed: (stands: boolean) => void;
  readonly crashed: (error: unknown) => void;
}

/** An alarm that waits until its condition has lasted. While nothing is known of that it stays as it is. */
export class PatientAlarm {
  #stands: boolean;
  /** The condition as it was told last; `undefined` while nothing is known. */
  #on: boolean | undefined;
  #timer: Timer | undefined;
  #isConfirmed: boolean;

  constructor(
    private readonly name: string,
    private readonly clock: Clock,
    private readonly options: PatientAlarmOptions,
  ) {
    this.#stands = options.stood;
    this.#isConfirmed = !options.stood;
  }

  get stands(): boolean {
    return this.#stands;
  }

  /** Whether its condition holds now. */
  is(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#isConfirmed) {
      this.#isConfirmed = true;
      this.options.changed(true);
    }
    if (on === this.#stands) return;
    const { afterMilliseconds, holdMilliseconds, crashed } = this.options;
    const wait = on ? afterMilliseconds : afterMilliseconds + holdMilliseconds;
    if (wait === 0) {
      this.#become(on);
      return;
    }
    this.#timer = this.clock.after(`${this.name}: alarm`, wait, () => {
      try {
        this.#become(on);
      } catch (error) {
        crashed(error);
      }
    });
  }

  /** Nothing is known of its condition; no timer is left. */
  unknown(): void {
    this.#on = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #become(stands: boolean): void {
    this.#stands = stands;
    this.options.changed(stands);
  }
}
