/** Builds `dist/`: the program, then what browsers load of it (`src/pages/browser`, compiled for them). */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const browser = join(root, 'src/pages/browser');
const tsc = join(root, 'node_modules/typescript/bin/tsc');

let status = 0;
for (const project of ['tsconfig.build.json', 'src/pages/browser/tsconfig.json']) {
  const built = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  status ||= built.status ?? 1;
}
for (const name of readdirSync(browser).filter((one) => one.endsWith('.css'))) {
  copyFileSync(join(browser, name), join(root, 'dist/pages/browser', name));
}
chmodSync(join(root, 'dist/cli/main.js'), 0o755);
process.exitCode = status;
