/** `hallward config get|diff|push|reset|keygen`: a controller's configuration from an administrator's desk. */
import { knownHint } from '../kernel/near-name.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { languageOf } from './language.js';

/** How to reach the hub, and whom it is about: for all that ask a controller. */
const asking = [
  ...['url', 'hall', 'config', 'username', 'password-file', 'ca', 'cert', 'key'],
  ...['controller', 'language', 'json'],
];

interface Task {
  readonly options: readonly string[];
  readonly argument: 'FILE' | 'NAME' | undefined;
  readonly load: () => Promise<{ run(input: CommandInput, argument: string): Promise<number> }>;
}

const tasks: Readonly<Record<string, Task>> = {
  get: {
    options: [...asking, 'revision', 'history', 'reported'],
    argument: undefined,
    load: () => import('./config/get.js'),
  },
  diff: { options: [...asking, 'sign'], argument: 'FILE', load: () => import('./config/diff.js') },
  push: {
    options: [...asking, 'dry-run', 'revision', 'sign', 'wait', 'keep-going', 'offline'],
    argument: 'FILE',
    load: () => import('./config/push.js'),
  },
  reset: {
    options: [...asking, 'to', 'to-file', 'dry-run', 'sign', 'wait'],
    argument: undefined,
    load: () => import('./config/reset.js'),
  },
  keygen: { options: ['language'], argument: 'NAME', load: () => import('./config/keygen.js') },
};

/** Exit status: 0, 1, 64, 69, 78 (docs/administration.md has what each means for each task). */
export async function run(input: CommandInput): Promise<number> {
  languageOf(input);
  const [name = '', argument = '', ...more] = input.positionals;
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task === undefined) {
    const known = Object.keys(tasks);
    const what = name === '' ? 'say what is to be done' : `there is no "config ${name}"`;
    throw wrong('config', `${what}${knownHint(name, known)}`);
  }
  const program = `config ${name}`;
  if (task.argument === undefined ? argument !== '' : argument === '' || more.length > 0) {
    const expected = task.argument === undefined ? 'nothing' : `one ${task.argument}`;
    const found = input.positionals.slice(1).join(' ') || 'nothing';
    throw wrong(program, `found ${found}, expected ${expected} (see: hallward config --help)`);
  }
  const foreign = Object.keys(input.values).find((option) => !task.options.includes(option));
  if (foreign !== undefined) {
    const places = Object.entries(tasks).flatMap(([other, { options }]) =>
      options.includes(foreign) ? [other] : [],
    );
    throw wrong(program, `--${foreign} goes with: config ${places.join(', ')}`);
  }
  return (await task.load()).run(input, argument);
}

function wrong(program: string, message: string): CommandFailed {
  return new CommandFailed(exitCodes.usage, `hallward ${program}: ${message}`);
}
