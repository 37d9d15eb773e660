/**
 * Alpha, Adaptive and BetaBrite signs as boards of letters. Source: Adaptive Micro Systems, "Alpha Sign Communications
 * Protocol", 9708-8061. The text goes into the priority file, which every sign has, and which leaves the sign's own
 * memory as it is. Signs have Latin letters only.
 */
import * as v from 'valibot';
import {
  type AlphaMode,
  acknowledgementDecoder,
  clearErrors,
  enableAcknowledgements,
  writeText,
} from '../protocols/alpha.js';
import { showableText } from '../protocols/text-encoding.js';
import type { DeviceConfig, ProtocolDeclaration } from './kind.js';
import type { TextLink } from './text-link.js';
import {
  answerTimeoutOption,
  pollOption,
  repaintOption,
  roomOptions,
  type StandardRoom,
} from './text-options.js';

const optionsSchema = v.object({
  address: v.number(),
  signType: v.string(),
  checksum: v.boolean(),
  acknowledge: v.boolean(),
  columns: v.number(),
  lines: v.number(),
  timeoutMilliseconds: v.number(),
});

/** Packets to signs that share a wire need a pause in between. */
const gapMilliseconds = 20;

export const alphaProtocol = (room: StandardRoom): ProtocolDeclaration => ({
  about: {
    'zh-CN': 'Alpha / BetaBrite 西文 LED 屏（只能显示西文字母和数字；设 acknowledge 才能应答）',
    en: 'Alpha, Adaptive or BetaBrite sign (Latin letters and digits only; answers with acknowledge: true)',
  },
  buses: ['serial', 'tcp'],
  proofOfLife: 'none',
  proofOfLifeOf: (config) => (config.acknowledge === true ? 'answers' : 'none'),
  speaks: false,
  options: {
    address: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.maxValue(255),
        v.description('Address of the sign, 1 to 255; 0 reaches every sign on the wire'),
      ),
      0,
    ),
    signType: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[\x21-\x7e]$/, 'one character'),
        v.description('Type code of the sign; Z is for all of them'),
      ),
      'Z',
    ),
    checksum: v.optional(
      v.pipe(v.boolean(), v.description('false for an old sign that knows no checksum')),
      true,
    ),
    acknowledge: v.optional(
      v.pipe(
        v.boolean(),
        v.description('true for a sign of protocol 2.0 or later: it is told to answer, and must'),
      ),
      false,
    ),
    ...roomOptions(room),
    pollMilliseconds: pollOption,
    repaintMilliseconds: repaintOption,
    timeoutMilliseconds: answerTimeoutOption(500),
  },
  claims: ({ address = 0 }) => {
    const claim = (sign: number) => ({ path: ['address'], text: `sign address ${sign}` });
    return address === 0 ? Array.from({ length: 256 }, (_, sign) => claim(sign)) : [claim(Number(address))];
  },
});

export function alphaLink(config: DeviceConfig): TextLink {
  const { signType, acknowledge, timeoutMilliseconds, columns, lines, ...options } = v.parse(
    optionsSchema,
    config,
  );
  const sign = { ...options, type: signType };
  return {
    room: { columns, lines, scrolls: true, showable: (text) => showableText(text, 'ascii') },
    address: sign.address,
    gapMilliseconds,
    show: ({ lines: shown, scroll, attention }) => {
      const mode: AlphaMode = scroll ? 'rotate' : attention ? 'flash' : 'hold';
      return [writeText(sign, { lines: shown, mode })];
    },
    ...(acknowledge
      ? {
          answers: {
            timeoutMilliseconds,
            probe: () => clearErrors(sign),
            prepare: () => enableAcknowledgements(sign),
            decoder: acknowledgementDecoder,
          },
        }
      : {}),
  };
}
