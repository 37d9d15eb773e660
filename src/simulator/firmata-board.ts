/**
 * An Arduino Uno with StandardFirmata, as its bytes are on the wire.
 *
 * Sources: https://github.com/firmata/protocol/blob/master/protocol.md for the messages; what the firmware answers to
 * what was seen from its image running on an emulated ATmega328P:
 * a pin state right after a pin mode, the levels of a port at once where their report is switched on, the text
 * "Unknown pin mode" for a mode that it has not.
 * Inputs that nothing drives are read as 0 here without a pull-up; real ones read anything.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import { firstAnalog, pinCount, UnoPins } from './firmata-pins.js';
import {
  babbled,
  capabilities,
  FirmataMessages,
  type FirmataWords,
  firmware,
  mapping,
  unknownMode,
  version,
} from './firmata-words.js';
import { hexBytes } from './hex.js';

export interface SimulatedFirmataOptions {
  /** As before Firmata 2.5: no mode for a pull-up; a 1 written to an input switches it on. */
  readonly isOld?: boolean;
  /** From power or reset until it speaks; 100 ms if absent (a real one with its boot loader takes up to 5 s). */
  readonly bootMilliseconds?: number;
}

/** The world's side of one pin. */
export interface SimulatedFirmataPin {
  low(): void;
  high(): void;
  /** Joined to nothing: a pull-up makes it high. So it begins. */
  floats(): void;
}

export interface SimulatedFirmataBoard {
  /** 2 to 19; 14 is A0. Throws for others: 0 and 1 are the serial port. */
  pin(number: number): SimulatedFirmataPin;
  /** 0 to 5. */
  analog(channel: number): { set(fraction: number): void };
  /** What it drives out: `undefined` where the pin is no output, or the board has no power. */
  output(number: number): 'high' | 'low' | undefined;
  /** The number of the pin's mode in Firmata. */
  mode(number: number): number;
  /** Its button is pressed: it forgets everything and begins anew. */
  reset(): void;
  readonly power: { off(): void; on(): void };
  /** It hears and does, but says nothing. */
  mute(muted: boolean): void;
  /** Its firmware is another one: it says lines of text, and nothing else. */
  babble(babbling: boolean): void;
  /** How often analogue values are told, in milliseconds. */
  readonly samplingMilliseconds: number;
  /** Messages that it has taken since it began to run. */
  readonly messages: number;
}

const BABBLE_MILLISECONDS = 10;
const usualSampling = 19;

/** A board with power, its pins in the air. */
export function simulatedFirmataBoard(
  farEnd: FarEnd,
  clock: Clock,
  options: SimulatedFirmataOptions = {},
): SimulatedFirmataBoard {
  return new UnoBoard(farEnd, clock, options);
}

