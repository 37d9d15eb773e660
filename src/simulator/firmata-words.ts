/**
 * What an Uno with StandardFirmata says, in hex, and how it cuts what it hears into messages.
 *
 * Source: https://github.com/firmata/protocol/blob/master/protocol.md.
 */

/** A message of the board as it is now, and as it was before Firmata 2.5. */
export interface FirmataWords {
  readonly now: string;
  readonly old: string;
}

/** Pins 0 and 1 can do nothing; 2 to 13 are digital; 14 to 19 also measure with ten bits (mode 2, resolution 0A). */
export const capabilities: FirmataWords = {
  now: `F0 6C 7F 7F ${'00 01 01 01 0B 01 7F '.repeat(12)}${'00 01 01 01 0B 01 02 0A 7F '.repeat(6)}F7`,
  old: `F0 6C 7F 7F ${'00 01 01 01 7F '.repeat(12)}${'00 01 01 01 02 0A 7F '.repeat(6)}F7`,
};
/** Analogue channel of each pin, 7F where it has none. */
const mapped = 'F0 6A 7F 7F 7F 7F 7F 7F 7F 7F 7F 7F 7F 7F 7F 7F 00 01 02 03 04 05 F7';
export const mapping: FirmataWords = { now: mapped, old: mapped };
export const version: FirmataWords = { now: 'F9 02 05', old: 'F9 02 04' };
/** "Sim" in pairs of seven bits. */
export const firmware: FirmataWords = {
  now: 'F0 79 02 05 53 00 69 00 6D 00 F7',
  old: 'F0 79 02 04 53 00 69 00 6D 00 F7',
};
/** "Unknown pin mode" */
const unknown =
  'F0 71 55 00 6E 00 6B 00 6E 00 6F 00 77 00 6E 00 20 00 70 00 69 00 6E 00 20 00 6D 00 6F 00 64 00 65 00 F7';
export const unknownMode: FirmataWords = { now: unknown, old: unknown };
/** A satellite receiver: "$GPGGA\r\n". */
export const babbled = '24 47 50 47 47 41 0D 0A';

const longestSysex = 64;

/** Cuts bytes into messages. What begins no message, and a sysex that is too long, is forgotten. */
export class FirmataMessages {
  #heard: number[] = [];

  /** The message whose last byte this is: command, then data; of a sysex with its `F7`. */
  take(byte: number): number[] | undefined {
    if (byte >= 0x80 && !(byte === 0xf7 && this.#heard[0] === 0xf0)) this.forget();
    else if (this.#heard.length === 0 || this.#heard.length >= longestSysex) {
      this.forget();
      return undefined;
    }
    this.#heard.push(byte);
    const [command = 0] = this.#heard;
    const isWhole = command === 0xf0 ? byte === 0xf7 : this.#heard.length >= lengthOf(command);
    if (!isWhole) return undefined;
    const message = this.#heard;
    this.forget();
    return message;
  }

  forget(): void {
    this.#heard = [];
  }
}

/** Bytes of a message that is no sysex, with its command. */
function lengthOf(command: number): number {
  if (command === 0xf9 || command === 0xff) return 1;
  const kind = command & 0xf0;
  return kind === 0xc0 || kind === 0xd0 ? 2 : 3;
}
