/** What the documentation says must hold: its links lead somewhere, its configurations are valid. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { deviceKinds } from '../../src/devices/registry.js';
import { commandIdPattern, commandSchemas } from '../../src/protocols/hub/commands.js';
import { checkDocument } from '../../src/supervisor/config/check.js';
import { loadFile, profileFinder } from '../../src/supervisor/config/load.js';

const root = resolve(import.meta.dirname, '../..');

function markdown(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist', '.git'].includes(entry.name) ? [] : markdown(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const pages = [...readdirSync(root).filter((name) => name.endsWith('.md')), 'docs'].flatMap((name) =>
  name === 'docs' ? markdown(join(root, 'docs')) : [join(root, name)],
);

describe('every page', () => {
  it.each(pages.map((page) => relative(root, page)))('%s has links that lead somewhere', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!.replace(/#.*$/, ''))
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
    const broken = targets.filter((target) => !existsSync(resolve(root, dirname(page), target)));
    expect(broken).toEqual([]);
  });
});

describe('every kind of device', () => {
  it.each(deviceKinds.map((kind) => kind.kind))('%s has a page, which the list of pages names', (kind) => {
    expect(existsSync(join(root, 'docs/devices', `${kind}.md`))).toBe(true);
    expect(readFileSync(join(root, 'docs/devices/README.md'), 'utf8')).toContain(`(${kind}.md)`);
  });

  it.each(deviceKinds.map((kind) => kind.kind))('%s has a page whose configuration is valid', (kind) => {
    const text = readFileSync(join(root, 'docs/devices', `${kind}.md`), 'utf8');
    const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1]!);
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      const part = parse(block.replaceAll('…', 'x')) as Record<string, object>;
      // A block that shows one device alone, without the section it stands in.
      const given = part.devices === undefined && part.buses === undefined ? { devices: part } : part;
      const document = {
        hall: 'jinshan',
        controller: 'row-a',
        buses: standardBuses,
        ...given,
        ...(part.buses === undefined ? {} : { buses: { ...standardBuses, ...part.buses } }),
      };
      expect(checkDocument(document, profileFinder(root)).problems).toEqual([]);
    }
  });
});

/** Buses that blocks of the pages speak of without repeating them. */
const standardBuses = {
  ratings: { type: 'serial', path: '/dev/serial/by-id/ratings' },
  gpio: { type: 'gpio', chip: 'pinctrl-bcm2711' },
};

describe('buses that hang on other buses', () => {
  it('are shown as they are valid', () => {
    const text = readFileSync(join(root, 'docs/more-lines.md'), 'utf8');
    const block = parse(/```yaml\n(.*?)```/s.exec(text)![1]!) as object;
    const document = { hall: 'jinshan', controller: 'row-a', ...block };
    expect(checkDocument(document, profileFinder(root)).problems).toEqual([]);
  });
});

describe('every example', () => {
  it.each(readdirSync(join(root, 'config/examples')))('%s is valid', (name) => {
    expect(loadFile(join(root, 'config/examples', name)).problems).toEqual([]);
  });
});

describe('a hall that the hub leads', () => {
  const text = readFileSync(join(root, 'docs/led-by-the-hub.md'), 'utf8');

  it('has a valid configuration', () => {
    const block = /```yaml\n(.*?)```/s.exec(text)![1]!;
    expect(checkDocument(parse(block), profileFinder(root)).problems).toEqual([]);
  });

  it('is led with commands that a controller takes', () => {
    const commands = [...text.matchAll(/command\/([a-z.]+) -m '(.*?)'\n/gs)];
    expect(commands.map(([, name]) => name)).toEqual([
      'ticket.print',
      'board.show',
      'say',
      'rating.invite',
      'board.show',
    ]);
    for (const [, name, payload] of commands) {
      const { id, ...args } = JSON.parse(payload!) as { id: string };
      expect(id).toMatch(commandIdPattern);
      expect(v.safeParse(commandSchemas[name as keyof typeof commandSchemas], args).issues).toBeUndefined();
    }
  });
});
