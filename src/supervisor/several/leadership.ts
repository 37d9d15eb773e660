/**
 * Who leads the calling of this hall: this controller, another one whose hand it is, or neither (a hub does). Takes its
 * part by the configuration, and changes it when a person has a second controller take over.
 */
import * as v from 'valibot';
import { adopted, givenAway, waitingIn } from '../../calling/mirror.js';
import { loadCalling } from '../../calling/state.js';
import type { HallSettings } from '../../hall/settings.js';
import type { Json } from '../../kernel/json.js';
import type { NewEvent } from '../../protocols/hub/events.js';
import { hallSettingsOf } from '../calling-settings.js';
import type { CommandOutcome } from '../command-desk.js';
import type { Configuration } from '../config/schema.js';
import { refused } from '../refused.js';
import { claimPuts } from './claims.js';
import { Following } from './following.js';
import { Leading, type SeveralPorts } from './leading.js';
import { manualQueue, withManual } from './manual.js';
import { Presence } from './presence.js';

export type LeadershipPorts = Omit<SeveralPorts, 'presence'>;

export interface LeadershipOptions {
  readonly ports: LeadershipPorts;
  /** Local time now, `2026-11-22 09:03`; `null` where the clock can't be trusted. */
  readonly localTime: () => string | null;
  readonly record: (event: NewEvent) => void;
}

const roleKey = 'hall/role';
const faultCode = 'calling.adopted-elsewhere';
/** Tickets that are named where another controller does not know them. */
const mostNamed = 60;

/** A part that a person gave this controller, other than its configuration's. */
const roleSchema = v.object({
  /** The part that the configuration gave it then; with another one this no longer counts. */
  base: v.picklist(['leader', 'standby']),
  state: v.picklist(['adopted', 'yielded']),
  /** From whom, or by whom. */
  other: v.string(),
  /** Numbers that nobody else knows. */
  numbers: v.optional(v.array(v.string()), []),
});
type Role = v.InferOutput<typeof roleSchema>;

export class Leadership {
  readonly #ports: SeveralPorts;
  #configuration: Configuration | undefined;
  #role: Role | undefined;
  #leading: Leading | undefined;
  #following: Following | undefined;

  constructor(private readonly options: LeadershipOptions) {
    const { ports } = options;
    const presence = new Presence(ports.line, ports.hallName, ports.controller, ports.clock);
    this.#ports = { ...ports, presence };
    const role = v.safeParse(roleSchema, ports.state.get(roleKey));
    if (role.success) this.#role = role.output;
  }

  /** Takes the part that a configuration gives. */
  use(configuration: Configuration): void {
    this.#configuration = configuration;
    if (this.#role !== undefined && this.#role.base !== baseOf(configuration)) {
      this.#role = undefined;
      this.#ports.commit({ [roleKey]: null });
    }
    this.#takePart();
  }

  /** This controller is a hand that calls numbers of its own now. */
  get isManual(): boolean {
    return this.#following?.isManual ?? false;
  }

  /** The other controller that gives out the tickets of a queue; else `null`. */
  claimedElsewhere(queue: string): string | null {
    return this.#leading?.claimedElsewhere(queue) ?? null;
  }

  /** What people call a device of a hand; `undefined` for one that is none. */
  labelOf(device: string): string | undefined {
    return this.#leading?.labelOf(device);
  }

