/** The hub's settings: where it is, and the files with credentials, read anew at each attempt to connect. */
import type { HubCredentials, HubSettings } from '../hub/types.js';
import { HallwardError } from '../kernel/errors.js';
import type { HubConfig } from './config/schema.js';
import { readSecretFile } from './secret-file.js';

const code = 'hub.file-unreadable';
/** The one in use, the one to come, and two that somebody forgot to take out. */
const mostPasswords = 4;

/**
 * Reads nothing yet. `credentials()` reads what the files hold then, so that a password or a certificate that was
 * changed on disk counts at the next connect. It rejects with `hub.file-unreadable` (kind refused), naming the setting
 * and what mends it; on a disk that hangs it may not resolve, and asking again starts no second reading.
 */
export function readHubSettings(config: HubConfig): HubSettings {
  let reading: Promise<HubCredentials> | undefined;
  return {
    urls: typeof config.url === 'string' ? [config.url] : config.url,
    ...(config.username === undefined ? {} : { username: config.username }),
    credentials() {
      reading ??= readCredentials(config).finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}

async function readCredentials(config: HubConfig): Promise<HubCredentials> {
  const { username, passwordFile } = config;
  const passwords = passwordFile === undefined ? [] : await readPasswords(passwordFile);
  // One after the other: a disk that hangs keeps one thread of Node's pool, not four.
  const ca = await contentOf('hub.ca', config.ca, false);
  const cert = await contentOf('hub.cert', config.cert, false);
  const key = await contentOf('hub.key', config.key, true);
  return {
    ...(username === undefined ? {} : { username }),
    passwords,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** One password a line, the one to be tried first on top. */
async function readPasswords(file: string): Promise<readonly string[]> {
  const setting = 'hub.passwordFile';
  const text = await readSecretFile({ setting, file, code, isSecret: true });
  const passwords = text.split(/\r?\n/).filter((line) => line !== '');
  if (passwords.length <= mostPasswords) return passwords;
  const words = `${setting}: ${file} holds ${passwords.length} lines; a password a line, at most ${mostPasswords}`;
  throw new HallwardError(code, 'refused', words, { file, system: null });
}

async function contentOf(
  setting: string,
  file: string | undefined,
  isSecret: boolean,
): Promise<string | undefined> {
  return file === undefined ? undefined : readSecretFile({ setting, file, code, isSecret });
}
