/**
 * Who leads a queue: each controller claims its queues with a retained message. Of two claims in one hall the one of the
 * higher epoch counts (somebody had the other board adopted), else the earlier one: the later gives out no tickets until
 * the other is gone, so that no number comes twice.
 */
import * as v from 'valibot';
import { firstFreeAfter } from '../../calling/mirror.js';
import type { CallingState } from '../../calling/state.js';
import { type Clock, rfc3339, type Timer } from '../../kernel/clock.js';
import type { Json } from '../../kernel/json.js';
import { type Claim, claimSchema } from '../../protocols/hub/hall-payloads.js';
import { hallFilters, readTopic, type Topics } from '../../protocols/hub/topics.js';
import type { FaultBook } from '../fault-book.js';
import type { HallLine } from '../hall-line.js';
import type { Presence } from './presence.js';
import { read } from './read.js';

const claimKey = (queue: string) => `hall/claim/${queue}`;
const blockKey = (queue: string) => `hall/blocked/${queue}`;

const ownSchema = v.object({
  epoch: v.number(),
  sinceMilliseconds: v.number(),
  trusted: v.boolean(),
  /** Numbers that were known when it was adopted; `null` where it never was. */
  known: v.nullable(v.number()),
});
type Own = v.InferOutput<typeof ownSchema>;

export interface ClaimsOptions {
  readonly hall: string;
  readonly controller: string;
  readonly topics: Topics;
  readonly session: number;
  readonly clock: Clock;
  readonly line: HallLine;
  readonly presence: Presence;
  readonly faults: Pick<FaultBook, 'raise' | 'clear'>;
  readonly state: ReadonlyMap<string, Json>;
  readonly commit: (puts: Readonly<Record<string, Json>>) => { readonly synced: Promise<void> };
  readonly queues: readonly string[];
  /** Controllers that may take the calling over from this one. */
  readonly heirs: readonly string[];
  readonly calling: () => CallingState | undefined;
  /** The numbers of a queue go on behind those that another controller may have given out. */
  readonly countFrom: (queue: string, day: string | null, issued: number) => void;
  /** An heir has adopted our queues, of which it knew so many numbers: called at most once. */
  readonly adoptedBy: (controller: string, known: ReadonlyMap<string, number>) => void;
}

interface Foreign {
  readonly controller: string;
  readonly claim: Claim;
}

/** A claimant that has gone may come back at once (a restart). */
const lookAgainMilliseconds = 3_000;
const faultCode = 'calling.claimed-twice';
const mostForeign = 1_000;

/** What to record when queues are claimed at a new epoch. */
export function claimPuts(
  queues: Iterable<string>,
  epoch: number,
  clock: Clock,
  known: ReadonlyMap<string, number> = new Map(),
): Record<string, Json> {
  const own = {
    epoch,
    sinceMilliseconds: Math.round(clock.wallMilliseconds()),
    trusted: clock.quality() !== 'untrusted',
  };
  return Object.fromEntries(
    [...queues].map((queue) => [claimKey(queue), { ...own, known: known.get(queue) ?? null }]),
  );
}

export class Claims {
  readonly #own = new Map<string, Own>();
  readonly #foreign = new Map<string, Foreign>();
  /** Queues that another controller leads, too, and leads rightly. */
  readonly #blocked = new Map<string, string>();
  /** What the other one said last of the numbers of a blocked queue. */
  readonly #reserved = new Map<string, Pick<Claim, 'day' | 'reserved'>>();
  readonly #stop: (() => void)[] = [];
  #look: Timer | undefined;
  #yielded = false;

  constructor(private readonly options: ClaimsOptions) {}

