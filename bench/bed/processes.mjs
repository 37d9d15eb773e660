/** What the system knows of processes (/proc, Linux), and how one is ended. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Ends a child process that we started, by force if it takes longer than 6 s. Resolves when it is gone. */
export async function endProcess(child, signal) {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), 6_000);
  await gone;
  clearTimeout(force);
}

/** Resident memory of a process and all its descendants, in MiB. */
export function residentMebibytes(pid) {
  let kibibytes = 0;
  for (const one of family(pid)) {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'));
    kibibytes += Number(line?.[1] ?? 0);
  }
  return kibibytes / 1024;
}

/** Processor time of a process and its descendants since they began, all threads, in milliseconds. */
export function processorMilliseconds(pid) {
  let nanoseconds = 0;
  for (const one of family(pid)) {
    for (const thread of readdirSync(`/proc/${one}/task`)) {
      try {
        const [onProcessor] = readFileSync(`/proc/${one}/task/${thread}/schedstat`, 'utf8').split(' ');
        nanoseconds += Number(onProcessor);
      } catch {
        // The thread has just ended.
      }
    }
  }
  return nanoseconds / 1e6;
}

/** Share of all processors that was busy during the next 300 ms, 0 to 1: the noise of others. */
export async function machineBusy() {
  const before = processorTicks();
  await pause(300);
  const after = processorTicks();
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

function processorTicks() {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, one) => sum + one, 0), idle: ticks[3] + ticks[4] };
}

function family(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has just ended.
    }
  }
  const all = [pid];
  for (const one of all) all.push(...(children.get(one) ?? []));
  return all;
}
