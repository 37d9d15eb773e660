import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';

/**
 * As `spawn` of node:child_process, for a process that is to use simulated serial ports of this one. The far ends of
 * those (pseudo terminals) would be inherited, and a cable could then not be cut: in the new process their numbers
 * lead to /dev/null.
 */
export function spawnWithoutCables(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const nothing = openSync('/dev/null', 'r+');
  try {
    const stdio = stdioList(options.stdio);
    for (const descriptor of farEnds()) {
      while (stdio.length <= descriptor) stdio.push('ignore');
      if (descriptor >= 3 && stdio[descriptor] === 'ignore') stdio[descriptor] = nothing;
    }
    return spawn(command, args, { ...options, stdio });
  } finally {
    closeSync(nothing);
  }
}

function stdioList(stdio: StdioOptions | undefined): Exclude<StdioOptions, string> {
  if (stdio === undefined) return ['pipe', 'pipe', 'pipe'];
  return typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio];
}

/** Descriptors of this process that are far ends of pseudo terminals. */
function farEnds(): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`).endsWith('/ptmx')) found.push(Number(name));
    } catch {
      // It was closed meanwhile: the folder's own descriptor.
    }
  }
  return found;
}
