/**
 * The IPP Everywhere printer of CUPS (Debian: cups-ipp-utils), a printer that is not ours. It refuses to start without
 * DNS-SD: where no avahi-daemon runs on this machine, one of our own is started on the loopback, with a bus of its own.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../support/free-port.js';

const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
const programs = ['ippeveprinter', 'ipptool', 'dbus-daemon', 'avahi-daemon'];
const missing = programs.filter((name) => !path.split(':').some((folder) => existsSync(join(folder, name))));
const isCi = process.env.CI !== undefined && process.env.CI !== '';

export const haveIppeveprinter = missing.length === 0;
if (!haveIppeveprinter) {
  const what = `apt-get install cups-ipp-utils dbus avahi-daemon: ${missing.join(', ')} not found`;
  if (isCi) throw new Error(what);
  console.warn(`a printer of CUPS is not tested here; ${what}`);
}

export interface Ippeveprinter {
  /** `localhost:…`, behind `ipp://` or `ipps://`, as one likes. */
  readonly origin: string;
  /** The certificate that it made for itself. */
  certificate(): Promise<string>;
  /** Sheets in its main tray, as its page at `/media` sets them; -2 is unknown. */
  sheets(sheets: 250 | 125 | 50 | 25 | 5 | 0 | -2): Promise<void>;
  /** Percent, as its page at `/supplies` sets them: room in the waste container, black toner. */
  supplies(waste: number, black: number): Promise<void>;
  /** Prints a page, during which its print command says these lines (`STATE: …`, `ATTR: …`); resolves when it is done. */
  print(...lines: readonly string[]): Promise<void>;
  /** Prints until `end` is called; resolves when the command has begun. */
  printLong(...lines: readonly string[]): Promise<{ end(): Promise<void> }>;
  /** Ends it, and begins it anew on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and all that was started for it, and leaves no file behind. */
  dispose(): Promise<void>;
}

