/** Lines watched by one `gpiomon`. */
import type { Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import { gpioErrors } from './gpio-errors.js';
import type { FoundLine, GpioToolSet, ToolChip } from './gpio-tool-set.js';
import { getCommand, monitorCommand } from './gpio-tools-arguments.js';
import { isBanner, readEdge, readLevels } from './gpio-tools-text.js';
import type { GpioEdges, GpioInputs, GpioLine, GpioWatch } from './ports-gpio.js';
import type { LastingTool, ToolOutcome } from './tool-process.js';

/** More edges than this in one pause are no finger: what watches must wait, and the kernel drops what it can't hold. */
const EDGES_AT_ONCE = 500;
const BREATHER_MILLISECONDS = 100;

/** One line's level, and what of it has not been told yet. */
interface Contact {
  readonly line: GpioLine;
  high: boolean;
  /** Levels to tell, at most three: of a storm in one piece only its begin and its end matter. */
  news: boolean[];
}

/**
 * The levels come from `gpioget`, the edges from `gpiomon`, and nobody can read the lines of a running `gpiomon`. So
 * a change in the milliseconds between the two is not seen; the next edge of that line then goes to the level that
 * is believed already. Where that is the active level, it was left unseen, and both changes are told; where it is the
 * inactive one, nothing is: the pull that `gpiomon` switches on makes such an edge, too, and that is no press.
 * (`gpiomon --initial-state` will close the gap where libgpiod has it; 2.2 has not.)
 */
export class ToolWatch implements GpioWatch {
  readonly #contacts: ReadonlyMap<number, Contact>;
  #tool: LastingTool | undefined;
  #over = false;
  /** What is done when `gpiomon` ends, or says what it should not. */
  #failed: (how: ToolOutcome | HallwardError) => void = () => {};
  /** Edges that come before the first levels were told wait for them. */
  #ready = false;
  #edges = 0;
  #window: Timer | undefined;

  private constructor(
    private readonly tools: GpioToolSet,
    private readonly chip: ToolChip,
    private readonly lines: readonly FoundLine[],
    private readonly inputs: GpioInputs,
    private readonly tell: GpioEdges,
    levels: readonly boolean[],
  ) {
    this.#contacts = new Map(
      lines.map(({ line, offset }, index) => [offset, { line, high: levels[index] ?? false, news: [] }]),
    );
  }

  /** Rejects with `gpio.line-busy` or `gpio.failed`. */
  static async start(
    tools: GpioToolSet,
    chip: ToolChip,
    lines: readonly FoundLine[],
    inputs: GpioInputs,
    tell: GpioEdges,
  ): Promise<ToolWatch> {
    const offsets = lines.map(({ offset }) => offset);
    const outcome = await tools.run(getCommand(chip.version, chip.name, inputs.bias, offsets));
    const levels = readLevels(outcome.output, offsets.length);
    if (outcome.status !== 0 || levels === undefined) {
      throw await tools.explain('gpioget', outcome, chip, lines);
    }
    const watch = new ToolWatch(tools, chip, lines, inputs, tell, levels);
    await watch.#monitor(offsets);
    return watch;
  }

  async close(): Promise<void> {
    this.#over = true;
    this.#window?.cancel();
    await this.#tool?.end();
  }

  async #monitor(offsets: readonly number[]): Promise<void> {
    let banner = () => {};
    const begun = new Promise<void>((resolve) => {
      banner = resolve;
    });
    const failed = new Promise<ToolOutcome | HallwardError>((resolve) => {
      this.#failed = resolve;
    });
    const command = monitorCommand(this.chip.version, this.chip.name, this.inputs.bias, offsets);
    this.#tool = await this.tools.hold(command, {
      line: (text) => (isBanner(text) ? banner() : this.#edge(text)),
      pieceEnded: () => this.#flush(),
      ended: (outcome) => this.#failed(outcome),
    });
    try {
      await this.tools.begun('gpiomon', this.chip, this.lines, begun, failed);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#failed = (how) => {
      if (this.#over) return;
      void this.close();
      this.tell.closed(how instanceof HallwardError ? how : this.tools.failure('gpiomon', how));
    };
    this.#tellFirst();
  }

  #tellFirst(): void {
    this.#ready = true;
    for (const contact of this.#contacts.values()) {
      const [first = contact.high, ...later] = contact.news;
      // The level before the edges that came meanwhile.
      const before = contact.news.length > 0 ? !first : contact.high;
      contact.news = contact.news.length > 0 ? [before, first, ...later] : [before];
    }
    this.#flush();
  }

  #edge(text: string): void {
    const edge = readEdge(text, this.chip.version);
    const contact = edge && this.#contacts.get(edge.offset);
    if (edge === undefined || contact === undefined) {
      const said = text.slice(0, 80);
      this.#failed(gpioErrors.failed(`gpiomon says what nobody understands: ${said}`, { said }));
      return;
    }
    this.#count();
    if (edge.high === contact.high) {
      if (this.#isActive(edge.high)) contact.news.push(!edge.high, edge.high);
    } else {
      contact.news.push(edge.high);
    }
    contact.high = edge.high;
    // They alternate: without a pair of them the last one stays what it is.
    while (contact.news.length > 3) contact.news.length -= 2;
  }

  #isActive(high: boolean): boolean {
    return high !== this.inputs.activeLow;
  }

  /** Holds a storm of edges back before it takes all of our time. */
  #count(): void {
    const { clock, label } = this.tools;
    this.#edges++;
    this.#window ??= clock.after(`${label}: edges are counted`, BREATHER_MILLISECONDS, () => {
      this.#window = undefined;
      this.#edges = 0;
    });
    if (this.#edges > EDGES_AT_ONCE) this.#tool?.pause(BREATHER_MILLISECONDS);
  }

  #flush(): void {
    if (!this.#ready) return;
    for (const contact of this.#contacts.values()) {
      const news = contact.news;
      contact.news = [];
      for (const high of news) {
        if (!this.#over) this.tell.level(contact.line, this.#isActive(high));
      }
    }
  }
}
