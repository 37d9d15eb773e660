/** The names under which serial adapters are found, for people who look for the right one. */
import { readdirSync } from 'node:fs';

/** udev's folder of names that stay the same whichever socket an adapter is plugged into. */
const stableNames = '/dev/serial/by-id';
const mostNamed = 4;

/** Stable names of the adapters that are plugged in now, sorted; none where there is no such folder. */
export function pluggedInAdapters(): string[] {
  try {
    return readdirSync(stableNames)
      .sort()
      .map((name) => `${stableNames}/${name}`);
  } catch {
    return [];
  }
}

/** What to say of a port that is not there: which adapters are, so that a wrong name is seen at once. */
export function whatIsPluggedIn(): string {
  const names = pluggedInAdapters();
  if (names.length === 0) return 'no serial adapter is plugged in';
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return `plugged in are ${names.slice(0, mostNamed).join(', ')}${more}`;
}
