/**
 * One thing after the other. The store's background work (reading back, preparing files, snapshots) goes through
 * one lane, so that a storage that hangs in the kernel holds one thread of Node's pool by it and not all four.
 */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `job` after all that were given before it, whether those worked or not. Never call it within a job. */
  run<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(job, job);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
