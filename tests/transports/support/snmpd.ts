import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-port.js';

/** Where Debian has it; it is not in everybody's PATH. */
const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
const script = fileURLToPath(new URL('pass-persist.mjs', import.meta.url));

/** Whether Net-SNMP's agent is there. In CI it must be. */
export function hasSnmpd(): boolean {
  const tried = spawnSync('snmpd', ['--version'], { encoding: 'utf8', env: { ...process.env, PATH: path } });
  if (tried.status === 0) return true;
  if (process.env.CI !== undefined) throw new Error('snmpd is needed: apt-get install snmpd');
  console.warn('left out, as snmpd is not installed here: apt-get install snmpd');
  return false;
}

export interface Snmpd {
  readonly port: number;
  /** Objects in place of those before: identifier, type of pass_persist, value. */
  serve(objects: readonly string[]): Promise<void>;
  kill(): Promise<void>;
  /** @param engine snmpEngineID in hex, as another machine in its place has another */
  start(engine?: string): Promise<void>;
  /** Kills it and takes its folder away. */
  close(): Promise<void>;
}

/** The user of version 3 that it knows. */
export const reader = {
  name: 'reader',
  authProtocol: 'sha',
  authKey: 'auth pass phrase',
  privProtocol: 'aes',
  privKey: 'priv pass phrase',
} as const;

/**
 * Debian's snmpd on a free port of 127.0.0.1, with nothing of the machine's configuration. Below the Printer MIB and
 * the Host Resources devices it serves what `serve` was given; the rest is its own.
 */
export async function startSnmpd(objects: readonly string[]): Promise<Snmpd> {
  const folder = await mkdtemp(join(tmpdir(), 'snmpd-'));
  const port = await freePort('udp');
  const serve = (lines: readonly string[]) => writeFile(join(folder, 'objects'), `${lines.join('\n')}\n`);
  await serve(objects);
  const pass = (oid: string) =>
    `pass_persist -p 10 ${oid} ${process.execPath} ${script} ${join(folder, 'objects')}`;
  const configuration = (engine: string) => [
    `agentaddress udp:127.0.0.1:${port}`,
    'rocommunity public 127.0.0.1',
    `exactEngineID 0x${engine}`,
    `createUser ${reader.name} SHA "${reader.authKey}" AES "${reader.privKey}"`,
    `rouser ${reader.name} authPriv`,
    pass('.1.3.6.1.2.1.43'),
    pass('.1.3.6.1.2.1.25.3'),
  ];
  let child: ChildProcess | undefined;

  const kill = async () => {
    const dying = child;
    child = undefined;
    if (dying === undefined || dying.exitCode !== null) return;
    const gone = new Promise((resolve) => dying.once('exit', resolve));
    dying.kill('SIGKILL');
    await gone;
  };
  const start = async (engine = '80001f8880aabbccdd') => {
    await writeFile(join(folder, 'snmpd.conf'), `${configuration(engine).join('\n')}\n`);
    const own = ['hr_device', 'hr_disk', 'hr_print', 'hr_proc', 'hr_network', 'hr_partition', 'hr_filesys'];
    const log = join(folder, 'log');
    await rm(log, { force: true });
    const started = spawn(
      'snmpd',
      ['-f', '-C', '-c', join(folder, 'snmpd.conf'), '-I', `-${own.join(',')}`, '-Lf', log],
      {
        stdio: 'ignore',
        env: { ...process.env, PATH: path, MIBS: '', SNMP_PERSISTENT_FILE: join(folder, 'kept.conf') },
      },
    );
    child = started;
    // It says its version when its port is open.
    for (;;) {
      const said = await readFile(log, 'utf8').catch(() => '');
      if (said.includes('NET-SNMP version')) return;
      if (started.exitCode !== null) throw new Error(`snmpd ended: ${said}`);
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  };
  await start();
  return {
    port,
    serve,
    kill,
    start,
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
