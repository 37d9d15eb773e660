/** What is known of a speech module: whether it lives, speaks, hangs, refuses; told as readings, faults, readiness. */
import type { Clock } from '../kernel/clock.js';
import type { DeviceReports } from './kind.js';
import type { VoiceJobs } from './voice-jobs.js';
import type { StatusAnswer } from './voice-link.js';

type VoiceFault = 'voice.stuck-busy' | 'voice.refused' | 'voice.restarts';

/** Status queries in a row without an answer, or refused, until that is told. */
export const pollsUntilSilent = 3;

export class VoiceHealth {
  /** `undefined`: not known yet. */
  #alive: boolean | undefined;
  #missed = 0;
  #refusals = 0;
  /** It refuses what it is told to say, or even to be asked; each is over by what it does not refuse. */
  #refuses: 'speech' | 'status' | undefined;
  #speaking: boolean | null = null;
  #changedAt = 0;
  #said = 0;
  readonly #standing = new Set<VoiceFault>();

  /** @param isGone whether there is no wire to it */
  constructor(
    private readonly clock: Clock,
    private readonly reports: DeviceReports,
    private readonly jobs: VoiceJobs,
    private readonly isGone: () => boolean,
  ) {}

  get isDead(): boolean {
    return this.#alive === false;
  }

  get isInDoubt(): boolean {
    return this.#missed > 0;
  }

  get isTroubled(): boolean {
    return this.isDead || this.#standing.size > 0;
  }

  get isStuck(): boolean {
    return this.#standing.has('voice.stuck-busy');
  }

  /** How long it has spoken, or been silent, without a break. */
  get lastsMilliseconds(): number {
    return this.clock.monotonicMilliseconds() - this.#changedAt;
  }

  /** What came of a status query. */
  answered(status: StatusAnswer): void {
    if (status === 'silent') {
      if (++this.#missed >= pollsUntilSilent) this.#silent();
      return;
    }
    this.#missed = 0;
    const isBack = this.#alive !== true;
    this.#alive = true;
    this.reports.alive();
    if (isBack) this.#tellReadings();
    if (status === 'refused') this.#refusedStatus();
    else this.#knownStatus(status);
    this.#judge();
  }

  /** It says that it is silent now, asked or not. */
  ended(): void {
    if (this.#speaking === true) this.speaks(false);
  }

  speaks(speaking: boolean): void {
    if (speaking === this.#speaking) return;
    this.#speaking = speaking;
    this.#changedAt = this.clock.monotonicMilliseconds();
    this.#tellReadings();
  }

  /** A sentence was said to its end: whatever it refused before, it takes now. */
  utters(): void {
    this.#refuses = undefined;
    this.#clear('voice.refused', 'voice.restarts');
  }

  refusesSpeech(): void {
    this.#refuses ??= 'speech';
    this.raise('voice.refused', 'it refuses an announcement');
  }

  /** A whole announcement was said. */
  announced(): void {
    this.#said++;
    this.#tellReadings();
  }

  raise(fault: VoiceFault, reason: string): void {
    this.#standing.add(fault);
    this.reports.raise(fault, { reason });
    this.#judge();
  }

  /** The wire is gone: nothing is known of what hangs on it. */
  lost(): void {
    this.#alive = undefined;
    this.#missed = 0;
    this.#forget();
    this.#tellReadings();
  }

  #silent(): void {
    this.#alive = false;
    this.#forget();
    this.reports.silent({ polls: this.#missed, reason: 'no answer to the status query' });
  }

  #refusedStatus(): void {
    if (++this.#refusals < pollsUntilSilent) return;
    this.#refuses = 'status';
    this.raise('voice.refused', 'it refuses even a status query');
  }

  #knownStatus(status: 'idle' | 'busy'): void {
    this.#refusals = 0;
    if (this.#refuses === 'status') {
      this.#refuses = undefined;
      this.#clear('voice.refused');
    }
    this.speaks(status === 'busy');
    if (status === 'idle') this.#clear('voice.stuck-busy');
  }

  /** One cause has one fault: what stood before is not known any more. */
  #forget(): void {
    this.#speaking = null;
    this.#refusals = 0;
    this.#refuses = undefined;
    this.#clear('voice.stuck-busy', 'voice.refused', 'voice.restarts');
  }

  #clear(...faults: readonly VoiceFault[]): void {
    for (const fault of faults) {
      if (this.#standing.delete(fault)) this.reports.clear(fault);
    }
    this.#judge();
  }

  #judge(): void {
    if (this.isGone() || this.isDead) this.jobs.become('unable');
    else if (this.#alive === undefined) this.jobs.become('unknown');
    // One that refused an announcement is asked to say the next one: nothing else shows that it does again.
    else if (this.isStuck || this.#refuses === 'status') this.jobs.become('unable');
    else this.jobs.become('ready');
  }

  #tellReadings(): void {
    this.reports.readings({ said: this.#said, speaking: this.#speaking });
  }
}
