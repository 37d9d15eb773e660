/** What the hall is given of the layers above it: the hub's topics, the fault book, the storage. */
import type { HallPorts } from '../hall/ports.js';
import type { Topics } from '../protocols/hub/topics.js';
import type { FaultBook } from './fault-book.js';
import type { HubSlot } from './hub-slot.js';

export interface HallPortsOptions
  extends Pick<HallPorts, 'clock' | 'processClock' | 'boot' | 'newId' | 'state' | 'log' | 'commit'> {
  readonly topics: Topics;
  readonly hub: Pick<HubSlot, 'setRetained'>;
  readonly faults: Pick<FaultBook, 'raise' | 'clear'>;
  readonly claimedElsewhere: (queue: string) => string | null;
}

/** The hall's ports to this controller. */
export function hallPorts({ topics, hub, faults, ...given }: HallPortsOptions): HallPorts {
  return {
    ...given,
    publishQueue: (queue, state) => hub.setRetained(topics.queue(queue), state),
    publishWindow: (window, state) => hub.setRetained(topics.window(window), state),
    publishChannels: (state) => hub.setRetained(topics.channels, state),
    publishRoom: (state) => hub.setRetained(topics.room, state),
    raise: (fault) => faults.raise(ownFault(fault)),
    clear: (device, code) => faults.clear(isFar(device) ? 'controller' : device, code),
  };
}

/** A device of another board of the hall, as its leader knows it: `row-b/rate-7`. */
function isFar(device: string): boolean {
  return device.includes('/');
}

/** What is wrong at a device of another board is told as this controller's, naming the device. */
function ownFault(fault: Parameters<HallPorts['raise']>[0]): Parameters<HallPorts['raise']>[0] {
  return isFar(fault.device) ? { ...fault, device: 'controller', parts: [fault.device] } : fault;
}
