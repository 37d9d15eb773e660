/** What a supply is called, which faults it has, and what people are told. */
import type { Text } from '../../kernel/text.js';
import type { FaultWords } from '../kind.js';
import type { Ends, Refusal } from './supply-calibration.js';

/** What may be measured, by the name that the configuration has. */
const supplyNames = {
  paper: { 'zh-CN': '纸', en: 'paper' },
  labels: { 'zh-CN': '标签', en: 'labels' },
  cards: { 'zh-CN': '卡片', en: 'cards' },
  ink: { 'zh-CN': '墨水', en: 'ink' },
  toner: { 'zh-CN': '碳粉', en: 'toner' },
  ribbon: { 'zh-CN': '色带', en: 'ribbon' },
  water: { 'zh-CN': '水', en: 'water' },
  soap: { 'zh-CN': '洗手液', en: 'soap' },
  towels: { 'zh-CN': '擦手纸', en: 'paper towels' },
} as const satisfies Record<string, Text>;

export type SupplyName = keyof typeof supplyNames;
export const supplyChoices = Object.keys(supplyNames) as [SupplyName, ...SupplyName[]];

interface SupplyFaults {
  readonly low: string;
  readonly empty: string;
}

const media: SupplyFaults = { low: 'printer.media-low', empty: 'printer.media-empty' };
const marker: SupplyFaults = { low: 'printer.marker-supply-low', empty: 'printer.marker-supply-empty' };
const other: SupplyFaults = { low: 'supply.low', empty: 'supply.empty' };

/** The codes of a supply: a printer's are the contract's, what is in no printer has its own. */
export function supplyFaultsOf(supply: SupplyName): SupplyFaults {
  switch (supply) {
    case 'paper':
    case 'labels':
    case 'cards':
      return media;
    case 'ink':
    case 'toner':
    case 'ribbon':
      return marker;
    default:
      return other;
  }
}

/** What people read of a supply that is low or empty. */
export function supplyWords(supply: SupplyName, state: 'low' | 'empty', torn: boolean): FaultWords {
  const { 'zh-CN': chinese, en } = supplyNames[supply];
  if (state === 'low') {
    return {
      text: { 'zh-CN': `{device} ${chinese}快用完`, en: `{device} is nearly out of ${en}` },
      action: {
        'zh-CN': `准备好新的${chinese}，趁没有人使用时更换`,
        en: `Have new ${en} ready, and put it in when nobody is waiting`,
      },
    };
  }
  if (torn) {
    return {
      text: {
        'zh-CN': `{device} 出纸口没有${chinese}，但还剩 {levelPercent}%`,
        en: `{device} has no ${en} where it is drawn in, though {levelPercent} % is left`,
      },
      action: {
        'zh-CN': `打开机柜，把${chinese}重新穿入打印机；检查是否撕断、卡住`,
        en: `Open the cabinet and thread the ${en} into the printer again; look whether it is torn or jammed`,
      },
    };
  }
  return {
    text: { 'zh-CN': `{device} ${chinese}已用完`, en: `{device} is out of ${en}` },
    action: {
      'zh-CN': `打开机柜，装入新的${chinese}，关好柜门`,
      en: `Open the cabinet, put in new ${en}, close the door`,
    },
  };
}

const pressFull: Text = {
  'zh-CN': '装入新的一卷（满的），按住“满”键 2 秒，等到读数 calibrated 改变',
  en: 'Put a new, full one in, hold the button "full" for 2 seconds and wait until the reading calibrated changes',
};
const pressEmpty: Text = {
  'zh-CN': '装入空芯（或只剩最后一层），按住“空”键 2 秒，等到读数 calibrated 改变',
  en: 'Put an empty core in (or the last layer), hold the button "empty" for 2 seconds and wait until the reading calibrated changes',
};

/** What people read while nobody has shown the sensor what full and empty are. */
export function uncalibratedWords({ full, empty }: Ends): FaultWords {
  const missing = full === null && empty === null ? 'both' : full === null ? 'full' : 'empty';
  const what: Text = {
    both: { 'zh-CN': '满和空的距离都未知', en: 'it knows neither the full nor the empty distance' },
    full: { 'zh-CN': '满的距离未知', en: 'it does not know the full distance' },
    empty: { 'zh-CN': '空的距离未知', en: 'it does not know the empty distance' },
  }[missing];
  return {
    text: {
      'zh-CN': `{device} 余量传感器未校准：${what['zh-CN']}，余量不可知`,
      en: `The supply sensor {device} is not calibrated: ${what.en}, so nobody knows what is left`,
    },
    action: missing === 'empty' ? pressEmpty : pressFull,
  };
}

/** What people read where a press came to nothing. */
export function refusedWords(refusal: Refusal): FaultWords {
  const { end } = refusal;
  const button = end === 'full' ? { 'zh-CN': '满', en: 'full' } : { 'zh-CN': '空', en: 'empty' };
  const again = end === 'full' ? pressFull : pressEmpty;
  const text = (chinese: string, en: string): Text => ({
    'zh-CN': `{device} 校准“${button['zh-CN']}”未成功：${chinese}`,
    en: `{device}: calibrating "${button.en}" came to nothing: ${en}`,
  });
  if (refusal.reason === 'no-distance') {
    return { text: text('传感器前面测不到东西', 'the sensor sees nothing in its range'), action: again };
  }
  if (refusal.reason === 'unsteady') {
    return {
      text: text('距离一直在变', 'the distance kept changing'),
      action: {
        'zh-CN': `手离开光路，${again['zh-CN']}`,
        en: `Keep hands out of its beam. ${again.en}`,
      },
    };
  }
  const { full, empty } = refusal;
  const moved: Text =
    end === 'full'
      ? {
          'zh-CN': '若传感器移动过，请先按“空”键重新校准空芯',
          en: 'if the sensor was moved, calibrate empty first',
        }
      : {
          'zh-CN': '若传感器移动过，请先按“满”键重新校准满卷',
          en: 'if the sensor was moved, calibrate full first',
        };
  return {
    text: text(
      `满 ${full} 毫米应比空 ${empty} 毫米至少近 5 毫米`,
      `full (${full} mm) has to be at least 5 mm nearer than empty (${empty} mm)`,
    ),
    action: { 'zh-CN': `${again['zh-CN']}；${moved['zh-CN']}`, en: `${again.en}; ${moved.en}` },
  };
}
