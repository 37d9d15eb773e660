import type { Timer } from '../../kernel/clock.js';
import type { Capabilities } from '../capabilities.js';
import type { Device, DeviceContext } from '../kind.js';
import type { Distance } from '../parts/distance-part.js';
import type { Parts } from '../parts/parts.js';
import { SaidOnce } from '../said-once.js';
import { CabinetDoor } from './cabinet-door.js';
import { CalibrationDesk } from './calibration-desk.js';
import { refillPercent } from './days-left.js';
import { type CalibrationEnd, type Ends, endsOf } from './supply-calibration.js';
import { supplyFaults } from './supply-faults.js';
import { SupplyLedger } from './supply-ledger.js';
import {
  judgeSupply,
  levelAt,
  type SupplyLimits,
  type SupplyShape,
  type SupplyState,
} from './supply-level.js';
import { supplyParts } from './supply-parts.js';
import { type SupplyName, supplyFaultsOf, supplyWords } from './supply-words.js';

interface SupplyMonitorOptions extends SupplyLimits {
  readonly supply: SupplyName;
  readonly shape: SupplyShape;
  readonly coreMillimetres: number;
  /** From the configuration; instead of a button. */
  readonly fullMillimetres?: number | undefined;
  readonly emptyMillimetres?: number | undefined;
  readonly doorOpenMinutes: number;
}

/** The level is the median of the newest looks, and is judged once there are three of them. */
const mostLooks = 5;
const fewestLooks = 3;
/** The fork has said the same for so long: paper on its way flutters. */
const forkMilliseconds = 2_000;
/** A level, or a distance, that moves by less is told as it was. */
const levelStep = 2;
const distanceStep = 2;

/** Watches one supply: distance, fork, door and calibration buttons, as far as they are there. */
export class SupplyMonitor implements Device {
  readonly capabilities: Capabilities;
  readonly #ledger: SupplyLedger;
  readonly #door: CabinetDoor;
  readonly #calibration: CalibrationDesk;
  readonly #said: SaidOnce;
  readonly #hasDistance: boolean;
  #looks: number[] = [];
  #outOfRange = 0;
  /** The distance is not measured any more. */
  #isBlind = false;
  #level: number | null = null;
  #present: boolean | null = null;
  #forkTimer: Timer | undefined;
  #state: SupplyState;
  /** The level is from before the door was opened, or from nowhere yet: not to be judged by. */
  #stale: boolean;
  #replaced = false;

