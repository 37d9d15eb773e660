/** Passages by lines that say yes or no: two light barriers, one, or a contact at the door. */
import * as v from 'valibot';
import { HallwardError } from '../../kernel/errors.js';
import { biases, gpioLine } from '../gpio-lines.js';
import { type Beam, BeamPair } from './beam-pair.js';
import { watchLines } from './contact-part.js';
import type { Part, PartConfig, PartContext, PartEvents } from './part.js';
import { noPassages, type Passages } from './passages.js';
import { SteadyLines } from './steady-lines.js';
import { StuckWatch } from './stuck-watch.js';

/** A barrier that is broken for so long is blocked. */
const blockedMilliseconds = 60_000;
/** A door that stands open for so long counts nobody; shorter it may well be held open, to clean or to carry. */
const heldOpenMilliseconds = 1_800_000;
/** What a reed contact bounces. */
const bounceMilliseconds = 20;
const beams: readonly Beam[] = ['outer', 'inner'];

const wiring = { activeLow: v.boolean(), bias: v.optional(v.picklist(biases)) };
const pairSchema = v.object({ ...wiring, lines: v.array(gpioLine), minimumMilliseconds: v.number() });
const beamSchema = v.object({
  ...wiring,
  line: gpioLine,
  minimumMilliseconds: v.number(),
  quietMilliseconds: v.number(),
});
const contactSchema = v.object({
  ...wiring,
  line: gpioLine,
  countsAs: v.picklist(['visit', 'passage']),
  quietMilliseconds: v.number(),
});

/** Makes a part that counts people from its entry; see `passagePart`. */
export type MakePassages = (config: PartConfig, context: PartContext, events: PartEvents<Passages>) => Part;

export const beamPairPassages: MakePassages = (config, context, events) => {
  const { lines, minimumMilliseconds, ...wires } = v.parse(pairSchema, config);
  const pair = new BeamPair();
  return watched(lines, wires, minimumMilliseconds, blockedMilliseconds, context, events, {
    level: (index, broken, at) => pair.level(beams[index]!, broken, at),
    forget: () => pair.forget(),
    stuck: (index) => blocked(`the ${beams[index]} light barrier`),
  });
};

export const singleBeamPassages: MakePassages = (config, context, events) => {
  const { quietMilliseconds, minimumMilliseconds, line, ...wires } = v.parse(beamSchema, config);
  const breaks = new Openings(quietMilliseconds);
  return watched([line], wires, minimumMilliseconds, blockedMilliseconds, context, events, {
    level: (_, broken, at) => (breaks.level(broken, at) ? { ...noPassages, unknownDirection: 1 } : null),
    forget: () => breaks.forget(),
    stuck: () => blocked('the light barrier'),
  });
};

export const doorContactPassages: MakePassages = (config, context, events) => {
  const { quietMilliseconds, countsAs, line, ...wires } = v.parse(contactSchema, config);
  const openings = new Openings(quietMilliseconds);
  const one = countsAs === 'visit' ? { ...noPassages, entered: 1 } : { ...noPassages, unknownDirection: 1 };
  return watched([line], wires, bounceMilliseconds, heldOpenMilliseconds, context, events, {
    level: (_, open, at) => (openings.level(open, at) ? one : null),
    forget: () => openings.forget(),
    stuck() {
      const minutes = heldOpenMilliseconds / 60_000;
      const reason = `the door has stood open for ${minutes} minutes, so nobody is counted; close it, or check its contact`;
      return new HallwardError('sensor.held-open', 'garbled', reason, { minutes });
    },
  });
};

function blocked(beam: string): HallwardError {
  const seconds = blockedMilliseconds / 1_000;
  const reason =
    `${beam} has been broken for ${seconds} seconds: something stands in it, it is out of line, its lens is dirty, ` +
    'or activeLow is the wrong way round';
  return new HallwardError('sensor.blocked', 'garbled', reason, { beam, seconds });
}

/** An activity of one line: each after a quiet time is a new one. */
class Openings {
  #active: boolean | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly quietMilliseconds: number) {}

  /** True where something new begins; never for the first level, for nobody knows since when it is. */
  level(active: boolean, atMilliseconds: number): boolean {
    const before = this.#active;
    this.#active = active;
    if (!active && before === true) this.#endedAt = atMilliseconds;
    return active && before === false && atMilliseconds - this.#endedAt >= this.quietMilliseconds;
  }

  forget(): void {
    this.#active = undefined;
    this.#endedAt = Number.NEGATIVE_INFINITY;
  }
}

/** What the lines mean. */
interface Meaning {
  level(index: number, active: boolean, atMilliseconds: number): Passages | null;
  forget(): void;
  stuck(index: number): HallwardError;
}

/** Watches lines, tells what passes by their meaning, and finds those that stay active. */
function watched(
  lines: Parameters<typeof watchLines>[0],
  wires: Parameters<typeof watchLines>[1],
  minimumMilliseconds: number,
  stuckMilliseconds: number,
  context: PartContext,
  events: PartEvents<Passages>,
  meaning: Meaning,
): Part {
  const { clock, name } = context;
  const levels = new Map<number, boolean>();
  const crashed = (error: unknown) => events.crashed(error);
  /** It was told that the sensors work. */
  let told = false;
  const stuck = new StuckWatch(name, clock, stuckMilliseconds, {
    stuck(index) {
      told = false;
      meaning.forget();
      events.unknown(meaning.stuck(index));
    },
    free() {},
    crashed,
  });
  const steady = new SteadyLines(
    name,
    clock,
    minimumMilliseconds,
    (index, active, at) => {
      const wasStuck = stuck.isStuck;
      levels.set(index, active);
      stuck.level(index, active);
      if (stuck.isStuck) return;
      // After a blockage the lines are met anew, all as they are now.
      const passed = wasStuck ? meet(at) : meaning.level(index, active, at);
      if (passed === null && (told || levels.size < lines.length)) return;
      told = true;
      events.values(passed ?? noPassages, at);
    },
    crashed,
  );
  const meet = (at: number): null => {
    for (const [index, active] of levels) meaning.level(index, active, at);
    return null;
  };
  const forget = () => {
    told = false;
    levels.clear();
    meaning.forget();
    steady.forget();
    stuck.forget();
  };
  const watch = watchLines(lines, wires, context, {
    level: (index, active, at) => steady.level(index, active, at),
    unknown(error) {
      forget();
      events.unknown(error);
    },
  });
  return {
    start: () => watch.start(),
    stop() {
      watch.stop();
      forget();
    },
  };
}
