/**
 * What a hub's own program would know: a subscriber that listens to every topic of the controller and believes
 * nothing else.
 *
 * It has two connections, as such programs should: one whose session the broker keeps, for the events, of which none
 * may be missed; and one that begins anew each time, for the retained state, of which only the present counts.
 */
import * as v from 'valibot';
import type { Clock } from '../../kernel/clock.js';
import { Listeners } from '../../kernel/listeners.js';
import { type EventType, eventTypes } from '../../protocols/hub/events.js';
import type { FaultState } from '../../protocols/hub/payloads.js';
import { readJsonObject } from '../../protocols/hub/read-json.js';
import { topicsOf } from '../../protocols/hub/topics.js';
import { controllerName, demoQueues, demoWindows, hallName, printerName } from './floor-plan.js';
import { endClient, hubClient } from './hub-client.js';
import type { HallEvent, HubView, ThingsView } from './model.js';
import { SequenceCheck } from './sequence-check.js';
import { thingNames } from './things-plan.js';

const largestPayloadBytes = 65_536;
/** More faults than this are nobody's; a stranger on the broker shall not fill the memory. */
const mostFaults = 100;

const statusSchema = v.object({ state: v.picklist(['online', 'stopped', 'lost']) });
const band = v.nullable(v.object({ low: v.number(), median: v.number(), high: v.number() }));
const windowSchema = v.object({
  state: v.picklist(['closed', 'open', 'serving', 'paused']),
  number: v.nullable(v.string()),
  priority: v.boolean(),
  staff: v.nullable(v.string()),
});
const queueSchema = v.object({
  waiting: v.pipe(v.number(), v.integer()),
  lastCalled: v.nullable(v.string()),
  waitMinutes: band,
});
const deviceSchema = v.object({
  readings: v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])),
});
const roomSchema = v.object({
  seats: v.number(),
  taken: v.nullable(v.number()),
  people: band,
  standing: band,
});
const channelFields = eventTypes['channel.changed'].data.entries;
const channelsSchema = v.object({
  down: v.pipe(
    v.array(
      v.object({
        channel: channelFields.channel,
        at: channelFields.at,
        text: channelFields.text,
        action: channelFields.action,
      }),
    ),
    v.maxLength(100),
  ),
});
const faultSchema = eventTypes['fault.raised'].data;
const envelopeSchema = v.object({
  id: v.string(),
  type: v.picklist(Object.keys(eventTypes) as EventType[]),
  time: v.pipe(
    v.string(),
    v.check((text) => Number.isFinite(Date.parse(text))),
  ),
  subject: v.string(),
  sequence: v.pipe(v.string(), v.regex(/^\d{16}$/), v.transform(Number), v.safeInteger(), v.minValue(1)),
  store: v.string(),
  data: v.unknown(),
});

export interface Watcher {
  readonly view: HubView;
  /** Told of each event once, as it arrives. */
  onEvent(listener: (event: HallEvent) => void): () => void;
  close(): Promise<void>;
}

/** Begins to watch; resolves once every topic is subscribed to. */
export async function startWatcher(port: number, clock: Clock): Promise<Watcher> {
  const watcher = new HubWatcher(port, clock);
  await watcher.ready;
  return watcher;
}

class HubWatcher implements Watcher {
  readonly ready: Promise<unknown>;
  readonly #topics = topicsOf(hallName, controllerName);
  readonly #check: SequenceCheck;
  readonly #events = new Listeners<[HallEvent]>();
  readonly #clients: ReturnType<typeof hubClient>[];
  readonly #windows = new Map<string, v.InferOutput<typeof windowSchema>>();
  readonly #queues = new Map<string, v.InferOutput<typeof queueSchema>>();
  readonly #faults = new Map<string, FaultState>();
  readonly #ratings = new Map<string, number>();
  #connected = false;
  #sinceMilliseconds: number;
  #controller: HubView['controller'];
  #channelsDown: HubView['channelsDown'] = [];
  #room: HubView['room'] = null;
  /** By device, of those that the view speaks of. */
  readonly #readings = new Map<string, Readings>();
  #unreadable = 0;

