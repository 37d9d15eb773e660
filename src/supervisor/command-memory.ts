/**
 * The answers that were given, by the id of the command: the same id gets the first answer again. Bounded in number,
 * age and size, on the disk and in memory.
 */

import { clip } from '../kernel/clip.js';
import type { Clock } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import type { Reply } from '../protocols/hub/payloads.js';

const keyPrefix = 'command/';
/** The same id within this time gets the first answer again. */
const rememberMilliseconds = 24 * 3600 * 1000;
const rememberAtMost = 10_000;
/** Of JSON, of all answers on the disk. */
const rememberCharacters = 4 * 1024 * 1024;
const passedAtMost = 1_000;
/** Of JSON, of all answers that are only in memory. */
const passedCharacters = 4 * 1024 * 1024;
const nameBytes = 80;

interface Remembered {
  readonly atMilliseconds: number;
  readonly name: string;
  readonly reply: Reply;
}

interface Kept extends Remembered {
  readonly characters: number;
}

export class CommandMemory {
  /** Ids in the order in which they came. */
  readonly #remembered = new Map<string, Kept>();
  #characters = 0;
  /** Answers that nothing is recorded of; gone with the process. */
  readonly #passed = new Map<string, { readonly reply: Reply; readonly characters: number }>();
  #passedCharacters = 0;

  /** @param state what is stored, as it was at the start */
  constructor(
    private readonly clock: Clock,
    state: ReadonlyMap<string, Json>,
  ) {
    const stored = [...state].flatMap(([key, value]): [string, Remembered][] => {
      const one = value as unknown as Remembered | null;
      const isOne = key.startsWith(keyPrefix) && typeof one?.reply?.id === 'string';
      return isOne ? [[key.slice(keyPrefix.length), one]] : [];
    });
    stored.sort(([, a], [, b]) => a.atMilliseconds - b.atMilliseconds);
    for (const [id, one] of stored) this.#set(id, one);
  }

  /** The first answer; `undefined` where there was none. */
  recall(id: string): Reply | undefined {
    return (this.#remembered.get(id) ?? this.#passed.get(id))?.reply;
  }

  /** Keeps an answer over a restart. What it gives is to be committed with what the command did. */
  remember(id: string, name: string, reply: Reply): Record<string, Json> {
    const now = this.clock.wallMilliseconds();
    const remembered: Remembered = { atMilliseconds: now, name: clip(name, nameBytes), reply };
    this.#forget(id);
    this.#set(id, remembered);
    const puts: Record<string, Json> = { [keyPrefix + id]: remembered as unknown as Json };
    for (const [oldId, old] of this.#remembered) {
      const isRecent = now - old.atMilliseconds < rememberMilliseconds;
      const fits = this.#remembered.size <= rememberAtMost && this.#characters <= rememberCharacters;
      if (isRecent && fits) break;
      this.#forget(oldId);
      puts[keyPrefix + oldId] = null;
    }
    return puts;
  }

  /** Keeps an answer as long as the process lives and there is room. */
  pass(id: string, reply: Reply): void {
    const characters = JSON.stringify(reply).length;
    this.#passed.set(id, { reply, characters });
    this.#passedCharacters += characters;
    for (const [oldId, old] of this.#passed) {
      if (this.#passed.size <= passedAtMost && this.#passedCharacters <= passedCharacters) break;
      this.#passed.delete(oldId);
      this.#passedCharacters -= old.characters;
    }
  }

  #set(id: string, remembered: Remembered): void {
    const characters = JSON.stringify(remembered).length;
    this.#remembered.set(id, { ...remembered, characters });
    this.#characters += characters;
  }

  #forget(id: string): void {
    this.#characters -= this.#remembered.get(id)?.characters ?? 0;
    this.#remembered.delete(id);
  }
}
