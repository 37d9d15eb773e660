import { spawnSync } from 'node:child_process';

/** Debian's own Python, for which its packages are. */
export const python = '/usr/bin/python3';
export const howToInstall = 'apt-get install --no-install-recommends python3-pymodbus python3-serial-asyncio';

/** Whether the foreign Modbus program is there. In CI it must be. */
export function hasPymodbus(): boolean {
  const tried = spawnSync(python, ['-c', 'import pymodbus.server.async_io'], { encoding: 'utf8' });
  if (tried.status === 0) return true;
  if (process.env.CI === 'true')
    throw new Error(`pymodbus is needed: ${howToInstall}\n${tried.stderr ?? ''}`);
  return false;
}
