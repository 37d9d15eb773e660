import type { Clock, Timer } from '../../kernel/clock.js';

interface Line {
  /** As it was told. */
  level: boolean | undefined;
  /** Waits whether another level lasts. */
  settling: Timer | undefined;
}

/**
 * Levels of a few lines that have lasted for a while: what is shorter (a swinging arm, a bounce, a spark) is not told. All
 * lines wait for the same time, so that their order stays.
 */
export class SteadyLines {
  readonly #lines = new Map<number, Line>();

  /**
   * @param minimumMilliseconds how long a level must last; 0 for no wait
   * @param changed told of each line's level, first as it is; `atMilliseconds` (monotonic) is when it became so
   * @param crashed what `changed` throws
   */
  constructor(
    private readonly name: string,
    private readonly clock: Clock,
    private readonly minimumMilliseconds: number,
    private readonly changed: (index: number, active: boolean, atMilliseconds: number) => void,
    private readonly crashed: (error: unknown) => void,
  ) {}

  level(index: number, active: boolean, atMilliseconds: number): void {
    const line = this.#lines.get(index) ?? { level: undefined, settling: undefined };
    this.#lines.set(index, line);
    line.settling?.cancel();
    line.settling = undefined;
    if (line.level === active) return;
    if (line.level === undefined || this.minimumMilliseconds === 0) {
      this.#tell(line, index, active, atMilliseconds);
      return;
    }
    line.settling = this.clock.after(`${this.name} settles`, this.minimumMilliseconds, () => {
      line.settling = undefined;
      this.#tell(line, index, active, atMilliseconds);
    });
  }

  /** The lines are lost, or no longer of interest; no timer is left. */
  forget(): void {
    for (const { settling } of this.#lines.values()) settling?.cancel();
    this.#lines.clear();
  }

  #tell(line: Line, index: number, active: boolean, atMilliseconds: number): void {
    line.level = active;
    try {
      this.changed(index, active, atMilliseconds);
    } catch (error) {
      this.crashed(error);
    }
  }
}
