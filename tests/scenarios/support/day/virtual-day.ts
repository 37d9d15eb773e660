/** A whole day in one process and in virtual time: the real controller, its real store, simulated far ends by bytes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../../src/cli/demo/random.js';
import { type MemoryCable, memoryCable } from '../../../../src/simulator/index.js';
import type { Reply } from '../watcher.js';
import { DayClock, settled } from './day-clock.js';
import { FarEnds } from './far-ends.js';
import { Machine } from './machine.js';
import { MemoryHub } from './memory-hub.js';
import { Onlooker } from './onlooker.js';
import { BoardCheck, checkRetained, PaperCheck, VoiceCheck } from './outward.js';
import { People } from './people.js';
import { buses, lettersProfile, timeOfDay } from './plan.js';
import { planVisits } from './visits.js';

/** 9600 baud. */
const byteMicroseconds = 1_042;
const pollMilliseconds = 10_000;
const answerPatienceMilliseconds = 5_000;
/** Whole seconds are rounded. */
const slack = { pressMilliseconds: 3_000, seconds: 1.5 };
const powerIsOffMilliseconds = 40_000;
/** Where nothing new was said, everything is compared again after so long. */
const lookAgainMilliseconds = 500;
/** Faults that say something of people, not of things. */
const dutyFaults = ['queue.pressure', 'service.overlong', 'rating.unmapped'];

export interface VirtualDayOptions {
  /** For storage and profiles. */
  readonly folder: string;
  readonly seed: number;
  readonly visitors: number;
  readonly from: string;
  /** `24:20` is twenty past midnight. */
  readonly until: string;
  /** When the power goes: at the worst moment that comes then. */
  readonly powerCutAt: string;
}

export class VirtualDay {
  readonly hub = new MemoryHub();
  readonly people: People;
  readonly onlooker: Onlooker;
  readonly voiceCheck = new VoiceCheck();
  readonly paperCheck = new PaperCheck();
  /** Turns of the clock, and those after which everything was compared. */
  turns = 0;
  comparisons = 0;
  /** What was under way when the power went, and the newest event that the hub had. */
  readonly cut = { whileWriting: false, whilePrinting: false, sequence: 0 };
  readonly #clock: DayClock;
  readonly #random: () => number;
  readonly #cables: ReadonlyMap<string, MemoryCable>;
  readonly #ends: FarEnds;
  readonly #boards = new BoardCheck();
  readonly #replies = new Map<string, (reply: Reply | undefined) => void>();
  readonly #cuts: number[] = [];
  #machine: Machine | undefined;
  #boots = 0;
  #failure: unknown;

  constructor(private readonly options: VirtualDayOptions) {
    const { folder, seed, visitors, from } = options;
    mkdirSync(join(folder, 'profiles'), { recursive: true });
    writeFileSync(join(folder, 'profiles/letters.yaml'), lettersProfile);
    this.#random = seededRandom(seed);
    const clock = new DayClock(timeOfDay(from));
    this.#clock = clock;
    this.#cables = new Map(
      buses.map((name) => [name, memoryCable({ address: name, byteMicroseconds, clock })]),
    );
    const end = (bus: string) => (this.#cables.get(bus) as MemoryCable).farEnd;
    this.#ends = new FarEnds(end, clock, { voice: { byteMicroseconds } });
    const front = {
      clock,
      press: (window: string, key: string) => this.#ends.press(window, key),
      rate: (window: string, level: number) => this.#ends.rate(window, level),
      board: (window: string) => this.#ends.shows(window),
      command: (name: string, id: string, args: object) => this.#command(name, id, args),
    };
    const random = seededRandom(seed + 1);
    const visits = planVisits(visitors, seededRandom(seed + 2));
    this.people = new People({ front, visits, random, fromMilliseconds: timeOfDay(from) });
    this.onlooker = new Onlooker(this.people.ledger, slack);
    this.#listen();
  }

  /** Lives the day. Throws at the first thing that cannot be. */
  async run(): Promise<void> {
    const { folder, powerCutAt, until } = this.options;
    const found = join(folder, 'storage-2');
    await this.#powerOn(join(folder, 'storage-1'));
    this.people.start();
    // The worst moment: a ticket is half on paper, and the next one half on the disk.
    await this.#liveUntil(() => this.#now >= timeOfDay(powerCutAt) && this.#ends.isPrinting);
    this.people.oneMore('social');
    await this.#liveUntil(() => this.#machine?.isWriting === true);
    this.#powerOff(found);
    const back = this.#now + powerIsOffMilliseconds;
    await this.#liveUntil(() => this.#now >= back);
    await this.#powerOn(found);
    await this.#liveUntil(() => this.#now >= timeOfDay(until));
    this.onlooker.checkEnd();
    this.paperCheck.checkEnd(this.onlooker);
    this.#checkFaults();
  }

