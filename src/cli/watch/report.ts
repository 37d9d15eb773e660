/** The view as JSON, for programs. Unknown is `null`; what does not hold stands below `last`. */

import { rfc3339 } from '../../kernel/clock.js';
import type { Json } from '../../kernel/json.js';
import type { HallView, Place } from './hall-view.js';

/** `{at, hub, halls: [{hall, controllers: [{controller, state, faults, devices, room, …}]}], unreadable, leftOut}`. */
export function reportOf(view: HallView): object {
  const halls = [...new Set(view.controllers.map(({ hall }) => hall))];
  return {
    at: rfc3339(view.atMilliseconds),
    hub: { url: view.hub.url, detail: view.hub.detail === '' ? null : view.hub.detail },
    halls: halls.map((hall) => ({
      hall,
      controllers: view.controllers.filter((row) => row.hall === hall).map((row) => controllerOf(view, row)),
    })),
    unreadable: view.unreadable,
    leftOut: view.leftOut,
  };
}

function controllerOf(view: HallView, row: HallView['controllers'][number]): object {
  const mine = <Row extends Place>(rows: readonly Row[]) =>
    rows.filter((one) => one.hall === row.hall && one.controller === row.controller);
  const { status, sinceMilliseconds } = row;
  return {
    controller: row.controller,
    state: row.state,
    unknownBecause: row.unknownBecause,
    since: sinceMilliseconds === null ? null : rfc3339(sinceMilliseconds),
    session: status?.session ?? null,
    version: status === null || status.version === '' ? null : status.version,
    configRevision: status?.configRevision ?? null,
    startedAt: status === null || status.startedAt === '' ? null : status.startedAt,
    degraded: status?.degraded ?? [],
    health: row.health,
    faults: mine(view.faults).map(({ device, code, doubt, fault }) => ({
      device,
      code,
      holds: doubt === null,
      doubt,
      ...fault,
    })),
    devices: mine(view.devices).map(({ device, status: now, doubt, state }) => ({
      device,
      kind: state?.kind ?? null,
      status: now,
      verified: doubt === null && state !== null ? state.verified : null,
      doubt,
      ...(doubt === null && state !== null
        ? { faults: state.faults, cause: state.cause ?? null, readings: readingsOf(state.readings) }
        : { last: state === null ? null : { ...state, readings: readingsOf(state.readings) } }),
    })),
    queues: mine(view.queues).map(({ queue, doubt, state }) => ({ queue, ...holding(doubt, state) })),
    windows: mine(view.windows).map(({ window, doubt, state }) => ({ window, ...holding(doubt, state) })),
    room: mine(view.rooms).map(({ doubt, state }) => holding(doubt, state))[0] ?? null,
    supplies: mine(view.supplies).map(({ device, supply, levelPercent, state, doubt }) => ({
      device,
      supply,
      levelPercent: doubt === null ? levelPercent : null,
      state: doubt === null ? state : null,
      doubt,
    })),
  };
}

function holding(doubt: string | null, state: object | null): object {
  return doubt === null ? { doubt, ...state } : { doubt, last: state };
}

function readingsOf(readings: readonly (readonly [string, Json])[]): object {
  return Object.fromEntries(readings);
}
