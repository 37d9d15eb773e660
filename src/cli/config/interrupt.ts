/** Ctrl-C as something that can be waited for. The second one ends the process at once. */
import { exitCodes } from '../exit-codes.js';

export interface Interrupt {
  /** Never rejects. */
  readonly happened: Promise<void>;
  readonly isSet: () => boolean;
}

/** Takes SIGINT and SIGTERM from now on. */
export function onInterrupt(): Interrupt {
  let isSet = false;
  const happened = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isSet) process.exit(exitCodes.no);
        isSet = true;
        resolve();
      });
    }
  });
  return { happened, isSet: () => isSet };
}
