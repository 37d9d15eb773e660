/** The far end of every bus of a configuration, and what a hand can do to the bus itself. */
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import {
  type MemoryCable,
  memoryCable,
  type SimulatedAds1115,
  type SimulatedFirmataBoard,
  type SimulatedGpio,
  type SimulatedI2cPanel,
  type SimulatedIppPrinter,
  type SimulatedPin,
  type SimulatedSnmpPrinter,
  simulatedAds1115,
  simulatedAudio,
  simulatedFirmataBoard,
  simulatedGpio,
  simulatedI2c,
  simulatedIppPrinter,
  simulatedMcp23017,
  simulatedPcf857x,
  simulatedSnmpPrinter,
} from '../../simulator/index.js';
import type { BusConfig, Configuration } from '../../supervisor/config/schema.js';
import { networkPrinters, type Wiring } from '../../supervisor/wiring.js';
import { both, type Front, type LineEnd, order } from './front.js';

/** As many as a configuration can name. */
const gpioLines = 1024;
/** Of each byte to be disturbed while there is noise. */
const noiseProbability = 0.02;

type Audio = ReturnType<typeof simulatedAudio>;
type I2c = ReturnType<typeof simulatedI2c>;

/** Lines, or inputs, of one bus, by what the configuration calls them. */
type Lines = (line: unknown) => LineEnd | undefined;
type Channels = (channel: number) => { volts(volts: number): void };

/** Makes the far ends of all buses. Those of printers on the network listen on loopback. */
export async function busEnds(configuration: Configuration, clock: Clock): Promise<BusEnds> {
  const ends = new BusEnds(clock);
  const buses = Object.entries(configuration.buses);
  // A chip is attached to the wires that it hangs on.
  for (const [name, bus] of buses) if (!('bus' in bus)) await ends.add(name, bus);
  for (const [name, bus] of buses) if ('bus' in bus) await ends.add(name, bus);
  return ends;
}

export class BusEnds {
  readonly fronts = new Map<string, Front>();
  readonly #cables = new Map<string, MemoryCable>();
  readonly #chips = new Map<string, SimulatedGpio>();
  readonly #i2c = new Map<string, I2c>();
  readonly #audio = new Map<string, Audio>();
  readonly #lines = new Map<string, Lines>();
  readonly #channels = new Map<string, Channels>();
  readonly #snmp = new Map<string, SimulatedSnmpPrinter>();
  readonly #ipp = new Map<string, SimulatedIppPrinter>();
  readonly #ends: (() => unknown)[] = [];
  readonly wiring: Wiring;

