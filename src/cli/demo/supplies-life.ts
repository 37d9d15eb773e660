/** What the demo's visitors use up at the kiosk and of the drinking water, and the staff who fill it up again. */
import type { Clock } from '../../kernel/clock.js';
import { LifeTimers } from './life-timers.js';
import { between } from './random.js';
import { roll, thingNames } from './things-plan.js';

/** The kiosk and the water dispenser as somebody can reach them. */
export interface SuppliesFront {
  readonly printer: {
    print(pages: number): void;
    toner(percent: number): void;
    /** Sheets in its tray. */
    tray(sheets: number): void;
  };
  readonly roll: {
    /** Of its surface from the sensor. */
    distance(millimetres: number): void;
    /** There is paper where the kiosk draws it in. */
    drawn(present: boolean): void;
  };
  water(empty: boolean): void;
}

interface SuppliesLifeOptions {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly front: SuppliesFront;
  /** How many people are in the hall. */
  readonly inside: () => number;
  /** What the staff's telephones say: the faults that stand, by device and code. */
  readonly faults: () => readonly { readonly device: string; readonly code: string }[];
}

const fullTray = 250;
/** As the demo begins: nothing runs out in its first minutes. */
const atFirst = { toner: 64, sheets: 140, roll: 72, water: 55 } as const;
/** What a visitor takes. */
const page = { toner: 0.6, roll: 0.9 } as const;
const glass = 3;
const lookMilliseconds = 1_000;

/** One thing that staff fill up once a fault tells them. */
interface Refill {
  readonly device: string;
  readonly codes: RegExp;
  readonly fill: () => void;
}

export class SuppliesLife {
  #toner: number = atFirst.toner;
  #sheets: number = atFirst.sheets;
  #roll: number = atFirst.roll;
  #water: number = atFirst.water;
  #emptied = false;
  readonly #timers: LifeTimers;
  /** Staff who are on their way. */
  readonly #coming = new Set<Refill>();

  readonly #refills: readonly Refill[] = [
    {
      device: thingNames.printer,
      codes: /^printer\.marker-supply-/,
      fill: () => {
        // What a hand has emptied stays empty until it fills it up again.
        if (!this.#emptied) this.#toner = 100;
      },
    },
    {
      device: thingNames.printer,
      codes: /^printer\.media-/,
      fill: () => {
        this.#sheets = fullTray;
      },
    },
    {
      device: thingNames.roll,
      codes: /^printer\.media-/,
      fill: () => {
        this.#roll = 100;
      },
    },
    {
      device: thingNames.water,
      codes: /^facility\./,
      fill: () => {
        this.#water = 100;
      },
    },
  ];

  constructor(private readonly options: SuppliesLifeOptions) {
    this.#timers = new LifeTimers(options.clock);
  }

  /** A hand has taken the toner out. */
  get isEmptied(): boolean {
    return this.#emptied;
  }

  start(): void {
    this.#show();
    this.#printLater();
    this.#drinkLater();
    this.#staffLook();
  }

  /** No timer is left. */
  stop(): void {
    this.#timers.stop();
  }

  /** The toner runs out; or a new cartridge is put in. */
  empty(emptied: boolean): void {
    this.#emptied = emptied;
    this.#toner = emptied ? 0 : 100;
    this.#show();
  }

  #printLater(): void {
    this.#timers.after('kiosk prints', this.#between(14_000, 24_000), () => {
      this.#printLater();
      if (this.options.inside() === 0 || this.#toner <= 0 || this.#sheets <= 0) return;
      const pages = 1 + Math.floor(this.options.random() * 3);
      this.#toner = Math.max(0, this.#toner - pages * page.toner);
      this.#sheets = Math.max(0, this.#sheets - pages);
      this.#roll = Math.max(0, this.#roll - page.roll);
      this.options.front.printer.print(pages);
      this.#show();
    });
  }

  #drinkLater(): void {
    this.#timers.after('somebody drinks', this.#between(14_000, 24_000), () => {
      this.#drinkLater();
      if (this.options.inside() === 0) return;
      this.#water = Math.max(0, this.#water - glass);
      this.#show();
    });
  }

  /** Whoever is told of something comes a while later. */
  #staffLook(): void {
    this.#timers.after('staff look', lookMilliseconds, () => {
      this.#staffLook();
      const faults = this.options.faults();
      for (const refill of this.#refills) {
        const { device, codes } = refill;
        const isTold = faults.some((fault) => fault.device === device && codes.test(fault.code));
        if (!isTold || this.#coming.has(refill)) continue;
        this.#coming.add(refill);
        this.#timers.after('staff come', this.#between(15_000, 25_000), () => {
          refill.fill();
          this.#show();
          // The sensors see it within some seconds.
          this.#timers.after('staff go', 15_000, () => this.#coming.delete(refill));
        });
      }
    });
  }

  #show(): void {
    const { printer, roll: front, water } = this.options.front;
    printer.toner(Math.ceil(this.#toner));
    printer.tray(this.#sheets);
    front.distance(surfaceMillimetres(this.#roll));
    front.drawn(this.#roll > 0);
    water(this.#water <= 0);
  }

  #between(low: number, high: number): number {
    return between(this.options.random, low, high);
  }
}

/** How far from the sensor the surface of a roll is: the paper that is left is an area around the core. */
export function surfaceMillimetres(percentLeft: number): number {
  const core = roll.coreMillimetres / 2;
  const radius = core + roll.emptyMillimetres - roll.fullMillimetres;
  const left = Math.sqrt(core ** 2 + (percentLeft / 100) * (radius ** 2 - core ** 2));
  return roll.emptyMillimetres - (left - core);
}
