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
import { type Stamp, secondsBetween, stampNow } from '../kernel/stamp.js';
import { fillText, type Text } from '../kernel/text.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { Audience, FaultState, Severity } from '../protocols/hub/payloads.js';
import type { Change, Committed } from '../store/types.js';
import { faultCatalogue } from './fault-catalogue.js';
import { chineseReason } from './reason-words.js';

interface Standing {
  readonly state: FaultState;
  readonly since: Stamp;
  /** Stood when the process ended; nobody has seen it again yet. */
  readonly unconfirmed: boolean;
}

/** What people call a device, and where it is; for the texts. */
interface FaultSubject {
  readonly label?: string;
  readonly place?: string;
  readonly window?: string;
}

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
}

export interface Raise {
  readonly device: string;
  readonly code: string;
  readonly evidence?: Evidence;
  readonly parts?: readonly string[];
  readonly affected?: readonly string[];
  /** What takes the place of what is declared, where that does not fit. */
  readonly text?: Text;
  readonly action?: Text;
  readonly severity?: Severity;
  readonly audience?: Audience;
}

const keyPrefix = 'fault/';
/** Faults of an earlier session that nobody has seen again by then are cleared. */
const confirmWithinMilliseconds = 30_000;
/** A fault that came this often within a minute chatters (ISA-18.2): it then stands until it was quiet for long. */
const chatterCount = 5;
const chatterWindowMilliseconds = 60_000;
const chatterQuietMilliseconds = 30_000;

interface Entry {
  standing: Standing;
  clearing?: Timer;
  /** Its raising is recorded: from then on it may be told. */
  recorded: Promise<void>;
}

