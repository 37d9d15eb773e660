/** The front panel of a simulated board of letters. */
import type { DeviceConfig } from '../../devices/kind.js';
import { parseHex } from '../../kernel/bytes.js';
import type { Clock } from '../../kernel/clock.js';
import type { FarEnd } from '../../simulator/far-end.js';
import {
  type SimulatedTextBoard,
  simulatedAlphaSign,
  simulatedOnbonCard,
  simulatedTemplateBoard,
} from '../../simulator/index.js';
import { both, type Front, type Order, OrderRefused, order, type Tell } from './front.js';

interface Simulated {
  readonly board: SimulatedTextBoard;
  readonly orders: readonly Order[];
}

function simulated(config: DeviceConfig, farEnd: FarEnd, clock: Clock): Simulated | undefined {
  const address = Number(config.address ?? 0);
  switch (config.protocol) {
    case 'alpha':
      return { board: simulatedAlphaSign(farEnd, clock, { address }), orders: [] };
    case 'onbon5':
      return { board: simulatedOnbonCard(farEnd, clock, { address }), orders: [] };
    case 'template': {
      const board = simulatedTemplateBoard(farEnd, clock);
      const about = both('对每一帧应答这些字节', 'answers each frame by these bytes');
      const answer = order('answer HEX', about, (args) => {
        const bytes = parseHex(args.join(''));
        if (bytes === undefined)
          throw new OrderRefused(`found "${args.join(' ')}", expected bytes in hex: AA 06`);
        board.answerWith(bytes);
      });
      return { board, orders: [answer] };
    }
    default:
      return undefined;
  }
}

/** `undefined` for a protocol that is no board of letters. `ended` is told how the far end is taken off the wire. */
export function textBoardFront(
  name: string,
  config: DeviceConfig,
  farEnd: FarEnd,
  clock: Clock,
  tell: Tell,
  ended: (end: () => void) => void,
): Front | undefined {
  const made = simulated(config, farEnd, clock);
  if (made === undefined) return undefined;
  const { board } = made;
  ended(() => board.close());
  board.onShown(({ lines, manner }) => {
    const text = `[${lines.join(' / ')}]`;
    const blinks = manner === 'blinking' ? both('（闪烁）', ', blinking') : both('', '');
    tell(name, both(`显示 ${text}${blinks['zh-CN']}`, `shows ${text}${blinks.en}`));
  });
  return {
    what: config.kind,
    sees: () => `[${board.shows()}]`,
    orders: [
      ...made.orders,
      order('off', both('断电', 'takes its power'), () => board.power.off()),
      order('on', both('通电', 'gives its power back'), () => board.power.on()),
      order('deaf', both('收不到数据', 'its receiver is dead'), () => board.deafen()),
      order('hear', both('又能收到数据', 'its receiver works again'), () => board.deafen(false)),
    ],
  };
}
