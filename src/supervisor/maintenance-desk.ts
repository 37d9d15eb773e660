/** What people have done to devices: a new roll, a cleaned washroom. */
import type { Maintained } from '../devices/capabilities.js';
import type { CommandHandlers } from './command-desk.js';
import { refused } from './refused.js';

export class MaintenanceDesk {
  readonly #devices = new Map<string, Maintained>();

  /** Connects a device. Returns the function that takes it away. */
  add(device: string, maintained: Maintained): () => void {
    this.#devices.set(device, maintained);
    return () => {
      if (this.#devices.get(device) === maintained) this.#devices.delete(device);
    };
  }

  get(device: string): Maintained | undefined {
    return this.#devices.get(device);
  }
}

/** The commands that tell of such work. */
export function maintenanceCommands(
  desk: MaintenanceDesk,
): Pick<CommandHandlers, 'supply.replaced' | 'washroom.cleaned'> {
  return {
    'supply.replaced': ({ device, supply = null, by = null }) => {
      const replaced = desk.get(device)?.supplyReplaced;
      if (replaced === undefined)
        return refused('device.unknown', `There is no device ${device} with supplies.`);
      if (!replaced(supply, by)) {
        return refused(
          'supply.unknown',
          `${device} has no supply ${supply ?? 'that could be meant'}; name one.`,
        );
      }
      return { ok: true, result: { device, supply } };
    },
    'washroom.cleaned': ({ device, by = null }) => {
      const cleaned = desk.get(device)?.cleaned;
      if (cleaned === undefined) return refused('device.unknown', `There is no washroom ${device}.`);
      cleaned(by);
      return { ok: true, result: { device } };
    },
  };
}
