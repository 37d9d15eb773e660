/** One hand, as the controller that leads it sees it: whether it answers, its devices, its presses. */
import type { CallerKey, Capabilities, Press } from '../../devices/capabilities.js';
import type { Hall } from '../../hall/hall.js';
import type { Clock, Timer } from '../../kernel/clock.js';
import type { Json } from '../../kernel/json.js';
import { Listeners } from '../../kernel/listeners.js';
import type { Log } from '../../kernel/log.js';
import {
  deviceSchema,
  type Following,
  followingSchema,
  pressSchema,
  type SeenDevice,
} from '../../protocols/hub/hall-payloads.js';
import { readTopic, topicsOf } from '../../protocols/hub/topics.js';
import type { HallLine } from '../hall-line.js';
import { FarBoard, FarHallBoard } from './far-boards.js';
import { type FarDevice, type FarEnd, FarLamp, FarPrinter, FarVoice } from './far-devices.js';
import { HandPresses } from './hand-presses.js';
import type { Presence } from './presence.js';
import { read } from './read.js';
import { type Answer, Requests } from './requests.js';

export interface HandOptions {
  readonly hallName: string;
  /** The hand's name. */
  readonly name: string;
  /** Our own. */
  readonly leader: string;
  readonly hall: Hall;
  readonly clock: Clock;
  readonly log: Log;
  readonly line: HallLine;
  readonly presence: Presence;
  readonly newId: () => string;
  readonly state: ReadonlyMap<string, Json>;
  readonly commit: (puts: Readonly<Record<string, Json>>) => unknown;
  /** When a heartbeat of this session left, monotonic; `undefined` for one that is long past. */
  readonly sentAt: (beat: number, session: number) => number | undefined;
  /** It has come or gone, or its devices have changed. */
  readonly changed: () => void;
}

/** Three heartbeats. */
const silentMilliseconds = 6_000;
const mostDevices = 256;
const callerKeys: ReadonlySet<string> = new Set<CallerKey>(['next', 'recall', 'skip', 'pause', 'done']);

interface Attached {
  readonly seen: SeenDevice;
  readonly far: readonly FarDevice[];
  /** `undefined` until it has joined the hall. */
  readonly detach: (() => void) | undefined;
}

export class Hand implements FarEnd {
  readonly clock: Clock;
  readonly #devices = new Map<string, Attached>();
  readonly #requests: Requests;
  readonly #presses: HandPresses;
  readonly #pressed = { call: new Listeners<[Press]>(), rate: new Listeners<[Press]>() };
  readonly #stop: (() => void)[];
  #answer: Following | undefined;
  #silence: Timer | undefined;
  #wasReady = false;
  /** Its devices have joined the hall: it was ready once, or did not come in time. */
  #isKnown = false;
  #readySession: number | undefined;

