/** What window boards and hall boards that show letters have in common: the protocols, and the faults. */
import type { Evidence, HallwardError } from '../kernel/errors.js';
import { alphaLink, alphaProtocol } from './alpha-link.js';
import type { BoardRoom, BoardText } from './board-text.js';
import type { Capabilities, ShowResult } from './capabilities.js';
import type { Device, DeviceConfig, DeviceContext, FaultDeclaration, ProtocolDeclaration } from './kind.js';
import { onbonLink, onbonProtocol } from './onbon-link.js';
import { templateLink, templateProtocol } from './template-link.js';
import { textBoard } from './text-board.js';
import type { TextLink } from './text-link.js';
import { brightnessAt, type StandardRoom } from './text-options.js';

/** The protocols of boards of letters. @param room of an Alpha sign, where the configuration does not say it */
export const textProtocols = (room: StandardRoom): Readonly<Record<string, ProtocolDeclaration>> => ({
  alpha: alphaProtocol(room),
  onbon5: onbonProtocol,
  template: templateProtocol,
});

const links: Readonly<Record<string, (config: DeviceConfig, context: DeviceContext) => TextLink>> = {
  alpha: alphaLink,
  onbon5: onbonLink,
  template: templateLink,
};

/** Faults of boards of letters. */
export const textBoardFaults: readonly FaultDeclaration[] = [
  {
    code: 'board.refused',
    status: 'failure',
    severity: 'high',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 拒绝显示内容：{reason}',
      en: '{device} refuses what it should show: {reason}',
    },
    action: {
      'zh-CN': '核对屏的型号、控制卡固件，以及配置中的区域大小和字体',
      en: 'Check the model of the board, the firmware of its card, and size and font in the configuration',
    },
  },
  {
    code: 'board.cannot-show',
    status: 'out-of-specification',
    severity: 'low',
    audience: 'admin',
    text: {
      'zh-CN': '{device} 无法完整显示“{text}”',
      en: '{device} cannot show "{text}" whole',
    },
    action: {
      'zh-CN': '缩短文字，或改用屏上有的字；号码无法显示时请用语音或其他屏叫号',
      en: 'Shorten the text, or use characters that the board has; for a number, call by voice or another board',
    },
  },
];

/** Characters of a text that a fault repeats. */
const evidenceCharacters = 40;

/**
 * Makes a board of letters.
 * @param textOf what a view becomes on it
 * @param capabilitiesOf what it can do for the hall, given how a view is shown
 */
export function textBoardDevice<View>(
  config: DeviceConfig,
  context: DeviceContext,
  textOf: (view: View, room: BoardRoom) => BoardText,
  capabilitiesOf: (show: (view: View) => Promise<ShowResult>) => Capabilities,
): Device {
  const link = links[config.protocol ?? '']!(config, context);
  const { reports } = context;
  const standing = new Set<string>();
  const raise = (code: string, evidence: Evidence) => {
    standing.add(code);
    reports.raise(code, evidence);
  };
  const clear = (code: string) => {
    if (standing.delete(code)) reports.clear(code);
  };
  const board = textBoard(
    link,
    {
      pollMilliseconds: Number(config.pollMilliseconds),
      repaintMilliseconds: Number(config.repaintMilliseconds ?? 0),
      brightness: () => brightnessAt(config, context.localMinutes()),
    },
    context,
    {
      shown: (text) => reports.readings({ shown: text === null ? null : text.lines.join(' / ') }),
      refused: (error: HallwardError | null) => {
        if (error === null) clear('board.refused');
        else raise('board.refused', { reason: error.message, ...error.evidence });
      },
    },
  );
  const show = async (view: View): Promise<ShowResult> => {
    const text = textOf(view, link.room);
    const { lost } = text;
    if (lost === null) clear('board.cannot-show');
    else raise('board.cannot-show', { text: lost.text.slice(0, evidenceCharacters) });
    const result = await board.show(text);
    return lost?.what === 'number' ? 'failed' : result;
  };
  return {
    capabilities: capabilitiesOf(show),
    start: () => board.start(),
    stop: () => board.stop(),
  };
}
