/** The topics of the hub protocol, version 1 (docs/contract.md, section 4). */

/** A hall's or controller's name: safe as one topic level. */
export const namePattern = /^[a-z0-9-]{1,40}$/;

/** `hallward/v1/{hall}/{controller}` and what stands below it. */
export function topicsOf(hall: string, controller: string) {
  const root = `hallward/v1/${hall}/${controller}`;
  return {
    root,
    status: `${root}/status`,
    health: `${root}/health`,
    device: (device: string) => `${root}/device/${device}`,
    fault: (device: string, code: string) => `${root}/fault/${device}/${code}`,
    queue: (queue: string) => `${root}/queue/${queue}`,
    window: (window: string) => `${root}/window/${window}`,
    ratings: `${root}/ratings`,
    channels: `${root}/channels`,
    /** Seats, people and who stands (`RoomState`). */
    room: `${root}/room`,
    /** Who leads a queue: one controller of a hall (`hall-payloads.ts`, as the three below). */
    claim: (queue: string) => `${root}/claim/${queue}`,
    /** Who waits in a queue that other boards help to serve. */
    waiting: (queue: string) => `${root}/waiting/${queue}`,
    /** Heartbeats between the controller that leads a hall and its hands. */
    leading: `${root}/leading`,
    following: `${root}/following`,
    event: (type: string) => `${root}/event/${type}`,
    command: (name: string) => `${root}/command/${name}`,
    reply: (id: string) => `${root}/reply/${id}`,
    configDesired: `${root}/config/desired`,
    configReported: `${root}/config/reported`,
    /** All commands of this controller. */
    allCommands: `${root}/command/+`,
    /** Every topic on which this controller keeps retained state besides its status and configuration. */
    allRetainedState: [
      `${root}/device/+`,
      `${root}/fault/+/+`,
      `${root}/queue/+`,
      `${root}/window/+`,
      `${root}/ratings`,
      `${root}/channels`,
      `${root}/room`,
      `${root}/claim/+`,
      `${root}/waiting/+`,
    ],
  } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

/** Topics of every controller of a hall, as filters; the controller's name is the fourth level. */
export function hallFilters(hall: string) {
  const any = `hallward/v1/${hall}/+`;
  return { status: `${any}/status`, claim: `${any}/claim/+` } as const;
}

/** Whose topic it is, and what stands below the controller's root; `undefined` for a topic of another kind. */
export function readTopic(
  topic: string,
): { readonly controller: string; readonly below: string } | undefined {
  const match = /^hallward\/v1\/[^/]+\/([^/]+)\/(.+)$/s.exec(topic);
  return match === null ? undefined : { controller: match[1]!, below: match[2]! };
}

/** MQTT client id of a controller. */
export function clientIdOf(hall: string, controller: string): string {
  return `hallward-${hall}-${controller}`;
}
