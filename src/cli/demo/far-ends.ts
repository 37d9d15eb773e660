/** Everything that hangs on the demo's wires: simulated devices, which talk in bytes, levels and registers. */
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import type { Language } from '../../kernel/text.js';
import type { SimulatedPrinter } from '../../simulator/escpos-panel.js';
import { simulatedPrinter } from '../../simulator/escpos-printer.js';
import { type SimulatedGpio, simulatedGpio } from '../../simulator/gpio.js';
import { simulatedI2c } from '../../simulator/i2c.js';
import { simulatedKeypad } from '../../simulator/keypad.js';
import { simulatedMcp23017 } from '../../simulator/mcp23017.js';
import { type MemoryCable, memoryCable } from '../../simulator/memory-cable.js';
import type { SimulatedPanel } from '../../simulator/modbus-panel.js';
import { simulatedPanels } from '../../simulator/modbus-panels.js';
import type { HostedWires } from '../../simulator/process-wires-host.js';
import { simulatedRatingLine } from '../../simulator/rating-line.js';
import type { Heard, SimulatedVoice } from '../../simulator/spoken-text.js';
import { simulatedSyn6288 } from '../../simulator/syn6288.js';
import { simulatedXfs5152 } from '../../simulator/xfs5152.js';
import {
  buttonWindow,
  byteMicroseconds,
  demoWindows,
  gpio,
  gpioBus,
  type KeypadKey,
  keypadKeys,
  printerBus,
  printerByteMicroseconds,
  ratingBus,
  rowBus,
  seats,
  seatsBus,
  voiceBus,
} from './floor-plan.js';
import { type ThingEnds, thingEnds } from './things-ends.js';

/** Of each byte on the row to be disturbed while there is noise: enough to be noticed, with calls still arriving. */
const noiseProbability = 0.01;
/** How long a finger stays on a button. */
const pressMilliseconds = 120;

/** The pace of speech: quicker than modules are, for the demo calls more often than a hall does. */
const characterMilliseconds = { 'zh-CN': 130, en: 40 } as const;

/** A board at its window, as people see it. */
interface BoardFront {
  /** Its six characters as they really are; blanks for dark digits. */
  shows(): string;
  readonly isPowered: boolean;
  setPower(on: boolean): void;
}

/** A cable as a hand can reach it. */
export interface CableFront {
  readonly isCut: boolean;
  cut(): void;
  join(): void;
}

/** The loudspeaker, as people hear it. */
interface VoiceFront {
  /** What it says now. */
  readonly saying: string | undefined;
  readonly isPowered: boolean;
  setPower(on: boolean): void;
  /** Told of what was said to its end, or cut off. */
  onHeard(listener: (heard: Heard) => void): () => void;
}

/** The fire panel's contact. */
interface FireFront {
  readonly isAlarm: boolean;
  setAlarm(alarm: boolean): void;
}

export interface FarEnds {
  /** The other ends of the wires, for the controller. */
  readonly wires: HostedWires;
  /** By window. */
  readonly boards: ReadonlyMap<string, BoardFront>;
  /** The cable of all the boards. */
  readonly row: CableFront & { readonly isNoisy: boolean; noise(on: boolean): void };
  /** By window: the cable of its keypad. */
  readonly keypadCables: ReadonlyMap<string, CableFront>;
  readonly printer: SimulatedPrinter;
  readonly voice: VoiceFront;
  readonly fire: FireFront;
  /** The switch under each seat. */
  readonly seats: readonly { setTaken(taken: boolean): void }[];
  /** What is lit, as somebody in the hall sees it. */
  readonly lamps: { readonly fault: boolean; readonly invitation: boolean };
  press(window: string, key: KeypadKey): void;
  rate(window: string, level: number): void;
  /** Door, washroom, kiosk, drinking water. */
  readonly things: Omit<ThingEnds, 'close'>;
  close(): Promise<void>;
}

/**
 * Makes them; one of them listens on loopback until `close`.
 *
 * @param random for the noise, 0 (inclusive) to 1 (exclusive)
 * @param language which the loudspeaker speaks
 */
