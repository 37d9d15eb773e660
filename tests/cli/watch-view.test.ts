import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { ChangeFinder } from '../../src/cli/watch/changes.js';
import type { HallView } from '../../src/cli/watch/hall-view.js';
import { plainLines } from '../../src/cli/watch/live.js';
import { renderWatch, scrollRows } from '../../src/cli/watch/view.js';
import type { Choice, Setting } from '../../src/cli/watch/view-setting.js';
import { ageWords, momentWords, readingWords } from '../../src/cli/watch/words.js';
import { deviceKinds } from '../../src/devices/registry.js';
import {
  at,
  band,
  broken,
  calm,
  device,
  fault,
  full,
  health,
  room,
  shelf,
  start,
  status,
  World,
} from './watch-hall.js';

const timezone = 'Asia/Shanghai';
const now = Date.parse(start);
const languages = ['zh-CN', 'en'] as const;

const away: HallView = broken().view({
  stale: true,
  complete: false,
  hub: {
    url: 'mqtts://hub.jinshan.example:8883',
    connected: false,
    sinceMilliseconds: now - 83_000,
    detail: 'nothing listens there (ECONNREFUSED)',
  },
});
const views: Readonly<Record<string, HallView>> = {
  calm: calm().view({ hall: 'jinshan' }),
  broken: broken().view({ hall: 'jinshan' }),
  away,
  crowded: crowded().view(),
  full: full().view({ hall: 'jinshan' }),
  empty: new World().view({ hall: 'jinshan' }),
};

/** More of everything than any screen holds. */
function crowded(): World {
  const world = new World();
  for (let row = 0; row < 12; row++) {
    const root = `jinshan/row-${row}`;
    world.say(`${root}/status`, status(row % 5 === 4 ? { state: 'lost' } : {}));
    world.say(`${root}/room`, room(row === 7 ? { taken: 80 } : {}));
    for (let index = 0; index < 20; index++) {
      world.say(`${root}/device/board-${index}`, device(index % 7 === 3 ? { status: 'failure' } : {}));
      world.say(`${root}/window/${index}`, { state: 'serving', number: `A${index}`, at: at(0) });
    }
    for (let index = 0; index < 3; index++) {
      world.say(`${root}/fault/board-${index}/device.unresponsive`, fault({ since: at(-index * 5_000) }));
      world.say(`${root}/queue/queue-${index}`, { waiting: index, at: at(0) });
    }
  }
  return world;
}

function setting(view: HallView, columns: number, choice: Partial<Choice> = {}): Setting {
  const latest = new ChangeFinder({ timezone, fullNames: false }).find({ ...view, complete: true });
  return {
    view,
    choice: { language: 'en', faultsOnly: false, offset: 0, ...choice },
    timezone,
    columns,
    latest,
  };
}

const widthsOf = (lines: readonly string[]) => lines.map((line) => stringWidth(line));

describe('the readings of a device', () => {
  it('have a Chinese name for every kind that there is, known or not', () => {
    const names = Object.values(deviceKinds).flatMap(({ readings }) => Object.keys(readings));
    expect(names).toContain('levelPercent');
    const english = names.filter((name) => /[a-z]{4}/i.test(readingWords([[name, null]], 'zh-CN')));
    expect(english).toEqual([]);
  });

  it('carry their unit where there is a value', () => {
    const readings: [string, string | number | boolean | null][] = [
      ['levelPercent', 70],
      ['distanceMillimetres', null],
      ['online', true],
    ];
    expect(readingWords(readings, 'en')).toBe('level 70 %, distance ?, online yes');
    expect(readingWords(readings, 'zh-CN')).toBe('余量 70 %, 距离 ?, 联机 是');
  });
});

