import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatHex } from '../../src/kernel/bytes.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { checksumKinds, checksumOf, crc16Ccitt } from '../../src/protocols/checksums.js';
import {
  encodeFrame,
  type TemplateValues,
  templateAnswerDecoder,
} from '../../src/protocols/template-frame.js';
import { type TemplateProfile, templateProfileSchema } from '../../src/protocols/template-profile.js';
import { encodeCharacter, encodeText, showableText } from '../../src/protocols/text-encoding.js';
import {
  ascii,
  bytesOf,
  cutAt,
  cuts,
  fates,
  feedAll,
  framesOf,
  hex,
  join,
  mostHeld,
  story,
} from './stream.js';

// biome-ignore lint/suspicious/noExplicitAny: tests change profiles anywhere.
type Loose = any;

const read = (name: string): Loose =>
  parse(readFileSync(new URL(`../../config/profiles/${name}.yaml`, import.meta.url), 'utf8'));
const profileOf = (given: unknown): TemplateProfile => v.parse(templateProfileSchema, given);
const ascii8 = profileOf(read('ascii-at'));
const example = profileOf(read('example-template'));

const values: TemplateValues = { address: 5, window: 12, sent: 0, lines: ['A023'], attention: false };

/** A small profile with one frame. */
function small(parts: Loose[], rest: Loose = {}): Loose {
  return {
    ...{ protocol: 'template', model: 'x', source: 'x', triedOnHardware: false },
    display: { columns: 4, encoding: 'ascii' },
    show: { parts },
    ...rest,
  };
}
const textPart = { part: 'text', name: 'text' };
const frameOf = (profile: TemplateProfile, change: Partial<TemplateValues> = {}) =>
  formatHex(encodeFrame(profile, profile.show, { ...values, ...change }), 999);

describe('checksums', () => {
  it('have the check values of the catalogue of CRC algorithms', () => {
    const nine = ascii('123456789');
    expect(checksumOf('crc16-modbus', nine)).toBe(0x4b37);
    expect(checksumOf('crc16-arc', nine)).toBe(0xbb3d);
    expect(crc16Ccitt(nine)).toBe(0x29b1);
  });

  it('are what their names say', () => {
    expect(checksumOf('xor', hex('AA 55 01'))).toBe(0xfe);
    expect(checksumOf('sum8', hex('FF 02'))).toBe(0x01);
    expect(checksumOf('sum16', hex('FF 02'))).toBe(0x0101);
    expect(checksumOf('none', hex('FF 02'))).toBe(0);
  });
});

describe('text in a national encoding', () => {
  it('has the 7445 characters of GB 2312 and ASCII, no more', () => {
    let count = 0;
    for (let code = 0x80; code <= 0xffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      if (encodeCharacter(String.fromCharCode(code), 'gb2312') !== undefined) count++;
    }
    expect(count).toBe(7445);
  });

  it('is what Node decodes again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('gb2312', 'gbk', 'utf-8' as const),
        (text, encoding) => {
          const shown = showableText(text, encoding);
          const decoded = new TextDecoder(encoding === 'utf-8' ? 'utf-8' : 'gbk', { ignoreBOM: true });
          expect(decoded.decode(encodeText(text, encoding))).toBe(shown);
          expect(/[\p{Cc}]/u.test(shown)).toBe(false);
        },
      ),
    );
  });

  it('has ? for what the font does not have', () => {
    expect(showableText('请镕€😀é', 'gb2312')).toBe('请???é');
    expect(showableText('请镕€', 'gbk')).toBe('请镕?');
    expect(showableText('请A', 'ascii')).toBe('?A');
    expect(formatHex(encodeText('请', 'gb2312'))).toBe('C7 EB');
  });

  it('is cut between characters', () => {
    expect(formatHex(encodeText('请到', 'gb2312', 3))).toBe('C7 EB');
    expect(encodeText('请到', 'utf-8', 5)).toHaveLength(3);
  });
});

describe('the frame of the old @ board', () => {
  it('is 40, address, text, 0D', () => {
    expect(frameOf(ascii8)).toBe('40 05 41 30 32 33 0D');
    expect(frameOf(ascii8, { lines: [] })).toBe('40 05 0D');
    expect(frameOf(ascii8, { lines: ['请A023\r\x04'] })).toBe('40 05 3F 41 30 32 33 3F 3F 0D');
  });
});

