/**
 * Presses at the windows of a hand: acted on once, in order, and never when older than 5 s. The clocks of two boards may
 * differ by years; what counts is the hand's clock as its answers to our heartbeats showed it.
 */
import * as v from 'valibot';
import type { Clock } from '../../kernel/clock.js';
import type { Json } from '../../kernel/json.js';
import type { Log } from '../../kernel/log.js';
import type { SeenPress } from '../../protocols/hub/hall-payloads.js';

const oldestMilliseconds = 5_000;
/** What measuring may be wrong by. */
const slackMilliseconds = 1_500;
/** Readings of the hand's clock that count. */
const readingsMilliseconds = 10_000;

const seenSchema = v.object({ store: v.string(), sequence: v.string() });

export class HandPresses {
  #readings: { readonly at: number; readonly offset: number }[] = [];
  #last: { readonly store: string; readonly sequence: string } | undefined;
  readonly #key: string;

  constructor(
    private readonly hand: string,
    private readonly clock: Clock,
    private readonly log: Log,
    state: ReadonlyMap<string, Json>,
    private readonly commit: (puts: Readonly<Record<string, Json>>) => unknown,
  ) {
    this.#key = `hall/pressed/${hand}`;
    const known = v.safeParse(seenSchema, state.get(this.#key));
    if (known.success) this.#last = known.output;
  }

  /** An answer to a heartbeat: between its sending and now the hand's wall clock showed this. */
  clockRead(sentAtMilliseconds: number, wallMilliseconds: number): void {
    const now = this.clock.monotonicMilliseconds();
    const offset = wallMilliseconds - (sentAtMilliseconds + now) / 2;
    this.#readings = this.#readings.filter(({ at }) => now - at < readingsMilliseconds);
    this.#readings.push({ at: now, offset });
  }

  /**
   * Whether to act on a press: its moment by our monotonic clock, or `undefined` (which is logged).
   * Recorded before it is acted on, so that a restart in between acts on it less than twice.
   */
  take(press: SeenPress): number | undefined {
    const { hand, log } = this;
    const { store, sequence, data } = press;
    const last = this.#last;
    if (last?.store === store && sequence <= last.sequence) {
      log.debug({ hand, sequence }, 'a press that came twice');
      return undefined;
    }
    this.#last = { store, sequence };
    this.commit({ [this.#key]: this.#last });
    const now = this.clock.monotonicMilliseconds();
    const readings = this.#readings.filter(({ at }) => now - at < readingsMilliseconds);
    // Where its clock was set just now, both readings must allow it.
    const ages = readings.map(({ offset }) => now - (Date.parse(press.time) - offset));
    const youngest = Math.min(...ages);
    const oldest = Math.max(...ages);
    if (ages.length === 0 || oldest > oldestMilliseconds || youngest < -slackMilliseconds) {
      const ageMilliseconds = ages.length === 0 ? null : Math.round(oldest);
      log.warn(
        { hand, ...data, ageMilliseconds },
        'a press of a hand that may be older than 5 s is not acted on',
      );
      return undefined;
    }
    return now - Math.max(0, oldest);
  }
}
