/** What `hallward watch` was asked for: where the hub is, with which credentials, and which hall. */

import { parseHubUrl } from '../../hub/hub-url.js';
import type { HubSettings } from '../../hub/types.js';
import { HallwardError } from '../../kernel/errors.js';
import { namePattern } from '../../protocols/hub/topics.js';
import { checkSecrets, loadFile } from '../../supervisor/config/load.js';
import { formatProblem } from '../../supervisor/config/problems.js';
import type { HubConfig } from '../../supervisor/config/schema.js';
import { readHubSettings } from '../../supervisor/hub-settings.js';
import type { CommandInput } from '../command-input.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';

const standardUrl = 'mqtt://127.0.0.1:1883';

export interface WatchSettings {
  readonly hub: HubSettings;
  /** `null`: all halls. */
  readonly hall: string | null;
  /** The controller whose configuration was named. */
  readonly controller: string | null;
  /** IANA name; times of day are shown in it. */
  readonly timezone: string;
}

/** Options of the command line and what they stand for in a configuration. */
const hubOptions = {
  url: 'url',
  username: 'username',
  'password-file': 'passwordFile',
  ca: 'ca',
  cert: 'cert',
  key: 'key',
} as const;

/**
 * Reads options and files. An option wins over the configuration that `--config` names. Rejects with `CommandFailed`:
 * 64 for a wrong option, 78 for an invalid configuration or a secret that everybody may read.
 */
export async function readSettings(input: CommandInput, program = 'watch'): Promise<WatchSettings> {
  try {
    return await read(input);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new CommandFailed(
      error.exitCode,
      error.message.replace(/^hallward watch:/m, `hallward ${program}:`),
    );
  }
}

async function read(input: CommandInput): Promise<WatchSettings> {
  const { values } = input;
  const asked: Record<string, string> = {};
  for (const [option, key] of Object.entries(hubOptions)) {
    const value = values[option];
    if (value === '') throw wrong(`--${option}: found nothing`);
    if (typeof value === 'string') asked[key] = value;
  }
  if (asked.url !== undefined) checkUrl(asked.url);
  const file = typeof values.config === 'string' ? values.config : undefined;
  const configured = file === undefined ? undefined : readConfiguration(file, asked.url);
  const hub = { url: standardUrl, ...configured?.hub, ...asked } as HubConfig;
  if ((hub.cert === undefined) !== (hub.key === undefined)) {
    throw wrong('--cert and --key belong together');
  }
  if (hub.passwordFile !== undefined && hub.username === undefined) {
    throw wrong('--password-file needs --username');
  }
  const problem = checkSecrets({ hub: asked }).problems[0];
  if (problem !== undefined) {
    throw new CommandFailed(
      exitCodes.invalidConfiguration,
      `hallward watch: ${inOptions(formatProblem(problem))}`,
    );
  }
  return {
    hub: await readFiles(hub, file !== undefined),
    hall: hallOf(values.hall) ?? configured?.hall ?? null,
    controller: configured?.controller ?? null,
    timezone: configured?.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function readConfiguration(file: string, askedUrl: string | undefined) {
  const { configuration, problems } = loadFile(file);
  if (configuration === undefined) {
    const lines = problems.map(formatProblem).join('\n');
    throw new CommandFailed(
      exitCodes.invalidConfiguration,
      `${lines}\nhallward watch: ${file} is not valid; see: hallward check ${file}`,
    );
  }
  if (configuration.hub === undefined && askedUrl === undefined) {
    throw new CommandFailed(
      exitCodes.usage,
      `hallward watch: ${file} names no hub (this hall runs alone); name one with --url`,
    );
  }
  return configuration;
}

async function readFiles(hub: HubConfig, hasConfiguration: boolean): Promise<HubSettings> {
  try {
    const settings = readHubSettings(hub);
    // Now, so that a file that cannot be used is told before anything is tried.
    const credentials = await settings.credentials();
    return { ...settings, credentials: async () => credentials };
  } catch (error) {
    if (!(error instanceof HallwardError)) throw error;
    const exitCode = hasConfiguration ? exitCodes.invalidConfiguration : exitCodes.usage;
    const words = hasConfiguration ? error.message : inOptions(error.message);
    throw new CommandFailed(exitCode, `hallward watch: ${words}`);
  }
}

/** `hub.passwordFile: …` as `--password-file: …`. */
function inOptions(message: string): string {
  const found = Object.entries(hubOptions).find(([, key]) => message.startsWith(`hub.${key}:`));
  return found === undefined ? message : message.replace(`hub.${found[1]}`, `--${found[0]}`);
}

function checkUrl(text: string): void {
  try {
    parseHubUrl(text);
  } catch (error) {
    throw wrong(`--url: ${(error as Error).message}`);
  }
  const { username, password } = new URL(text);
  // Whoever may list the processes of a machine may read it there.
  if (username !== '' || password !== '') {
    throw wrong('--url: no user name or password in it; use --username and --password-file');
  }
}

function hallOf(value: string | boolean | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (!namePattern.test(value)) throw wrong(`--hall: found "${value}", expected a name: a-z, 0-9 and "-"`);
  return value;
}

function wrong(message: string): CommandFailed {
  return new CommandFailed(exitCodes.usage, `hallward watch: ${message}`);
}