  constructor(private readonly clock: Clock) {
    const printers = networkPrinters(clock);
    this.wiring = {
      carrier: async (bus) => found(this.#cables, bus).carrier,
      gpioChip: async (bus) => found(this.#chips, bus).chip,
      i2cAdapter: async (bus) => found(this.#i2c, bus).adapter,
      audioOutput: async (bus) => found(this.#audio, bus).output,
      // Secrets are the real hall's; the printers here have none.
      snmpBus: async (bus, { type, timeoutMilliseconds, authProtocol, privProtocol }) =>
        printers.snmpBus(bus, {
          ...{ type, timeoutMilliseconds, authProtocol, privProtocol, version: '2c' },
          ...{ host: '127.0.0.1', port: found(this.#snmp, bus).port },
        }),
      ippBus: async (bus, { type, timeoutMilliseconds }) =>
        printers.ippBus(bus, { type, timeoutMilliseconds, url: found(this.#ipp, bus).url }),
    };
  }

  farEnd(bus: string) {
    return found(this.#cables, bus).farEnd;
  }

  i2c(bus: string): SimulatedI2cPanel {
    return found(this.#i2c, bus).panel;
  }

  audio(bus: string): Audio['panel'] {
    return found(this.#audio, bus).panel;
  }

  snmp(bus: string): SimulatedSnmpPrinter {
    return found(this.#snmp, bus);
  }

  ipp(bus: string): SimulatedIppPrinter {
    return found(this.#ipp, bus);
  }

  /** `undefined` for a line with a name of its own, which has no far end here. */
  line(bus: string, line: unknown): LineEnd | undefined {
    return found(this.#lines, bus)(line);
  }

  channel(bus: string, channel: number): { volts(volts: number): void } {
    return found(this.#channels, bus)(channel);
  }

  /** Something that must end with the wires. */
  ends(end: () => void): void {
    this.#ends.push(end);
  }

  async close(): Promise<void> {
    for (const end of this.#ends) await end();
  }

  async add(name: string, bus: BusConfig): Promise<void> {
    const orders = await this.#make(name, bus);
    this.fronts.set(name, { what: bus.type, orders });
  }

  async #make(name: string, bus: BusConfig): Promise<Front['orders']> {
    const { clock } = this;
    switch (bus.type) {
      case 'gpio': {
        const gpio = simulatedGpio({ label: bus.chip, lines: gpioLines, clock });
        this.#chips.set(name, gpio);
        this.#lines.set(name, (line) => {
          const offset = offsetOf(line, /^GPIO(\d+)$/);
          return offset === undefined ? undefined : gpioEnd(gpio, offset);
        });
        return plug(gpio.panel);
      }
      case 'audio': {
        const audio = simulatedAudio({ clock, address: bus.card });
        this.#audio.set(name, audio);
        return plug(audio.panel);
      }
      case 'i2c': {
        const i2c = simulatedI2c({ number: bus.number, clock });
        this.#i2c.set(name, i2c);
        return [
          order('hold', both('总线被拉低', 'its wires are held low'), () => i2c.panel.holdLow()),
          order('release', both('总线恢复', 'they are let go'), () => i2c.panel.release()),
          ...plug(i2c.panel),
        ];
      }
      case 'expander': {
        const chip =
          bus.chip === 'mcp23017' ? simulatedMcp23017() : simulatedPcf857x(bus.chip === 'pcf8574' ? 8 : 16);
        this.i2c(bus.bus).attach(bus.address, chip);
        this.#lines.set(name, (line) => {
          const pin = offsetOf(line, /^P(\d)$/) ?? portPin(line);
          return pin === undefined ? undefined : pinEnd(chip.pin(pin));
        });
        return power(chip.power);
      }
      case 'adc': {
        const chip: SimulatedAds1115 = simulatedAds1115(clock);
        this.i2c(bus.bus).attach(bus.address, chip);
        this.#channels.set(name, (channel) => chip.channel(channel));
        return [
          order('freeze', both('数值不再变化', 'its values stay as they are'), () => chip.freeze()),
          order('thaw', both('恢复', 'they change again'), () => chip.thaw()),
          ...power(chip.power),
        ];
      }
      case 'firmata': {
        const cable = this.#cable(name, bus.baudRate);
        const board = simulatedFirmataBoard(cable.farEnd, clock);
        this.#lines.set(name, (line) => boardEnd(board, line));
        this.#channels.set(name, (channel) => ({
          volts: (volts) => board.analog(channel).set(volts / bus.referenceVolts),
        }));
        return [
          order('reset', both('按复位键', 'its reset button'), () => board.reset()),
          ...power(board.power),
          ...this.#cableOrders(cable),
        ];
      }
      case 'snmp': {
        const printer = await simulatedSnmpPrinter();
        this.#snmp.set(name, printer);
        this.#ends.push(() => printer.close());
        return [];
      }
      case 'ipp': {
        const printer = await simulatedIppPrinter({ clock });
        this.#ipp.set(name, printer);
        this.#ends.push(() => printer.close());
        return [];
      }
      case 'page':
        // Pages are served as they are: their far ends are browsers.
        return [];
      default:
        return this.#cableOrders(this.#cable(name, bus.type === 'serial' ? bus.baudRate : undefined));
    }
  }

  #cable(name: string, baudRate: number | undefined): MemoryCable {
    const byteMicroseconds = baudRate === undefined ? 0 : Math.round(10_000_000 / baudRate);
    const cable = memoryCable({ address: name, byteMicroseconds, clock: this.clock });
    this.#cables.set(name, cable);
    return cable;
  }

  #cableOrders({ cable }: MemoryCable): Front['orders'] {
    return [
      ...plug({ unplug: () => cable.cut(), plug: () => cable.join() }),
      order('noise', both('加干扰', 'noise on it'), () => cable.noise(noiseProbability)),
      order('quiet', both('去干扰', 'no noise any more'), () => cable.noise(0)),
    ];
  }
}

function plug(end: { unplug(): void; plug(): void }): Front['orders'] {
  return [
    order('cut', both('拔掉线', 'pulls its plug'), () => end.unplug()),
    order('join', both('插回线', 'plugs it in again'), () => end.plug()),
  ];
}

function power(end: { off(): void; on(): void }): Front['orders'] {
  return [
    order('off', both('断电', 'takes its power'), () => end.off()),
    order('on', both('通电', 'gives its power back'), () => end.on()),
  ];
}

/** A line's number, also where it is called by the chip's usual name for it. */
function offsetOf(line: unknown, name: RegExp): number | undefined {
  if (typeof line === 'number') return line;
  const number = name.exec(String(line))?.[1];
  return number === undefined ? undefined : Number(number);
}

/** `P13` of a PCF8575, `GPB3` of an MCP23017. */
function portPin(line: unknown): number | undefined {
  const port = /^(?:P|GP)([01AB])([0-7])$/.exec(String(line));
  if (port === null) return undefined;
  return ('1B'.includes(port[1]!) ? 8 : 0) + Number(port[2]);
}

function gpioEnd({ panel }: SimulatedGpio, offset: number): LineEnd {
  const line = panel.line(offset);
  return {
    low: () => line.low(),
    high: () => line.high(),
    floats: () => line.floats(),
    driven: () => (line.isDriven ? line.level : undefined),
  };
}

function pinEnd(pin: SimulatedPin): LineEnd {
  return {
    low: () => pin.low(),
    high: () => pin.high(),
    floats: () => pin.float(),
    driven: () => pin.driven(),
  };
}

/** Pins of an Uno: 2 to 13, `D13`, `A0` to `A5` (14 to 19). */
function boardEnd(board: SimulatedFirmataBoard, line: unknown): LineEnd | undefined {
  const analog = /^A([0-5])$/.exec(String(line))?.[1];
  const number = analog === undefined ? offsetOf(line, /^D(\d+)$/) : 14 + Number(analog);
  if (number === undefined || number < 2 || number > 19) return undefined;
  const pin = board.pin(number);
  return {
    low: () => pin.low(),
    high: () => pin.high(),
    floats: () => pin.floats(),
    driven: () => board.output(number),
  };
}

function found<Thing>(things: ReadonlyMap<string, Thing>, name: string): Thing {
  const thing = things.get(name);
  if (thing === undefined) throw new HallwardError('simulate.no-wire', 'internal', `no wire ${name}`);
  return thing;
}
