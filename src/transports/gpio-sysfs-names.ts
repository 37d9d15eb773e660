/**
 * Chips as sysfs shows them: `/sys/class/gpio/gpiochip512` with `label`, `base` and `ngpio`. A line's number is the
 * chip's base, which changes with the kernel, and its offset.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../kernel/errors.js';
import { gpioErrors } from './gpio-errors.js';

export interface SysfsChip {
  readonly folder: string;
  readonly base: number;
  readonly lineCount: number;
}

/** Finds the chip called `label`. Rejects with `wire.absent` or `wire.unusable`. */
export async function findSysfsChip(root: string, label: string): Promise<SysfsChip> {
  const labels: string[] = [];
  const found: SysfsChip[] = [];
  for (const name of await chipFolders(root)) {
    const folder = join(root, name);
    try {
      const read = async (file: string) => (await readFile(join(folder, file), 'utf8')).trim();
      const its = await read('label');
      labels.push(its);
      if (its !== label) continue;
      const [base, lineCount] = [Number(await read('base')), Number(await read('ngpio'))];
      if (Number.isInteger(base) && Number.isInteger(lineCount)) found.push({ folder, base, lineCount });
    } catch {
      // It went while we looked.
    }
  }
  const [first] = found;
  if (first === undefined) throw gpioErrors.chipAbsent(label, labels);
  if (found.length > 1)
    throw gpioErrors.chipTwice(
      label,
      found.map(({ folder }) => folder),
    );
  return first;
}

async function chipFolders(root: string): Promise<string[]> {
  try {
    return (await readdir(root)).filter((name) => /^gpiochip\d+$/.test(name)).sort();
  } catch (thrown) {
    throw gpioErrors.unusable(`this kernel has no ${root}; use the gpiod tools: apt install gpiod`, {
      package: 'gpiod',
      system: systemCode(thrown) ?? null,
    });
  }
}
