import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { differencesOf } from '../../src/cli/config/difference.js';
import { differenceLines } from '../../src/cli/config/difference-view.js';
import { comparable, type Mapping, readPushedFile, toYaml } from '../../src/cli/config/document.js';
import { exitOf } from '../../src/cli/config/pushing.js';
import { checkNamed, findControllers, targetsOf } from '../../src/cli/config/targets.js';
import type { HubTalk } from '../../src/cli/hub-talk.js';
import { isWithin } from '../../src/cli/topic-filter.js';
import { pushable } from '../../src/supervisor/config/pushable.js';

const folder = mkdtempSync(join(tmpdir(), 'hallward-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (content: string | Uint8Array) => {
  const file = join(folder, 'some.yaml');
  writeFileSync(file, content);
  return file;
};

/** What a terminal acts on, what YAML acts on, and plain letters between them. */
const nasty = [
  '\u001b',
  '\u009b',
  '\u007f',
  '\u202e',
  '\u2028',
  '\u{e0001}',
  '\n',
  '\t',
  ' ',
  '#',
  ': ',
  "'",
  '"',
  '-',
  'a',
];
const key = fc.oneof(
  fc.constantFrom('devices', 'board-5', 'address', 'a.b', '__proto__', ''),
  fc.string(),
  fc.string({ unit: fc.constantFrom(...nasty) }),
);
const value = fc.letrec<{ value: unknown; mapping: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => (Object.is(one, -0) ? 0 : one)),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...nasty), maxLength: 60 }),
    fc.array(tie('value'), { maxLength: 5 }),
    tie('mapping'),
  ),
  mapping: fc.dictionary(key, tie('value'), { maxKeys: 6 }),
}));
const mapping = value.mapping.map((one) => JSON.parse(JSON.stringify(one)) as Mapping);

