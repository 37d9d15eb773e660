/**
 * Numeric panels that are a row of characters in Modbus holding registers. Where they differ is data: a profile
 * file (YAML), one for each model, checked by `panelProfileSchema`.
 */
import * as v from 'valibot';
import { HallwardError } from '../kernel/errors.js';
import {
  type ModbusAnswer,
  type ModbusRequest,
  readHoldingRegisters,
  writeMultipleRegisters,
  writeSingleRegister,
} from './modbus-rtu.js';

const blank = ' ';
/** Stands for a register whose content is no printable character. */
const unreadable = '\ufffd';

const about = <Schema extends v.GenericSchema>(schema: Schema, text: string) =>
  v.pipe(schema, v.description(text));

const whole = (lowest: number, highest: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(lowest), v.maxValue(highest));

const display = v.strictObject({
  digits: about(whole(1, 64), 'Number of characters that the panel shows'),
  firstRegister: about(whole(0, 0xffff), 'Register of the leftmost character, counted from 0'),
  charactersPerRegister: about(
    v.picklist([1, 2]),
    '1: ASCII in the low byte, the high byte is 0; 2: ASCII, the left character in the high byte',
  ),
  align: about(v.picklist(['left', 'right']), 'Where a short text stands; the rest is filled with blanks'),
  characters: about(
    v.pipe(v.string(), v.regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')),
    'All characters that the panel can show; the blank must be one of them',
  ),
});

const texts = v.strictObject({
  closed: about(v.string(), 'Shown while the window is closed'),
  open: about(v.string(), 'Shown while the window is open and nobody is called'),
  paused: about(v.string(), 'Shown while the window is paused'),
});

/** One model of panel, as it stands in a profile file. */
export const panelProfileSchema = v.pipe(
  v.strictObject({
    protocol: v.optional(
      about(v.literal('modbus-panel'), 'The protocol that this profile is for'),
      'modbus-panel',
    ),
    model: about(v.pipe(v.string(), v.nonEmpty()), "The maker's name of the model"),
    source: about(v.pipe(v.string(), v.nonEmpty()), 'The public document that this profile follows'),
    triedOnHardware: about(v.boolean(), 'Whether a real panel has ever been driven with this profile'),
    notes: v.optional(about(v.string(), 'What a person should know before trusting this profile')),
    serial: about(
      v.strictObject({
        baudRate: whole(300, 1_000_000),
        dataBits: v.picklist([7, 8]),
        parity: v.picklist(['none', 'even', 'odd']),
        stopBits: v.picklist([1, 2]),
      }),
      'Settings of the line as delivered',
    ),
    factoryAddress: about(whole(1, 247), 'Slave address as delivered'),
    write: about(
      v.picklist(['multiple', 'single']),
      'multiple: all registers at once by function 16; single: one after the other by function 06',
    ),
    timeoutMilliseconds: v.optional(about(whole(10, 10_000), 'Time for an answer')),
    gapMilliseconds: v.optional(about(whole(0, 1000), 'Silence that the panel needs before a request')),
    display,
    texts,
  }),
  v.check(
    ({ display }) => display.firstRegister + registerCount({ display }) - 1 <= 0xffff,
    'the last register of the display would be beyond 65535',
  ),
  v.forward(
    v.partialCheck(
      [['display', 'characters']],
      ({ display }) => display.characters.includes(blank),
      'must hold the blank, which short texts are filled with',
    ),
    ['display', 'characters'],
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const profile = dataset.value;
    for (const [key, text] of Object.entries(profile.texts)) {
      const problem = textProblem(profile, text);
      if (problem === undefined) continue;
      const inTexts = { type: 'object', origin: 'value', input: profile.texts, key, value: text } as const;
      const inProfile = {
        type: 'object',
        origin: 'value',
        input: profile,
        key: 'texts',
        value: profile.texts,
      } as const;
      addIssue({ message: problem.message, path: [inProfile, inTexts] });
    }
  }),
);

export type PanelProfile = v.InferOutput<typeof panelProfileSchema>;

/** What is to be said about a window. */
interface PanelView {
  /** `A001`, or `null` when nobody is called. */
  readonly number: string | null;
  readonly state: 'closed' | 'open' | 'serving' | 'paused';
  /** Takes the place of all that: nothing, or words. */
  readonly over?: { readonly kind: 'blank' } | { readonly kind: 'text' | 'test'; readonly text: string };
}

/** What a row of digits can show, and what it shows between calls, whatever its wire. */
export interface DigitDisplay {
  readonly display: Pick<PanelProfile['display'], 'digits' | 'characters' | 'align'>;
  readonly texts: PanelProfile['texts'];
}