export class FaultBook {
  readonly #entries = new Map<string, Entry>();
  readonly #raisedAt = new Map<string, number[]>();
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
    const { device, code, evidence = {} } = raise;
    const declaration = faultCatalogue.get(code);
    if (declaration === undefined) {
      throw new HallwardError('fault.undeclared', 'internal', `the fault ${code} is not in the catalogue`);
    }
    const key = entryKey(device, code);
    const entry = this.#entries.get(key);
    entry?.clearing?.cancel();
    if (entry !== undefined) delete entry.clearing;
    const subject = this.options.subjectOf(device);
    const values = { ...textValues(evidence), device: subject.label ?? device, window: subject.window ?? '' };
    if (typeof evidence.window === 'string') values.window = evidence.window;
    const since = entry?.standing.since ?? stampNow(this.options.clock, this.options.boot);
    const state: FaultState = {
      id: entry?.standing.state.id ?? this.options.newId(),
      device,
      code,
      ...(raise.parts === undefined ? {} : { parts: [...raise.parts] }),
      status: declaration.status,
      severity: raise.severity ?? declaration.severity,
      audience: raise.audience ?? declaration.audience,
      text: inWords(raise.text ?? declaration.text, values, evidence),
      action: inWords(raise.action ?? declaration.action, values, evidence),
      since: entry?.standing.state.since ?? rfc3339(since.wallMilliseconds),
      acknowledged: entry?.standing.state.acknowledged ?? null,
      count: entry?.standing.state.count ?? this.#noteRaised(key),
      ...(raise.affected === undefined || raise.affected.length === 0
        ? {}
        : { affected: [...raise.affected] }),
      evidence,
      session: this.options.session,
    };
    if (entry === undefined) {
      const event: NewEvent = { type: 'fault.raised', subject: device, data: state };
      const recorded = this.#commit(key, event, { state, since } as unknown as Json);
      this.#entries.set(key, { standing: { state, since, unconfirmed: false }, recorded });
      this.options.log.warn({ device, code, evidence }, `fault: ${state.text.en}`);
    } else {
      // Only its words have changed: nothing to record, for id, time and count stay as they are.
      if (!entry.standing.unconfirmed && sameFault(entry.standing.state, state)) return;
      entry.standing = { state, since, unconfirmed: false };
    }
    this.#publishOnceRecorded(key);
    this.#changed.tell(device);
  }

  /** A fault is over. One that chatters stands until it was quiet for half a minute. */
  clear(device: string, code: string): void {
    const key = entryKey(device, code);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.clearing !== undefined) return;
    const since = this.options.clock.monotonicMilliseconds() - chatterWindowMilliseconds;
    const recent = (this.#raisedAt.get(key) ?? []).filter((at) => at > since);
    if (recent.length < chatterCount) {
      this.#clearNow(key, entry.standing);
    } else {
      entry.clearing = this.options.clock.after(`chattering ${key}`, chatterQuietMilliseconds, () =>
        this.#clearNow(key, entry.standing),
      );
    }
  }

  /** Clears everything a device had: it is no longer there. */
  forget(device: string): void {
    for (const { standing } of this.standing()) {
      if (standing.state.device !== device) continue;
      this.#entries.get(entryKey(device, standing.state.code))?.clearing?.cancel();
      this.#clearNow(entryKey(device, standing.state.code), standing);
    }
  }

  /** Somebody has seen it. Gives the fault, or `undefined` where none stands; the caller commits the event. */
  acknowledge(
    device: string,
    code: string,
    by: string,
    note: string | undefined,
  ): { change: Change; publish: () => void } | undefined {
    const key = entryKey(device, code);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const at = rfc3339(this.options.clock.wallMilliseconds());
    const acknowledged = { by, at, ...(note === undefined ? {} : { note }) };
    const state: FaultState = { ...entry.standing.state, acknowledged };
    entry.standing = { ...entry.standing, state };
    this.#changed.tell(device);
    return {
      change: {
        events: [{ type: 'fault.acknowledged', subject: device, data: state }],
        puts: { [keyPrefix + key]: { state, since: entry.standing.since } as unknown as Json },
      },
      publish: () => this.options.publish(device, code, state),
    };
  }

  stop(): void {
    this.#confirmTimer.cancel();
    for (const entry of this.#entries.values()) entry.clearing?.cancel();
  }

  #clearNow(key: string, standing: Standing): void {
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
    void entry?.recorded.then(() => {
      if (this.#entries.get(key) !== entry) return;
      const { state } = entry.standing;
      this.options.publish(state.device, state.code, state);
    });
  }

  #noteRaised(key: string): number {
    const now = this.options.clock.monotonicMilliseconds();
    const recent = (this.#raisedAt.get(key) ?? []).filter((at) => at > now - chatterWindowMilliseconds);
    recent.push(now);
    this.#raisedAt.set(key, recent.slice(-2 * chatterCount));
    return recent.length;
  }

  #restore(value: Json): void {
    const stored = value as unknown as { state?: FaultState; since?: Stamp } | null;
    if (stored?.state?.device === undefined || stored.since === undefined) return;
    const { device, code } = stored.state;
    if (!faultCatalogue.has(code)) return;
    const standing = { state: stored.state, since: stored.since, unconfirmed: true };
    this.#entries.set(entryKey(device, code), { standing, recorded: Promise.resolve() });
  }
}

function entryKey(device: string, code: string): string {
  return `${device}/${code}`;
}

/** Filled in; a reason is put into Chinese where that is possible. */
function inWords(text: Text, values: Readonly<Record<string, string>>, evidence: Evidence): Text {
  const reason = chineseReason(evidence);
  const chinese = reason === undefined ? values : { ...values, reason };
  return { 'zh-CN': fillText(text, chinese)['zh-CN'], en: fillText(text, values).en };
}

function textValues(evidence: Evidence): Record<string, string> {
  return Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, String(value ?? '?')]));
}

/** The same in everything that people see; counters in the evidence may differ. */
function sameFault(a: FaultState, b: FaultState): boolean {
  return (
    JSON.stringify([a.parts, a.affected, a.text, a.session]) ===
    JSON.stringify([b.parts, b.affected, b.text, b.session])
  );
}
