/** Disturbs what goes over a cable; shared by all cables. */
export class LineNoise {
  #probability = 0;
  #random: () => number = Math.random;

  /** @param probability of each byte to be disturbed, 0 to 1. */
  set(probability: number, random: () => number = Math.random): void {
    this.#probability = probability;
    this.#random = random;
  }

  /** The bytes as they arrive, always in new memory. */
  disturb(bytes: Uint8Array): Uint8Array {
    if (this.#probability === 0) return bytes.slice();
    const arrived: number[] = [];
    for (const byte of bytes) {
      if (this.#random() >= this.#probability) {
        arrived.push(byte);
      } else if (this.#random() < 0.5) {
        arrived.push(byte ^ (1 << Math.floor(this.#random() * 8)));
      } else {
        arrived.push(Math.floor(this.#random() * 256), byte);
      }
    }
    return Uint8Array.from(arrived);
  }
}