/**
 * The text for `view`: the state's text while closed or paused, else the number, else the text of an open window.
 * What stands over everything else: dark, or words where the panel can show all of them, else what it shows while
 * paused, for a part of a text could be taken for a number. A test lights every digit where it can't say its words.
 * A panel that can't show the number's prefix shows the rest: `001` for `A001`.
 * Throws `panel.impossible-text` (usage) for a number that the panel can't show even so; an empty board would be
 * a wrong one.
 */
export function panelText(profile: DigitDisplay, { number, state, over }: PanelView): string {
  if (over?.kind === 'blank') return '';
  if (over?.kind === 'test') {
    return textProblem(profile, over.text) === undefined ? over.text : '8'.repeat(profile.display.digits);
  }
  if (over?.kind === 'text') {
    return textProblem(profile, over.text) === undefined ? over.text : profile.texts.paused;
  }
  if (state === 'closed' || state === 'paused') return profile.texts[state];
  if (number === null) return profile.texts.open;
  const shown = canShow(profile, number) ? number : number.replace(/^\D+/, '');
  const problem = shown === '' ? impossible('it has no digits', number) : textProblem(profile, shown);
  if (problem !== undefined) throw problem;
  return shown;
}

/**
 * The requests that bring `text` to the panel with this address, in order; all must be answered.
 * Throws `panel.impossible-text` (usage) for a text too long or with a character that the panel does not have.
 */
export function showRequests(profile: PanelProfile, address: number, text: string): ModbusRequest[] {
  const { firstRegister, charactersPerRegister } = profile.display;
  const codes = [...shownText(profile, text)].map((character) => character.charCodeAt(0));
  const values = Array.from({ length: registerCount(profile) }, (_, register) =>
    charactersPerRegister === 1
      ? codes[register]!
      : (codes[2 * register]! << 8) | (codes[2 * register + 1] ?? blank.charCodeAt(0)),
  );
  if (profile.write === 'multiple') return [writeMultipleRegisters(address, firstRegister, values)];
  return values.map((value, register) => writeSingleRegister(address, firstRegister + register, value));
}

/** Reads back what the panel shows: its proof of life, and that nobody else wrote there. */
export function probeRequest(profile: PanelProfile, address: number): ModbusRequest {
  return readHoldingRegisters(address, profile.display.firstRegister, registerCount(profile));
}

/**
 * The characters that the panel has, blanks included, out of the answer to `probeRequest`; compare with
 * `shownText`. A register that holds no printable character reads as U+FFFD.
 * Throws `panel.unexpected-answer` (garbled) for the answer to another request.
 */
export function readShown(profile: PanelProfile, answer: ModbusAnswer): string {
  const { digits, charactersPerRegister } = profile.display;
  if (answer.function !== 3 || answer.registers.length !== registerCount(profile)) {
    const message = `Expected ${registerCount(profile)} registers read from the ${profile.model}.`;
    throw new HallwardError('panel.unexpected-answer', 'garbled', message, { function: answer.function });
  }
  const codes =
    charactersPerRegister === 1
      ? answer.registers
      : answer.registers.flatMap((value) => [value >>> 8, value & 0xff]);
  return codes
    .slice(0, digits)
    .map((code) => (code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : unreadable))
    .join('');
}

/**
 * `text` as it stands on the panel, filled with blanks to its full length.
 * Throws `panel.impossible-text` (usage) for a text too long or with a character that the panel does not have.
 */
export function shownText(profile: Pick<DigitDisplay, 'display'>, text: string): string {
  const problem = textProblem(profile, text);
  if (problem !== undefined) throw problem;
  const { digits, align } = profile.display;
  return align === 'right' ? text.padStart(digits, blank) : text.padEnd(digits, blank);
}

interface TextLimits {
  readonly display: { readonly digits: number; readonly characters: string };
}

function canShow(profile: TextLimits, text: string): boolean {
  return [...text].every((character) => profile.display.characters.includes(character));
}

function textProblem(profile: TextLimits, text: string): HallwardError | undefined {
  const { digits, characters } = profile.display;
  const strange = [...text].find((character) => !characters.includes(character));
  if (strange !== undefined) return impossible(`it has no character "${strange}"`, text);
  if (text.length > digits) return impossible(`it has room for ${digits} characters`, text);
  return undefined;
}

function impossible(reason: string, text: string): HallwardError {
  const message = `The panel can't show "${text}": ${reason}.`;
  return new HallwardError('panel.impossible-text', 'usage', message, { text });
}

function registerCount(profile: {
  readonly display: { readonly digits: number; readonly charactersPerRegister: number };
}): number {
  return Math.ceil(profile.display.digits / profile.display.charactersPerRegister);
}
