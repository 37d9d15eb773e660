/** When the hall's day turns, by its own clock. No clock, no wire. */

const minute = 60_000;
const day = 1_440;
/** Until so long after its hour the hall may be found empty; then it is too late for this night. */
const nightMilliseconds = 3 * 60 * minute;
/** The clock is set twice a year: nights lie further apart than that. */
const sameNightMilliseconds = 2 * 60 * minute;

/** `"03:00"` as minutes since midnight. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

export class HallNight {
  /** @param turnsAt minutes since local midnight */
  constructor(private readonly turnsAt: number) {}

  /** The Unix time of the last turn, in milliseconds, rounded down to a minute. */
  lastTurn(wallMilliseconds: number, localMinutes: number): number {
    const passed = (localMinutes - this.turnsAt + day) % day;
    return wallMilliseconds - (wallMilliseconds % minute) - passed * minute;
  }

  /** Whether two turns are of different nights. */
  isOther(turn: number, other: number): boolean {
    return Math.abs(turn - other) > sameNightMilliseconds;
  }

  /** Whether it is still the night of `turn`, and the hall was not emptied in it. */
  isToBeEmptied(turn: number, emptiedAt: number | null, wallMilliseconds: number): boolean {
    if (wallMilliseconds - turn >= nightMilliseconds) return false;
    return emptiedAt === null || emptiedAt < turn || emptiedAt > wallMilliseconds;
  }
}
