/** The gpiod tools, and what all uses of them have in common. */
import { type Clock, sleep, type Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { gpioErrors } from './gpio-errors.js';
import { infoCommand, type ToolCommand } from './gpio-tools-arguments.js';
import {
  isHeld,
  type ListedLine,
  readChips,
  readComplaint,
  readLines,
  readToolsVersion,
  type ToolsVersion,
} from './gpio-tools-text.js';
import type { GpioLine } from './ports-gpio.js';
import {
  findTool,
  LastingTool,
  runTool,
  type SearchPath,
  type ToolEvents,
  type ToolOutcome,
} from './tool-process.js';

const RUN_MILLISECONDS = 2_000;
/** A tool that holds lines must have them within this time. */
const READY_MILLISECONDS = 2_000;
const ASK_AGAIN_MILLISECONDS = 20;

/** Which chip, by which tools. */
export interface ToolChip {
  readonly version: ToolsVersion;
  /** `gpiochip0`, for now. */
  readonly name: string;
}

/** A line by its place on the chip. */
export interface FoundLine {
  readonly line: GpioLine;
  readonly offset: number;
}

/** The tools in `path`, for the chip called `label`. */
export class GpioToolSet {
  #version: ToolsVersion | undefined;
  /** Program that ends another one when we die, where there is one; `undefined` before it was looked for. */
  #guard: string | null | undefined;

  constructor(
    readonly label: string,
    readonly path: SearchPath,
    readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Finds the chip. Rejects with `wire.absent`, `wire.denied` or `wire.unusable`. */
  async chip(): Promise<ToolChip> {
    this.#version ??= await this.#findVersion();
    const outcome = await this.run({ tool: 'gpiodetect', arguments: [] }).catch((thrown) => {
      throw asWireError(thrown);
    });
    const chips = readChips(outcome.output);
    const own = chips.filter(({ label }) => label === this.label);
    const [first] = own;
    if (own.length > 1)
      throw gpioErrors.chipTwice(
        this.label,
        own.map(({ name }) => name),
      );
    if (first !== undefined) return { version: this.#version, name: first.name };
    if (/permission denied/i.test(outcome.complaint)) {
      throw gpioErrors.denied(this.label, readComplaint(outcome.complaint));
    }
    throw gpioErrors.chipAbsent(
      this.label,
      chips.map(({ label }) => label),
    );
  }

  /** The lines with their offsets. Rejects with `gpio.line-unknown`, or `gpio.line-busy` where one is in use. */
  async freeLines(chip: ToolChip, wanted: readonly GpioLine[]): Promise<FoundLine[]> {
    const listed = await this.lines(chip);
    return wanted.map((line) => {
      const found = listed.filter(({ offset, name }) =>
        typeof line === 'number' ? offset === line : name === line,
      );
      const [one] = found;
      if (one === undefined) throw gpioErrors.lineUnknown(this.label, line);
      if (found.length > 1)
        throw gpioErrors.lineUnknown(this.label, line, `has ${found.length} lines called`);
      if (one.consumer !== null) throw gpioErrors.lineBusy(this.label, line, one.consumer);
      return { line, offset: one.offset };
    });
  }

  /** What `gpioinfo` says of the chip's lines. Rejects with `gpio.failed`. */
  async lines(chip: ToolChip): Promise<ListedLine[]> {
    const outcome = await this.run(infoCommand(chip.version, chip.name));
    const lines = readLines(outcome.output, chip.version);
    if (outcome.status !== 0 || lines.length === 0) throw this.failure('gpioinfo', outcome);
    return lines;
  }

  /** Runs a tool to its end. Rejects with `gpio.failed` where it hangs, or `wire.unusable` where it is gone. */
  async run({ tool, arguments: args }: ToolCommand): Promise<ToolOutcome> {
    const { path, clock } = this;
    try {
      return await runTool(tool, args, { path, clock, timeoutMilliseconds: RUN_MILLISECONDS });
    } catch (thrown) {
      const error = asHallwardError(thrown, 'gpio.failed');
      if (error.code !== 'tool.missing') throw gpioErrors.failed(error.message, error.evidence);
      this.#version = undefined;
      throw missingTools(error.message);
    }
  }

  /**
   * Starts a tool that holds lines. It must not outlive us, or the next start would find its own lines taken: the
   * kernel ends it with us (PR_SET_PDEATHSIG, by util-linux' setpriv), also after a kill -9.
   */
  async hold({ tool, arguments: args }: ToolCommand, events: ToolEvents): Promise<LastingTool> {
    const guard = await this.#findGuard();
    const [program, before] = guard === null ? [tool, []] : [guard, ['--pdeathsig', 'KILL', '--', tool]];
    return new LastingTool(program, [...before, ...args], this.path, this.clock, events);
  }

  /**
   * Resolves once a tool that was started with `hold` has its lines. Rejects with `gpio.line-busy` or `gpio.failed`
   * where it ends before that or takes too long; ending it is the caller's.
   * @param banner version 2 says when it has them; version 1 does not, but `gpioinfo` does.
   */
  async begun(
    tool: string,
    chip: ToolChip,
    lines: readonly FoundLine[],
    banner: Promise<void>,
    ended: Promise<ToolOutcome | HallwardError>,
  ): Promise<void> {
    let limit: Timer | undefined;
    const tooLong = new Promise<HallwardError>((resolve) => {
      const late = gpioErrors.failed(
        `${tool} on ${this.label} does not begin within ${READY_MILLISECONDS} ms`,
      );
      limit = this.clock.after(`${this.label}: ${tool} begins`, READY_MILLISECONDS, () => resolve(late));
    });
    const stop = { now: false };
    const ready = chip.version === 1 ? this.#untilHeld(tool, chip, lines, stop) : banner;
    const outcome = await Promise.race([ended, ready, tooLong]);
    stop.now = true;
    limit?.cancel();
    if (outcome instanceof HallwardError) throw outcome;
    if (outcome !== undefined) throw await this.explain(tool, outcome, chip, lines);
  }

  async #untilHeld(
    tool: string,
    chip: ToolChip,
    lines: readonly FoundLine[],
    stop: { now: boolean },
  ): Promise<void> {
    while (!stop.now) {
      const listed = await this.lines(chip).catch(() => []);
      if (lines.every(({ offset }) => isHeld(listed, offset, tool))) return;
      await sleep(this.clock, `${this.label}: does ${tool} have its lines`, ASK_AGAIN_MILLISECONDS);
    }
  }

  /** What went wrong with lines that were free a moment ago: who has them now, or what the tool complained of. */
  async explain(
    tool: string,
    outcome: ToolOutcome,
    chip: ToolChip,
    lines: readonly FoundLine[],
  ): Promise<HallwardError> {
    if (/resource busy/i.test(outcome.complaint)) {
      const listed = await this.lines(chip).catch(() => []);
      for (const { line, offset } of lines) {
        const consumer = listed.find((one) => one.offset === offset)?.consumer;
        if (consumer != null) return gpioErrors.lineBusy(this.label, line, consumer);
      }
      return gpioErrors.lineBusy(this.label, lines[0]?.line ?? '?', 'unknown');
    }
    return this.failure(tool, outcome);
  }

  failure(tool: string, { status, complaint, output }: ToolOutcome): HallwardError {
    const said = readComplaint(complaint) || readComplaint(output) || 'nothing';
    if (/permission denied/i.test(complaint)) return gpioErrors.denied(this.label, said);
    return gpioErrors.failed(`${tool} on ${this.label} ended (${status}): ${said}`, { tool, status, said });
  }

  async #findVersion(): Promise<ToolsVersion> {
    const outcome = await this.run({ tool: 'gpiodetect', arguments: ['--version'] }).catch((thrown) => {
      throw asWireError(thrown);
    });
    const version = readToolsVersion(outcome.output);
    if (version !== undefined) return version;
    const said = outcome.output.trim().split('\n')[0]?.slice(0, 100) ?? '';
    throw gpioErrors.unusable(`the gpiod tools are of no version that is known (1 or 2): "${said}"`, {
      said,
    });
  }

  async #findGuard(): Promise<string | null> {
    if (this.#guard !== undefined) return this.#guard;
    this.#guard = (await findTool('setpriv', this.path)) ?? null;
    if (this.#guard === null) {
      this.log.warn(
        { chip: this.label },
        'setpriv is not installed (apt install util-linux): GPIO lines may stay taken after this process is killed',
      );
    }
    return this.#guard;
  }
}

/** What is wrong with the tools as a whole is wrong with the chip. */
function asWireError(thrown: unknown): HallwardError {
  const error = asHallwardError(thrown, 'wire.unusable');
  return error.code.startsWith('wire.') ? error : gpioErrors.unusable(error.message, error.evidence);
}

/** @param detail what the system said. */
function missingTools(detail: string): HallwardError {
  return gpioErrors.unusable('GPIO needs the gpiod tools, which are not installed here: apt install gpiod', {
    package: 'gpiod',
    detail,
  });
}
