/**
 * Onbon cards of the 5th generation as boards of letters. Source: github.com/strongercjd/Onbon-Protocol-Analysis and the
 * captures that agree with it. The text goes into one dynamic area, which is lost with the power: a card that returns is
 * painted again.
 *
 * Not known from a document and not tried on a card: that an area which comes in again and again (a call without a
 * voice, a notice too long for its line) does so on every model; what a speed step lasts.
 */
import * as v from 'valibot';
import { answerDecoder, type OnbonArea, ping, setBrightness, showArea } from '../protocols/onbon5.js';
import { encodeText, showableText } from '../protocols/text-encoding.js';
import type { BoardText } from './board-text.js';
import type { DeviceConfig, ProtocolDeclaration } from './kind.js';
import type { TextLink } from './text-link.js';
import {
  answerTimeoutOption,
  brightnessOptions,
  brightnessProblems,
  pollOption,
  roomOptions,
} from './text-options.js';

/** Pixels of one column and one line in the card's ordinary font. */
const columnPixels = 8;
const linePixels = 16;
const highestLevel = 15;
/** As in all captures. */
const usualSpeed = 0x17;
const usualStay = 2;
const colours = { red: '\\C1', green: '\\C2', yellow: '\\C3' } as const;

const optionsSchema = v.object({
  address: v.number(),
  x: v.number(),
  y: v.number(),
  width: v.number(),
  height: v.number(),
  area: v.number(),
  font: v.string(),
  colour: v.optional(v.picklist(['red', 'green', 'yellow'])),
  encoding: v.picklist(['gb2312', 'gbk']),
  columns: v.optional(v.number()),
  lines: v.optional(v.number()),
  timeoutMilliseconds: v.number(),
});

const pixels = (text: string, lowest: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(lowest), v.maxValue(4096), v.description(`${text}, in pixels`));

export const onbonProtocol: ProtocolDeclaration = {
  about: {
    'zh-CN': '仰邦 5 代字库卡（BX-5K1、5K2、5MK、5KX）的 LED 屏',
    en: 'LED board with an Onbon card of the 5th generation with a font (BX-5K1, 5K2, 5MK, 5KX)',
  },
  buses: ['serial', 'tcp'],
  proofOfLife: 'answers',
  speaks: false,
  options: {
    address: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(0xfffd),
        v.description('Address of the card, 1 to 65533'),
      ),
      1,
    ),
    x: v.optional(pixels('Left edge of the text', 0), 0),
    y: v.optional(pixels('Upper edge of the text', 0), 0),
    width: pixels('Width of the text', 2 * columnPixels),
    height: pixels('Height of the text', 8),
    area: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.maxValue(63),
        v.description('Number of the dynamic area'),
      ),
      0,
    ),
    font: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\d{3}$/, 'three digits in quotes'),
        v.description('Font of the card: "000"'),
      ),
      '000',
    ),
    colour: v.optional(
      v.pipe(v.picklist(['red', 'green', 'yellow']), v.description("Colour; the card's own if absent")),
    ),
    encoding: v.optional(
      v.pipe(v.picklist(['gb2312', 'gbk']), v.description('Characters that the font of the card has')),
      'gb2312',
    ),
    ...roomOptions({}, '; from width and height if absent'),
    pollMilliseconds: pollOption,
    timeoutMilliseconds: answerTimeoutOption(500),
    ...brightnessOptions,
  },
  claims: ({ address = 1, area = 0 }) => [
    { path: ['address'], text: `area ${Number(area)} of the card with address ${Number(address)}` },
  ],
  problems: brightnessProblems,
};

export function onbonLink(config: DeviceConfig): TextLink {
  const options = v.parse(optionsSchema, config);
  const { address, width, height, encoding, timeoutMilliseconds } = options;
  const columns = options.columns ?? Math.floor(width / columnPixels);
  const lines = options.lines ?? Math.max(1, Math.floor(height / linePixels));
  // A backslash begins a command in the text.
  const showable = (text: string) => showableText(text.replaceAll('\\', '?'), encoding);
  const begin = `\\FO${options.font}${options.colour === undefined ? '' : colours[options.colour]}`;
  const areaOf = (text: BoardText): OnbonArea => {
    const words = text.lines.length === 0 ? ' ' : text.lines.map(showable).join('\\n');
    return {
      ...{ id: options.area, x: options.x, y: options.y, width, height },
      effect: text.scroll ? 3 : text.attention ? 5 : 1,
      run: text.scroll || text.attention ? 0 : 1,
      speed: usualSpeed,
      stay: usualStay,
      lineSpacing: 0,
      singleLine: text.lines.length <= 1,
      text: encodeText(`${begin}${words}`, encoding),
    };
  };
  return {
    room: { columns, lines, scrolls: true, showable },
    address,
    show: (text) => [showArea(address, areaOf(text))],
    answers: {
      timeoutMilliseconds,
      probe: () => ping(address),
      decoder: (request) => answerDecoder(address, request),
      // Never quite dark: people would take the board for dead.
      dim: (percent) => setBrightness(address, Math.max(1, Math.round((percent * highestLevel) / 100))),
    },
  };
}
