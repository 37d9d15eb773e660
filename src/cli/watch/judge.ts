/** What holds of all that was heard: unknown is not good, and a dead controller's last words are not the present. */
import type { Clock } from '../../kernel/clock.js';
import { type DeviceStatus, deviceStatuses } from '../../protocols/hub/payloads.js';
import { isAcknowledged, isShelved } from '../../supervisor/shelf.js';
import type { Entry, HallBook, Known } from './hall-book.js';
import type { ControllerRow, DeviceRow, Doubt, FaultRow, HallView, SupplyRow } from './hall-view.js';

/** `online` is published again every 10 s and expires after this (docs/contract.md, section 4). */
const statusHoldsMilliseconds = 25_000;
/** Health comes every 30 s; after two that are missing a controller on MQTT 3.1.1 has said nothing for too long. */
const signOfLifeMilliseconds = 75_000;

/** What is known besides the book. */
export interface Surroundings extends Pick<HallView, 'hall' | 'hub' | 'stale' | 'complete'> {
  /** Monotonic time as of which to judge: now, or the moment at which the hub was lost. */
  readonly judgedAtMilliseconds: number;
}

/** The view of this moment. */
export function judge(book: HallBook, clock: Clock, surroundings: Surroundings): HallView {
  const { judgedAtMilliseconds: now, ...rest } = surroundings;
  const controllers: ControllerRow[] = [];
  const faults: FaultRow[] = [];
  const devices: DeviceRow[] = [];
  const queues: HallView['queues'][number][] = [];
  const windows: HallView['windows'][number][] = [];
  const rooms: HallView['rooms'][number][] = [];
  for (const known of book.known) {
    const place = { hall: known.hall, controller: known.controller };
    const row = controllerRow(known, now, clock);
    controllers.push(row);
    const doubtOfSession = (session: number): Doubt | null =>
      row.state !== 'online' ? row.state : session === row.status?.session ? null : 'earlier-start';
    for (const [device, { value }] of known.device) {
      const doubt = value === null ? 'unreadable' : doubtOfSession(value.session);
      const status = doubt === null && value !== null ? value.status : null;
      devices.push({ ...place, device, state: value, doubt, status });
    }
    for (const [key, { value }] of known.fault) {
      if (value === null) continue;
      const [device = '', code = ''] = key.split('/');
      faults.push({ ...place, device, code, fault: value, doubt: doubtOfSession(value.session) });
    }
    const doubtOf = (entry: Entry<'queue' | 'window' | 'room'>): Doubt | null =>
      entry.value === null ? 'unreadable' : row.state === 'online' ? null : row.state;
    for (const [queue, entry] of known.queue) {
      queues.push({ ...place, queue, state: entry.value, doubt: doubtOf(entry) });
    }
    for (const [window, entry] of known.window) {
      windows.push({ ...place, window, state: entry.value, doubt: doubtOf(entry) });
    }
    const { room } = known;
    if (room !== undefined) rooms.push({ ...place, state: room.value, doubt: doubtOf(room) });
  }
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const nameOf = (row: { hall: string; controller: string }, name: string) =>
    `${row.hall}/${row.controller}/${name}`;
  devices.sort(
    (a, b) => badness(a.status) - badness(b.status) || compare(nameOf(a, a.device), nameOf(b, b.device)),
  );
  return {
    ...rest,
    atMilliseconds: clock.wallMilliseconds(),
    controllers: controllers.sort((a, b) => compare(nameOf(a, ''), nameOf(b, ''))),
    faults: faults.sort(worstFirst),
    devices,
    queues: queues.sort((a, b) => compare(nameOf(a, a.queue), nameOf(b, b.queue))),
    windows: windows.sort((a, b) => compare(nameOf(a, a.window), nameOf(b, b.window))),
    rooms: rooms.sort((a, b) => compare(nameOf(a, ''), nameOf(b, ''))),
    supplies: devices.flatMap(suppliesOf).sort((a, b) => compare(nameOf(a, a.device), nameOf(b, b.device))),
    unreadable: book.unreadable,
    leftOut: book.leftOut,
  };
}

