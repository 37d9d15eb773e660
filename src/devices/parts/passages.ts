/** People who have passed a door. */
export interface Passages {
  readonly entered: number;
  readonly left: number;
  /** Somebody passed, but nobody knows which way. */
  readonly unknownDirection: number;
}

export const noPassages: Passages = { entered: 0, left: 0, unknownDirection: 0 };

/** All of them, whatever the way. */
export function totalOf({ entered, left, unknownDirection }: Passages): number {
  return entered + left + unknownDirection;
}

export function sumOf(one: Passages, other: Passages): Passages {
  return {
    entered: one.entered + other.entered,
    left: one.left + other.left,
    unknownDirection: one.unknownDirection + other.unknownDirection,
  };
}
