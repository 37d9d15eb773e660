/** Reads a command line, and runs the command that it names. */
import { parseArgs } from 'node:util';
import { nearHint } from '../kernel/near-name.js';
import type { CommandInput } from './command-input.js';
import { type Command, commands } from './commands.js';
import { CommandFailed, exitCodes } from './exit-codes.js';

/** Runs one command line (without node and script). Resolves with the exit status. */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (error instanceof CommandFailed) {
      if (error.message !== '') process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    throw error;
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    (name === undefined ? process.stderr : process.stdout).write(overview());
    return name === undefined ? exitCodes.usage : exitCodes.done;
  }
  if (name === '--version' || name === 'version') {
    const { version } = await import('../version.js');
    process.stdout.write(`${version}\n`);
    return exitCodes.done;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new CommandFailed(
      exitCodes.usage,
      `hallward: there is no command "${name}"${nearHint(name, Object.keys(commands), '; see: hallward help')}`,
    );
  }
  const input = readInput(name, command, rest);
  if (input === undefined) return exitCodes.done;
  return (await command.load()).run(input);
}

/** The options of a command; `undefined` where only its help was wanted. */
function readInput(name: string, command: Command, args: string[]): CommandInput | undefined {
  try {
    const options = Object.fromEntries(
      Object.entries(command.options).map(([key, { type }]) => [key, { type }]),
    );
    const { positionals, values } = parseArgs({
      args,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: command.positionals > 0,
    });
    if (values.help === true) {
      process.stdout.write(helpOf(command));
      return undefined;
    }
    if (positionals.length > command.positionals)
      throw new Error(`too many arguments: ${positionals.join(' ')}`);
    return { positionals, values: values as CommandInput['values'] };
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. To specify')[0] : String(error);
    throw new CommandFailed(
      exitCodes.usage,
      `hallward ${name}: ${message}\nusage: hallward ${command.usage}`,
    );
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`);
  return `hallward: the controller that keeps a public-service hall working\n\nusage: hallward COMMAND [options]\n\n${lines.join('\n')}\n\nhallward COMMAND --help says more.\n`;
}

function helpOf(command: Command): string {
  const width = Math.max(0, ...Object.keys(command.options).map((name) => name.length));
  const lines = Object.entries(command.options).map(
    ([name, { about }]) => `  --${name.padEnd(width)}  ${about}`,
  );
  return `${command.about}\n\nusage: hallward ${command.usage}\n${lines.length === 0 ? '' : `\n${lines.join('\n')}\n`}`;
}