describe('the frame of the example', () => {
  it('has all its parts in order', () => {
    // Length 1D 00 counts address to lines: 2 + 1 + 1 + 1 + 1 + 8 + 8 = 22 = 16.
    const made = frameOf(example, { lines: ['A023', '请到12号'] });
    expect(made).toBe(
      `AA 55 16 00 30 35 01 10 01 0C 20 20 41 30 32 33 20 20 C7 EB B5 BD 31 32 BA C5 ${sumOf(
        '16 00 30 35 01 10 01 0C 20 20 41 30 32 33 20 20 C7 EB B5 BD 31 32 BA C5',
      )} 0D`,
    );
  });

  /** CRC-16/MODBUS, low byte first, escaped as the example says. */
  function sumOf(covered: string): string {
    const sum = checksumOf('crc16-modbus', hex(covered));
    const table: Record<string, string> = { AA: 'A9 01', A9: 'A9 02', '0D': 'A9 03' };
    const digits = formatHex(Uint8Array.of(sum & 0xff, sum >> 8)).split(' ');
    return digits.map((byte) => table[byte] ?? byte).join(' ');
  }

  it('escapes last, when length and checksum are known', () => {
    const made = frameOf(example, { window: 13, attention: true });
    expect(made.slice(0, 35)).toBe('AA 55 16 00 30 35 01 10 02 A9 03 20');
  });

  it('counts from first to last and begins again', () => {
    const counter = (sent: number) => frameOf(example, { sent }).slice(18, 20);
    expect([counter(0), counter(199), counter(200)]).toEqual(['01', 'C8', '01']);
  });

  it('is not made for a window that it has no room for', () => {
    expect(() => frameOf(example, { window: 256 })).toThrow('The window 256 does not fit');
    expect(() => frameOf(example, { window: null })).toThrow(HallwardError);
    expect(() => frameOf(example, { address: 100 })).toThrow(HallwardError);
  });
});

describe('numbers and texts of a frame', () => {
  const number = (part: Loose, change: Partial<TemplateValues>) =>
    frameOf(profileOf(small([part, textPart], { addresses: { lowest: 0, highest: 9 } })), {
      lines: [],
      ...change,
    });

  it.each([
    [{ bytes: 2 }, 258, '01 02'],
    [{ bytes: 2, order: 'low-first' }, 258, '02 01'],
    [{ bytes: 3, as: 'decimal' }, 12, '30 31 32'],
    [{ bytes: 2, as: 'hex' }, 171, '41 42'],
    [{ bytes: 4 }, 258, '00 00 01 02'],
  ])('%j writes %d as %s', (part, window, written) => {
    expect(number({ part: 'window', ...part }, { window })).toBe(written);
  });

  it.each([
    ['left', '41 42 2A 2A 2A'],
    ['right', '2A 2A 2A 41 42'],
    ['centre', '2A 41 42 2A 2A'],
  ])('a short text stands %s', (align, written) => {
    const profile = profileOf(small([{ part: 'text', bytes: 5, pad: '2A', align }]));
    expect(frameOf(profile, { lines: ['AB'] })).toBe(written);
  });

  it('lines have what stands between them', () => {
    const display = { columns: 4, lines: 3, encoding: 'ascii' };
    const profile = profileOf(small([{ part: 'text', newLine: '0D 0A' }], { display }));
    expect(frameOf(profile, { lines: ['A', 'B'] })).toBe('41 0D 0A 42');
  });

  it.each(checksumKinds)('a checksum of kind %s covers what it says', (kind) => {
    const parts = [
      { part: 'bytes', bytes: 'FF' },
      { part: 'bytes', name: 'a', bytes: '01 02' },
      { ...textPart, name: 'b' },
      { part: 'checksum', kind, from: 'a', to: 'b' },
      { part: 'bytes', bytes: 'EE' },
    ];
    const sum = checksumOf(kind, hex('01 02 41 30 32 33'));
    const digits = kind === 'none' ? 0 : kind === 'xor' || kind === 'sum8' ? 2 : 4;
    const written = digits === 0 ? '' : sum.toString(16).toUpperCase().padStart(digits, '0');
    expect(frameOf(profileOf(small(parts))).replaceAll(' ', '')).toBe(`FF010241303233${written}EE`);
  });

  it('are escaped from the first to the last part that is named, and nowhere else', () => {
    const aa = (name: string) => ({ part: 'bytes', name, bytes: 'AA' });
    const parts = [aa('before'), aa('first'), { part: 'text', name: 'text' }, aa('last'), aa('after')];
    const escaping = { from: 'first', to: 'last', table: { AA: '10 11', '30': '1B' } };
    const profile = profileOf({ ...small(parts), show: { parts, escape: escaping } });
    expect(frameOf(profile)).toBe('AA 10 11 41 1B 32 33 10 11 AA');
  });

  it('never leaves an unescaped byte where escapes are, whatever is shown', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 2 }),
        fc.integer({ min: 0, max: 255 }),
        (lines, window) => {
          const bytes = encodeFrame(example, example.show, { ...values, lines, window });
          expect([...bytes.subarray(2, -1)].filter((byte) => byte === 0xaa || byte === 0x0d)).toEqual([]);
        },
      ),
    );
  });
});

