import { type CallingSettings, standardRules } from '../calling/settings.js';
import type { HallSettings } from '../hall/settings.js';
import type { Configuration } from './config/schema.js';

const levelLabels = {
  'zh-CN': { 5: '非常满意', 4: '满意', 3: '基本满意', 2: '不满意', 1: '非常不满意' },
  en: {
    5: 'Very satisfied',
    4: 'Satisfied',
    3: 'Fairly satisfied',
    2: 'Dissatisfied',
    1: 'Very dissatisfied',
  },
} as const;

/** Reasons of a bad rating where the configuration names none. */
const standardReasons = {
  'zh-CN': {
    'long-wait': '等候时间长',
    'slow-service': '办理效率低',
    attitude: '服务态度不好',
    'not-explained': '没有一次性告知',
    other: '其他',
  },
  en: {
    'long-wait': 'Waited too long',
    'slow-service': 'Service was slow',
    attitude: 'Not treated well',
    'not-explained': 'Not told everything at once',
    other: 'Something else',
  },
} as const;

/** What the hall works by. */
export function hallSettingsOf(configuration: Configuration): HallSettings {
  const { hall, language, calling } = configuration;
  const labels: Readonly<Record<string, string>> = { ...levelLabels[language], ...calling?.rating.labels };
  const own = calling?.rating.reasons;
  const reasons =
    own === undefined
      ? Object.entries(standardReasons[language]).map(([code, label]) => ({
          code,
          label,
          forLevels: [1, 2],
        }))
      : Object.entries(own).map(([code, { label, levels }]) => ({ code, label, forLevels: levels }));
  return {
    hall,
    language,
    leads: calling !== undefined,
    calling: callingSettingsOf(configuration),
    ...(calling?.publicUrl === undefined ? {} : { publicUrl: calling.publicUrl }),
    rating: {
      levels: ([5, 4, 3, 2, 1] as const).map((level) => ({ level, label: labels[level] ?? String(level) })),
      reasons,
    },
  };
}

/** What calling works by; without a `calling` section no queues, only ratings that the hub asks for. */
function callingSettingsOf(configuration: Configuration): CallingSettings {
  const { calling, timezone, hours, devices } = configuration;
  const evaluators = Object.values(devices).filter(
    (device) => device.kind === 'evaluator' || device.kind === 'rating-page',
  );
  const anyWindow = evaluators.some((device) => device.window === undefined);
  const common = {
    timezone,
    ...(hours === undefined ? {} : { hours }),
    evaluatorWindows: anyWindow ? ('all' as const) : evaluators.flatMap((device) => device.window ?? []),
  };
  if (calling === undefined) {
    return { ...common, queues: {}, windows: {}, matters: {}, rules: standardRules };
  }
  const { queues, windows, matters, rating, ratingSeconds, ...others } = calling;
  const { publicUrl: _publicUrl, hands: _hands, standbyFor: _standbyFor, ...rules } = others;
  const { labels: _labels, reasons: _reasons, ...ratingRules } = rating;
  return {
    ...common,
    queues: queues as CallingSettings['queues'],
    windows: windows as CallingSettings['windows'],
    matters: matters as CallingSettings['matters'],
    rules: { ...rules, rating: { ...ratingRules, ratingSeconds } },
  };
}