  constructor(private readonly options: HandOptions) {
    const { hallName, name, hall, clock, log, line, presence, newId, state, commit } = options;
    this.clock = clock;
    const topics = topicsOf(hallName, name);
    this.#requests = new Requests(line, hallName, name, clock, newId);
    this.#presses = new HandPresses(name, clock, log, state, commit);
    const source = (purpose: 'call' | 'rate') => ({
      presses: {
        purpose,
        window: null,
        onPress: (listener: (press: Press) => void) => this.#pressed[purpose].add(listener),
      },
    });
    this.#stop = [
      hall.attach(`${name}/call`, source('call')),
      hall.attach(`${name}/rate`, source('rate')),
      line.listen(topics.device('+'), ({ topic, payload }) => this.#device(topic, payload)),
      line.listen(topics.following, ({ payload }) => this.#answered(payload)),
      line.listen(topics.event('key.pressed'), ({ payload, retain }) => {
        if (!retain) this.#press(payload);
      }),
      presence.onChange((controller) => {
        if (controller === name) this.#look();
      }),
      line.onConnected(() => this.#look()),
    ];
  }

  get name(): string {
    return this.options.name;
  }

  /** It lives, answers, and takes orders. */
  get isReady(): boolean {
    const { presence, name, line, leader } = this.options;
    const answer = this.#answer;
    return (
      line.connected &&
      answer !== undefined &&
      answer.leader === leader &&
      answer.mode === 'following' &&
      presence.sessionOf(name) === answer.session
    );
  }

  /** It lives, but calls numbers of its own now. */
  get isManual(): boolean {
    return this.#answer?.mode === 'manual';
  }

  /** Windows where visitors can rate. */
  get ratedWindows(): string[] {
    return [...this.#devices.values()].flatMap(({ seen }) =>
      seen.kind === 'evaluator' && seen.window !== undefined ? [seen.window] : [],
    );
  }

  /** What people call one of its devices; `undefined` for one that it does not have. */
  labelOf(device: string): string | undefined {
    const known = this.#devices.get(device)?.seen;
    return known === undefined ? undefined : (known.label ?? `${this.name}/${device}`);
  }

  /** Names of its devices, as the hall here knows them. */
  get devices(): string[] {
    return [...this.#devices.keys()].map((device) => `${this.name}/${device}`);
  }

  ask(name: string, args: object, timeoutMilliseconds: number): Promise<Answer> {
    return this.#requests.ask(name, args, timeoutMilliseconds);
  }

  /** It had time to come: from now on what it has counts as failed where it does not answer. */
  expect(): void {
    if (this.#isKnown) return;
    this.#isKnown = true;
    for (const [device, { seen }] of [...this.#devices]) this.#attach(device, seen);
    this.options.changed();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
    this.#silence?.cancel();
    for (const device of [...this.#devices.keys()]) this.#detach(device);
    this.options.hall.cover.fireElsewhere(this.name, false);
    this.#requests.stop();
  }

  #answered(payload: Uint8Array): void {
    const { clock, hall, name, leader, sentAt } = this.options;
    const answer = read(followingSchema, payload);
    if (answer === undefined || answer.leader !== leader) return;
    const sent = sentAt(answer.beat, answer.leaderSession);
    // An answer to a heartbeat that is long past says nothing of now.
    if (sent === undefined) return;
    this.#presses.clockRead(sent, answer.wallMilliseconds);
    this.#answer = answer;
    this.#silence?.cancel();
    this.#silence = clock.after(`answer of ${name}`, silentMilliseconds, () => {
      this.#answer = undefined;
      this.#look();
    });
    hall.cover.fireElsewhere(name, answer.fire);
    this.#look();
  }

  /** Brings everything up to date with whether it takes orders. */
  #look(): void {
    const ready = this.isReady;
    const session = ready ? this.#answer?.session : undefined;
    if (ready === this.#wasReady && session === this.#readySession) return;
    this.#wasReady = ready;
    this.#readySession = session;
    if (!ready) this.#requests.giveUp('hand.away');
    else this.expect();
    for (const [device, { far }] of this.#devices) {
      this.#judge(device);
      for (const one of far) one.returned();
    }
    this.options.changed();
  }

  #device(topic: string, payload: Uint8Array): void {
    const device = readTopic(topic)?.below.split('/')[1];
    if (device === undefined) return;
    const seen = read(deviceSchema, payload);
    const before = this.#devices.get(device);
    if (seen === undefined) {
      if (before !== undefined) this.#detach(device);
    } else if (before !== undefined && placeOf(before.seen) === placeOf(seen)) {
      this.#devices.set(device, { ...before, seen });
      this.#judge(device);
      return;
    } else if (before !== undefined || this.#devices.size < mostDevices) {
      this.#detach(device);
      this.#attach(device, seen);
    }
    this.options.changed();
  }

  #attach(device: string, seen: SeenDevice): void {
    const { hall, name } = this.options;
    if (!this.#isKnown) {
      this.#devices.set(device, { seen, far: [], detach: undefined });
      return;
    }
    const { capabilities, far } = this.#made(device, seen);
    // Before it joins, so that nobody takes it for one that works.
    hall.deviceFailed(`${name}/${device}`, !this.#works(seen));
    for (const one of far) one.said?.(readinessOf(seen));
    const detach = hall.attach(`${name}/${device}`, capabilities);
    this.#devices.set(device, { seen, far, detach });
  }

  #detach(device: string): void {
    const attached = this.#devices.get(device);
    if (attached === undefined) return;
    this.#devices.delete(device);
    attached.detach?.();
    for (const one of attached.far) one.stop();
    this.options.hall.deviceFailed(`${this.name}/${device}`, false);
  }

  #made(device: string, seen: SeenDevice): { capabilities: Capabilities; far: readonly FarDevice[] } {
    const { window } = seen;
    switch (seen.kind) {
      case 'window-board': {
        if (window === undefined) break;
        const showsTicket = new FarBoard(this, device, window);
        return { capabilities: { showsTicket }, far: [showsTicket] };
      }
      case 'hall-board': {
        const showsHall = new FarHallBoard(this, device);
        return { capabilities: { showsHall }, far: [showsHall] };
      }
      case 'voice': {
        const speaks = new FarVoice(this, device, seen.windows ?? null);
        return { capabilities: { speaks }, far: [speaks] };
      }
      case 'ticket-printer': {
        const printsTickets = new FarPrinter(this, device, seen.place ?? null);
        return { capabilities: { printsTickets }, far: [printsTickets] };
      }
      case 'evaluator': {
        if (window === undefined) break;
        const invitesRating = new FarLamp(this, window);
        return { capabilities: { invitesRating }, far: [invitesRating] };
      }
    }
    return { capabilities: {}, far: [] };
  }

  #works(seen: SeenDevice): boolean {
    return this.isReady && seen.session === this.#answer?.session && seen.status !== 'failure';
  }

  #judge(device: string): void {
    const attached = this.#devices.get(device);
    if (attached?.detach === undefined) return;
    for (const one of attached.far) one.said?.(readinessOf(attached.seen));
    this.options.hall.deviceFailed(`${this.name}/${device}`, !this.#works(attached.seen));
  }

  #press(payload: Uint8Array): void {
    const { hall, log, name } = this.options;
    const press = read(pressSchema, payload);
    if (press === undefined) return;
    const atMilliseconds = this.#presses.take(press);
    if (atMilliseconds === undefined) return;
    const { window, key, staff, priority, place } = press.data;
    const device = `${name}/${press.data.device}`;
    const ticket = /^ticket( .*)?$/.exec(key);
    if (ticket !== null) {
      hall.ticketButton(device, { queue: ticket[1]?.trim() ?? null, priority, place: place ?? null });
    } else if (window !== null && /^[1-5]$/.test(key)) {
      this.#pressed.rate.tell({ device, window, key, atMilliseconds });
    } else if (window !== null && (callerKeys.has(key) || staff !== undefined)) {
      const who = staff === undefined ? {} : { staff };
      this.#pressed.call.tell({ device, window, key, ...who, atMilliseconds });
    } else {
      log.warn({ device, key }, 'a key that means nothing here');
    }
  }
}

/** What makes it another device. */
function placeOf({ kind, window, windows, place }: SeenDevice): string {
  return JSON.stringify([kind, window, windows, place]);
}

function readinessOf({ status, verified }: SeenDevice): 'ready' | 'unable' | 'unknown' {
  if (status === 'failure') return 'unable';
  return verified && status !== 'function-check' ? 'ready' : 'unknown';
}
