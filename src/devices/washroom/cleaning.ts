/** When a washroom has to be cleaned: the rules alone. No clock, no wire. */

export const cleaningReasons = ['visits', 'hours', 'smell', 'water'] as const;
export type CleaningReason = (typeof cleaningReasons)[number];

export interface CleaningRules {
  /** 0: not by visits. */
  readonly dueAfterVisits: number;
  /** 0: not by hours. */
  readonly dueAfterHours: number;
  readonly dueWhenWet: boolean;
}

/** What is known since the last cleaning. */
export interface CleaningFacts {
  /** Those that were counted; more may have come. */
  readonly visits: number;
  readonly openHours: number;
  /** `well`: for long already. `null`: neither, not known, or not to be judged now. */
  readonly smell: 'bad' | 'well' | null;
  /** `dry`: for long already. `null`: neither, not known, or not to be judged now. */
  readonly floor: 'wet' | 'dry' | null;
}

/**
 * Why cleaning is due now; nothing where it is not. What was a reason stays one until somebody has cleaned, but for smell
 * and water: where there is no other reason and all of it is over, nothing is left to clean for.
 * @param before as it was until now, since the last cleaning
 */
export function judgeCleaning(
  before: readonly CleaningReason[],
  facts: CleaningFacts,
  rules: CleaningRules,
): readonly CleaningReason[] {
  const because = cleaningReasons.filter((reason) => before.includes(reason) || holds(reason, facts, rules));
  return because.every((reason) => isOver(reason, facts)) ? [] : because;
}

function holds(reason: CleaningReason, facts: CleaningFacts, rules: CleaningRules): boolean {
  switch (reason) {
    case 'visits':
      return rules.dueAfterVisits > 0 && facts.visits >= rules.dueAfterVisits;
    case 'hours':
      return rules.dueAfterHours > 0 && facts.openHours >= rules.dueAfterHours;
    case 'smell':
      return facts.smell === 'bad';
    case 'water':
      return rules.dueWhenWet && facts.floor === 'wet';
  }
}

function isOver(reason: CleaningReason, { smell, floor }: CleaningFacts): boolean {
  return reason === 'smell' ? smell === 'well' : reason === 'water' && floor === 'dry';
}
