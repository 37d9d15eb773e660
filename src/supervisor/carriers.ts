/** Which carrier belongs to which bus of the configuration. Native packages load when their bus is opened. */
import type { Clock } from '../kernel/clock.js';
import type { Carrier } from '../transports/ports.js';
import type { BusConfig } from './config/schema.js';

/** Makes the carrier of a bus; handed in, so that a virtual hall can bring its own cables. */
export type CarrierFor = (name: string, bus: BusConfig) => Promise<Carrier>;

/** The real wires. */
export function realCarriers(clock: Clock): CarrierFor {
  return async (_name, bus) => {
    if (bus.type === 'tcp') {
      const { tcpCarrier } = await import('../transports/tcp.js');
      return tcpCarrier({ host: bus.host, port: bus.port }, clock);
    }
    const { serialCarrier } = await import('../transports/serial.js');
    const { type: _type, ...options } = bus;
    return serialCarrier(options);
  };
}
