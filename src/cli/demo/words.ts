/** Every word of the demo, in both languages. */
import type { Language, Text } from '../../kernel/text.js';
import type { DemoModel, HallEvent, Told } from './model.js';

const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

/** What hands did to the hall. */
export const notes = {
  boardOff: (window: string) =>
    both(`你切断了 ${window} 号屏的电源`, `You took the power of board ${window}`),
  boardOn: (window: string) =>
    both(`你恢复了 ${window} 号屏的电源`, `You gave board ${window} its power back`),
  rowCut: both('你剪断了窗口屏的总线', 'You cut the cable of all the boards'),
  rowJoined: both('你接好了窗口屏的总线', 'You joined the cable of the boards again'),
  keypadPulled: both('你拔掉了 1 号窗口呼叫器的转接器', 'You pulled the keypad adapter of window 1'),
  keypadPlugged: both(
    '你插回了 1 号窗口呼叫器的转接器',
    'You plugged the keypad adapter of window 1 in again',
  ),
  noiseOn: both('你在窗口屏总线上加了干扰', 'You put noise on the cable of the boards'),
  noiseOff: both('你去掉了总线上的干扰', 'You took the noise away'),
  brokerDropped: both('你关掉了中心（MQTT 服务）', 'You dropped the broker: the hub is away'),
  brokerBack: both('你重新打开了中心', 'You brought the broker back'),
  caughtUp: (events: number) =>
    both(
      `中心已补齐断开期间的 ${events} 条事件`,
      `The hub now has all ${events} events that came about without it`,
    ),
  brokerStaysAway: (reason: string) =>
    both(`中心无法恢复：${reason}`, `The broker cannot come back: ${reason}`),
} as const;

/** The five levels of the national rating scheme (好差评). */
export const ratingWords: Readonly<Record<number, Text>> = {
  5: both('非常满意', 'very satisfied'),
  4: both('满意', 'satisfied'),
  3: both('基本满意', 'fairly satisfied'),
  2: both('不满意', 'dissatisfied'),
  1: both('非常不满意', 'very dissatisfied'),
};

export const windowStates = {
  closed: both('未开', 'closed'),
  open: both('空闲', 'free'),
  serving: both('办理中', 'serving'),
  paused: both('暂停', 'paused'),
} as const;

/** Words of the view that hold nothing. */
export const labels = {
  title: both('Hallward 演示', 'Hallward demo'),
  hall: both('大厅', 'hall'),
  controller: both('控制器', 'controller'),
  listen: both('旁听', 'Listen'),
  window: both('窗口', 'Window'),
  unit: both('部门', 'Unit'),
  board: both('窗口屏', 'Board'),
  dark: both('无电', 'no power'),
  state: both('状态', 'State'),
  number: both('号码', 'Number'),
  staff: both('工号', 'Staff'),
  lastRating: both('最近评价', 'Last rating'),
  queue: both('排队', 'Queue'),
  hub: both('中心', 'Hub'),
  faults: both('故障', 'Faults'),
  noFaults: both('无', 'none'),
  events: both('动态', 'Events'),
  keys: both('按键', 'Keys'),
  try: both('试试', 'Try'),
  do: both('处理', 'do'),
} as const;

/** An event in words, without its time. */
export function eventWords(event: HallEvent): Text {
  switch (event.type) {
    case 'ticket.issued': {
      const { number, ahead } = event.data;
      return both(`取号 ${number}，前面 ${ahead} 人`, `${number} taken, ${ahead} ahead`);
    }
    case 'ticket.called': {
      const { number, window, waitedSeconds: waited } = event.data;
      return both(
        `${number} 请到 ${window} 号窗口${waited === null ? '' : `（等候 ${waited} 秒）`}`,
        `${number} to window ${window}${waited === null ? '' : ` (waited ${waited} s)`}`,
      );
    }
    case 'ticket.recalled': {
      const { number, window } = event.data;
      return both(`再次呼叫 ${number} 到 ${window} 号窗口`, `${number} called once more to window ${window}`);
    }
    case 'ticket.shown': {
      const { device, result, afterMilliseconds: after } = event.data;
      if (result === 'failed') return both(`${device} 未能显示号码`, `${device} could not show the number`);
      const time = after === null ? '' : ` ${after} ms`;
      return both(`${device} 已显示${time}`, `${device} shows it${time === '' ? '' : ` after${time}`}`);
    }
    case 'ticket.served': {
      const { number, servedSeconds: served } = event.data;
      return both(
        `${number} 办结${served == null ? '' : `（${served} 秒）`}`,
        `${number} served${served == null ? '' : ` (${served} s)`}`,
      );
    }
    case 'ticket.skipped':
      return both(`${event.data.number} 过号`, `${event.data.number} did not come and was passed over`);
    case 'ticket.cancelled':
      return both(`${event.data.number} 已取消`, `${event.data.number} cancelled`);
    case 'ticket.expired':
      return both(`${event.data.number} 已过期`, `${event.data.number} expired`);
    case 'rating.submitted': {
      const { window, level } = event.data;
      const word = ratingWords[level];
      return both(`${window} 号窗口评价：${word?.['zh-CN']}`, `Window ${window} rated: ${word?.en}`);
    }
    case 'rating.missed':
      return both(`${event.data.window} 号窗口未评价`, `Window ${event.data.window}: no rating given`);
    case 'window.opened':
      return windowWords(event.data.window, '开始办理', 'opened');
    case 'window.paused':
      return windowWords(event.data.window, '暂停', 'paused');
    case 'window.resumed':
      return windowWords(event.data.window, '恢复办理', 'goes on');
    case 'window.closed':
      return windowWords(event.data.window, '关闭', 'closed');
    case 'fault.raised':
      return both(`故障：${event.data.text['zh-CN']}`, `Fault: ${event.data.text.en}`);
    case 'fault.acknowledged':
      return both(`故障已确认：${event.data.text['zh-CN']}`, `Fault seen: ${event.data.text.en}`);
    case 'fault.cleared': {
      const { text, durationSeconds: lasted } = event.data;
      return both(
        `恢复${lasted === null ? '' : `（历时 ${lasted} 秒）`}：${text['zh-CN']}`,
        `Over${lasted === null ? '' : ` after ${lasted} s`}: ${text.en}`,
      );
    }
    case 'key.pressed':
      return both(
        `${event.data.device} 按键 ${event.data.key}`,
        `${event.data.device}: key ${event.data.key}`,
      );
    case 'config.applied':
      return both('配置已生效', 'The configuration is in force');
    case 'config.rejected':
      return both('配置被拒绝', 'The configuration was rejected');
    case 'config.rolled-back':
      return both('已退回上一份配置', 'The last good configuration is running');
    case 'command.done':
      return both(`命令 ${event.data.name} 完成`, `Command ${event.data.name} done`);
    case 'command.refused':
      return both(`命令 ${event.data.name} 被拒绝`, `Command ${event.data.name} refused`);
  }
}

