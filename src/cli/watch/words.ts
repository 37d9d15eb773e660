/** The words of `hallward watch`, in both languages; those of faults, rooms and the hub have files of their own. */
import type { Language, Text } from '../../kernel/text.js';
import type { DeviceStatus, Severity } from '../../protocols/hub/payloads.js';
import { timeOfDay } from '../demo/words.js';
import type { ControllerRow, Doubt, QueueRow, SupplyRow, WindowRow } from './hall-view.js';
import type { Seen } from './payloads.js';

const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

export const labels = {
  title: both('Hallward 值守', 'Hallward watch'),
  allHalls: both('全部大厅', 'all halls'),
  hall: both('大厅', 'hall'),
  faults: both('故障', 'Faults'),
  controllers: both('控制器', 'Controller'),
  devices: both('设备', 'Devices'),
  windows: both('窗口', 'Windows'),
  queues: both('排队', 'Queues'),
  rooms: both('大厅', 'Room'),
  supplies: both('耗材', 'Supplies'),
  latest: both('动态', 'Latest'),
  none: both('无', 'none'),
  reading: both('正在读取……', 'reading …'),
  verified: both('已证实', 'verified'),
  unverified: both('未证实', 'unverified'),
} as const;

/** The letters of NAMUR NE 107, which tell the states apart without colour; `?` is unknown. */
export function statusSymbol(status: DeviceStatus | null): string {
  return status === null ? '?' : symbols[status];
}

const symbols: Readonly<Record<DeviceStatus, string>> = {
  failure: 'F',
  'function-check': 'C',
  'out-of-specification': 'S',
  'maintenance-required': 'M',
  good: '.',
};

/** The words of NE 107. */
export const statusWords: Readonly<Record<DeviceStatus | 'unknown', Text>> = {
  failure: both('故障', 'failure'),
  'function-check': both('功能检查', 'function check'),
  'out-of-specification': both('超出规格', 'out of spec'),
  'maintenance-required': both('需要维护', 'maintenance'),
  good: both('正常', 'good'),
  unknown: both('未知', 'unknown'),
};

export const severityWords: Readonly<Record<Severity, Text>> = {
  high: both('高', 'HIGH'),
  medium: both('中', 'medium'),
  low: both('低', 'low'),
};

export const stateWords: Readonly<Record<ControllerRow['state'], Text>> = {
  online: both('在线', 'online'),
  stopped: both('已停止', 'stopped'),
  lost: both('失联', 'LOST'),
  unknown: both('未知', 'UNKNOWN'),
};

const doubts: Readonly<Record<Doubt, Text>> = {
  lost: both('控制器失联', 'controller lost'),
  stopped: both('控制器已停止', 'controller stopped'),
  unknown: both('控制器未知', 'controller not heard'),
  'earlier-start': both('控制器重启前的消息', 'from before its restart'),
  unreadable: both('消息无法识别', 'unreadable message'),
};

/** `unknown (controller lost)`. */
export function doubtWords(doubt: Doubt, language: Language): string {
  const words = doubts[doubt][language];
  return language === 'en' ? `unknown (${words})` : `未知（${words}）`;
}

const clockWords = {
  synced: both('时钟已同步', 'clock synced'),
  holdover: both('时钟未同步', 'clock holdover'),
  untrusted: both('时钟不可信', 'CLOCK UNTRUSTED'),
} as const;

/** What health says of a controller, in pieces; what is unknown is said to be. */
export function healthWords(health: Seen<'health'> | null, language: Language): string[] {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  if (health === null) return [say('待传 ?', 'kept ?'), say('时钟 ?', 'clock ?')];
  const { outbox, clock, temperatureCelsius, undervoltage } = health;
  return [
    say(`待传 ${outbox.events}`, `kept ${outbox.events}`),
    clockWords[clock][language],
    ...(temperatureCelsius === null ? [] : [`${Math.round(temperatureCelsius)} °C`]),
    ...(undervoltage === true ? [say('供电不足', 'UNDERVOLTAGE')] : []),
  ];
}

/** `config r12`; empty where the controller runs its file, or where nobody knows. */
export function configWords(revision: number | null, language: Language): string {
  if (revision === null || revision === 0) return '';
  return language === 'en' ? `config r${revision}` : `配置 r${revision}`;
}

