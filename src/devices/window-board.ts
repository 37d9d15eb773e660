/**
 * Window board (窗口屏): the board above a window that shows who is called.
 *
 * `modbus-panel`: a numeric panel over Modbus RTU, described by a profile (`config/profiles`). It is read back at each
 * poll: that proves it lives, and a board that lost what it showed (a short power cut) is painted again.
 * `ht16k33`: digits on an I2C driver beside the controller, see `ht16k33-board.ts`.
 * The others show letters: see `text-board.ts`, and `board-text.ts` for what stands on them.
 */
import * as v from 'valibot';
import type { PanelProfile } from '../protocols/panel-profile.js';
import { windowText } from './board-text.js';
import type { BoardView } from './capabilities.js';
import { Ht16k33Board, ht16k33Protocol } from './ht16k33-board.js';
import type { DeviceKind } from './kind.js';
import { milliseconds, windowName } from './options.js';
import { panelBoard } from './panel-board.js';
import { textBoardDevice, textBoardFaults, textProtocols } from './text-board-device.js';

const optionsSchema = v.object({
  window: v.string(),
  address: v.number(),
  pollMilliseconds: v.number(),
  timeoutMilliseconds: v.optional(v.number()),
  gapMilliseconds: v.optional(v.number()),
});

/** Where neither configuration nor profile say it: boards answer within 100 ms, adapters add some more. */
const standardTimeoutMilliseconds = 200;
const standardGapMilliseconds = 5;
/** A sign of one line; Onbon cards and profiles say their own. */
const standardRoom = { columns: 16, lines: 1 };

export const windowBoard: DeviceKind = {
  kind: 'window-board',
  title: { 'zh-CN': '窗口屏', en: 'Window board' },
  about: { 'zh-CN': '窗口上方显示当前号码的屏', en: 'The board above a window that shows the number called' },
  options: { window: windowName },
  protocols: {
    'modbus-panel': {
      about: {
        'zh-CN': 'Modbus RTU 数码屏，寄存器由 profile 描述',
        en: 'Modbus RTU numeric panel, its registers described by a profile',
      },
      buses: ['serial', 'tcp'],
      proofOfLife: 'answers',
      options: {
        profile: v.pipe(
          v.string(),
          v.regex(/^[a-z0-9-]{1,40}$/, 'the name of a panel profile, such as dm36b06'),
          v.description('Panel profile: a file in config/profiles without its ending'),
        ),
        address: v.pipe(
          v.number(),
          v.integer(),
          v.minValue(1),
          v.maxValue(247),
          v.description('Modbus address, 1 to 247'),
        ),
        pollMilliseconds: milliseconds('How often the board is read back.', 1000, 100, 60_000),
        timeoutMilliseconds: milliseconds(
          `How long an answer may take; the profile's or ${standardTimeoutMilliseconds} if absent.`,
          undefined,
          20,
          5000,
        ),
        gapMilliseconds: milliseconds(
          `Silence kept before each request; the profile's or ${standardGapMilliseconds} if absent.`,
          undefined,
          0,
          1000,
        ),
      },
      claims: (config) =>
        typeof config.address === 'number' ? [{ path: ['address'], text: `address ${config.address}` }] : [],
    },
    ht16k33: ht16k33Protocol,
    ...textProtocols(standardRoom),
  },
  readings: {
    shown: {
      about: {
        'zh-CN': '屏上当前内容（回读或屏已确认；不能应答的屏为 null）',
        en: 'What the board shows, as read back or acknowledged; null for a board that cannot answer',
      },
    },
  },
  faults: textBoardFaults,
  create(config, context) {
    if (config.protocol === 'ht16k33') return new Ht16k33Board(config, context);
    if (config.protocol !== 'modbus-panel') {
      const window = String(config.window);
      return textBoardDevice<BoardView>(
        config,
        context,
        (view, room) => windowText(view, window, context.language, room),
        (show) => ({ showsTicket: { window, show } }),
      );
    }
    const profile = context.profile as PanelProfile;
    const options = v.parse(optionsSchema, config);
    const timeoutMilliseconds =
      options.timeoutMilliseconds ?? profile.timeoutMilliseconds ?? standardTimeoutMilliseconds;
    const gapMilliseconds = options.gapMilliseconds ?? profile.gapMilliseconds ?? standardGapMilliseconds;
    return panelBoard({ ...options, timeoutMilliseconds, gapMilliseconds }, profile, context);
  },
};
