import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = resolve(import.meta.dirname, '../../src');

/**
 * Which layer may import which (docs/architecture.md). A layer is a folder below `src`; within a layer everything
 * may import everything. `transports/ports*.ts` are a layer of their own.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  protocols: ['kernel'],
  ports: ['kernel'],
  // Chips and boards that offer more lines.
  extenders: ['kernel', 'protocols', 'ports'],
  transports: ['kernel', 'ports'],
  devices: ['kernel', 'protocols', 'ports'],
  calling: ['kernel'],
  store: ['kernel', 'protocols/hub'],
  hub: ['kernel', 'protocols/hub', 'store/types'],
  hall: ['kernel', 'protocols/hub', 'devices/capabilities', 'calling'],
  pages: [
    'kernel',
    'protocols/hub',
    'transports/ports-page',
    'devices/capabilities',
    'hall/screen',
    'pages/browser/messages',
  ],
  // Runs in browsers: it may use nothing of the controller's.
  browser: [],
  supervisor: [
    'kernel',
    'protocols',
    'ports',
    'transports',
    'extenders',
    'devices',
    'calling',
    'store',
    'hub',
    'hall',
    'pages',
  ],
  simulator: ['kernel', 'protocols/hub/topics', 'ports'],
};
/** The only files of the supervisor that may know a concrete transport: the composition root. */
const compositionRoot = ['supervisor/wiring', 'supervisor/bus-rack'];

function files(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? files(path) : entry.name.endsWith('.ts') ? [path] : [];
  });
}

const nameOf = (path: string) => relative(source, path).replace(/\.(ts|js)$/, '');

const layerOf = (name: string) =>
  /^transports\/ports(-|$)/.test(name)
    ? 'ports'
    : name.startsWith('pages/browser/')
      ? 'browser'
      : (name.split('/')[0] ?? '');

/** Every import, static or dynamic, of a file of ours by a file of ours. */
const imports = files(source).flatMap((path) =>
  [...readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => ({
    from: nameOf(path),
    to: nameOf(resolve(dirname(path), match[1]!)),
  })),
);

function forbidden({ from, to }: { from: string; to: string }): boolean {
  const layer = layerOf(from);
  const allowed = mayImport[layer];
  // cli, index and version stand above the layers.
  if (allowed === undefined) return false;
  if (layerOf(to) === layer) return false;
  if (layer === 'supervisor' && ['transports', 'extenders'].includes(layerOf(to)))
    return !compositionRoot.includes(from);
  return !allowed.some((one) => one === layerOf(to) || to === one || to.startsWith(`${one}/`));
}

describe('the layers', () => {
  it('are found in the source', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it('import only downwards', () => {
    expect(imports.filter(forbidden).map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('have no cycle between files', () => {
    const edges = new Map<string, string[]>();
    for (const { from, to } of imports) edges.set(from, [...(edges.get(from) ?? []), to]);
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (name: string, path: readonly string[]) => {
      if (path.includes(name)) {
        cycles.push([...path.slice(path.indexOf(name)), name].join(' → '));
        return;
      }
      if (done.has(name)) return;
      for (const next of edges.get(name) ?? []) visit(next, [...path, name]);
      done.add(name);
    };
    for (const name of edges.keys()) visit(name, []);
    expect(cycles).toEqual([]);
  });

  it('take time only from the clock', () => {
    const timed = files(source)
      .filter((path) => !['kernel/clock', 'cli/run'].includes(nameOf(path)))
      // A browser has its own time.
      .filter((path) => layerOf(nameOf(path)) !== 'browser')
      .filter((path) => /Date\.now\(\)|(?<![.\w])set(?:Timeout|Interval)\(/.test(readFileSync(path, 'utf8')))
      .map(nameOf);
    expect(timed).toEqual([]);
  });
});
