import type { Log } from '../kernel/log.js';
import { requirePackage } from '../kernel/require.js';

const { pino } = requirePackage('pino') as typeof import('pino');

/** JSON lines on stdout; readable lines where stdout is a terminal. Level from HALLWARD_LOG (default info). */
export async function makeLog(): Promise<Log> {
  const level = process.env.HALLWARD_LOG ?? 'info';
  const options = { level: level in pino.levels.values || level === 'silent' ? level : 'info', base: null };
  if (!process.stdout.isTTY) {
    const log: Log = pino(options, pino.destination({ dest: 1, sync: false, minLength: 0 }));
    return log;
  }
  const { default: pretty } = await import('pino-pretty');
  const log: Log = pino(options, pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', sync: true }));
  return log;
}
