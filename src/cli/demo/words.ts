/** Every word of the demo, in both languages. */
import type { Language, Text } from '../../kernel/text.js';
import type { HallEvent, Told } from './model.js';

/** A text in both languages. */
export const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

/** What is real in the demo. */
export const real = both(
  '控制器是单独的进程，和 hallward run 是同一程序；线上是真实字节，设备是模拟的',
  'The controller is the real program, a process of its own; wires carry real bytes',
);

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
  paperEnds: both('你让纸卷在下一张号票中途用完', 'You let the paper end in the middle of the next ticket'),
  paperLoaded: both('你打开上盖，换上新纸卷', 'You opened the cover and put in a new roll'),
  voiceOff: both('你切断了语音模块的电源', 'You took the power of the voice'),
  voiceOn: both('你恢复了语音模块的电源', 'You gave the voice its power back'),
  tonerOut: both('你取出了自助打印机的碳粉盒', 'You took the toner out of the kiosk printer'),
  tonerIn: both('你给自助打印机换上新碳粉盒', 'You put a new cartridge into the kiosk printer'),
  floorWet: both('你在卫生间地上泼了水', 'You spilled water on the floor of the washroom'),
  floorDry: both('你擦干了卫生间的地面', 'You wiped the floor of the washroom'),
  fireAlarm: both('消防干接点断开：火警', 'The fire contact opened: alarm'),
  fireOver: both('消防干接点闭合：报警解除', 'The fire contact closed again: the alarm is over'),
  powerOff: both('你拔掉了控制器的电（kill -9）', 'You pulled the power of the controller (kill -9)'),
  powerOn: both('你给控制器重新送电', 'You gave the controller its power back'),
  powerProved: (lost: number, twice: number) =>
    both(
      `控制器已恢复：事件丢失 ${lost}，号码重复 ${twice}，接着原来的号叫`,
      `The controller is back: ${lost} events lost, ${twice} numbers given twice; it goes on where it was`,
    ),
  powerFailed: (reason: string) =>
    both(`控制器未能启动：${reason}`, `The controller did not start: ${reason}`),
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
  box: both('控制器', 'Power'),
  listen: both('旁听', 'Listen'),
  pages: both('网页', 'Pages'),
  window: both('窗口', 'Window'),
  unit: both('部门', 'Unit'),
  board: both('窗口屏', 'Board'),
  dark: both('无电', 'no power'),
  state: both('状态', 'State'),
  number: both('号码', 'Number'),
  staff: both('工号', 'Staff'),
  lastRating: both('最近评价', 'Last rating'),
  queue: both('排队', 'Queue'),
  machine: both('取号机', 'Tickets'),
  voice: both('播报', 'Voice'),
  priority: both('优先', 'prio'),
  seats: both('座位', 'Seats'),
  room: both('大厅', 'Room'),
  things: both('设施', 'Things'),
  hub: both('中心', 'Hub'),
  faults: both('故障', 'Faults'),
  noFaults: both('无', 'none'),
  events: both('动态', 'Events'),
  keys: both('按键', 'Keys'),
  try: both('试试', 'Try'),
  do: both('处理', 'do'),
} as const;

const supplyWords = {
  ok: both('充足', 'enough'),
  low: both('将尽', 'low'),
  empty: both('用尽', 'empty'),
  some: both('尚有', 'some left'),
  unknown: both('未知', 'unknown'),
} as const;

/** Why somebody was called before the turn. */
const callRules: Readonly<Record<Extract<HallEvent, { type: 'ticket.called' }>['data']['rule'], Text>> = {
  order: both('', ''),
  priority: both('（优先）', ' (priority)'),
  returned: both('（过号返回）', ' (is back)'),
  transfer: both('（转来）', ' (sent on)'),
  named: both('（点名）', ' (by name)'),
};

/** An expected wait: `2–5 min`. */
export function waitWords({ low, high }: { low: number; high: number }, language: Language): string {
  const minutes = low === high ? `${high}` : `${low}-${high}`;
  return language === 'en' ? `${minutes} min` : `${minutes} 分钟`;
}

/** Words of the loudspeaker. */
function heardWords(text: string, complete: boolean): Text {
  return both(
    `播报：${text}${complete ? '' : '（中断）'}`,
    `Voice: “${text}”${complete ? '' : ' (cut off)'}`,
  );
}

