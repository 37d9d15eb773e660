/**
 * The wait after a configuration was applied: does the hub still acknowledge, and do the devices that were touched work
 * as they did? Ends as soon as all is well, and with what is not after 20 s.
 */
import type { Clock, Timer } from '../../kernel/clock.js';
import { Listeners } from '../../kernel/listeners.js';
import type { DeviceState } from '../../protocols/hub/payloads.js';
import { type Problem, pathOf } from '../config/problems.js';
import { disabledCode } from '../device-states.js';

/** What of the hub the gate asks. */
export interface GateHub {
  readonly connected: boolean;
  /** The broker refuses something that we need there. */
  readonly isRefusing: boolean;
  /** Resolves when the broker has taken a message of ours; rejects where it has not. */
  acknowledged(): Promise<void>;
}

export interface GateOptions {
  readonly clock: Clock;
  readonly stateOf: (device: string) => DeviceState | undefined;
  /** One of its buses has neither been opened yet nor been lost. */
  readonly isOpening: (device: string) => boolean;
  readonly hub: GateHub;
  /** Told when a device's state or the connection has changed. Gives the function that ends it. */
  readonly onChange: (listener: () => void) => () => void;
  /** Ends the wait without a verdict. */
  readonly signal: AbortSignal;
}

/** What is known of a device that worked. */
export interface Worked {
  /** Its life was proven. */
  readonly verified: boolean;
  /** A page that is served at another address, or by another token: its screens do not find it by themselves. */
  readonly moved: boolean;
  /** Readings that were known: of a device of several parts, one that answers does not speak for the others. */
  readonly readings: readonly string[];
}

export interface GateQuestion {
  /** Devices that worked before and were touched. */
  readonly devices: ReadonlyMap<string, Worked>;
  /** `changed`: it must be well for some seconds. `same`: it must acknowledge once. `none`: it did not before. */
  readonly hub: 'changed' | 'same' | 'none';
}

/** docs/contract.md, section 5. */
export const gateMilliseconds = 20_000;
/** A broker that accepts and then refuses does so within this time. */
const hubWellMilliseconds = 5_000;
/** For what tells nothing by itself: the end of a wait, a broker that is asked again. */
const lookMilliseconds = 500;

/** It works: by its own word, by its bus, and as far as it can be known. */
export function works(state: DeviceState | undefined): boolean {
  return state !== undefined && state.status !== 'failure' && state.status !== 'function-check';
}

/** A page is served; whether a screen has it open is not its doing. */
export function isServed(state: DeviceState | undefined): boolean {
  return state !== undefined && state.status !== 'failure' && state.cause === undefined;
}

/**
 * After a start nobody knows yet which devices work. Waits until each of `devices` has shown its life or failed, but not
 * past `until` (monotonic milliseconds).
 */
export async function knowDevices(
  devices: readonly string[],
  until: number,
  options: GateOptions,
): Promise<void> {
  const { clock, stateOf, signal } = options;
  const isUnknown = (device: string) => {
    const state = stateOf(device);
    return state?.status === 'function-check' && !isOutOfService(state);
  };
  while (!signal.aborted && clock.monotonicMilliseconds() < until && devices.some(isUnknown)) {
    await change(options);
  }
}

/** @returns what is not as it was; `undefined` where the wait was ended */
export async function passGate(
  question: GateQuestion,
  options: GateOptions,
): Promise<readonly Problem[] | undefined> {
  const { clock, signal } = options;
  const answered = new Listeners<[]>();
  const hub = new HubTrial(question.hub, options, () => answered.tell());
  const began = clock.monotonicMilliseconds();
  try {
    while (!signal.aborted) {
      const late = clock.monotonicMilliseconds() - began >= gateMilliseconds;
      const wellAgain = [...question.devices].every(([device, before]) => isWhole(device, before, options));
      if (hub.look() && wellAgain) return [];
      if (late) return [...hub.problems(), ...failures(question.devices, options)];
      await change(options, answered);
    }
    return undefined;
  } finally {
    hub.end();
  }
}

/** It works as it did before, as far as that can be known. */
function isBack(device: string, { verified, moved }: Worked, { stateOf, isOpening }: GateOptions): boolean {
  const state = stateOf(device);
  // While its bus is being opened, nothing speaks against a device that never answers.
  if (isOpening(device)) return false;
  return moved ? isServed(state) : works(state) && (state?.verified === true || !verified);
}

/** It is back, and all of it: nothing more need be waited for. */
function isWhole(device: string, before: Worked, options: GateOptions): boolean {
  const state = options.stateOf(device);
  if (isOutOfService(state)) return true;
  return isBack(device, before, options) && before.readings.every((name) => state?.readings[name] !== null);
}

function failures(devices: GateQuestion['devices'], options: GateOptions): Problem[] {
  const problems: Problem[] = [];
  for (const [device, before] of devices) {
    const state = options.stateOf(device);
    if (isBack(device, before, options) || isTheWorlds(state) || isOutOfService(state)) continue;
    const why = state?.cause ?? state?.faults.join(', ');
    const reason = why === undefined || why === '' ? 'it has given no sign of life' : why;
    problems.push({ path: pathOf('devices', device), message: `worked before, and has failed: ${reason}` });
  }
  return problems;
}

/** A printer that says that it is out of paper answers: no configuration took the paper away. */
function isTheWorlds(state: DeviceState | undefined): boolean {
  return (
    state?.verified === true &&
    state.cause === undefined &&
    !state.faults.some((code) => code.startsWith('device.'))
  );
}

/** Somebody has taken it out of service meanwhile. */
function isOutOfService(state: DeviceState | undefined): boolean {
  return state?.faults.includes(disabledCode) === true;
}

/** Something has changed, or may have. */
function change({ clock, onChange, signal }: GateOptions, answered?: Listeners<[]>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      stop();
      stopAnswers?.();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer: Timer = clock.after('look at what was applied', lookMilliseconds, done);
    const stop = onChange(done);
    const stopAnswers = answered?.add(done);
    signal.addEventListener('abort', done);
  });
}

/** Asks the broker until it acknowledges, and watches it for a while where it is another one. */
class HubTrial {
  #asking = false;
  #ended = false;
  #acknowledgedAt: number | undefined;
  #reason = 'no connection';

  constructor(
    private readonly change: GateQuestion['hub'],
    private readonly options: GateOptions,
    private readonly answered: () => void,
  ) {}

  /** True once it has stood the trial. */
  look(): boolean {
    if (this.change === 'none') return true;
    const { hub, clock } = this.options;
    if (!hub.connected) {
      this.#acknowledgedAt = undefined;
      this.#reason = 'no connection';
      return false;
    }
    if (this.#acknowledgedAt === undefined) {
      this.#ask();
      return false;
    }
    if (this.change === 'same') return true;
    if (hub.isRefusing) {
      this.#reason = 'it refuses what this controller needs';
      return false;
    }
    return clock.monotonicMilliseconds() - this.#acknowledgedAt >= hubWellMilliseconds;
  }

  problems(): Problem[] {
    if (this.look()) return [];
    return [{ path: 'hub', message: `the hub does not acknowledge: ${this.#reason}` }];
  }

  end(): void {
    this.#ended = true;
  }

  #ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    const { hub, clock } = this.options;
    hub.acknowledged().then(
      () => {
        this.#asking = false;
        if (this.#ended) return;
        this.#acknowledgedAt = clock.monotonicMilliseconds();
        this.answered();
      },
      (error: unknown) => {
        this.#asking = false;
        this.#reason = error instanceof Error ? error.message : String(error);
      },
    );
  }
}
