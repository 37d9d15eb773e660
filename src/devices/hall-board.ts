/**
 * Hall board (大厅综合屏): a board of letters for the whole hall, with the last calls, the newest on top, and a notice
 * below them.
 *
 * The protocols are those of window boards that show letters. What stands on it is decided in `board-text.ts`.
 */
import { hallText } from './board-text.js';
import type { HallBoardView } from './capabilities.js';
import type { DeviceKind } from './kind.js';
import { textBoardDevice, textBoardFaults, textProtocols } from './text-board-device.js';

/** A sign of two lines; Onbon cards and profiles say their own. */
const standardRoom = { columns: 16, lines: 2 };

export const hallBoard: DeviceKind = {
  kind: 'hall-board',
  title: { 'zh-CN': '大厅综合屏', en: 'Hall board' },
  about: {
    'zh-CN': '显示全大厅最近叫号和通知的屏',
    en: 'The board for the whole hall that shows the last calls and a notice',
  },
  options: {},
  protocols: textProtocols(standardRoom),
  readings: {
    shown: {
      about: {
        'zh-CN': '屏上当前内容（屏已确认；不能应答的屏为 null）',
        en: 'What the board acknowledged to show; null for a board that cannot answer',
      },
    },
  },
  faults: textBoardFaults,
  create: (config, context) =>
    textBoardDevice<HallBoardView>(
      config,
      context,
      (view, room) => hallText(view, context.language, room),
      (show) => ({ showsHall: { show } }),
    ),
};
