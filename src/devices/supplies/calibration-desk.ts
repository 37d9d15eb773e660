import type { Timer } from '../../kernel/clock.js';
import { HeldButton } from '../held-button.js';
import type { DeviceContext } from '../kind.js';
import type { Parts } from '../parts/parts.js';
import type { SaidOnce } from '../said-once.js';
import {
  Calibrating,
  type CalibrationEnd,
  type CalibrationOutcome,
  type Ends,
  type Refusal,
} from './supply-calibration.js';
import { supplyParts } from './supply-parts.js';
import { refusedWords, uncalibratedWords } from './supply-words.js';

/** So long a press that came to nothing is told of; what was known before holds all the time. */
const refusalMilliseconds = 3_600_000;

interface CalibrationDeskOptions {
  /** What is known now, by configuration and earlier presses. */
  readonly ends: () => Ends;
  /** Keeps what was measured. */
  readonly calibrated: (end: CalibrationEnd, millimetres: number) => void;
}

/** The two calibration buttons: from the press to readings and fault that say what became of it. */
export class CalibrationDesk {
  readonly #buttons: HeldButton[] = [];
  readonly #stuck = new Set<string>();
  #calibrating: Calibrating | undefined;
  #refusal: Refusal | undefined;
  #refusalTimer: Timer | undefined;
  /** The sensor measures; `undefined` before the first word of it. */
  #sees: boolean | undefined;

  constructor(
    private readonly options: CalibrationDeskOptions,
    private readonly said: SaidOnce,
    parts: Parts,
    private readonly context: Pick<DeviceContext, 'name' | 'clock' | 'log' | 'reports'>,
  ) {
    for (const end of ['full', 'empty'] as const) {
      const button = this.#button(end);
      this.#buttons.push(button);
      parts.sensor(end, supplyParts[end], {
        values: (active, at) => button.level(active, at),
        unknown: () => button.forget(),
      });
    }
  }

  stop(): void {
    for (const button of this.#buttons) button.stop();
    this.#refusalTimer?.cancel();
  }

  /** A new measurement; `null` where nothing was in range. */
  distance(millimetres: number | null, fromMilliseconds: number): void {
    this.#sees = true;
    const outcome = this.#calibrating?.distance(millimetres, fromMilliseconds);
    if (outcome !== undefined) this.#ended(outcome);
  }

  /** The sensor does not measure any more. */
  blind(): void {
    this.#sees = false;
    if (this.#calibrating === undefined) return;
    this.#ended({ refused: { reason: 'no-distance', end: this.#calibrating.end } });
  }

  /** Tells readings and fault of the calibration, as it is. */
  say(): void {
    const ends = this.options.ends();
    const { full, empty } = ends;
    const done = calibrationWord(ends);
    const calibrated = this.#calibrating === undefined ? done : `measuring ${this.#calibrating.end}`;
    this.said.readings({ calibrated, fullMillimetres: full, emptyMillimetres: empty });
    const refusal = this.#refusal;
    if (refusal !== undefined) {
      const evidence = { full, empty, refused: refusal.reason };
      this.said.raise('supply.not-calibrated', evidence, [refusal.end], refusedWords(refusal));
    } else if (done !== 'yes') {
      this.said.raise('supply.not-calibrated', { full, empty }, [], uncalibratedWords(ends));
    } else {
      this.said.clear('supply.not-calibrated');
    }
  }

  #button(end: CalibrationEnd): HeldButton {
    const { clock, name, reports } = this.context;
    return new HeldButton(`${name} ${end}`, clock, {
      held: (at) => {
        try {
          this.#pressed(end, at);
        } catch (error) {
          reports.crashed(error);
        }
      },
      stuck: (held) => {
        this.#stuck.add(end);
        const evidence = { key: [...this.#stuck].join(', '), heldMilliseconds: Math.round(held) };
        this.said.raise('device.stuck-input', evidence, [...this.#stuck]);
      },
      free: () => {
        this.#stuck.delete(end);
        if (this.#stuck.size === 0) this.said.clear('device.stuck-input');
      },
    });
  }

  #pressed(end: CalibrationEnd, at: number): void {
    const { log, name } = this.context;
    log.info({ device: name, end }, 'calibration asked for');
    this.#refusal = undefined;
    this.#refusalTimer?.cancel();
    this.#calibrating = new Calibrating(end, at, this.options.ends());
    if (this.#sees === false) this.blind();
    else this.say();
  }

  #forgetRefusalLater(): void {
    const { clock, name, reports } = this.context;
    this.#refusalTimer?.cancel();
    this.#refusalTimer = clock.after(`${name}: refused calibration`, refusalMilliseconds, () => {
      this.#refusal = undefined;
      try {
        this.say();
      } catch (error) {
        reports.crashed(error);
      }
    });
  }

  #ended(outcome: CalibrationOutcome): void {
    const { log, name } = this.context;
    this.#calibrating = undefined;
    if ('refused' in outcome) {
      this.#refusal = outcome.refused;
      this.#forgetRefusalLater();
      log.warn({ device: name, ...outcome.refused }, 'calibration refused');
    } else {
      const { end, millimetres } = outcome;
      log.info({ device: name, end, millimetres }, 'calibrated');
      this.options.calibrated(end, millimetres);
    }
    this.say();
  }
}

function calibrationWord({ full, empty }: Ends): string {
  if (full !== null && empty !== null) return 'yes';
  if (full !== null) return 'full only';
  return empty !== null ? 'empty only' : 'no';
}
