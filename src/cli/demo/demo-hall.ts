/** The whole demo without its screen: broker, hall, people, an independent subscriber, and what hands can do. */
import type { Clock } from '../../kernel/clock.js';
import { Listeners } from '../../kernel/listeners.js';
import type { Text } from '../../kernel/text.js';
import { BoardTruth } from './board-truth.js';
import { type DemoBroker, startBroker } from './broker.js';
import { CatchUp } from './catch-up.js';
import type { Demo, DemoOptions } from './demo.js';
import {
  controllerName,
  demoQueues,
  demoWindows,
  fireName,
  hallName,
  pageNames,
  tabletWindow,
} from './floor-plan.js';
import { freePortFrom } from './free-port.js';
import { Hands } from './hands.js';
import { type Kiosk, startKiosk } from './kiosk.js';
import { type Life, startLife } from './life.js';
import type { DemoModel, Told } from './model.js';
import { NumberCheck } from './number-check.js';
import { PaperFront } from './paper.js';
import { People } from './people.js';
import { seededRandom } from './random.js';
import { type HallScreens, startScreens } from './screens.js';
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
    const pagesPort = await freePortFrom(broker.port + 1);
    const ports = { brokerPort: broker.port, pagesPort };
    const hall = await startVirtualHall({ ...options, ...ports, timezone, random: noise });
    const screens = startScreens(pagesPort, clock, {
      pages: Object.values(pageNames),
      rating: pageNames.rating,
    });
    return new DemoHall(clock, timezone, random, pagesPort, { broker, watcher, kiosk, hall, screens });
  } catch (error) {
    for (const part of started) await part.close();
    throw error;
  }
}

/** What the demo is made of. */
interface Parts {
  readonly broker: DemoBroker;
  readonly watcher: Watcher;
  readonly kiosk: Kiosk;
  readonly hall: VirtualHall;
  readonly screens: HallScreens;
}

