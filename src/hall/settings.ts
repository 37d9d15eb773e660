/** What the hall needs of the configuration. */
import type { CallingSettings } from '../calling/settings.js';
import type { Language } from '../kernel/text.js';
import type { HallScreen } from './screen.js';

export interface HallSettings {
  readonly hall: string;
  readonly language: Language;
  /** This controller leads the calling; else another system does, and asks for what is to be done. */
  readonly leads: boolean;
  /** The controller of this hall that leads, where this one is its hand: that one looks after what fails, too. */
  readonly follows?: string;
  /**
   * The leader is away and this hand calls numbers of its own, which staff give out by hand: where nothing here prints
   * tickets, `next` gives out the next number by itself.
   */
  readonly manual?: boolean;
  readonly calling: CallingSettings;
  /** Address for the QR code of a ticket, with `{ticket}` and `{number}`. */
  readonly publicUrl?: string;
  /** What pages call the levels and reasons of ratings. */
  readonly rating: HallScreen['rating'];
}

/** Neither this controller leads nor another one whose hand it is: a hub does. */
export function isLedByHub(settings: HallSettings | undefined): boolean {
  return settings !== undefined && !settings.leads && settings.follows === undefined;
}
