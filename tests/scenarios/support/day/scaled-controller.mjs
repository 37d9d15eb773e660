/**
 * A controller as `hallward run` makes it, real ports, real storage, real hub; only its time runs faster.
 *
 *     node scaled-controller.mjs FILE SPEED REAL-START HALL-START
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { eventSource } from '../../../../dist/protocols/hub/events.js';
import { openStore } from '../../../../dist/store/open.js';
import { openBoardKey } from '../../../../dist/supervisor/board-key.js';
import { checkLoaded, loadFile, profileFinder } from '../../../../dist/supervisor/config/load.js';
import { Controller } from '../../../../dist/supervisor/controller.js';
import { ConfigMemory } from '../../../../dist/supervisor/transaction/memory.js';
import { chooseAtStart } from '../../../../dist/supervisor/transaction/start.js';
import { realWiring } from '../../../../dist/supervisor/wiring.js';
import { machineClock, scaledClock } from './scaled-clock.mjs';

const [file, speed, realStart, hallStart] = process.argv.slice(2);
const clock = scaledClock({
  speed: Number(speed),
  realStart: Number(realStart),
  hallStart: Number(hallStart),
});

function logOf(fields) {
  const say = (level) => (more, message) =>
    process.stdout.write(`${JSON.stringify({ level, ...fields, ...more, msg: message })}\n`);
  return {
    debug() {},
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: (more) => logOf({ ...fields, ...more }),
  };
}

const log = logOf({});
const loaded = loadFile(file);
if (loaded.configuration === undefined) throw new Error(JSON.stringify(loaded.problems));
const { hall, controller: name, storage } = loaded.configuration;
const store = await openStore({
  directory: storage.path,
  source: () => eventSource(hall, name),
  // How long a write may take is the disk's affair, not the hall's.
  clock: machineClock(clock),
  log,
  boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
});
const findProfile = profileFinder(dirname(file));
const check = (document) => checkLoaded(document, findProfile);
const memory = new ConfigMemory(store.state);
const controller = new Controller({
  start: chooseAtStart(loaded, memory, check),
  memory,
  check,
  secretsFolder: dirname(file),
  store,
  clock,
  processClock: machineClock(clock),
  log,
  version: '0.0.0',
  wiring: realWiring(clock, log),
  findProfile,
  openBoardKey: () => openBoardKey(storage.path, log),
});
await controller.start();
log.info({}, 'running');
process.on('SIGTERM', () => {
  void controller
    .stop()
    .then(() => store.close())
    .finally(() => process.exit(0));
});
