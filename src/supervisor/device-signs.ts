/** The signs that are being given: at most one a device, each with its end, after which the device shows what is true. */
import type { Capabilities } from '../devices/capabilities.js';
import type { ProofOfLife } from '../devices/kind.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { DeviceState } from '../protocols/hub/payloads.js';
import {
  type DeviceSign,
  type SignOutcome,
  type SignPlaces,
  type SignWhat,
  type SignWords,
  signOf,
} from './device-sign.js';

interface DeviceSignsOptions {
  readonly clock: Clock;
  readonly places: SignPlaces;
  readonly states: {
    stateOf(device: string): DeviceState | undefined;
    proofOf(device: string): ProofOfLife | undefined;
  };
}

/** What a test found. */
export interface TestAnswer extends SignOutcome {
  readonly device: string;
  readonly what: SignWhat;
  /** From asking to the device's answer, or to the end of what it said; `null` where it has not. */
  readonly afterMilliseconds: number | null;
  readonly readings?: DeviceState['readings'];
}

export interface Given {
  readonly answer: TestAnswer;
  /** The device shows what is true again. */
  readonly over: Promise<void>;
}

/** A device that has not answered by then has failed the test. */
const answerMilliseconds = 15_000;
/** Half of a blink. */
const beatMilliseconds = 1_000;

interface Running {
  readonly taken: AbortController;
  end(): void;
}

export class DeviceSigns {
  readonly #capabilities = new Map<string, Capabilities>();
  readonly #running = new Map<string, Running>();

  constructor(private readonly options: DeviceSignsOptions) {}

