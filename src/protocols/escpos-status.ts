/**
 * What an ESC/POS printer says of itself: real-time status (DLE EOT n), Automatic Status Back (GS a) and the answer
 * that goes through its buffer (GS r). All three come mixed in one stream, asked or not.
 *
 * Source: Epson, "ESC/POS Command Reference" (https://download4.epson.biz/sec_pubs/pos/reference_en/escpos/), DLE EOT,
 * GS a, GS r, and the status tables of the TM series' technical manuals. Bits are masked, whole bytes are never
 * compared: models use the bits that others leave free.
 */
import type { Decoded, Decoder, Framing } from '../kernel/framing.js';

/** A question about real-time status: 1 printer, 2 why offline, 3 which error, 4 roll paper. */
export type RealtimeQuestion = 1 | 2 | 3 | 4;

export const realtimeQuestions: readonly RealtimeQuestion[] = [1, 2, 3, 4];

/** DLE EOT n: answered at once by one byte, also while the printer is offline or its buffer is full. */
export const askRealtime = (question: RealtimeQuestion): Uint8Array => Uint8Array.of(0x10, 0x04, question);

/** GS r 1: answered by one byte when the printer has worked off all that came before; never while it is offline. */
export const askBuffered: Uint8Array = Uint8Array.of(0x1d, 0x72, 0x01);

/** GS a: from now on four bytes at each change of anything, and once at first. */
export const enableAutomaticStatus: Uint8Array = Uint8Array.of(0x1d, 0x61, 0xff);

/** Only what one answer says; what it does not speak of is absent. */
export interface PrinterPart {
  readonly online?: boolean;
  readonly cover?: 'open' | 'closed';
  readonly paper?: 'ok' | 'low' | 'empty';
  /** Printing was stopped by the end of the paper; `false` says nothing about how much there is. */
  readonly stoppedByPaperEnd?: boolean;
  /** The feed button is held, or paper is fed by it. */
  readonly feeding?: boolean;
  /** Some error stands; question 3 says which. */
  readonly error?: boolean;
  readonly cutterError?: boolean;
  readonly mechanicalError?: boolean;
  /** The mark on the back of the paper was not found where it should be. */
  readonly blackMarkError?: boolean;
  readonly unrecoverable?: boolean;
  /** An error that goes away by itself, such as a hot print head. */
  readonly autoRecoverable?: boolean;
}

export type PrinterFrame =
  | { readonly listener: number; readonly kind: 'realtime'; readonly byte: number }
  /** Four bytes. */
  | { readonly listener: number; readonly kind: 'asb'; readonly bytes: Uint8Array }
  | { readonly listener: number; readonly kind: 'buffered'; readonly byte: number }
  /** XON or XOFF of a printer with that sort of flow control; no status. */
  | { readonly listener: number; readonly kind: 'flow-control'; readonly byte: number };

const hasAny = (byte: number, mask: number): boolean => (byte & mask) !== 0;

const isRealtime = (byte: number): boolean => (byte & 0x93) === 0x12;
const beginsAsb = (byte: number): boolean => (byte & 0x93) === 0x10;
const goesOnAsb = (byte: number): boolean => (byte & 0x90) === 0x00;

const asbBytes = 4;
const xon = 0x11;
const xoff = 0x13;

/**
 * What the byte says that was answered to DLE EOT `question`. The same byte means something else to each question;
 * `undefined` where it is no real-time status at all.
 */
export function readRealtime(question: RealtimeQuestion, byte: number): PrinterPart | undefined {
  if (!isRealtime(byte)) return undefined;
  switch (question) {
    case 1: // bit 2 is the pin of the cash drawer, which anything may be wired to
      return { online: !hasAny(byte, 0x08), feeding: hasAny(byte, 0x40) };
    case 2:
      return {
        cover: hasAny(byte, 0x04) ? 'open' : 'closed',
        feeding: hasAny(byte, 0x08),
        stoppedByPaperEnd: hasAny(byte, 0x20),
        error: hasAny(byte, 0x40),
      };
    case 3:
      return {
        mechanicalError: hasAny(byte, 0x04),
        cutterError: hasAny(byte, 0x08),
        unrecoverable: hasAny(byte, 0x20),
        autoRecoverable: hasAny(byte, 0x40),
      };
    case 4:
      return { paper: paperOf(byte, 0x0c, 0x60) };
  }
}

/** What bit 2 of the second byte of a block means; `black-mark` on Citizen's. */
export type AsbErrorBit = 'mechanical' | 'black-mark';