class DemoHall implements Demo {
  readonly #told: Told[] = [];
  readonly #listeners = new Listeners<[Told]>();
  readonly #people: People;
  readonly #seated: Seated;
  readonly #life: Life;
  readonly #paper: PaperFront;
  readonly #numbers = new NumberCheck();
  readonly #truth: BoardTruth;
  readonly #hands: Hands;
  readonly #startedMilliseconds: number;
  readonly #stopHearing: () => void;
  #skipped = 0;
  #returned = 0;
  #said: string | undefined;
  #stopping: Promise<void> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly timezone: string,
    random: () => number,
    readonly pagesPort: number,
    private readonly parts: Parts,
  ) {
    const { broker, watcher, hall } = parts;
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
    watcher.onEvent((event) => {
      this.#numbers.event(event);
      if (event.type === 'ticket.skipped') this.#skipped++;
      if (event.type === 'ticket.returned') this.#returned++;
      this.#tell({ atMilliseconds: Date.parse(event.time), event });
    });
    this.#paper = new PaperFront(farEnds.printer, clock, (number, ticket) =>
      this.#numbers.paper(number, ticket),
    );
    this.#life = startLife(clock, random, farEnds, () => (this.#hubIsTrue ? watcher.view.faults : []));
    this.#hands = new Hands({
      farEnds,
      life: this.#life,
      controller,
      broker,
      paper: this.#paper,
      note: (note) => this.#note(note),
      hubCatchUp: catchUp((events) => this.#note(notes.caughtUp(events))),
      powerCatchUp: catchUp(() => {
        const { lost } = watcher.view.events;
        this.#note(notes.powerProved(lost, this.#numbers.twice));
      }),
    });
    this.#stopHearing = farEnds.voice.onHeard(({ text, complete }) => {
      this.#said = text;
      this.#tell({ atMilliseconds: clock.wallMilliseconds(), heard: text, complete });
    });
    this.#people = this.#makePeople(random);
    const allWaiting = () => {
      if (!this.#hubIsTrue || watcher.view.queues.size === 0) return undefined;
      return [...watcher.view.queues.values()].reduce((sum, queue) => sum + queue.waiting, 0);
    };
    this.#seated = new Seated({ clock, random, seats: farEnds.seats, waiting: allWaiting });
    this.#people.start();
    this.#seated.start();
  }

  get port(): number {
    return this.parts.broker.port;
  }

  get folder(): string {
    return this.parts.hall.folder;
  }

  onTold(listener: (told: Told) => void): () => void {
    return this.#listeners.add(listener);
  }

  model(): DemoModel {
    const { broker, hall, watcher } = this.parts;
    const { farEnds, controller } = hall;
    const { voice } = farEnds;
    const hub = watcher.view;
    // The contact is open longer than the hub has known of it, and shorter than the boards have.
    const isAlarm = farEnds.fire.isAlarm || hub.faults.some(({ device }) => device === fireName);
    const { state, sinceMilliseconds, pid, problem } = controller;
    const { brokerProblem } = this.#hands;
    return {
      nowMilliseconds: this.clock.wallMilliseconds(),
      startedMilliseconds: this.#startedMilliseconds,
      timezone: this.timezone,
      hall: hallName,
      controller: controllerName,
      port: broker.port,
      pages: `http://127.0.0.1:${this.pagesPort}/`,
      box: { state, sinceMilliseconds, pid, ...(problem === undefined ? {} : { problem }) },
      queues: demoQueues.map(({ name, prefix }) => ({ queue: name, prefix })),
      windows: demoWindows.map(({ name, unit }) => {
        const board = farEnds.boards.get(name);
        const text = board?.shows() ?? '';
        const known = this.#hubIsTrue ? hub.windows.get(name) : undefined;
        const wrong = this.#truth.isWrong(name, text, known, isAlarm);
        return { window: name, unit, board: { text, wrong, powered: board?.isPowered ?? false } };
      }),
      voice: { powered: voice.isPowered, saying: voice.saying, said: this.#said },
      fire: farEnds.fire.isAlarm,
      late: { skipped: this.#skipped, returned: this.#returned },
      atKiosk: this.#people.atKiosk,
      machine: { roll: this.#paper.roll, slips: this.#paper.slips },
      seats: this.#seated.taken,
      inside: this.#life.door.inside,
      washroomLamp: farEnds.things.washroom.isLampLit,
      wet: this.#life.washroom.isWet,
      tonerOut: this.#life.supplies.isEmptied,
      lamps: { fault: farEnds.lamps.fault, invitation: farEnds.lamps.invitation },
      numbers: { issued: this.#numbers.issued, twice: this.#numbers.twice },
      hub,
      eventsKept: controller.eventsKept,
      told: this.#told,
      row: { cut: farEnds.row.isCut, noisy: farEnds.row.isNoisy },
      keypadPulled: this.#hands.isKeypadPulled,
      broker: { up: broker.isUp, ...(brokerProblem === undefined ? {} : { problem: brokerProblem }) },
      tried: this.#hands.tried,
    };
  }

  get hands(): Demo['hands'] {
    return this.#hands.all;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { hall, screens, kiosk, watcher, broker } = this.parts;
    this.#people.stop();
    this.#seated.stop();
    this.#life.stop();
    this.#paper.stop();
    this.#stopHearing();
    screens.close();
    await this.#hands.stop();
    try {
      await hall.stop();
    } finally {
      await kiosk.close();
      await watcher.close();
      await broker.close();
    }
  }

  #makePeople(random: () => number): People {
    const { watcher, kiosk, hall, screens } = this.parts;
    const { farEnds } = hall;
    return new People({
      clock: this.clock,
      random,
      windows: demoWindows.map((window) => window.name),
      queues: demoQueues.map((queue) => queue.name),
      door: this.#life.door,
      // Nobody takes tickets, calls or rates while the alarm sounds.
      issue: async (wish) => (farEnds.fire.isAlarm ? undefined : kiosk.issue(wish)),
      comeBack: async (ticket) => !farEnds.fire.isAlarm && kiosk.comeBack(ticket),
      press: (window, key) => {
        if (!farEnds.fire.isAlarm) farEnds.press(window, key);
      },
      rate: (window, level) => {
        if (farEnds.fire.isAlarm) return;
        if (window === tabletWindow) screens.rate(level);
        else farEnds.rate(window, level);
      },
      serving: (window) => this.#serving(window),
      waiting: (queue) => (this.#hubIsTrue ? watcher.view.queues.get(queue)?.waiting : undefined),
    });
  }

  /** What the hub says of the hall is what is true now. */
  get #hubIsTrue(): boolean {
    const { connected, controller } = this.parts.watcher.view;
    return connected && controller === 'online';
  }

  /** The number at a window: from the clerk's screen at the hub, else from the board, whose queue everybody knows. */
  #serving(window: string): string | null | undefined {
    if (this.#hubIsTrue) return this.parts.watcher.view.windows.get(window)?.number;
    const { boards, row } = this.parts.hall.farEnds;
    const board = boards.get(window);
    if (board === undefined || !board.isPowered || row.isCut) return undefined;
    const text = board.shows().trim();
    const prefix = demoWindows.find(({ name }) => name === window)?.queue.prefix;
    return /^\d+$/.test(text) ? `${prefix}${text}` : null;
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
