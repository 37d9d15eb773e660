/** Which wire belongs to which bus of the configuration. Native packages load when their bus is opened. */
import type { Clock } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { ippAddress } from '../transports/ipp-address.js';
import type { Carrier } from '../transports/ports.js';
import type { AudioOutput } from '../transports/ports-audio.js';
import type { GpioChip } from '../transports/ports-gpio.js';
import type { I2cAdapter } from '../transports/ports-i2c.js';
import type { IppBus } from '../transports/ports-ipp.js';
import type { SnmpBus } from '../transports/ports-snmp.js';
import type {
  AudioBusConfig,
  ByteBusConfig,
  FirmataBusConfig,
  GpioBusConfig,
  I2cBusConfig,
  IppBusConfig,
  SnmpBusConfig,
} from './config/schema.js';
import { LateIppBus, LateSnmpBus, secretOf } from './late-bus.js';

/** Makes the wires of the buses; handed in, so that a virtual hall can bring its own. */
export interface Wiring {
  carrier(name: string, bus: ByteBusConfig | FirmataBusConfig): Promise<Carrier>;
  gpioChip(name: string, bus: GpioBusConfig): Promise<GpioChip>;
  i2cAdapter(name: string, bus: I2cBusConfig): Promise<I2cAdapter>;
  audioOutput(name: string, bus: AudioBusConfig): Promise<AudioOutput>;
  snmpBus(name: string, bus: SnmpBusConfig): Promise<SnmpBus>;
  ippBus(name: string, bus: IppBusConfig): Promise<IppBus>;
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
        case 'firmata': {
          const { serialCarrier } = await import('../transports/serial.js');
          const { path, baudRate } = bus;
          return serialCarrier({ path, baudRate, parity: 'none', dataBits: 8, stopBits: 1, rs485: 'auto' });
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
    ...networkPrinters(clock),
  };
}

/** Printers on the network: also in a virtual hall, whose printers have real sockets. */
export function networkPrinters(clock: Clock): Pick<Wiring, 'snmpBus' | 'ippBus'> {
  return {
    snmpBus: async (name, config) => {
      const { communityFile, authKeyFile, privKeyFile } = config;
      const hasSecrets = [communityFile, authKeyFile, privKeyFile].some((file) => file !== undefined);
      return new LateSnmpBus(name, () => openSnmp(name, config, clock), hasSecrets);
    },
    ippBus: async (name, config) => {
      const { printerUri } = ippAddress(config.url);
      return new LateIppBus(name, printerUri, () => openIpp(name, config, clock), config.ca !== undefined);
    },
  };
}

/** RFC 3414, 11.2. */
const leastPassPhrase = 8;

async function openSnmp(name: string, config: SnmpBusConfig, clock: Clock): Promise<SnmpBus> {
  const { host, port, version, communityFile, user, authKeyFile, privKeyFile, timeoutMilliseconds } = config;
  const at = (option: string) => `buses.${name}.${option}`;
  const read = async (option: string, file: string | undefined, least?: number) =>
    file === undefined ? undefined : secretOf(at(option), file, least);
  const [community, authKey, privKey] = await Promise.all([
    read('communityFile', communityFile),
    read('authKeyFile', authKeyFile, leastPassPhrase),
    read('privKeyFile', privKeyFile, leastPassPhrase),
  ]);
  const { snmpBus } = await import('../transports/snmp.js');
  return snmpBus(
    name,
    {
      ...{ host, port, version, timeoutMilliseconds, retries: 1 },
      ...(community === undefined ? {} : { community }),
      ...(user === undefined
        ? {}
        : {
            user: {
              name: user,
              ...(authKey === undefined ? {} : { authProtocol: config.authProtocol, authKey }),
              ...(privKey === undefined ? {} : { privProtocol: config.privProtocol, privKey }),
            },
          }),
    },
    clock,
  );
}

async function openIpp(name: string, config: IppBusConfig, clock: Clock): Promise<IppBus> {
  const { url, ca: caFile, timeoutMilliseconds } = config;
  const ca = caFile === undefined ? undefined : await secretOf(`buses.${name}.ca`, caFile, 1, false);
  const { ippBus } = await import('../transports/ipp.js');
  return ippBus(name, { url, timeoutMilliseconds, ...(ca === undefined ? {} : { ca }) }, clock);
}
