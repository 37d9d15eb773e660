/** Which of the doors are known to be watched, and for how much of a period all of them were. No clock, no wire. */
export class EntranceDoors {
  /** For each door, whether it is watched, and since when it has not been, where it was before. */
  readonly #doors: ReadonlyMap<string, { known: boolean; lostAt: number | undefined }>;
  #knownMilliseconds = 0;
  #since: number;

  /** @param beganAt monotonic milliseconds, as all times here */
  constructor(names: readonly string[], beganAt: number) {
    this.#doors = new Map(names.map((name) => [name, { known: false, lostAt: undefined }]));
    this.#since = beganAt;
  }

  get allKnown(): boolean {
    return [...this.#doors.values()].every(({ known }) => known);
  }

  /** It is watched; gives for how long it was not, in milliseconds, where it had been before. */
  watched(name: string, at: number): number {
    const door = this.#doors.get(name);
    if (door === undefined || door.known) return 0;
    this.#reach(at);
    door.known = true;
    const lostAt = door.lostAt;
    door.lostAt = undefined;
    return lostAt === undefined ? 0 : at - lostAt;
  }

  lost(name: string, at: number): void {
    const door = this.#doors.get(name);
    if (door === undefined || !door.known) return;
    this.#reach(at);
    door.known = false;
    door.lostAt = at;
  }

  /** Ends a period that was `milliseconds` long; gives for which part of it all doors were watched, 0 to 100. */
  knownPercent(milliseconds: number, at: number): number {
    this.#reach(at);
    const known = this.#knownMilliseconds;
    this.#knownMilliseconds = 0;
    return milliseconds > 0 ? Math.round((100 * known) / milliseconds) : 0;
  }

  #reach(at: number): void {
    if (this.allKnown) this.#knownMilliseconds += at - this.#since;
    this.#since = at;
  }
}