/** What is wrong with a controller itself, and what to do; `undefined` where nothing is. */
export function controllerTrouble(row: ControllerRow, timezone: string, now: number) {
  const since = row.sinceMilliseconds;
  const time = since === null ? '' : momentWords(since, timezone, now);
  if (row.state === 'lost') {
    return {
      text: both('控制器失联：中心已收不到它的消息', 'The controller is lost: the hub hears it no more'),
      action: both(
        '检查它的电源和网线；现场叫号可能仍在继续',
        'Check its power and network; calling in the hall may still go on',
      ),
    };
  }
  if (row.state !== 'unknown') return undefined;
  return {
    text:
      row.unknownBecause === 'not-renewed'
        ? both(
            `控制器状态未知：${time} 之后没有再报平安`,
            `The controller is unknown: not renewed since ${time}`,
          )
        : both('控制器状态未知：中心没有它的状态', 'The controller is unknown: no status at the hub'),
    action: both(
      '检查它的电源、网络和时钟；不再使用的控制器请清除其主题',
      'Check its power and network; if it is gone for good, clear its topics',
    ),
  };
}

const windowStates = {
  closed: both('未开', 'closed'),
  open: both('空闲', 'free'),
  serving: both('办理', 'serving'),
  paused: both('暂停', 'paused'),
} as const;

/** `5 serving A008`; with `?` where it does not hold. */
export function windowWords({ window, state, doubt }: WindowRow, language: Language, prefix: string): string {
  if (state === null) return `${prefix}${window} ?`;
  const number = state.number === null ? '' : ` ${state.number}`;
  return `${prefix}${window} ${windowStates[state.state][language]}${number}${doubt === null ? '' : '?'}`;
}

/** `general: 5 waiting, 2 windows open, last A008, 4 to 9 min`. */
export function queueWords({ queue, state, doubt }: QueueRow, language: Language, prefix: string): string {
  if (state === null) return `${prefix}${queue}: ?`;
  const { waiting, windowsOpen, lastCalled, waitMinutes } = state;
  const mark = doubt === null ? '' : '?';
  const open = windowsOpen ?? '?';
  const last = lastCalled ?? '-';
  if (language === 'en') {
    const wait = waitMinutes === null ? '' : `, ${waitMinutes.low} to ${waitMinutes.high} min`;
    return `${prefix}${queue}: ${waiting}${mark} waiting, ${open}${mark} open, last ${last}${mark}${wait}`;
  }
  const wait = waitMinutes === null ? '' : `，约 ${waitMinutes.low}~${waitMinutes.high} 分钟`;
  return `${prefix}${queue}：等候 ${waiting}${mark}，开窗 ${open}${mark}，叫到 ${last}${mark}${wait}`;
}

const supplyStates: Readonly<Record<string, Text>> = {
  ok: both('充足', 'enough'),
  low: both('将尽', 'LOW'),
  empty: both('用尽', 'EMPTY'),
};
const supplyNames: Readonly<Record<string, Text>> = {
  paper: both('纸', 'paper'),
  black: both('黑色', 'black'),
  cyan: both('青色', 'cyan'),
  magenta: both('品红', 'magenta'),
  yellow: both('黄色', 'yellow'),
  level: both('余量', 'level'),
};

/** `tickets paper enough`, `office black 12 %`. */
export function supplyWords(row: SupplyRow, language: Language, prefix: string): string {
  const { device, supply, levelPercent, state, doubt } = row;
  const name = Object.hasOwn(supplyNames, supply) ? supplyNames[supply]![language] : supply;
  const word = state !== null && Object.hasOwn(supplyStates, state) ? supplyStates[state]![language] : state;
  const level = levelPercent === null ? [] : [`${Math.round(levelPercent)} %`];
  const said = [...level, ...(word === null ? [] : [word])].join(' ');
  return `${prefix}${device} ${name} ${said === '' ? '?' : `${said}${doubt === null ? '' : '?'}`}`;
}

const units: readonly (readonly [string, string])[] = [
  ['Millimetres', ' mm'],
  ['Percent', ' %'],
  ['Celsius', ' °C'],
  ['Milliseconds', ' ms'],
  ['Seconds', ' s'],
  ['Minutes', ' min'],
  ['Volts', ' V'],
  ['Bytes', ' B'],
];

