/** Leads the calling of a hall: claims the queues, keeps the hands in time, and lets them see who waits. */
import type { CallingState } from '../../calling/state.js';
import type { Hall } from '../../hall/hall.js';
import type { HallSettings } from '../../hall/settings.js';
import type { Clock, Timer } from '../../kernel/clock.js';
import type { Json } from '../../kernel/json.js';
import type { Log } from '../../kernel/log.js';
import type { Leading as LeadingPayload } from '../../protocols/hub/hall-payloads.js';
import type { Topics } from '../../protocols/hub/topics.js';
import type { FaultBook } from '../fault-book.js';
import type { HallLine } from '../hall-line.js';
import { Claims } from './claims.js';
import { Hand } from './hand.js';
import { manualPrefixes, manualQueue } from './manual.js';
import { Mirrors } from './mirrors.js';
import type { Presence } from './presence.js';

/** What both sides need of the controller around them. */
export interface SeveralPorts {
  readonly hallName: string;
  readonly controller: string;
  readonly topics: Topics;
  readonly session: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly line: HallLine;
  readonly presence: Presence;
  readonly hall: Hall;
  readonly faults: Pick<FaultBook, 'raise' | 'clear'>;
  readonly state: ReadonlyMap<string, Json>;
  readonly commit: (puts: Readonly<Record<string, Json>>) => { readonly synced: Promise<void> };
}

export interface LeadingOptions {
  readonly ports: SeveralPorts;
  readonly settings: HallSettings;
  readonly hands: readonly string[];
  /** Controllers that may take the calling over. */
  readonly heirs: readonly string[];
  readonly countFrom: (queue: string, day: string | null, issued: number) => void;
  readonly adoptedBy: (controller: string, known: ReadonlyMap<string, number>) => void;
}

const beatMilliseconds = 2_000;
/** Heartbeats whose answers count. */
const beatsKept = 4;
/** After a start the hands need a moment to answer; then those that did not are away. */
const graceMilliseconds = 10_000;

export class Leading {
  readonly #claims: Claims;
  readonly #mirrors: Mirrors | undefined;
  readonly #hands: readonly Hand[];
  readonly #sent = new Map<number, number>();
  readonly #stopListening: () => void;
  #settings: HallSettings;
  #rated: ReadonlySet<string>;
  #beat = 0;
  #over: LeadingPayload['over'] = null;
  #timer: Timer | undefined;
  #grace: Timer | undefined;
  #awayTold = '';