describe('the table of a watch', () => {
  for (const [name, view] of Object.entries(views)) {
    for (const language of languages) {
      for (const [columns, rows] of [
        [80, 24],
        [120, 40],
      ] as const) {
        it(`shows a hall that is ${name} in ${language} at ${columns} by ${rows}`, async () => {
          const lines = renderWatch(setting(view, columns, { language }), rows, { keys: true });
          expect(lines).toHaveLength(rows);
          expect(Math.max(...widthsOf(lines))).toBeLessThanOrEqual(columns);
          expect(lines.at(-1)).toContain(language === 'en' ? 'quit' : '退出');
          const file = `./views/watch-${name}.${language}.${columns}x${rows}.txt`;
          await expect(`${lines.map((line) => line.trimEnd()).join('\n')}\n`).toMatchFileSnapshot(file);
        });
      }
    }
  }

  it('fits any terminal', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(views)),
        fc.constantFrom(...languages),
        fc.integer({ min: 1, max: 160 }),
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 0, max: 500 }),
        (view, language, columns, rows, colour, faultsOnly, offset) => {
          const chosen = setting(view, columns, { language, faultsOnly, offset });
          const lines = renderWatch(chosen, rows, { colour, keys: true });
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps its columns under one another, whatever the names and texts are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), {
          minLength: 2,
          maxLength: 6,
        }),
        fc.constantFrom(...languages),
        (texts, language) => {
          const world = new World().say('jinshan/row-a/status', status());
          texts.forEach((text, index) => {
            world.say(`jinshan/row-a/device/d-${index}`, device({ kind: text, readings: { [text]: text } }));
          });
          const lines = renderWatch(setting(world.view(), 120, { language }), 40);
          const rows = lines.filter((line) => /\. (good|正常)/.test(line));
          expect(rows).toHaveLength(texts.length);
          const word = language === 'en' ? 'verified' : '已证实';
          const columns = rows.map((line) => stringWidth(line.slice(0, line.indexOf(word))));
          expect(new Set(columns).size).toBe(1);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('says the same with colour and without, and each status by a letter', () => {
    for (const language of languages) {
      const chosen = setting(broken().view(), 120, { language });
      const plain = renderWatch(chosen, 40);
      const coloured = renderWatch(chosen, 40, { colour: true });
      expect(coloured.map(stripVTControlCharacters)).toEqual(plain);
      expect(coloured.join('')).toContain('\x1b[');
      expect(plain.join('')).not.toContain('\x1b');
    }
    const statuses = [
      ['failure', 'F failure'],
      ['function-check', 'C function check'],
      ['out-of-specification', 'S out of spec'],
      ['maintenance-required', 'M maintenance'],
      ['good', '. good'],
    ] as const;
    for (const [name, words] of statuses) {
      const world = new World()
        .say('jinshan/row-a/status', status())
        .say('jinshan/row-a/device/x', device({ status: name }));
      expect(renderWatch(setting(world.view(), 80), 24).join('\n')).toMatch(
        new RegExp(`${words.replace('.', '\\.')} +x +verified`),
      );
    }
  });

  it('never calls anything good while its controller is not there', () => {
    const world = calm().say('jinshan/row-a/status', status({ state: 'lost' }));
    const text = renderWatch(setting(world.view(), 120), 40, { keys: true }).join('\n');
    expect(text).toMatch(/HIGH .* row-a +The controller is lost/);
    expect(text).toMatch(/\? unknown +board-1 .*unknown \(controller lost\)/);
    expect(text).not.toMatch(/good/);
    expect(text).toContain('1 serving A008?');
    expect(text).toMatch(/Room +12\? of 80 seats taken, 20-23\? people inside, 2-5\? standing/);
  });

  it('says of the waiting area what is known, and of the rest that it is not', () => {
    const sayings: readonly (readonly [object, string, string])[] = [
      [
        {},
        '12 of 80 seats taken, 130-150 people inside, 40-55 standing',
        '80 个座位已占 12 个，厅内 130~150 人，站立 40~55 人',
      ],
      [
        { taken: null, standing: null },
        '? of 80 seats taken, 130-150 people inside, standing ?',
        '80 个座位已占 ? 个，厅内 130~150 人，站立 ?',
      ],
      [
        { seats: 0, taken: null, people: band(1, 1), standing: null },
        'seats ?, 1 person inside, standing ?',
        '座位 ?，厅内 1 人，站立 ?',
      ],
      [
        { people: null, standing: null },
        '12 of 80 seats taken, people ?, standing ?',
        '80 个座位已占 12 个，人数 ?，站立 ?',
      ],
      [
        { people: { low: 1.2, median: 2, high: 2.4 }, standing: band(0, 0) },
        '12 of 80 seats taken, 1-3 people inside, 0 standing',
        '80 个座位已占 12 个，厅内 1~3 人，站立 0 人',
      ],
    ];
    for (const [change, english, chinese] of sayings) {
      const world = new World().say('jinshan/row-a/status', status()).say('jinshan/row-a/room', room(change));
      for (const [language, label, words] of [
        ['en', 'Room', english],
        ['zh-CN', '大厅', chinese],
      ] as const) {
        const lines = renderWatch(setting(world.view(), 80, { language }), 24);
        const line = lines.find((one) => new RegExp(`^${label} `).test(one));
        expect(line?.slice(label.length).trim()).toBe(words);
      }
    }
  });

  it('colours those who stand only where they do and every seat is taken', () => {
    const colourOf = (change: object, alive: object = {}) => {
      const world = new World()
        .say('jinshan/row-a/status', status(alive))
        .say('jinshan/row-a/room', room(change));
      const lines = renderWatch(setting(world.view(), 120), 40, { colour: true });
      return /\x1b\[(\d+)m[\d?-]* ?standing/.exec(lines.find((line) => line.includes('standing')) ?? '')?.[1];
    };
    expect(colourOf({ taken: 80 })).toBe('33');
    expect(colourOf({ taken: 79 })).toBeUndefined();
    expect(colourOf({ taken: null })).toBeUndefined();
    expect(colourOf({ taken: 80, standing: band(0, 5) })).toBeUndefined();
    expect(colourOf({ seats: 0, taken: 0 })).toBeUndefined();
    expect(colourOf({ taken: 80 }, { state: 'stopped' })).toBe('2');
  });

  it('has a line for each waiting area, in fewer words where the screen is narrow', () => {
    const lines = renderWatch(setting(full().view(), 80), 24).join('\n');
    expect(lines).toMatch(/row-a +80\/80 seats, 130-150 inside, 40-55 standing$/m);
    expect(lines).toMatch(/row-c +12\?\/80 seats, 130-150\? inside, 40-55\? standing$/m);
    expect(lines).toMatch(/row-d +unknown \(unreadable message\)$/m);
    expect(renderWatch(setting(full().view(), 120), 40).join('\n')).toMatch(
      /Room +row-a +80 of 80 seats taken, 130-150 people inside, 40-55 standing$/m,
    );
  });

  it('shows first of too many waiting areas the one where people have no seat', () => {
    const text = renderWatch(setting(crowded().view(), 80), 24, { keys: true }).join('\n');
    expect(text).toMatch(/Room +row-7 +80 of 80 seats.*\n +…and 11 more/);
  });

  it('says which pushed configuration runs, and nothing of a file or where nobody knows', () => {
    const lineOf = (change: object, language: 'zh-CN' | 'en' = 'en') => {
      const world = new World().say('jinshan/row-a/status', status(change));
      const lines = renderWatch(setting(world.view(), 120, { language }), 40);
      return lines.find((line) => line.includes('v1.2.3')) ?? '';
    };
    expect(lineOf({ configRevision: 12 })).toMatch(/ config r12 {2}kept /);
    expect(lineOf({ configRevision: 12 }, 'zh-CN')).toMatch(/ 配置 r12 {2}待传 /);
    expect(lineOf({ configRevision: 12, state: 'stopped' })).toMatch(/ config r12$/);
    // A will is as old as the connection; what was pushed since, it does not know.
    expect(lineOf({ configRevision: 12, state: 'lost' })).not.toMatch(/config/);
    expect(lineOf({ configRevision: 0 })).not.toMatch(/config/);
    expect(lineOf({ configRevision: null })).not.toMatch(/config/);
  });

  it('cuts nothing off of how a controller is, for what it is', () => {
    const lineOf = (change: object) => {
      const world = new World()
        .say('jinshan/row-a/status', status({ configRevision: 12 }))
        .say('jinshan/row-a/health', health({ temperatureCelsius: 71.4, ...change }));
      const lines = renderWatch(setting(world.view(), 80), 24);
      return lines.find((line) => line.startsWith('Controller'));
    };
    expect(lineOf({ temperatureCelsius: null })).toMatch(
      /since 09:10:30 {2}config r12 {2}kept 4 {2}clock synced$/,
    );
    expect(lineOf({ clock: 'untrusted' })).toMatch(/config r12 {2}kept 4 {2}CLOCK UNTRUSTED {2}71 °C$/);
    expect(lineOf({ clock: 'untrusted', undervoltage: true })).toMatch(
      /online +kept 4 {2}CLOCK UNTRUSTED {2}71 °C {2}UNDERVOLTAGE$/,
    );
  });

  it('shows a shelved fault dim below the others, and until when; a shelved part hides nothing', () => {
    const view = full().view();
    const [, second, third, last] = renderWatch(setting(view, 160, { faultsOnly: true }), 40)
      .filter((line) => /row-[a-d]/.test(line))
      .map((line) => line.trimEnd());
    expect(second).toMatch(/medium .* row-b\/board-2 +The board of window 1 does not answer$/);
    expect(third).toMatch(/ low .* row-a\/tickets .*; tray-2 shelved by li until 11-22 10:10$/);
    expect(last).toMatch(/\(HIGH\) .* row-a\/board-1 .*; shelved by wang until 10:00$/);
    const coloured = renderWatch(setting(view, 120), 40, { colour: true });
    expect(coloured.find((line) => line.includes('by wang'))).toContain('\x1b[2mThe board');
    expect(coloured.find((line) => line.includes('by li'))).toContain('\x1b[33mThe paper');
    const chinese = renderWatch(setting(view, 120, { language: 'zh-CN' }), 40).join('\n');
    expect(chinese).toContain('1 号窗口屏无应答；搁置至 10:00（wang）');
    expect(chinese).toContain('tray-1 tray-2；tray-2 搁置至 11-22 10:10（li）');
  });

  it('says what to do about a fault, but not for a shelved one', () => {
    const shown = (shelved: object | null) => {
      const world = new World().say('jinshan/row-a/status', status());
      // The same fault twice, so that the words would be said once, at the last of the two.
      world.say('jinshan/row-a/fault/a/device.unresponsive', fault());
      world.say('jinshan/row-a/fault/b/device.unresponsive', fault({ shelved }));
      return renderWatch(setting(world.view(), 120), 40);
    };
    const actionAfter = (lines: readonly string[]) =>
      lines.findIndex((line) => line.includes('-> Check')) - 1;
    const both = shown(null);
    expect(both[actionAfter(both)]).toMatch(/ b +The board/);
    const one = shown(shelf());
    expect(one[actionAfter(one)]).toMatch(/ a +The board/);
    expect(one.join('\n').match(/-> /g)).toHaveLength(1);
  });

  it('says ? where nobody can tell until when a fault is shelved', () => {
    const world = new World()
      .say('jinshan/row-a/status', status())
      .say(
        'jinshan/row-a/fault/board-1/device.unresponsive',
        fault({ shelved: { by: 'wang', until: 'noon' } }),
      );
    expect(renderWatch(setting(world.view(), 120), 40).join('\n')).toContain('shelved by wang until ?');
  });

  it('scrolls through all devices, and through all faults where only they are shown', () => {
    const view = crowded().view();
    const seen = new Set<string>();
    for (let offset = 0; offset < scrollRows(setting(view, 80)); offset += 3) {
      const lines = renderWatch(setting(view, 80, { offset }), 24, { keys: true });
      for (const [name] of lines.join('\n').matchAll(/row-\d+\/board-\d+(?= +(un)?(verified|known))/g)) {
        seen.add(name);
      }
    }
    expect(seen.size).toBe(240);
    const alone = setting(view, 80, { faultsOnly: true });
    const all = scrollRows(alone);
    expect(all).toBe(36 + 2);
    const last = setting(view, 80, { faultsOnly: true, offset: all - 1 });
    const lines = renderWatch(last, 24, { keys: true });
    expect(lines.join('\n')).toContain('board-');
    expect(lines.join('\n')).not.toContain('Devices');
  });

  it('tells how many are left out of each part', () => {
    const text = renderWatch(setting(crowded().view(), 80), 24, { keys: true }).join('\n');
    expect(text.match(/…and \d+ more/g)?.length).toBeGreaterThanOrEqual(4);
  });

  it('draws 5,000 devices fast enough for four times a second', () => {
    const world = new World().say('jinshan/row-a/status', status());
    for (let index = 0; index < 5_000; index++) world.say(`jinshan/row-a/device/d-${index}`, device());
    const lines = renderWatch(setting(world.view(), 120), 40, { keys: true });
    expect(lines.join('\n')).toMatch(/1-\d+ of 5000, …and \d+ more: 5000 good/);
  });

  it('has words for every age', () => {
    const ages = [0, 59_999, 60_000, 3_599_000, 7_500_000, 90_000_000, -5, Number.NaN];
    expect(ages.map((age) => ageWords(age, 'en'))).toEqual([
      '0 s',
      '59 s',
      '1 min 00 s',
      '59 min 59 s',
      '2 h 05 min',
      '1 d 01 h',
      '0 s',
      '?',
    ]);
    expect(ageWords(7_500_000, 'zh-CN')).toBe('2小时05分');
    expect(momentWords(now, timezone, now)).toBe('09:10:30');
    expect(momentWords(now - 86_400_000, timezone, now)).toBe('11-20 09:10');
  });
});

