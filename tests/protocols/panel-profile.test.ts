import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatHex } from '../../src/kernel/bytes.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { type ModbusAnswer, responseDecoder } from '../../src/protocols/modbus-rtu.js';
import {
  type PanelProfile,
  panelProfileSchema,
  panelText,
  probeRequest,
  readShown,
  shownText,
  showRequests,
} from '../../src/protocols/panel-profile.js';
import { hex } from './stream.js';

const folder = new URL('../../config/profiles/', import.meta.url);
const raw = (file: string): Record<string, unknown> => parse(readFileSync(new URL(file, folder), 'utf8'));
const dm36b06 = v.parse(panelProfileSchema, raw('dm36b06.yaml'));
const withDisplay = (change: Partial<PanelProfile['display']>): PanelProfile => ({
  ...dm36b06,
  display: { ...dm36b06.display, ...change },
});
const impossible = expect.objectContaining({ code: 'panel.impossible-text', kind: 'usage' });
const bytesOf = (profile: PanelProfile, address: number, text: string) =>
  showRequests(profile, address, text).map(({ bytes }) => formatHex(bytes));

describe('a panel profile', () => {
  const ofPanels = (file: string) => file.endsWith('.yaml') && raw(file).protocol !== 'template';
  it.each(readdirSync(folder).filter(ofPanels))('in the file %s is valid', (file) => {
    expect(v.safeParse(panelProfileSchema, raw(file)).issues ?? []).toEqual([]);
  });

  const problems = (change: Record<string, unknown>) =>
    (v.safeParse(panelProfileSchema, { ...raw('dm36b06.yaml'), ...change }).issues ?? []).map(
      (issue) => `${v.getDotPath(issue)}: ${issue.message}`,
    );

  it('with an unknown key or a wrong type is refused, with the path', () => {
    expect(problems({ colour: 'red' })).toEqual([expect.stringMatching(/^colour: /)]);
    expect(problems({ display: { ...dm36b06.display, digits: 'six' } })).toEqual([
      expect.stringMatching(/^display.digits: /),
    ]);
    expect(problems({ display: { ...dm36b06.display, digits: 0 } })[0]).toMatch(/^display.digits: /);
    expect(problems({ source: '' })).toHaveLength(1);
  });

  it('whose texts the panel cannot show is refused, all of them at once', () => {
    expect(problems({ texts: { closed: 'PAUSE', open: '', paused: '-------' } })).toEqual([
      expect.stringMatching(/^texts.closed: .*no character "P"/),
      expect.stringMatching(/^texts.paused: .*room for 6/),
    ]);
  });

  it('without the blank, or with registers beyond the last, is refused', () => {
    const [blank] = problems({ display: { ...dm36b06.display, characters: '0123456789-' } });
    expect(blank).toMatch(/^display.characters: must hold the blank/);
    expect(problems({ display: { ...dm36b06.display, firstRegister: 65531 } })).toHaveLength(1);
    expect(problems({ display: { ...dm36b06.display, firstRegister: 65530 } })).toHaveLength(0);
  });
});

describe('the text of a window', () => {
  it.each([
    ['serving', 'A001', '001'],
    ['serving', 'VIP-12', '12'],
    ['serving', '综007', '007'],
    ['serving', '001', '001'],
    ['open', 'B042', '042'],
    ['open', null, ''],
    ['serving', null, ''],
    ['closed', 'A001', ''],
    ['paused', 'A001', '------'],
    ['paused', null, '------'],
  ] as const)('that is %s with number %s is "%s" on digits only', (state, number, text) => {
    expect(panelText(dm36b06, { state, number })).toBe(text);
  });

  it.each([
    [{ kind: 'blank' }, ''],
    [{ kind: 'text', text: '12-30' }, '12-30'],
    [{ kind: 'text', text: '请到3号窗口' }, '------'],
    [{ kind: 'text', text: '1234567' }, '------'],
    [{ kind: 'test', text: '测试' }, '888888'],
    [{ kind: 'test', text: '5' }, '5'],
  ] as const)('over which stands %j is "%s": never a part of a text', (over, text) => {
    expect(panelText(dm36b06, { state: 'serving', number: 'A001', over })).toBe(text);
  });

  it('keeps the prefix where the panel has the letter', () => {
    const lettered = withDisplay({ characters: '0123456789AB ' });
    expect(panelText(lettered, { state: 'serving', number: 'A001' })).toBe('A001');
    expect(panelText(lettered, { state: 'serving', number: 'C001' })).toBe('001');
  });

  it.each(['VIP', 'A0B1', 'A1234567', ''])(
    'of the impossible number "%s" is an error, not a blank board',
    (number) => {
      const view = { state: 'serving', number } as const;
      expect(() => showRequests(dm36b06, 1, panelText(dm36b06, view))).toThrow(impossible);
    },
  );
});

