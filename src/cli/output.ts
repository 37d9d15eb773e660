/** Where what a command says can no more be written. */
import { systemCode } from '../kernel/errors.js';
import { exitCodes } from './exit-codes.js';

/** The pipe's reader, or the terminal, has gone: it has seen enough, and that is no mistake. */
const gone = new Set<string | undefined>(['EPIPE', 'EIO']);

/**
 * Ends the process when what it says can no more be written: what ends in order by SIGTERM does so, anything else ends at
 * once, with the exit status of a command that was done. Where somebody still reads (a full disk) it is told, with exit
 * status 1.
 */
export function endWithOutput(): void {
  process.stdout.once('error', (error: Error) => {
    // What is written until the end is lost, too.
    process.stdout.on('error', () => {});
    const isGone = gone.has(systemCode(error));
    if (!isGone) process.stderr.write(`hallward: stdout: ${error.message}\n`);
    if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
    // A command whose last words these were gives its status in this turn: who reads only a part still relies on that.
    else if (isGone) setImmediate(() => process.exit());
    else process.exit(exitCodes.no);
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => {});
}