  constructor(
    port: number,
    private readonly clock: Clock,
  ) {
    this.#check = new SequenceCheck(clock);
    this.#sinceMilliseconds = clock.wallMilliseconds();
    const events = hubClient(port, 'events', true);
    const state = hubClient(port, 'state');
    this.#clients = [events, state];
    const subscribed = (client: typeof events, filters: string[]) =>
      new Promise<void>((resolve) => {
        client.on('connect', () => {
          client.subscribe(filters, { qos: 1 }, (error) => {
            if (error == null) resolve();
          });
        });
      });
    const { status, allRetainedState } = this.#topics;
    this.ready = Promise.all([
      subscribed(events, [this.#topics.event('+')]),
      subscribed(state, [status, ...allRetainedState]),
    ]);
    events.on('message', (_topic, payload) => this.#take(payload));
    state.on('message', (topic, payload) => this.#see(topic, payload));
    state.on('connect', () => {
      // What was cleared meanwhile is not told any more; what stands is.
      this.#faults.clear();
      this.#connection(true);
    });
    state.on('close', () => this.#connection(false));
  }

  get view(): HubView {
    return {
      connected: this.#connected,
      sinceMilliseconds: this.#sinceMilliseconds,
      controller: this.#controller,
      windows: this.#windows,
      queues: this.#queues,
      faults: [...this.#faults.values()].sort((a, b) => (a.since < b.since ? -1 : 1)),
      channelsDown: this.#channelsDown,
      paper: text(this.#readings.get(printerName)?.paper),
      room: this.#room,
      things: thingsOf(this.#readings),
      ratings: this.#ratings,
      events: this.#check.counts,
      unreadable: this.#unreadable,
    };
  }

  onEvent(listener: (event: HallEvent) => void): () => void {
    return this.#events.add(listener);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map(endClient));
  }

  #connection(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#sinceMilliseconds = this.clock.wallMilliseconds();
  }

  #take(payload: Uint8Array): void {
    const envelope = this.#read(envelopeSchema, payload);
    if (envelope === undefined) return;
    const { id, type, time, subject, sequence, store } = envelope;
    const data = v.safeParse(eventTypes[type].data, envelope.data);
    if (!data.success) {
      this.#unreadable++;
      return;
    }
    if (!this.#check.take(store, sequence, id)) return;
    const event = { type, sequence, time, subject, data: data.output } as HallEvent;
    if (event.type === 'rating.submitted' && isDemoWindow(event.data.window)) {
      this.#ratings.set(event.data.window, event.data.level);
    }
    this.#events.tell(event);
  }

  #see(topic: string, payload: Uint8Array): void {
    const path = topic.slice(this.#topics.root.length + 1).split('/');
    const [kind, name = '', part = ''] = path;
    if (kind === 'status') {
      this.#controller = this.#read(statusSchema, payload)?.state ?? this.#controller;
    } else if (kind === 'window' && isDemoWindow(name)) {
      if (payload.length === 0) this.#windows.delete(name);
      else this.#windows.set(name, this.#read(windowSchema, payload) ?? unknownWindow);
    } else if (kind === 'queue' && isDemoQueue(name)) {
      const queue = payload.length === 0 ? undefined : this.#read(queueSchema, payload);
      if (queue === undefined) this.#queues.delete(name);
      else this.#queues.set(name, queue);
    } else if (kind === 'channels') {
      const channels = payload.length === 0 ? undefined : this.#read(channelsSchema, payload);
      this.#channelsDown = channels?.down ?? [];
    } else if (kind === 'room') {
      this.#room = payload.length === 0 ? null : (this.#read(roomSchema, payload) ?? null);
    } else if (kind === 'device') {
      this.#seeDevice(name, payload);
    } else if (kind === 'fault') {
      this.#seeFault(`${name}/${part}`, payload);
    }
  }

  #seeDevice(name: string, payload: Uint8Array): void {
    if (!watchedDevices.has(name)) return;
    const readings = payload.length === 0 ? undefined : this.#read(deviceSchema, payload)?.readings;
    if (readings === undefined) this.#readings.delete(name);
    else this.#readings.set(name, readings);
  }

  #seeFault(key: string, payload: Uint8Array): void {
    if (payload.length === 0) {
      this.#faults.delete(key);
      return;
    }
    const fault = this.#read(faultSchema, payload);
    if (fault !== undefined && (this.#faults.has(key) || this.#faults.size < mostFaults)) {
      this.#faults.set(key, fault as FaultState);
    }
  }

  /** `undefined`, and counted, where it is not what it should be. */
  #read<Schema extends v.GenericSchema>(
    schema: Schema,
    payload: Uint8Array,
  ): v.InferOutput<Schema> | undefined {
    const json = readJsonObject(payload, largestPayloadBytes);
    const parsed = json.ok ? v.safeParse(schema, json.value) : undefined;
    if (parsed?.success) return parsed.output;
    this.#unreadable++;
    return undefined;
  }
}

type Readings = v.InferOutput<typeof deviceSchema>['readings'];

const watchedDevices: ReadonlySet<string> = new Set([printerName, ...Object.values(thingNames)]);

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const flag = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

function thingsOf(readings: ReadonlyMap<string, Readings>): ThingsView {
  const { visitsSinceCleaned, smellIndex, due } = readings.get(thingNames.washroom) ?? {};
  const { levelPercent, paper } = readings.get(thingNames.printer) ?? {};
  const active = flag(readings.get(thingNames.water)?.active);
  return {
    washroom: { visits: number(visitsSinceCleaned), smell: number(smellIndex), due: flag(due) },
    printer: { toner: number(levelPercent), paper: text(paper) },
    rollPercent: number(readings.get(thingNames.roll)?.levelPercent),
    water: active === null ? null : !active,
  };
}

const unknownWindow = { state: 'closed', number: null, priority: false, staff: null } as const;

function isDemoQueue(name: string): boolean {
  return demoQueues.some((queue) => queue.name === name);
}

function isDemoWindow(name: string): boolean {
  return demoWindows.some((window) => window.name === name);
}
