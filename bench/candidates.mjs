/** Who takes part: how each is started, and how its messages are read. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Candidate
 * @property {string} name
 * @property {boolean} hasJob false: it only lies idle
 * @property {string} filter what its hub subscribes to
 * @property {string} topic where the presses appear
 * @property {(place: { folder: string, port: string, brokerPort: number }) => string[]} command
 *   arguments for node; the folder is empty at first and outlives a kill
 * @property {(message: any) => { number: number, level: number }} read of a message's JSON
 */

const here = fileURLToPath(new URL('.', import.meta.url));

/** The build to measure: `dist`, or the folder named by HALLWARD_DIST. */
export const distFolder = resolve(process.env.HALLWARD_DIST ?? join(here, '../dist'));

/** @type {Candidate} */
const floor = {
  name: 'floor',
  hasJob: true,
  filter: 'bench/#',
  topic: 'bench/keypad',
  command: ({ port, brokerPort }) => [
    join(here, 'candidates/floor.cjs'),
    port,
    String(brokerPort),
    floor.topic,
  ],
  read: ({ window, level }) => ({ number: Number(window), level: Number(level) }),
};

/** @type {(name: string, dist: string) => Candidate} */
const hallwardOf = (name, dist) => ({
  name,
  hasJob: true,
  // All of it, as a hub does: what nobody listens to is held and is a fault.
  filter: 'hallward/v1/bench/one/#',
  topic: 'hallward/v1/bench/one/event/key.pressed',
  command({ folder, port, brokerPort }) {
    const file = join(folder, 'hallward.yaml');
    // JSON is YAML.
    const document = {
      hall: 'bench',
      controller: 'one',
      hub: { url: `mqtt://127.0.0.1:${brokerPort}` },
      storage: { path: join(folder, 'storage') },
      buses: { keys: { type: 'serial', path: port } },
      devices: {
        rates: { kind: 'evaluator', bus: 'keys', protocol: 'serial-lines', pattern: 'E,{window},{level}' },
      },
    };
    writeFileSync(file, JSON.stringify(document, undefined, 2));
    return [join(dist, 'cli/main.js'), 'run', '--config', file];
  },
  read: ({ data }) => ({ number: Number(data.window), level: Number(data.key) }),
});

/** @type {Candidate} */
const emptyNode = {
  name: 'empty node',
  hasJob: false,
  filter: '',
  topic: '',
  command: () => [join(here, 'candidates/idle.mjs')],
  read: () => ({ number: 0, level: 0 }),
};

/** Another build to hold against this one, where HALLWARD_BEFORE names its folder: what has a change brought? */
const before = process.env.HALLWARD_BEFORE;

/** @type {readonly Candidate[]} */
export const candidates = [
  floor,
  ...(before === undefined ? [] : [hallwardOf('before', resolve(before))]),
  hallwardOf('hallward', distFolder),
  emptyNode,
];
