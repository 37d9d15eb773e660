import type { SimulatedI2cChip } from './i2c.js';

/** What can be done to a distance sensor of ST's VL53L family. */
export interface SimulatedVl53 extends SimulatedI2cChip {
  /** Something stands in front of it, so far away. */
  distance(millimetres: number): void;
  /** Nothing is in its range. */
  nothing(): void;
  /** Every measurement gives the last one's result again, to the last bit. */
  freeze(): void;
  /** Measurements do not come to their end any more. */
  stall(): void;
  /** Its laser fails its own test (status 2). */
  burnOut(): void;
  /** Ends `freeze`, `stall` and `burnOut`. */
  recover(): void;
  readonly power: { off(): void; on(): void };
  /** Measurements that came to their end. */
  readonly measurements: number;
}

/** What is in front of it, and what it suffers from. */
export class Vl53Front {
  protected millimetres: number | null = null;
  protected trouble: 'frozen' | 'stalled' | 'burnt' | undefined;

  /** @param random 0 (inclusive) to 1 (exclusive): the noise of counted light */
  constructor(private readonly random: () => number) {}

  distance(millimetres: number): void {
    this.millimetres = millimetres;
  }

  nothing(): void {
    this.millimetres = null;
  }

  freeze(): void {
    this.trouble = 'frozen';
  }

  stall(): void {
    this.trouble = 'stalled';
  }

  burnOut(): void {
    this.trouble = 'burnt';
  }

  recover(): void {
    this.trouble = undefined;
  }

  /** A whole number from -`most` to `most`. */
  protected noise(most: number): number {
    return Math.round((this.random() - 0.5) * 2 * most);
  }
}
