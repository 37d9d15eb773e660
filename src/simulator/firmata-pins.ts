/** The pins of an Uno as StandardFirmata drives and reads them. */

export const pinCount = 20;
/** 14 to 19 are A0 to A5. */
export const firstAnalog = 14;

/** Modes by Firmata's numbers: 0 input, 1 output, 2 analogue, 11 input with a pull-up. */
interface UnoPin {
  mode: number;
  /** Level of an output, pull-up of an input. */
  state: number;
  outside: 'low' | 'high' | 'floating';
}

export class UnoPins {
  readonly #pins: UnoPin[] = Array.from({ length: pinCount }, () => ({
    mode: 0,
    state: 0,
    outside: 'floating',
  }));

  /** @param isOld there is no mode for a pull-up yet */
  constructor(private readonly isOld: boolean) {}

  /** Throws where there is no such pin. */
  at(number: number): UnoPin {
    const pin = this.#pins[number];
    if (pin === undefined) throw new Error(`there is no pin ${number}, only 0 to ${pinCount - 1}`);
    return pin;
  }

  /** All pins as outputs at low, or measuring. */
  rest(): void {
    for (const [number, pin] of this.#pins.entries()) {
      pin.mode = number >= firstAnalog ? 2 : 1;
      pin.state = 0;
    }
  }

  /** `false` for a mode that the pin has not; pins that are none, or are not for this, are passed over. */
  setMode(number: number, mode: number): boolean {
    const pin = this.#pins[number];
    if (pin === undefined || number < 2) return true;
    const modes = [0, 1, ...(this.isOld ? [] : [11]), ...(number >= firstAnalog ? [2] : [])];
    if (!modes.includes(mode)) return false;
    pin.mode = mode;
    pin.state = mode === 11 ? 1 : 0;
    return true;
  }

  /** Sets the level of an output, or the pull-up of an input; `false` where the pin is neither. */
  write(number: number, level: number): boolean {
    const pin = this.#pins[number];
    if (pin === undefined || (pin.mode !== 1 && pin.mode !== 0)) return false;
    pin.state = level === 0 ? 0 : 1;
    return true;
  }

  /** The levels of a port's inputs, its lowest pin in bit 0; outputs are 0 in it. */
  inputsOf(port: number): number {
    let levels = 0;
    for (let bit = 0; bit < 8; bit++) {
      const pin = this.#pins[8 * port + bit];
      if (pin === undefined || (pin.mode !== 0 && pin.mode !== 11)) continue;
      if (pin.outside === 'high' || (pin.outside === 'floating' && pin.state === 1)) levels |= 1 << bit;
    }
    return levels;
  }
}
