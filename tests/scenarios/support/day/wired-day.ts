/** A part of the day on real ports: a controller process, a real broker, pseudo terminals, an independent subscriber. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../../../src/cli/demo/random.js';
import { type Clock, systemClock } from '../../../../src/kernel/clock.js';
import { type PtyCable, ptyCable, type Slip } from '../../../../src/simulator/index.js';
import type { Heard } from '../../../../src/simulator/spoken-text.js';
import type { Broker } from '../../../broker/support/broker.js';
import type { HallEvent } from '../events.js';
import { Program, writeConfiguration } from '../program.js';
import { pause, waitFor } from '../waiting.js';
import type { Payload, Reply, Watcher } from '../watcher.js';
import { expectedBoard } from './expected.js';
import { FarEnds } from './far-ends.js';
import type { HallFront } from './front.js';
import { Onlooker } from './onlooker.js';
import { checkRetained, PaperCheck, VoiceCheck } from './outward.js';
import { People } from './people.js';
import { buses, dayDocument, lettersProfile, root, timeOfDay, windowNames } from './plan.js';
import { type ScaledTimes, scaledClock } from './scaled-clock.mjs';
import { planVisits } from './visits.js';

const script = fileURLToPath(new URL('scaled-controller.mjs', import.meta.url));
/** All in the hall's time, of which a busy machine takes minutes while a press or an answer is on its way. */
const slack = { pressMilliseconds: 300_000, seconds: 20 };
const leisureMilliseconds = 9_000;
const answerPatienceMilliseconds = 60_000;
const pollMilliseconds = 10_000;
const timeoutMilliseconds = 5_000;
/** In real time: a word takes as long as in the hall's time it should. */
const characterMilliseconds = 5;

export interface WiredDayOptions {
  readonly folder: string;
  readonly broker: Broker;
  readonly watcher: Watcher;
  readonly seed: number;
  readonly visitors: number;
  readonly from: string;
  readonly speed: number;
}

export class WiredDay {
  readonly clock: Clock;
  readonly people: People;
  readonly onlooker: Onlooker;
  readonly voiceCheck = new VoiceCheck(true);
  readonly paperCheck = new PaperCheck(true);
  /** Messages of events that came again with the same content. */
  repeated = 0;
  /** How often retained topics said just what the events said. */
  agreed = 0;
  readonly restarts: number[] = [];
  readonly #times: ScaledTimes;
  readonly #cables = new Map<string, PtyCable>();
  readonly #ends: FarEnds;
  readonly #real = systemClock();
  readonly #heard: { readonly heard: Heard; readonly startedAt: number }[] = [];
  readonly #slips: Slip[] = [];
  readonly #texts = new Map<string, string>();
  readonly #retained = new Map<string, Payload>();
  readonly #replies = new Map<string, (reply: Reply | undefined) => void>();
  readonly #file: string;
  #program: Program | undefined;
  #isOver = false;
  #failure: unknown;

  constructor(private readonly options: WiredDayOptions) {
    const { folder, broker, seed, visitors, from, speed } = options;
    mkdirSync(join(folder, 'profiles'), { recursive: true });
    writeFileSync(join(folder, 'profiles/letters.yaml'), lettersProfile);
    for (const name of buses) this.#cables.set(name, ptyCable({ link: join(folder, 'by-id', name) }));
    const storage = join(folder, 'storage');
    const port = (bus: string) => this.#cable(bus).path;
    const document = dayDocument({ port, hub: broker.url, storage, pollMilliseconds, timeoutMilliseconds });
    this.#file = writeConfiguration(folder, document);
    this.#times = { speed, realStart: Date.now(), hallStart: timeOfDay(from) };
    this.clock = scaledClock(this.#times);
    this.#ends = new FarEnds((bus) => this.#cable(bus).farEnd, this.#real, {
      answerAfterMilliseconds: 1,
      voice: { characterMilliseconds },
      printer: { lineMilliseconds: 1 },
    });
    const front = this.#front();
    const visits = planVisits(visitors, seededRandom(seed + 2));
    const random = seededRandom(seed + 1);
    const fromMilliseconds = timeOfDay(from);
    this.people = new People({ front, visits, random, fromMilliseconds, leisureMilliseconds });
    this.onlooker = new Onlooker(this.people.ledger, slack);
    options.watcher.client.on('message', (topic, payload) => this.#message(topic, payload.toString()));
  }

