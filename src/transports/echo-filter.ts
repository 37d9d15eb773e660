import { concatBytes, hasBytesAt } from '../kernel/bytes.js';

const NOTHING = new Uint8Array(0);

/**
 * Some RS-485 adapters receive what they send. An echo is recognised where an answer is found behind bytes equal to
 * the whole request; from then on it is taken off before anybody decodes it, until the wire is opened anew or an
 * answer comes without one.
 *
 * A request whose answer may equal it (Modbus function 06) can't tell an echo from an answer while the echo is not
 * known: the first request on a wire should be a read.
 */
export class EchoFilter {
  #known = false;
  #expected: Uint8Array | undefined;
  #matched = 0;

  /** @param stripped told how many bytes were taken off. */
  constructor(private readonly stripped: (byteCount: number) => void) {}

  /** The wire is a new one: nothing is known of it. */
  forget(): void {
    this.#known = false;
    this.#expected = undefined;
  }

  /** These bytes are about to be sent. */
  sending(bytes: Uint8Array): void {
    this.#expected = this.#known ? bytes : undefined;
    this.#matched = 0;
  }

  /** Gives of what came in what is no echo. */
  strip(chunk: Uint8Array): Uint8Array {
    const expected = this.#expected;
    if (expected === undefined) return chunk;
    const before = this.#matched;
    let index = 0;
    while (
      index < chunk.length &&
      this.#matched < expected.length &&
      chunk[index] === expected[this.#matched]
    ) {
      index++;
      this.#matched++;
    }
    if (this.#matched === expected.length) {
      this.#expected = undefined;
      this.stripped(expected.length);
      return chunk.subarray(index);
    }
    if (index === chunk.length) return NOTHING;
    // Not the echo after all, or a damaged one: the decoder shall see all of it.
    this.#expected = undefined;
    return before === 0 ? chunk : concatBytes(expected.subarray(0, before), chunk);
  }

  /** Nothing more will come: a half echo is given up. */
  endOfAnswer(): void {
    if (this.#expected !== undefined && this.#matched > 0) this.stripped(this.#matched);
    this.#expected = undefined;
    this.#matched = 0;
  }

  /**
   * An answer was found behind `before` (bytes its decoder discarded, the first ones of this try).
   * @returns true where `before` began with an echo not known until now.
   */
  learn(request: Uint8Array, before: Uint8Array, answer: Uint8Array): boolean {
    if (!this.#known) {
      this.#known = hasBytesAt(before, request, 0);
      return this.#known;
    }
    const wasStripped = this.#expected === undefined && this.#matched === request.length;
    const sameAsRequest = answer.length === request.length && hasBytesAt(answer, request, 0);
    if (!wasStripped && before.length === 0 && !sameAsRequest) this.#known = false;
    return false;
  }
}
