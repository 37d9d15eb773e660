/** The wires of a small hall as real ports, with simulated devices at their far ends. */
import { join } from 'node:path';
import { systemClock } from '../../../src/kernel/clock.js';
import {
  type PtyCable,
  ptyCable,
  simulatedKeypad,
  simulatedPanels,
  simulatedRatingLine,
} from '../../../src/simulator/index.js';

/** What the keys of the two callers send. */
export const callerKeys = {
  next: 'AA 05 01 B0',
  recall: 'AA 05 02 B1',
  skip: 'AA 05 03 B2',
  pause: 'AA 05 04 B3',
  done: 'AA 05 05 B4',
} as const;

export interface HallOptions {
  readonly controller?: string;
  /** 0 for tests that press faster than people. */
  readonly debounceMilliseconds?: number;
  /** Address of the broker. */
  readonly hub?: string | object;
}

export type Document = Record<string, unknown> & {
  buses: Record<string, Record<string, unknown>>;
  devices: Record<string, Record<string, unknown>>;
};

/**
 * Windows 5 and 6, each with a caller on its own port and a board on one RS-485 row; ratings of both on a line of
 * text.
 */
export class VirtualHall {
  readonly cables: Readonly<Record<'keys-5' | 'keys-6' | 'row' | 'rate-line', PtyCable>>;
  readonly keys5;
  readonly keys6;
  readonly panels;
  readonly rates;

  /** @param folder for links, storage and configuration. */
  constructor(
    readonly folder: string,
    private readonly options: HallOptions = {},
  ) {
    const cable = (name: string) => ptyCable({ link: join(folder, 'by-id', name) });
    const cables = {
      'keys-5': cable('keys-5'),
      'keys-6': cable('keys-6'),
      row: cable('row'),
      'rate-line': cable('rate-line'),
    };
    this.cables = cables;
    this.keys5 = simulatedKeypad(cables['keys-5'].farEnd, callerKeys);
    this.keys6 = simulatedKeypad(cables['keys-6'].farEnd, callerKeys);
    this.panels = simulatedPanels(cables.row.farEnd, systemClock(), { addresses: [5, 6] });
    this.rates = simulatedRatingLine(cables['rate-line'].farEnd);
  }

  get root(): string {
    return `hallward/v1/hall/${this.options.controller ?? 'row-a'}`;
  }

  /** What the board above a window shows, without dark digits. */
  shows(window: 5 | 6): string {
    return this.panels.panel(window).shows().trim();
  }

  /** A valid configuration document; `change` may change it. */
  document(change: (document: Document) => void = () => {}): Document {
    const { hub, controller = 'row-a', debounceMilliseconds } = this.options;
    const debounce = debounceMilliseconds === undefined ? {} : { debounceMilliseconds };
    const bus = (cable: PtyCable) => ({ type: 'serial', path: cable.path, baudRate: 9600 });
    const caller = (window: string) => ({
      kind: 'caller',
      window,
      bus: `keys-${window}`,
      protocol: 'serial-keys',
      keys: { ...callerKeys },
      ...debounce,
    });
    const board = (window: string) => ({
      kind: 'window-board',
      window,
      bus: 'row',
      protocol: 'modbus-panel',
      profile: 'dm36b06',
      address: Number(window),
    });
    const document: Document = {
      hall: 'hall',
      controller,
      language: 'en',
      timezone: zoneAtNoon(),
      ...(hub === undefined ? {} : { hub: typeof hub === 'string' ? { url: hub } : hub }),
      storage: { path: join(this.folder, 'storage') },
      buses: Object.fromEntries(Object.entries(this.cables).map(([name, cable]) => [name, bus(cable)])),
      devices: {
        'caller-5': caller('5'),
        'caller-6': caller('6'),
        'board-5': board('5'),
        'board-6': board('6'),
        rates: {
          kind: 'evaluator',
          bus: 'rate-line',
          protocol: 'serial-lines',
          pattern: 'E,{window},{level}',
        },
      },
      calling: {
        // These tests press faster than visitors rate.
        holdSeconds: 0,
        queues: { general: { prefix: 'A', matter: 'registration', windows: ['5', '6'] } },
        windows: {
          '5': { unit: 'Human Resources', staff: '0317' },
          '6': { unit: 'Human Resources', staff: '0321' },
        },
      },
    };
    change(document);
    return document;
  }

  close(): void {
    this.panels.close();
    for (const cable of Object.values(this.cables)) cable.close();
  }
}

/** A time zone in which it is about noon, so that no test runs over midnight. */
export function zoneAtNoon(): string {
  const hours = 12 - new Date().getUTCHours();
  return hours === 0 ? 'Etc/UTC' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
}
