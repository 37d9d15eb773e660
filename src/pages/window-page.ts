/** Window page (窗口工作页): what the staff of one window want to know. It takes nothing from its screen. */
import type { HallScreen } from '../hall/screen.js';
import type { WindowState } from './browser/messages.js';
import { overOf, type PageBehaviour, type PageContext, windowText } from './page-behaviour.js';

export function windowPage({ page }: PageContext): PageBehaviour {
  return {
    title: { 'zh-CN': '窗口工作页', en: 'Window page' },
    view: (screen) => windowState(screen, page.window ?? ''),
    posts: {},
    stop() {},
  };
}

function windowState(screen: HallScreen, name: string): WindowState {
  const window = screen.windows.find((one) => one.window === name);
  return {
    language: screen.language,
    over: overOf(screen),
    window: windowText(name, window?.label),
    known: window !== undefined,
    state: window?.state ?? 'closed',
    business: window?.business ?? '',
    waiting: window?.waiting ?? 0,
    current: window?.current ?? null,
    next: window?.next ?? null,
    troubles: screen.troubles.map(({ text }) => text),
  };
}
