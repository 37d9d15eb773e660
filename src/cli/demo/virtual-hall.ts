/**
 * A hall without hardware: a real controller, started as `hallward run` does it, at one end of cables inside this
 * process; simulated keypads, boards and rating buttons at the other.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.js';
import { HallwardError, systemCode } from '../../kernel/errors.js';
import type { Log } from '../../kernel/log.js';
import type { Language } from '../../kernel/text.js';
import { simulatedKeypad } from '../../simulator/keypad.js';
import { type MemoryCable, memoryCable } from '../../simulator/memory-cable.js';
import type { SimulatedPanel } from '../../simulator/modbus-panel.js';
import { simulatedPanels } from '../../simulator/modbus-panels.js';
import { simulatedRatingLine } from '../../simulator/rating-line.js';
import { type Launched, launch } from '../../supervisor/launch.js';
import { version } from '../../version.js';
import {
  byteMicroseconds,
  type DemoWindow,
  demoDocument,
  demoWindows,
  type KeypadKey,
  keypadKeys,
  ratingBus,
  rowBus,
} from './floor-plan.js';

/** Of each byte on the row to be disturbed while there is noise: enough to be noticed, with calls still arriving. */
const noiseProbability = 0.01;

export interface VirtualHallOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly language: Language;
  readonly timezone: string;
  readonly brokerPort: number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Told of the temporary folder as soon as it is there, so that it can be removed on every way out. */
  readonly folderMade?: (folder: string) => void;
}

/** A board at its window, as people see it. */
export interface BoardFront {
  /** Its six characters as they really are; blanks for dark digits. */
  shows(): string;
  readonly isPowered: boolean;
  setPower(on: boolean): void;
}

/** A cable as a hand can reach it. */
export interface CableFront {
  readonly isCut: boolean;
  cut(): void;
  join(): void;
}

export interface VirtualHall {
  /** By window. */
  readonly boards: ReadonlyMap<string, BoardFront>;
  /** The cable of all the boards. */
  readonly row: CableFront & { readonly isNoisy: boolean; noise(on: boolean): void };
  /** By window: the cable of its keypad. */
  readonly keypadCables: ReadonlyMap<string, CableFront>;
  press(window: string, key: KeypadKey): void;
  rate(window: string, level: number): void;
  /** Events that the hub does not have yet. */
  readonly eventsKept: number;
  /** The storage's folder and the configuration; gone after `stop`. */
  readonly folder: string;
  /** Ends the controller in good order and removes the folder. */
  stop(): Promise<void>;
}

/** Starts the hall. Rejects with `demo.no-folder` (absent), and leaves nothing behind then. */
export async function startVirtualHall(options: VirtualHallOptions): Promise<VirtualHall> {
  const { clock, log, random } = options;
  const folder = await temporaryFolder();
  options.folderMade?.(folder);
  const cables = new Map(
    [...demoWindows.map((window) => window.keysBus), ratingBus, rowBus].map((bus) => [
      bus,
      memoryCable({ address: bus, byteMicroseconds, clock }),
    ]),
  );
  try {
    const file = join(folder, 'hallward.yaml');
    const document = demoDocument({ ...options, storagePath: join(folder, 'storage') });
    await writeFile(file, JSON.stringify(document, null, 2));
    const carrierFor = async (bus: string) => cableOf(cables, bus).carrier;
    const panels = simulatedPanels(cableOf(cables, rowBus).farEnd, clock, {
      addresses: demoWindows.map((window) => window.address),
    });
    const launched = await launch({ file, clock, log, version, carrierFor });
    const boards = demoWindows.map(
      (window) => [window.name, boardFront(panels.panel(window.address))] as const,
    );
    return hallOf(new Map(boards), cables, launched, random, folder, async () => {
      try {
        await launched.stop();
        panels.close();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'hallward-demo-'));
  } catch (error) {
    const system = systemCode(error) ?? 'error';
    const message = `no temporary folder can be made in ${tmpdir()} (${system})`;
    throw new HallwardError('demo.no-folder', 'absent', message, { system });
  }
}

function hallOf(
  boards: ReadonlyMap<string, BoardFront>,
  cables: ReadonlyMap<string, MemoryCable>,
  launched: Launched,
  random: () => number,
  folder: string,
  stop: () => Promise<void>,
): VirtualHall {
  const keypads = new Map(
    demoWindows.map(({ name, keysBus }) => [
      name,
      simulatedKeypad(cableOf(cables, keysBus).farEnd, keypadKeys),
    ]),
  );
  const ratings = simulatedRatingLine(cableOf(cables, ratingBus).farEnd);
  const keypadCable = ({ name, keysBus }: DemoWindow) => [name, cableOf(cables, keysBus).cable] as const;
  return {
    boards,
    row: rowFront(cableOf(cables, rowBus), random),
    keypadCables: new Map(demoWindows.map(keypadCable)),
    press: (window, key) => keypads.get(window)?.press(key),
    rate: (window, level) => ratings.rate(window, level),
    get eventsKept() {
      return launched.store.outbox.backlog.events;
    },
    folder,
    stop,
  };
}

function boardFront(panel: SimulatedPanel): BoardFront {
  let powered = true;
  return {
    shows: () => panel.shows(),
    get isPowered() {
      return powered;
    },
    setPower(on) {
      powered = on;
      if (on) panel.power.on();
      else panel.power.off();
    },
  };
}

function rowFront({ cable }: MemoryCable, random: () => number): VirtualHall['row'] {
  let noisy = false;
  return {
    get isCut() {
      return cable.isCut;
    },
    get isNoisy() {
      return noisy;
    },
    cut: () => cable.cut(),
    join: () => cable.join(),
    noise(on) {
      noisy = on;
      cable.noise(on ? noiseProbability : 0, random);
    },
  };
}

function cableOf(cables: ReadonlyMap<string, MemoryCable>, bus: string): MemoryCable {
  const cable = cables.get(bus);
  if (cable === undefined)
    throw new HallwardError('demo.no-cable', 'internal', `the demo has no cable ${bus}`);
  return cable;
}