describe('a numeric panel', () => {
  it('of type DM36B06 takes one ASCII character in each of registers 0 to 5', () => {
    expect(bytesOf(dm36b06, 5, '001')).toEqual([
      '05 10 00 00 00 06 0C 00 20 00 20 00 20 00 30 00 30 00 31 69 FB',
    ]);
  });

  it('is read back by function 03, and the answer is what was shown', () => {
    const probe = probeRequest(dm36b06, 5);
    expect(formatHex(probe.bytes)).toBe('05 03 00 00 00 06 C4 4C');
    const [decoded] = responseDecoder(probe).feed(hex('05 03 0C 00 20 00 20 00 20 00 30 00 30 00 31 05 6F'));
    if (decoded === undefined || !('frame' in decoded) || decoded.frame instanceof HallwardError) {
      throw new Error('no answer was read');
    }
    expect(readShown(dm36b06, decoded.frame)).toBe('   001');
    expect(shownText(dm36b06, '001')).toBe('   001');
  });

  it('is written register by register where it knows no function 16', () => {
    const bytes = bytesOf({ ...dm36b06, write: 'single' }, 5, '001');
    expect(bytes).toHaveLength(6);
    expect(bytes[0]).toBe('05 06 00 00 00 20 89 96');
  });

  it('with two characters in a register has the left one in the high byte', () => {
    const armfly = withDisplay({
      digits: 4,
      firstRegister: 0x70,
      charactersPerRegister: 2,
      characters: '0123456789. ',
    });
    expect(bytesOf(armfly, 1, ' 8.5')).toEqual(['01 10 00 70 00 02 04 20 38 2E 35 A3 31']);
    expect(readShown(armfly, { function: 3, address: 1, registers: [0x2038, 0x2e35] })).toBe(' 8.5');
  });

  it('that is too short, or has not the character, is an error', () => {
    expect(() => showRequests(dm36b06, 5, '1234567')).toThrow(impossible);
    expect(() => showRequests(dm36b06, 5, 'A001')).toThrow(impossible);
    expect(() => showRequests(dm36b06, 5, '１')).toThrow(impossible);
    expect(() => showRequests(dm36b06, 0, '1')).toThrow(
      expect.objectContaining({ code: 'modbus.out-of-range' }),
    );
  });

  it('that holds something else than characters never reads as what was shown', () => {
    const answer = { function: 3, address: 5, registers: [0x0120, 0, 0xff, 0x30, 0x30, 0x31] } as const;
    expect(readShown(dm36b06, answer)).toBe('\ufffd\ufffd\ufffd001');
  });

  it('is not read from the answer to something else', () => {
    const unexpected = expect.objectContaining({ code: 'panel.unexpected-answer', kind: 'garbled' });
    const others: ModbusAnswer[] = [
      { function: 3, address: 5, registers: [0x20] },
      { function: 16, address: 5, start: 0, count: 6 },
    ];
    for (const answer of others) expect(() => readShown(dm36b06, answer)).toThrow(unexpected);
  });

  it('gives back every text that it can show', () => {
    const profile = fc.record({
      digits: fc.integer({ min: 1, max: 9 }),
      charactersPerRegister: fc.constantFrom(1 as const, 2 as const),
      align: fc.constantFrom('left' as const, 'right' as const),
    });
    const text = fc.string({ unit: fc.constantFrom(...'0123456789- '), maxLength: 9 });
    fc.assert(
      fc.property(profile, text, (display, wanted) => {
        const panel = withDisplay(display);
        fc.pre(wanted.length <= display.digits);
        const [request] = showRequests(panel, 1, wanted);
        const data = request?.bytes.subarray(7, -2) ?? [];
        const registers = Array.from(
          { length: data.length / 2 },
          (_, at) => (data[2 * at]! << 8) | data[2 * at + 1]!,
        );
        expect(readShown(panel, { function: 3, address: 1, registers })).toBe(shownText(panel, wanted));
        expect(shownText(panel, wanted)).toHaveLength(display.digits);
      }),
    );
  });
});
