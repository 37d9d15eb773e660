/** What one kind of page is made of; `page-host.ts` serves it. */
import type { ServesPage } from '../devices/capabilities.js';
import type { HallActions, HallScreen } from '../hall/screen.js';
import type { Clock } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { Text } from '../kernel/text.js';
import type { Over } from './browser/messages.js';

export interface PageContext {
  readonly device: string;
  readonly page: ServesPage;
  readonly actions: HallActions;
  readonly clock: Clock;
  readonly log: Log;
  /** What is shown now. */
  readonly screen: () => HallScreen;
  /** Something other than the hall's picture has changed what the page shows. */
  readonly changed: () => void;
}

/** What a screen asked for; checked by the page. */
export type Body = Readonly<Record<string, unknown>>;

export interface PageBehaviour {
  readonly title: Text;
  /** What screens are to show, as JSON; pure. */
  view(screen: HallScreen): object;
  /** By path without its `/`: answers in JSON; `undefined`: the body makes no sense (400). */
  readonly posts: Readonly<Record<string, (body: Body) => Promise<object | undefined>>>;
  /** The page is taken away: no timer is left. */
  stop(): void;
}

/** What stands over everything, with all its fields. */
export function overOf({ over }: HallScreen): Over | null {
  if (over === null || over.kind === 'blank') return over;
  return { kind: 'text', text: over.text, urgent: over.urgent === true };
}

/** A window as people read it: `5号窗口`, `Window 5`; its own label, where it has one. */
export function windowText(window: string, label: string | undefined): Text {
  if (label !== undefined && label !== window) return { 'zh-CN': label, en: label };
  return { 'zh-CN': `${window}号窗口`, en: `Window ${window}` };
}

export const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;

export const isTexts = (value: unknown, mostItems: number, most: number): value is string[] =>
  Array.isArray(value) && value.length <= mostItems && value.every((item) => isText(item, most));
