import { rfc3339 } from '../../kernel/clock.js';
import { HeldButton } from '../held-button.js';
import type { DeviceContext } from '../kind.js';
import type { Parts } from '../parts/parts.js';
import type { SaidOnce } from '../said-once.js';
import { type CleaningFacts, type CleaningReason, judgeCleaning } from './cleaning.js';
import { CleaningLamp } from './cleaning-lamp.js';
import { type CleaningFigures, dueWords } from './cleaning-words.js';
import { Moment } from './moment.js';
import type { Kept } from './washroom-memory.js';
import type { WashroomOptions } from './washroom-options.js';
import { washroomParts } from './washroom-parts.js';

/** So long a button is held that means it. */
const meantMilliseconds = 1_000;
/** Pressed again within this time, with nothing due, it is the same cleaning. */
const sameCleaningSeconds = 60;

/** Whether cleaning is due, since when and why; lamp, button and faults of it, and the event when it is done. */
export class CleaningDesk {
  readonly #lamp = new CleaningLamp();
  readonly #button: HeldButton;
  readonly #hasButton: boolean;
  #because: readonly CleaningReason[] = [];
  #due: Moment | null = null;
  /** Monotonic: since when it is due as far as this life knows. */
  #waitingSince = 0;
  #cleaned: Moment | null = null;

  /** @param pressed the button was held: it is clean */
  constructor(
    parts: Parts,
    private readonly options: WashroomOptions,
    private readonly said: SaidOnce,
    private readonly context: DeviceContext,
    pressed: () => void,
  ) {
    const { clock, name, reports } = context;
    this.#hasButton = parts.has('button');
    this.#button = new HeldButton(
      `${name} button`,
      clock,
      {
        held: () => {
          try {
            pressed();
          } catch (error) {
            reports.crashed(error);
          }
        },
        stuck: (held) => {
          const evidence = { key: 'button', heldMilliseconds: Math.round(held) };
          this.said.raise('device.stuck-input', evidence, ['button']);
        },
        free: () => this.said.clear('device.stuck-input'),
      },
      meantMilliseconds,
    );
    parts.sensor('button', washroomParts.button, {
      values: (active, at) => this.#button.level(active, at),
      unknown: () => this.#button.forget(),
    });
    parts.sensor('lamp', this.#lamp.part, { values() {}, unknown() {} });
  }

  start(): void {
    this.said.clear('device.stuck-input');
  }

  stop(): void {
    this.#button.stop();
  }

  get because(): readonly CleaningReason[] {
    return this.#because;
  }

  /** When it was cleaned last, as a Unix time; `null` where nobody knows. */
  get cleanedAt(): number | null {
    return this.#cleaned?.wall ?? null;
  }

  /** It was cleaned a moment ago: what is wet or smells now does so because of that. */
  get isSettling(): boolean {
    const seconds = this.#cleaned?.secondsAgo ?? null;
    return seconds !== null && seconds < this.options.settleMinutes * 60;
  }

  /** Goes on with what was kept. */
  resume({ cleaned, due }: Pick<Kept, 'cleaned' | 'due'>): void {
    const { clock } = this.context;
    this.#cleaned = cleaned === null ? null : Moment.kept(clock, cleaned.at);
    if (due === null) return;
    this.#because = due.because;
    this.#due = Moment.kept(clock, due.at);
    this.#waitingSince = this.#now - 1_000 * (this.#due.secondsAgo ?? 0);
  }

  get kept(): Pick<Kept, 'cleaned' | 'due'> {
    const due = this.#due;
    return {
      cleaned: this.#cleaned === null ? null : { at: this.#cleaned.wall },
      due: due === null ? null : { at: due.wall, because: [...this.#because] },
    };
  }

  /** Judges what is known now; true where something has changed by it. */
  judge(facts: CleaningFacts, figures: CleaningFigures): boolean {
    const because = judgeCleaning(this.#because, facts, this.options);
    if (because.join() === this.#because.join()) {
      this.#escalate();
      return false;
    }
    if (this.#due === null) {
      this.#due = Moment.now(this.context.clock);
      this.#waitingSince = this.#now;
    }
    this.#because = because;
    if (because.length === 0) this.#due = null;
    this.say(figures);
    return true;
  }

  /** Brings lamp and faults up to what holds. */
  say({ visits, hours, smellIndex }: CleaningFigures): void {
    const isDue = this.#due !== null;
    this.#lamp.show(isDue);
    if (!isDue) {
      this.said.clear('washroom.cleaning-due');
      this.said.clear('washroom.cleaning-overdue');
      return;
    }
    const evidence = { because: this.#because.join(', '), visits, hours, smellIndex };
    const words = dueWords(this.#because, { visits, hours, smellIndex }, this.#hasButton);
    this.said.raise('washroom.cleaning-due', evidence, [], words);
    this.#escalate();
  }

  /**
   * Somebody has cleaned: records it, and begins anew. False where that was said already a moment ago.
   * @param visits since the last cleaning
   */
  cleaned(visits: number | null, by: string | null): boolean {
    const { clock, reports, log, name } = this.context;
    const ago = this.#cleaned?.secondsAgo ?? null;
    if (this.#due === null && ago !== null && ago < sameCleaningSeconds) {
      log.info({ device: name, by }, 'said to be cleaned once more; it counts once');
      return false;
    }
    const due = this.#due;
    const dueAt = due?.wall ?? null;
    reports.record('washroom.cleaned', {
      visitsSinceCleaned: visits,
      dueSince: dueAt === null ? null : rfc3339(dueAt),
      because: [...this.#because],
      dueSeconds: due?.secondsAgo ?? null,
      by,
    });
    this.#because = [];
    this.#due = null;
    this.#cleaned = Moment.now(clock);
    return true;
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  /** Not while the hall is closed: then there is nobody to be told. */
  #escalate(): void {
    const minutes = this.options.escalateMinutes;
    if (this.#due === null || !this.context.isOpen()) return;
    if (this.#now - this.#waitingSince < minutes * 60_000) return;
    this.said.raise('washroom.cleaning-overdue', { minutes });
  }
}
