/** The wires of several controllers of one hall as real ports, each with its own devices at the far ends. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/kernel/clock.js';
import {
  type PtyCable,
  ptyCable,
  simulatedKeypad,
  simulatedPanels,
  simulatedPrinter,
  simulatedRatingLine,
  simulatedSyn6288,
} from '../../../src/simulator/index.js';
import { callerKeys, type Document, zoneAtNoon } from './virtual-hall.js';

export const queues = {
  general: { prefix: 'A', label: '综合业务', matter: 'registration', windows: ['5', '7', '8'] },
};
export const windows = {
  '5': { unit: 'Human Resources', staff: '0317' },
  '7': { unit: 'Human Resources', staff: '0321' },
  '8': { unit: 'Human Resources', staff: '0322' },
};

/** One controller with one window: keypad, board, rating line, and what is asked for besides. */
export class BoardOfAHall {
  readonly folder: string;
  readonly cables: Record<string, PtyCable> = {};
  readonly keys;
  readonly panels;
  readonly rates;
  readonly voice;
  readonly printer;

  /** @param folder of the whole hall */
  constructor(
    folder: string,
    readonly name: string,
    readonly window: string,
    extra: { readonly voice?: true; readonly printer?: true } = {},
  ) {
    this.folder = join(folder, name);
    mkdirSync(this.folder, { recursive: true });
    const cable = (wire: string) => {
      const made = ptyCable({ link: join(this.folder, 'by-id', wire) });
      this.cables[wire] = made;
      return made.farEnd;
    };
    const clock = systemClock();
    this.keys = simulatedKeypad(cable('keys'), callerKeys);
    this.panels = simulatedPanels(cable('row'), clock, { addresses: [Number(window)] });
    this.rates = simulatedRatingLine(cable('rates'));
    this.voice = extra.voice ? simulatedSyn6288(cable('speech'), clock) : undefined;
    this.printer = extra.printer ? simulatedPrinter(cable('paper'), clock) : undefined;
  }

  get root(): string {
    return `hallward/v1/hall/${this.name}`;
  }

  /** What the board shows, without dark digits. */
  get shows(): string {
    return this.panels.panel(Number(this.window)).shows().trim();
  }

  /** Lines of all slips so far. */
  get paper(): string[] {
    return this.printer?.slips.flatMap(({ lines }) => lines.map(({ text }) => text.trim())) ?? [];
  }

  document(hub: string | object, more: Readonly<Record<string, unknown>>): Document {
    const { window } = this;
    const bus = (cable: PtyCable) => ({ type: 'serial', path: cable.path, baudRate: 9600 });
    return {
      hall: 'hall',
      controller: this.name,
      language: 'zh-CN',
      timezone: zoneAtNoon(),
      hub: typeof hub === 'string' ? { url: hub } : hub,
      storage: { path: join(this.folder, 'storage') },
      buses: Object.fromEntries(Object.entries(this.cables).map(([name, cable]) => [name, bus(cable)])),
      devices: {
        [`caller-${window}`]: {
          kind: 'caller',
          window,
          bus: 'keys',
          protocol: 'serial-keys',
          keys: { ...callerKeys },
          debounceMilliseconds: 0,
        },
        [`board-${window}`]: {
          kind: 'window-board',
          window,
          bus: 'row',
          protocol: 'modbus-panel',
          profile: 'dm36b06',
          address: Number(window),
        },
        [`rate-${window}`]: {
          kind: 'evaluator',
          window,
          bus: 'rates',
          protocol: 'serial-lines',
          pattern: 'E,{window},{level}',
        },
        ...(this.voice === undefined
          ? {}
          : { voice: { kind: 'voice', bus: 'speech', protocol: 'syn6288', chime: false, repeat: 1 } }),
        ...(this.printer === undefined
          ? {}
          : { tickets: { kind: 'ticket-printer', bus: 'paper', protocol: 'escpos', place: this.name } }),
      },
      ...more,
    };
  }

  close(): void {
    this.panels.close();
    for (const cable of Object.values(this.cables)) cable.close();
  }
}
