/** An engine without a protocol: a board with ten pins that does what it is told, in virtual time. */
import type { Clock } from '../../../src/kernel/clock.js';
import { HallwardError } from '../../../src/kernel/errors.js';
import type {
  FirmataBoard,
  FirmataEngine,
  FirmataEngineEvents,
  FirmataEngineFactory,
  FirmataEngineOptions,
  FirmataOrder,
  FirmataPinState,
} from '../../../src/transports/ports-firmata.js';

/** Pins 0 to 7 are digital with pull-up, but 0, which can do nothing; 8 and 9 are A0 and A1, without a pull-up mode. */
export const fakeBoard: FirmataBoard = {
  firmware: 'Fake',
  version: '2.5',
  pins: [
    { modes: [], analogChannel: null },
    ...Array.from({ length: 7 }, () => ({ modes: [0, 1, 11], analogChannel: null })),
    { modes: [0, 1, 2], analogChannel: 0 },
    { modes: [0, 1, 2], analogChannel: 1 },
  ],
  analogMaximum: 1_000,
};

export class FakeEngine implements FirmataEngine {
  readonly orders: FirmataOrder[] = [];
  readonly received: number[] = [];
  closed = false;
  answers = true;
  /** What the board makes of a mode, where that is not the mode itself. */
  takes = (mode: number): number => mode;
  readonly pins = new Map<number, { mode: number; state: number }>();

  constructor(
    readonly options: FirmataEngineOptions,
    readonly events: FirmataEngineEvents,
    private readonly clock: Clock,
  ) {}

  bytes(messages: Uint8Array): void {
    this.received.push(...messages);
  }

  async do(order: FirmataOrder): Promise<FirmataPinState | null> {
    this.orders.push(order);
    if (!this.answers && ['version', 'mode', 'write', 'state'].includes(order.order)) {
      await new Promise<void>((late) => this.clock.after('fake answer', 1_000, late));
      throw new HallwardError('firmata.no-answer', 'timeout', 'no answer');
    }
    if (order.order === 'mode') {
      const mode = this.takes(order.mode);
      this.pins.set(order.pin, { mode, state: mode === 11 ? 1 : 0 });
    }
    if (order.order === 'write') this.pins.get(order.pin)!.state = Number(order.high);
    if (order.order === 'reset') this.pins.clear();
    return 'pin' in order ? { ...(this.pins.get(order.pin) ?? { mode: 1, state: 0 }) } : null;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  ready(): void {
    this.events.ready(fakeBoard);
  }

  /** Orders of one sort. */
  of<Name extends FirmataOrder['order']>(name: Name): (FirmataOrder & { readonly order: Name })[] {
    return this.orders.filter((one): one is FirmataOrder & { readonly order: Name } => one.order === name);
  }
}

/** The engines that a bus has started. */
export function fakeEngines(clock: Clock) {
  const engines: FakeEngine[] = [];
  const refusals: HallwardError[] = [];
  const factory: FirmataEngineFactory = async (options, events) => {
    const refusal = refusals.shift();
    if (refusal !== undefined) throw refusal;
    const engine = new FakeEngine(options, events, clock);
    engines.push(engine);
    return engine;
  };
  return {
    factory,
    engines,
    /** The next engine that is asked for does not start. */
    refuseNext: (error: HallwardError) => void refusals.push(error),
    get last(): FakeEngine {
      return engines.at(-1)!;
    },
  };
}
