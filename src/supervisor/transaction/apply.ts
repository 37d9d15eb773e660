/** Applying a document: the steps of the plan, the gate, and the way back. */
import type { Clock } from '../../kernel/clock.js';
import type { Log } from '../../kernel/log.js';
import { within } from '../../kernel/within.js';
import { hashOf } from '../config/hash.js';
import type { Problem } from '../config/problems.js';
import type { Configuration } from '../config/schema.js';
import { planChange, type Step } from '../plan.js';
import { type GateOptions, isServed, knowDevices, passGate, type Worked, works } from './gate.js';
import type { Running } from './running.js';

export interface ApplyOptions extends GateOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly execute: (step: Step, configuration: Configuration) => Promise<void> | void;
  /** All steps of a plan were taken. */
  readonly stepsTaken: () => void;
}

const progressMilliseconds = 250;
/** What hangs in a driver or in the kernel for longer is left behind: the next step, or the way back, must come. */
const stepMilliseconds = 10_000;
/** After a start every device has shown by then whether it works. */
const knownMilliseconds = 10_000;

export class Apply {
  readonly #startedAt: number;

  constructor(private readonly options: ApplyOptions) {
    this.#startedAt = options.clock.monotonicMilliseconds();
  }

  /**
   * From one document to another. The plan is not empty.
   * @param begin makes `to` what runs, once it is known what works now
   * @param progress told of the steps done, of all, the gate being the last
   * @returns what is not as it was: empty where all is well, `undefined` where the wait was ended
   */
  async change(
    from: Running,
    to: Running,
    begin: () => void,
    progress: (done: number, of: number) => void,
  ): Promise<readonly Problem[] | undefined> {
    const { hub, signal } = this.options;
    const { steps, devices } = planChange(from.configuration, to.configuration);
    const touched = Object.keys(devices).filter((device) => devices[device] === 'restarted');
    await knowDevices(touched, this.#startedAt + knownMilliseconds, this.options);
    if (signal.aborted) return undefined;
    const worked = this.#worked(touched, from.configuration, movedPages(touched, from, to));
    const wasConnected = hub.connected;
    const of = steps.length + 1;
    progress(0, of);
    begin();
    const failed = await this.take(steps, to.configuration, (done) => progress(done, of));
    if (failed.length > 0) return failed;
    const hasHub = to.configuration.hub !== undefined;
    const isOtherHub = steps.some((step) => step.do === 'use-hub');
    const asked = !hasHub ? 'none' : isOtherHub ? 'changed' : wasConnected ? 'same' : 'none';
    return passGate({ devices: worked, hub: asked }, this.options);
  }

  /** Takes steps; gives the problems of those that failed. */
  async take(
    steps: readonly Step[],
    configuration: Configuration,
    progress: (done: number) => void = () => {},
  ): Promise<readonly Problem[]> {
    const { clock, log, execute, stepsTaken, signal } = this.options;
    const problems: Problem[] = [];
    let toldAt = clock.monotonicMilliseconds();
    for (const [at, step] of steps.entries()) {
      if (signal.aborted) break;
      try {
        await this.#inTime(() => execute(step, configuration));
      } catch (error) {
        log.error({ err: error, step }, 'a step of the configuration failed');
        const message = error instanceof Error ? error.message : String(error);
        problems.push({ path: 'name' in step ? step.name : step.do, message });
      }
      if (clock.monotonicMilliseconds() - toldAt < progressMilliseconds) continue;
      toldAt = clock.monotonicMilliseconds();
      progress(at + 1);
    }
    stepsTaken();
    return problems;
  }

  /** As `run`, but rejects where that takes too long. */
  async #inTime(run: () => Promise<void> | void): Promise<void> {
    const done = (async () => {
      await run();
      return true;
    })();
    if ((await within(this.options.clock, 'a step of the configuration', stepMilliseconds, done)) !== true) {
      throw new Error(`not done within ${stepMilliseconds / 1000} s`);
    }
  }

  /** Those that work now. */
  #worked(
    devices: readonly string[],
    { devices: configured }: Configuration,
    movedDevices: ReadonlySet<string>,
  ): ReadonlyMap<string, Worked> {
    const worked = new Map<string, Worked>();
    for (const device of devices) {
      const state = this.options.stateOf(device);
      const moved = movedDevices.has(device);
      if (state === undefined || !(moved ? isServed(state) : works(state))) continue;
      const isOfParts = Object.keys(configured[device]?.parts ?? {}).length > 1;
      const known = Object.keys(state.readings).filter((name) => state.readings[name] !== null);
      worked.set(device, { verified: state.verified, moved, readings: isOfParts ? known : [] });
    }
    return worked;
  }
}

/** Pages that their screens have to be opened anew for: the server is another one, or the token. */
function movedPages(devices: readonly string[], from: Running, to: Running): ReadonlySet<string> {
  const served = ({ configuration }: Running, device: string) => {
    const entry = configuration.devices[device];
    const server = configuration.buses[entry?.bus ?? ''];
    return server?.type === 'page' ? hashOf({ server, tokenFile: entry?.tokenFile ?? null }) : undefined;
  };
  return new Set(
    devices.filter((device) => {
      const now = served(to, device);
      return now !== undefined && now !== served(from, device);
    }),
  );
}
