/** Rating page (评价平板): five levels for the service that has just ended at one window, with reasons for bad ones. */
import type { HallScreen } from '../hall/screen.js';
import type { RateAnswer, RatingState } from './browser/messages.js';
import { Once } from './once.js';
import {
  type Body,
  isText,
  isTexts,
  overOf,
  type PageBehaviour,
  type PageContext,
  windowText,
} from './page-behaviour.js';

const MOST_REASONS = 20;

export function ratingPage({ device, page, actions, screen }: PageContext): PageBehaviour {
  const window = page.window ?? '';
  const once = new Once();

  async function rate(body: Body): Promise<object | undefined> {
    const { id, session, level, reasons } = body;
    if (!isText(id, 64) || !isText(session, 100) || !isTexts(reasons, MOST_REASONS, 100)) return undefined;
    if (typeof level !== 'number') return undefined;
    const { levels, reasons: known } = screen().rating;
    if (!levels.some((one) => one.level === level)) return undefined;
    const fits = (code: string) => known.some((one) => one.code === code && one.forLevels.includes(level));
    if (!reasons.every(fits)) return undefined;
    return once.do(id, { session, level, reasons }, async (): Promise<RateAnswer> => {
      const asked = { device, window, session, level, reasons: [...new Set(reasons)] };
      const answer = await actions.rate(asked);
      return answer.ok ? { ok: true } : { ok: false, code: answer.code, message: answer.message };
    });
  }

  return {
    title: { 'zh-CN': '服务评价', en: 'Rate the service' },
    view: (now) => ratingState(now, window),
    posts: { rate },
    stop() {},
  };
}

function ratingState(screen: HallScreen, name: string): RatingState {
  const window = screen.windows.find((one) => one.window === name);
  return {
    language: screen.language,
    over: overOf(screen),
    window: windowText(name, window?.label),
    session: window?.ratingSession ?? null,
    levels: screen.rating.levels,
    reasons: screen.rating.reasons,
  };
}
