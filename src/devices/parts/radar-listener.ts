/** What every radar that reports by itself has in common: it is heard, it falls silent, it freezes, its wire is lost. */
import type { Timer } from '../../kernel/clock.js';
import { asHallwardError, HallwardError } from '../../kernel/errors.js';
import type { ByteBus, Framing } from '../../transports/ports.js';
import { type BusType, faceOf, type ProtocolDeclaration } from '../kind.js';
import { FrozenGuard } from './frozen-guard.js';
import type { Part, PartContext } from './part.js';

/** Reports come ten times a second; without any for so long nothing is known. */
const silentMilliseconds = 3_000;
/** The figures of somebody who is there tremble; ones that don't for so long are those of a radar that hangs. */
const frozenMilliseconds = 600_000;

export const radarBuses: readonly BusType[] = ['serial', 'tcp'];
/** A radar has its wire for itself: its reports say not whose they are. */
export const radarClaims: NonNullable<ProtocolDeclaration['claims']> = () => [
  { path: ['protocol'], text: 'the reports of a radar' },
];

interface RadarHandlers<Report> {
  /** Whether the report shows somebody; one that shows nobody may well be the same for hours. */
  shows(report: Report): boolean;
  /** Gives an error where nothing is known by this report. */
  heard(report: Report, atMilliseconds: number): HallwardError | undefined;
  /** Told once, and again where its code becomes another; over with the next report that `heard` takes. */
  unknown(error: HallwardError): void;
  crashed(error: unknown): void;
}

interface AnyFrame {
  readonly listener: number;
  readonly type: string;
}

/** Hears the reports of a radar; what it acknowledges is passed over. */
export function radarListener<Frame extends AnyFrame>(
  context: PartContext,
  framing: Framing<null, Frame>,
  handlers: RadarHandlers<Extract<Frame, { readonly type: 'report' }>>,
): Part {
  return new RadarListener(context, framing, handlers);
}

class RadarListener<Frame extends AnyFrame> implements Part {
  readonly #bus: ByteBus;
  #stopListening = () => {};
  #stopWatching = () => {};
  #timer: Timer | undefined;
  #lastAt = 0;
  #told: string | undefined;
  readonly #frozen = new FrozenGuard(frozenMilliseconds);

  constructor(
    private readonly context: PartContext,
    private readonly framing: Framing<null, Frame>,
    private readonly handlers: RadarHandlers<Extract<Frame, { readonly type: 'report' }>>,
  ) {
    this.#bus = faceOf(context.bus, 'bytes', context.name);
  }

  start(): void {
    this.#stopListening = this.#bus.listen(this.framing, null, (frame, at) => {
      if (frame.type === 'report') this.#heard(frame as Extract<Frame, { readonly type: 'report' }>, at);
    });
    let state = this.#bus.state;
    this.#stopWatching = this.#bus.onChange(() => {
      if (this.#bus.state === state) return;
      state = this.#bus.state;
      this.#wireChanged();
    });
    this.#wireChanged();
  }

  stop(): void {
    this.#stopListening();
    this.#stopWatching();
    this.#timer?.cancel();
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  #wireChanged(): void {
    this.#timer?.cancel();
    this.#frozen.reset();
    const { state, lostBecause } = this.#bus;
    if (state === 'open') {
      this.#lastAt = this.#now;
      this.#awaitSilence(silentMilliseconds);
    } else if (state === 'lost') {
      this.#unknown(lostBecause ?? new HallwardError('wire.lost', 'absent', 'its wire is lost'));
    }
  }

  #awaitSilence(wait: number): void {
    this.#timer = this.context.clock.after(`${this.context.name} reports`, wait, () => {
      this.#timer = undefined;
      const silence = this.#now - this.#lastAt;
      if (silence < silentMilliseconds) {
        this.#awaitSilence(silentMilliseconds - silence);
        return;
      }
      this.#frozen.reset();
      this.#unknown(
        new HallwardError(
          'sensor.silent',
          'timeout',
          'the radar sends no reports; check its 5 V supply, its TX wire and the baud rate (256000 from the factory)',
          { seconds: silentMilliseconds / 1_000 },
        ),
      );
    });
  }

  #heard(report: Extract<Frame, { readonly type: 'report' }>, at: number): void {
    this.#lastAt = at;
    if (this.#timer === undefined) this.#awaitSilence(silentMilliseconds);
    try {
      const error = this.#frozenBy(report, at) ?? this.handlers.heard(report, at);
      if (error === undefined) this.#told = undefined;
      else this.#unknown(error);
    } catch (error) {
      this.handlers.crashed(error);
    }
  }

  #frozenBy(report: Extract<Frame, { readonly type: 'report' }>, at: number): HallwardError | undefined {
    if (!this.handlers.shows(report)) {
      this.#frozen.reset();
      return undefined;
    }
    try {
      this.#frozen.check(JSON.stringify(report), at);
      return undefined;
    } catch (thrown) {
      return asHallwardError(thrown, 'sensor.frozen');
    }
  }

  #unknown(error: HallwardError): void {
    if (this.#told === error.code) return;
    this.#told = error.code;
    this.handlers.unknown(error);
  }
}
