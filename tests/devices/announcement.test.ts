import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnnouncementStyle,
  chineseCall,
  chineseNumber,
  englishCall,
  englishNumber,
  sentencesOf,
} from '../../src/devices/announcement.js';
import { hourProblems, percentAt } from '../../src/devices/by-hour.js';

const call = { kind: 'call', ticket: 't', number: 'A023', window: '12', priority: false } as const;
const style = (more: Partial<AnnouncementStyle> = {}): AnnouncementStyle => ({
  languages: ['zh-CN'],
  one: 'yi',
  repeat: 2,
  ...more,
});
const texts = (...args: Parameters<typeof sentencesOf>) => sentencesOf(...args).map(({ text }) => text);

describe('a call in words', () => {
  it.each([
    ['A023', '12', '请A零二三号到十二号窗口办理'],
    ['A001', '5', '请A零零一号到五号窗口办理'],
    ['BC110', '105', '请BC一一零号到一百零五号窗口办理'],
    ['A023', 'A-3', '请A零二三号到A-3号窗口办理'],
    ['A023', 'VIP', '请A零二三号到VIP窗口办理'],
    ['A1000', '010', '请A一零零零号到十号窗口办理'],
  ])('%s at window %s is %s', (number, window, words) => {
    expect(chineseCall(number, window, false, 'yi')).toBe(words);
  });

  it('has 幺 for the digit 1 of the ticket where that is wanted, and never for the window', () => {
    expect(chineseCall('A011', '11', false, 'yao')).toBe('请A零幺幺号到十一号窗口办理');
  });

  it('says that a call has priority', () => {
    expect(chineseCall('A023', '12', true, 'yi')).toBe('请优先A零二三号到十二号窗口办理');
    expect(englishCall('A023', '12', true)).toBe(
      'Priority ticket A zero two three, please go to window twelve',
    );
  });

  it('is said in English digit by digit, too', () => {
    expect(englishCall('A023', '12', false)).toBe('Ticket A zero two three, please go to window twelve');
    expect(englishCall('B7', 'A-3', false)).toBe('Ticket B seven, please go to window A-3');
  });

  it('is said as often as was asked for, once more where it insists, and in English once', () => {
    const chinese = '请A零二三号到十二号窗口办理';
    const english = 'Ticket A zero two three, please go to window twelve';
    expect(texts(call, style())).toEqual([chinese, chinese]);
    expect(texts({ ...call, insist: true }, style())).toEqual([chinese, chinese, chinese]);
    expect(texts(call, style({ languages: ['zh-CN', 'en'] }))).toEqual([chinese, chinese, english]);
    expect(texts(call, style({ languages: ['en'], repeat: 1 }))).toEqual([english]);
    expect(texts(call, style({ languages: [] }))).toEqual([]);
  });

  it('never holds a digit: a module may read 023 as twenty-three', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{1,2}\d{3,5}$/), fc.nat(9999), (number, window) => {
        expect(chineseCall(number, String(window), false, 'yi')).not.toMatch(/\d/);
        expect(englishCall(number, String(window), false)).not.toMatch(/\d/);
      }),
    );
  });
});

describe('a free text', () => {
  it('is said once, in the language that it is written in', () => {
    expect(sentencesOf({ kind: 'text', text: '十二点下班' }, style())).toEqual([
      { text: '十二点下班', language: 'zh-CN' },
    ]);
    expect(sentencesOf({ kind: 'text', text: 'Closed at noon' }, style())).toEqual([
      { text: 'Closed at noon', language: 'en' },
    ]);
  });
});

describe('a number in words', () => {
  it.each([
    [0, '零', 'zero'],
    [5, '五', 'five'],
    [10, '十', 'ten'],
    [12, '十二', 'twelve'],
    [20, '二十', 'twenty'],
    [21, '二十一', 'twenty-one'],
    [100, '一百', 'one hundred'],
    [105, '一百零五', 'one hundred and five'],
    [110, '一百一十', 'one hundred and ten'],
    [212, '二百一十二', 'two hundred and twelve'],
    [1000, '一千', 'one thousand'],
    [1100, '一千一百', 'one thousand one hundred'],
    [1001, '一千零一', 'one thousand and one'],
    [1010, '一千零一十', 'one thousand and ten'],
    [9999, '九千九百九十九', 'nine thousand nine hundred and ninety-nine'],
  ])('%i is %s, %s', (value, chinese, english) => {
    expect(chineseNumber(value)).toBe(chinese);
    expect(englishNumber(value)).toBe(english);
  });

  it('is another one for each number', () => {
    const all = Array.from({ length: 10_000 }, (_, value) => value);
    expect(new Set(all.map(chineseNumber)).size).toBe(10_000);
    expect(new Set(all.map(englishNumber)).size).toBe(10_000);
  });
});

describe('the volume by hour', () => {
  const byHour = { '12:00-13:30': 30, '22:00-06:00': 10 };
  it.each([
    [11 * 60 + 59, 80],
    [12 * 60, 30],
    [13 * 60 + 29, 30],
    [13 * 60 + 30, 80],
    [23 * 60, 10],
    [0, 10],
    [5 * 60 + 59, 10],
    [6 * 60, 80],
    [null, 80],
  ])('at minute %j is %i', (minutes, percent) => {
    expect(percentAt(byHour, minutes, 80)).toBe(percent);
  });

  it('has no two ranges for one minute', () => {
    const problems = (...ranges: string[]) =>
      hourProblems(Object.fromEntries(ranges.map((range) => [range, 50])));
    expect(problems('12:00-13:30', '13:30-14:00', '22:00-06:00', '06:00-07:00')).toEqual([]);
    expect(problems('00:00-24:00')).toEqual([]);
    expect(problems('12:00-13:30', '13:00-14:00')).toEqual([
      { range: '13:00-14:00', message: 'overlaps with "12:00-13:30"' },
    ]);
    expect(problems('22:00-06:00', '05:00-07:00')).toHaveLength(1);
    expect(problems('12:00-12:00')).toHaveLength(1);
  });
});
