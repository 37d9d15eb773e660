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
    event: (type: string) => `${root}/event/${type}`,
    command: (name: string) => `${root}/command/${name}`,
    reply: (id: string) => `${root}/reply/${id}`,
    configDesired: `${root}/config/desired`,
    configReported: `${root}/config/reported`,
    /** All commands of this controller. */
    allCommands: `${root}/command/+`,
    /** Every topic on which this controller keeps retained state besides its status and configuration. */
    allRetainedState: [`${root}/device/+`, `${root}/fault/+/+`, `${root}/queue/+`, `${root}/window/+`],
  } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

/** MQTT client id of a controller. */
export function clientIdOf(hall: string, controller: string): string {
  return `hallward-${hall}-${controller}`;
}
