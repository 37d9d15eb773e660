/**
 * An Alpha sign (like a BetaBrite or a 4120C) at the far end of a wire.
 *
 * Source: Adaptive Micro Systems, "Alpha Sign Communications Protocol", 9708-8061: packet (section 5), write text file
 * (A), special functions (E), display positions and modes (appendix), response (06 or 15 and the register of serial
 * errors, control codes in a text). Obeyed: the priority file (label 0) and file A, which is shown while the priority
 * file is empty; E s 1 and E s 0 (acknowledge or not), E 4 (clear errors). Colours, fonts, speeds and the like are taken
 * and not told; the time, the date, strings and pictures in a text are shown as nothing. Not known, and assumed: that both
 * files and the acknowledging are lost with the power.
 */
import type { Clock } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import type { SimulatedTextBoard } from './shown-text.js';
import { TextBoardFront } from './text-board-front.js';

const longestPacketBytes = 4_096;
const priorityFileBytes = 125;
const answerMilliseconds = 10;

/** Codes in a text that are no characters: a colour (1C), also as RRGGBB, an attribute (1D), others with one value, none. */
const controlCodes =
  /\x1c(?:Z[0-9A-F]{6}|[\s\S])|\x1d[\s\S]{2}|[\x05-\x08\x0b\x10\x14\x1a\x1e][\s\S]|[\x09\x11-\x13\x15-\x19]/g;

export interface SimulatedAlphaSignOptions {
  /** 1 to 255; 0, as signs are delivered, hears broadcasts alone. */
  readonly address?: number;
  /** Protocol 2.0 or later: it can be told to acknowledge; true if absent. */
  readonly canAcknowledge?: boolean;
}

export interface SimulatedAlphaSign extends SimulatedTextBoard {
  /** Mode code of what is shown: `b` hold, `c` flash, `a` rotate, `n6` spray; `""` where it is dark. */
  readonly mode: string;
  /** It refuses every command from now on with this register of errors (bit 20: illegal command); none ends it. */
  refuse(status?: number): void;
  /** Each packet is taken for one with a wrong checksum; `false` ends it. */
  garble(isGarbling?: boolean): void;
}

export function simulatedAlphaSign(
  farEnd: FarEnd,
  clock: Clock,
  { address = 0, canAcknowledge = true }: SimulatedAlphaSignOptions = {},
): SimulatedAlphaSign {
  return new AlphaSign(farEnd, clock, address, canAcknowledge);
}

class AlphaSign extends TextBoardFront implements SimulatedAlphaSign {
  mode = '';
  #files = new Map<string, { lines: string[]; mode: string }>();
  #acknowledges = false;
  #refusal: number | undefined;
  #garbling = false;

  constructor(
    farEnd: FarEnd,
    clock: Clock,
    private readonly address: number,
    private readonly canAcknowledge: boolean,
  ) {
    super(farEnd, clock, `sign ${address}`);
  }

  refuse(status?: number): void {
    this.#refusal = status;
  }

  garble(isGarbling = true): void {
    this.#garbling = isGarbling;
  }

  protected hear(bytes: Uint8Array): void {
    for (const byte of bytes) {
      // 01 begins a packet wherever it comes, 04 ends it.
      if (byte === 0x01) {
        if (this.received.length > 0) this.brokenFrames++;
        this.received = [byte];
      } else if (this.received.length > 0) {
        this.received.push(byte);
        if (byte === 0x04) this.#packet(this.received.splice(0));
        else if (this.received.length > longestPacketBytes) this.received = [];
      }
    }
  }

  /** From 01 to 04, both included. */
  #packet(packet: readonly number[]): void {
    const text = String.fromCharCode(...packet);
    const parts = /^\x01([\x21-\x7e])([0-9A-F?]{2})\x02([\s\S]*)\x04$/.exec(text);
    if (parts === null) {
      this.brokenFrames++;
      return;
    }
    const [, , to = '', content = ''] = parts;
    if (to !== '00' && to !== '??' && Number.parseInt(to, 16) !== this.address) return;
    const checked = /^([^\x03]*)\x03([\s\S]*)$/.exec(content);
    if (checked !== null) {
      const covered = `\x02${checked[1]}\x03`;
      let sum = 0;
      for (let at = 0; at < covered.length; at++) sum = (sum + covered.charCodeAt(at)) % 65_536;
      const isWrong = checked[2] !== sum.toString(16).toUpperCase().padStart(4, '0');
      if (isWrong || this.#garbling) {
        this.brokenFrames++;
        this.#answer(0x15, 0x40 + 0x10);
        return;
      }
    }
    this.#obey(checked?.[1] ?? content);
  }

  #obey(command: string): void {
    if (this.#refusal !== undefined) {
      this.#answer(0x15, 0x40 + this.#refusal);
      return;
    }
    if (command.startsWith('A')) {
      this.#write(command[1] ?? '', command.slice(2));
    } else if (command === 'Es1' || command === 'Es0') {
      if (this.canAcknowledge) this.#acknowledges = command === 'Es1';
    } else if (command !== 'E4') {
      this.#answer(0x15, 0x40 + 0x20);
      return;
    }
    this.#answer(0x06, 0x40);
  }

  /** `data`: 1B, position, mode, text; nothing empties the file. */
  #write(label: string, data: string): void {
    if (data === '') this.#files.delete(label);
    // The special modes have a second character.
    const parts = /^\x1b([\x20-\x7e])(n[\x20-\x7e]|[a-z])([\s\S]*)$/.exec(data);
    if (parts !== null) {
      const text = label === '0' ? parts[3]!.slice(0, priorityFileBytes) : parts[3]!;
      this.#files.set(label, { lines: text.replace(controlCodes, '').split('\r'), mode: parts[2]! });
    }
    this.#paint();
  }

  #paint(): void {
    const file = this.#files.get('0') ?? this.#files.get('A');
    this.mode = file?.mode ?? '';
    const manner =
      this.mode === 'c' ? 'blinking' : this.mode === 'b' || file === undefined ? 'still' : 'moving';
    this.show(file?.lines ?? [], manner);
  }

  #answer(...bytes: number[]): void {
    if (this.#acknowledges) this.answerAfter(answerMilliseconds, () => Uint8Array.from(bytes));
  }

  protected forget(): void {
    this.#files.clear();
    this.#acknowledges = false;
    this.#paint();
  }
}
