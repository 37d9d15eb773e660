/** A link in a process of its own, to be killed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
// Below node_modules, so that the compiled files find their packages.
const compiled = join(root, `node_modules/.cache/hallward-broker-tests-${process.pid}`);
let ready = false;

function compile(): void {
  if (ready) return;
  mkdirSync(compiled, { recursive: true });
  const tsc = join(root, 'node_modules/.bin/tsc');
  const build = join(root, 'tsconfig.build.json');
  // Whether it is right is another check's business; here it only has to run.
  spawnSync(tsc, [
    '-p',
    build,
    '--outDir',
    compiled,
    '--noCheck',
    '--sourceMap',
    'false',
    '--declaration',
    'false',
  ]);
  writeFileSync(join(compiled, 'package.json'), '{"type":"module"}');
  writeFileSync(join(compiled, 'link-process.js'), script);
  ready = true;
}

const script = `
import { createHubLink } from './hub/link.js';
import { systemClock } from './kernel/clock.js';
import { silentLog } from './kernel/log.js';
import { topicsOf } from './protocols/hub/topics.js';
const { url, session, connection } = JSON.parse(process.argv[2]);
let last = connection;
const outbox = {
  read: (after) => ({ events: [], scannedThrough: after }), delivered() {}, deliveredThrough: () => 0,
  lastSequence: 0, onSynced: () => () => {}, backlog: { events: 0, bytes: 0, oldestAt: null },
};
createHubLink({
  settings: { urls: [url], credentials: async () => ({ passwords: [] }) }, topics: topicsOf('hall', 'row-a'), clientId: 'hallward-hall-row-a',
  clock: systemClock(), log: silentLog, outbox, onCommand() {},
  onChange: (condition) => { if (condition.connected) process.stdout.write('connected\\n'); },
  identity: {
    session, version: '0.0.0', startedAt: new Date().toISOString(), configRevision: () => 0,
    nextConnection: () => ++last,
  },
}).start();
`;

/** Takes the compiled files away. */
export function removeCompiled(): void {
  rmSync(compiled, { recursive: true, force: true });
  ready = false;
}

export interface LinkProcess {
  /** kill -9. */
  kill(): void;
}

/** Resolves when its link is connected. */
export async function startLinkProcess(
  url: string,
  identity: { readonly session: number; readonly connection: number },
): Promise<LinkProcess> {
  compile();
  const child: ChildProcess = spawn(
    process.execPath,
    [join(compiled, 'link-process.js'), JSON.stringify({ url, ...identity })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the link's process ended with ${code}`)));
  });
  return { kill: () => void child.kill('SIGKILL') };
}