const readingNames: Readonly<Record<string, string>> = {
  shown: '显示',
  paper: '纸',
  cover: '盖',
  online: '联机',
  printed: '已打印',
  seats: '座位',
  taken: '占用',
  free: '空',
  stuck: '卡住',
  distance: '距离',
  level: '余量',
  temperature: '温度',
  active: '触发',
  ammoniaPartsPerMillion: '氨气 ppm',
  calibrated: '已标定',
  contact: '触点',
  cubicles: '隔间',
  cubiclesTaken: '占用隔间',
  daysLeft: '可用天数',
  door: '门',
  due: '待清扫',
  dueBecause: '待清扫原因',
  empty: '空卷距离',
  enteredToday: '今日进入',
  full: '满卷距离',
  humidity: '湿度',
  inside: '有人',
  lastCleanedAt: '上次清扫',
  leftToday: '今日离开',
  message: '屏上文字',
  occupancy: '在场人数',
  occupancyHigh: '最多',
  occupancyLow: '最少',
  pagesPrinted: '累计页数',
  reasons: '原因',
  said: '已播报',
  screens: '打开的屏幕',
  smellIndex: '气味指数',
  speaking: '播报中',
  state: '状态',
  supplies: '耗材',
  unit: '单位',
  unknownDirectionToday: '今日方向不明',
  value: '数值',
  visitsSinceCleaned: '清扫后人次',
  visitsToday: '今日人次',
  wet: '地湿',
};

/** Words that stand as values, and yes and no. */
const readingValues: Readonly<Record<string, string>> = {
  ok: '充足',
  low: '将尽',
  empty: '用尽',
  open: '打开',
  closed: '合上',
  idle: '空闲',
  processing: '工作中',
  stopped: '停止',
  some: '尚有',
  none: '无',
  unknown: '未知',
  true: '是',
  false: '否',
};

/** `distance 1234 mm, shown 008`; a name without a word of ours stays as it is, an unknown value is `?`. */
export function readingWords(readings: Seen<'device'>['readings'], language: Language): string {
  return readings
    .map(([name, value]) => {
      const unit = units.find(([end]) => name.endsWith(end));
      const short = unit === undefined || name === unit[0] ? name : name.slice(0, -unit[0].length);
      const known =
        language === 'zh-CN' && Object.hasOwn(readingNames, short) ? readingNames[short] : undefined;
      const words = known ?? short.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      return `${words} ${valueWords(value, language)}${typeof value === 'number' ? (unit?.[1] ?? '') : ''}`;
    })
    .join(', ');
}

function valueWords(value: string | number | boolean | null, language: Language): string {
  if (value === null) return '?';
  if (value === '') return '-';
  const text = String(value);
  if (typeof value === 'boolean' && language === 'en') return value ? 'yes' : 'no';
  return language === 'zh-CN' && Object.hasOwn(readingValues, text) ? readingValues[text]! : text;
}

/** `12 s`, `3 min 05 s`, `2 h 05 min`, `4 d 03 h`; `?` where nobody can tell. */
export function ageWords(milliseconds: number, language: Language): string {
  if (!Number.isFinite(milliseconds)) return '?';
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const two = (value: number) => String(value % 60).padStart(2, '0');
  const [s, min, h, d] = language === 'en' ? [' s', ' min', ' h', ' d'] : ['秒', '分', '小时', '天'];
  if (seconds < 60) return `${seconds}${s}`;
  const minutes = Math.floor(seconds / 60);
  const gap = language === 'en' ? ' ' : '';
  if (minutes < 60) return `${minutes}${min}${gap}${two(seconds)}${s}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}${h}${gap}${two(minutes)}${min}`;
  return `${Math.floor(hours / 24)}${d}${gap}${String(hours % 24).padStart(2, '0')}${h}`;
}

/** The time of day; with the date where it is long ago. */
export function momentWords(milliseconds: number, timezone: string, nowMilliseconds: number): string {
  const time = timeOfDay(milliseconds, timezone);
  if (Math.abs(nowMilliseconds - milliseconds) < 20 * 3_600_000) return time;
  const options = { month: '2-digit', day: '2-digit', timeZone: timezone } as const;
  const date = new Intl.DateTimeFormat('en-CA', options).format(milliseconds);
  return `${date} ${time.slice(0, 5)}`;
}