  /** A person has this controller lead what it has followed so far (`calling.adopt`). */
  adopt(by: string, force: boolean): CommandOutcome {
    const following = this.#following;
    const base = this.#configuration === undefined ? undefined : baseOf(this.#configuration);
    if (following === undefined || base === undefined || this.#configuration?.calling === undefined) {
      return this.#leading === undefined
        ? refused('calling.not-here', 'This controller has no calling section: it can lead nothing.')
        : refused('calling.leads-already', 'This controller leads the calling already.');
    }
    const { leader } = following;
    if (following.hasLeader && !force) {
      return refused(
        'calling.leader-lives',
        `${leader} lives and leads; to take over all the same send force: true.`,
      );
    }
    const names = Object.keys(this.#configuration.calling.queues);
    const known = [...following.queues].filter(([queue]) => names.includes(queue));
    if (known.length === 0) {
      return refused('calling.nothing-known', `Nothing was heard yet of the queues of ${leader}.`);
    }
    const mirrors = new Map(known.map(([queue, { mirror }]) => [queue, mirror]));
    const epoch = Math.max(...known.map(([, one]) => one.epoch)) + 1;
    const { state, clock } = this.#ports;
    const counts = new Map(known.map(([queue, { mirror }]) => [queue, mirror.issued]));
    this.#role = { base, state: 'adopted', other: leader, numbers: [] };
    const tickets = [...mirrors.values()].reduce((sum, mirror) => sum + mirror.tickets.length, 0);
    const queues = [...mirrors.keys()];
    const waiting = Object.fromEntries([...mirrors].map(([queue, one]) => [queue, waitingIn(one).length]));
    return {
      ok: true,
      change: {
        events: [
          { type: 'calling.adopted', subject: 'controller', data: { from: leader, by, queues, tickets } },
        ],
        puts: {
          ...adopted(mirrors, loadCalling(state)),
          ...claimPuts(names, epoch, clock, counts),
          [roleKey]: this.#role,
        },
      },
      result: { from: leader, waiting },
      afterSync: () => this.#takePart(),
    };
  }

  /** A person gives up a hand's own numbers (`manual.end`). */
  endManual(): CommandOutcome {
    return this.#following?.endManual() ?? refused('manual.not-active', 'This controller is no hand.');
  }

  stop(): void {
    this.#leading?.stop(Object.keys(this.#configuration?.calling?.queues ?? {}));
    this.#following?.end();
    this.#ports.presence.stop();
  }

  #takePart(): void {
    const configuration = this.#configuration;
    if (configuration === undefined) return;
    const base = baseOf(configuration);
    const state = this.#role?.state;
    const leads = base === 'leader' ? state !== 'yielded' : base === 'standby' && state === 'adopted';
    const prefix = this.#following?.prefix ?? 'M';
    this.#leading?.stop(leads ? Object.keys(configuration.calling?.queues ?? {}) : []);
    this.#following?.stop();
    this.#leading = undefined;
    this.#following = undefined;
    if (state === 'yielded') this.#tellYielded();
    else this.#ports.faults.clear('controller', faultCode);
    if (leads) {
      this.#leading = this.#lead(configuration, prefix);
      return;
    }
    const leaders = this.#role?.state === 'yielded' ? [this.#role.other] : leadersOf(configuration);
    if (leaders.length === 0) {
      this.#ports.hall.useCalling(hallSettingsOf(configuration));
      return;
    }
    this.#following = new Following({
      ports: this.#ports,
      leaders,
      settings: handSettings(configuration, leaders[0] ?? ''),
      windows: windowsOf(configuration),
      localTime: this.options.localTime,
      record: this.options.record,
    });
  }

  #lead(configuration: Configuration, prefix: string): Leading {
    const { hall, controller } = this.#ports;
    const other = this.#role?.state === 'adopted' ? [this.#role.other] : [];
    const named = [...(configuration.calling?.hands ?? []), ...other];
    const hands = [...new Set(named)].filter((name) => name !== controller);
    return new Leading({
      ports: this.#ports,
      settings: this.#settings(configuration, prefix),
      hands,
      heirs: hands,
      countFrom: (queue, day, issued) => hall.desk?.countFrom(queue, day, issued),
      adoptedBy: (heir, known) => this.#yield(heir, known),
    });
  }

  /** Numbers of its own that people still hold are called beside those of the queues. */
  #settings(configuration: Configuration, prefix: string): HallSettings {
    const settings = hallSettingsOf(configuration);
    const held = [...loadCalling(this.#ports.state).tickets.values()].some(
      ({ queue }) => queue === manualQueue,
    );
    return held ? withManual(settings, windowsOf(configuration), prefix) : settings;
  }

  /** Another controller has adopted our queues: this one becomes its hand. */
  #yield(heir: string, known: ReadonlyMap<string, number>): void {
    const { hall, log, commit, topics } = this.#ports;
    const configuration = this.#configuration;
    const calling = hall.desk?.calling;
    const base = configuration === undefined ? undefined : baseOf(configuration);
    if (calling === undefined || base === undefined) return;
    log.warn({ controller: heir, root: topics.root }, 'another controller has taken over the calling');
    const numbers = [...calling.tickets.values()]
      .filter(({ queue, number, skipped }) => skipped === null && countOf(number) > (known.get(queue) ?? 0))
      .map(({ number }) => number);
    this.#role = { base, state: 'yielded', other: heir, numbers: numbers.slice(0, mostNamed) };
    const queues = new Set(Object.keys(configuration?.calling?.queues ?? {}));
    const gone: Record<string, Json> = givenAway(calling, queues);
    commit({ ...gone, [roleKey]: this.#role });
    this.#takePart();
  }

  #tellYielded(): void {
    const { other = '', numbers = [] } = this.#role ?? {};
    this.#ports.faults.raise({
      device: 'controller',
      code: faultCode,
      evidence: { other, numbers: numbers.join(' ') || '-' },
    });
  }
}

function baseOf({ calling }: Configuration): Role['base'] | undefined {
  if (calling === undefined) return undefined;
  return calling.standbyFor === undefined ? 'leader' : 'standby';
}

/** Whom to follow; of a list that several boards share, the others. */
function leadersOf({ leader, controller }: Configuration): readonly string[] {
  const named = leader === undefined ? [] : typeof leader === 'string' ? [leader] : leader;
  return named.filter((name) => name !== controller);
}

/** A hand leads nothing: it does as it is told, and its presses leave as events. */
function handSettings(configuration: Configuration, leader: string): HallSettings {
  const { calling: _calling, ...rest } = configuration;
  return { ...hallSettingsOf(rest as Configuration), follows: leader };
}

function windowsOf({ devices }: Configuration): string[] {
  return [...new Set(Object.values(devices).flatMap(({ window }) => window ?? []))];
}

function countOf(number: string): number {
  return Number(number.replace(/\D/g, ''));
}
