/** One line held at a level by `gpioset`. */
import type { Timer } from '../kernel/clock.js';
import { sleep } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import { gpioErrors } from './gpio-errors.js';
import type { FoundLine, GpioToolSet, ToolChip } from './gpio-tool-set.js';
import { holdCommand, setOnceCommand } from './gpio-tools-arguments.js';
import { isBanner, isHeld } from './gpio-tools-text.js';
import type { GpioDrive, GpioOutputRequest } from './ports-gpio.js';
import type { LastingTool, ToolOutcome } from './tool-process.js';

const READY_MILLISECONDS = 2_000;
const ASK_AGAIN_MILLISECONDS = 20;

/**
 * `gpioset` holds one level for as long as it runs (version 2 could change it, but Debian builds it without that): a
 * change is the end of one process and the start of the next. For these few milliseconds nobody drives the line; since
 * the level changes anyway, it is seen as a slower edge, or, where a pull works against it, not at all.
 */
export class ToolDrive implements GpioDrive {
  #tool: LastingTool | undefined;
  #active = false;
  #over = false;
  /** What is under way; the next waits for it. */
  #last: Promise<void> = Promise.resolve();

  private constructor(
    private readonly tools: GpioToolSet,
    private readonly chip: ToolChip,
    private readonly line: FoundLine,
    private readonly activeLow: boolean,
    private readonly closed: (error: HallwardError) => void,
  ) {}

  /** Rejects with `gpio.line-busy` or `gpio.failed`. */
  static async start(
    tools: GpioToolSet,
    chip: ToolChip,
    line: FoundLine,
    { active, activeLow }: GpioOutputRequest,
    closed: (error: HallwardError) => void,
  ): Promise<ToolDrive> {
    const drive = new ToolDrive(tools, chip, line, activeLow, closed);
    await drive.#hold(active);
    return drive;
  }

  set(active: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#over) throw gpioErrors.failed(`line ${this.line.line} was given back`);
      if (active === this.#active && this.#tool !== undefined) return;
      await this.#tool?.end();
      await this.#hold(active);
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#over) return;
      this.#over = true;
      await this.#tool?.end();
      if (!this.#active) return;
      await this.tools.run(
        setOnceCommand(this.chip.version, this.chip.name, this.line.offset, this.#level(false)),
      );
    }).catch(() => {});
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  #level(active: boolean): boolean {
    return active !== this.activeLow;
  }

  async #hold(active: boolean): Promise<void> {
    this.#tool = undefined;
    let begin = () => {};
    let end = (_: ToolOutcome | HallwardError) => {};
    const begun = new Promise<undefined>((resolve) => {
      begin = () => resolve(undefined);
    });
    const ended = new Promise<ToolOutcome | HallwardError>((resolve) => {
      end = resolve;
    });
    const { name, version } = this.chip;
    const command = holdCommand(version, name, this.line.offset, this.#level(active));
    const tool = await this.tools.hold(command, {
      line: (text) => {
        if (isBanner(text)) begin();
      },
      ended: (outcome) => {
        end(outcome);
        if (this.#tool !== tool || this.#over) return;
        this.#tool = undefined;
        this.closed(this.tools.failure('gpioset', outcome));
      },
    });
    const { clock, label } = this.tools;
    let limit: Timer | undefined;
    const tooLong = new Promise<HallwardError>((resolve) => {
      const late = gpioErrors.failed(`gpioset on ${label} does not begin within ${READY_MILLISECONDS} ms`);
      limit = clock.after(`${label}: gpioset begins`, READY_MILLISECONDS, () => resolve(late));
    });
    const stop = { now: false };
    const outcome = await Promise.race([ended, version === 1 ? this.#isHeld(stop) : begun, tooLong]);
    stop.now = true;
    limit?.cancel();
    if (outcome === undefined) {
      this.#tool = tool;
      this.#active = active;
      return;
    }
    await tool.end();
    if (outcome instanceof HallwardError) throw outcome;
    throw await this.tools.explain('gpioset', outcome, this.chip, [this.line]);
  }

  /** Version 1 does not say when it has the line; `gpioinfo` does. */
  async #isHeld(stop: { now: boolean }): Promise<undefined> {
    const { clock, label } = this.tools;
    while (!stop.now) {
      const listed = await this.tools.lines(this.chip).catch(() => []);
      if (isHeld(listed, this.line.offset, 'gpioset')) return;
      await sleep(clock, `${label}: does gpioset have its line`, ASK_AGAIN_MILLISECONDS);
    }
  }
}
