/** What a newcomer may try next or should look at, one thing at a time, and what the keys do. */
import type { Language, Text } from '../../kernel/text.js';
import type { DemoModel, Hand } from './model.js';
import { both } from './words.js';

/** Time to look before something is broken. */
const lookFirstMilliseconds = 12_000;

/** In this order they are proposed. */
const proposals: readonly (readonly [hand: Hand, text: Text])[] = [
  [
    'paper',
    both(
      '按 p：纸在一张号票中途用完。看系统怎么说、灯怎么亮，换纸后补打同一个号',
      'p: the paper ends within a ticket. See what is told, and the reprint',
    ),
  ],
  [
    'power',
    both(
      '按 x：拔掉控制器的电。票号不会丢，也不会重复',
      'x: pull the power of the controller. No number is lost or given twice',
    ),
  ],
  [
    'voice',
    both(
      '按 v：拔掉语音模块的电。叫号由屏幕继续，并告诉值班长怎么办',
      'v: the voice loses its power. Boards carry on, staff are told so',
    ),
  ],
  [
    'broker',
    both(
      '按 b：断开中心。叫号照常，事件存在本机，恢复后一条不丢地补传',
      'b: the hub goes away. Calling goes on, events are kept and follow later',
    ),
  ],
  [
    'row',
    both(
      '按 r：剪断四块屏的总线。故障只报原因，语音和大屏接着叫号',
      'r: cut the cable of the boards. One fault says why, the voice calls on',
    ),
  ],
  [
    'water',
    both(
      '按 w：卫生间地上有水。先告诉值班人员地滑，门口的灯叫来保洁员',
      'w: water on the washroom floor. Staff are told, a lamp calls a cleaner',
    ),
  ],
  [
    'fire',
    both(
      '按 f：消防报警。叫号停下，语音和屏幕指路；解除后接着叫',
      'f: the fire alarm. Calling stops, voice and screens show the way out',
    ),
  ],
  [
    'board',
    both(
      '按 1：关掉 1 号屏的电。3 秒内发现，别的窗口照常叫号',
      '1: take the power of board 1. Found within 3 s, the others go on',
    ),
  ],
  [
    'toner',
    both(
      '按 o：自助打印机没有碳粉了。两秒内知道，并说清该换什么',
      'o: the kiosk printer has no toner. Found in 2 s, with what to do',
    ),
  ],
  [
    'keypad',
    both(
      '按 k：拔掉 1 号窗口呼叫器的转接器。只有这个窗口停下',
      'k: pull the keypad adapter of window 1. Only this window stops',
    ),
  ],
  [
    'noise',
    both(
      '按 n：给总线加干扰。出错就重发，号码照样上屏',
      'n: noise on the cable of the boards. Calls still get through',
    ),
  ],
];

const look = both(
  '先看一会儿：有人取号、坐下、听到叫号、评价；用浏览器打开网页',
  'Look: people take tickets, sit, are called, rate; open a page, too',
);
const done = both(
  '都试过了。同一个程序接上真实设备，就是 hallward run；按 q 退出',
  'That is all. With real devices this is hallward run; q quits',
);

/** One thing to try or to look at now. */
export function hint(model: DemoModel): Text {
  const standing = brokenHint(model);
  if (standing !== undefined) return standing;
  const [next] = proposals.filter(([hand]) => !model.tried.has(hand));
  const isNew = model.nowMilliseconds - model.startedMilliseconds < lookFirstMilliseconds;
  if (isNew && model.tried.size === 0) return look;
  return next?.[1] ?? done;
}

