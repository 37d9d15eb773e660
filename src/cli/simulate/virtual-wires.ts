/** Everything that a configuration names, simulated: a far end for each wire, a front panel for each device. */
import { connectionsOf, type DeviceConfig } from '../../devices/kind.js';
import { findKind } from '../../devices/registry.js';
import type { Clock } from '../../kernel/clock.js';
import { mcp23017InputPins } from '../../protocols/mcp23017.js';
import {
  type SimulatedPanels,
  simulatedHt16k33,
  simulatedMcp23017,
  simulatedPanels,
  simulatedSyn6288,
  simulatedXfs5152,
} from '../../simulator/index.js';
import type { Configuration } from '../../supervisor/config/schema.js';
import type { Wiring } from '../../supervisor/wiring.js';
import { type BusEnds, busEnds } from './bus-ends.js';
import type { ConnectionFront, Front, Tell } from './front.js';
import {
  buttonsFront,
  digitsFront,
  hallButtonFront,
  keypadFront,
  networkPrinterFront,
  panelFront,
  printerFront,
  ratingLineFront,
  seatsFront,
  signalFront,
  speakersFront,
  voiceFront,
} from './fronts.js';
import { urlOf } from './pages.js';
import { connectionFront, joined } from './part-fronts.js';
import { textBoardFront } from './text-board-front.js';

interface VirtualWires {
  readonly wiring: Wiring;
  /** By the name of the device or bus. */
  readonly fronts: ReadonlyMap<string, Front>;
  close(): Promise<void>;
}

/** Makes the far ends of a valid configuration. @param tell what can be seen at them, as it happens */
export async function virtualWires(
  configuration: Configuration,
  clock: Clock,
  tell: Tell,
): Promise<VirtualWires> {
  const ends = await busEnds(configuration, clock);
  const devices = new DeviceFronts(configuration, ends, clock, tell);
  return {
    wiring: ends.wiring,
    fronts: new Map([...ends.fronts, ...devices.all()]),
    close: () => ends.close(),
  };
}

class DeviceFronts {
  readonly #panels = new Map<string, SimulatedPanels>();
  readonly #cards = new Map<string, Front>();

  constructor(
    private readonly configuration: Configuration,
    private readonly ends: BusEnds,
    private readonly clock: Clock,
    private readonly tell: Tell,
  ) {}

  *all(): Iterable<[string, Front]> {
    for (const [name, device] of Object.entries(this.configuration.devices)) {
      const front = device.parts === undefined ? this.#front(name, device) : this.#withParts(device);
      if (front !== undefined) yield [name, front];
    }
  }

  #withParts(device: DeviceConfig): Front {
    const kind = findKind(device.kind);
    const parts = (kind === undefined ? [] : connectionsOf(kind, device)).flatMap((connection) => {
      const front = connectionFront(connection, this.ends, this.clock);
      return front === undefined ? [] : [{ part: connection.part ?? '', front }];
    });
    return { what: device.kind, ...joined(parts) };
  }

  /** The far end of one device; `undefined` for one that is simulated by nobody. */
  #front(name: string, device: DeviceConfig): Front | undefined {
    const { clock, tell, ends } = this;
    const { bus = '' } = device;
    const url = urlOf(this.configuration.buses[bus]);
    if (url !== null) return { what: device.kind, orders: [], sees: () => `${url}${name}/` };
    switch (`${device.kind}/${device.protocol}`) {
      case 'caller/serial-keys':
      case 'evaluator/serial-keys':
        return keypadFront(device, ends.farEnd(bus));
      case 'evaluator/serial-lines':
        return ratingLineFront(device, ends.farEnd(bus));
      case 'evaluator/gpio-buttons':
        return buttonsFront(device, (line) => ends.line(bus, line), clock);
      case 'hall-button/gpio-contact':
        return hallButtonFront(device, ends.line(bus, device.line), clock);
      case 'signal/gpio-output':
        return signalFront(device, ends.line(bus, device.line));
      case 'window-board/modbus-panel':
        return panelFront(name, this.#panelsOn(bus).panel(Number(device.address)), tell);
      case 'window-board/ht16k33': {
        const chip = simulatedHt16k33();
        ends.i2c(bus).attach(Number(device.address), chip);
        return digitsFront(chip);
      }
      case 'voice/syn6288':
        return this.#voice(name, bus, simulatedSyn6288);
      case 'voice/xfs5152':
        return this.#voice(name, bus, simulatedXfs5152);
      case 'voice/espeak':
        return speakersFront(name, ends.audio(bus), tell);
      case 'ticket-printer/escpos':
        return printerFront(name, ends.farEnd(bus), clock, tell);
      case 'printer/escpos':
        return { ...printerFront(name, ends.farEnd(bus), clock, tell), what: device.kind };
      case 'printer/snmp':
        return networkPrinterFront(ends.snmp(bus));
      case 'printer/ipp':
        return networkPrinterFront(ends.ipp(bus));
      case 'seating/mcp23017': {
        const chip = simulatedMcp23017();
        ends.i2c(bus).attach(Number(device.address), chip);
        const pins =
          (device.pins as number[] | undefined) ?? mcp23017InputPins.slice(0, Number(device.seats));
        return seatsFront(device, chip, pins);
      }
      default:
        return this.#textBoard(name, device) ?? this.#connected(device);
    }
  }

  #voice(name: string, bus: string, make: typeof simulatedSyn6288): Front {
    return voiceFront(name, make(this.ends.farEnd(bus), this.clock), this.tell);
  }

  /** What any kind may hang on. */
  #connected(device: DeviceConfig): Front | undefined {
    const kind = findKind(device.kind);
    const [connection] = kind === undefined ? [] : connectionsOf(kind, device);
    const front: ConnectionFront | undefined =
      connection === undefined ? undefined : connectionFront(connection, this.ends, this.clock);
    return front === undefined ? undefined : { what: device.kind, ...front };
  }

  /** A board of letters. Devices that are areas of one card have one far end. */
  #textBoard(name: string, device: DeviceConfig): Front | undefined {
    if (device.kind !== 'window-board' && device.kind !== 'hall-board') return undefined;
    const { bus = '' } = device;
    const card = `${bus} ${device.protocol} ${String(device.address)}`;
    const known = device.protocol === 'onbon5' ? this.#cards.get(card) : undefined;
    if (known !== undefined) return known;
    const ended = (end: () => void) => this.ends.ends(end);
    const front = textBoardFront(name, device, this.ends.farEnd(bus), this.clock, this.tell, ended);
    if (front !== undefined) this.#cards.set(card, front);
    return front;
  }

  /** All the panels of a row share one far end. */
  #panelsOn(bus: string): SimulatedPanels {
    const known = this.#panels.get(bus);
    if (known !== undefined) return known;
    const addresses = Object.values(this.configuration.devices)
      .filter((device) => device.protocol === 'modbus-panel' && device.bus === bus)
      .map((device) => Number(device.address));
    const panels = simulatedPanels(this.ends.farEnd(bus), this.clock, { addresses });
    this.#panels.set(bus, panels);
    this.ends.ends(() => panels.close());
    return panels;
  }
}
