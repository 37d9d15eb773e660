/**
 * Telling systemd that the service is ready and alive (sd_notify(3)). Node has no Unix datagram sockets, so the
 * message goes through the `systemd-notify` program, which the unit allows with `NotifyAccess=all`.
 */
import { spawn } from 'node:child_process';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';

export interface Systemd {
  /** Says `READY=1` and begins to answer the watchdog, if there is one. */
  ready(): void;
  stopping(): void;
}

export interface SystemdOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Proves that real work gets done now; the watchdog is told only when it resolves to true. */
  readonly proveWork: () => Promise<boolean>;
  /** Passes a message on; for tests. */
  readonly send?: (assignments: readonly string[]) => void;
}

/** Does nothing where the process was not started by systemd. */
export function systemd(options: SystemdOptions): Systemd {
  const { clock, log, environment, proveWork } = options;
  const supervised = environment.NOTIFY_SOCKET !== undefined;
  const watchdogMicroseconds = Number(environment.WATCHDOG_USEC ?? 0);
  const send = options.send ?? sendByProgram(log);
  let timer: Timer | undefined;

  const watch = () => {
    // A third of the limit leaves room for one proof that comes late.
    timer = clock.after('systemd watchdog', watchdogMicroseconds / 3000, async () => {
      const works = await proveWork().catch(() => false);
      if (works) send(['WATCHDOG=1']);
      else log.error({}, 'no work gets done; the watchdog is not answered');
      watch();
    });
  };

  return {
    ready() {
      if (!supervised) return;
      send(['READY=1']);
      if (watchdogMicroseconds > 0) watch();
    },
    stopping() {
      timer?.cancel();
      if (supervised) send(['STOPPING=1']);
    },
  };
}

function sendByProgram(log: Log): (assignments: readonly string[]) => void {
  return (assignments) => {
    const child = spawn('systemd-notify', [...assignments], { stdio: 'ignore' });
    child.on('error', (error) => log.error({ err: error }, 'systemd-notify could not be run'));
  };
}
