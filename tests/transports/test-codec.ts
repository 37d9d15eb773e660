/** A small protocol of our own for tests of the bus: what is under test is the bus, not a codec. */
import { expect } from 'vitest';
import { HallwardError } from '../../src/kernel/errors.js';
import type { Decoded, Decoder, Framing, Transaction } from '../../src/transports/ports.js';

/** Request: `3F address value`. Answer: `21 address value`; value FF is an exception. */
export const ask = (address: number, value = 1) => Uint8Array.of(0x3f, address, value);
export const reply = (address: number, value = 1) => Uint8Array.of(0x21, address, value);

/** Finds `start address any`; everything before is discarded as `junk`. */
export function answerDecoder(address: number, start = 0x21): Decoder<number | HallwardError> {
  let buffer: number[] = [];
  return {
    feed(chunk) {
      const found: Decoded<number | HallwardError>[] = [];
      for (const byte of chunk) {
        buffer.push(byte);
        while (buffer.length > 0 && (buffer[0] !== start || (buffer.length > 1 && buffer[1] !== address))) {
          found.push({ discarded: Uint8Array.of(buffer.shift()!), reason: 'junk' });
        }
        if (buffer.length < 3) continue;
        const bytes = Uint8Array.from(buffer);
        const value = buffer[2]!;
        buffer = [];
        const frame = value === 0xff ? new HallwardError('test.exception', 'refused', 'no') : value;
        found.push({ frame, bytes });
      }
      return found;
    },
    idle() {
      const rest = Uint8Array.from(buffer);
      buffer = [];
      return rest.length > 0 ? [{ discarded: rest, reason: 'unfinished' }] : [];
    },
  };
}

export function question(address: number, options: Partial<Transaction<number>> = {}): Transaction<number> {
  return {
    address,
    priority: 'poll',
    request: ask(address),
    decoder: () => answerDecoder(address),
    timeoutMilliseconds: 100,
    ...options,
  };
}

export interface Word {
  readonly listener: number;
  readonly word: string;
}

/** Words `<abc>`; a listener hears those that begin with its letter. Other bytes are `not-a-word`. */
export const words: Framing<string, Word> = framing('words', 0x3c, 0x3e);
/** The same with `[abc]`. */
export const brackets: Framing<string, Word> = framing('brackets', 0x5b, 0x5d);

function framing(name: string, open: number, close: number): Framing<string, Word> {
  return {
    name,
    idleMilliseconds: 50,
    decoder(letters) {
      let buffer: number[] = [];
      const discard = (): Decoded<Word>[] => {
        const discarded = Uint8Array.from(buffer);
        buffer = [];
        return discarded.length > 0 ? [{ discarded, reason: 'not-a-word' }] : [];
      };
      return {
        feed(chunk) {
          const found: Decoded<Word>[] = [];
          for (const byte of chunk) {
            if (byte === open || buffer.length > 64) found.push(...discard());
            buffer.push(byte);
            if (byte !== close || buffer[0] !== open) continue;
            const word = String.fromCharCode(...buffer.slice(1, -1));
            const listener = letters.indexOf(word[0] ?? '');
            if (listener < 0) found.push(...discard());
            else found.push({ frame: { listener, word }, bytes: Uint8Array.from(buffer) });
            buffer = [];
          }
          return found;
        },
        idle: discard,
      };
    },
  };
}

export const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** What a promise rejects with; fails where it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<HallwardError> {
  const result = await promise.then(
    (value) => ({ value }),
    (error: HallwardError) => ({ error }),
  );
  if ('error' in result) return result.error;
  throw new Error(`resolved with ${String(result.value)}`);
}

/** `expect` of something that comes true after a while, with patience for a busy machine. */
export function eventually<Value>(look: () => Value): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(look);
}
