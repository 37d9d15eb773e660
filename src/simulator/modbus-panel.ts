/**
 * One numeric panel (like a DM36B06) as a Modbus slave, without its line: what its registers hold, what it answers,
 * what a person sees.
 *
 * Sources: the register table at http://lamaplc.com/doku.php?id=sensor:dm36-dm56 (registers 0 to 5: ASCII of each
 * digit; 7 alone: an unsigned number; 6 and 7 together: a signed number with decimals, which is stored here but not
 * shown); "MODBUS Application Protocol Specification V1.1b3" (modbus.org) for functions 03, 06, 16 and the order in
 * which a slave checks a request. Not known of the real panel, and assumed: that digits are dark after power comes
 * on, and that registers give back what was written.
 */
import type { Clock } from '../kernel/clock.js';
import { Listeners } from '../kernel/listeners.js';

const digitRegisters = 6;
const registerCount = 8;
const numberRegister = 7;
const dark = 0x20;
const historyLimit = 1_000;

const illegalFunction = 1;
const illegalAddress = 2;
const illegalValue = 3;

/** What a person saw from `atMilliseconds` (monotonic) on. */
export interface Shown {
  readonly text: string;
  readonly atMilliseconds: number;
}

/** What can be seen of one panel and done to it. */
export interface SimulatedPanel {
  readonly address: number;
  /** The six characters that a person sees, blanks for dark digits: `"   001"`. */
  shows(): string;
  /** What was shown, the oldest first; the last 1000 changes. */
  readonly history: readonly Shown[];
  /** Told at each change of what is shown. Returns the function that stops listening. */
  onShown(listener: (shown: Shown) => void): () => void;
  readonly power: {
    /** Dark and deaf; what it showed is lost. */
    off(): void;
    on(): void;
  };
  /** It hears and obeys, but its answers never arrive (a broken driver of its RS-485 side); `false` ends it. */
  mute(isMute?: boolean): void;
  /**
   * Each of its answers is rubbish instead with this probability; 0 ends it.
   * @param random 0 (inclusive) to 1 (exclusive).
   */
  halfDead(share: number, random: () => number): void;
  /** It acknowledges writes and goes on showing what it shows; `false` ends it. */
  freeze(isFrozen?: boolean): void;
  /** It refuses a function with this exception, as a panel with other firmware; without a number it obeys again. */
  refuse(functionCode: number, exception?: number): void;
  /** Somebody else's hand: puts `text` on its digits from the left. */
  overwrite(text: string): void;
}

export class PanelSlave implements SimulatedPanel {
  readonly power = { off: () => this.#switch(false), on: () => this.#switch(true) };
  readonly #registers = new Uint16Array(registerCount);
  readonly #listeners = new Listeners<[Shown]>();
  readonly #refused = new Map<number, number>();
  #history: Shown[] = [];
  #powered = true;
  #muted = false;
  #frozen = false;
  #rubbishShare = 0;
  #random: () => number = () => 0;

  /** @param lost told when power goes: answers on their way out are lost. */
  constructor(
    readonly address: number,
    private readonly clock: Clock,
    private readonly lost: () => void,
  ) {
    this.#registers.fill(dark, 0, digitRegisters);
  }

  get history(): readonly Shown[] {
    return this.#history;
  }

  get isPowered(): boolean {
    return this.#powered;
  }

  shows(): string {
    if (!this.#powered) return ' '.repeat(digitRegisters);
    return Array.from(this.#registers.subarray(0, digitRegisters), (value) => {
      const code = value & 0xff;
      return code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : ' ';
    }).join('');
  }

  onShown(listener: (shown: Shown) => void): () => void {
    return this.#listeners.add(listener);
  }

  mute(isMute = true): void {
    this.#muted = isMute;
  }

  halfDead(share: number, random: () => number): void {
    this.#rubbishShare = share;
    this.#random = random;
  }

  freeze(isFrozen = true): void {
    this.#frozen = isFrozen;
  }

  refuse(functionCode: number, exception?: number): void {
    if (exception === undefined) this.#refused.delete(functionCode);
    else this.#refused.set(functionCode, exception);
  }

  overwrite(text: string): void {
    const codes = [...text.padEnd(digitRegisters).slice(0, digitRegisters)].map((each) => each.charCodeAt(0));
    this.#change(() => this.#registers.set(codes));
  }

  /**
   * Obeys a request (without its checksum) and gives the answer without its checksum, as far as one leaves it.
   * `isRubbish`: the bytes go out as they are.
   */
  obey(request: Uint8Array): { bytes: Uint8Array; isRubbish: boolean } | undefined {
    const answer = this.#answer(request);
    if (this.#muted) return undefined;
    if (this.#rubbishShare > 0 && this.#random() < this.#rubbishShare) {
      const bytes = Uint8Array.from({ length: answer.length + 2 }, () => Math.floor(this.#random() * 256));
      return { bytes, isRubbish: true };
    }
    return { bytes: answer, isRubbish: false };
  }

  #answer(request: Uint8Array): Uint8Array {
    const functionCode = request[1]!;
    const exception = (code: number) => Uint8Array.of(this.address, functionCode | 0x80, code);
    const refusal = this.#refused.get(functionCode);
    if (refusal !== undefined) return exception(refusal);
    const word = (offset: number) => (request[offset]! << 8) | request[offset + 1]!;
    const first = word(2);

    switch (functionCode) {
      case 0x03: {
        const count = word(4);
        if (count < 1 || count > 125) return exception(illegalValue);
        if (first + count > registerCount) return exception(illegalAddress);
        const values = [...this.#registers.subarray(first, first + count)];
        return Uint8Array.of(
          this.address,
          0x03,
          2 * count,
          ...values.flatMap((value) => [value >> 8, value & 0xff]),
        );
      }
      case 0x06:
        if (first >= registerCount) return exception(illegalAddress);
        this.#write(first, [word(4)]);
        return request.slice();
      case 0x10: {
        const count = word(4);
        if (count < 1 || count > 123 || request[6] !== 2 * count) return exception(illegalValue);
        if (first + count > registerCount) return exception(illegalAddress);
        this.#write(
          first,
          Array.from({ length: count }, (_, index) => word(7 + 2 * index)),
        );
        return Uint8Array.of(this.address, 0x10, ...request.subarray(2, 6));
      }
      default:
        return exception(illegalFunction);
    }
  }

  #write(first: number, values: readonly number[]): void {
    if (this.#frozen) return;
    this.#change(() => {
      this.#registers.set(values, first);
      if (first !== numberRegister) return;
      const digits = String(values[0]).padStart(digitRegisters);
      this.#registers.set([...digits].map((digit) => digit.charCodeAt(0)));
    });
  }

  #switch(powered: boolean): void {
    if (powered === this.#powered) return;
    if (!powered) this.lost();
    this.#change(() => {
      this.#powered = powered;
      this.#registers.fill(0);
      this.#registers.fill(dark, 0, digitRegisters);
    });
  }

  #change(change: () => void): void {
    const before = this.shows();
    change();
    const text = this.shows();
    if (text === before) return;
    const shown = { text, atMilliseconds: this.clock.monotonicMilliseconds() };
    this.#history.push(shown);
    if (this.#history.length > historyLimit) this.#history = this.#history.slice(-historyLimit);
    this.#listeners.tell(shown);
  }
}
