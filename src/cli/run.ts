import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { formatProblem } from '../supervisor/config/problems.js';
import { InvalidConfiguration, type Launched, launch } from '../supervisor/launch.js';
import { systemd } from '../supervisor/systemd.js';
import { TimeTrust } from '../supervisor/time-trust.js';
import { realWiring } from '../supervisor/wiring.js';
import { version } from '../version.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { letYoungSpaceGrow } from './little-memory.js';
import { makeLog } from './logger.js';

const standardFile = '/etc/hallward/hallward.yaml';
/** An orderly stop may take this long; then the process ends all the same: everything durable is synced already. */
const stopMilliseconds = 4_500;

/** `hallward run`: the controller in the foreground, until SIGTERM or SIGINT. */
export async function run(input: CommandInput): Promise<number> {
  const file = typeof input.values.config === 'string' ? input.values.config : standardFile;
  const trust = new TimeTrust({
    wallMilliseconds: () => Date.now(),
    monotonicMilliseconds: () => performance.now(),
  });
  const clock = systemClock(() => trust.quality());
  const log = await makeLog();
  const signals = new Signals(clock, log);
  let launched: Launched;
  try {
    launched = await launch({
      file,
      clock,
      log,
      version,
      wiring: realWiring(clock, log),
      opened: (store) => trust.follow(store),
    });
  } catch (error) {
    throw asCommandFailure(file, error);
  }
  const { controller, store } = launched;
  // Not before: a timer would keep a process for a while that has failed to start.
  clock.after('young objects may have more room', startMilliseconds, letYoungSpaceGrow);
  const supervised = systemd({
    clock,
    log,
    environment: process.env,
    proveWork: () => controller.proveWork(),
  });
  supervised.ready();
  log.info({ version, file, storage: store.storeId }, 'running');

  return await new Promise((resolve) => {
    signals.obey({
      reload: () => void launched.reload(),
      stop() {
        supervised.stopping();
        void launched.stop().finally(() => {
          log.info({}, 'stopped');
          resolve(exitCodes.done);
          // Whatever a driver left open must not keep the process: all is synced.
          setImmediate(endProcess);
        });
      },
    });
  });
}

/** Until what the start has made is gone. */
const startMilliseconds = 5_000;

/** Kills process $1 a moment later, if it is still the one that began at $2 (field 22 of proc(5) stat). */
const guardScript = 'sleep 0.3 && [ "$(cut -d" " -f22 "/proc/$1/stat" 2>/dev/null)" = "$2" ] && kill -9 "$1"';

/**
 * Ends at once. `process.exit` waits for the threads of Node's pool, and one of them may hang in the kernel (a disk
 * that stalls, a wire's driver): then a moment later somebody else ends us.
 */
function endProcess(): void {
  const beganAt = startOfProcess();
  if (beganAt !== undefined) {
    const args = ['-c', guardScript, 'sh', String(process.pid), beganAt];
    const guard = spawn('/bin/sh', args, { stdio: 'ignore', detached: true });
    guard.on('error', () => {});
    guard.unref();
  }
  process.exit(exitCodes.done);
}

/** When this process began, as the kernel counts; tells it from a later one with the same number. */
function startOfProcess(): string | undefined {
  try {
    return readFileSync('/proc/self/stat', 'utf8').split(' ')[21];
  } catch {
    return undefined;
  }
}

interface Orders {
  reload(): void;
  stop(): void;
}

/** What the process is told, from its start on: a signal that comes while everything opens waits, and kills nobody. */
class Signals {
  #orders: Orders | undefined;
  #stopping = false;
  #reload = false;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    process.on('SIGTERM', (signal) => this.#stop(signal));
    process.on('SIGINT', (signal) => this.#stop(signal));
    process.on('SIGHUP', () => {
      if (this.#orders === undefined) this.#reload = true;
      else if (!this.#stopping) this.#orders.reload();
    });
  }

  /** Hands over who obeys, and what came before. */
  obey(orders: Orders): void {
    this.#orders = orders;
    if (this.#stopping) orders.stop();
    else if (this.#reload) orders.reload();
  }

  #stop(signal: string): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.log.info({ signal }, 'stopping');
    this.clock.after('stop by force', stopMilliseconds, endProcess);
    this.#orders?.stop();
  }
}

function asCommandFailure(file: string, error: unknown): unknown {
  if (error instanceof InvalidConfiguration) {
    const lines = error.problems.map(formatProblem);
    const many = `${lines.length} ${lines.length === 1 ? 'problem' : 'problems'}`;
    return new CommandFailed(
      exitCodes.invalidConfiguration,
      `${lines.join('\n')}\n${file}: ${many}; nothing was started`,
    );
  }
  if (error instanceof HallwardError && error.code === 'storage.in-use') {
    return new CommandFailed(exitCodes.storageInUse, `hallward: ${error.message}`);
  }
  return error;
}
