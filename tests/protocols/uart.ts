/** A serial line down to its bits (8N1): what who listens at another baud rate hears. */

/** The level of a line over time: high where idle. */
export class SerialBits {
  readonly #edges: { readonly at: number; readonly level: 0 | 1 }[] = [
    { at: Number.NEGATIVE_INFINITY, level: 1 },
  ];
  #now = 0;

  constructor(private readonly baudRate: number) {}

  /** Sends bytes, one right behind the other, then leaves the line idle for a while. */
  send(bytes: Uint8Array): this {
    const bit = 1 / this.baudRate;
    for (const byte of bytes) {
      const levels = [0, ...Array.from({ length: 8 }, (_, place) => (byte >> place) & 1), 1];
      for (const level of levels) {
        this.#edges.push({ at: this.#now, level: level === 1 ? 1 : 0 });
        this.#now += bit;
      }
    }
    this.#now += 0.2;
    return this;
  }

  #level(at: number): 0 | 1 {
    let level: 0 | 1 = 1;
    for (const edge of this.#edges) {
      if (edge.at > at) break;
      level = edge.level;
    }
    return level;
  }

  /** @param framing what a receiver does with a byte whose stop bit is missing */
  heard(baudRate: number, framing: 'dropped' | 'given'): Uint8Array {
    const bit = 1 / baudRate;
    const bytes: number[] = [];
    let from = Number.NEGATIVE_INFINITY;
    for (;;) {
      const start = this.#edges.find((edge, place) => {
        return edge.level === 0 && edge.at >= from && this.#edges[place - 1]?.level === 1;
      });
      if (start === undefined) return Uint8Array.from(bytes);
      let byte = 0;
      for (let place = 0; place < 8; place++) byte |= this.#level(start.at + bit * (1.5 + place)) << place;
      const isWhole = this.#level(start.at + bit * 9.5) === 1;
      if (isWhole || framing === 'given') bytes.push(byte);
      from = start.at + bit * 9.5;
    }
  }
}
