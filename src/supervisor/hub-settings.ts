/** The hub's settings with the contents of the files that they name. */
import { readFile } from 'node:fs/promises';
import type { HubSettings } from '../hub/types.js';
import { HallwardError, systemCode } from '../kernel/errors.js';
import type { HubConfig } from './config/schema.js';

/** Rejects with `hub.file-unreadable`, naming the setting, where a file cannot be read. */
export async function readHubSettings(config: HubConfig): Promise<HubSettings> {
  const [password, ca, cert, key] = await Promise.all([
    contentOf('hub.passwordFile', config.passwordFile),
    contentOf('hub.ca', config.ca),
    contentOf('hub.cert', config.cert),
    contentOf('hub.key', config.key),
  ]);
  return {
    urls: typeof config.url === 'string' ? [config.url] : config.url,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(password === undefined ? {} : { password: password.replace(/\r?\n$/, '') }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function contentOf(setting: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const system = systemCode(error) ?? 'error';
    throw new HallwardError(
      'hub.file-unreadable',
      'absent',
      `${setting}: ${file} cannot be read (${system})`,
      {
        file,
        system,
      },
    );
  }
}
