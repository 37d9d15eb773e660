/** Which wire belongs to which bus of the configuration. Native packages load when their bus is opened. */
import type { Clock } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { Carrier } from '../transports/ports.js';
import type { AudioOutput } from '../transports/ports-audio.js';
import type { GpioChip } from '../transports/ports-gpio.js';
import type { I2cAdapter } from '../transports/ports-i2c.js';
import type { AudioBusConfig, ByteBusConfig, GpioBusConfig, I2cBusConfig } from './config/schema.js';

/** Makes the wires of the buses; handed in, so that a virtual hall can bring its own. */
export interface Wiring {
  carrier(name: string, bus: ByteBusConfig): Promise<Carrier>;
  gpioChip(name: string, bus: GpioBusConfig): Promise<GpioChip>;
  i2cAdapter(name: string, bus: I2cBusConfig): Promise<I2cAdapter>;
  audioOutput(name: string, bus: AudioBusConfig): Promise<AudioOutput>;
}

/** The real wires. */
export function realWiring(clock: Clock, log: Log): Wiring {
  return {
    async carrier(_name, bus) {
      switch (bus.type) {
        case 'tcp': {
          const { tcpCarrier } = await import('../transports/tcp.js');
          return tcpCarrier({ host: bus.host, port: bus.port }, clock);
        }
        case 'usb-printer': {
          const { usbPrinterCarrier } = await import('../transports/usb-printer.js');
          return usbPrinterCarrier({ path: bus.path }, clock);
        }
        case 'serial': {
          const { serialCarrier } = await import('../transports/serial.js');
          const { type: _type, ...options } = bus;
          return serialCarrier(options);
        }
      }
    },
    async gpioChip(name, { chip, access }) {
      const { systemGpioChip } = await import('../transports/gpio-chip.js');
      return systemGpioChip({ label: chip, access }, clock, log.child({ bus: name }));
    },
    async i2cAdapter(_name, { number }) {
      const { systemI2cAdapter } = await import('../transports/i2c-adapter.js');
      return systemI2cAdapter({ number }, clock);
    },
    async audioOutput(_name, { card, program }) {
      const { audioPrograms } = await import('../transports/audio-programs.js');
      return audioPrograms({ card, program }, clock);
    },
  };
}
