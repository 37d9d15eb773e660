/** What a watch says of a waiting area, in both languages. */
import type { Language } from '../../kernel/text.js';
import type { RoomRow } from './hall-view.js';
import type { Seen } from './payloads.js';

type Room = Seen<'room'>;

/** The pieces of a room's line. */
export interface RoomWords {
  readonly seats: string;
  readonly people: string;
  readonly standing: string;
}

/** People stand and there is no seat for them. */
export function isCrowded({ state, doubt }: RoomRow): boolean {
  if (doubt !== null || state === null) return false;
  const { seats, taken, standing } = state;
  return taken !== null && seats > 0 && taken >= seats && standing !== null && standing.low > 0;
}

/**
 * `12 of 80 seats taken`, `130-150 people inside`, `40-55 standing`; with `?` where it does not hold, and `seats ?` and
 * so on for what is not known.
 * @param isShort the same in fewer words: `12/80 seats`, `130-150 inside`, `40-55 standing`.
 */
export function roomWords(state: Room, isDoubtful: boolean, language: Language, isShort: boolean): RoomWords {
  const mark = isDoubtful ? '?' : '';
  const { people, standing } = state;
  const some = (band: NonNullable<Room['people']>) => `${bandWords(band, language)}${mark}`;
  const seats = seatWords(state, mark, language, isShort);
  if (language === 'en') {
    const isOne = people?.high === 1 && people.low === 1;
    const inside = isShort ? 'inside' : isOne ? 'person inside' : 'people inside';
    return {
      seats,
      people: people === null ? 'people ?' : `${some(people)} ${inside}`,
      standing: standing === null ? 'standing ?' : `${some(standing)} standing`,
    };
  }
  const unit = isShort ? '' : ' 人';
  return {
    seats,
    people: people === null ? '人数 ?' : `厅内 ${some(people)}${unit}`,
    standing: standing === null ? '站立 ?' : `站立 ${some(standing)}${unit}`,
  };
}

function seatWords({ seats, taken }: Room, mark: string, language: Language, isShort: boolean): string {
  const isEnglish = language === 'en';
  // No seat is watched: how many there are is not known either.
  if (seats === 0) return isEnglish ? 'seats ?' : '座位 ?';
  const sat = taken === null ? '?' : `${taken}${mark}`;
  if (isShort) return isEnglish ? `${sat}/${seats} seats` : `座位 ${sat}/${seats}`;
  return isEnglish ? `${sat} of ${seats} seats taken` : `${seats} 个座位已占 ${sat} 个`;
}

/** Whole people: the lowest rounded down, the highest up. */
function bandWords({ low, high }: NonNullable<Room['people']>, language: Language): string {
  const [least, most] = [Math.floor(low), Math.ceil(high)];
  return least === most ? String(least) : `${least}${language === 'en' ? '-' : '~'}${most}`;
}