function controllerRow(known: Known, now: number, clock: Clock): ControllerRow {
  const place = { hall: known.hall, controller: known.controller };
  const status = known.status?.value ?? null;
  const renewed = isRenewed(known, now);
  const state = status === null || !renewed ? 'unknown' : status.state;
  const health = known.health;
  const fresh = health !== undefined && now - health.heardAtMilliseconds <= signOfLifeMilliseconds;
  return {
    ...place,
    state,
    unknownBecause: state !== 'unknown' ? null : status === null ? 'not-heard' : 'not-renewed',
    sinceMilliseconds: sinceOf(known, state, clock),
    status,
    health: state === 'online' && fresh ? health.value : null,
  };
}

/** Wall time: of the change that we heard; of the last renewal; or, for an orderly stop, as the controller says. */
function sinceOf(known: Known, state: ControllerRow['state'], clock: Clock): number | null {
  const { status, changedAtMilliseconds } = known;
  if (state === 'unknown') {
    if (status === undefined) return null;
    return clock.wallMilliseconds() - clock.monotonicMilliseconds() + status.heardAtMilliseconds;
  }
  if (changedAtMilliseconds !== null || status?.value == null) return changedAtMilliseconds;
  // The time in a will is that of the connection, not of its loss.
  const said = Date.parse(state === 'online' ? status.value.startedAt : status.value.at);
  return state === 'lost' || !Number.isFinite(said) ? null : said;
}

/** Whether the status is still vouched for. `stopped` and `lost` stand until they are replaced. */
function isRenewed({ status, spokeAtMilliseconds = 0 }: Known, now: number): boolean {
  if (status?.value == null) return false;
  if (status.value.state !== 'online') return true;
  // On a broker without expiry nothing is renewed; then any message proves life.
  if (status.value.degraded.includes('status-never-expires')) {
    return now - Math.max(status.heardAtMilliseconds, spokeAtMilliseconds) <= signOfLifeMilliseconds;
  }
  return now - status.heardAtMilliseconds <= statusHoldsMilliseconds;
}

/** Unknown stands beside failure: somebody has to look. */
function badness(status: DeviceStatus | null): number {
  return status === null ? 0.5 : deviceStatuses.indexOf(status);
}

const severityOrder = { high: 0, medium: 1, low: 2 } as const;

/**
 * What nobody has put out of sight first, then what holds, then by severity, those that nobody has seen yet before the
 * others, then the oldest.
 */
function worstFirst(a: FaultRow, b: FaultRow): number {
  return (
    Number(isShelved(a.fault)) - Number(isShelved(b.fault)) ||
    Number(a.doubt !== null) - Number(b.doubt !== null) ||
    severityOrder[a.fault.severity] - severityOrder[b.fault.severity] ||
    Number(isAcknowledged(a.fault)) - Number(isAcknowledged(b.fault)) ||
    (a.fault.since < b.fault.since ? -1 : a.fault.since > b.fault.since ? 1 : 0)
  );
}

const supplyStates: readonly unknown[] = ['ok', 'low', 'empty', 'unknown'];

/** The supplies of a printer, which are among its readings: words such as `ok`, or levels (`blackPercent`). */
function suppliesOf({ hall, controller, device, state, doubt }: DeviceRow): SupplyRow[] {
  if (state === null || !/printer|mfp/.test(state.kind)) return [];
  const supplies = new Map<string, { levelPercent: number | null; state: string | null }>();
  for (const [name, value] of state.readings) {
    const supply = /^(.+?)(Level)?(Percent|State)$/.exec(name)?.[1] ?? name;
    const isLevel = name.endsWith('Percent') && (typeof value === 'number' || value === null);
    const isWord = !isLevel && supplyStates.includes(value);
    if (!isLevel && !isWord && !(name === 'paper' && value === null)) continue;
    const found = supplies.get(supply) ?? { levelPercent: null, state: null };
    if (isLevel) found.levelPercent = value as number | null;
    if (isWord) found.state = value === 'unknown' ? null : (value as string);
    supplies.set(supply, found);
  }
  return [...supplies].map(([supply, found]) => ({ hall, controller, device, supply, ...found, doubt }));
}
