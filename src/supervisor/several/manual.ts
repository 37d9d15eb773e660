/** Numbers that a hand gives out by itself while its leader is away (人工叫号). */
import type { HallSettings } from '../../hall/settings.js';
import type { Language } from '../../kernel/text.js';

export const manualQueue = 'manual';
/** Letters that nobody takes for another one, M for manual first. */
const letters = 'MNPRSTUVWXYZKHGFEDCBA';

const words = {
  'zh-CN': { label: '人工号', board: '人工叫号 请听工作人员叫号' },
  en: { label: 'Manual numbers', board: 'Numbers are called by staff, please listen' },
} as const;

/** What boards say while numbers are called by hand. */
export function manualWords(language: Language): string {
  return words[language].board;
}

/** A prefix of its own for each hand, unlike those of the queues, so that no number comes twice in the hall. */
export function manualPrefixes(hands: readonly string[], taken: readonly string[]): Record<string, string> {
  const free = [
    ...letters,
    ...[...letters].flatMap((one) => [...letters].map((other) => one + other)),
  ].filter((prefix) => !taken.includes(prefix));
  return Object.fromEntries(
    hands.flatMap((hand, index) => {
      const prefix = free[index];
      return prefix === undefined ? [] : [[hand, prefix] as const];
    }),
  );
}

/** A hall's settings for a hand that calls its own numbers at its own windows. */
export function manualSettings(
  settings: HallSettings,
  windows: readonly string[],
  prefix: string,
): HallSettings {
  const { label, board } = words[settings.language];
  const { follows: _follows, ...own } = settings;
  const named = windows.map((window) => [window, { ...settings.calling.windows[window], business: board }]);
  return {
    ...own,
    leads: true,
    manual: true,
    calling: {
      ...settings.calling,
      queues: { [manualQueue]: { prefix, label, windows } },
      windows: Object.fromEntries(named),
    },
  };
}

/** The settings of a leader, with the manual queue as long as somebody waits in it. */
export function withManual(settings: HallSettings, windows: readonly string[], prefix: string): HallSettings {
  const { label } = words[settings.language];
  const queues = { ...settings.calling.queues, [manualQueue]: { prefix, label, windows } };
  return { ...settings, calling: { ...settings.calling, queues } };
}
