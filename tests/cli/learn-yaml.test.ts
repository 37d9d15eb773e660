/** The piece of configuration that `hallward learn` writes, and what it says about bytes that mean nothing. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { doubtWords } from '../../src/cli/learn/doubt-words.js';
import { yamlOf } from '../../src/cli/learn/yaml.js';
import { parseHex } from '../../src/kernel/bytes.js';
import { type Proposal, proposeFromKeys } from '../../src/protocols/key-learning.js';
import { GuidedLearning } from '../../src/protocols/learning/guided.js';
import { checkDocument } from '../../src/supervisor/config/check.js';

/** A lesson of keys that each send `F0 F0` when they are let go, beside a heartbeat every 2 s. */
function lesson(rows: Readonly<Record<string, string>>): Proposal {
  const learning = new GuidedLearning(Object.keys(rows), 3);
  let now = 0;
  let beatAt = 700;
  const hear = (at: number, row: string) => {
    for (; beatAt < at; beatAt += 2_000) say(beatAt, '55 00 55');
    say(at, row);
  };
  const say = (at: number, row: string) => {
    const bytes = parseHex(row)!;
    learning.heard({ atMilliseconds: at, endMilliseconds: at + 4, bytes, missedBytes: 0 });
  };
  for (const [key, row] of Object.entries(rows)) {
    for (let press = 0; learning.asked?.key === key && press < 12; press++) {
      now += 1_100 + ((press * 377) % 900);
      hear(now, row);
      hear(now + 150, 'F0 F0');
    }
  }
  const proposal = proposeFromKeys(learning.result(), Object.keys(rows));
  if (proposal === null) throw new Error('nothing was learned');
  return proposal;
}

const settings = {
  busName: 'keys',
  bus: { type: 'serial', path: '/dev/ttyUSB0', baudRate: 9600 },
  isConfigured: false,
  device: { name: 'pad', window: '5' },
} as Parameters<typeof yamlOf>[1];

describe('what was learned', () => {
  it.each([
    ['a caller', { next: 'AA 05 01 B0', recall: 'AA 05 02 B1' }],
    ['an evaluator', { '5': '45 35 01', '1': '45 31 01' }],
  ])('of %s with a heartbeat and releases is a configuration that ignores both', (_, rows) => {
    const proposal = lesson(rows);
    for (const language of ['zh-CN', 'en'] as const) {
      const section = parse(yamlOf(proposal, { ...settings, language }));
      expect(section.devices.pad).toMatchObject({ keys: rows, ignore: ['F0 F0', '55 00 55'] });
      const document = { hall: 'jinshan', controller: 'row-a', ...section };
      const { configuration, problems } = checkDocument(document, () => undefined);
      expect(problems).toEqual([]);
      expect(configuration?.devices.pad?.ignore).toEqual(['F0 F0', '55 00 55']);
    }
  });

  it('says that they are ignored, and what to do where a key is among them', () => {
    const said = lesson({ next: 'AA 05 01 B0', recall: 'AA 05 02 B1' }).doubts.map((doubt) =>
      doubtWords(doubt, 'en'),
    );
    const ignored =
      'it stands under ignore, neither a press nor noise; take it out there if it is a key after all';
    expect(said).toEqual([
      `F0 F0 follows when a key is let go: ${ignored}`,
      `55 00 55 comes by itself every 2.0 s, so it is no key: ${ignored}`,
    ]);
  });

  it('has no such list where there is nothing to ignore, and says what cannot be ignored', () => {
    const { doubts, ...proposal } = lesson({ next: 'AA 05 01 B0', recall: 'F0 F0 01' });
    expect(parse(yamlOf({ ...proposal, doubts }, { ...settings, language: 'en' })).devices.pad).toMatchObject(
      {
        ignore: ['55 00 55'],
      },
    );
    const release = doubts.find(({ code }) => code === 'release');
    expect(release).toMatchObject({ bytes: 'F0 F0', ignored: false });
    expect(doubtWords(release!, 'en')).toMatch(/cannot stand under ignore .* counts as noise/);
    expect(doubtWords(release!, 'zh-CN')).toMatch(/不能写入 ignore/);
    const nothing = yamlOf({ ...proposal, doubts, ignore: [] } as Proposal, { ...settings, language: 'en' });
    expect(nothing).not.toContain('ignore');
  });
});
