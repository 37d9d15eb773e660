/** What calling needs to know of the configuration (docs/contract.md, section 2), already validated. */
import type { Hours } from './calendar.js';

export interface QueueSettings {
  /** Letters before the number; not ending in a digit, so that no two counts look alike. */
  readonly prefix: string;
  /** The matter (事项) that its tickets are about, unless staff name another at the end of a service. */
  readonly matter?: string;
  /** The windows that call from it, as long as nothing else was said for the day (`serve`, `schedule`). */
  readonly windows: readonly string[];
  readonly label?: string;
}

export interface MatterSettings {
  readonly label?: string;
  /** The department that answers for the matter, wherever it is dealt with (三对应). */
  readonly unit?: string;
}

export interface WindowSettings {
  /** The department, where the matter names none. */
  readonly unit?: string;
  /** Who serves there while nobody else has logged in. */
  readonly staff?: string;
  readonly label?: string;
  /** What it does, in words for boards; its queues' labels where absent. */
  readonly business?: string;
  /** From a time of day (`"13:30"`) on it serves these queues instead of those that name it. */
  readonly schedule?: Readonly<Record<string, readonly string[]>>;
}

/** What happens to ratings (好差评). Levels 1 and 2 are bad. */
export interface RatingRules {
  /** How long a visitor may rate after a service. */
  readonly ratingSeconds: number;
  /** A press sooner after the invitation than this is suspect. */
  readonly tooSoonSeconds: number;
  /** A rating of a shorter service is suspect. */
  readonly shortServiceSeconds: number;
  /** From so many fives in a row at one window on, each is suspect. */
  readonly runOfFives: number;
  /** Days until a bad rating's author is called back, and until what was bad is put right. */
  readonly callbackDays: number;
  readonly fixDays: number;
  readonly deadlineDays: 'working' | 'calendar';
  /** Two bad ratings for one staff and matter within so many days are told. */
  readonly repeatDays: number;
}

export interface CallingRules {
  /** Of so many calls of a queue one goes to a waiting priority ticket; 1: priority always goes first. */
  readonly priorityOneIn: number;
  /** A ticket is called so many times; asking for one more call skips it (过号). */
  readonly mostCalls: number;
  /** Who comes back after being skipped waits behind so many others of the same line. */
  readonly returnPlaces: number;
  /** After `next` has ended a service that can be rated, the next call waits so long for the rating. */
  readonly holdSeconds: number;
  /** No tickets in the last minutes before the hall closes (besides those that can't be served in time). */
  readonly lastTicketMinutes: number;
  /** Tickets are given out while the hall is closed by its hours. */
  readonly ticketsOutsideHours: boolean;
  /** An open window where nobody presses anything while people wait for it is unattended after so long. */
  readonly unattendedMinutes: number;
  /** A service that takes longer is told to the duty manager. */
  readonly overlongMinutes: number;
  /** An expected wait of more (or, without an estimate, more than ten people for each open window) is told. */
  readonly pressureMinutes: number;
  readonly rating: RatingRules;
}

export const standardRules: CallingRules = {
  priorityOneIn: 3,
  mostCalls: 3,
  returnPlaces: 3,
  holdSeconds: 3,
  lastTicketMinutes: 0,
  ticketsOutsideHours: true,
  unattendedMinutes: 10,
  overlongMinutes: 45,
  pressureMinutes: 30,
  rating: {
    ratingSeconds: 60,
    tooSoonSeconds: 2,
    shortServiceSeconds: 20,
    runOfFives: 10,
    callbackDays: 1,
    fixDays: 5,
    deadlineDays: 'working',
    repeatDays: 90,
  },
};

export interface CallingSettings {
  /** None where another system leads the calling and only ratings are kept here. */
  readonly queues: Readonly<Record<string, QueueSettings>>;
  readonly windows: Readonly<Record<string, WindowSettings>>;
  readonly matters: Readonly<Record<string, MatterSettings>>;
  /** IANA name of the hall's time zone, one that `Intl` knows; business days are local dates of it. */
  readonly timezone: string;
  /** When the hall is open; always, where absent. */
  readonly hours?: Hours;
  readonly rules: CallingRules;
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

/** The department that answers for a matter, else the window's own. */
export function unitOf(settings: CallingSettings, matter: string | null, window: string): string | null {
  const named =
    matter !== null && Object.hasOwn(settings.matters, matter) ? settings.matters[matter] : undefined;
  return named?.unit ?? windowSettings(settings, window)?.unit ?? null;
}

/** Whether a visitor can rate at a window. */
export function hasEvaluator(settings: CallingSettings, window: string): boolean {
  return settings.evaluatorWindows === 'all' || settings.evaluatorWindows.includes(window);
}
