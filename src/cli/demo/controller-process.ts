/**
 * The controller of the demo: a process of its own, so that its power can really be taken away (kill -9). It starts as
 * `hallward run` does; only its wires come from the parent, where the far ends are.
 *
 * Started by `controller-box.ts`: `node controller-process.js FILE FOLDER`. The folder is removed where the parent is
 * gone without having ended this process: then nobody else does it.
 */
import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { type Clock, systemClock } from '../../kernel/clock.js';
import { asHallwardError, HallwardError } from '../../kernel/errors.js';
import { silentLog } from '../../kernel/log.js';
import { processWires } from '../../simulator/process-wires.js';
import type { Outbox } from '../../store/types.js';
import { type Launched, launch } from '../../supervisor/launch.js';
import { TimeTrust } from '../../supervisor/time-trust.js';
import { networkPrinters } from '../../supervisor/wiring.js';
import type { AudioOutput } from '../../transports/ports-audio.js';
import { version } from '../../version.js';
import { type ControllerSays, demoFolderPrefix } from './controller-says.js';

/** An orderly end may take this long; then the process ends all the same. */
const stopMilliseconds = 4_500;
/** While events are kept it is looked this often whether they still are. */
const lookMilliseconds = 200;

const [file = '', folder = ''] = process.argv.slice(2);
const wall = systemClock();
const trust = new TimeTrust(wall);
const clock = systemClock(() => trust.quality());
const say = (message: ControllerSays) => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

let launched: Launched | undefined;
let ending = 'no' as 'no' | 'asked' | 'orphaned';

process.on('SIGTERM', () => end('asked'));
process.on('disconnect', () => end('orphaned'));
// Signals of the terminal are for the parent, which ends this process in order.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

try {
  const wires = processWires();
  launched = await launch({
    file,
    clock,
    log: silentLog,
    version,
    wiring: {
      carrier: (name) => wires.carrier(name),
      gpioChip: (name) => wires.gpioChip(name),
      i2cAdapter: (name) => wires.i2cAdapter(name),
      audioOutput: async () => noAudio(),
      ...networkPrinters(clock),
    },
    opened: (store) => trust.follow(store),
  });
  tellBacklog(launched.store.outbox, clock);
  say({ controller: 'started' });
  if (ending !== 'no') await leave();
} catch (error) {
  const { code, message } = asHallwardError(error, 'demo.not-started');
  say({ controller: 'failed', code, message });
  if (ending === 'orphaned') removeFolder();
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}

/** The demo makes no sound on the machine that it runs on. */
function noAudio(): AudioOutput {
  const refuse = () =>
    Promise.reject(new HallwardError('audio.absent', 'absent', 'the demo has no sound card'));
  return { address: 'no sound card', probe: refuse, play: refuse };
}

/** Tells how many events the hub does not have, whenever the number has changed; nothing runs while it is 0. */
function tellBacklog(outbox: Outbox, on: Clock): void {
  let told = -1;
  let looking = false;
  const look = () => {
    looking = false;
    const { events } = outbox.backlog;
    if (events !== told) say({ controller: 'keeps', events });
    told = events;
    if (events > 0) lookLater();
  };
  const lookLater = () => {
    if (looking) return;
    looking = true;
    on.after('demo: events kept', lookMilliseconds, look);
  };
  outbox.onSynced(lookLater);
  look();
}

function end(why: 'asked' | 'orphaned'): void {
  if (ending !== 'no') return;
  ending = why;
  clock.after('stop by force', stopMilliseconds, exit);
  if (launched !== undefined) void leave();
}

async function leave(): Promise<void> {
  try {
    await launched?.stop();
  } finally {
    exit();
  }
}

function exit(): never {
  if (ending === 'orphaned') removeFolder();
  process.exit(0);
}

function removeFolder(): void {
  if (basename(folder).startsWith(demoFolderPrefix)) rmSync(folder, { recursive: true, force: true });
}
