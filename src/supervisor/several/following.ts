/**
 * A hand: answers its leader's heartbeats and does as it is told; when they stop it says so, prints who waits, and calls
 * numbers of its own until the leader is back and nobody waits with one.
 */
import { waitingIn } from '../../calling/mirror.js';
import type { HallSettings } from '../../hall/settings.js';
import type { Timer } from '../../kernel/clock.js';
import type { NewEvent } from '../../protocols/hub/events.js';
import {
  type Following as FollowingPayload,
  type Leading,
  leadingSchema,
} from '../../protocols/hub/hall-payloads.js';
import { topicsOf } from '../../protocols/hub/topics.js';
import type { CommandOutcome } from '../command-desk.js';
import { refused } from '../refused.js';
import { type HeardQueue, HeardQueues } from './heard-queues.js';
import { downWords, upWords } from './leader-words.js';
import type { SeveralPorts } from './leading.js';
import { manualQueue, manualSettings, manualWords } from './manual.js';
import { read } from './read.js';
import { countWaiting, type ListedQueue, waitingPapers } from './waiting-list.js';

export interface FollowingOptions {
  readonly ports: SeveralPorts;
  /** Whom to follow; of two that lead, the one of the higher epoch. */
  readonly leaders: readonly string[];
  /** How the hall works while this controller is a hand. */
  readonly settings: HallSettings;
  /** Windows of our own devices. */
  readonly windows: readonly string[];
  /** Local time now, `2026-11-22 09:03`; `null` where the clock can't be trusted. */
  readonly localTime: () => string | null;
  readonly record: (event: NewEvent) => void;
}

/** Heartbeats come every 2 s; a missed one is nothing. */
const lostMilliseconds = 5_000;
/** After a start. */
const firstMilliseconds = 15_000;
const mostWaitingBytes = 5 * 1024 * 1024;
const prefixKey = 'hall/prefix';
const faultCode = 'hall.leader-lost';
/** Numbers that a fault names. */
const mostNamed = 30;

interface Leader {
  readonly leading: Leading;
  readonly atMilliseconds: number;
}

export class Following {
  readonly #queues: HeardQueues;
  readonly #leaders = new Map<string, Leader>();
  readonly #stop: (() => void)[] = [];
  #current: string | undefined;
  #silence: Timer;
  #ending: Timer | undefined;
  #isLost = false;
  #isManual = false;
  #prefix: string;
  #strangerTold = false;