describe('the answer of a template board', () => {
  const request = encodeFrame(example, example.show, values);
  const decode = (...chunks: Uint8Array[]) => {
    const decoder = templateAnswerDecoder(example, 5, request);
    return [...feedAll(decoder, chunks), ...decoder.idle()];
  };

  it('is recognised by its bytes, the address among them', () => {
    expect(framesOf(decode(hex('AA 56 30 35 06 0D')))).toEqual([true]);
    expect(framesOf(decode(hex('AA 56 30 36 06 0D')))).toEqual([]);
    expect(framesOf(decode(hex('AA 56 30 35 15 77 0D')))).toEqual([
      expect.objectContaining({ code: 'template.refused', kind: 'refused' }),
    ]);
  });

  it('is found behind noise and our own echo', () => {
    const found = decode(join([request, hex('00 AA'), hex('AA 56 30 35 06 0D')]));
    expect(story(found)).toEqual([`${formatHex(request)} echo`, '00 AA unknown-bytes', 'frame']);
  });

  it('is the same however the stream is cut, and no byte is lost', () => {
    const piece = fc.oneof(
      fc.constant(hex('AA 56 30 35 06 0D')),
      fc.constant(hex('AA 56 30 35 15 00 0D')),
      fc.constant(request),
      fc.uint8Array({ maxLength: 8 }),
      fc.constant(hex('AA 56 30')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), cuts, (pieces, shares) => {
        const stream = join(pieces);
        const whole = decode(stream);
        expect(fates(decode(...cutAt(stream, shares)))).toEqual(fates(whole));
        expect(bytesOf(whole)).toEqual(stream);
      }),
    );
  });

  it('is waited for with a bounded memory, and not at all where there is none', () => {
    expect(
      mostHeld(templateAnswerDecoder(example, 5, request), new Uint8Array(5000).fill(0xaa), 9),
    ).toBeLessThan(64);
    expect(() => templateAnswerDecoder(ascii8, 5, request)).toThrow(HallwardError);
  });
});

describe('a template profile is refused', () => {
  const problemsOf = (profile: Loose) => {
    const result = v.safeParse(templateProfileSchema, profile);
    return result.success
      ? []
      : result.issues.map((issue) => `${v.getDotPath<Loose>(issue) ?? ''}: ${issue.message}`);
  };
  const text8 = { ...textPart, bytes: 8 };

  it.each<[string, Loose, string]>([
    ['without a text', small([{ part: 'bytes', bytes: '40' }]), 'show: there is no text part'],
    [
      'with a length of nothing',
      small([text8, { part: 'length', from: 'text', to: 'end' }]),
      'show: the length ends with "end", but no part has this name',
    ],
    [
      'with a checksum over itself',
      small([text8, { part: 'checksum', name: 'sum', kind: 'xor', from: 'text', to: 'sum' }]),
      'show: a checksum covers itself or one that is reckoned after it',
    ],
    [
      'with a span that runs back',
      small([
        text8,
        { part: 'bytes', name: 'end', bytes: '0D' },
        { part: 'length', from: 'end', to: 'text' },
      ]),
      'show: the length ends with "text", which stands before "end"',
    ],
    ['with a name twice', small([text8, { ...text8 }]), 'show: two parts have the name "text"'],
    [
      'with too little room for its text: a cut number is a wrong one',
      small([{ ...textPart, bytes: 3 }]),
      'show: a text part has room for 3 bytes, display needs 4',
    ],
    [
      'with lines that have no place',
      small([text8], { display: { columns: 4, lines: 2, encoding: 'ascii' } }),
      'show: a text of 2 lines needs newLine, or a text part for each line',
    ],
    [
      'with a line that nothing shows',
      small([{ ...text8, line: 1 }], { display: { columns: 4, lines: 2, encoding: 'ascii' } }),
      'show: no text part shows line 2',
    ],
    [
      'with an address that its part has no room for',
      small([{ part: 'address', as: 'decimal', bytes: 2 }, text8], {
        addresses: { lowest: 1, highest: 100 },
      }),
      'show: address 100 does not fit into the address part',
    ],
    [
      'with a probe that nobody answers',
      small([text8], { probe: { parts: [{ part: 'bytes', bytes: '05' }] } }),
      'probe: a probe is of no use where nothing is answered: answer is missing',
    ],
    [
      'with an answer that anything is',
      small([text8], { answer: { accepted: '?? ??' } }),
      'answer.accepted: at least one byte that is always the same',
    ],
    [
      'with half a byte',
      small([{ part: 'bytes', bytes: '4' }, text8]),
      'show.parts.0.bytes: 1 to 64 bytes in hex, in quotes',
    ],
  ])('%s', (_, profile, problem) => {
    expect(problemsOf(profile)).toContain(problem);
  });

  it('with an unknown part, which is named', () => {
    expect(problemsOf(small([text8, { part: 'crc' }]))[0]).toMatch(/^show\.parts\.1\.part: /);
  });
});
