/** Whom a command is for: one controller, several, or all that a pattern fits and the hub knows as online. */
import { namePattern, readTopic, topicsOf } from '../../protocols/hub/topics.js';
import type { CommandInput } from '../command-input.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';
import type { Address } from '../hub-asking.js';
import type { HubTalk } from '../hub-talk.js';
import type { WatchSettings } from '../watch/settings.js';
import { readState } from './reading.js';

const mostControllers = 1_000;

export interface Targets {
  readonly hall: string;
  /** Names, and patterns with `*`. */
  readonly names: readonly string[];
  readonly hasPattern: boolean;
}

/**
 * Reads `--hall` and `--controller`, or whom `--config` names, or, where these are silent, whom the file that is to be
 * pushed names. Throws `CommandFailed` 64.
 */
export function targetsOf(
  { values }: CommandInput,
  settings: WatchSettings,
  { program, several, file }: { program: string; several: boolean; file?: Partial<Address> },
): Targets {
  const wrong = (message: string) => new CommandFailed(exitCodes.usage, `hallward ${program}: ${message}`);
  const hall = settings.hall ?? file?.hall;
  const asked = values.controller ?? settings.controller ?? file?.controller;
  if (hall === undefined || typeof asked !== 'string') {
    throw wrong('say --hall and --controller, or --config FILE of that controller');
  }
  if (!namePattern.test(hall))
    throw wrong(`hall: found ${JSON.stringify(hall)}, expected a name: a-z, 0-9, "-"`);
  const names = [...new Set(several ? asked.split(',').map((name) => name.trim()) : [asked])];
  for (const name of names) {
    if (!(several ? /^[a-z0-9*-]{1,40}$/ : namePattern).test(name)) {
      const expected = several
        ? 'names (a-z, 0-9, "-") with commas between, "*" for any'
        : 'one name: a-z, 0-9, "-"';
      throw wrong(`--controller: found ${JSON.stringify(name)}, expected ${expected}`);
    }
  }
  return { hall, names, hasPattern: names.some((name) => name.includes('*')) };
}

/**
 * Whether a file may go to them: one that names a hall or a controller goes nowhere else, and with a pattern it must
 * name no controller at all. Throws `CommandFailed` 64.
 */
export function checkNamed(
  { hall, names, hasPattern }: Targets,
  file: { readonly hall: string | undefined; readonly controller: string | undefined },
  program: string,
): void {
  const wrong = (message: string) => new CommandFailed(exitCodes.usage, `hallward ${program}: ${message}`);
  if (file.hall !== undefined && file.hall !== hall) {
    throw wrong(`the file is for the hall "${file.hall}", not "${hall}"; nothing was sent`);
  }
  const { controller } = file;
  if (controller === undefined) return;
  if (hasPattern) {
    throw wrong(
      `the file names the controller "${controller}"; with a pattern it must name none; nothing was sent`,
    );
  }
  const other = names.find((name) => name !== controller);
  if (other !== undefined) {
    throw wrong(`the file is for the controller "${controller}", not "${other}"; nothing was sent`);
  }
}

/** All of them by name, sorted. Of a pattern only who is online now. Rejects as `HubTalk.listen`. */
export async function findControllers(
  { hall, names, hasPattern }: Targets,
  talk: HubTalk,
): Promise<Address[]> {
  const found = new Set(names.filter((name) => !name.includes('*')));
  if (hasPattern) {
    const patterns = names.filter((name) => name.includes('*')).map(patternOf);
    const stop = await talk.listen(topicsOf(hall, '+').status, ({ topic, payload }) => {
      const { controller = '' } = readTopic(topic) ?? {};
      if (!namePattern.test(controller) || !patterns.some((pattern) => pattern.test(controller))) return;
      if (readState(payload) === 'online' && found.size < mostControllers) found.add(controller);
    });
    await talk.toldAll();
    stop();
  }
  return [...found].sort().map((controller) => ({ hall, controller }));
}

/** Whether `*` in a pattern can stand for what a name has there; without the backtracking of a regular expression. */
function patternOf(pattern: string): { test(name: string): boolean } {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop() ?? '';
  return {
    test(name) {
      if (!name.startsWith(first) || name.length < first.length + last.length) return false;
      let from = first.length;
      const end = name.length - last.length;
      for (const part of rest) {
        const at = name.indexOf(part, from);
        if (at < 0 || at + part.length > end) return false;
        from = at + part.length;
      }
      return name.endsWith(last);
    },
  };
}
