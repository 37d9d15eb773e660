/** What people are told of a washroom. */
import type { Text } from '../../kernel/text.js';
import type { FaultWords } from '../kind.js';
import type { CleaningReason } from './cleaning.js';
import type { WashroomSupply } from './washroom-parts.js';

/** What is known when cleaning becomes due. */
export interface CleaningFigures {
  readonly visits: number | null;
  /** Business hours since the last cleaning, to a tenth. */
  readonly hours: number;
  readonly smellIndex: number | null;
}

const visitsWords = ({ visits }: CleaningFigures): Text =>
  visits === null
    ? { 'zh-CN': '使用人次已到', en: 'as many visits as allowed' }
    : { 'zh-CN': `已有 ${visits} 人次`, en: `${visits} visits` };

const hoursWords = ({ hours }: CleaningFigures): Text => ({
  'zh-CN': `上次清洁后已开放 ${hours} 小时`,
  en: `${hours} hours of business since it was cleaned`,
});

const smellWords = ({ smellIndex }: CleaningFigures): Text =>
  smellIndex === null
    ? { 'zh-CN': '有异味', en: 'it smells' }
    : { 'zh-CN': `有异味（指数 ${smellIndex}，平时 100）`, en: `it smells (index ${smellIndex}, usual 100)` };

const reasonWords: Readonly<Record<CleaningReason, (figures: CleaningFigures) => Text>> = {
  visits: visitsWords,
  hours: hoursWords,
  smell: smellWords,
  water: () => ({ 'zh-CN': '地面有水', en: 'the floor is wet' }),
};

const firstDeeds: Readonly<Partial<Record<CleaningReason, Text>>> = {
  water: {
    'zh-CN': '先放“小心地滑”警示牌并拖干，',
    en: 'put up a warning sign and dry the floor first, ',
  },
  smell: { 'zh-CN': '开窗或开排风，', en: 'open a window or switch the fan on, ' },
};

/** Text and action of `washroom.cleaning-due`, with the reasons. */
export function dueWords(
  because: readonly CleaningReason[],
  figures: CleaningFigures,
  hasButton: boolean,
): FaultWords {
  const reasons = because.map((reason) => reasonWords[reason](figures));
  const deeds = (['water', 'smell'] as const).flatMap((reason) =>
    because.includes(reason) ? [firstDeeds[reason] as Text] : [],
  );
  const end: Text = hasButton
    ? { 'zh-CN': '完成后按住门口按键 1 秒', en: 'hold the button at the door for a second when it is done' }
    : {
        'zh-CN': '完成后在系统中登记（washroom.cleaned）',
        en: 'report it (washroom.cleaned) when it is done',
      };
  const english = `${deeds.map(({ en }) => en).join('')}clean it; ${end.en}`;
  return {
    text: {
      'zh-CN': `{device} 需要清洁：${reasons.map((words) => words['zh-CN']).join('，')}`,
      en: `{device} has to be cleaned: ${reasons.map(({ en }) => en).join(', ')}`,
    },
    action: {
      'zh-CN': `${deeds.map((words) => words['zh-CN']).join('')}请清洁；${end['zh-CN']}`,
      en: english.charAt(0).toUpperCase() + english.slice(1),
    },
  };
}

const supplyWords: Readonly<Record<WashroomSupply, Text>> = {
  soap: { 'zh-CN': '洗手液', en: 'soap' },
  towels: { 'zh-CN': '擦手纸', en: 'paper towels' },
  paper: { 'zh-CN': '厕纸', en: 'toilet paper' },
};

/** Text of `washroom.supplies-empty`, with what has run out. */
export function emptyWords(supplies: readonly WashroomSupply[]): FaultWords {
  const words = supplies.map((supply) => supplyWords[supply]);
  return {
    text: {
      'zh-CN': `{device} ${words.map((one) => one['zh-CN']).join('、')}已用完`,
      en: `{device} has run out of ${words.map(({ en }) => en).join(' and ')}`,
    },
  };
}
