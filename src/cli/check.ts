import { loadFile } from '../supervisor/config/load.js';
import { formatProblem } from '../supervisor/config/problems.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';

/** `hallward check FILE`: every problem with its path; exit 0 or 78. */
export async function run(input: CommandInput): Promise<number> {
  const file = input.positionals[0];
  if (file === undefined) throw new CommandFailed(exitCodes.usage, 'usage: hallward check FILE [--json]');
  const { configuration, problems, notes, hash } = loadFile(file);
  const ok = configuration !== undefined;
  if (input.values.json === true) {
    process.stdout.write(`${JSON.stringify({ ok, hash: ok ? hash : null, problems, notes }, null, 2)}\n`);
  } else {
    for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
    for (const note of notes) process.stderr.write(`note: ${formatProblem(note)}\n`);
    if (ok) {
      const { buses, devices } = configuration;
      const counts = `${count(Object.keys(buses).length, 'bus', 'buses')}, ${count(Object.keys(devices).length, 'device', 'devices')}`;
      process.stdout.write(`${file}: valid (${counts})\n`);
    } else {
      process.stderr.write(`${file}: ${count(problems.length, 'problem', 'problems')}\n`);
    }
  }
  return ok ? exitCodes.done : exitCodes.invalidConfiguration;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
