import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { waitFor } from '../../scenarios/support/waiting.js';

/** One mosquitto with a file, that can be ended and started again. */
export class MosquittoProcess {
  /** What it has said. */
  complaint = '';
  #child: ChildProcess | undefined;

  /** @param port of a listener on 127.0.0.1: it runs once that can be reached */
  constructor(
    private readonly file: string,
    readonly port: number,
  ) {}

  /** Throws what it complains of where it ends at once. */
  async start(): Promise<void> {
    this.complaint = '';
    const child = spawn('/usr/sbin/mosquitto', ['-c', this.file], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (text) => {
      this.complaint += text;
    });
    this.#child = child;
    const isUp = async () => child.exitCode !== null || (await reaches('127.0.0.1', this.port));
    await waitFor('the broker', isUp);
    if (child.exitCode !== null) throw new Error(this.complaint);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}

export function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port });
    const tell = (there: boolean) => {
      socket.destroy();
      done(there);
    };
    socket.once('connect', () => tell(true)).once('error', () => tell(false));
  });
}
