/** The compiled program as a process of its own. */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnWithoutCables } from '../../../src/simulator/spawn-without-cables.js';
import { waitFor } from './waiting.js';

const program = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** `hallward ARGS`, running. */
export class Program {
  stdout = '';
  stderr = '';
  readonly startedAt = performance.now();
  readonly ended: Promise<Ended>;
  hasEnded = false;
  readonly #child: ChildProcess;

  /**
   * @param prefix what stands before the program: the way to another network namespace
   * @param script what runs instead of `hallward`
   */
  constructor(args: readonly string[], prefix: readonly string[] = [], script = program) {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const [command = process.execPath, ...rest] = [...prefix, process.execPath, script, ...args];
    this.#child = spawnWithoutCables(command, rest, { stdio: [...stdio] });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.hasEnded = true;
        resolve({ code, signal });
      });
    });
    this.ended.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Everything it has said. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  get log(): LogLine[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.#child.kill(signal);
  }

  /** kill -9, and waits for the end. */
  kill(): Promise<Ended> {
    this.signal('SIGKILL');
    return this.ended;
  }

  /** SIGTERM, and waits for the end. */
  stop(): Promise<Ended> {
    this.signal('SIGTERM');
    return this.ended;
  }

  /** Waits until the log says `message`. */
  says(message: string, times = 1): Promise<LogLine> {
    return waitFor(`the log says "${message}"`, () => {
      const found = this.log.filter((line) => line.msg === message);
      if (found.length < times && this.hasEnded)
        throw new Error(`it ended without saying "${message}":\n${this.output}`);
      return found[times - 1];
    });
  }
}

/** Writes a document as a configuration file (JSON is YAML). */
export function writeConfiguration(folder: string, document: object | string): string {
  const file = join(folder, 'hallward.yaml');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document, null, 2));
  return file;
}
