/** Everything that a configuration names, simulated: a far end for each wire, a front panel for each device. */
import type { DeviceConfig } from '../../devices/kind.js';
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { mcp23017InputPins } from '../../protocols/mcp23017.js';
import {
  type MemoryCable,
  memoryCable,
  type SimulatedGpio,
  type SimulatedPanels,
  simulatedAudio,
  simulatedGpio,
  simulatedI2c,
  simulatedMcp23017,
  simulatedPanels,
  simulatedSyn6288,
  simulatedXfs5152,
} from '../../simulator/index.js';
import type { BusConfig, Configuration } from '../../supervisor/config/schema.js';
import type { Wiring } from '../../supervisor/wiring.js';
import { both, type Front, order, type Tell } from './front.js';
import {
  buttonsFront,
  hallButtonFront,
  keypadFront,
  panelFront,
  printerFront,
  ratingLineFront,
  seatsFront,
  signalFront,
  speakersFront,
  voiceFront,
} from './fronts.js';
import { urlOf } from './pages.js';
import { textBoardFront } from './text-board-front.js';

/** As many as a configuration can name. */
const gpioLines = 1024;
/** Of each byte to be disturbed while there is noise. */
const noiseProbability = 0.02;

export interface VirtualWires {
  readonly wiring: Wiring;
  /** By the name of the device or bus. */
  readonly fronts: ReadonlyMap<string, Front>;
  close(): void;
}

type I2c = ReturnType<typeof simulatedI2c>;
type Audio = ReturnType<typeof simulatedAudio>;

/** Makes the far ends of a valid configuration. @param tell what can be seen at them, as it happens */
export function virtualWires(configuration: Configuration, clock: Clock, tell: Tell): VirtualWires {
  return new Wires(configuration, clock, tell);
}

