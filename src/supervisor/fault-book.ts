/**
 * The faults that stand now. Raising and clearing are durable events; the retained fault topic follows when the
 * record is synced. A fault keeps its id and time over a restart.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import { rfc3339 } from '../kernel/clock.js';
import type { Evidence } from '../kernel/errors.js';
import { HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import { secondsBetween, stampNow } from '../kernel/stamp.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { FaultState } from '../protocols/hub/payloads.js';
import type { Change, Committed } from '../store/types.js';
import { Chatter } from './chatter.js';
import { faultCatalogue } from './fault-catalogue.js';
import { type FaultSubject, saysTheSame } from './fault-words.js';
import { leftOnShelf } from './shelf.js';
import { faultState, keptFault, type Raise, restoredFault, type Standing } from './standing-fault.js';

/** What a person has done about a fault: the caller commits it, and publishes once that is synced. */
export type Handled =
  | { readonly refused: 'fault.not-standing' | 'fault.unknown-part' }
  | { readonly state: FaultState; readonly change: Change; readonly publish: () => void };

interface FaultBookOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly boot: string;
  readonly session: number;
  readonly newId: () => string;
  readonly commit: (change: Change) => Committed;
  /** Stored state as it was at the start. */
  readonly stored: ReadonlyMap<string, Json>;
  readonly subjectOf: (device: string) => FaultSubject;
  /** Brings the retained topic of a fault up to date; `null` once it is cleared. */
  readonly publish: (device: string, code: string, state: FaultState | null) => void;
  /** Keeps what has just passed on the wire of a fault that begins; gives the id of that capture, if there is any. */
  readonly capture?: (raise: Raise) => string | undefined;
}

const keyPrefix = 'fault/';
/** Faults of an earlier session that nobody has seen again by then are cleared. */
const confirmWithinMilliseconds = 30_000;
/** One that chatters is over once it was quiet for this long. */
const chatterQuietMilliseconds = 30_000;

interface Entry {
  standing: Standing;
  clearing?: Timer;
  /** Brings it back into sight. */
  unshelving?: Timer;
  /** Its raising is recorded: from then on it may be told. */
  recorded: Promise<void>;
}

export class FaultBook {
  readonly #entries = new Map<string, Entry>();
  readonly #chatter = new Chatter();
  readonly #changed = new Listeners<[string]>();
  readonly #confirmTimer: Timer;

