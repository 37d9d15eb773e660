/**
 * Several numeric panels on one RS-485 line: the far end of a row of window boards.
 *
 * Sources: "MODBUS over Serial Line Specification and Implementation Guide V1.02" (modbus.org) for frames, checksum
 * and broadcast. A request whose length its function tells is obeyed as soon as it is whole and its checksum right;
 * everything else waits until the line was silent, and is then one frame, good or thrown away. The silence is
 * longer than the 3.5 characters of the specification, because adapters and ptys deliver in batches.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import { PanelSlave, type SimulatedPanel } from './modbus-panel.js';

const idleMilliseconds = 20;
const longestFrameBytes = 256;
const broadcast = 0;

export interface SimulatedPanelsOptions {
  readonly addresses: readonly number[];
  /** From the last byte of a request to the first of its answer; 5 if absent. */
  readonly answerAfterMilliseconds?: number;
}

/** The line with its panels. */
export interface SimulatedPanels {
  /** Throws for an address that is not on this line. */
  panel(address: number): SimulatedPanel;
  /** The adapter gives back what it sends, as RS-485 adapters do that leave their receiver on; `false` ends it. */
  echo(isEchoing: boolean): void;
  /** Frames that were thrown away since the line was made: wrong checksum, half, or nothing known. */
  readonly brokenFrames: number;
  /** Takes all panels off the line: no timer and no listener is left. */
  close(): void;
}

export function simulatedPanels(
  farEnd: FarEnd,
  clock: Clock,
  { addresses, answerAfterMilliseconds = 5 }: SimulatedPanelsOptions,
): SimulatedPanels {
  return new PanelLine(farEnd, clock, addresses, answerAfterMilliseconds);
}

class PanelLine implements SimulatedPanels {
  brokenFrames = 0;
  readonly #panels = new Map<number, PanelSlave>();
  /** Answers on their way, by address. */
  readonly #answers = new Map<number, Set<Timer>>();
  readonly #stopListening: () => void;
  #received: number[] = [];
  #echoes = false;
  #idleTimer: Timer | undefined;

  constructor(
    private readonly farEnd: FarEnd,
    private readonly clock: Clock,
    addresses: readonly number[],
    private readonly answerAfterMilliseconds: number,
  ) {
    for (const address of addresses) {
      this.#answers.set(address, new Set());
      this.#panels.set(address, new PanelSlave(address, clock, () => this.#cancelAnswers(address)));
    }
    this.#stopListening = farEnd.onBytes((bytes) => this.#heard(bytes));
  }

  panel(address: number): SimulatedPanel {
    const panel = this.#panels.get(address);
    if (panel === undefined) throw new Error(`no panel ${address} on this line`);
    return panel;
  }

  echo(isEchoing: boolean): void {
    this.#echoes = isEchoing;
  }

  close(): void {
    this.#stopListening();
    this.#idleTimer?.cancel();
    for (const address of this.#answers.keys()) this.#cancelAnswers(address);
  }

  #heard(bytes: Uint8Array): void {
    if (this.#echoes) this.farEnd.send(bytes.slice());
    for (const byte of bytes) {
      this.#received.push(byte);
      this.#obeyWhole();
      // Longer than any frame: what it began with is known to be broken already.
      if (this.#received.length > longestFrameBytes) this.#received.shift();
    }
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    if (this.#received.length > 0) {
      this.#idleTimer = this.clock.after('panels: idle line', idleMilliseconds, () => this.#idle());
    }
  }

  /** Obeys what was received, if it is exactly one request of a known function. */
  #obeyWhole(): void {
    const [, functionCode] = this.#received;
    const length =
      functionCode === 0x03 || functionCode === 0x06
        ? 8
        : functionCode === 0x10 && this.#received.length > 6
          ? 9 + this.#received[6]!
          : undefined;
    if (this.#received.length !== length || !hasRightChecksum(this.#received)) return;
    const request = Uint8Array.from(this.#received.slice(0, -2));
    this.#received = [];
    this.#give(request);
  }

  /** The line was silent: what is left was one frame. */
  #idle(): void {
    this.#idleTimer = undefined;
    const frame = this.#received;
    this.#received = [];
    const mayBeObeyed = frame.length >= 4 && hasRightChecksum(frame) && !isKnown(frame[1]!);
    if (mayBeObeyed) this.#give(Uint8Array.from(frame.slice(0, -2)));
    else this.brokenFrames++;
  }

  #give(request: Uint8Array): void {
    const address = request[0]!;
    for (const panel of this.#panels.values()) {
      if (!panel.isPowered || (address !== broadcast && address !== panel.address)) continue;
      const answer = panel.obey(request);
      if (answer === undefined || address === broadcast) continue;
      this.#answer(panel.address, answer.isRubbish ? answer.bytes : withChecksum(answer.bytes));
    }
  }

  #answer(address: number, bytes: Uint8Array): void {
    const answers = this.#answers.get(address)!;
    const timer = this.clock.after(`panel ${address}: answer`, this.answerAfterMilliseconds, () => {
      answers.delete(timer);
      // One talks at a time: what was begun before is broken.
      if (this.#received.length > 0) this.brokenFrames++;
      this.#received = [];
      this.farEnd.send(bytes);
    });
    answers.add(timer);
  }

  #cancelAnswers(address: number): void {
    const answers = this.#answers.get(address)!;
    for (const timer of answers) timer.cancel();
    answers.clear();
  }
}

const isKnown = (functionCode: number) => [0x03, 0x06, 0x10].includes(functionCode);

/**
 * CRC-16 of Modbus over Serial Line V1.02, section 2.5.1.2 and appendix B: begins with FFFF; each byte goes into
 * the low half; eight times shift right, and where a 1 falls out, exclusive or with A001.
 */
function checksum(bytes: ArrayLike<number>, length: number): number {
  let register = 0xffff;
  for (let index = 0; index < length; index++) {
    register ^= bytes[index]!;
    for (let shift = 0; shift < 8; shift++) {
      const fellOut = register % 2 === 1;
      register >>= 1;
      if (fellOut) register ^= 0xa001;
    }
  }
  return register;
}

function hasRightChecksum(frame: readonly number[]): boolean {
  const end = frame.length - 2;
  const expected = checksum(frame, end);
  return frame[end] === expected % 256 && frame[end + 1] === expected >> 8;
}

/** The low byte goes first. */
function withChecksum(bytes: Uint8Array): Uint8Array {
  const sum = checksum(bytes, bytes.length);
  return Uint8Array.of(...bytes, sum % 256, sum >> 8);
}
