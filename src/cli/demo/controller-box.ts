/** The demo's controller as a box with a power plug: a child process that is started, killed and started again. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { type HostedWires, hostWires, type WireHost } from '../../simulator/process-wires-host.js';
import { isControllerSays } from './controller-says.js';

/** The compiled file, also where this one runs from its source in a test. */
const entry = fileURLToPath(new URL('../../../dist/cli/demo/controller-process.js', import.meta.url));
/** An orderly end may take this long; then the process is killed. */
const stopMilliseconds = 5_000;
const keptErrorCharacters = 2_000;

/**
 * `off`: it has no power. `starting`: it has, and boots. `running`: it does its work. `ended`: it ended by itself,
 * which it should not.
 */
export type BoxState = 'off' | 'starting' | 'running' | 'ended';

export interface ControllerBoxOptions {
  readonly clock: Clock;
  /** The configuration. */
  readonly file: string;
  /** The demo's folder: the controller removes it where this process is gone. */
  readonly folder: string;
  readonly wires: HostedWires;
}

interface Running {
  readonly child: ChildProcess;
  readonly host: WireHost;
  readonly gone: Promise<void>;
}

export class ControllerBox {
  state: BoxState = 'off';
  /** Wall time since which `state` is as it is. */
  sinceMilliseconds: number;
  /** Events that the hub does not have yet; `null` while nobody can tell. */
  eventsKept: number | null = null;
  /** Last words of one that ended by itself. */
  problem: string | undefined;
  #running: Running | undefined;
  #leaving: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(private readonly options: ControllerBoxOptions) {
    this.sinceMilliseconds = options.clock.wallMilliseconds();
  }

  /** The number of its process, while it has power. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /**
   * Gives it power. Resolves when the controller has started; rejects with `demo.controller-failed` where it ends before
   * (kind absent, or cancelled where that was our doing). Nothing happens where it has power already.
   */
  async powerOn(): Promise<void> {
    await this.#leaving;
    if (this.#running !== undefined || this.#isStopped) return;
    const { file, folder, wires } = this.options;
    const child = fork(entry, [file, folder], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const running: Running = { child, host: hostWires(child, wires), gone };
    this.#running = running;
    this.problem = undefined;
    this.#become('starting');
    await this.#started(running);
  }

  /** Takes its power away (kill -9). Resolves when its wires are free. */
  async powerOff(): Promise<void> {
    const running = this.#take('off');
    if (running === undefined) return;
    running.child.kill('SIGKILL');
    this.#leaving = this.#left(running);
    await this.#leaving;
  }

  /** Ends it in good order, or by force where that takes too long; it gets no power again. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const running = this.#take('off');
    if (running !== undefined) {
      running.child.kill('SIGTERM');
      const { clock } = this.options;
      const timer = clock.after('demo: controller ends', stopMilliseconds, () => {
        running.child.kill('SIGKILL');
      });
      await running.gone;
      timer.cancel();
      this.#leaving = this.#left(running);
    }
    await this.#leaving;
  }

  #take(state: BoxState): Running | undefined {
    const running = this.#running;
    this.#running = undefined;
    this.eventsKept = null;
    if (running !== undefined || this.state === 'ended') this.#become(state);
    return running;
  }

  async #left({ child, host, gone }: Running): Promise<void> {
    await gone;
    await host.close();
    child.stderr?.destroy();
  }

  /** Listens to a child from its start to its end. */
  #started(running: Running): Promise<void> {
    const { child } = running;
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-keptErrorCharacters);
    });
    return new Promise((resolve, reject) => {
      child.on('message', (message) => {
        if (this.#running !== running || !isControllerSays(message)) return;
        if (message.controller === 'keeps') this.eventsKept = message.events;
        else if (message.controller === 'failed') complaint = message.message;
        else {
          this.#become('running');
          resolve();
        }
      });
      const ended = (words: string) => {
        const line = complaint.trim().split('\n').at(-1) ?? '';
        const text = `the controller ended: ${line === '' ? words : line}`;
        const isOurs = this.#running !== running;
        if (!isOurs) {
          this.problem = text;
          this.#take('ended');
          this.#leaving = this.#left(running);
        }
        reject(new HallwardError('demo.controller-failed', isOurs ? 'cancelled' : 'absent', text));
      };
      child.once('error', (error) => ended(error.message));
      child.once('exit', (code, signal) => ended(signal ?? `status ${code}`));
    });
  }

  #become(state: BoxState): void {
    this.state = state;
    this.sinceMilliseconds = this.options.clock.wallMilliseconds();
  }
}
