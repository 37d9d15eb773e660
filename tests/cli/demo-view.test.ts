import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { hint } from '../../src/cli/demo/hints.js';
import type { DemoModel } from '../../src/cli/demo/model.js';
import { printable, wrap } from '../../src/cli/demo/spans.js';
import { renderDemo } from '../../src/cli/demo/view.js';
import { alarm, away, broken, calm, cut, dark, fault, mute } from './demo-model.js';

const models: Readonly<Record<string, DemoModel>> = { calm, broken, away, dark, alarm, mute, cut };
const languages = ['zh-CN', 'en'] as const;
const hands = [
  ...([
    'paper',
    'power',
    'voice',
    'broker',
    'row',
    'water',
    'fire',
    'board',
    'toner',
    'keypad',
    'noise',
  ] as const),
];

describe('the view of the demo', () => {
  for (const [name, model] of Object.entries(models)) {
    for (const language of languages) {
      for (const [columns, rows] of [
        [80, 24],
        [120, 40],
      ] as const) {
        it(`shows a ${name} hall in ${language} at ${columns} by ${rows}`, async () => {
          const lines = renderDemo(model, language, columns, rows);
          expect(lines).toHaveLength(rows);
          expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
          const file = `./views/${name}.${language}.${columns}x${rows}.txt`;
          await expect(`${lines.map((line) => line.trimEnd()).join('\n')}\n`).toMatchFileSnapshot(file);
        });
      }
    }
  }

  it('fits any terminal, with its keys as the last line', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(models)),
        fc.constantFrom(...languages),
        fc.integer({ min: 1, max: 160 }),
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        (model, language, columns, rows, colour) => {
          const lines = renderDemo(model, language, columns, rows, { colour });
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
          if (columns >= 80 && rows >= 4) {
            expect(stripVTControlCharacters(lines.at(-1) ?? '')).toContain(
              language === 'en' ? 'quit' : '退出',
            );
          }
        },
      ),
    );
  });

  it('needs no more than 80 columns for its own words', () => {
    const noPower = { text: '      ', powered: false, wrong: true };
    const slip = { number: 'A099', whole: false, again: false };
    const tried: DemoModel[] = [
      calm,
      { ...calm, broker: { up: false } },
      { ...calm, row: { cut: true, noisy: false } },
      { ...calm, row: { cut: false, noisy: true } },
      { ...calm, windows: calm.windows.map((row) => ({ ...row, board: noPower })) },
      { ...calm, startedMilliseconds: calm.nowMilliseconds },
      { ...calm, machine: { roll: 'ending', slips: [slip, slip, slip, slip] } },
      { ...calm, machine: { roll: 'out', slips: [slip] }, hub: { ...calm.hub, paper: 'empty' } },
      { ...calm, box: { ...calm.box, state: 'starting' } },
      dark,
      { ...alarm, hub: calm.hub, told: calm.told },
      { ...mute, hub: calm.hub },
      { ...cut, hub: calm.hub },
      { ...calm, voice: { ...calm.voice, saying: undefined } },
      {
        ...calm,
        voice: {
          ...{ powered: true, saying: undefined },
          said: 'Priority ticket A zero zero seven, please go to window three',
        },
      },
      {
        ...{ ...calm, atKiosk: 12 },
        hub: {
          ...calm.hub,
          queues: new Map(
            ['insurance', 'property'].map((queue) => [
              queue,
              { waiting: 12, lastCalled: 'A012', waitMinutes: { low: 10, median: 12, high: 20 } },
            ]),
          ),
        },
      },
      ...hands.map((_, count) => ({ ...calm, tried: new Set(hands.slice(0, count + 1)) })),
      { ...calm, keypadPulled: true },
      { ...calm, wet: true, washroomLamp: true },
      { ...calm, tonerOut: true },
      // As long as the two lines become.
      {
        ...calm,
        inside: 38,
        hub: {
          ...calm.hub,
          room: {
            ...{ seats: 14, taken: 14 },
            people: { low: 29, median: 36, high: 143 },
            standing: { low: 12, median: 18, high: 125 },
          },
          things: {
            washroom: { visits: 10, smell: 250, due: true },
            printer: { toner: 100, paper: 'empty' },
            rollPercent: 47,
            water: false,
          },
        },
      },
      { ...calm, hub: { ...calm.hub, controller: 'stopped' } },
      { ...away, hub: { ...away.hub, faults: [] } },
    ];
    for (const model of tried) {
      for (const language of languages) {
        expect(renderDemo(model, language, 80, 24).filter((line) => line.includes('…'))).toEqual([]);
      }
    }
  });

  it('proposes one thing at a time, until everything was tried', () => {
    const proposed = hands.map((_, count) => hint({ ...calm, tried: new Set(hands.slice(0, count)) }).en);
    expect(proposed.map((text) => text.split(':')[0])).toEqual([
      ...['p', 'x', 'v', 'b', 'r', 'w', 'f', '1', 'o', 'k', 'n'],
    ]);
    expect(hint({ ...calm, tried: new Set(hands) }).en).toContain('q quits');
    expect(hint({ ...calm, startedMilliseconds: calm.nowMilliseconds }).en).toMatch(/^Look/);
  });

  it('cannot be overlooked when the controller has no power, and moves no other line', () => {
    for (const language of languages) {
      const on = renderDemo(calm, language, 80, 24);
      const off = renderDemo(dark, language, 80, 24);
      expect(off[1]).toMatch(language === 'en' ? /W I T H O U T {3}P O W E R/ : /断 电/);
      expect(off[2]).toContain('x');
      const labelOf = (line: string) => line.slice(0, 6);
      expect(off.slice(3, 8).map(labelOf)).toEqual(on.slice(3, 8).map(labelOf));
      expect(renderDemo(dark, language, 80, 24, { colour: true })[1]).toContain('\x1b[7m');
    }
  });

  it('says what the loudspeaker says now, else what it said last, or that it has no power', () => {
    const voiceOf = (voice: DemoModel['voice'], language: 'zh-CN' | 'en') =>
      renderDemo({ ...calm, voice }, language, 80, 24).find((line) => /^(播报|Voice) /.test(line));
    const now = { powered: true, saying: '请A零零一号到一号窗口办理', said: '请B零零一号到三号窗口办理' };
    expect(voiceOf(now, 'zh-CN')).toContain('♪ 请A零零一号到一号窗口办理');
    expect(voiceOf({ ...now, saying: undefined }, 'zh-CN')).toContain('刚才：请B零零一号到三号窗口办理');
    expect(voiceOf({ ...now, saying: undefined, said: undefined }, 'en')).toContain('silent');
    expect(voiceOf({ ...now, powered: false, saying: undefined }, 'en')).toContain('no power');
  });

  it('marks priority, shows the wait once there is one, and counts who missed the call and came back', () => {
    const lines = (model: DemoModel, columns: number) => renderDemo(model, 'en', columns, 30).join('\n');
    expect(lines(calm, 100)).toContain('A008 prio');
    expect(lines(calm, 80)).toContain('A 5 waiting, 2-5 min   B 0 waiting   ');
    expect(lines(calm, 100)).toContain('3 missed, 1 back');
  });

  it('tells staff in the hall what to do before it tells who repairs', () => {
    for (const language of languages) {
      const lines = renderDemo(mute, language, 80, 24);
      const staff = lines.findIndex((line) => /The voice is silent|语音叫号不响/.test(line));
      const repair = lines.findIndex((line) =>
        /voice does not answer|voice.*(未|无|不)应答|voice .*不/.test(line),
      );
      expect(staff).toBeGreaterThan(0);
      expect(lines[staff + 1]).toMatch(/Calls go on by the window boards|叫号由窗口屏/);
      expect(repair).toBeGreaterThan(staff);
    }
  });

  it('says who is really inside beside what the controller says, and what it does not know as ?', () => {
    const lineOf = (model: DemoModel, language: 'zh-CN' | 'en', label: RegExp, columns = 80) =>
      renderDemo(model, language, columns, 24)
        .find((line) => label.test(line))
        ?.trimEnd();
    const room = /^(Room|大厅) /;
    const things = /^(Things|设施) /;
    expect(lineOf(calm, 'en', room)).toBe(
      'Room     12 inside; controller says 11 (9-13), 5 of 14 seats, 4 stand',
    );
    expect(lineOf(calm, 'en', room, 100)).toMatch(/4 stand \(2-6\)$/);
    expect(lineOf(calm, 'zh-CN', room)).toContain('实有 12 人；控制器知道 11 人（9-13）');
    expect(lineOf(calm, 'en', things)).toBe(
      'Things   WC 5 visits smell 104 clean ○  toner 62% paper ok  roll 48%  water ok',
    );
    const unknown: DemoModel = {
      ...calm,
      hub: {
        ...calm.hub,
        room: { seats: 14, taken: null, people: null, standing: null },
        things: {
          washroom: { visits: null, smell: null, due: null },
          printer: { toner: null, paper: null },
          rollPercent: null,
          water: null,
        },
      },
    };
    expect(lineOf(unknown, 'en', room)).toBe('Room     12 inside; controller says ?, ? of 14 seats, ? stand');
    expect(lineOf(unknown, 'en', things)).toBe(
      'Things   WC ? visits smell ? ? ○  toner ? paper ?  roll ?  water ?',
    );
    expect(lineOf({ ...unknown, hub: { ...unknown.hub, room: null } }, 'en', room)).toContain('? of ? seats');
    const due: DemoModel = {
      ...calm,
      washroomLamp: true,
      hub: {
        ...calm.hub,
        things: { ...calm.hub.things, washroom: { visits: 8, smell: 145, due: true }, water: false },
      },
    };
    expect(lineOf(due, 'en', things)).toContain('WC 8 visits smell 145 DUE ●');
    expect(lineOf(due, 'en', things)).toContain('no water');
    expect(lineOf(due, 'zh-CN', things)).toContain('卫生间 8 次 异味 145 待清洁 ●');
    // While the hub is away nobody there knows whether it is still so.
    const gone = { ...calm, hub: { ...calm.hub, connected: false } };
    expect(lineOf(gone, 'en', /^Room\? /)).toContain('controller says 11 (9-13)');
    expect(lineOf(gone, 'en', /^Things\? /)).toContain('toner 62%');
  });

  it('says the same with colour and without', () => {
    for (const language of languages) {
      const plain = renderDemo(broken, language, 100, 32);
      const coloured = renderDemo(broken, language, 100, 32, { colour: true });
      expect(coloured.map(stripVTControlCharacters)).toEqual(plain);
      expect(coloured.join('')).toContain('\x1b[');
      expect(plain.join('')).not.toContain('\x1b');
    }
  });

  it('lets no text from outside move the cursor', () => {
    const text = { 'zh-CN': '\x1b[2J\x1b[1;1H假\u202e', en: '\x1b]0;title\x07\r\nfake' };
    const hostile = fault('row', 'bus.lost', -3, { text, action: text, affected: ['\x1b[31m'] });
    const model = { ...calm, hub: { ...calm.hub, faults: [hostile] } };
    for (const language of languages) {
      const lines = renderDemo(model, language, 80, 24);
      expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(lines.join('')).toContain(language === 'en' ? 'fake' : '假');
    }
    expect(printable('ordinary 文字 … “”')).toBe('ordinary 文字 … “”');
  });

  it('names more faults than it has room for by their number', () => {
    const faults = Array.from({ length: 30 }, (_, index) =>
      fault(`board-${index}`, 'device.unresponsive', -index),
    );
    const lines = renderDemo({ ...calm, hub: { ...calm.hub, faults } }, 'en', 80, 24);
    const shown = lines.filter((line) => line.includes('does not answer')).length;
    expect(shown).toBeGreaterThan(0);
    expect(lines.join('\n')).toContain(`and ${30 - shown} more`);
  });

  it('breaks long texts at blanks or between Chinese characters', () => {
    expect(wrap('check the cable and the plug', 10)).toEqual(['check the', 'cable and', 'the plug']);
    expect(wrap('检查设备电源和接线', 8)).toEqual(['检查设备', '电源和接', '线']);
    expect(wrap('', 8)).toEqual([]);
  });
});