  constructor(private readonly options: LeadingOptions) {
    const { ports, settings, heirs, countFrom, adoptedBy } = options;
    const { hallName, controller, topics, session, clock, line, presence, hall, faults, state, commit } =
      ports;
    this.#settings = settings;
    this.#rated = new Set();
    const queues = Object.keys(settings.calling.queues).filter((queue) => queue !== manualQueue);
    hall.useCalling(settings);
    this.#claims = new Claims({
      hall: hallName,
      controller,
      topics,
      session,
      clock,
      line,
      presence,
      faults,
      state,
      commit,
      queues,
      heirs,
      calling: (): CallingState | undefined => hall.desk?.calling,
      countFrom,
      adoptedBy,
    });
    const desk = () => hall.desk;
    const epoch = () => this.#claims.epoch;
    this.#mirrors =
      options.hands.length === 0
        ? undefined
        : new Mirrors({ topics, session, clock, line, queues, desk, epoch });
    this.#hands = options.hands.map(
      (name) =>
        new Hand({
          ...ports,
          name,
          leader: controller,
          sentAt: (beat, of) => (of === session ? this.#sent.get(beat) : undefined),
          changed: () => this.#handsChanged(),
        }),
    );
    const stops = [
      hall.screen.onChange(() => this.#changed()),
      // Who has just come need not wait for the next one.
      presence.onChange((name) => {
        if (options.hands.includes(name) && presence.sessionOf(name) !== undefined) this.#sendBeat();
      }),
    ];
    this.#stopListening = () => {
      for (const stop of stops) stop();
    };
    this.#claims.start();
    this.#changed();
    if (this.#hands.length === 0) return;
    this.#sendBeat();
    this.#grace = clock.after('hands answer', graceMilliseconds, () => {
      this.#grace = undefined;
      for (const hand of this.#hands) hand.expect();
      this.#tellAway();
    });
  }

  claimedElsewhere(queue: string): string | null {
    return this.#claims.claimedElsewhere(queue);
  }

  /** What people call a device of a hand; `undefined` for one that is none. */
  labelOf(device: string): string | undefined {
    const [name, ...rest] = device.split('/');
    return this.#hands.find((hand) => hand.name === name)?.labelOf(rest.join('/'));
  }

  /**
   * Leads no more; the calling itself is the caller's.
   * @param kept queues that are led on, or the process ends: what others hear of them stays
   */
  stop(kept: readonly string[]): void {
    this.#stopListening();
    this.#timer?.cancel();
    this.#grace?.cancel();
    for (const hand of this.#hands) hand.stop();
    this.#mirrors?.stop(kept);
    this.#claims.stop(kept);
    if (kept.length === 0) this.options.ports.faults.clear('controller', 'hall.hand-lost');
  }

  #changed(): void {
    this.#claims.publish();
    this.#mirrors?.changed();
    if (this.#hands.length > 0 && this.#overNow() !== this.#over) this.#sendBeat();
  }

  #overNow(): LeadingPayload['over'] {
    const { cover } = this.options.ports.hall;
    return cover.isFire ? 'fire' : cover.isBlank ? 'blank' : null;
  }

  #sendBeat(): void {
    const { clock, session, line, topics } = this.options.ports;
    this.#timer?.cancel();
    const beat = ++this.#beat;
    this.#over = this.#overNow();
    this.#sent.set(beat, clock.monotonicMilliseconds());
    this.#sent.delete(beat - beatsKept);
    const prefixes = Object.values(this.#settings.calling.queues).map(({ prefix }) => prefix);
    line.publishOnce(topics.leading, {
      session,
      beat,
      epoch: this.#claims.epoch,
      hands: [...this.options.hands],
      over: this.#over,
      prefixes: manualPrefixes(this.options.hands, prefixes),
    } satisfies LeadingPayload);
    this.#timer = clock.after('heartbeat of the leader', beatMilliseconds, () => this.#sendBeat());
  }

  #handsChanged(): void {
    this.#useEvaluators();
    this.#tellAway();
  }

  /** Services at a hand's window can be rated where it has something to rate with; known only once it was heard of. */
  #useEvaluators(): void {
    const { evaluatorWindows } = this.#settings.calling;
    if (evaluatorWindows === 'all') return;
    const found = this.#hands.flatMap((hand) => hand.ratedWindows);
    const fresh = found.filter((window) => !evaluatorWindows.includes(window) && !this.#rated.has(window));
    if (fresh.length === 0) return;
    this.#rated = new Set([...this.#rated, ...fresh]);
    const windows = [...evaluatorWindows, ...this.#rated];
    const calling = { ...this.#settings.calling, evaluatorWindows: windows };
    this.options.ports.hall.useCalling({ ...this.#settings, calling });
  }

  #tellAway(): void {
    if (this.#grace !== undefined) return;
    const { faults } = this.options.ports;
    const away = this.#hands.filter((hand) => !hand.isReady);
    const [first] = away;
    const told = away.map(({ name, isManual }) => `${name} ${isManual}`).join();
    if (told === this.#awayTold) return;
    this.#awayTold = told;
    if (first === undefined) {
      faults.clear('controller', 'hall.hand-lost');
      return;
    }
    faults.raise({
      device: 'controller',
      code: 'hall.hand-lost',
      parts: away.map(({ name }) => name),
      affected: away.flatMap((hand) => hand.devices),
      evidence: {
        hand: away.map(({ name }) => name).join('、'),
        manual: away.some(({ isManual }) => isManual),
      },
    });
  }
}
