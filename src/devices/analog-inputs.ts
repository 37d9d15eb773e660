import type { Timer } from '../kernel/clock.js';
import { type Evidence, HallwardError } from '../kernel/errors.js';
import type { AnalogBus } from '../transports/ports-analog.js';
import { busOf, type DeviceContext, type FaultWords } from './kind.js';
import type { Voltage } from './parts/analog-part.js';
import { judgedVoltage } from './parts/judged-voltage.js';

interface AnalogInputsOptions<Value> {
  /** The device's channels; below they go by their place in this list. */
  readonly channels: readonly number[];
  readonly everyMilliseconds: number;
  /**
   * What a voltage at an input means.
   * @throws HallwardError (garbled) where it can mean nothing; three in a row make the input unknown
   */
  read(index: number, voltage: Voltage, atMilliseconds: number): Value;
  /** How a fault names an input, as one of its parts; no parts where absent. */
  readonly partOf?: (index: number) => string;
  /** What a fault of inputs says in place of its declaration. */
  readonly words?: (fault: InputFault, error: HallwardError) => FaultWords;
}

interface AnalogInputsEvents<Value> {
  value(index: number, value: Value, atMilliseconds: number): void;
  /** Of this input alone nothing is known, until its next value. */
  unknown(index: number): void;
  /** The bus is lost, or not there yet: nothing is known of any. The bus says why. May be told several times. */
  lost(): void;
  /** The bus is there, but no input gives a value. */
  silent(evidence: Evidence): void;
}

/** The faults of single inputs. */
export type InputFault = 'device.bad-reading' | 'device.line-unavailable';
const inputFaults: readonly InputFault[] = ['device.bad-reading', 'device.line-unavailable'];

/** An input that gives no value for so long is silent; or for three of its periods, where that is more. */
const silentMilliseconds = 5_000;
const silentPeriods = 3;

/** Some analogue inputs of one bus; keeps the faults of their device true, with the inputs that they are about. */
export class AnalogInputs<Value> {
  readonly #bus: AnalogBus;
  readonly #stops: (() => void)[] = [];
  readonly #limit: number;
  readonly #troubles = new Map<number, HallwardError>();
  /** When each input gave its last value, or could have begun to. */
  readonly #heardAt: number[];
  #timer: Timer | undefined;
  /** An earlier life of the device may have raised any of them. */
  readonly #raised = new Set<InputFault>(inputFaults);

  constructor(
    private readonly options: AnalogInputsOptions<Value>,
    private readonly context: DeviceContext,
    private readonly events: AnalogInputsEvents<Value>,
  ) {
    this.#bus = busOf(context, 'analog');
    this.#limit = Math.max(silentMilliseconds, silentPeriods * options.everyMilliseconds);
    this.#heardAt = options.channels.map(() => this.#now);
  }

  start(): void {
    this.#heardAt.fill(this.#now);
    for (const [index, channel] of this.options.channels.entries()) this.#listen(index, channel);
    this.#watch();
  }

  stop(): void {
    this.#timer?.cancel();
    for (const stop of this.#stops.splice(0)) stop();
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  #listen(index: number, channel: number): void {
    const { reports } = this.context;
    const judged = judgedVoltage<Value>((voltage, at) => this.options.read(index, voltage, at), {
      values: (value, at) => this.#well(index, value, at),
      unknown: (error) => this.#failed(index, error),
      crashed: (error) => reports.crashed(error),
    });
    const guarded = (run: () => void): void => {
      try {
        run();
      } catch (error) {
        reports.crashed(error);
      }
    };
    const { everyMilliseconds } = this.options;
    const stop = this.#bus.sample(
      { channel, everyMilliseconds },
      {
        value: (volts, fraction, at) =>
          guarded(() => {
            this.#heardAt[index] = this.#now;
            reports.alive();
            judged.values({ volts, fraction }, at);
          }),
        lost: (error) => guarded(() => judged.unknown(error)),
      },
    );
    this.#stops.push(stop);
  }

  #well(index: number, value: Value, at: number): void {
    if (this.#troubles.delete(index) || this.#raised.size > this.#troubles.size) this.#say();
    this.events.value(index, value, at);
  }

  #failed(index: number, error: HallwardError): void {
    const isOfBus = error.code.startsWith('wire.') || error.code.startsWith('bus.');
    if (error.kind !== 'usage' && (isOfBus || this.#bus.state !== 'open')) {
      this.#busLost();
      return;
    }
    this.#troubles.set(index, error);
    this.#say();
    this.events.unknown(index);
  }

  /** Inputs that the bus has not at all are told once only: they stay as they are. */
  #busLost(): void {
    for (const [index, { kind }] of this.#troubles) if (kind !== 'usage') this.#troubles.delete(index);
    this.#say();
    this.events.lost();
    for (const index of this.#troubles.keys()) this.events.unknown(index);
  }

  /** Looks for inputs that say nothing at all. */
  #watch(): void {
    const { clock, name, reports } = this.context;
    this.#timer = clock.after(`${name}: do its inputs say anything`, this.#limit / 2, () => {
      this.#watch();
      try {
        this.#look();
      } catch (error) {
        reports.crashed(error);
      }
    });
  }

  #look(): void {
    const now = this.#now;
    if (this.#bus.state !== 'open') {
      this.#heardAt.fill(now);
      return;
    }
    const silent = this.#heardAt.flatMap((at, index) =>
      now - at >= this.#limit && !isRefused(this.#troubles.get(index)) ? [index] : [],
    );
    const seconds = Math.round(this.#limit / 1_000);
    if (silent.length === this.options.channels.length) {
      const channels = this.options.channels.join(', ');
      const reason = `no value of its inputs (${channels}) for ${seconds} s`;
      this.#troubles.clear();
      this.#say();
      this.events.silent({ channels, seconds, reason, code: 'analog.silent' });
      return;
    }
    for (const index of silent) {
      const channel = this.options.channels[index] ?? null;
      if (this.#troubles.get(index)?.code === 'analog.silent') continue;
      const text = `no value of input ${channel} for ${seconds} s`;
      this.#failed(index, new HallwardError('analog.silent', 'timeout', text, { channel, seconds }));
    }
  }

  #say(): void {
    const { reports } = this.context;
    for (const fault of inputFaults) {
      const those = [...this.#troubles]
        .filter(([, error]) => faultOf(error) === fault)
        .sort(([one], [other]) => one - other);
      const [first] = those;
      if (first === undefined) {
        if (this.#raised.delete(fault)) reports.clear(fault);
        continue;
      }
      const [, error] = first;
      const { partOf, words, channels } = this.options;
      const parts = partOf === undefined ? undefined : those.map(([index]) => partOf(index));
      this.#raised.add(fault);
      const evidence: Evidence = {
        ...error.evidence,
        ...(parts === undefined ? {} : { parts: parts.join(', ') }),
        channels: those.map(([index]) => channels[index]).join(', '),
        reason: error.message,
        code: error.code,
      };
      reports.raise(fault, evidence, parts, words?.(fault, error));
    }
  }
}

function faultOf({ kind }: HallwardError): InputFault {
  return kind === 'garbled' ? 'device.bad-reading' : 'device.line-unavailable';
}

/** It gives no values for a reason that is known and told. */
function isRefused(error: HallwardError | undefined): boolean {
  return error !== undefined && error.kind !== 'garbled' && error.code !== 'analog.silent';
}