  constructor(
    private readonly options: SupplyMonitorOptions,
    private readonly parts: Parts,
    private readonly context: DeviceContext,
  ) {
    this.#ledger = new SupplyLedger(options.supply, context);
    this.#state = this.#ledger.state;
    this.#said = new SaidOnce(context.reports);
    this.#hasDistance = parts.has('distance');
    this.#stale = this.#hasDistance;
    this.capabilities = {
      maintained: { supplyReplaced: (supply, by) => this.#replacedBy(supply, by) },
    };
    const { clock, name } = context;
    this.#door = new CabinetDoor(name, clock, options.doorOpenMinutes, {
      opened: this.#guarded(() => this.#doubt()),
      settled: this.#guarded(() => this.#judge()),
      openTooLong: (minutes) => this.#said.raise('supply.door-open', { minutes }, ['door']),
      notOpenTooLong: () => this.#said.clear('supply.door-open'),
    });
    parts.sensor('distance', supplyParts.distance, {
      values: (distance) => this.#measured(distance),
      unknown: () => this.#blind(),
    });
    parts.sensor('fork', supplyParts.fork, {
      values: (present) => this.#forkSays(present),
      unknown: () => this.#forkSays(null),
    });
    parts.sensor('door', supplyParts.door, {
      values: (closed) => this.#doorIs(closed),
      unknown: () => this.#doorIs(null),
    });
    const desk = {
      ends: () => this.#ends,
      calibrated: (end: CalibrationEnd, at: number) => this.#calibrated(end, at),
    };
    this.#calibration = new CalibrationDesk(desk, this.#said, parts, context);
  }

  start(): void {
    for (const code of this.#codesOfOthers) this.#said.clear(code);
    if (!this.parts.has('door')) this.#door.is(true);
    if (this.#hasDistance) {
      this.#said.readings({ distanceMillimetres: null });
      this.#calibration.say();
    }
    this.#said.readings({ levelPercent: null, state: 'unknown', daysLeft: null });
    this.parts.start();
  }

  async stop(): Promise<void> {
    this.parts.stop();
    this.#door.stop();
    this.#forkTimer?.cancel();
    this.#calibration.stop();
  }

  get #ends(): Ends {
    const { fullMillimetres = null, emptyMillimetres = null } = this.options;
    return endsOf({ full: fullMillimetres, empty: emptyMillimetres }, this.#ledger.ends);
  }

  /** What another configuration of this device may have raised, and nobody would clear. */
  get #codesOfOthers(): readonly string[] {
    const { low, empty } = supplyFaultsOf(this.options.supply);
    const own = [low, empty, ...(this.#hasDistance ? ['supply.not-calibrated', 'supply.out-of-range'] : [])];
    return ['device.stuck-input', ...supplyFaults.map(({ code }) => code)].filter(
      (code) => !own.includes(code),
    );
  }

  #guarded(run: () => void): () => void {
    return () => {
      try {
        run();
      } catch (error) {
        this.context.reports.crashed(error);
      }
    };
  }

  #calibrated(end: CalibrationEnd, millimetres: number): void {
    this.#ledger.calibrated(end, millimetres);
    this.#level = null;
    this.#doubt();
    this.#judge();
  }

  /** What was measured so far is not to be judged by any more; what is measured from now on is. */
  #doubt(): void {
    this.#looks = [];
    this.#outOfRange = 0;
    this.#stale = this.#hasDistance && !this.#isBlind;
  }

  #measured({ distanceMillimetres, fromMilliseconds }: Distance): void {
    this.#isBlind = false;
    this.#calibration.distance(distanceMillimetres, fromMilliseconds);
    this.#tellDistance(distanceMillimetres);
    if (!this.#door.counts(fromMilliseconds)) return;
    if (distanceMillimetres === null) {
      if (++this.#outOfRange !== fewestLooks) return;
      this.#said.raise('supply.out-of-range', { looks: fewestLooks }, ['distance']);
      this.#forget();
      return;
    }
    this.#outOfRange = 0;
    this.#said.clear('supply.out-of-range');
    this.#looks = [...this.#looks.slice(1 - mostLooks), distanceMillimetres];
    if (this.#looks.length < fewestLooks) return;
    this.#stale = false;
    const { full, empty } = this.#ends;
    if (full === null || empty === null) this.#judge();
    else
      this.#levelIs(
        levelAt(median(this.#looks), { full, empty }, this.options.shape, this.options.coreMillimetres),
      );
  }

  /** The sensor fails, or its bus. */
  #blind(): void {
    this.#isBlind = true;
    this.#outOfRange = 0;
    this.#said.clear('supply.out-of-range');
    this.#tellDistance(null);
    this.#calibration.blind();
    this.#forget();
  }

  /** What was measured is not known any more. */
  #forget(): void {
    this.#looks = [];
    this.#level = null;
    this.#stale = false;
    this.#judge();
  }

  #levelIs(level: number): void {
    const before = this.#level ?? this.#ledger.level;
    if (before !== null && level - before >= refillPercent) {
      this.#ledger.replaced();
      this.#replaced = true;
    }
    this.#ledger.observe(level);
    const moved = this.#level === null || Math.abs(level - this.#level) >= levelStep;
    const rounded = Math.round(level);
    const state = judgeSupply(level, this.#present, this.#state, this.options);
    if (moved || state !== this.#state || rounded === 0 || rounded === 100) this.#level = rounded;
    this.#judge(state);
  }

  #forkSays(present: boolean | null): void {
    this.#forkTimer?.cancel();
    if (present === null) {
      this.#present = null;
      this.#said.readings({ paper: null });
      this.#judge();
      return;
    }
    const { clock, name } = this.context;
    this.#forkTimer = clock.after(
      `${name}: the fork is sure`,
      forkMilliseconds,
      this.#guarded(() => {
        this.#present = present;
        this.#said.readings({ paper: present ? 'present' : 'absent' });
        this.#judge();
      }),
    );
  }

  #doorIs(closed: boolean | null): void {
    this.#door.is(closed);
    this.#said.readings({ door: this.#door.state });
  }

  #replacedBy(supply: string | null, by: string | null): boolean {
    if (supply !== null && supply !== this.options.supply) return false;
    this.context.log.info({ device: this.context.name, supply: this.options.supply, by }, 'supply replaced');
    this.#ledger.replaced();
    this.#replaced = true;
    this.#doubt();
    this.#judge();
    return true;
  }

  #judge(state = judgeSupply(this.#level, this.#present, this.#state, this.options)): void {
    if (this.#stale || !this.#door.counts(this.context.clock.monotonicMilliseconds())) {
      // What was measured before the door was opened stays; what is not known any more does not.
      if (this.#hasDistance && this.#level === null) {
        this.#said.readings({ levelPercent: null, state: 'unknown', daysLeft: null });
      }
      return;
    }
    this.#state = state;
    const daysLeft = this.#ledger.daysLeft(this.#level)?.median ?? null;
    this.#said.readings({ levelPercent: this.#level, state, daysLeft });
    this.#sayFaults(state);
    // A fork alone says "some" as long as there is any; where the distance is missing, that has its own fault.
    const isTelling = state !== 'unknown' && !(state === 'some' && this.#hasDistance);
    if (isTelling || this.#replaced)
      this.#ledger.changed(this.#level, isTelling ? state : null, this.#replaced);
    this.#replaced = false;
  }

  /** What is not known leaves a fault as it was: a roll that was low is no fuller for it. */
  #sayFaults(state: SupplyState): void {
    const { supply } = this.options;
    const codes = supplyFaultsOf(supply);
    const levelPercent = this.#level;
    if (state === 'empty' || state === 'low') {
      const torn = state === 'empty' && levelPercent !== null && levelPercent > this.options.lowPercent;
      this.#said.raise(codes[state], { supply, levelPercent }, [supply], supplyWords(supply, state, torn));
    }
    if (state !== 'empty' && state !== 'unknown') this.#said.clear(codes.empty);
    if (state === 'ok' || state === 'empty') this.#said.clear(codes.low);
  }

  #tellDistance(millimetres: number | null): void {
    const told = this.#said.reading('distanceMillimetres');
    if (millimetres === null || typeof told !== 'number' || Math.abs(millimetres - told) >= distanceStep) {
      this.#said.readings({ distanceMillimetres: millimetres === null ? null : Math.round(millimetres) });
    }
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
}