  /** A device joins. Returns the function that takes it away, and ends its sign. */
  add(device: string, capabilities: Capabilities): () => void {
    this.#capabilities.set(device, capabilities);
    return () => {
      if (this.#capabilities.get(device) !== capabilities) return;
      this.#capabilities.delete(device);
      this.#running.get(device)?.end();
    };
  }

  /** Why a device can give no sign now, a code; `undefined` where it can. */
  refusalOf(device: string): string | undefined {
    return this.#signOf(device, noWords)?.refusal;
  }

  /**
   * Has a device give a sign that stays for `milliseconds`. Resolves once it is known what became of it. One that is
   * given already ends. Never rejects.
   * @param blinks what stays goes on and off
   */
  async give(device: string, words: SignWords, milliseconds: number, blinks: boolean): Promise<Given> {
    this.#running.get(device)?.end();
    const sign = this.#signOf(device, words);
    if (sign === undefined) return { answer: this.#looked(device), over: Promise.resolve() };
    const { what, refusal } = sign;
    if (refusal !== undefined) {
      return {
        answer: { device, what, result: 'passive', reason: refusal, afterMilliseconds: null },
        over: Promise.resolve(),
      };
    }
    const { clock, states } = this.options;
    const running: Running = { taken: new AbortController(), end: () => this.#end(device, running, sign) };
    this.#running.set(device, running);
    const began = clock.monotonicMilliseconds();
    const outcome = this.#judged(device, sign, await this.#answered(device, sign, running));
    const hasFailed = outcome.result === 'failed' || outcome.result === 'passive';
    const afterMilliseconds = hasFailed ? null : Math.round(clock.monotonicMilliseconds() - began);
    const readings = what === 'page' ? states.stateOf(device)?.readings : undefined;
    const answer = {
      ...{ device, what, ...outcome, afterMilliseconds },
      ...(readings === undefined ? {} : { readings }),
    };
    if (hasFailed || !sign.lasts) running.end();
    return { answer, over: this.#held(device, sign, running, milliseconds, blinks || sign.blinks) };
  }

  /** Every sign ends. */
  stop(): void {
    for (const running of [...this.#running.values()]) running.end();
  }

  #signOf(device: string, words: SignWords): DeviceSign | undefined {
    const capabilities = this.#capabilities.get(device);
    return capabilities && signOf(device, capabilities, words, this.options.places);
  }

  #end(device: string, running: Running, sign: DeviceSign): void {
    if (this.#running.get(device) !== running) return;
    this.#running.delete(device);
    running.taken.abort();
    sign.end();
  }

  /** What became of it, in time. */
  #answered(device: string, sign: DeviceSign, { taken }: Running): Promise<SignOutcome> {
    return new Promise((resolve) => {
      const late = this.options.clock.after(`sign of ${device}`, answerMilliseconds, () =>
        resolve({ result: 'failed', reason: 'test.no-answer' }),
      );
      const done = (outcome: SignOutcome) => {
        late.cancel();
        resolve(outcome);
      };
      taken.signal.addEventListener('abort', () => done({ result: 'passive', reason: 'cancelled' }));
      sign.show(true, taken.signal).then(done, () => done({ result: 'failed', reason: 'test.failed' }));
    });
  }

  /** What could only be sent has not arrived where the wire is gone, or nobody has the page open. */
  #judged(device: string, { what }: DeviceSign, outcome: SignOutcome): SignOutcome {
    const state = this.options.states.stateOf(device);
    if (state === undefined || outcome.result === 'passive') return outcome;
    const trouble = troubleOf(state);
    if (outcome.result === 'failed') {
      const reason = outcome.reason ?? trouble;
      return reason === undefined ? outcome : { ...outcome, reason };
    }
    if (outcome.result !== 'sent') return outcome;
    if (trouble !== undefined) return { result: 'failed', reason: trouble };
    const isOpen = what !== 'page' || Number(state.readings.screens) > 0;
    return isOpen ? outcome : { result: 'failed', reason: 'page.not-open' };
  }

  /** Nothing to see: what it says of itself. */
  #looked(device: string): TestAnswer {
    const state = this.options.states.stateOf(device);
    const common = { device, what: 'reading', afterMilliseconds: null } as const;
    if (state === undefined) return { ...common, result: 'passive', reason: 'device.unknown' };
    const { readings, verified } = state;
    const trouble = troubleOf(state);
    if (trouble !== undefined) return { ...common, result: 'failed', reason: trouble, readings };
    if (verified) return { ...common, result: 'confirmed', readings };
    if (this.options.states.proofOf(device) === 'none') return { ...common, result: 'passive', readings };
    return { ...common, result: 'failed', reason: 'device.not-heard', readings };
  }

  /** Resolves once the sign has ended: after `milliseconds`, or earlier. */
  async #held(
    device: string,
    sign: DeviceSign,
    running: Running,
    milliseconds: number,
    blinks: boolean,
  ): Promise<void> {
    const { clock } = this.options;
    const { signal } = running.taken;
    const until = clock.monotonicMilliseconds() + milliseconds;
    let lit = true;
    while (!signal.aborted) {
      const left = until - clock.monotonicMilliseconds();
      if (left <= 0 || !sign.stands()) return running.end();
      await pause(clock, `sign of ${device}`, Math.min(left, beatMilliseconds), signal);
      if (signal.aborted || !blinks || !sign.stands()) continue;
      if (until > clock.monotonicMilliseconds()) {
        lit = !lit;
        void sign.show(lit, signal);
      }
    }
  }
}

const noWords: SignWords = { shown: '', said: '', printed: [] };

/** The cause that brought it down, or its own failure. */
function troubleOf({ cause, status, faults }: DeviceState): string | undefined {
  return cause ?? (status === 'failure' ? faults[0] : undefined);
}

/** Waits, at most until it is taken back. */
function pause(clock: Clock, name: string, milliseconds: number, taken: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer: Timer = clock.after(name, milliseconds, () => {
      taken.removeEventListener('abort', stop);
      resolve();
    });
    const stop = () => {
      timer.cancel();
      resolve();
    };
    taken.addEventListener('abort', stop, { once: true });
  });
}