class UnoBoard implements SimulatedFirmataBoard {
  samplingMilliseconds = usualSampling;
  messages = 0;
  readonly power = { off: () => this.#switchOff(), on: () => this.#switchOn() };
  readonly #pins: UnoPins;
  readonly #fractions = [0, 0, 0, 0, 0, 0];
  #portsTold = new Set<number>();
  #channelsTold = new Set<number>();
  readonly #portLevels = new Map<number, number>();
  #hasPower = true;
  #isRunning = false;
  #isMute = false;
  #isBabbling = false;
  readonly #messages = new FirmataMessages();
  #sampling: Timer | undefined;
  #boot: Timer | undefined;
  #babbling: Timer | undefined;

  constructor(
    private readonly farEnd: FarEnd,
    private readonly clock: Clock,
    private readonly options: SimulatedFirmataOptions,
  ) {
    this.#pins = new UnoPins(options.isOld === true);
    farEnd.onBytes((bytes) => {
      for (const byte of bytes) this.#hear(byte);
    });
    this.#begin();
  }

  pin(number: number): SimulatedFirmataPin {
    if (number < 2) throw new Error(`pin ${number} is the board's serial port`);
    const pin = this.#pins.at(number);
    const join = (outside: typeof pin.outside) => {
      pin.outside = outside;
      this.#tellPort(number >> 3);
    };
    return { low: () => join('low'), high: () => join('high'), floats: () => join('floating') };
  }

  analog(channel: number): { set(fraction: number): void } {
    if (this.#fractions[channel] === undefined) throw new Error(`there is no A${channel}`);
    return {
      set: (fraction) => {
        this.#fractions[channel] = fraction;
      },
    };
  }

  output(number: number): 'high' | 'low' | undefined {
    const { mode, state } = this.#pins.at(number);
    if (!this.#isRunning || mode !== 1) return undefined;
    return state === 1 ? 'high' : 'low';
  }

  mode(number: number): number {
    return this.#pins.at(number).mode;
  }

  reset(): void {
    if (this.#hasPower) this.#begin();
  }

  mute(muted: boolean): void {
    this.#isMute = muted;
  }

  babble(babbling: boolean): void {
    this.#isBabbling = babbling;
    this.#babbling?.cancel();
    if (babbling) this.#sayNonsense();
  }

  #switchOff(): void {
    this.#hasPower = false;
    this.#stop();
  }

  #switchOn(): void {
    if (this.#hasPower) return;
    this.#hasPower = true;
    this.#begin();
  }

  #stop(): void {
    this.#isRunning = false;
    this.#messages.forget();
    this.#boot?.cancel();
    this.#sampling?.cancel();
  }

  #begin(): void {
    this.#stop();
    this.messages = 0;
    this.#boot = this.clock.after('Firmata board boots', this.options.bootMilliseconds ?? 100, () => {
      this.#isRunning = true;
      this.#toRest();
      this.#say(version);
      this.#say(firmware);
    });
  }

  /** All pins as outputs at low, or measuring; nothing is reported. */
  #toRest(): void {
    this.#pins.rest();
    this.#portsTold = new Set();
    this.#channelsTold = new Set();
    this.#portLevels.clear();
    this.samplingMilliseconds = usualSampling;
    this.#sampleLater();
  }

  #sampleLater(): void {
    this.#sampling?.cancel();
    this.#sampling = this.clock.after('Firmata board measures', this.samplingMilliseconds, () => {
      for (const channel of this.#channelsTold) this.#sayValue(channel);
      this.#sampleLater();
    });
  }

  #sayNonsense(): void {
    if (this.#hasPower) this.farEnd.send(hexBytes(babbled));
    this.#babbling = this.clock.after('Firmata board babbles', BABBLE_MILLISECONDS, () =>
      this.#sayNonsense(),
    );
  }

  #hear(byte: number): void {
    const message = this.#isRunning ? this.#messages.take(byte) : undefined;
    if (message === undefined) return;
    this.messages++;
    this.#act(message);
  }

  #act([command = 0, first = 0, second = 0, ...more]: number[]): void {
    if (command === 0xf9) this.#say(version);
    else if (command === 0xff) this.#toRest();
    else if (command === 0xf4) {
      if (!this.#pins.setMode(first, second)) this.#say(unknownMode);
    } else if (command === 0xf5) this.#write(first, second);
    else if (command === 0xf0) this.#actOnSysex(first, second, more);
    else if ((command & 0xf0) === 0x90) this.#writePort(command & 0x0f, first | (second << 7));
    else if ((command & 0xf0) === 0xd0) this.#reportPort(command & 0x0f, first === 1);
    else if ((command & 0xf0) === 0xc0) this.#reportChannel(command & 0x0f, first === 1);
  }

  #actOnSysex(id: number, first: number, [second = 0]: readonly number[]): void {
    if (id === 0x79) this.#say(firmware);
    else if (id === 0x6b) this.#say(capabilities);
    else if (id === 0x69) this.#say(mapping);
    else if (id === 0x6d) this.#sayState(first);
    else if (id === 0x7a) {
      this.samplingMilliseconds = Math.max(1, first | (second << 7));
      this.#sampleLater();
    }
  }

  #write(number: number, level: number): void {
    if (this.#pins.write(number, level)) this.#tellPort(number >> 3);
  }

  #writePort(port: number, levels: number): void {
    for (let bit = 0; bit < 8; bit++) this.#write(8 * port + bit, (levels >> bit) & 1);
  }

  #reportPort(port: number, on: boolean): void {
    this.#portLevels.delete(port);
    if (on) this.#portsTold.add(port);
    else this.#portsTold.delete(port);
    this.#tellPort(port);
  }

  #reportChannel(channel: number, on: boolean): void {
    if (this.#fractions[channel] === undefined) return;
    if (!on) {
      this.#channelsTold.delete(channel);
      return;
    }
    this.#channelsTold.add(channel);
    this.#sayValue(channel);
  }

  /** A port is told where its report is on and one of its inputs has changed. */
  #tellPort(port: number): void {
    if (!this.#isRunning || !this.#portsTold.has(port)) return;
    const levels = this.#pins.inputsOf(port);
    if (this.#portLevels.get(port) === levels) return;
    this.#portLevels.set(port, levels);
    this.#send(Uint8Array.of(0x90 | port, levels & 0x7f, levels >> 7));
  }

  #sayState(number: number): void {
    if (number >= pinCount) return;
    const { mode, state } = this.#pins.at(number);
    this.#send(Uint8Array.of(0xf0, 0x6e, number, mode, state, 0xf7));
  }

  #sayValue(channel: number): void {
    const value = Math.round((this.#fractions[channel] ?? 0) * 1_023);
    if (this.#pins.at(firstAnalog + channel).mode !== 2) return;
    this.#send(Uint8Array.of(0xe0 | channel, value & 0x7f, value >> 7));
  }

  #say(words: FirmataWords): void {
    this.#send(hexBytes(this.options.isOld ? words.old : words.now));
  }

  #send(bytes: Uint8Array): void {
    if (this.#hasPower && !this.#isMute && !this.#isBabbling) this.farEnd.send(bytes);
  }
}