  get #now(): number {
    return this.#clock.wallMilliseconds();
  }

  #listen(): void {
    const guarded = (look: () => void) => {
      try {
        look();
      } catch (error) {
        this.#failure ??= error;
      }
    };
    this.hub.onEvent = (event) => guarded(() => this.onlooker.see(event));
    this.hub.onReply = (reply) => this.#replies.get(reply.id)?.(reply);
    for (const voice of this.#ends.voices) {
      voice.onHeard((heard) => {
        const startedAt = this.#now - (this.#clock.monotonicMilliseconds() - heard.atMilliseconds);
        guarded(() => this.voiceCheck.heard(heard, this.onlooker, startedAt, this.#cuts));
      });
    }
    this.#ends.printer.onSlip((slip) => guarded(() => this.paperCheck.slip(slip)));
  }

  /** One turn of the clock after the other; whatever comes of it is compared after each. */
  async #liveUntil(isOver: () => boolean): Promise<void> {
    let compared = -1;
    let comparedAt = 0;
    while (!isOver()) {
      if (!(await this.#clock.step())) throw new Error('nothing happens any more');
      this.turns++;
      const failure = this.#failure ?? this.people.failure;
      if (failure !== undefined) throw failure;
      // The first event of each type waits for its acknowledgement before others follow.
      if (this.#machine === undefined || this.#machine.lastSequence > this.onlooker.sequence) continue;
      const now = this.#now;
      if (this.hub.messages === compared && now - comparedAt < lookAgainMilliseconds) continue;
      compared = this.hub.messages;
      comparedAt = now;
      this.#compare(now);
    }
  }

  #compare(now: number): void {
    this.comparisons++;
    const { staff } = this.people.ledger;
    checkRetained(this.hub.retained, this.onlooker, now, (window) => staff.get(window) ?? null);
    this.#boards.look(this.onlooker, (window) => this.#ends.shows(window), now);
    this.onlooker.windows.checkTime(now);
  }

  /** The power of the whole hall is there, and the controller starts. */
  async #powerOn(folder: string): Promise<void> {
    for (const { cable } of this.#cables.values()) cable.join();
    this.#ends.power(true);
    const machine = new Machine({
      world: this.#clock,
      random: this.#random,
      boot: `boot-${++this.#boots}`,
      folder,
      configurationFolder: this.options.folder,
      cables: this.#cables,
      hub: this.hub,
      pollMilliseconds,
    });
    await machine.prepare();
    let isUp = false;
    const up = machine.start().finally(() => {
      isUp = true;
    });
    up.catch(() => {});
    while (!isUp) {
      for (let turn = 0; turn < 50 && !isUp; turn++) await settled();
      if (!isUp) await this.#clock.step();
    }
    await up;
    this.#machine = machine;
    this.#boards.powerIsBack(this.#now);
    this.onlooker.windows.deafUntil = this.#now;
  }

  /** The power of the whole hall goes in this very moment. */
  #powerOff(found: string): void {
    const machine = this.#machine as Machine;
    this.#machine = undefined;
    const { isPrinting } = this.#ends;
    Object.assign(this.cut, {
      whileWriting: machine.isWriting,
      whilePrinting: isPrinting,
      sequence: this.onlooker.sequence,
    });
    this.#cuts.push(this.#now);
    machine.powerOff(found);
    this.#ends.power(false);
    for (const { cable } of this.#cables.values()) cable.cut();
  }

  #command(name: string, id: string, args: object): Promise<Reply | undefined> {
    return new Promise((resolve) => {
      const done = (reply: Reply | undefined) => {
        this.#replies.delete(id);
        timer.cancel();
        resolve(reply);
      };
      const timer = this.#clock.after('no answer', answerPatienceMilliseconds, () => done(undefined));
      this.#replies.set(id, done);
      this.hub.command(name, { id, ...args });
    });
  }

  /** Where nothing failed there is no fault. */
  #checkFaults(): void {
    for (const { device, code, evidence } of this.onlooker.faults) {
      if (dutyFaults.includes(code)) continue;
      throw new Error(`${device} raised ${code} although nothing failed: ${JSON.stringify(evidence)}`);
    }
  }
}
