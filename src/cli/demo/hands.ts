/** What a visitor of the demo can do to the hall, each thing told in words. */
import { HallwardError } from '../../kernel/errors.js';
import type { Text } from '../../kernel/text.js';
import type { DemoBroker } from './broker.js';
import type { CatchUp } from './catch-up.js';
import type { ControllerBox } from './controller-box.js';
import type { Demo } from './demo.js';
import type { CableFront, FarEnds } from './far-ends.js';
import type { Life } from './life.js';
import type { Hand } from './model.js';
import type { PaperFront } from './paper.js';
import { notes } from './words.js';

interface HandsOptions {
  readonly farEnds: FarEnds;
  readonly controller: ControllerBox;
  readonly broker: DemoBroker;
  readonly paper: PaperFront;
  readonly life: Pick<Life, 'washroom' | 'supplies'>;
  /** Told what was done. */
  readonly note: (note: Text) => void;
  /** How the hub catches up after it was away, and after the controller had no power. */
  readonly hubCatchUp: CatchUp;
  readonly powerCatchUp: CatchUp;
}

/** The window whose keypad can be pulled. */
const keypadWindow = '1';

export class Hands {
  /** What was tried so far. */
  readonly tried = new Set<Hand>();
  /** Why the broker stays away. */
  brokerProblem: Text | undefined;
  #brokerChange: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly options: HandsOptions) {}

  /** Nothing more is done; resolves when what was under way is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.options.hubCatchUp.stop();
    this.options.powerCatchUp.stop();
    await this.#brokerChange;
  }

  /** The keypad of window 1 is pulled. */
  get isKeypadPulled(): boolean {
    return this.#keypadCable?.isCut ?? false;
  }

  /** As the demo offers them. */
  readonly all: Demo['hands'] = {
    board: (window) => {
      const board = this.options.farEnds.boards.get(window);
      if (board === undefined) return;
      board.setPower(!board.isPowered);
      this.#did('board', board.isPowered ? notes.boardOn(window) : notes.boardOff(window));
    },
    row: () => {
      const { row } = this.options.farEnds;
      turn(row);
      this.#did('row', row.isCut ? notes.rowCut : notes.rowJoined);
    },
    keypad: () => {
      const cable = this.#keypadCable;
      if (cable === undefined) return;
      turn(cable);
      this.#did('keypad', cable.isCut ? notes.keypadPulled : notes.keypadPlugged);
    },
    noise: () => {
      const { row } = this.options.farEnds;
      row.noise(!row.isNoisy);
      this.#did('noise', row.isNoisy ? notes.noiseOn : notes.noiseOff);
    },
    broker: () => {
      this.tried.add('broker');
      this.#brokerChange = this.#brokerChange.then(() => this.#turnBroker());
      return this.#brokerChange;
    },
    paper: () => {
      const { paper } = this.options;
      const isIn = paper.roll === 'in';
      if (isIn) paper.end();
      else paper.load();
      this.#did('paper', isIn ? notes.paperEnds : notes.paperLoaded);
    },
    voice: () => {
      const { voice } = this.options.farEnds;
      voice.setPower(!voice.isPowered);
      this.#did('voice', voice.isPowered ? notes.voiceOn : notes.voiceOff);
    },
    fire: () => {
      const { fire } = this.options.farEnds;
      fire.setAlarm(!fire.isAlarm);
      this.#did('fire', fire.isAlarm ? notes.fireAlarm : notes.fireOver);
    },
    toner: () => {
      const { supplies } = this.options.life;
      supplies.empty(!supplies.isEmptied);
      this.#did('toner', supplies.isEmptied ? notes.tonerOut : notes.tonerIn);
    },
    water: () => {
      const { washroom } = this.options.life;
      washroom.wet(!washroom.isWet);
      this.#did('water', washroom.isWet ? notes.floorWet : notes.floorDry);
    },
    power: () => {
      this.tried.add('power');
      return this.#turnPower();
    },
  };

  get #keypadCable(): CableFront | undefined {
    return this.options.farEnds.keypadCables.get(keypadWindow);
  }

  #did(hand: Hand, note: Text): void {
    this.tried.add(hand);
    this.options.note(note);
  }

  async #turnBroker(): Promise<void> {
    if (this.#stopped) return;
    const { broker, hubCatchUp, note } = this.options;
    this.brokerProblem = undefined;
    try {
      if (broker.isUp) {
        await broker.drop();
        note(notes.brokerDropped);
        hubCatchUp.away();
      } else {
        await broker.back();
        note(notes.brokerBack);
        hubCatchUp.back();
      }
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
      this.brokerProblem = notes.brokerStaysAway(error.message);
      note(this.brokerProblem);
    }
  }

  async #turnPower(): Promise<void> {
    if (this.#stopped) return;
    const { controller, powerCatchUp, note } = this.options;
    if (controller.pid !== undefined) {
      powerCatchUp.away();
      note(notes.powerOff);
      await controller.powerOff();
      return;
    }
    note(notes.powerOn);
    try {
      await controller.powerOn();
      if (!this.#stopped) powerCatchUp.back();
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
      if (error.kind !== 'cancelled') note(notes.powerFailed(error.message));
    }
  }
}

function turn(cable: CableFront): void {
  if (cable.isCut) cable.join();
  else cable.cut();
}
