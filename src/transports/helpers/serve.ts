/** The child's side of `helper-process.ts`. */
import { asHallwardError } from '../../kernel/errors.js';
import type { HelperError, HelperMessage, HelperRequest } from '../helper-process.js';

/** What a child does once it has begun. */
export interface Helper {
  /** Answers a request. What it throws becomes the request's error. */
  handle(message: unknown): unknown;
  /** The parent has closed the wire or is gone: brings lines to rest. The process ends right after. */
  end?(): void;
}

/**
 * Serves the parent until it disconnects. Called once, by each file of this folder.
 * @param begin opens the wire; `tell` sends something unasked.
 */
export function serveHelper(
  begin: (argument: unknown, tell: (told: unknown) => void) => Helper | Promise<Helper>,
): void {
  let helper: Helper | undefined;
  const send = (message: HelperMessage) => {
    if (process.connected) process.send?.(message);
  };
  process.on('message', async ({ id, message }: HelperRequest) => {
    try {
      if (id === 0) {
        helper = await begin(message, (told) => send({ told }));
        send({ id, value: null });
      } else {
        send({ id, value: await helper?.handle(message) });
      }
    } catch (thrown) {
      const { code, kind, message: text, evidence } = asHallwardError(thrown, 'helper.failed');
      send({ id, error: { code, kind, message: text, evidence } satisfies HelperError });
    }
  });
  process.on('disconnect', () => {
    try {
      helper?.end?.();
    } finally {
      process.exit();
    }
  });
  // The terminal's signals are for the parent, which ends its children in order.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