/** A printer with one tray, black toner 75 % and a waste container with room for 25 %. */
export async function startIppeveprinter(): Promise<Ippeveprinter> {
  const folder = await mkdtemp(join(tmpdir(), 'hallward-ippeve-'));
  const helpers: Started[] = [];
  try {
    const port = await freePort();
    const environment = {
      ...process.env,
      PATH: path,
      HOME: folder,
      TMPDIR: folder,
      ...(await dnsSd(folder, helpers)),
    };
    const printer = new RealPrinter(folder, port, environment, helpers);
    await printer.prepare();
    await printer.start();
    return printer;
  } catch (error) {
    for (const helper of helpers.reverse()) await helper.end();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A process of ours and what it said. */
class Started {
  said = '';
  readonly ended: Promise<unknown>;

  constructor(readonly process: ChildProcess) {
    const keep = (bytes: Buffer) => {
      this.said = (this.said + bytes.toString()).slice(-10_000);
    };
    process.stdout?.on('data', keep);
    process.stderr?.on('data', keep);
    process.on('error', (error) => keep(Buffer.from(error.message)));
    this.ended = new Promise((resolve) => process.once('close', resolve));
  }

  get isOver(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  async end(): Promise<void> {
    if (!this.isOver) this.process.kill('SIGTERM');
    const patience = setTimeout(() => this.process.kill('SIGKILL'), 3_000);
    await this.ended;
    clearTimeout(patience);
  }

  /** Resolves when `done`, rejects when the process ends before. */
  async until(done: () => boolean | Promise<boolean>): Promise<void> {
    for (let look = 0; look < 1_000; look++) {
      if (await done()) return;
      if (this.isOver) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${this.process.spawnfile} does not come up: ${this.said}`);
  }
}

function begin(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Started {
  return new Started(spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** What the printer needs in its environment to find an avahi-daemon. */
async function dnsSd(folder: string, helpers: Started[]): Promise<Record<string, string>> {
  if (avahiRuns()) return {};
  const address = `unix:path=${join(folder, 'bus')}`;
  await writeFile(join(folder, 'dbus.conf'), busConfiguration(address));
  await writeFile(join(folder, 'avahi.conf'), avahiConfiguration);
  const env = { ...process.env, PATH: path, DBUS_SYSTEM_BUS_ADDRESS: address };
  const bus = begin(
    'dbus-daemon',
    [`--config-file=${join(folder, 'dbus.conf')}`, '--nofork', '--print-address'],
    env,
  );
  helpers.push(bus);
  await bus.until(() => existsSync(join(folder, 'bus')));
  const plain = ['--no-drop-root', '--no-chroot', '--no-rlimits', '--no-proc-title'];
  const avahi = begin('avahi-daemon', ['-f', join(folder, 'avahi.conf'), ...plain], env);
  helpers.push(avahi);
  await avahi.until(() => avahi.said.includes('Server startup complete'));
  return { DBUS_SYSTEM_BUS_ADDRESS: address };
}

function avahiRuns(): boolean {
  try {
    execFileSync('avahi-daemon', ['--check'], { env: { ...process.env, PATH: path }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const busConfiguration = (address: string) => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

const avahiConfiguration = `[server]
host-name=hallward-test
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
[publish]
publish-hinfo=no
publish-workstation=no
`;

/** Says what the test has put into `lines`, and goes on for as long as there is a file `hold`. */
const printCommand = (folder: string) => `#!/bin/sh
cat ${folder}/lines >&2
touch ${folder}/printing
while [ -e ${folder}/hold ]; do sleep 0.05; done
`;

class RealPrinter implements Ippeveprinter {
  readonly origin: string;
  #printer: Started | undefined;

  constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly helpers: readonly Started[],
  ) {
    this.origin = `localhost:${port}`;
  }

  async prepare(): Promise<void> {
    for (const name of ['spool', 'keys']) await mkdir(join(this.folder, name));
    await writeFile(join(this.folder, 'command'), printCommand(this.folder));
    await chmod(join(this.folder, 'command'), 0o755);
    await writeFile(join(this.folder, 'page.txt'), 'One page.\n');
  }

  certificate(): Promise<string> {
    return readFile(join(this.folder, 'keys', 'localhost.crt'), 'utf8');
  }

  sheets(sheets: number): Promise<void> {
    const sizes = 'size1=na_letter_8.5x11in&type1=stationery&size3=na_number-10_4.125x9.5in&type3=envelope';
    return this.#page(`media?${sizes}&level1=${sheets}&level3=25`);
  }

  supplies(waste: number, black: number): Promise<void> {
    return this.#page(`supplies?supply0=${waste}&supply1=${black}`);
  }

  async print(...lines: readonly string[]): Promise<void> {
    const { end } = await this.printLong(...lines);
    await end();
  }

  async printLong(...lines: readonly string[]): Promise<{ end(): Promise<void> }> {
    const file = (name: string) => join(this.folder, name);
    const finished = this.#jobsFinished();
    await rm(file('printing'), { force: true });
    await writeFile(file('lines'), lines.map((line) => `${line}\n`).join(''));
    await writeFile(file('hold'), '');
    const what = ['-f', file('page.txt'), '-d', 'filetype=text/plain', `ipp://${this.origin}/ipp/print`];
    await promisify(execFile)('ipptool', ['-q', ...what, 'print-job.test'], { env: this.environment });
    await this.#printer?.until(() => existsSync(file('printing')));
    const end = async () => {
      await rm(file('hold'), { force: true });
      await this.#printer?.until(() => this.#jobsFinished() > finished);
    };
    return { end };
  }

  async start(): Promise<void> {
    const named = ['-p', String(this.port), '-n', 'localhost', '-r', 'off', '-M', 'Example', '-m', 'Printer'];
    const files = ['-d', join(this.folder, 'spool'), '-K', join(this.folder, 'keys')];
    const job = ['-f', 'text/plain', '-c', join(this.folder, 'command')];
    const printer = begin(
      'ippeveprinter',
      ['-v', ...named, ...files, ...job, 'Hallward test'],
      this.environment,
    );
    this.#printer = printer;
    await printer.until(() => listens(this.port));
  }

  async stop(): Promise<void> {
    await this.#printer?.end();
    this.#printer = undefined;
  }

  async dispose(): Promise<void> {
    await rm(join(this.folder, 'hold'), { force: true });
    await this.stop();
    for (const helper of [...this.helpers].reverse()) await helper.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  #jobsFinished(): number {
    return this.#printer?.said.split('Processing time was').length ?? 0;
  }

  async #page(query: string): Promise<void> {
    const answer = await fetch(`http://${this.origin}/${query}`);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`/${query}: HTTP ${answer.status}`);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, 'localhost');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
