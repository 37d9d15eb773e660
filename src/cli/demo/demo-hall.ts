/** The whole demo without its screen: broker, hall, people, an independent subscriber, and what hands can do. */
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { Listeners } from '../../kernel/listeners.js';
import type { Log } from '../../kernel/log.js';
import type { Language, Text } from '../../kernel/text.js';
import { BoardTruth } from './board-truth.js';
import { type DemoBroker, startBroker } from './broker.js';
import { CatchUp } from './catch-up.js';
import { controllerName, demoWindows, hallName } from './floor-plan.js';
import { type Kiosk, startKiosk } from './kiosk.js';
import type { DemoModel, Told } from './model.js';
import { People } from './people.js';
import { seededRandom } from './random.js';
import { startVirtualHall, type VirtualHall } from './virtual-hall.js';
import { startWatcher, type Watcher } from './watcher.js';
import { notes } from './words.js';

/** What happened of late is remembered this far. */
const rememberedTold = 200;

export interface DemoOptions {
  readonly clock: Clock;
  /** Of the controller; what it says is no part of the view. */
  readonly log: Log;
  /** 0: a free one. */
  readonly port: number;
  readonly language: Language;
  /** The same seed gives the same people. */
  readonly seed: number;
  /** IANA name; the machine's if absent. */
  readonly timezone?: string;
  /** As for the virtual hall. */
  readonly folderMade?: (folder: string) => void;
}

export interface Demo {
  readonly port: number;
  readonly folder: string;
  model(): DemoModel;
  /** Told of each thing that happens, once. */
  onTold(listener: (told: Told) => void): () => void;
  /** Each undoes itself when called again. */
  readonly hands: {
    /** Takes a board's power away. An unknown window does nothing. */
    board(window: string): void;
    /** Cuts the row's cable. */
    row(): void;
    /** Pulls the adapter of window 1's keypad. */
    keypad(): void;
    /** Noise on the row's cable. */
    noise(): void;
    /** Drops the broker. Never rejects. */
    broker(): Promise<void>;
  };
  /** Ends everything; no timer, socket or file is left. */
  stop(): Promise<void>;
}

