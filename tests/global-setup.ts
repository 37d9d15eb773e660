/** Some tests start the real program: they need a `dist/` that is not older than `src/`. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds once, and only where something changed since the last build. */
export default function setup(): void {
  if (newest(join(root, 'dist')) >= newest(join(root, 'src'))) return;
  const build = join(root, 'scripts/build.mjs');
  const built = spawnSync(process.execPath, [build], { cwd: root, encoding: 'utf8' });
  // Types are another check's business; what matters here is that there is a program to start.
  if (built.status !== 0) console.warn(`the build found something:\n${built.stdout}${built.stderr}`);
}

/** Time of the newest file below a folder; 0 where there is none. */
function newest(folder: string): number {
  try {
    return Math.max(
      0,
      ...readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
    );
  } catch {
    return 0;
  }
}
