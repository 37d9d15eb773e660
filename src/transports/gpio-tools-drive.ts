/** One line held at a level by `gpioset`. */
import type { HallwardError } from '../kernel/errors.js';
import { gpioErrors } from './gpio-errors.js';
import type { FoundLine, GpioToolSet, ToolChip } from './gpio-tool-set.js';
import { holdCommand, setOnceCommand } from './gpio-tools-arguments.js';
import { isBanner } from './gpio-tools-text.js';
import type { GpioDrive, GpioOutputRequest } from './ports-gpio.js';
import type { LastingTool, ToolOutcome } from './tool-process.js';

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
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
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
    try {
      await this.tools.begun('gpioset', this.chip, [this.line], begun, ended);
    } catch (error) {
      await tool.end();
      throw error;
    }
    this.#tool = tool;
    this.#active = active;
  }
}
