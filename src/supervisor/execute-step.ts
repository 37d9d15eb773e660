import type { BusRack } from './bus-rack.js';
import type { Configuration } from './config/schema.js';
import type { DeviceRack } from './device-rack.js';
import type { HubSlot } from './hub-slot.js';
import type { Step } from './plan.js';
import type { Leadership } from './several/leadership.js';

/** What the steps of a plan are taken by. */
interface Executors {
  readonly buses: Pick<BusRack, 'open' | 'close'>;
  readonly devices: Pick<DeviceRack, 'start' | 'stop'>;
  readonly leadership: Pick<Leadership, 'use'>;
  readonly hub: Pick<HubSlot, 'use'>;
}

/** Takes one step on the way to `configuration`. The hub is not waited for: the hall does not need it. */
export async function executeStep(
  step: Step,
  configuration: Configuration,
  { buses, devices, leadership, hub }: Executors,
): Promise<void> {
  switch (step.do) {
    case 'open-bus':
      return buses.open(step.name, configuration.buses[step.name]!);
    case 'close-bus':
      return buses.close(step.name);
    case 'start-device':
      return devices.start(step.name, configuration);
    case 'stop-device':
      return devices.stop(step.name, configuration.devices[step.name]);
    case 'use-calling':
      return leadership.use(configuration);
    case 'use-hub':
      void hub.use(configuration);
      return;
  }
}
