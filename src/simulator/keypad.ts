/**
 * A keypad (呼叫器 or 评价器) at the far end of a wire. There is no public standard: it sends whatever bytes it is
 * given for each key, and nothing else.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import { hexBytes } from './hex.js';

/** The keys as people and broken contacts press them. An unknown key throws: that is a mistake in the test. */
export interface SimulatedKeypad {
  press(key: string): void;
  /**
   * Holds a key down: its bytes come at once and again every `repeatMilliseconds`.
   * Returns the function that lets go; the clock's timer is gone then.
   */
  hold(key: string, repeatMilliseconds: number, clock: Clock): () => void;
  /** One press of a worn contact: the key's bytes twice, one behind the other. */
  bounce(key: string): void;
  /** Bytes that no key sends. */
  garbage(bytes: Uint8Array): void;
}

/** @param keys what each key sends, in hex: `{ next: "AA 05 01 B0" }`. Throws for text that is no hex. */
export function simulatedKeypad(farEnd: FarEnd, keys: Readonly<Record<string, string>>): SimulatedKeypad {
  const codes = new Map(Object.entries(keys).map(([key, hex]) => [key, hexBytes(hex)]));
  const press = (key: string) => {
    const code = codes.get(key);
    if (code === undefined)
      throw new Error(`this keypad has no key "${key}", only ${[...codes.keys()].join(', ')}`);
    farEnd.send(code);
  };
  return {
    press,
    hold(key, repeatMilliseconds, clock) {
      let timer: Timer | undefined;
      const repeat = () => {
        press(key);
        timer = clock.after(`held key ${key}`, repeatMilliseconds, repeat);
      };
      repeat();
      return () => timer?.cancel();
    },
    bounce(key) {
      press(key);
      press(key);
    },
    garbage: (bytes) => farEnd.send(bytes),
  };
}
