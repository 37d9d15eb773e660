/** Where what a command says can no more be written. */
import { systemCode } from '../kernel/errors.js';
import { exitCodes } from './exit-codes.js';

/** The pipe's reader, or the terminal, has gone: it has seen enough, and that is no mistake. */
const gone = new Set<string | undefined>(['EPIPE', 'EIO']);

/**
 * Ends the process when what it says can no more be written: what goes on for ever as by SIGTERM, anything else at once.
 * Where somebody still reads (a full disk) it is told, with exit status 1.
 */
export function endWithOutput(): void {
  process.stdout.once('error', (error: Error) => {
    // What is written until the end is lost, too.
    process.stdout.on('error', () => {});
    const isGone = gone.has(systemCode(error));
    if (!isGone) process.stderr.write(`hallward: stdout: ${error.message}\n`);
    if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
    else process.exit(isGone ? exitCodes.done : exitCodes.no);
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => {});
}
