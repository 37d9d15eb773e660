/**
 * How old a press is, as far as anybody can know. A press is stamped when its bytes are read; where the whole process
 * stood still (a card that stalls, a process that was stopped), what was read first may have waited as long. The monotonic
 * clock of a machine that was suspended has stood still, too: of that it knows nothing.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import type { HallPorts } from './ports.js';

/** A press older than this is never acted on: whoever pressed has gone on. */
const staleMilliseconds = 5_000;
const beatMilliseconds = 1_000;
/** So long after it stood still, what had waited meanwhile is read. */
const catchUpMilliseconds = 1_000;

export class PressAge {
  readonly #process: Clock;
  #beatAt: number;
  #stoodStillUntil = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(private readonly ports: Pick<HallPorts, 'clock' | 'processClock' | 'log'>) {
    this.#process = ports.processClock ?? ports.clock;
    this.#beatAt = this.#process.monotonicMilliseconds();
  }

  start(): void {
    this.#beat();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Whether a press is too old, or may be. */
  isStale(device: string, atMilliseconds: number, what: string): boolean {
    const { clock, log } = this.ports;
    if (clock.monotonicMilliseconds() - atMilliseconds > staleMilliseconds) {
      log.warn({ device, what }, 'a press older than 5 s is not acted on');
      return true;
    }
    const now = this.#process.monotonicMilliseconds();
    this.#look(now);
    if (now - this.#stoodStillUntil > catchUpMilliseconds) return false;
    log.warn({ device, what }, 'a press that came while the process stood still is not acted on');
    return true;
  }

  #beat(): void {
    this.#look(this.#process.monotonicMilliseconds());
    this.#timer = this.#process.after('watch for a process that stands still', beatMilliseconds, () =>
      this.#beat(),
    );
  }

  #look(now: number): void {
    if (this.#timer !== undefined && now - this.#beatAt > staleMilliseconds) this.#stoodStillUntil = now;
    this.#beatAt = now;
  }
}
