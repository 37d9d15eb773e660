/**
 * A real broker for a test: mosquitto where it is installed, else aedes (MQTT 3.1.1 only), which is said in the
 * test's output. With CI=true a missing mosquitto is an error.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { freePort } from '../../support/free-port.js';

export interface BrokerOptions {
  /** Users with their passwords; without it anybody may connect. */
  readonly users?: Readonly<Record<string, string>>;
  /** Lines of a mosquitto access control file. */
  readonly acl?: readonly string[];
  /** Keeps its data through `stop` and `restart` (a `kill` loses what was not saved). */
  readonly persistence?: boolean;
  /** Further lines of mosquitto's configuration. */
  readonly lines?: readonly string[];
}

export interface Broker {
  readonly kind: 'mosquitto' | 'aedes';
  readonly port: number;
  readonly url: string;
  /** Ends in good order. */
  stop(): Promise<void>;
  /** Ends as by kill -9. */
  kill(): Promise<void>;
  /** Starts again on the same port. */
  start(): Promise<void>;
  /** Lives, and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends and leaves nothing behind. */
  dispose(): Promise<void>;
}

/** HALLWARD_TEST_BROKER=aedes runs the tests over aedes although mosquitto is there. */
const mosquitto =
  process.env.HALLWARD_TEST_BROKER === 'aedes'
    ? undefined
    : ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(existsSync);

export const haveMosquitto = mosquitto !== undefined;
if (!haveMosquitto) {
  if (process.env.CI === 'true' && process.env.HALLWARD_TEST_BROKER === undefined)
    throw new Error('CI has no mosquitto: apt-get install mosquitto');
  console.warn('no mosquitto here: these tests run over aedes (MQTT 3.1.1 only); MQTT 5 is not tested');
}

/** Mosquitto, or aedes where there is none. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const broker = haveMosquitto ? await mosquittoBroker(options) : await aedesBroker();
  await broker.start();
  return broker;
}

async function mosquittoBroker(options: BrokerOptions): Promise<Broker> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'hallward-broker-'));
  // Started as root it becomes another user, who must be able to read its files.
  await chmod(folder, 0o777);
  const path = (name: string) => join(folder, name);
  const lines = [
    `listener ${port} 127.0.0.1`,
    `allow_anonymous ${options.users === undefined}`,
    ...(options.persistence ? ['persistence true', `persistence_location ${folder}/`] : []),
    ...(options.lines ?? []),
  ];
  if (options.users !== undefined) {
    const passwords = Object.entries(options.users).map(([user, password]) => `${user}:${password}\n`);
    await writeFile(path('passwords'), passwords.join(''), { mode: 0o644 });
    await run('mosquitto_passwd', ['-U', path('passwords')]);
    await chmod(path('passwords'), 0o644);
    lines.push(`password_file ${path('passwords')}`);
  }
  if (options.acl !== undefined) {
    await writeFile(path('acl'), `${options.acl.join('\n')}\n`, { mode: 0o644 });
    lines.push(`acl_file ${path('acl')}`);
  }
  await writeFile(path('mosquitto.conf'), `${lines.join('\n')}\n`, { mode: 0o644 });
  let process: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  const end = async (signal: NodeJS.Signals) => {
    process?.kill('SIGCONT');
    process?.kill(signal);
    await ended;
    process = undefined;
  };
  return {
    kind: 'mosquitto',
    port,
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      const child = spawn(mosquitto as string, ['-c', path('mosquitto.conf')], { stdio: 'ignore' });
      process = child;
      ended = new Promise((resolve) => child.once('exit', resolve));
      await reachable(port);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => void process?.kill('SIGSTOP'),
    thaw: () => void process?.kill('SIGCONT'),
    async dispose() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface AedesOptions {
  /** False: SUBACK says 0x80. */
  readonly maySubscribe?: (filter: string) => boolean;
}

/** Aedes in this process: a broker that speaks MQTT 3.1.1 only. Not started yet. */
export async function aedesBroker(options: AedesOptions = {}): Promise<Broker> {
  const port = await freePort();
  let server: Server | undefined;
  let aedes: Aedes | undefined;
  const sockets = new Set<Socket>();
  const end = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
    await new Promise<void>((resolve) => (aedes === undefined ? resolve() : aedes.close(() => resolve())));
    server = undefined;
    aedes = undefined;
  };
  return {
    kind: 'aedes',
    port,
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      const broker = await Aedes.createBroker({
        authorizeSubscribe: (_client, subscription, done) =>
          done(null, options.maySubscribe?.(subscription.topic) === false ? null : subscription),
      });
      aedes = broker;
      server = createServer((socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        broker.handle(socket);
      }).listen(port, '127.0.0.1');
      await reachable(port);
    },
    stop: end,
    kill: end,
    freeze: () => {
      for (const socket of sockets) socket.pause();
    },
    thaw: () => {
      for (const socket of sockets) socket.resume();
    },
    dispose: end,
  };
}

async function reachable(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no broker on port ${port}`);
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(command, args, { stdio: 'ignore' })
      .once('error', reject)
      .once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} exited with ${code}`))));
  });
}
