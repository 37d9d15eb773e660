import { access } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.js';
import type { HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { gpioErrors } from './gpio-errors.js';
import { gpioTools } from './gpio-tools.js';
import type {
  GpioChip,
  GpioDrive,
  GpioEdges,
  GpioInputs,
  GpioOutputRequest,
  GpioWatch,
} from './ports-gpio.js';
import { findTool } from './tool-process.js';

export interface SystemGpioOptions {
  readonly label: string;
  readonly access: 'auto' | 'character-device' | 'sysfs';
  /** Where programs are looked for; this process' own `PATH` if absent. */
  readonly path?: string;
}

const SYSFS_FOLDER = '/sys/class/gpio';

/**
 * The system's chip called `label`: by its character device with the gpiod tools, or by sysfs with onoff. `auto` takes
 * the tools where they are installed, else sysfs where the kernel has it (up to Debian 12; it knows no bias), and looks
 * again at each `probe`, so that nobody need restart anything after an `apt install gpiod`.
 */
export function systemGpioChip(options: SystemGpioOptions, clock: Clock, log: Log): GpioChip {
  return new SystemChip(options, clock, log);
}

class SystemChip implements GpioChip {
  readonly address: string;
  #chosen: GpioChip | undefined;

  constructor(
    private readonly options: SystemGpioOptions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.address = options.label;
  }

  async probe(): Promise<void> {
    this.#chosen = undefined;
    const chip = await this.#choose();
    await chip.probe();
    this.#chosen = chip;
  }

  async present(): Promise<void> {
    await this.#chosen?.present?.();
  }

  async watch(inputs: GpioInputs, edges: GpioEdges): Promise<GpioWatch> {
    return (await this.#current()).watch(inputs, edges);
  }

  async drive(output: GpioOutputRequest, closed: (error: HallwardError) => void): Promise<GpioDrive> {
    return (await this.#current()).drive(output, closed);
  }

  async #current(): Promise<GpioChip> {
    this.#chosen ??= await this.#choose();
    return this.#chosen;
  }

  async #choose(): Promise<GpioChip> {
    const { label, access: way, path = process.env.PATH ?? '' } = this.options;
    const bySysfs = async () => {
      const { sysfsGpio } = await import('./gpio-sysfs.js');
      return sysfsGpio({ label, root: SYSFS_FOLDER }, this.clock, this.log);
    };
    if (way === 'sysfs') return bySysfs();
    if (way === 'character-device' || (await findTool('gpiodetect', path)) !== undefined) {
      return gpioTools({ label, path }, this.clock, this.log);
    }
    if (await isThere(`${SYSFS_FOLDER}/export`)) return bySysfs();
    throw gpioErrors.unusable('GPIO needs the gpiod tools, which are not installed here: apt install gpiod', {
      package: 'gpiod',
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