  constructor(private readonly options: FollowingOptions) {
    const { ports, leaders, settings } = options;
    const { hallName, hall, line, clock, state } = ports;
    const prefix = state.get(prefixKey);
    this.#prefix = typeof prefix === 'string' ? prefix : 'M';
    this.#queues = new HeardQueues(ports);
    hall.useCalling(settings);
    for (const leader of leaders) {
      const topics = topicsOf(hallName, leader);
      this.#stop.push(
        line.listen(topics.leading, ({ payload }) => this.#beat(leader, payload)),
        line.listen(topics.waiting('+'), ({ topic, payload }) => this.#waiting(leader, topic, payload), {
          maximumBytes: mostWaitingBytes,
        }),
      );
    }
    this.#stop.push(hall.screen.onChange(() => this.#mayEnd()));
    this.#silence = clock.after('first heartbeat of the leader', firstMilliseconds, () => this.#lose());
  }

  /** The leader lives. */
  get hasLeader(): boolean {
    return this.#current !== undefined && !this.#isLost;
  }

  get leader(): string {
    return this.#current ?? this.options.leaders[0] ?? '';
  }

  /** It calls numbers of its own. */
  get isManual(): boolean {
    return this.#isManual;
  }

  get prefix(): string {
    return this.#prefix;
  }

  /** The leader's queues as they were last heard of, by name. */
  get queues(): ReadonlyMap<string, HeardQueue> {
    return this.#queues.byName;
  }

  /** A person gives up our own numbers; who waits with one is told by the staff. */
  endManual(): CommandOutcome {
    if (!this.#isManual)
      return refused('manual.not-active', 'This controller calls no numbers of its own now.');
    if (this.#isLost) {
      return refused('manual.leader-away', `${this.leader} is still away: without it nobody could call.`);
    }
    const { desk } = this.options.ports.hall;
    const cancelled: string[] = [];
    for (const [ticket, { queue, number, called, skipped }] of desk?.calling.tickets ?? []) {
      if (queue !== manualQueue || called !== null || skipped !== null) continue;
      cancelled.push(number);
      desk?.act({ type: 'ticket.cancel', ticket });
    }
    this.#endManual();
    return { ok: true, result: { cancelled } };
  }

  /** The process ends: what stands, stands. */
  end(): void {
    for (const stop of this.#stop) stop();
    this.#silence.cancel();
    this.#ending?.cancel();
  }

  /** Follows nobody any more. The calling that follows is the caller's. */
  stop(): void {
    this.end();
    const { hall, faults } = this.options.ports;
    hall.cover.follow(null);
    if (this.#isLost || this.#isManual) hall.outside.showEverywhere(null);
    hall.outside.takeBack();
    faults.clear('controller', faultCode);
  }

  #beat(from: string, payload: Uint8Array): void {
    const { ports, leaders } = this.options;
    const { clock, controller, log } = ports;
    const leading = read(leadingSchema, payload);
    if (leading === undefined) return;
    if (!leading.hands.includes(controller)) {
      if (!this.#strangerTold)
        log.warn({ leader: from }, 'the leader does not name this controller in calling.hands');
      this.#strangerTold = true;
      return;
    }
    const now = clock.monotonicMilliseconds();
    this.#leaders.set(from, { leading, atMilliseconds: now });
    const [current] = [...this.#leaders]
      .filter(([, { atMilliseconds }]) => now - atMilliseconds < lostMilliseconds)
      .sort(
        ([one, a], [other, b]) =>
          b.leading.epoch - a.leading.epoch || leaders.indexOf(one) - leaders.indexOf(other),
      );
    if (current?.[0] !== from) return;
    this.#current = from;
    this.#silence.cancel();
    this.#silence = clock.after('heartbeat of the leader', lostMilliseconds, () => this.#lose());
    if (this.#isLost) this.#found();
    ports.hall.cover.follow(leading.over);
    this.#usePrefix(leading.prefixes[controller]);
    this.#answer(from, leading);
  }

  #answer(leader: string, { beat, session: leaderSession }: Leading): void {
    const { clock, line, topics, session, hall } = this.options.ports;
    line.publishOnce(topics.following, {
      leader,
      beat,
      leaderSession,
      session,
      wallMilliseconds: clock.wallMilliseconds(),
      mode: this.#isManual ? 'manual' : 'following',
      fire: hall.cover.hasFireHere,
    } satisfies FollowingPayload);
  }

  #usePrefix(prefix: string | undefined): void {
    if (prefix === undefined || prefix === this.#prefix) return;
    this.#prefix = prefix;
    this.options.ports.commit({ [prefixKey]: prefix });
  }

  #waiting(from: string, topic: string, payload: Uint8Array): void {
    if (payload.length > 0) this.#queues.heard(from, topic, payload);
    // Of a leader that is away, what it said last still holds, whoever clears it.
    else if (this.hasLeader) this.#queues.gone(from, topic);
  }

  #lose(): void {
    const { ports, record, localTime, settings } = this.options;
    const { hall, log } = ports;
    const { leader } = this;
    this.#isLost = true;
    const queues = [...this.queues.values()];
    log.error({ leader, waiting: countWaiting(queues) }, 'the controller that leads the calling is away');
    this.#queues.keep();
    const papers = waitingPapers(queues, settings.language, localTime());
    this.#tellLost(queues, null);
    record(this.#step('down'));
    if (hall.cover.over(settings.language)?.kind === 'blank') hall.cover.follow(null);
    this.#beginManual();
    void hall.outside.printSomewhere(papers).then((device) => {
      log.info(
        { device },
        device === null ? 'the list of who waits could not be printed' : 'who waits is printed',
      );
      if (this.#isLost && device !== null) this.#tellLost(queues, device);
    });
  }

  #tellLost(queues: readonly ListedQueue[], printer: string | null): void {
    const people = queues.flatMap(({ mirror }) => waitingIn(mirror));
    const numbers = people.slice(0, mostNamed).map(({ number }) => number);
    this.options.ports.faults.raise({
      device: 'controller',
      code: faultCode,
      evidence: {
        leader: this.leader,
        waiting: people.length,
        numbers: people.length > mostNamed ? `${numbers.join(' ')} …` : numbers.join(' ') || '-',
        list: printer ?? '-',
        prefix: this.#prefix,
      },
    });
  }

  #found(): void {
    const { ports, record, settings, windows } = this.options;
    this.#isLost = false;
    ports.log.info({ leader: this.leader }, 'the controller that leads the calling is back');
    ports.faults.clear('controller', faultCode);
    record(this.#step('up'));
    // Who holds one of our numbers is still called; nobody gets a new one.
    if (this.#isManual && windows.length > 0) {
      ports.hall.useCalling({ ...manualSettings(settings, windows, this.#prefix), manual: false });
    }
    this.#mayEnd();
  }

  #step(state: 'down' | 'up'): NewEvent {
    const { leader } = this;
    const words = state === 'down' ? downWords(leader, this.#prefix) : upWords(leader);
    const carriedBy = state === 'down' ? ['人工叫号 manual numbers'] : [];
    const data = { channel: 'leader', at: leader, state, carriedBy, ...words } as const;
    return { type: 'channel.changed', subject: 'controller', data };
  }

  #beginManual(): void {
    const { ports, settings, windows } = this.options;
    const { outside } = ports.hall;
    this.#isManual = true;
    outside.takeBack();
    if (windows.length > 0) ports.hall.useCalling(manualSettings(settings, windows, this.#prefix));
    outside.showEverywhere(manualWords(settings.language));
  }

  /** The leader is back and nobody waits with one of our numbers: it calls again. */
  #mayEnd(): void {
    if (!this.#isManual || this.#isLost || this.#ending !== undefined) return;
    // Not within whatever has just changed.
    this.#ending = this.options.ports.clock.after('end manual numbers', 0, () => {
      this.#ending = undefined;
      const { desk } = this.options.ports.hall;
      if (this.#isManual && !this.#isLost && (desk?.isIdle ?? true)) this.#endManual();
    });
  }

  #endManual(): void {
    const { ports, settings } = this.options;
    const { hall, log } = ports;
    const desk = hall.desk;
    for (const [window, { ticket }] of [...(desk?.calling.windows ?? [])]) {
      if (ticket !== null) desk?.act({ type: 'done', window });
    }
    this.#isManual = false;
    log.info({ leader: this.leader }, 'no more numbers of our own; the leader calls again');
    hall.useCalling(settings);
    hall.outside.showEverywhere(null);
    // Said at once, so that the leader paints our boards without delay.
    const leading = this.#current === undefined ? undefined : this.#leaders.get(this.#current)?.leading;
    if (this.#current !== undefined && leading !== undefined) this.#answer(this.#current, leading);
  }
}
