import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';

/** The port asked for by `--port`; 0, a free one, if none is. Throws for what is no port. @param command for the error */
export function portOf({ values }: CommandInput, command: string): number {
  const text = values.port;
  if (text === undefined) return 0;
  const port = typeof text === 'string' && /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new CommandFailed(
    exitCodes.usage,
    `hallward ${command}: --port: found "${String(text)}", expected 0 to 65535`,
  );
}