/** Starts the demo. Rejects as `startBroker` does, and leaves nothing behind then. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { clock } = options;
  const timezone = options.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const random = seededRandom(options.seed);
  const broker = await startBroker(options.port);
  const started: { close(): Promise<void> }[] = [broker];
  try {
    const watcher = await startWatcher(broker.port, clock);
    started.unshift(watcher);
    const kiosk = startKiosk(broker.port, clock);
    started.unshift(kiosk);
    const noise = seededRandom(options.seed + 1);
    const hall = await startVirtualHall({ ...options, timezone, brokerPort: broker.port, random: noise });
    return new DemoHall(clock, timezone, random, broker, watcher, kiosk, hall);
  } catch (error) {
    for (const part of started) await part.close();
    throw error;
  }
}

class DemoHall implements Demo {
  readonly #told: Told[] = [];
  readonly #listeners = new Listeners<[Told]>();
  readonly #people: People;
  readonly #truth: BoardTruth;
  readonly #catchUp: CatchUp;
  #brokerChange: Promise<void> = Promise.resolve();
  #brokerProblem: Text | undefined;
  #stopping: Promise<void> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly timezone: string,
    random: () => number,
    private readonly broker: DemoBroker,
    private readonly watcher: Watcher,
    private readonly kiosk: Kiosk,
    private readonly hall: VirtualHall,
  ) {
    this.#truth = new BoardTruth(clock);
    this.#catchUp = new CatchUp({
      clock,
      sequence: () => watcher.view.events.sequence,
      isComplete: () => this.#hubIsTrue && hall.eventsKept === 0,
      done: (events) => this.#note(notes.caughtUp(events)),
    });
    watcher.onEvent((event) => this.#tell({ atMilliseconds: Date.parse(event.time), event }));
    this.#people = new People({
      clock,
      random,
      windows: demoWindows.map((window) => window.name),
      issue: () => kiosk.issue(),
      press: hall.press,
      rate: hall.rate,
      serving: (window) => this.#serving(window),
      waiting: () => (this.#hubIsTrue ? watcher.view.queue?.waiting : undefined),
    });
    this.#people.start();
  }

  get port(): number {
    return this.broker.port;
  }

  get folder(): string {
    return this.hall.folder;
  }

  onTold(listener: (told: Told) => void): () => void {
    return this.#listeners.add(listener);
  }

  model(): DemoModel {
    const { hall, broker } = this;
    const hub = this.watcher.view;
    return {
      nowMilliseconds: this.clock.wallMilliseconds(),
      timezone: this.timezone,
      hall: hallName,
      controller: controllerName,
      port: broker.port,
      windows: demoWindows.map(({ name, unit }) => {
        const board = hall.boards.get(name);
        const text = board?.shows() ?? '';
        const wrong = this.#truth.isWrong(name, text, this.#hubIsTrue ? hub.windows.get(name) : undefined);
        return { window: name, unit, board: { text, wrong, powered: board?.isPowered ?? false } };
      }),
      atKiosk: this.#people.atKiosk,
      hub,
      eventsKept: hall.eventsKept,
      told: this.#told,
      row: { cut: hall.row.isCut, noisy: hall.row.isNoisy },
      keypadPulled: this.#keypadCable?.isCut ?? false,
      broker: {
        up: broker.isUp,
        ...(this.#brokerProblem === undefined ? {} : { problem: this.#brokerProblem }),
      },
    };
  }

  readonly hands: Demo['hands'] = {
    board: (window) => {
      const board = this.hall.boards.get(window);
      if (board === undefined) return;
      board.setPower(!board.isPowered);
      this.#note(board.isPowered ? notes.boardOn(window) : notes.boardOff(window));
    },
    row: () => {
      const { row } = this.hall;
      if (row.isCut) row.join();
      else row.cut();
      this.#note(row.isCut ? notes.rowCut : notes.rowJoined);
    },
    keypad: () => {
      const cable = this.#keypadCable;
      if (cable === undefined) return;
      if (cable.isCut) cable.join();
      else cable.cut();
      this.#note(cable.isCut ? notes.keypadPulled : notes.keypadPlugged);
    },
    noise: () => {
      const { row } = this.hall;
      row.noise(!row.isNoisy);
      this.#note(row.isNoisy ? notes.noiseOn : notes.noiseOff);
    },
    broker: () => {
      this.#brokerChange = this.#brokerChange.then(() => this.#turnBroker());
      return this.#brokerChange;
    },
  };

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#people.stop();
    this.#catchUp.stop();
    await this.#brokerChange;
    try {
      await this.hall.stop();
    } finally {
      await this.kiosk.close();
      await this.watcher.close();
      await this.broker.close();
    }
  }

  get #keypadCable() {
    return this.hall.keypadCables.get('1');
  }

  /** What the hub says of the hall is what is true now. */
  get #hubIsTrue(): boolean {
    const { connected, controller } = this.watcher.view;
    return connected && controller === 'online';
  }

  /** Digits of the number at a window: from the clerk's screen at the hub, else from the board. */
  #serving(window: string): string | null | undefined {
    if (this.#hubIsTrue) {
      const number = this.watcher.view.windows.get(window)?.number;
      return number == null ? number : number.replace(/\D/g, '');
    }
    const board = this.hall.boards.get(window);
    if (board === undefined || !board.isPowered || this.hall.row.isCut) return undefined;
    const text = board.shows().trim();
    return /^\d+$/.test(text) ? text : null;
  }

  async #turnBroker(): Promise<void> {
    if (this.#stopping !== undefined) return;
    this.#brokerProblem = undefined;
    try {
      if (this.broker.isUp) {
        await this.broker.drop();
        this.#note(notes.brokerDropped);
        this.#catchUp.away();
      } else {
        await this.broker.back();
        this.#note(notes.brokerBack);
        this.#catchUp.back();
      }
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
      this.#brokerProblem = notes.brokerStaysAway(error.message);
      this.#note(this.#brokerProblem);
    }
  }

  #note(note: Text): void {
    this.#tell({ atMilliseconds: this.clock.wallMilliseconds(), note });
  }

  #tell(told: Told): void {
    this.#told.push(told);
    if (this.#told.length > rememberedTold) this.#told.shift();
    this.#listeners.tell(told);
  }
}