  constructor(private readonly options: FaultBookOptions) {
    for (const [key, value] of options.stored) {
      if (key.startsWith(keyPrefix)) this.#restore(value);
    }
    this.#confirmTimer = options.clock.after('confirm earlier faults', confirmWithinMilliseconds, () => {
      for (const { standing } of this.standing()) {
        if (standing.unconfirmed) this.clear(standing.state.device, standing.state.code);
      }
    });
  }

  /** Told with the device's name when its faults have changed. */
  onChange(listener: (device: string) => void): () => void {
    return this.#changed.add(listener);
  }

  standing(): { readonly standing: Standing }[] {
    return [...this.#entries.values()];
  }

  /** Codes that stand for a device now, confirmed in this session. */
  of(device: string): FaultState[] {
    return this.standing()
      .filter(({ standing }) => standing.state.device === device && !standing.unconfirmed)
      .map(({ standing }) => standing.state);
  }

  /** A fault stands. Said again while it stands, only evidence, parts and affected devices are brought up to date. */
  raise(raise: Raise): void {
    const { device, code } = raise;
    const declaration = faultCatalogue.get(code);
    if (declaration === undefined) {
      throw new HallwardError('fault.undeclared', 'internal', `the fault ${code} is not in the catalogue`);
    }
    const key = entryKey(device, code);
    const entry = this.#entries.get(key);
    entry?.clearing?.cancel();
    if (entry !== undefined) delete entry.clearing;
    const { clock, boot, session, subjectOf, newId } = this.options;
    const evidence = this.#evidenceOf(raise, entry?.standing);
    const subject = subjectOf(device);
    const since = entry?.standing.since ?? stampNow(clock, boot);
    const begun = entry?.standing.state ?? {
      id: newId(),
      since: rfc3339(since.wallMilliseconds),
      acknowledged: null,
      count: this.#chatter.came(key, clock.monotonicMilliseconds()),
    };
    const state = faultState(raise, declaration, begun, { evidence, subject, session });
    if (entry === undefined) {
      const event: NewEvent = { type: 'fault.raised', subject: device, data: state };
      const recorded = this.#commit(key, event, keptFault({ state, since, unconfirmed: false }));
      this.#entries.set(key, { standing: { state, since, unconfirmed: false }, recorded });
      this.options.log.warn({ device, code, evidence }, `fault: ${state.text.en}`);
    } else {
      // Only its words have changed: nothing to record, for id, time and count stay as they are.
      if (!entry.standing.unconfirmed && saysTheSame(entry.standing.state, state)) return;
      entry.standing = { ...entry.standing, state, unconfirmed: false };
    }
    this.#publishOnceRecorded(key);
    this.#changed.tell(device);
  }

  /** A fault is over. One that chatters stands until it was quiet for half a minute. */
  clear(device: string, code: string): void {
    const key = entryKey(device, code);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.clearing !== undefined) return;
    if (!this.#chatter.isChattering(key, this.options.clock.monotonicMilliseconds())) {
      this.#clearNow(key, entry.standing);
    } else {
      entry.clearing = this.options.clock.after(`chattering ${key}`, chatterQuietMilliseconds, () =>
        this.#clearNow(key, entry.standing),
      );
    }
  }

  /** As `clear`, for what a person has ended: at once, however often it came. */
  end(device: string, code: string): void {
    const key = entryKey(device, code);
    const entry = this.#entries.get(key);
    entry?.clearing?.cancel();
    if (entry !== undefined) this.#clearNow(key, entry.standing);
  }

  /** Clears everything a device had, but for `except`: it is no longer there, or out of service. */
  forget(device: string, except?: string): void {
    for (const { standing } of this.standing()) {
      if (standing.state.device !== device || standing.state.code === except) continue;
      this.#entries.get(entryKey(device, standing.state.code))?.clearing?.cancel();
      this.#clearNow(entryKey(device, standing.state.code), standing);
    }
  }

  /** Somebody has seen it, or one of its parts. */
  acknowledge(device: string, code: string, by: string, note?: string, part?: string): Handled {
    const entry = this.#handled(device, code, part);
    if ('refused' in entry) return entry;
    const at = rfc3339(this.options.clock.wallMilliseconds());
    const acknowledged = {
      ...{ by, at },
      ...(note === undefined ? {} : { note }),
      ...(part === undefined ? {} : { part }),
    };
    entry.standing = { ...entry.standing, state: { ...entry.standing.state, acknowledged } };
    return this.#handledChange(entry, 'fault.acknowledged');
  }

  /**
   * Nobody is called for it, or for one of its parts, for `milliseconds`, over restarts as well. Ends earlier when the
   * fault does. Asked again it begins anew.
   */
  shelve(
    device: string,
    code: string,
    { by, reason, milliseconds, part }: { by: string; reason: string; milliseconds: number; part?: string },
  ): Handled {
    const entry = this.#handled(device, code, part);
    if ('refused' in entry) return entry;
    const since = stampNow(this.options.clock, this.options.boot);
    const shelved = {
      by,
      at: rfc3339(since.wallMilliseconds),
      until: rfc3339(since.wallMilliseconds + Math.round(milliseconds)),
      reason,
      ...(part === undefined ? {} : { part }),
    };
    const shelf = { since, milliseconds: Math.round(milliseconds) };
    entry.standing = { ...entry.standing, state: { ...entry.standing.state, shelved }, shelf };
    this.#armShelf(entry);
    return this.#handledChange(entry, 'fault.shelved');
  }

  stop(): void {
    this.#confirmTimer.cancel();
    for (const entry of this.#entries.values()) {
      entry.clearing?.cancel();
      entry.unshelving?.cancel();
    }
  }

  /** What somebody wants to do something about; no fault, or no such part of it. */
  #handled(
    device: string,
    code: string,
    part: string | undefined,
  ): Entry | Extract<Handled, { refused: string }> {
    const entry = this.#entries.get(entryKey(device, code));
    if (entry === undefined) return { refused: 'fault.not-standing' };
    const isPart = part === undefined || entry.standing.state.parts?.includes(part) === true;
    return isPart ? entry : { refused: 'fault.unknown-part' };
  }

  #handledChange(
    entry: Entry,
    type: 'fault.acknowledged' | 'fault.shelved',
  ): Exclude<Handled, { refused: string }> {
    const { state } = entry.standing;
    const { device, code } = state;
    this.#changed.tell(device);
    return {
      state,
      change: {
        events: [{ type, subject: device, data: state }],
        puts: { [keyPrefix + entryKey(device, code)]: keptFault(entry.standing) },
      },
      publish: () => this.#publish(entry),
    };
  }

  #armShelf(entry: Entry): void {
    entry.unshelving?.cancel();
    const { shelf, state } = entry.standing;
    if (shelf === undefined) return;
    const { clock, boot } = this.options;
    const left = leftOnShelf(shelf, stampNow(clock, boot));
    entry.unshelving = clock.after(`shelf of ${state.device}/${state.code}`, left, () => {
      const { shelf: _over, ...standing } = entry.standing;
      entry.standing = { ...standing, state: { ...standing.state, shelved: null } };
      const { change } = this.#handledChange(entry, 'fault.shelved');
      void this.options.commit(change).synced.then(() => this.#publish(entry));
    });
  }

  /** A fault that begins, or is seen for the first time in this session, may name what passed on its wire. */
  #evidenceOf(raise: Raise, before: Standing | undefined): Evidence {
    const { evidence = {} } = raise;
    const isNew = before === undefined || before.unconfirmed;
    const capture = isNew ? this.options.capture?.(raise) : before.state.evidence.capture;
    return capture === undefined ? evidence : { ...evidence, capture };
  }

  #clearNow(key: string, standing: Standing): void {
    this.#entries.get(key)?.unshelving?.cancel();
    this.#entries.delete(key);
    const { clock, boot } = this.options;
    const durationSeconds = secondsBetween(standing.since, stampNow(clock, boot));
    const { device, code, text } = standing.state;
    this.options.log.info({ device, code, durationSeconds }, `fault over: ${text.en}`);
    const data = { ...standing.state, durationSeconds };
    const recorded = this.#commit(key, { type: 'fault.cleared', subject: device, data }, null);
    void recorded.then(() => {
      if (!this.#entries.has(key)) this.options.publish(device, code, null);
    });
    this.#changed.tell(device);
  }

  #commit(key: string, event: NewEvent, value: Json): Promise<void> {
    return this.options.commit({ events: [event], puts: { [keyPrefix + key]: value } }).synced;
  }

  /** Brings the topic up to date as soon as the fault may be told, with what then holds. */
  #publishOnceRecorded(key: string): void {
    const entry = this.#entries.get(key);
    void entry?.recorded.then(() => this.#publish(entry));
  }

  /** As it stands now; nothing where it is over by now. */
  #publish(entry: Entry): void {
    const { state } = entry.standing;
    if (this.#entries.get(entryKey(state.device, state.code)) !== entry) return;
    this.options.publish(state.device, state.code, state);
  }

  #restore(value: Json): void {
    const standing = restoredFault(value);
    if (standing === undefined) return;
    const { device, code } = standing.state;
    const entry: Entry = { standing, recorded: Promise.resolve() };
    this.#entries.set(entryKey(device, code), entry);
    this.#armShelf(entry);
  }
}

function entryKey(device: string, code: string): string {
  return `${device}/${code}`;
}
