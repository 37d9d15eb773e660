/** The whole demo without its screen: broker, hall, people, an independent subscriber, and what hands can do. */
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { Listeners } from '../../kernel/listeners.js';
import type { Text } from '../../kernel/text.js';
import { BoardTruth } from './board-truth.js';
import { type DemoBroker, startBroker } from './broker.js';
import { CatchUp } from './catch-up.js';
import type { Demo, DemoOptions } from './demo.js';
import { controllerName, demoWindows, hallName } from './floor-plan.js';
import { type Kiosk, startKiosk } from './kiosk.js';
import type { DemoModel, Hand, Told } from './model.js';
import { NumberCheck } from './number-check.js';
import { PaperFront } from './paper.js';
import { People } from './people.js';
import { seededRandom } from './random.js';
import { Seated } from './seated.js';
import { startVirtualHall, type VirtualHall } from './virtual-hall.js';
import { startWatcher, type Watcher } from './watcher.js';
import { notes } from './words.js';

/** What happened of late is remembered this far. */
const rememberedTold = 200;

/** Starts the demo. Rejects as `startBroker` and `startVirtualHall` do, and leaves nothing behind then. */
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
  readonly #seated: Seated;
  readonly #paper: PaperFront;
  readonly #numbers = new NumberCheck();
  readonly #truth: BoardTruth;
  readonly #hubCatchUp: CatchUp;
  readonly #powerCatchUp: CatchUp;
  readonly #tried = new Set<Hand>();
  readonly #startedMilliseconds: number;
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
    const { farEnds, controller } = hall;
    this.#startedMilliseconds = clock.wallMilliseconds();
    this.#truth = new BoardTruth(clock);
    const catchUp = (done: (events: number) => void) =>
      new CatchUp({
        clock,
        sequence: () => watcher.view.events.sequence,
        isComplete: () => this.#hubIsTrue && controller.eventsKept === 0,
        done,
      });
    this.#hubCatchUp = catchUp((events) => this.#note(notes.caughtUp(events)));
    this.#powerCatchUp = catchUp(() => {
      const { lost } = watcher.view.events;
      this.#note(notes.powerProved(lost, this.#numbers.twice));
    });
    watcher.onEvent((event) => {
      this.#numbers.event(event);
      this.#tell({ atMilliseconds: Date.parse(event.time), event });
    });
    this.#paper = new PaperFront(farEnds.printer, clock, (number, ticket) =>
      this.#numbers.paper(number, ticket),
    );
    const waiting = () => (this.#hubIsTrue ? watcher.view.queue?.waiting : undefined);
    this.#people = new People({
      clock,
      random,
      windows: demoWindows.map((window) => window.name),
      issue: () => kiosk.issue(),
      press: farEnds.press,
      rate: farEnds.rate,
      serving: (window) => this.#serving(window),
      waiting,
    });
    this.#seated = new Seated({ clock, random, seats: farEnds.seats, waiting });
    this.#people.start();
    this.#seated.start();
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
    const { broker } = this;
    const { farEnds, controller } = this.hall;
    const hub = this.watcher.view;
    const { state, sinceMilliseconds, pid, problem } = controller;
    return {
      nowMilliseconds: this.clock.wallMilliseconds(),
      startedMilliseconds: this.#startedMilliseconds,
      timezone: this.timezone,
      hall: hallName,
      controller: controllerName,
      port: broker.port,
      box: { state, sinceMilliseconds, pid, ...(problem === undefined ? {} : { problem }) },
      windows: demoWindows.map(({ name, unit }) => {
        const board = farEnds.boards.get(name);
        const text = board?.shows() ?? '';
        const wrong = this.#truth.isWrong(name, text, this.#hubIsTrue ? hub.windows.get(name) : undefined);
        return { window: name, unit, board: { text, wrong, powered: board?.isPowered ?? false } };
      }),
      atKiosk: this.#people.atKiosk,
      machine: { roll: this.#paper.roll, slips: this.#paper.slips },
      seats: this.#seated.taken,
      lamps: { fault: farEnds.lamps.fault, invitation: farEnds.lamps.invitation },
      numbers: { issued: this.#numbers.issued, twice: this.#numbers.twice },
      hub,
      eventsKept: controller.eventsKept,
      told: this.#told,
      row: { cut: farEnds.row.isCut, noisy: farEnds.row.isNoisy },
      keypadPulled: this.#keypadCable?.isCut ?? false,
      broker: {
        up: broker.isUp,
        ...(this.#brokerProblem === undefined ? {} : { problem: this.#brokerProblem }),
      },
      tried: this.#tried,
    };
  }

  readonly hands: Demo['hands'] = {
    board: (window) => {
      const board = this.hall.farEnds.boards.get(window);
      if (board === undefined) return;
      this.#tried.add('board');
      board.setPower(!board.isPowered);
      this.#note(board.isPowered ? notes.boardOn(window) : notes.boardOff(window));
    },
    row: () => {
      const { row } = this.hall.farEnds;
      this.#tried.add('row');
      if (row.isCut) row.join();
      else row.cut();
      this.#note(row.isCut ? notes.rowCut : notes.rowJoined);
    },
    keypad: () => {
      const cable = this.#keypadCable;
      if (cable === undefined) return;
      this.#tried.add('keypad');
      if (cable.isCut) cable.join();
      else cable.cut();
      this.#note(cable.isCut ? notes.keypadPulled : notes.keypadPlugged);
    },
    noise: () => {
      const { row } = this.hall.farEnds;
      this.#tried.add('noise');
      row.noise(!row.isNoisy);
      this.#note(row.isNoisy ? notes.noiseOn : notes.noiseOff);
    },
    broker: () => {
      this.#tried.add('broker');
      this.#brokerChange = this.#brokerChange.then(() => this.#turnBroker());
      return this.#brokerChange;
    },
    paper: () => {
      this.#tried.add('paper');
      const isIn = this.#paper.roll === 'in';
      if (isIn) this.#paper.end();
      else this.#paper.load();
      this.#note(isIn ? notes.paperEnds : notes.paperLoaded);
    },
    power: () => {
      this.#tried.add('power');
      return this.#turnPower();
    },
  };

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#people.stop();
    this.#seated.stop();
    this.#paper.stop();
    this.#hubCatchUp.stop();
    this.#powerCatchUp.stop();
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
    return this.hall.farEnds.keypadCables.get('1');
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
    const { boards, row } = this.hall.farEnds;
    const board = boards.get(window);
    if (board === undefined || !board.isPowered || row.isCut) return undefined;
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
        this.#hubCatchUp.away();
      } else {
        await this.broker.back();
        this.#note(notes.brokerBack);
        this.#hubCatchUp.back();
      }
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
      this.#brokerProblem = notes.brokerStaysAway(error.message);
      this.#note(this.#brokerProblem);
    }
  }

  async #turnPower(): Promise<void> {
    if (this.#stopping !== undefined) return;
    const { controller } = this.hall;
    if (controller.pid !== undefined) {
      this.#powerCatchUp.away();
      this.#note(notes.powerOff);
      await controller.powerOff();
      return;
    }
    this.#note(notes.powerOn);
    try {
      await controller.powerOn();
      if (this.#stopping === undefined) this.#powerCatchUp.back();
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
      if (error.kind !== 'cancelled') this.#note(notes.powerFailed(error.message));
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
