/**
 * A GPIO chip by its character device, through the gpiod tools (libgpiod 1.6 or 2.x; Debian's package gpiod) as child
 * processes: no compiler and no library to match, a megabyte each, and one that hangs is left behind.
 */
import { stat } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.js';
import type { HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { gpioErrors } from './gpio-errors.js';
import { GpioToolSet } from './gpio-tool-set.js';
import { ToolDrive } from './gpio-tools-drive.js';
import { ToolWatch } from './gpio-tools-watch.js';
import type {
  GpioChip,
  GpioDrive,
  GpioEdges,
  GpioInputs,
  GpioOutputRequest,
  GpioWatch,
} from './ports-gpio.js';
import type { SearchPath } from './tool-process.js';

export interface GpioToolsOptions {
  readonly label: string;
  /** Where the tools are looked for. */
  readonly path: SearchPath;
}

/** The chip called `label`, by the tools in `path`. Starts nothing before it is asked. */
export function gpioTools({ label, path }: GpioToolsOptions, clock: Clock, log: Log): GpioChip {
  return new ToolsChip(new GpioToolSet(label, path, clock, log));
}

class ToolsChip implements GpioChip {
  readonly address: string;
  #device: { readonly path: string; readonly identity: string } | undefined;

  constructor(private readonly tools: GpioToolSet) {
    this.address = tools.label;
  }

  async probe(): Promise<void> {
    const { name } = await this.tools.chip();
    const path = `/dev/${name}`;
    this.#device = { path, identity: await identityOf(path) };
  }

  async present(): Promise<void> {
    const device = this.#device;
    if (device === undefined || (await identityOf(device.path)) === device.identity) return;
    throw gpioErrors.chipLost(this.address);
  }

  async watch(inputs: GpioInputs, edges: GpioEdges): Promise<GpioWatch> {
    const chip = await this.tools.chip();
    const lines = await this.tools.freeLines(chip, inputs.lines);
    return ToolWatch.start(this.tools, chip, lines, inputs, edges);
  }

  async drive(output: GpioOutputRequest, closed: (error: HallwardError) => void): Promise<GpioDrive> {
    const chip = await this.tools.chip();
    const [line] = await this.tools.freeLines(chip, [output.line]);
    if (line === undefined) throw gpioErrors.lineUnknown(this.address, output.line);
    return ToolDrive.start(this.tools, chip, line, output, closed);
  }
}

/** What tells one device node from another that later has its name; empty where there is none. */
async function identityOf(path: string): Promise<string> {
  try {
    const { ino, rdev, birthtimeMs } = await stat(path);
    return `${ino} ${rdev} ${birthtimeMs}`;
  } catch {
    return '';
  }
}