class Wires implements VirtualWires {
  readonly fronts = new Map<string, Front>();
  readonly #cables = new Map<string, MemoryCable>();
  readonly #chips = new Map<string, SimulatedGpio>();
  readonly #i2c = new Map<string, I2c>();
  readonly #audio = new Map<string, Audio>();
  readonly #panels = new Map<string, SimulatedPanels>();
  readonly #cards = new Map<string, Front>();
  readonly #ends: (() => void)[] = [];
  readonly wiring: Wiring = {
    carrier: async (bus) => found(this.#cables, bus).carrier,
    gpioChip: async (bus) => found(this.#chips, bus).chip,
    i2cAdapter: async (bus) => found(this.#i2c, bus).adapter,
    audioOutput: async (bus) => found(this.#audio, bus).output,
  };

  constructor(
    private readonly configuration: Configuration,
    private readonly clock: Clock,
    private readonly tell: Tell,
  ) {
    for (const [name, bus] of Object.entries(configuration.buses)) this.#addBus(name, bus);
    for (const [name, device] of Object.entries(configuration.devices)) {
      const front = this.#front(name, device);
      if (front !== undefined) this.fronts.set(name, front);
    }
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #addBus(name: string, bus: BusConfig): void {
    const { clock } = this;
    const cut = (run: () => void) => order('cut', both('拔掉线', 'pulls its plug'), run);
    const join = (run: () => void) => order('join', both('插回线', 'plugs it in again'), run);
    if (bus.type === 'gpio') {
      const gpio = simulatedGpio({ label: bus.chip, lines: gpioLines, clock });
      this.#chips.set(name, gpio);
      const orders = [cut(() => gpio.panel.unplug()), join(() => gpio.panel.plug())];
      this.fronts.set(name, { what: bus.type, orders });
    } else if (bus.type === 'audio') {
      const audio = simulatedAudio({ clock, address: bus.card });
      this.#audio.set(name, audio);
      const orders = [cut(() => audio.panel.unplug()), join(() => audio.panel.plug())];
      this.fronts.set(name, { what: bus.type, orders });
    } else if (bus.type === 'i2c') {
      const i2c = simulatedI2c({ number: bus.number, clock });
      this.#i2c.set(name, i2c);
      const orders = [
        order('hold', both('总线被拉低', 'its wires are held low'), () => i2c.panel.holdLow()),
        order('release', both('总线恢复', 'they are let go'), () => i2c.panel.release()),
        cut(() => i2c.panel.unplug()),
        join(() => i2c.panel.plug()),
      ];
      this.fronts.set(name, { what: bus.type, orders });
    } else if (bus.type === 'page') {
      // Pages are served as they are: their far ends are browsers.
      this.fronts.set(name, { what: bus.type, orders: [] });
    } else {
      const byteMicroseconds = bus.type === 'serial' ? Math.round(10_000_000 / bus.baudRate) : 0;
      const cable = memoryCable({ address: name, byteMicroseconds, clock });
      this.#cables.set(name, cable);
      const orders = [
        cut(() => cable.cable.cut()),
        join(() => cable.cable.join()),
        order('noise', both('加干扰', 'noise on it'), () => cable.cable.noise(noiseProbability)),
        order('quiet', both('去干扰', 'no noise any more'), () => cable.cable.noise(0)),
      ];
      this.fronts.set(name, { what: bus.type, orders });
    }
  }

  /** The far end of one device; `undefined` for a kind that nobody has simulated yet. */
  #front(name: string, device: DeviceConfig): Front | undefined {
    const { clock, tell } = this;
    const url = urlOf(this.configuration.buses[device.bus]);
    if (url !== null) return { what: device.kind, orders: [], sees: () => `${url}${name}/` };
    switch (`${device.kind}/${device.protocol}`) {
      case 'caller/serial-keys':
      case 'evaluator/serial-keys':
        return keypadFront(device, this.#farEnd(device));
      case 'evaluator/serial-lines':
        return ratingLineFront(device, this.#farEnd(device));
      case 'evaluator/gpio-buttons':
        return buttonsFront(device, (line) => this.#line(device.bus, line), clock);
      case 'hall-button/gpio-contact':
        return hallButtonFront(device, this.#line(device.bus, device.line), clock);
      case 'signal/gpio-output':
        return signalFront(device, this.#line(device.bus, device.line));
      case 'window-board/modbus-panel':
        return panelFront(name, this.#panelsOn(device.bus).panel(Number(device.address)), tell);
      case 'voice/syn6288':
        return voiceFront(name, simulatedSyn6288(this.#farEnd(device), clock), tell);
      case 'voice/xfs5152':
        return voiceFront(name, simulatedXfs5152(this.#farEnd(device), clock), tell);
      case 'voice/espeak':
        return speakersFront(name, found(this.#audio, device.bus).panel, tell);
      case 'ticket-printer/escpos':
        return printerFront(name, this.#farEnd(device), clock, tell);
      case 'seating/mcp23017': {
        const chip = simulatedMcp23017();
        found(this.#i2c, device.bus).panel.attach(Number(device.address), chip);
        const pins =
          (device.pins as number[] | undefined) ?? mcp23017InputPins.slice(0, Number(device.seats));
        return seatsFront(device, chip, pins);
      }
      case 'hall-display/page':
      case 'ticket-kiosk/page':
      case 'rating-page/page':
      case 'window-page/page':
        return this.#pageFront(name, device);
      default:
        return this.#textBoard(name, device);
    }
  }

  /** A page: what can be seen of it is where it is. */
  #pageFront(name: string, device: DeviceConfig): Front {
    const bus = this.configuration.buses[device.bus];
    const at = bus?.type === 'page' ? `http://${bus.address}:${bus.port}/${name}/` : '';
    return { what: device.kind, orders: [], sees: () => at };
  }

  /** A board of letters. Devices that are areas of one card have one far end. */
  #textBoard(name: string, device: DeviceConfig): Front | undefined {
    if (device.kind !== 'window-board' && device.kind !== 'hall-board') return undefined;
    const card = `${device.bus} ${device.protocol} ${String(device.address)}`;
    const known = device.protocol === 'onbon5' ? this.#cards.get(card) : undefined;
    if (known !== undefined) return known;
    const ended = (end: () => void) => this.#ends.push(end);
    const front = textBoardFront(name, device, this.#farEnd(device), this.clock, this.tell, ended);
    if (front !== undefined) this.#cards.set(card, front);
    return front;
  }

  #farEnd(device: DeviceConfig) {
    return found(this.#cables, device.bus).farEnd;
  }

  #line(bus: string, line: unknown) {
    const offset =
      typeof line === 'number' ? line : Number(/^GPIO(\d+)$/.exec(String(line))?.[1] ?? Number.NaN);
    return Number.isNaN(offset) ? undefined : found(this.#chips, bus).panel.line(offset);
  }

  /** All the panels of a row share one far end. */
  #panelsOn(bus: string): SimulatedPanels {
    const known = this.#panels.get(bus);
    if (known !== undefined) return known;
    const addresses = Object.values(this.configuration.devices)
      .filter((device) => device.protocol === 'modbus-panel' && device.bus === bus)
      .map((device) => Number(device.address));
    const panels = simulatedPanels(found(this.#cables, bus).farEnd, this.clock, { addresses });
    this.#panels.set(bus, panels);
    this.#ends.push(() => panels.close());
    return panels;
  }
}

function found<Thing>(things: ReadonlyMap<string, Thing>, name: string): Thing {
  const thing = things.get(name);
  if (thing === undefined) throw new HallwardError('simulate.no-wire', 'internal', `no wire ${name}`);
  return thing;
}
