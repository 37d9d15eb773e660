/** What goes on in the demo's hall beside the windows: the door, the washroom, what is used up and filled again. */
import type { Clock } from '../../kernel/clock.js';
import { Door } from './door.js';
import type { FarEnds } from './far-ends.js';
import { SuppliesLife } from './supplies-life.js';
import { WashroomLife } from './washroom-life.js';

export interface Life {
  readonly door: Door;
  readonly washroom: WashroomLife;
  readonly supplies: SuppliesLife;
  /** No timer is left. */
  stop(): void;
}

/**
 * Begins it.
 * @param random 0 (inclusive) to 1 (exclusive)
 * @param faults what the staff's telephones say: the faults that stand
 */
export function startLife(
  clock: Clock,
  random: () => number,
  { things }: Pick<FarEnds, 'things'>,
  faults: () => readonly { readonly device: string; readonly code: string }[],
): Life {
  const door = new Door(clock, things.beams);
  const inside = () => door.inside;
  const washroom = new WashroomLife({ clock, random, washroom: things.washroom, inside });
  const supplies = new SuppliesLife({ clock, random, front: things.supplies, inside, faults });
  washroom.start();
  supplies.start();
  return {
    door,
    washroom,
    supplies,
    stop() {
      door.stop();
      washroom.stop();
      supplies.stop();
    },
  };
}
