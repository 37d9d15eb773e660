/** The child that has the lines of one chip by sysfs, with onoff; see `gpio-sysfs.ts`. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BinaryValue, Gpio } from 'onoff';
import { systemClock, type Timer } from '../../kernel/clock.js';
import { HallwardError, systemCode } from '../../kernel/errors.js';
import { requirePackage } from '../../kernel/require.js';
import { gpioErrors } from '../gpio-errors.js';
import type { SysfsArgument, SysfsLevel, SysfsRequest } from '../gpio-sysfs.js';
import { findSysfsChip } from '../gpio-sysfs-names.js';
import { type Helper, serveHelper } from './serve.js';

/** After a level was told, further ones of its line wait this long and become one: a storm must not fill the pipe. */
const STORM_MILLISECONDS = 5;

const clock = systemClock();

serveHelper(async (argument, tell): Promise<Helper> => {
  const { label, root } = argument as SysfsArgument;
  const { Gpio: Line } = loadOnoff();
  const chip = await findSysfsChip(root, label);
  const uses = new Map<number, readonly Gpio[]>();
  /** Numbers that were exported in vain: udev gives rights late, and the next try finds them given. */
  const exported = new Set<number>();
  const request = (offset: number, direction: 'in' | 'high' | 'low') => {
    const number = chip.base + offset;
    if (!existsSync(join(root, `gpio${number}`))) exported.add(number);
    const line = requestLine(Line, number, { label, offset, direction });
    exported.delete(number);
    return line;
  };
  const all = () => [...uses.values()].flat();

  const requests = {
    watch({ id, offsets }: SysfsRequest & { do: 'watch' }): void {
      const lines: Gpio[] = [];
      uses.set(id, lines);
      try {
        for (const offset of offsets) lines.push(request(offset, 'in'));
      } catch (thrown) {
        uses.delete(id);
        free(lines);
        throw thrown;
      }
      for (const [index, line] of lines.entries()) watchLine(line, id, offsets[index] ?? 0, tell);
    },
    drive({ id, offset, high }: SysfsRequest & { do: 'drive' }): void {
      uses.set(id, [request(offset, high ? 'high' : 'low')]);
    },
    set({ id, high }: SysfsRequest & { do: 'set' }): void {
      for (const line of uses.get(id) ?? []) line.writeSync(high ? 1 : 0);
    },
    close({ id, high }: SysfsRequest & { do: 'close' }): void {
      const lines = uses.get(id) ?? [];
      uses.delete(id);
      if (high !== undefined) for (const line of lines) line.writeSync(high ? 1 : 0);
      free(lines);
    },
  };

  return {
    handle(message) {
      const asked = message as SysfsRequest;
      try {
        (requests[asked.do] as (request: SysfsRequest) => void)(asked);
      } catch (thrown) {
        if (thrown instanceof HallwardError) throw thrown;
        const detail = thrown instanceof Error ? thrown.message : String(thrown);
        throw gpioErrors.failed(`${label} by sysfs: ${detail}`, { system: systemCode(thrown) ?? null });
      }
      return null;
    },
    end() {
      free(all());
      for (const number of exported) {
        try {
          writeFileSync(join(root, 'unexport'), String(number));
        } catch {
          // It was not exported after all.
        }
      }
    },
  };
});

/** Loads only here: where sysfs is not used, nobody needs the package. */
function loadOnoff(): typeof import('onoff') {
  try {
    return requirePackage('onoff') as typeof import('onoff');
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    throw gpioErrors.unusable(
      'GPIO by sysfs needs the package "onoff", which cannot be loaded here: npm install onoff',
      {
        package: 'onoff',
        detail,
      },
    );
  }
}

function requestLine(
  Line: typeof Gpio,
  number: number,
  { label, offset, direction }: { label: string; offset: number; direction: 'in' | 'high' | 'low' },
): Gpio {
  try {
    // A number that is exported already, by somebody or by us before a kill, is taken over by onoff.
    return direction === 'in'
      ? new Line(number, 'in', 'both', { activeLow: false })
      : new Line(number, direction, 'none', { activeLow: false });
  } catch (thrown) {
    const system = systemCode(thrown);
    if (system === 'EBUSY') throw gpioErrors.lineBusy(label, offset, 'unknown');
    if (system === 'EACCES' || system === 'EPERM') {
      throw new HallwardError(
        'gpio.failed',
        'refused',
        `no right to use line ${offset} of ${label}: the user of this process must be in the group gpio`,
        { line: offset, system },
      );
    }
    throw thrown;
  }
}

/** Tells the level now and then at each edge, at most one for each while. */
function watchLine(line: Gpio, id: number, offset: number, tell: (told: unknown) => void): void {
  let told = line.readSync();
  let latest: BinaryValue = told;
  let pause: Timer | undefined;
  const say = () => {
    told = latest;
    tell({ id, offset, high: told === 1 } satisfies SysfsLevel);
    pause = clock.after('further edges', STORM_MILLISECONDS, () => {
      pause = undefined;
      if (latest !== told) say();
    });
  };
  say();
  line.watch((error, value) => {
    if (error != null) throw error;
    latest = value;
    if (pause === undefined && latest !== told) say();
  });
}

function free(lines: readonly Gpio[]): void {
  for (const line of lines) {
    try {
      line.unwatchAll();
      line.unexport();
    } catch {
      // The chip may be gone.
    }
  }
}
