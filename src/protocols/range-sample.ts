/** One measurement of a sensor that measures distance by light. */
export interface RangeSample {
  /** `null`: nothing in range, or nothing for certain. */
  readonly millimetres: number | null;
  /** What was measured as it was read: the same bytes twice mean that nothing was measured in between. */
  readonly raw: Uint8Array;
  /** The range register as it is, also where it means nothing. */
  readonly range: number;
}