/** An event in words, without its time. */
export function eventWords(event: HallEvent): Text {
  switch (event.type) {
    case 'ticket.issued': {
      const { number, ahead, priority, waitMinutes } = event.data;
      const wait = waitMinutes === null ? '' : waitWords(waitMinutes, 'zh-CN');
      const waitEnglish = waitMinutes === null ? '' : waitWords(waitMinutes, 'en');
      return both(
        `取号 ${number}${priority ? '（优先）' : ''}，前面 ${ahead} 人${wait === '' ? '' : `，约等 ${wait}`}`,
        `${number} taken${priority ? ' (priority)' : ''}, ${ahead} ahead${waitEnglish === '' ? '' : `, wait ${waitEnglish}`}`,
      );
    }
    case 'ticket.called': {
      const { number, window, rule, waitedSeconds: waited } = event.data;
      const why = callRules[rule];
      return both(
        `${number}${why['zh-CN'] || ' '}请到 ${window} 号窗口${waited === null ? '' : `（等候 ${waited} 秒）`}`,
        `${number}${why.en} to window ${window}${waited === null ? '' : ` (waited ${waited} s)`}`,
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
    case 'ticket.printed': {
      const { number, result } = event.data;
      const device = event.data.device ?? '—';
      return result === 'failed'
        ? both(`${number} 没打完：${device}`, `${device} has not printed ${number} whole`)
        : event.data.copy > 1
          ? both(`${number} 补打，同一个号`, `${number} printed again, the same number`)
          : both(`${number} 已在 ${device} 打印`, `${device} has printed ${number}`);
    }
    case 'supply.changed': {
      const { device, supply, state, levelPercent } = event.data;
      const word = supplyWords[state];
      const what = supply === 'paper' ? '纸' : supply;
      const level = levelPercent === null ? '' : ` ${Math.round(levelPercent)} %`;
      return both(`${device} ${what}：${word['zh-CN']}${level}`, `${device} ${supply}: ${word.en}${level}`);
    }
    case 'occupancy.summary': {
      const { device, takenMean, seats } = event.data;
      const mean = takenMean === null ? '?' : Math.round(takenMean);
      return both(
        `${device} 五分钟平均占用 ${mean}/${seats}`,
        `${device} ${mean} of ${seats} taken on average`,
      );
    }
    case 'entrance.summary': {
      const { device, entered, left } = event.data;
      return both(
        `${device} 五分钟进 ${entered} 人、出 ${left} 人`,
        `${device}: ${entered} came, ${left} went`,
      );
    }
    case 'washroom.summary': {
      const { device, visits } = event.data;
      return both(`${device} 五分钟使用 ${visits ?? '?'} 次`, `${device}: ${visits ?? '?'} visits`);
    }
    case 'washroom.cleaned': {
      const { device, dueSeconds } = event.data;
      const after = dueSeconds === null ? undefined : Math.round(dueSeconds / 60);
      return both(
        `${device} 已清洁${after === undefined ? '' : `（需要清洁后 ${after} 分钟）`}`,
        `${device} is clean${after === undefined ? '' : ` (${after} min after it was due)`}`,
      );
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
    case 'ticket.returned':
      return both(`${event.data.number} 过号后返回`, `${event.data.number} is back and waits again`);
    case 'ticket.transferred': {
      const { number, to = '?' } = event.data;
      return both(`${number} 转到 ${to}`, `${number} goes on to ${to}`);
    }
    case 'ticket.prioritised':
      return both(`${event.data.number} 改为优先`, `${event.data.number} has priority now`);
    case 'ticket.announced': {
      const { device, result } = event.data;
      return result === 'failed'
        ? both(`${device} 未能播报`, `${device} could not say it`)
        : both(`${device} 已播报`, `${device} has said it`);
    }
    case 'rating.repeat-bad': {
      const { staff, matter } = event.data;
      return both(`${staff} 的“${matter}”多次差评`, `${staff} was rated badly again for ${matter}`);
    }
    case 'channel.changed':
      return event.data.text;
    case 'text.shown': {
      const { text, device } = event.data;
      const where = device ?? '';
      return text === null
        ? both('文字已撤下', 'a text was taken back')
        : both(`${where} 显示“${text}”`.trim(), `${where} "${text}" is shown`.trim());
    }
    case 'hall.alarm': {
      const { kind, active } = event.data;
      if (kind === 'fire')
        return active
          ? both('消防报警，停止叫号', 'Fire alarm: calling has stopped')
          : both('报警解除，继续叫号', 'The alarm is over, calling goes on');
      return active
        ? both('屏幕已关闭显示', 'Screens are blank')
        : both('屏幕恢复显示', 'Screens are on again');
    }
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
    case 'window.unattended':
      return windowWords(event.data.window, '无人值守', 'nobody attends');
    case 'window.closed':
      return windowWords(event.data.window, '关闭', 'closed');
    case 'fault.raised':
      return both(`故障：${event.data.text['zh-CN']}`, `Fault: ${event.data.text.en}`);
    case 'fault.acknowledged':
      return both(`故障已确认：${event.data.text['zh-CN']}`, `Fault seen: ${event.data.text.en}`);
    case 'fault.shelved': {
      const { text, shelved } = event.data;
      return shelved == null
        ? both(`故障恢复提示：${text['zh-CN']}`, `Fault is called for again: ${text.en}`)
        : both(`故障暂不提示：${text['zh-CN']}`, `Fault put aside: ${text.en}`);
    }
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
    case 'calling.adopted':
      return both(`接管了 ${event.data.from} 的叫号`, `the calling of ${event.data.from} was taken over`);
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
  if ('note' in told) return told.note;
  return 'heard' in told ? heardWords(told.heard, told.complete) : eventWords(told.event);
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
