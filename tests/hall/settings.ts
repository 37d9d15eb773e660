import { type CallingSettings, standardRules } from '../../src/calling/settings.js';
import type { HallSettings } from '../../src/hall/settings.js';

/** Settings of a hall that leads its calling; what is not given is usual. */
export function hallSettings(
  calling: Partial<CallingSettings> & Pick<CallingSettings, 'queues'>,
  hall: Partial<HallSettings> = {},
): HallSettings {
  return {
    hall: 'test',
    language: 'zh-CN',
    leads: true,
    calling: {
      windows: {},
      matters: {},
      timezone: 'Asia/Shanghai',
      evaluatorWindows: [],
      rules: standardRules,
      ...calling,
    },
    rating: {
      levels: [
        { level: 5, label: '非常满意' },
        { level: 1, label: '非常不满意' },
      ],
      reasons: [{ code: 'slow', label: '慢', forLevels: [1, 2] }],
    },
    ...hall,
  };
}
