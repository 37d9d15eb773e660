/** Hall display (叫号大屏): last calls, waits, paused windows, notices. It takes nothing from its screens. */
import type { HallScreen } from '../hall/screen.js';
import type { DisplayState } from './browser/messages.js';
import { overOf, type PageBehaviour, type PageContext, windowText } from './page-behaviour.js';

const STANDARD_CALLS = 6;

export function hallDisplay({ page }: PageContext): PageBehaviour {
  const { calls } = page.options;
  const places = typeof calls === 'number' ? calls : STANDARD_CALLS;
  return {
    title: { 'zh-CN': '叫号大屏', en: 'Hall display' },
    view: (screen) => displayState(screen, page.label, places),
    posts: {},
    stop() {},
  };
}

/** @param places how many calls it has room for */
function displayState(screen: HallScreen, title: string | null, places: number): DisplayState {
  return {
    language: screen.language,
    over: overOf(screen),
    title,
    places,
    calls: screen.calls.slice(0, places).map((call) => ({
      key: `${call.ticket} ${call.window} ${call.times}`,
      number: call.number,
      window: windowText(call.window, call.windowLabel),
      priority: call.priority,
    })),
    queues: screen.queues.map(({ queue, label, waiting, waitMinutes, closed }) => ({
      queue,
      label,
      waiting,
      wait: waitMinutes,
      closed,
    })),
    paused: screen.windows
      .filter(({ state }) => state === 'paused')
      .map(({ window, label }) => windowText(window, label)),
    messages: [
      ...screen.troubles.map(({ text }) => ({ text, trouble: true })),
      ...screen.notices.map(({ text }) => ({ text: { 'zh-CN': text, en: text }, trouble: false })),
    ],
  };
}
