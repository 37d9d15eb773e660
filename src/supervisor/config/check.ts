/** Checks a configuration document as a whole: every problem at once, without touching hardware. */
import * as v from 'valibot';
import { pageBus } from '../../devices/pages.js';
import { isMapping } from '../../kernel/json.js';
import { checkBuses, checkFarEnds } from './check-buses.js';
import { checkCalling } from './check-calling.js';
import { checkDevices } from './check-devices.js';
import { checkDoubles } from './check-doubles.js';
import { checkKeys } from './check-keys.js';
import { checkSeveral } from './check-several.js';
import { extentProblems } from './extent.js';
import { checkKioskQueues, checkPageTokens, pageBusOf } from './http.js';
import { checkValue, describeValue, type Problem, pathOf } from './problems.js';
import type { FindProfile } from './profile.js';
import { type Configuration, documentEntries, hoursKey } from './schema.js';

export type { BoardProfile, FindProfile } from './profile.js';

interface CheckResult {
  /** Present where there are no problems. */
  readonly configuration?: Configuration;
  readonly problems: readonly Problem[];
}

/** Checks a parsed document (any value). */
export function checkDocument(document: unknown, findProfile: FindProfile): CheckResult {
  const problems: Problem[] = extentProblems(document);
  if (problems.length > 0) return { problems };
  if (!isMapping(document)) {
    return { problems: [{ path: '', message: `found ${describeValue(document)}, expected a mapping` }] };
  }
  const { buses: rawBuses = {}, devices: rawDevices = {}, ...rest } = document;
  const entries = checkValue(v.strictObject(documentEntries), rest, '', problems, ['buses', 'devices']);
  checkHours(document.hours, problems);
  const buses = checkBuses(rawBuses, problems);
  const http = entries?.http === undefined ? undefined : pageBusOf(entries.http);
  if (document.http !== undefined && buses.has(pageBus)) {
    const message = `the name "${pageBus}" is that of the section ${pageBus}; choose another`;
    problems.push({ path: pathOf('buses', pageBus), message });
  }
  // Also where the section is not valid: then that is said, and not that there is none.
  const named =
    document.http === undefined || !isMapping(rawBuses) ? rawBuses : { ...rawBuses, [pageBus]: null };
  if (http !== undefined) buses.set(pageBus, http);
  const devices = checkDevices(rawDevices, named, buses, findProfile, problems);
  checkPageTokens(http, devices, problems);
  checkKioskQueues(document.calling, devices, problems);
  checkFarEnds(buses, problems);
  checkDoubles(buses, devices, findProfile, problems);
  if (isMapping(document.calling)) checkCalling(document.calling, devices, findProfile, problems);
  checkSeveral(document, problems);
  checkKeys(document, problems);
  if (problems.length > 0 || entries === undefined) return { problems };
  const configuration = {
    ...entries,
    buses: Object.fromEntries(buses),
    devices: Object.fromEntries(devices),
  };
  return { configuration: configuration as Configuration, problems };
}

function checkHours(hours: unknown, problems: Problem[]): void {
  if (!isMapping(hours)) return;
  for (const key of Object.keys(hours)) {
    if (key === 'holidays' || key === 'workdays') continue;
    if (!v.is(hoursKey, key)) {
      problems.push({
        path: pathOf('hours', key),
        message: `found "${key}", expected a day or range of days (mon, mon-fri), holidays or workdays`,
      });
    }
  }
}
