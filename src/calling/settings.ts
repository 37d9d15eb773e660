/** What calling needs to know of the configuration (docs/contract.md, section 2), already validated. */

export interface QueueSettings {
  /** Letters before the number; not ending in a digit, so that no two counts look alike. */
  readonly prefix: string;
  /** The matter (事项) that its tickets are about, unless staff name another at the end of a service. */
  readonly matter?: string;
  /** The windows that call from it. */
  readonly windows: readonly string[];
  readonly label?: string;
}

export interface WindowSettings {
  readonly unit?: string;
  /** Who serves there while nobody else has logged in. */
  readonly staff?: string;
  readonly label?: string;
}

export interface CallingSettings {
  readonly queues: Readonly<Record<string, QueueSettings>>;
  readonly windows: Readonly<Record<string, WindowSettings>>;
  /** IANA name of the hall's time zone, one that `Intl` knows; business days are local dates of it. */
  readonly timezone: string;
  /** How long a visitor may rate after a service; 60 if absent. */
  readonly ratingSeconds?: number;
  /** Windows where a visitor can rate; `all` where a device speaks for every window. */
  readonly evaluatorWindows: readonly string[] | 'all';
}

/** Settings of a queue; `undefined` for a name that is not configured, whatever it looks like. */
export function queueSettings(settings: CallingSettings, queue: string): QueueSettings | undefined {
  return Object.hasOwn(settings.queues, queue) ? settings.queues[queue] : undefined;
}

/** Settings of a window; empty for one that only a queue names, `undefined` for one that nothing names. */
export function windowSettings(settings: CallingSettings, window: string): WindowSettings | undefined {
  if (Object.hasOwn(settings.windows, window)) return settings.windows[window];
  return queuesOf(settings, window).length > 0 ? {} : undefined;
}

/** Names of the queues that a window calls from, in the order of the configuration. */
export function queuesOf(settings: CallingSettings, window: string): string[] {
  return Object.keys(settings.queues).filter((queue) => settings.queues[queue]?.windows.includes(window));
}

/** Whether a visitor can rate at a window. */
export function hasEvaluator(settings: CallingSettings, window: string): boolean {
  return settings.evaluatorWindows === 'all' || settings.evaluatorWindows.includes(window);
}