  start(): void {
    const { line, hall, controller, presence, state, commit, clock, queues } = this.options;
    const fresh: string[] = [];
    for (const queue of queues) {
      const known = v.safeParse(ownSchema, state.get(claimKey(queue)));
      if (known.success) this.#own.set(queue, known.output);
      else fresh.push(queue);
      const blocked = state.get(blockKey(queue));
      if (typeof blocked === 'string') this.#blocked.set(queue, blocked);
    }
    const puts = claimPuts(fresh, 1, clock);
    for (const queue of fresh) this.#own.set(queue, puts[claimKey(queue)] as Own);
    this.#tell();
    void (fresh.length === 0 ? Promise.resolve() : commit(puts).synced).then(() => this.publish());
    this.#stop.push(
      presence.onChange(() => this.#soon()),
      line.onConnected(() => this.#soon()),
      line.listen(
        hallFilters(hall).claim,
        ({ topic, payload }) => {
          const from = readTopic(topic)?.controller;
          if (from !== undefined && from !== controller) this.#claimed(from, topic, payload);
        },
        { optional: true },
      ),
    );
    this.#soon();
  }

  /** @param kept queues whose topics stay: another one claims them, or the process ends */
  stop(kept: readonly string[]): void {
    const { line, topics, faults } = this.options;
    for (const stop of this.#stop) stop();
    this.#look?.cancel();
    for (const queue of this.#own.keys()) {
      if (!kept.includes(queue)) line.setRetained(topics.claim(queue), null);
    }
    if (kept.length === 0) faults.clear('controller', faultCode);
  }

  /** The highest epoch of our claims. */
  get epoch(): number {
    return Math.max(1, ...[...this.#own.values()].map(({ epoch }) => epoch));
  }

  /** The controller that leads a queue instead of this one; else `null`. */
  claimedElsewhere(queue: string): string | null {
    return this.#blocked.get(queue) ?? null;
  }

  /** Says our claims, as far as the numbers of the queues have come. */
  publish(): void {
    const { line, topics, session, calling } = this.options;
    this.#trustClock();
    for (const [queue, { epoch, sinceMilliseconds, trusted, known }] of this.#own) {
      const record = calling()?.queues.get(queue);
      line.setRetained(topics.claim(queue), {
        queue,
        epoch,
        since: rfc3339(sinceMilliseconds),
        trusted,
        day: record?.day ?? null,
        // A queue that gave out nothing stands in nobody's way.
        reserved: record === undefined || record.issued === 0 ? 0 : firstFreeAfter(record.issued),
        ...(known === null ? {} : { known }),
        session,
      } satisfies Claim);
    }
  }

  /** What was claimed by a clock that nobody trusted counts from when one can be. */
  #trustClock(): void {
    const { clock, commit } = this.options;
    if (clock.quality() === 'untrusted') return;
    for (const [queue, own] of this.#own) {
      if (own.trusted || this.#blocked.has(queue)) continue;
      const sinceMilliseconds = Math.round(clock.wallMilliseconds());
      const trusted = { ...own, sinceMilliseconds, trusted: true };
      this.#own.set(queue, trusted);
      commit({ [claimKey(queue)]: trusted });
    }
  }

  #claimed(controller: string, topic: string, payload: Uint8Array): void {
    const claim = read(claimSchema, payload);
    if (claim === undefined) this.#foreign.delete(topic);
    else if (this.#foreign.has(topic) || this.#foreign.size < mostForeign) {
      this.#foreign.set(topic, { controller, claim });
    }
    this.#soon();
  }

  /** Looks now, and once more in a moment: status and claim are two messages, and who starts anew is back at once. */
  #soon(): void {
    this.#judge(false);
    if (this.#yielded) return;
    this.#look?.cancel();
    this.#look = this.options.clock.after('look at claims', lookAgainMilliseconds, () =>
      this.#judge(this.options.line.connected),
    );
  }

  /** @param isSure whoever is not seen now has gone */
  #judge(isSure: boolean): void {
    const { presence, controller, heirs, adoptedBy, countFrom } = this.options;
    const rivals: (Foreign & { readonly queue: string })[] = [];
    for (const [queue, own] of this.#own) {
      const live = [...this.#foreign.values()].filter(
        (one) => one.claim.queue === queue && presence.sessionOf(one.controller) === one.claim.session,
      );
      const heir = live.find((one) => one.claim.epoch > own.epoch && heirs.includes(one.controller));
      if (heir !== undefined && !this.#yielded) {
        this.#yielded = true;
        const all = [...this.#foreign.values()].filter((one) => one.controller === heir.controller);
        adoptedBy(heir.controller, new Map(all.map(({ claim }) => [claim.queue, claim.known ?? 0])));
        return;
      }
      // One of an earlier epoch yields by itself.
      const others = live.filter((one) => one.claim.epoch >= own.epoch || !heirs.includes(one.controller));
      rivals.push(...others.map((one) => ({ ...one, queue })));
      const winner = others.find((one) => outranks(one, heirs.includes(one.controller), { controller, own }));
      this.#block(queue, winner, isSure);
      if (winner === undefined) for (const { claim } of others) countFrom(queue, claim.day, claim.reserved);
    }
    this.#tell(rivals);
  }

  #block(queue: string, winner: Foreign | undefined, isSure: boolean): void {
    const { commit, countFrom } = this.options;
    const before = this.#blocked.get(queue);
    if (winner !== undefined) {
      // Also where it goes on to count while we stand back.
      this.#reserved.set(queue, winner.claim);
      if (before === winner.controller) return;
      this.#blocked.set(queue, winner.controller);
      commit({ [blockKey(queue)]: winner.controller });
      return;
    }
    if (before === undefined || !isSure) return;
    const reserved = this.#reserved.get(queue);
    if (reserved !== undefined) countFrom(queue, reserved.day, reserved.reserved);
    this.#blocked.delete(queue);
    this.#reserved.delete(queue);
    commit({ [blockKey(queue)]: null });
  }

  #tell(rivals: readonly (Foreign & { readonly queue: string })[] = []): void {
    const { faults, controller } = this.options;
    const [first] = rivals;
    const [queue, elsewhere] = [...this.#blocked][0] ?? [];
    if (first === undefined && queue === undefined) {
      faults.clear('controller', faultCode);
      return;
    }
    const parts = [...new Set([...rivals.map((one) => one.queue), ...this.#blocked.keys()])];
    faults.raise({
      device: 'controller',
      code: faultCode,
      parts,
      evidence: {
        queue: first?.queue ?? queue ?? '',
        other: first?.controller ?? elsewhere ?? '',
        since: first?.claim.since ?? '-',
        issues: elsewhere ?? controller,
      },
    });
  }
}

/** Whether a foreign claim counts more than ours. Only of those that may adopt the calling does the epoch count. */
function outranks(
  foreign: Foreign,
  isHeir: boolean,
  { controller, own }: { controller: string; own: Own },
): boolean {
  const { claim } = foreign;
  if (isHeir && claim.epoch !== own.epoch) return claim.epoch > own.epoch;
  if (claim.trusted !== own.trusted) return claim.trusted;
  const since = Date.parse(claim.since);
  if (since !== own.sinceMilliseconds) return since < own.sinceMilliseconds;
  return foreign.controller < controller;
}