describe('the changes', () => {
  const finder = () => new ChangeFinder({ timezone, fullNames: true });
  const english = (changes: readonly { text: { en: string } }[]) => changes.map(({ text }) => text.en);

  it('begin with what matters now, then tell each change once', () => {
    const changes = finder();
    const world = calm();
    expect(changes.find(world.view({ complete: false }))).toEqual([]);
    expect(english(changes.find(world.view()))).toEqual([
      'jinshan/row-a online v1.2.3',
      'jinshan/row-a/tickets: maintenance',
    ]);
    expect(changes.find(world.view())).toEqual([]);
    const root = 'jinshan/row-a';
    world
      .say(`${root}/fault/board-1/device.unresponsive`, fault())
      .say(`${root}/device/board-1`, device({ status: 'failure' }))
      .say(`${root}/window/2`, { state: 'serving', number: 'A009' })
      .say(`${root}/queue/general`, { waiting: 4 });
    const [raised, ...others] = changes.find(world.view());
    expect(raised?.text.en).toBe('Fault (HIGH) jinshan/row-a/board-1: The board of window 1 does not answer');
    expect(raised?.action?.en).toContain('Check its power');
    expect(english(others)).toEqual([
      'jinshan/row-a/board-1: failure',
      'window jinshan/row-a/2 serving A009',
      'queue jinshan/row-a/general: 4 waiting',
    ]);
    world.say(
      `${root}/fault/board-1/device.unresponsive`,
      fault({ acknowledged: { by: '0317', at: at(0) } }),
    );
    expect(english(changes.find(world.view()))[0]).toMatch(/^Fault seen .*; seen by 0317$/);
    world.say(`${root}/fault/board-1/device.unresponsive`, null).say(`${root}/device/board-1`, device());
    expect(english(changes.find(world.view()))).toEqual([
      expect.stringMatching(/^Fault over /),
      'jinshan/row-a/board-1: good',
    ]);
  });

  it('tell a dead controller in one line, and nothing when it comes back as it was', () => {
    const changes = finder();
    const world = calm();
    changes.find(world.view());
    world.say('jinshan/row-a/status', status({ state: 'lost' }));
    expect(english(changes.find(world.view()))).toEqual([
      'jinshan/row-a: The controller is lost: the hub hears it no more',
    ]);
    world.say('jinshan/row-a/status', status({ connection: 13 }));
    expect(english(changes.find(world.view()))).toEqual(['jinshan/row-a online v1.2.3']);
    world.say('jinshan/row-a/status', status({ session: 8 }));
    expect(english(changes.find(world.view()))).toEqual(['jinshan/row-a online v1.2.3 (restarted)']);
  });

  it('tell that a fault is shelved, for longer, and not any more; a shelved one asks nobody to act', () => {
    const changes = finder();
    const world = calm();
    changes.find(world.view());
    const topic = 'jinshan/row-a/fault/board-1/device.unresponsive';
    changes.find(world.say(topic, fault()).view());
    for (const until of [at(600), at(1_200)]) {
      const found = changes.find(world.say(topic, fault({ shelved: shelf({ until }) })).view());
      expect(english(found)).toEqual([
        expect.stringMatching(/^Fault shelved \(HIGH\) .*; shelved by wang until/),
      ]);
      expect(found[0]?.action).toBeUndefined();
    }
    expect(changes.find(world.view())).toEqual([]);
    const [, atStart] = finder().find(world.view());
    expect(atStart?.text.en).toMatch(/^Fault \(HIGH\) .*; shelved by wang until 09:30$/);
    expect(atStart?.action).toBeUndefined();
    const [again] = changes.find(world.say(topic, fault({ shelved: null })).view());
    expect(again?.text['zh-CN']).toMatch(/^故障搁置结束（高）/);
    expect(again?.action?.en).toContain('Check its power');
  });

  it('tell a hub that goes and comes', () => {
    const changes = finder();
    const world = calm();
    changes.find(world.view());
    const hub = { ...world.hub, connected: false, detail: 'the broker closed the connection' };
    const gone = changes.find(world.view({ hub, stale: true, complete: false }));
    expect(english(gone)).toEqual(['The hub is away: the broker closed the connection']);
    expect(english(changes.find(world.view({ stale: true, complete: false })))).toEqual([
      'The hub is back: mqtt://hub:1883',
    ]);
    expect(changes.find(world.view())).toEqual([]);
  });

  it('are lines with the time first, and never a flood', () => {
    const world = new World();
    for (let index = 0; index < 299; index++) world.say(`jinshan/row-${index}/status`, status());
    world.say('jinshan/row-0/fault/board-1/device.unresponsive', fault());
    const all = finder().find(world.view());
    for (const language of languages) {
      const lines = plainLines(all, { timezone, language });
      expect(lines).toHaveLength(51);
      for (const line of lines) expect(line).toMatch(/^09:10:30 {2}\S/);
      expect(lines.at(-1)).toContain('250');
      // What somebody has to do something about is not crowded out.
      expect(lines[0]).toContain('row-0/board-1');
    }
  });
});