/** While something is broken: what to look at, and how it is mended. The gravest first. */
function brokenHint(model: DemoModel): Text | undefined {
  const dead = model.windows.find((row) => !row.board.powered)?.window;
  if (model.box.state === 'off' || model.box.state === 'ended') {
    return both(
      '看：屏停在旧号上，按键无人应，取号机前排起人。再按 x 送电',
      'Boards keep old numbers, no key works, people queue up; x: power on',
    );
  }
  if (model.box.state === 'starting') {
    return both('看：同一批人、同样的号，接着叫', 'Look: the same people and numbers, it goes on calling');
  }
  if (model.fire) {
    return both(
      '看网页：大屏和窗口页都指路，取号停下；再按 f 解除，接着原来的号叫',
      'Look at the pages: they show the way out; f again: it all goes on',
    );
  }
  if (!model.broker.up) {
    return both(
      '叫号照常，事件先存在本机；再按 b，一条不丢地补传',
      'Calling goes on and events are kept; press b again: none is lost',
    );
  }
  if (model.machine.roll !== 'in') {
    return model.machine.roll === 'out'
      ? both(
          '看故障和处理办法，灯亮了，号照发；再按 p 换纸，同一个号补打出来',
          'See the fault and what to do, the lamp is lit; p: new roll and reprint',
        )
      : both('纸快用完了：下一张号票打到一半会断', 'The next ticket will be cut short in the middle');
  }
  if (model.row.cut) {
    return both(
      '四块屏停在旧号上，只报一个故障；再按 r，自动补上现在的号码',
      'The boards keep old numbers, one fault says why; r again repaints them',
    );
  }
  if (dead !== undefined) {
    return both(
      `${dead} 号屏没电，3 秒内自动发现，叫号不停；再按 ${dead}，自动补上号码`,
      `Board ${dead} is dead, found within 3 s; press ${dead} again: it is repainted`,
    );
  }
  if (!model.voice.powered) {
    return both(
      '语音不响，屏幕照常叫号；看故障里值班长该做什么；再按 v 送电',
      'Boards call on; see what the faults tell the staff to do; v: power on',
    );
  }
  if (model.wet) {
    return both(
      '看故障：地滑，需要清洁；保洁员看到门口的灯就来，擦干后按住按钮',
      'See the faults; the cleaner comes when she sees the lamp, and ends it',
    );
  }
  if (model.tonerOut) {
    return both(
      '看故障：缺什么、怎么办；再按 o 换上新碳粉盒，故障自动消除',
      'See what is missing and what to do; o: new cartridge, the fault ends',
    );
  }
  if (model.keypadPulled) {
    return both(
      '1 号窗口按键无效，其他窗口不受影响；再按 k 插回',
      'The keys of window 1 do nothing, the others go on; k plugs it in again',
    );
  }
  if (model.row.noisy) {
    return both(
      '有干扰也能上屏：出错就重发；去掉干扰 30 秒后故障自动消除',
      'Calls get through by retries; the fault ends 30 s after the noise',
    );
  }
  return undefined;
}

/** One key of the view: what pressing it does now. */
interface KeyItem {
  readonly key: string;
  readonly about: string;
  /** It undoes what was done. */
  readonly mends: boolean;
}

/** The keys in their order. */
export function keyItems(model: DemoModel, language: Language): KeyItem[] {
  const { windows, row, keypadPulled, broker, machine, box, voice, fire, tonerOut, wet } = model;
  const dead = windows.filter(({ board }) => !board.powered).map(({ window }) => window);
  const item = (key: string, isBroken: boolean, breaks: Text, mends: Text): KeyItem => ({
    key,
    about: (isBroken ? mends : breaks)[language],
    mends: isBroken,
  });
  const hasNoPower = box.state === 'off' || box.state === 'ended';
  return [
    item('p', machine.roll !== 'in', both('用完纸', 'end paper'), both('换纸', 'NEW ROLL')),
    item('x', hasNoPower, both('拔控制器的电', 'controller off'), both('给控制器送电', 'POWER ON')),
    item('b', !broker.up, both('断开中心', 'drop hub'), both('恢复中心', 'HUB BACK')),
    item('r', row.cut, both('剪断屏总线', 'cut row'), both('接好屏总线', 'JOIN ROW')),
    item(
      '1-4',
      dead.length > 0,
      both('关一块屏', 'board power'),
      both(`${dead.join(',')} 送电`, `${dead.join(',')} ON`),
    ),
    item('k', keypadPulled, both('呼叫器', 'keypad'), both('插回呼叫器', 'PLUG IN')),
    item('v', !voice.powered, both('语音', 'voice'), both('语音送电', 'VOICE ON')),
    item('n', row.noisy, both('干扰', 'noise'), both('去干扰', 'QUIET')),
    item('f', fire, both('火警', 'fire'), both('解除', 'OVER')),
    item('o', tonerOut, both('碳粉', 'toner'), both('装碳粉', 'TONER IN')),
    item('w', wet, both('泼水', 'spill'), both('擦干', 'WIPE')),
    item('l', false, both('English', '中文'), both('', '')),
    item('q', false, both('退出', 'quit'), both('', '')),
  ];
}
