import * as v from 'valibot';
import type { Json } from '../../kernel/json.js';
import { type PrinterSupply, type SupplyState, supplyStates } from '../../protocols/printer-picture.js';
import type { DeviceContext } from '../kind.js';
import { DaysLeft, refillPercent } from './days-left.js';
import { openDay } from './open-day.js';
import { worthPercent } from './supply-ledger.js';

/** A supply as it counts by the options. */
export interface WatchedSupply extends PrinterSupply {
  /** It has had something in it, once. */
  readonly wasFilled: boolean;
}

export interface SupplyBookOptions {
  /** Names, or `all`. */
  readonly supplies: 'all' | readonly string[];
  readonly lowPercent: number;
  readonly emptyPercent: number;
}

/** More than any printer has; a hostile one does not fill the memory. */
const mostSupplies = 16;
/** What was low is well again so much above the limit. */
const hysteresisPercent = 2;
/** A printer that gave a number, and gives none now, may well be asleep: that is worth an event only after so long. */
const vagueMilliseconds = 3_600_000;
/** Events in an hour at most, for a printer that never says the same twice; what is not told by then is told later. */
const mostTellings = 60;
const hourMilliseconds = 3_600_000;

const keptSchema = v.object({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/)),
  state: v.picklist(supplyStates),
  level: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  filled: v.boolean(),
});

interface Entry {
  /** As it was told last; `null` before that. */
  told: { readonly state: SupplyState; readonly level: number | null } | null;
  /** By the latest look. */
  state: SupplyState;
  level: number | null;
  filled: boolean;
  /** Since when no state is known, monotonic; `undefined` while one is. */
  vagueSince: number | undefined;
  readonly days: DaysLeft;
}

/**
 * The supplies of one printer: their states by its options, what was told of them, and how fast they are used up.
 * Records `supply.changed`, and writes to the device's memory together with that.
 */
export class SupplyBook {
  readonly #entries = new Map<string, Entry>();
  /** Names in the newest look. */
  #present = new Set<string>();
  /** When events were recorded in the last hour, monotonic. */
  #toldAt: readonly number[] = [];

  constructor(
    private readonly options: SupplyBookOptions,
    private readonly context: Pick<DeviceContext, 'memory' | 'reports' | 'clock' | 'localMinutes' | 'isOpen'>,
  ) {
    for (const kept of listOf(context.memory.get())) {
      const parsed = v.safeParse(keptSchema, kept);
      // What an older version, or nobody, has written is as nothing.
      if (!parsed.success || this.#entries.size >= mostSupplies) continue;
      const { name, state, level, filled } = parsed.output;
      const days = new DaysLeft((kept as { days?: Json }).days);
      this.#entries.set(name, { told: { state, level }, state, level, filled, vagueSince: undefined, days });
    }
  }

  /** Takes what the printer says now; gives what is watched of it. */
  look(supplies: readonly PrinterSupply[]): readonly WatchedSupply[] {
    const { supplies: names } = this.options;
    const seen = new Map<string, PrinterSupply>();
    for (const supply of supplies) {
      if (seen.size < mostSupplies && (names === 'all' || names.includes(supply.name)))
        seen.set(supply.name, supply);
    }
    this.#present = new Set(seen.keys());
    this.#makeRoom();
    const watched = [...seen.values()].map((supply) => this.#look(supply));
    const gone = [...this.#entries].filter(([name]) => !seen.has(name));
    for (const [, entry] of gone) this.#measure(entry, null, 'unknown');
    this.#toldAt = this.#toldAt.filter((at) => this.#now - at < hourMilliseconds);
    const room = Math.max(0, mostTellings - this.#toldAt.length);
    const changed = [...this.#entries].filter(([, entry]) => this.#isNews(entry)).slice(0, room);
    for (const [name, entry] of changed) this.#tell(name, entry);
    if (changed.length > 0) this.#keep();
    return watched;
  }

  /** Somebody replaced a supply, or filled it up. False where there is none of that name, or it is not clear which. */
  replaced(supply: string | null): boolean {
    const only = this.#present.size === 1 ? [...this.#present][0] : undefined;
    const name = supply ?? only;
    const entry = name === undefined ? undefined : this.#entries.get(name);
    if (name === undefined || entry === undefined) return false;
    entry.days.replaced();
    this.#tell(name, entry);
    this.#keep();
    return true;
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  #look(supply: PrinterSupply): WatchedSupply {
    const { name, levelPercent } = supply;
    const entry = this.#entries.get(name) ?? this.#add(name);
    const state = levelPercent === null ? supply.state : this.#stateOf(levelPercent, entry.state);
    this.#measure(entry, levelPercent, state);
    return { ...supply, state, wasFilled: entry.filled };
  }

  #add(name: string): Entry {
    const entry: Entry = {
      told: null,
      state: 'unknown',
      level: null,
      filled: false,
      vagueSince: undefined,
      days: new DaysLeft(),
    };
    this.#entries.set(name, entry);
    return entry;
  }

  #stateOf(level: number, before: SupplyState): SupplyState {
    const { lowPercent, emptyPercent } = this.options;
    if (level <= emptyPercent) return 'empty';
    const wasLow = before === 'low' || before === 'empty';
    return level <= lowPercent + (wasLow ? hysteresisPercent : 0) ? 'low' : 'ok';
  }

  #measure(entry: Entry, level: number | null, state: SupplyState): void {
    entry.level = level;
    entry.state = state;
    entry.vagueSince = isVague(state) ? (entry.vagueSince ?? this.#now) : undefined;
    if (state === 'ok' || state === 'low' || state === 'some') entry.filled = true;
    if (level !== null) entry.days.observe(level, openDay(this.context), this.#now);
  }

  #isNews({ told, state, level, vagueSince = this.#now }: Entry): boolean {
    if (told === null) return state !== 'unknown';
    if (state !== told.state)
      return !isVague(state) || isVague(told.state) || this.#now - vagueSince >= vagueMilliseconds;
    if (level === null) return false;
    if (told.level === null) return true;
    return told.level - level >= worthPercent || level - told.level >= refillPercent;
  }

  #tell(name: string, entry: Entry): void {
    const { state, level } = entry;
    entry.told = { state, level };
    this.#toldAt = [...this.#toldAt, this.#now];
    this.context.reports.record('supply.changed', {
      supply: name,
      levelPercent: level,
      state,
      daysLeft: level === null ? null : entry.days.estimate(level),
    });
  }

  #keep(): void {
    const supplies = [...this.#entries].flatMap(([name, { told, filled, days }]) =>
      told === null ? [] : [{ name, ...told, filled, days: days.toJson() }],
    );
    this.context.memory.put({ supplies });
  }

  /** Supplies that it has not any more go first. */
  #makeRoom(): void {
    const strange = [...this.#present].filter((name) => !this.#entries.has(name)).length;
    const gone = [...this.#entries.keys()].filter((name) => !this.#present.has(name));
    const excess = this.#entries.size + strange - mostSupplies;
    for (const name of gone.slice(0, Math.max(0, excess))) this.#entries.delete(name);
  }
}

const isVague = (state: SupplyState): boolean => state === 'some' || state === 'unknown';

function listOf(kept: Json | undefined): readonly Json[] {
  if (kept === null || typeof kept !== 'object' || !('supplies' in kept)) return [];
  return Array.isArray(kept.supplies) ? kept.supplies : [];
}
