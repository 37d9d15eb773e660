import type { DeviceContext } from '../kind.js';

const dayMinutes = 24 * 60;
/** Local times are from ten hours behind UTC to fourteen before it; the few beyond get a date that is as good. */
const furthestBehindMinutes = 10 * 60;

/** The hall's date, `YYYY-MM-DD`, while the hall is open; `null` while it is closed or the clock can't be trusted. */
export function openDay({
  clock,
  localMinutes,
  isOpen,
}: Pick<DeviceContext, 'clock' | 'localMinutes' | 'isOpen'>): string | null {
  const minutes = localMinutes();
  if (minutes === null || !isOpen()) return null;
  const wall = clock.wallMilliseconds();
  const utcMinutes = Math.floor(wall / 60_000) % dayMinutes;
  const ahead = (minutes - utcMinutes + furthestBehindMinutes + dayMinutes) % dayMinutes;
  const local = wall + (ahead - furthestBehindMinutes) * 60_000;
  return Number.isFinite(local) ? new Date(local).toISOString().slice(0, 10) : null;
}
