import { readdirSync } from 'node:fs';
import { HallwardError, systemCode } from '../kernel/errors.js';

/** Where the kernel's driver for USB printers (usblp) puts its nodes. */
const nodes = '/dev/usb';
const mostNamed = 4;

/** What the system's error on opening the printer at `path` means, with what to do about it. */
export function usbPrinterOpenError(path: string, thrown: unknown): HallwardError {
  if (thrown instanceof HallwardError) return thrown;
  const system = systemCode(thrown);
  const evidence = { path, system: system ?? null };
  switch (system) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ENODEV':
    case 'ENXIO':
    // The printer went away, or did not answer the driver, while it was being opened.
    case 'EIO':
      return new HallwardError(
        'wire.absent',
        'absent',
        `${path} is not there; ${whichArePluggedIn()}`,
        evidence,
      );
    case 'EACCES':
    case 'EPERM':
      // Right after a printer was plugged in, its rights are not set yet: it may pass by itself.
      return new HallwardError(
        'wire.denied',
        'absent',
        `no right to open ${path}: the user of this process must be in the group lp`,
        { ...evidence, group: 'lp' },
      );
    case 'EBUSY':
      return new HallwardError(
        'wire.busy',
        'busy',
        `${path} is in use by another program; a printing service (CUPS) must not use this printer, too`,
        evidence,
      );
    default: {
      const detail = thrown instanceof Error ? thrown.message : String(thrown);
      return new HallwardError('wire.unusable', 'usage', `${path} cannot be opened: ${detail}`, evidence);
    }
  }
}

/** What is said of a printer that is not there: which are, so that a wrong name is seen at once. */
function whichArePluggedIn(): string {
  const names = pluggedIn();
  if (names.length === 0)
    return 'no USB printer is plugged in and switched on, as far as the driver usblp knows';
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return `plugged in are ${names.slice(0, mostNamed).join(', ')}${more}`;
}

function pluggedIn(): string[] {
  try {
    return readdirSync(nodes)
      .filter((name) => /^lp\d+$/.test(name))
      .sort()
      .map((name) => `${nodes}/${name}`);
  } catch {
    return [];
  }
}
