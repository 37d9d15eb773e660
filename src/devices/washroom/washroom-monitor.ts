import { rfc3339, type Timer } from '../../kernel/clock.js';
import type { Json } from '../../kernel/json.js';
import type { Capabilities } from '../capabilities.js';
import type { Device, DeviceConfig, DeviceContext, Reading } from '../kind.js';
import { untilSummary } from '../occupancy-summary.js';
import type { Parts } from '../parts/parts.js';
import { SaidOnce } from '../said-once.js';
import { Air } from './air.js';
import type { CleaningFacts } from './cleaning.js';
import { CleaningDesk } from './cleaning-desk.js';
import type { CleaningFigures } from './cleaning-words.js';
import { CubicleWatch } from './cubicle-watch.js';
import { cubiclesOf } from './cubicles-part.js';
import { Floor } from './floor.js';
import { SupplyContacts } from './supply-contacts.js';
import { VisitCount } from './visit-count.js';
import { Visits } from './visits.js';
import { type Kept, readKept } from './washroom-memory.js';
import type { WashroomOptions } from './washroom-options.js';
import { floorNames } from './washroom-parts.js';
import { WashroomPeriod, type WashroomQuantity } from './washroom-period.js';

const minute = 60_000;
const hour = 60 * minute;

/**
 * One washroom at work: takes what its parts tell, judges once a minute and at whatever happens whether cleaning is due,
 * and keeps what is needed over a restart: when cleaning becomes due, when it is done, and with each five minutes.
 */
export class WashroomMonitor implements Device {
  readonly capabilities: Capabilities;
  readonly #said: SaidOnce;
  readonly #period: WashroomPeriod;
  readonly #count: VisitCount;
  readonly #visits: Visits;
  readonly #cubicles: CubicleWatch;
  readonly #air: Air;
  readonly #floor: Floor;
  readonly #supplies: SupplyContacts;
  readonly #desk: CleaningDesk;
  /** Of business hours since the last cleaning. */
  #openMilliseconds = 0;
  #tickedAt: number;
  #keptSmell: Json = null;
  #started = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #tickTimer: Timer | undefined;
  #tellTimer: Timer | undefined;
  #summaryTimer: Timer | undefined;

  constructor(
    private readonly options: WashroomOptions,
    private readonly parts: Parts,
    config: DeviceConfig,
    private readonly context: DeviceContext,
  ) {
    const { clock, reports } = context;
    const changed = () => this.#changed();
    this.#tickedAt = this.#now;
    this.#said = new SaidOnce(reports);
    this.#period = periodOf(parts, this.#now);
    this.#count = new VisitCount(options.openingsPerVisit);
    this.#visits = new Visits(parts, this.#count, this.#period, clock, changed);
    const [said, period] = [this.#said, this.#period];
    const { cubicleMinutes, wetAfterSeconds } = options;
    const cubicles = cubiclesOf(config.parts?.cubicles);
    this.#cubicles = new CubicleWatch(parts, cubicles, cubicleMinutes, said, period, clock, changed);
    this.#air = new Air(parts, options, () => this.#keptSmell, period, clock, changed);
    this.#floor = new Floor(parts, wetAfterSeconds, said, period, context, changed);
    this.#supplies = new SupplyContacts(parts, said, context);
    this.#desk = new CleaningDesk(parts, options, said, context, () => this.#cleaned('button'));
    this.capabilities = { maintained: { cleaned: (by) => this.#cleaned(by) } };
  }

  start(): void {
    this.#resume();
    this.#started = true;
    this.#count.look(this.#localTime);
    this.#desk.start();
    this.#floor.start();
    this.#supplies.start();
    if (!this.parts.has('cubicles')) this.#said.clear('washroom.cubicle-long');
    this.#desk.say(this.#figures);
    this.#tell();
    this.parts.start();
    this.#tickLater();
    this.#summariseLater();
  }

  async stop(): Promise<void> {
    this.parts.stop();
    this.#desk.stop();
    this.#floor.stop();
    this.#supplies.stop();
    this.#tickTimer?.cancel();
    this.#tellTimer?.cancel();
    this.#summaryTimer?.cancel();
    if (!this.#started) return;
    this.#started = false;
    this.#countHours();
    this.#save();
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  /** `null` while the clock can't be trusted. */
  get #localTime(): { readonly minutes: number; readonly wall: number } | null {
    const { clock, localMinutes } = this.context;
    const minutes = clock.quality() === 'untrusted' ? null : localMinutes();
    return minutes === null ? null : { minutes, wall: Math.round(clock.wallMilliseconds()) };
  }

  get #facts(): CleaningFacts {
    const isSettling = this.#desk.isSettling;
    return {
      visits: this.#count.sinceCleaned,
      openHours: this.#openMilliseconds / hour,
      smell: isSettling ? null : this.#air.verdict,
      floor: isSettling ? null : this.#floor.verdict,
    };
  }

  get #figures(): CleaningFigures {
    return {
      visits: this.#visits.counted,
      hours: Math.round((10 * this.#openMilliseconds) / hour) / 10,
      smellIndex: this.#air.smellIndex,
    };
  }

  #tickLater(): void {
    const { clock, name, reports } = this.context;
    this.#tickTimer = clock.after(`${name}: a minute`, minute, () => {
      this.#tickLater();
      try {
        this.#countHours();
        this.#air.minute(!this.#desk.isSettling);
        this.#cubicles.look();
        this.#changed();
      } catch (error) {
        reports.crashed(error);
      }
    });
  }

  #countHours(): void {
    const passed = this.#now - this.#tickedAt;
    this.#tickedAt = this.#now;
    if (this.context.isOpen()) this.#openMilliseconds += passed;
  }

