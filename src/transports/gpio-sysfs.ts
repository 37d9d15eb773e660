/**
 * A GPIO chip by sysfs, with onoff in a child process of its own (`helpers/gpio-sysfs.ts`): onoff waits for rights in a
 * busy loop, and its native part belongs in no process that calls people. For kernels without the gpiod tools; sysfs
 * knows neither bias nor names, nor who has a line.
 */
import { access } from 'node:fs/promises';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { gpioErrors } from './gpio-errors.js';
import { findSysfsChip, type SysfsChip } from './gpio-sysfs-names.js';
import { HelperProcess } from './helper-process.js';
import type {
  GpioChip,
  GpioDrive,
  GpioEdges,
  GpioInputs,
  GpioLine,
  GpioOutputRequest,
  GpioWatch,
} from './ports-gpio.js';

const REQUEST_MILLISECONDS = 3_000;
/** A child that has nothing to do is kept this long for the next try: its start is the dear part of it. */
const IDLE_MILLISECONDS = 10_000;

/** What the child is asked. `id` names a watch or a drive. Levels are those of the wire. */
export type SysfsRequest =
  | { readonly do: 'watch'; readonly id: number; readonly offsets: readonly number[] }
  | { readonly do: 'drive'; readonly id: number; readonly offset: number; readonly high: boolean }
  | { readonly do: 'set'; readonly id: number; readonly high: boolean }
  | { readonly do: 'close'; readonly id: number; readonly high?: boolean };

/** What the child tells: a level of a watch's line. */
export interface SysfsLevel {
  readonly id: number;
  readonly offset: number;
  readonly high: boolean;
}

/** Tells the child which chip. */
export interface SysfsArgument {
  readonly label: string;
  readonly root: string;
}

/** What is asked of a chip, to be closed with the child. */
interface Use {
  level(offset: number, high: boolean): void;
  closed(error: HallwardError): void;
}

/** The chip called `label` below `root` (`/sys/class/gpio`). Starts nothing before it is asked. */
export function sysfsGpio(where: SysfsArgument, clock: Clock, log: Log): GpioChip {
  return new SysfsGpio(where, clock, log);
}

class SysfsGpio implements GpioChip {
  readonly address: string;
  readonly #uses = new Map<number, Use>();
  #helper: Promise<HelperProcess> | undefined;
  #chip: SysfsChip | undefined;
  #nextId = 1;
  #idle: Timer | undefined;

  constructor(
    private readonly where: SysfsArgument,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.address = where.label;
  }

  async probe(): Promise<void> {
    this.#chip = await findSysfsChip(this.where.root, this.where.label);
  }

  async present(): Promise<void> {
    if (this.#chip === undefined) return;
    await access(this.#chip.folder).catch(() => {
      this.#chip = undefined;
      throw gpioErrors.chipLost(this.address);
    });
  }

  async watch(inputs: GpioInputs, edges: GpioEdges): Promise<GpioWatch> {
    const lines = new Map(
      await Promise.all(inputs.lines.map(async (line) => [await this.#offset(line), line] as const)),
    );
    if (inputs.bias !== 'as-is') {
      const fields = { chip: this.address, lines: inputs.lines, bias: inputs.bias };
      this.log.warn(fields, 'sysfs cannot set a bias: fit a resistor, or apt install gpiod');
    }
    const id = this.#use({
      level(offset, high) {
        const line = lines.get(offset);
        if (line !== undefined) edges.level(line, high !== inputs.activeLow);
      },
      closed: (error) => edges.closed(error),
    });
    await this.#begin(id, { do: 'watch', id, offsets: [...lines.keys()] });
    return { close: () => this.#close(id) };
  }

  async drive(output: GpioOutputRequest, closed: (error: HallwardError) => void): Promise<GpioDrive> {
    const high = (active: boolean) => active !== output.activeLow;
    const offset = await this.#offset(output.line);
    const id = this.#use({ level() {}, closed });
    await this.#begin(id, { do: 'drive', id, offset, high: high(output.active) });
    return {
      set: (active) => this.#ask({ do: 'set', id, high: high(active) }),
      close: () => this.#close(id, high(false)),
    };
  }

  #use(use: Use): number {
    this.#idle?.cancel();
    const id = this.#nextId++;
    this.#uses.set(id, use);
    return id;
  }

  async #begin(id: number, request: SysfsRequest): Promise<void> {
    try {
      await this.#ask(request);
    } catch (thrown) {
      this.#uses.delete(id);
      if (this.#uses.size === 0) {
        this.#idle?.cancel();
        this.#idle = this.clock.after(
          `${this.address}: its process is idle`,
          IDLE_MILLISECONDS,
          () => void this.#rest(),
        );
      }
      throw thrown;
    }
    // The child may have ended between its answer and now.
    if (!this.#uses.has(id)) throw gpioErrors.failed(`the process that serves ${this.address} ended`);
  }

  async #ask(request: SysfsRequest): Promise<void> {
    this.#helper ??= this.#start();
    const helper = await this.#helper;
    try {
      await helper.request(request, REQUEST_MILLISECONDS);
    } catch (thrown) {
      const error = asHallwardError(thrown, 'gpio.failed');
      // Its own end is told by the child's; here it is the line's trouble alone.
      if (error.code.startsWith('gpio.') || error.code === 'wire.absent') throw error;
      throw gpioErrors.failed(error.message, error.evidence);
    }
  }

  async #start(): Promise<HelperProcess> {
    try {
      return await HelperProcess.start({
        entry: 'gpio-sysfs',
        argument: this.where,
        address: this.address,
        clock: this.clock,
        told: (message) => this.#told(message as SysfsLevel),
        ended: (error) => this.#ended(error),
      });
    } catch (thrown) {
      this.#helper = undefined;
      throw thrown;
    }
  }

  #told({ id, offset, high }: SysfsLevel): void {
    this.#uses.get(id)?.level(offset, high);
  }

  #ended(error: HallwardError): void {
    this.#helper = undefined;
    const uses = [...this.#uses.values()];
    this.#uses.clear();
    for (const use of uses) use.closed(gpioErrors.failed(error.message, error.evidence));
  }

  async #close(id: number, high?: boolean): Promise<void> {
    const helper = this.#helper;
    if (!this.#uses.delete(id) || helper === undefined) return;
    try {
      await this.#ask(high === undefined ? { do: 'close', id } : { do: 'close', id, high });
    } catch {
      // A child that fails at this is ended with all that it holds.
    }
    await this.#rest();
  }

  /** Ends the child where nobody needs it. */
  async #rest(): Promise<void> {
    const helper = this.#helper;
    if (this.#uses.size > 0 || helper === undefined) return;
    this.#helper = undefined;
    await (await helper.catch(() => undefined))?.close();
  }

  async #offset(line: GpioLine): Promise<number> {
    if (typeof line === 'string') {
      throw gpioErrors.lineUnknown(
        this.address,
        line,
        'is reached by sysfs, which knows lines by number only (apt install gpiod for names)',
      );
    }
    this.#chip ??= await findSysfsChip(this.where.root, this.where.label);
    if (line >= this.#chip.lineCount) throw gpioErrors.lineUnknown(this.address, line);
    return line;
  }
}