/** What a block of Automatic Status Back says; `undefined` where the four bytes are none. */
export function readAsb(bytes: Uint8Array, errorBit: AsbErrorBit = 'mechanical'): PrinterPart | undefined {
  const [first = 0, second = 0, third = 0] = bytes;
  if (bytes.length !== asbBytes || !beginsAsb(first) || !bytes.subarray(1).every(goesOnAsb)) return undefined;
  return {
    online: !hasAny(first, 0x08),
    cover: hasAny(first, 0x20) ? 'open' : 'closed',
    feeding: hasAny(first, 0x40),
    [errorBit === 'mechanical' ? 'mechanicalError' : 'blackMarkError']: hasAny(second, 0x04),
    cutterError: hasAny(second, 0x08),
    unrecoverable: hasAny(second, 0x20),
    autoRecoverable: hasAny(second, 0x40),
    // Not the bits of DLE EOT 4.
    paper: paperOf(third, 0x03, 0x0c),
  };
}

/** Which bits of the answer to GS r 1 say that the paper is near its end; `bits23` is a quirk of the EP-360. */
export type NearEndBits = 'epson' | 'bits23';

/** What the answer to GS r 1 says; `undefined` where the byte is none. */
export function readBuffered(byte: number, nearEnd: NearEndBits = 'epson'): PrinterPart | undefined {
  if (!goesOnAsb(byte)) return undefined;
  if (nearEnd === 'bits23') return { paper: paperOf(byte, 0x0c, 0x00) };
  return { paper: paperOf(byte, 0x03, 0x0c) };
}

/** Any bit of a pair counts: there are printers that set only one. */
function paperOf(byte: number, lowMask: number, emptyMask: number): 'ok' | 'low' | 'empty' {
  if (hasAny(byte, emptyMask)) return 'empty';
  return hasAny(byte, lowMask) ? 'low' : 'ok';
}

/**
 * Cuts what a printer sends into frames. A real-time answer may stand inside a block and comes out of it.
 * Reasons of discarded bytes: `unknown-bytes` (fits nothing), `unfinished` (a block that broke off).
 *
 * What is left of a broken block is thrown away whole, not searched again: its bytes could be taken for answers to
 * GS r, and those say that a ticket is printed.
 */
export const escposStatus: Framing<null, PrinterFrame> = {
  name: 'escpos-status',
  idleMilliseconds: 100,
  decoder: (parameters) => new StatusDecoder(parameters.length),
};

class StatusDecoder implements Decoder<PrinterFrame> {
  /** The beginning of a block, less than four bytes. */
  #block: number[] = [];

  /** @param listeners how many listen; the wire belongs to one printer, so all but the first hear nothing */
  constructor(private readonly listeners: number) {}

  feed(chunk: Uint8Array): Decoded<PrinterFrame>[] {
    const found = new Found(this.listeners > 0);
    for (const byte of chunk) {
      if (isRealtime(byte)) {
        found.frame({ listener: 0, kind: 'realtime', byte }, [byte]);
      } else if (beginsAsb(byte)) {
        this.#giveUp(found);
        this.#block = [byte];
      } else if (!goesOnAsb(byte)) {
        if (byte === xon || byte === xoff) {
          found.frame({ listener: 0, kind: 'flow-control', byte }, [byte]);
        } else {
          this.#giveUp(found);
          found.discard([byte], 'unknown-bytes');
        }
      } else if (this.#block.length > 0) {
        this.#block.push(byte);
        if (this.#block.length === asbBytes) {
          const bytes = Uint8Array.from(this.#block);
          this.#block = [];
          found.frame({ listener: 0, kind: 'asb', bytes }, bytes);
        }
      } else {
        found.frame({ listener: 0, kind: 'buffered', byte }, [byte]);
      }
    }
    return found.all();
  }

  idle(): Decoded<PrinterFrame>[] {
    const found = new Found(this.listeners > 0);
    this.#giveUp(found);
    return found.all();
  }

  #giveUp(found: Found): void {
    if (this.#block.length > 0) found.discard(this.#block, 'unfinished');
    this.#block = [];
  }
}

/** What one call finds. Neighbouring discarded bytes of one reason come as one run. */
class Found {
  readonly #items: Decoded<PrinterFrame>[] = [];
  #run: number[] = [];
  #reason = '';

  /** @param heard whether anybody listens; else frames are discarded, too */
  constructor(private readonly heard: boolean) {}

  frame(frame: PrinterFrame, bytes: Iterable<number>): void {
    this.#endRun();
    const taken = Uint8Array.from(bytes);
    this.#items.push(this.heard ? { frame, bytes: taken } : { discarded: taken, reason: 'unknown-bytes' });
  }

  discard(bytes: readonly number[], reason: string): void {
    if (reason !== this.#reason) this.#endRun();
    this.#reason = reason;
    for (const byte of bytes) this.#run.push(byte);
  }

  all(): Decoded<PrinterFrame>[] {
    this.#endRun();
    return this.#items;
  }

  #endRun(): void {
    if (this.#run.length > 0)
      this.#items.push({ discarded: Uint8Array.from(this.#run), reason: this.#reason });
    this.#run = [];
  }
}