/** Does to a copy of `before` what the differences say. */
function done(before: Mapping, differences: ReturnType<typeof differencesOf>): unknown {
  const copy = structuredClone(before) as Record<string, unknown>;
  for (const { path, after } of differences) {
    const last = path.at(-1)!;
    const place = path
      .slice(0, -1)
      .reduce((level, part) => Object.getOwnPropertyDescriptor(level, part)!.value, copy as object);
    if (after === undefined) Reflect.deleteProperty(place, last);
    else {
      Object.defineProperty(place, last, {
        value: after,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  return copy;
}

describe('the difference of two documents', () => {
  it('done to the one gives the other, and is nothing for the same', () => {
    fc.assert(
      fc.property(mapping, mapping, (before, after) => {
        expect(done(before, differencesOf(before, after))).toEqual(after);
        expect(differencesOf(before, structuredClone(before))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('names the deepest place that differs, and takes a list as one value', () => {
    const before = { devices: { a: { kind: 'x', address: 5 }, gone: { kind: 'y' } }, hours: { sat: [] } };
    const after = {
      hours: { sat: ['09:00-11:30'] },
      devices: { new: { kind: 'z' }, a: { address: 7, kind: 'x' } },
    };
    expect(differencesOf(before, after)).toEqual([
      { path: ['hours', 'sat'], before: [], after: ['09:00-11:30'] },
      { path: ['devices', 'new'], after: { kind: 'z' } },
      { path: ['devices', 'a', 'address'], before: 5, after: 7 },
      { path: ['devices', 'gone'], before: { kind: 'y' } },
    ]);
  });

  it('is shown by section, aligned, with what a terminal would act on made harmless', () => {
    const before = { devices: { a: { address: 5 }, gone: { kind: 'y', window: '5' } }, language: 'en' };
    const after = {
      devices: { a: { address: 7 }, 'evil\u001b[2J': { label: '\u202etxt\u009b' } },
      language: 'zh-CN',
      hours: { holidays: ['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04'] },
    };
    const lines = differenceLines(differencesOf(before, after), { colour: false, language: 'en' });
    expect(lines).toEqual([
      '~ devices.a.address:       5 -> 7',
      '+ devices."evil\\u001b[2J": { label: "\\u202etxt\\u009b" }',
      '- devices.gone:            { kind: y, window: "5" }',
      '',
      '~ language: en -> zh-CN',
      '',
      '+ hours: { holidays: ["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04"] }',
    ]);
    const [line] = differenceLines(differencesOf({ h: ['a', 'b', 'c', 'd'] }, { h: ['a', 'c', 'd', 'e'] }), {
      colour: true,
      language: 'en',
    });
    expect(line).toBe('\u001b[33m~ h: - "b"  + "e"\u001b[0m');
    const [long] = differenceLines(differencesOf({}, { s: 'x y'.repeat(1_000) }), {
      colour: false,
      language: 'en',
    });
    expect(long).toMatch(/… \(3002 characters\)$/);
  });
});

describe('a document as YAML', () => {
  it('reads back as the same, without a character that a terminal would act on', () => {
    fc.assert(
      fc.property(mapping, (one) => {
        const text = toYaml(one);
        expect(text).not.toMatch(/[^\P{Cc}\n\t]|[\p{Cf}\u2028\u2029]/u);
        expect(parse(text)).toEqual(one);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what can be pushed', () => {
  it('is the file without hall, controller, storage and hub.configKey', () => {
    const file = readPushedFile(
      written(
        'hall: jinshan\ncontroller: row-a\nstorage: {path: /x}\nhub: {url: "mqtt://h", configKey: /k}\ndevices: {}\n',
      ),
    );
    expect(file).toEqual({
      config: { hub: { url: 'mqtt://h' }, devices: {} },
      hall: 'jinshan',
      controller: 'row-a',
      leftOut: ['hall', 'controller', 'storage', 'hub.configKey'],
    });
    expect(pushable({ devices: {} })).toEqual({ config: { devices: {} }, leftOut: [] });
  });

  it('is compared without the hub where the file does not speak of it', () => {
    const running = { hall: 'x', storage: {}, hub: { url: 'mqtt://h', configKey: '/k' }, devices: {} };
    expect(comparable(running, { devices: {} })).toEqual({ devices: {} });
    expect(comparable(running, { hub: {}, devices: {} })).toEqual({ hub: { url: 'mqtt://h' }, devices: {} });
  });

  /** Nine lists of nine lists of nine …: 387 million words in half a kilobyte. */
  const laughs = [...'abcdefghi']
    .map((name, at, all) => `${name}: &${name} [${Array(9).fill(at === 0 ? 'x' : `*${all[at - 1]}`)}]\n`)
    .join('');

  it.each([
    ['no YAML', 'hall: [unclosed', /^not valid YAML/],
    ['a list', '- a\n- b\n', /^found no mapping/],
    ['nothing', '', /^found no mapping/],
    ['bytes', new Uint8Array([0xff, 0xfe, 0x00]), /^it is not UTF-8/],
    ['for a number', 'hall: 5\n', /^hall: found 5/],
    ['what JSON cannot say', 'seats: .inf\n', /^seats: found Infinity/],
    ['too large', `devices: {a: "${'x'.repeat(1024 * 1024)}"}`, /^larger than 1 MiB/],
    [
      'too large once it is read',
      `a: &a ${'x'.repeat(30_000)}\nb: [${Array(60).fill('*a')}]`,
      /^larger than 1 MiB/,
    ],
    ['a bomb', laughs, /^not valid YAML/],
  ])('is not what is %s', (_, content, words) => {
    expect(() => readPushedFile(written(content))).toThrow(words);
  });

  it('is not what is not there, or a folder', () => {
    expect(() => readPushedFile(join(folder, 'nowhere.yaml'))).toThrow('there is no such file');
    expect(() => readPushedFile(folder)).toThrow('it is a folder');
  });
});

describe('whom it is for', () => {
  const settings = { hall: 'jinshan', controller: null } as never;
  const targets = (controller: string) =>
    targetsOf({ positionals: [], values: { controller } }, settings, { program: 'p', several: true });

  it('is never another hall or controller than the file names', () => {
    const file = { hall: 'jinshan', controller: 'row-a' };
    expect(() => checkNamed(targets('row-a'), file, 'p')).not.toThrow();
    expect(() => checkNamed(targets('row-a'), { hall: 'else', controller: undefined }, 'p')).toThrow(
      /hall "else"/,
    );
    expect(() => checkNamed(targets('row-a,row-b'), file, 'p')).toThrow(/not "row-b"/);
    expect(() => checkNamed(targets('row-*'), file, 'p')).toThrow(/must name none/);
    expect(() => checkNamed(targets('*'), { hall: 'jinshan', controller: undefined }, 'p')).not.toThrow();
  });

  it.each(['row a', '', '+', '#', 'row/a', 'ROW', 'a,,b', '../x'])('is not "%s"', (controller) => {
    expect(() => targets(controller)).toThrow(/--controller/);
  });

  it('with a pattern is who is online and fits', async () => {
    const found = async (pattern: string) => {
      const online = new TextEncoder().encode('{"state":"online"}');
      const talk = {
        listen: async (_filter: string, heard: (message: object) => void) => {
          for (const name of ['row-a', 'row-b', 'door', 'row-a-row', 'BAD', 'x'.repeat(41)]) {
            heard({ topic: `hallward/v1/jinshan/${name}/status`, payload: online });
          }
          const lost = new TextEncoder().encode('{"state":"lost"}');
          heard({ topic: 'hallward/v1/jinshan/row-lost/status', payload: lost });
          heard({ topic: 'hallward/v1/jinshan/row-odd/status', payload: new Uint8Array([0xff]) });
          return () => {};
        },
        toldAll: async () => {},
      } as unknown as HubTalk;
      return (await findControllers(targets(pattern), talk)).map(({ controller }) => controller);
    };
    expect(await found('*')).toEqual(['door', 'row-a', 'row-a-row', 'row-b']);
    expect(await found('row-*')).toEqual(['row-a', 'row-a-row', 'row-b']);
    expect(await found('*a')).toEqual(['row-a']);
    expect(await found('row*row')).toEqual(['row-a-row']);
    expect(await found('r*-*-*w')).toEqual(['row-a-row']);
    expect(await found('row-a*row-a')).toEqual([]);
    expect(await found('named,do*')).toEqual(['door', 'named']);
  });

  it('is told from others by MQTT filters', () => {
    expect(isWithin('a/b/c', 'a/+/c')).toBe(true);
    expect(isWithin('a/b/c', 'a/b')).toBe(false);
    expect(isWithin('a/b', 'a/b/c')).toBe(false);
    expect(isWithin('a/b/c', 'a/#')).toBe(true);
  });
});

describe('the exit status of pushes', () => {
  const of = (...kinds: Parameters<typeof exitOf>[0][number]['kind'][]) =>
    exitOf(kinds.map((kind) => ({ kind })));

  it('is 0 where all took it, 69 where the others were not reached, 1 where one said no', () => {
    expect(of('applied', 'standing')).toBe(0);
    expect(of('would-change', 'would-not-change')).toBe(0);
    expect(of('applied', 'offline')).toBe(69);
    expect(of('unreachable')).toBe(69);
    expect(of('applied', 'offline', 'rejected')).toBe(1);
    for (const kind of [
      'rolled-back',
      'no-report',
      'interrupted',
      'not-tried',
      'would-be-rejected',
    ] as const) {
      expect(of('applied', kind)).toBe(1);
    }
  });
});
