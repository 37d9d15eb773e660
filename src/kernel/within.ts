import type { Clock } from './clock.js';

/** What a promise brings, or `undefined` once it took too long; it is not waited for then, whatever becomes of it. */
export function within<Result>(
  clock: Clock,
  name: string,
  milliseconds: number,
  promise: Promise<Result>,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(name, milliseconds, () => resolve(undefined));
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
