/** How it stands with a device: NAMUR NE 107. */

/** Worst first. */
export const deviceStatuses = [
  'failure',
  'function-check',
  'out-of-specification',
  'maintenance-required',
  'good',
] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

/** The worst of some; `good` of none. */
export function worstStatus(statuses: Iterable<DeviceStatus>): DeviceStatus {
  let worst = deviceStatuses.length - 1;
  for (const status of statuses) worst = Math.min(worst, deviceStatuses.indexOf(status));
  return deviceStatuses[worst]!;
}
