/** What a device can give a person as a sign that it works, by what it can do for the hall and whatever its kind. */
import type { Capabilities } from '../devices/capabilities.js';
import type { HallScreen } from '../hall/screen.js';
import type { Signs } from '../hall/signs.js';

/** `passive`: it can only be used by a person, or nothing was done; it neither works nor fails by that. */
export interface SignOutcome {
  readonly result: 'confirmed' | 'sent' | 'failed' | 'passive';
  readonly reason?: string;
}

/** What a sign is made of. */
export type SignWhat = 'board' | 'voice' | 'paper' | 'lamp' | 'page' | 'reading';

export interface DeviceSign {
  readonly what: SignWhat;
  /** Why it can't be given now, a code; `undefined` where it can. */
  readonly refusal: string | undefined;
  /** It stays until its end: a board's words. Else it is over once it was given: a sentence, a slip. */
  readonly lasts: boolean;
  /** It draws attention only by going on and off. */
  readonly blinks: boolean;
  /** Gives it, or its dark half. `taken` takes it back. */
  show(lit: boolean, taken: AbortSignal): Promise<SignOutcome>;
  /** False where people have come to see something else by now. */
  stands(): boolean;
  /** Brings back what is true now. */
  end(): void;
}

/** The words of a sign. */
export interface SignWords {
  readonly shown: string;
  readonly said: string;
  readonly printed: readonly string[];
}

/** Where signs are given. */
export interface SignPlaces {
  readonly signs: Signs;
  readonly screen: () => HallScreen;
  readonly pages: { sign(device: string, text: string | null): void };
  readonly signals: { sign(device: string, lit: boolean | null): void };
}

/** The alarm, or a blanked hall, takes the place of everything. */
const covered = 'hall.covered';
/** A number that is being called is never hidden. */
const busy = 'device.busy';

/** `undefined` for a device that shows nothing: what it says itself is all there is. */
export function signOf(
  device: string,
  capabilities: Capabilities,
  words: SignWords,
  places: SignPlaces,
): DeviceSign | undefined {
  const { showsTicket, showsHall, speaks, printsTickets, servesPage, signals, invitesRating } = capabilities;
  if (showsTicket !== undefined || showsHall !== undefined) {
    return boardSign(device, showsTicket !== undefined, words, places);
  }
  if (speaks !== undefined) return voiceSign(device, words, places);
  if (printsTickets !== undefined) return paperSign(device, words, places);
  if (servesPage !== undefined) return pageSign(device, servesPage, words, places);
  if (signals !== undefined) {
    return lampSign(undefined, (lit) => places.signals.sign(device, lit));
  }
  if (invitesRating !== undefined) {
    const invited = places.signs.mayRate(invitesRating.window);
    return lampSign(invited ? busy : undefined, (lit) => void places.signs.light(device, lit));
  }
  return undefined;
}

function boardSign(device: string, ofWindow: boolean, words: SignWords, { signs }: SignPlaces): DeviceSign {
  const isBusy = ofWindow ? signs.isCalling(device) : signs.isServing;
  return {
    what: 'board',
    refusal: signs.isCovered ? covered : isBusy ? busy : undefined,
    lasts: true,
    blinks: false,
    async show(lit) {
      const sign = lit ? ({ kind: 'test', text: words.shown } as const) : ({ kind: 'blank' } as const);
      const result = (await signs.show(device, sign)) ?? 'failed';
      return result === 'failed' && !signs.stands(device) ? nothingDone : { result };
    },
    stands: () => signs.stands(device),
    end() {
      if (signs.stands(device)) void signs.show(device, null);
    },
  };
}

/** Something that people are to see has come before it. */
const nothingDone: SignOutcome = { result: 'passive', reason: busy };

function voiceSign(device: string, words: SignWords, { signs }: SignPlaces): DeviceSign {
  return {
    what: 'voice',
    refusal: signs.isCovered ? covered : undefined,
    ...once,
    show: async (_lit, taken) =>
      (await signs.say(device, words.said, taken)) ?? { result: 'failed', reason: 'device.unknown' },
  };
}

function paperSign(device: string, words: SignWords, { signs }: SignPlaces): DeviceSign {
  return {
    what: 'paper',
    refusal: undefined,
    ...once,
    async show() {
      const { result, reason } = (await signs.print(device, words.printed)) ?? {
        result: 'failed',
        reason: 'device.unknown',
      };
      return { result, ...(reason === undefined ? {} : { reason }) };
    },
  };
}

const once = { lasts: false, blinks: false, stands: () => true, end: () => {} } as const;

function pageSign(
  device: string,
  { page, window }: NonNullable<Capabilities['servesPage']>,
  words: SignWords,
  { signs, screen, pages }: SignPlaces,
): DeviceSign {
  const isBusy = (): boolean => {
    if (page === 'hall-display') return signs.isServing;
    if (window === null) return false;
    if (page === 'rating-page') return signs.mayRate(window);
    return screen().windows.some((one) => one.window === window && one.state === 'serving');
  };
  return {
    what: 'page',
    refusal: screen().over !== null ? covered : isBusy() ? busy : undefined,
    lasts: true,
    blinks: false,
    async show(lit) {
      if (lit) pages.sign(device, words.shown);
      return { result: 'sent' };
    },
    stands: () => true,
    end: () => pages.sign(device, null),
  };
}

function lampSign(refusal: string | undefined, light: (lit: boolean | null) => void): DeviceSign {
  return {
    what: 'lamp',
    refusal,
    lasts: true,
    blinks: true,
    async show(lit) {
      light(lit);
      return { result: 'sent' };
    },
    stands: () => true,
    end: () => light(null),
  };
}
