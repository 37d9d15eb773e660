/** Where it is of use what a device can do: the hall, signal lamps, pages, maintenance, and the signs that a person asks for. */
import type { Capabilities } from '../devices/capabilities.js';
import type { Hall } from '../hall/hall.js';
import type { Clock } from '../kernel/clock.js';
import { DeviceSigns } from './device-signs.js';
import type { DeviceStates } from './device-states.js';
import type { FaultBook } from './fault-book.js';
import { MaintenanceDesk } from './maintenance-desk.js';
import type { PageDesk } from './page-desk.js';
import { SignalDesk } from './signal-desk.js';

interface CapabilityDesksOptions {
  readonly clock: Clock;
  readonly hall: Hall;
  readonly pages: Pick<PageDesk, 'add' | 'sign'>;
  readonly faults: Pick<FaultBook, 'standing' | 'onChange'>;
  readonly states: Pick<DeviceStates, 'stateOf' | 'proofOf'>;
}

export class CapabilityDesks {
  readonly maintenance = new MaintenanceDesk();
  readonly signs: DeviceSigns;
  readonly #signals: SignalDesk;

  constructor(private readonly options: CapabilityDesksOptions) {
    const { clock, hall, pages, faults, states } = options;
    this.#signals = new SignalDesk(faults);
    this.signs = new DeviceSigns({
      clock,
      states,
      places: { signs: hall.signs, screen: () => hall.screen.now, pages, signals: this.#signals },
    });
  }

  /** A device joins all those that can use it. Returns the function that takes it away from them. */
  attach(device: string, capabilities: Capabilities): () => void {
    const { hall, pages } = this.options;
    const undo = [hall.attach(device, capabilities), this.signs.add(device, capabilities)];
    const { signals, servesPage, maintained } = capabilities;
    if (signals !== undefined) undo.push(this.#signals.add(device, signals));
    if (maintained !== undefined) undo.push(this.maintenance.add(device, maintained));
    if (servesPage !== undefined) undo.push(pages.add(device, servesPage));
    return () => {
      for (const one of undo) one();
    };
  }
}
