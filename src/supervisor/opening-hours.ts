/** Whether the hall is open, by its configured hours, holidays and worked weekend days (调休). */
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export type Hours = Readonly<Record<string, readonly string[]>>;

/** Says whether a moment (Unix milliseconds) lies within `hours`; always true without hours. */
export function openingHours(
  hours: Hours | undefined,
  timezone: string,
): (wallMilliseconds: number) => boolean {
  if (hours === undefined) return () => true;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    weekday: 'short',
  });
  const ranges = Object.entries(hours).filter(([key]) => key !== 'holidays' && key !== 'workdays');
  return (wallMilliseconds) => {
    const parts = Object.fromEntries(
      format.formatToParts(wallMilliseconds).map(({ type, value }) => [type, value]),
    );
    const date = `${parts.year}-${parts.month}-${parts.day}`;
    const time = `${parts.hour}:${parts.minute}`;
    if (hours.holidays?.includes(date)) return false;
    // A worked weekend day has the hours of a Monday.
    const weekday = hours.workdays?.includes(date) ? 'mon' : (parts.weekday ?? '').toLowerCase();
    return ranges.some(
      ([days, times]) =>
        includesDay(days, weekday) &&
        times.some((range) => time >= range.slice(0, 5) && time < range.slice(6)),
    );
  };
}

/** `mon-fri` includes `wed`; `sat-mon` includes `sun`. */
function includesDay(days: string, weekday: string): boolean {
  const [first = '', last = first] = days.split('-');
  const [from, to, day] = [first, last, weekday].map((name) =>
    dayNames.indexOf(name as (typeof dayNames)[number]),
  ) as [number, number, number];
  return from <= to ? day >= from && day <= to : day >= from || day <= to;
}