  #summariseLater(): void {
    const { clock, name, reports } = this.context;
    this.#summaryTimer = clock.after(`${name}: summary`, untilSummary(clock.wallMilliseconds()), () => {
      this.#summariseLater();
      try {
        const summary = this.#period.end(this.#now, clock.wallMilliseconds());
        if (summary === null) return;
        reports.record('washroom.summary', { ...summary, visitsSinceCleaned: this.#visits.sinceCleaned });
        this.#save();
      } catch (error) {
        reports.crashed(error);
      }
    });
  }

  #cleaned(by: string | null): void {
    if (!this.#started) return;
    this.#countHours();
    if (!this.#desk.cleaned(this.#visits.sinceCleaned, by)) return;
    this.#count.cleaned();
    this.#air.cleaned();
    this.#openMilliseconds = 0;
    this.#desk.say(this.#figures);
    this.#save();
    this.#changed();
  }

  /** Something is known anew. */
  #changed(): void {
    if (!this.#started) return;
    this.#count.look(this.#localTime);
    if (this.#desk.judge(this.#facts, this.#figures)) this.#save();
    if (this.#tellTimer !== undefined) return;
    const wait = this.#toldAt + this.options.publishMilliseconds - this.#now;
    if (wait <= 0) this.#tell();
    else {
      const { clock, name } = this.context;
      this.#tellTimer = clock.after(`${name}: tell readings`, wait, () => {
        this.#tellTimer = undefined;
        this.#tell();
      });
    }
  }

  #tell(): void {
    this.#toldAt = this.#now;
    const { because, cleanedAt } = this.#desk;
    const readings: Readonly<Record<string, Reading>> = {
      ...this.#visits.readings,
      ...this.#cubicles.readings,
      ...this.#air.readings,
      ...this.#floor.readings,
      due: because.length > 0,
      dueBecause: because.length > 0 ? because.join(', ') : 'nothing',
      lastCleanedAt: cleanedAt === null ? null : rfc3339(cleanedAt),
    };
    this.#said.readings(readings);
  }

  /** Goes on with what an earlier life has kept. */
  #resume(): void {
    const kept = readKept(this.context.memory.get());
    if (kept === undefined) return;
    this.#count.resume(kept);
    this.#period.visits += kept.untold;
    this.#openMilliseconds = kept.openMilliseconds;
    this.#keptSmell = kept.smell;
    this.#desk.resume(kept);
    const isNow = kept.at !== null && this.#localTime !== null;
    if (isNow) this.#cubicles.resume(kept.cubicles, kept.at ?? 0);
  }

  #save(): void {
    const { clock, memory } = this.context;
    const isTrusted = clock.quality() !== 'untrusted';
    const { learned } = this.#air;
    const kept: Kept = {
      version: 1,
      at: isTrusted ? Math.round(clock.wallMilliseconds()) : null,
      ...this.#count.kept,
      untold: this.#period.visits,
      openMilliseconds: Math.round(this.#openMilliseconds),
      ...this.#desk.kept,
      cubicles: isTrusted ? this.#cubicles.kept : [],
      smell: learned === null ? this.#keptSmell : (learned as unknown as Json),
    };
    memory.put(kept as unknown as Json);
  }
}

function periodOf(parts: Parts, now: number): WashroomPeriod {
  const has = (part: string, ...quantities: WashroomQuantity[]) => (parts.has(part) ? quantities : []);
  const counts = parts.has('visitors') ? 'visitors' : parts.has('presence') ? 'presence' : null;
  const measured: WashroomQuantity[] = [
    ...has('visitors', 'visitors'),
    ...has('presence', 'presence'),
    ...has('cubicles', 'cubicles'),
    ...has('smell', 'smell'),
    ...has('climate', 'temperature', 'humidity'),
    ...(floorNames.some((probe) => parts.has(probe)) ? (['wet'] as const) : []),
  ];
  return new WashroomPeriod(counts, measured, now);
}