export async function demoFarEnds(clock: Clock, random: () => number, language: Language): Promise<FarEnds> {
  const cable = (address: string, pace = byteMicroseconds) =>
    memoryCable({ address, byteMicroseconds: pace, clock });
  const row = cable(rowBus);
  const ratings = cable(ratingBus);
  const printer = cable(printerBus, printerByteMicroseconds);
  const speech = cable(voiceBus);
  const keys = new Map(demoWindows.map(({ name, keysBus }) => [name, cable(keysBus)]));
  const chip = simulatedGpio({ label: gpio.label, lines: gpio.lines, clock });
  const { adapter, panel: i2c } = simulatedI2c({ number: 1, clock });
  const seatChip = simulatedMcp23017();
  i2c.attach(seats.address, seatChip);
  const things = await thingEnds(clock, chip, i2c);
  const panels = simulatedPanels(row.farEnd, clock, { addresses: demoWindows.map((one) => one.address) });
  const keypads = new Map([...keys].map(([name, one]) => [name, simulatedKeypad(one.farEnd, keypadKeys)]));
  const ratingLine = simulatedRatingLine(ratings.farEnd);
  const simulatedVoice = language === 'en' ? simulatedXfs5152 : simulatedSyn6288;
  const voice = simulatedVoice(speech.farEnd, clock, {
    byteMicroseconds,
    characterMilliseconds: characterMilliseconds[language],
  });
  const carriers = {
    [rowBus]: row.carrier,
    [ratingBus]: ratings.carrier,
    [printerBus]: printer.carrier,
    [voiceBus]: speech.carrier,
    ...Object.fromEntries(
      demoWindows.map(({ name, keysBus }) => [keysBus, cableOf(keys, name).carrier] as const),
    ),
  };
  return {
    wires: { carriers, gpioChips: { [gpioBus]: chip.chip }, i2cAdapters: { [seatsBus]: adapter } },
    boards: new Map(demoWindows.map(({ name, address }) => [name, boardFront(panels.panel(address))])),
    row: rowFront(row, random),
    keypadCables: new Map([...keys].map(([name, one]) => [name, one.cable])),
    printer: simulatedPrinter(printer.farEnd, clock),
    voice: voiceFront(voice),
    fire: fireFront(chip),
    seats: seats.pins.map((pin) => ({
      setTaken: (taken) => (taken ? seatChip.pin(pin).low() : seatChip.pin(pin).float()),
    })),
    lamps: {
      get fault() {
        return isLit(chip, gpio.faultLamp);
      },
      get invitation() {
        return isLit(chip, gpio.invitationLamp);
      },
    },
    press: (window, key) => keypads.get(window)?.press(key),
    rate(window, level) {
      if (window === buttonWindow) pressButton(chip, level, clock);
      else ratingLine.rate(window, level);
    },
    things,
    async close() {
      panels.close();
      voice.close();
      await things.close();
    },
  };
}

/** A lamp has no power of its own: it is dark where nobody drives its line. */
function isLit({ panel }: SimulatedGpio, offset: number): boolean {
  const { isDriven, level } = panel.line(offset);
  return isDriven && level === 'high';
}

function pressButton({ panel }: SimulatedGpio, level: number, clock: Clock): void {
  const offset = gpio.buttons[level];
  if (offset === undefined) return;
  const line = panel.line(offset);
  line.low();
  clock.after('demo: finger on a button', pressMilliseconds, () => line.floats());
}

function boardFront(panel: SimulatedPanel): BoardFront {
  let powered = true;
  return {
    shows: () => panel.shows(),
    get isPowered() {
      return powered;
    },
    setPower(on) {
      powered = on;
      if (on) panel.power.on();
      else panel.power.off();
    },
  };
}

function voiceFront(voice: SimulatedVoice): VoiceFront {
  let powered = true;
  return {
    get saying() {
      return voice.saying;
    },
    get isPowered() {
      return powered;
    },
    setPower(on) {
      powered = on;
      if (on) voice.power.on();
      else voice.power.off();
    },
    onHeard: (listener) => voice.onHeard(listener),
  };
}

/** A contact that opens for an alarm, so that a cut wire counts as one. */
function fireFront({ panel }: SimulatedGpio): FireFront {
  const contact = panel.line(gpio.fireContact);
  let alarm = false;
  contact.low();
  return {
    get isAlarm() {
      return alarm;
    },
    setAlarm(active) {
      alarm = active;
      if (active) contact.floats();
      else contact.low();
    },
  };
}

function rowFront({ cable }: MemoryCable, random: () => number): FarEnds['row'] {
  let noisy = false;
  return {
    get isCut() {
      return cable.isCut;
    },
    get isNoisy() {
      return noisy;
    },
    cut: () => cable.cut(),
    join: () => cable.join(),
    noise(on) {
      noisy = on;
      cable.noise(on ? noiseProbability : 0, random);
    },
  };
}

function cableOf(cables: ReadonlyMap<string, MemoryCable>, name: string): MemoryCable {
  const cable = cables.get(name);
  if (cable === undefined)
    throw new HallwardError('demo.no-cable', 'internal', `the demo has no cable ${name}`);
  return cable;
}
