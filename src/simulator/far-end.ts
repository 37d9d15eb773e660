/** The device's side of any cable: what a simulated device sends and hears. */
export interface FarEnd {
  /** Bytes on their way to the controller. Where the cable is cut or nobody listens they are lost, as on a wire. */
  send(bytes: Uint8Array): void;
  /** Hears what the controller sends, in pieces as they come. Returns the function that stops listening. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void;
}

/** The front panel of a cable: what can be done to it from outside. */
export interface Cable {
  readonly isCut: boolean;
  /** As pulling the plug: what is on its way is lost. */
  cut(): void;
  /** Plugged in again; on a real system the port may have another name. */
  join(): void;
  /**
   * From now on each byte, both ways, is disturbed with `probability` (0 ends it): half of them get one bit wrong,
   * before the others a stray byte comes in.
   * @param random a number from 0 (inclusive) to 1 (exclusive).
   */
  noise(probability: number, random?: () => number): void;
}
