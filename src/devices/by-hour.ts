/** A percentage by the hour, of volume or brightness: `{"12:00-13:30": 30}`. A range may pass midnight. */

/** A range of the day in minutes since midnight; `to` is not in it, and may lie before `from`. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** `22:00-06:00`. */
export const hourRange = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

export type PercentByHour = Readonly<Record<string, number>>;

/**
 * The volume at a time of day: that of the range it lies in, else `standard`.
 * @param localMinutes minutes since local midnight; `null` where the time is not known: then it is `standard`
 */
export function percentAt(byHour: PercentByHour, localMinutes: number | null, standard: number): number {
  if (localMinutes === null) return standard;
  for (const [range, percent] of Object.entries(byHour)) {
    if (isWithin(rangeOf(range), localMinutes)) return percent;
  }
  return standard;
}

/** What two of the ranges have in common, or that one has no length; nobody could say which counts. */
export function hourProblems(byHour: PercentByHour): { readonly range: string; readonly message: string }[] {
  const ranges = Object.keys(byHour).filter((range) => hourRange.test(range));
  return ranges.flatMap((range, index) => {
    const one = rangeOf(range);
    if (one.from === one.to)
      return [{ range, message: 'found a range without length, expected one such as "12:00-13:30"' }];
    const other = ranges.slice(0, index).find((earlier) => {
      const two = rangeOf(earlier);
      return isWithin(one, two.from) || isWithin(two, one.from);
    });
    return other === undefined ? [] : [{ range, message: `overlaps with "${other}"` }];
  });
}

function rangeOf(range: string): Range {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return { from: minutes(range.slice(0, 5)), to: minutes(range.slice(6)) };
}

function isWithin({ from, to }: Range, minutes: number): boolean {
  return from < to ? from <= minutes && minutes < to : minutes >= from || minutes < to;
}