  get program(): Program {
    if (this.#program === undefined) throw new Error('no controller was started');
    return this.#program;
  }

  /** Starts the controller, and waits until it is at the hub. */
  async start(): Promise<void> {
    const { speed, realStart, hallStart } = this.#times;
    const before = this.options.watcher.latest('status')?.session ?? 0;
    this.#program = new Program([this.#file, speed, realStart, hallStart].map(String), [], script);
    await this.#program.says('running');
    await this.options.watcher.see(
      'status',
      'online',
      ({ state, session }) => state === 'online' && session > before,
    );
  }

  /** People come and act until the end. */
  open(): void {
    this.people.start();
    const look = () => {
      if (this.#isOver) return;
      this.#agree();
      setTimeout(look, 20);
    };
    look();
  }

  /** kill -9, and a new start. */
  async killAndStart(): Promise<void> {
    await this.program.kill();
    this.restarts.push(this.clock.wallMilliseconds());
    await this.start();
  }

  /** Until a time of the day. Throws as soon as something cannot be. */
  async until(time: string): Promise<void> {
    while (this.clock.wallMilliseconds() < timeOfDay(time)) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.people.failure !== undefined) throw this.people.failure;
      if (this.program.hasEnded)
        throw new Error(`the controller ended:\n${this.program.output.slice(-3_000)}`);
      await pause(50);
    }
  }

  /** Nobody does anything any more; all that was recorded has come; everything is compared. */
  async close(): Promise<void> {
    this.#isOver = true;
    const { watcher } = this.options;
    // Presses, papers and words that are on their way.
    await pause(3_000);
    const id = 'the-end';
    await watcher.send('ticket.cancel', JSON.stringify({ id, ticket: 'nobody' }));
    const mark = await watcher.event('command.refused', 'the last event', ({ data }) => data.id === id);
    await waitFor('all events before it', () => this.onlooker.sequence >= Number(mark.sequence));
    if (this.#failure !== undefined) throw this.#failure;
    await waitFor('retained topics say what the events say', () => this.#agree());
    for (const window of windowNames) {
      const text = expectedBoard(this.onlooker, window);
      await waitFor(`board ${window} shows "${text}"`, () => this.#ends.shows(window) === text);
    }
    this.onlooker.checkAnswers();
    for (const { heard, startedAt } of this.#heard) {
      this.voiceCheck.heard(heard, this.onlooker, startedAt, this.restarts);
    }
    for (const slip of this.#slips) this.paperCheck.slip(slip);
    this.paperCheck.checkEnd(this.onlooker, 6 * 60_000);
  }

  /** No process and no cable is left. */
  async dispose(): Promise<void> {
    this.#isOver = true;
    await this.#program?.kill();
    this.#ends.close();
    for (const cable of this.#cables.values()) cable.close();
  }

  #cable(name: string): PtyCable {
    return this.#cables.get(name) as PtyCable;
  }

  #front(): HallFront {
    for (const voice of this.#ends.voices) {
      voice.onHeard((heard) => {
        const ago = (this.#real.monotonicMilliseconds() - heard.atMilliseconds) * this.#times.speed;
        this.#heard.push({ heard, startedAt: this.clock.wallMilliseconds() - ago });
      });
    }
    this.#ends.printer.onSlip((slip) => this.#slips.push(slip));
    return {
      clock: this.clock,
      press: (window, key) => {
        if (!this.#isOver) this.#ends.press(window, key);
      },
      rate: (window, level) => {
        if (!this.#isOver) this.#ends.rate(window, level);
      },
      board: (window) => this.#ends.shows(window),
      command: (name, id, args) => this.#command(name, id, args),
    };
  }

  #command(name: string, id: string, args: object): Promise<Reply | undefined> {
    return new Promise((resolve) => {
      if (this.#isOver) return;
      const done = (reply: Reply | undefined) => {
        this.#replies.delete(id);
        timer.cancel();
        resolve(reply);
      };
      const timer = this.clock.after('no answer', answerPatienceMilliseconds, () => done(undefined));
      this.#replies.set(id, done);
      this.options.watcher.send(name, JSON.stringify({ id, ...args })).catch(() => {});
    });
  }

  #message(topic: string, text: string): void {
    const name = topic.slice(root.length + 1);
    try {
      if (name.startsWith('event/')) this.#event(text);
      else if (name.startsWith('reply/')) this.#replies.get(name.slice(6))?.(JSON.parse(text));
      else if (text === '') this.#retained.delete(name);
      else this.#retained.set(name, JSON.parse(text));
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #event(text: string): void {
    const event = JSON.parse(text) as HallEvent;
    const key = `${event.store} ${event.sequence}`;
    const before = this.#texts.get(key);
    if (before === text) {
      this.repeated++;
      return;
    }
    if (before !== undefined) throw new Error(`two events are ${key}:\n${before}\n${text}`);
    this.#texts.set(key, text);
    this.onlooker.see(event);
  }

  #agree(): boolean {
    const { ledger } = this.people;
    try {
      const now = this.clock.wallMilliseconds();
      checkRetained(this.#retained, this.onlooker, now, (window) => ledger.staff.get(window) ?? null);
      this.agreed++;
      return true;
    } catch {
      return false;
    }
  }
}