function windowWords(window: string, chinese: string, english: string): Text {
  return both(`${window} 号窗口${chinese}`, `Window ${window} ${english}`);
}

/** One thing that happened, in words. */
export function toldWords(told: Told): Text {
  return 'note' in told ? told.note : eventWords(told.event);
}

/** `08:01:05` at a place. */
export function timeOfDay(milliseconds: number, timezone: string): string {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: timezone }).format(milliseconds);
}

/** `12 s`, `3 min 05 s`. */
export function durationWords(milliseconds: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  if (language === 'en') return minutes === 0 ? `${seconds} s` : `${minutes} min ${rest} s`;
  return minutes === 0 ? `${seconds} 秒` : `${minutes} 分 ${rest} 秒`;
}

/** What a newcomer may try now, or should look at. */
export function hint(model: DemoModel): Text {
  const dead = model.windows.find((row) => !row.board.powered)?.window;
  if (!model.broker.up) {
    return both(
      '叫号照常，事件先存在本机；再按 b，一条不丢地补传',
      'Calling goes on and events are kept; press b again: none is lost',
    );
  }
  if (model.row.cut) {
    return both(
      '四块屏停在旧号上，只报一个故障；再按 c，自动补上现在的号码',
      'The boards keep old numbers, one fault says why; c again repaints them',
    );
  }
  if (dead !== undefined) {
    return both(
      `${dead} 号屏没电，3 秒内自动发现，叫号不停；再按 ${dead}，自动补上号码`,
      `Board ${dead} is dead, found within 3 s; press ${dead} again: it is repainted`,
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
  return both(
    '按 1 关一块屏，按 c 断整排线，按 b 断开中心：看系统怎么发现、怎么说',
    '1 kills board 1, c cuts the row, b takes the hub away: see what is told',
  );
}

/** How something stands that a key changes. */
interface KeyState {
  readonly text: string;
  /** Not as it usually is. */
  readonly broken: boolean;
}

/** One key, or row of keys, of the view. */
export interface KeyItem {
  readonly key: string;
  readonly about: string;
  readonly states: readonly KeyState[];
}

/** The keys with what each has done so far. */
export function keyItems(model: DemoModel, language: Language): KeyItem[] {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const state = (broken: boolean, usual: string, other: string) => ({ text: broken ? other : usual, broken });
  const { windows, row, keypadPulled, broker } = model;
  const power = windows.map(({ board }) => state(!board.powered, say('开', 'on'), say('关', 'OFF')));
  const cable = state(row.cut, say('接通', 'joined'), say('剪断', 'CUT'));
  const keypad = state(keypadPulled, say('插好', 'in'), say('拔掉', 'OUT'));
  const noise = state(row.noisy, say('无', 'off'), say('有', 'ON'));
  const hub = state(!broker.up, say('在线', 'up'), say('断开', 'DOWN'));
  return [
    { key: '1-4', about: say('屏电源', 'boards'), states: power },
    { key: 'c', about: say('屏总线', "row's cable"), states: [cable] },
    { key: 'k', about: say('1号呼叫器', 'keypad 1'), states: [keypad] },
    { key: 'n', about: say('干扰', 'noise'), states: [noise] },
    { key: 'b', about: say('中心', 'broker'), states: [hub] },
    { key: 'l', about: say('English', '中文'), states: [] },
    { key: 'q', about: say('退出', 'quit'), states: [] },
  ];
}
