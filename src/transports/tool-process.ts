/**
 * Small programs of the system as child processes: never through a shell, in the language that their text is read in,
 * bounded in time and output, and left behind where they hang.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Clock, Timer } from '../kernel/clock.js';
import { HallwardError, systemCode } from '../kernel/errors.js';
import { within } from '../kernel/within.js';

/** How a program that ran to its end ended. */
export interface ToolOutcome {
  /** Its exit status, or the signal that ended it. */
  readonly status: number | string;
  readonly output: string;
  readonly complaint: string;
}

export interface ToolEvents {
  /** One line of its output, without its end. */
  line(text: string): void;
  /** All lines that came in one piece have been told. */
  pieceEnded?(): void;
  /** It ended by itself or could not be started; told once, and not after `end`. */
  ended(outcome: ToolOutcome): void;
}

/** A program that runs. */
export type Tool = ChildProcessByStdio<Writable, Readable, Readable>;

/** Folders in which programs are looked for, as in `PATH`. */
export type SearchPath = string;

const OUTPUT_LIMIT = 1 << 20;
const COMPLAINT_LIMIT = 2_000;
const LINE_LIMIT = 4_096;
/** What is ended may take this long; then nobody waits for it any more. */
const FAREWELL_MILLISECONDS = 300;

/** The file of a program, or `undefined` where no folder of `path` has it. */
export async function findTool(name: string, path: SearchPath): Promise<string | undefined> {
  for (const folder of path.split(':')) {
    if (!folder.startsWith('/')) continue;
    try {
      await access(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

/**
 * Runs a program to its end. A status other than 0 is an outcome, not an error. Rejects with `tool.missing` (absent),
 * `tool.hung` (timeout) or `tool.too-much` (garbled: more than a megabyte).
 */
export function runTool(
  tool: string,
  args: readonly string[],
  { path, clock, timeoutMilliseconds }: { path: SearchPath; clock: Clock; timeoutMilliseconds: number },
): Promise<ToolOutcome> {
  return new Promise((resolve, reject) => {
    const child = startTool(tool, args, path);
    let output = '';
    let complaint = '';
    let over = false;
    const finish = (settle: () => void) => {
      if (over) return;
      over = true;
      timer.cancel();
      leaveTool(child);
      settle();
    };
    const timer = clock.after(`${tool} ends`, timeoutMilliseconds, () =>
      finish(() => {
        const text = `${tool} hangs: no end after ${timeoutMilliseconds} ms`;
        reject(new HallwardError('tool.hung', 'timeout', text, { tool, timeoutMilliseconds }));
      }),
    );
    child.stdin.on('error', () => {}).end();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > OUTPUT_LIMIT) {
        const error = new HallwardError('tool.too-much', 'garbled', `${tool} says more than ever it should`, {
          tool,
        });
        finish(() => reject(error));
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-COMPLAINT_LIMIT);
    });
    child.on('error', (error) => finish(() => reject(missing(tool, error))));
    child.on('close', (code, signal) =>
      finish(() => resolve({ status: code ?? signal ?? 'unknown', output, complaint })),
    );
  });
}

/** A program that runs until it is ended. Its standard input stays open until then. */
export class LastingTool {
  readonly #child: Tool;
  #rest = '';
  #complaint = '';
  #over = false;
  #resume: Timer | undefined;

  constructor(
    private readonly tool: string,
    args: readonly string[],
    path: SearchPath,
    private readonly clock: Clock,
    private readonly events: ToolEvents,
  ) {
    this.#child = startTool(tool, args, path);
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_LIMIT);
    });
    this.#child.on('error', (error) => this.#tell(systemCode(error) ?? 'error', error.message));
    this.#child.on('close', (code, signal) => this.#tell(code ?? signal ?? 'unknown', this.#complaint));
  }

  /** Takes no more of its output for a while: it waits, or loses what it can't hold, and we have time for the rest. */
  pause(milliseconds: number): void {
    if (this.#over || this.#resume !== undefined) return;
    this.#child.stdout.pause();
    this.#resume = this.clock.after(`${this.tool} is heard again`, milliseconds, () => {
      this.#resume = undefined;
      this.#child.stdout.resume();
    });
  }

  /** Ends it; nothing is told from now on. Resolves when it is gone, or left behind after 0.3 s. Never rejects. */
  async end(): Promise<void> {
    this.#over = true;
    this.#resume?.cancel();
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null)
      return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    leaveTool(this.#child);
    await within(this.clock, `${this.tool} ends`, FAREWELL_MILLISECONDS, gone);
  }

  #take(text: string): void {
    if (this.#over) return;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!this.#over) this.events.line(line);
    }
    if (this.#rest.length > LINE_LIMIT) {
      leaveTool(this.#child);
      this.#tell('too much', 'a line without end');
    }
    if (!this.#over) this.events.pieceEnded?.();
  }

  #tell(status: number | string, complaint: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#resume?.cancel();
    this.events.ended({ status, output: '', complaint });
  }
}

/** Starts a program. @param environment besides `PATH` and the language */
export function startTool(
  tool: string,
  args: readonly string[],
  path: SearchPath,
  environment: Readonly<Record<string, string>> = {},
): Tool {
  return spawn(tool, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment, PATH: path, LC_ALL: 'C' },
    cwd: '/',
  });
}

/** Ends a child without mercy and waits for nothing: one that sleeps in the kernel must not keep this process alive. */
export function leaveTool(child: Tool): void {
  child.kill('SIGKILL');
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
}

function missing(tool: string, error: Error): HallwardError {
  const system = systemCode(error) ?? null;
  return new HallwardError('tool.missing', 'absent', `${tool} cannot be started: ${error.message}`, {
    tool,
    system,
  });
}
