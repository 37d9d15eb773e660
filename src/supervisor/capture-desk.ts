/**
 * What went over the wires around a fault, for whoever has to find out why. Each wire remembers the last bytes that passed;
 * when a fault begins that they may explain, they are kept as a capture, whose id stands in the fault's evidence. In memory
 * only: a capture ends with the process. On these wires no secret passes.
 */
import { type Clock, rfc3339 } from '../kernel/clock.js';
import { CaptureWriter } from '../protocols/capture.js';
import type { Passed } from './bus-rack.js';
import type { CommandHandlers } from './command-desk.js';
import { refused } from './refused.js';
import type { Raise } from './standing-fault.js';

interface CaptureDeskOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  /** What has passed on a bus lately; `undefined` for one that carries no stream of bytes. */
  readonly passed: (bus: string) => Passed | undefined;
  /** The buses that a device hangs on, that of these parts first. */
  readonly busesOf: (device: string, parts: readonly string[] | undefined) => readonly string[];
}

interface Capture {
  readonly capture: string;
  readonly bus: string;
  /** RFC 3339: when `t` was 0. */
  readonly startedAt: string;
  readonly lines: readonly string[];
}

/** Faults that the bytes on the wire may explain. */
const codes: ReadonlySet<string> = new Set([
  'bus.lost',
  'bus.noisy',
  'device.bad-reading',
  'device.restarting',
  'device.unresponsive',
]);
const mostCaptures = 16;
/** The same fault of the same device is kept once in this time: one that comes and goes would push out the others. */
const againMilliseconds = 10 * 60 * 1000;
/** All lines together; a reply must hold them. */
const mostTextBytes = 48 * 1024;

export class CaptureDesk {
  /** Oldest first. */
  readonly #captures = new Map<string, Capture>();
  readonly #latest = new Map<string, { readonly id: string; readonly atMilliseconds: number }>();

  constructor(private readonly options: CaptureDeskOptions) {}

  /**
   * A fault begins: keeps what has just passed on its wire. Gives the capture's id, which for a fault that came before in
   * the last ten minutes is that of then; `undefined` where there is nothing to keep.
   */
  take({ device, code, parts }: Pick<Raise, 'device' | 'code' | 'parts'>): string | undefined {
    if (!codes.has(code)) return undefined;
    const key = `${device}/${code}`;
    const now = this.options.clock.monotonicMilliseconds();
    const latest = this.#latest.get(key);
    if (latest !== undefined && now - latest.atMilliseconds < againMilliseconds) {
      return this.#captures.has(latest.id) ? latest.id : undefined;
    }
    for (const bus of [device, ...this.options.busesOf(device, parts)]) {
      const passed = this.options.passed(bus);
      if (passed === undefined || passed.moments.length === 0) continue;
      const id = this.options.newId();
      this.#keep(id, bus, passed);
      this.#forgetOld(now);
      this.#latest.set(key, { id, atMilliseconds: now });
      return id;
    }
    return undefined;
  }

  get commands(): Pick<CommandHandlers, 'capture.get'> {
    return {
      'capture.get': ({ capture }) => {
        const kept = this.#captures.get(capture);
        if (kept !== undefined) return { ok: true, result: { ...kept, lines: [...kept.lines] } };
        const message = `There is no capture ${capture}: at most ${mostCaptures} are kept, until a restart.`;
        return refused('capture.unknown', message);
      },
    };
  }

  #keep(id: string, bus: string, { address, options, moments, nowMilliseconds }: Passed): void {
    const first = moments[0]?.t ?? 0;
    const startedAt = rfc3339(this.options.clock.wallMilliseconds() - (nowMilliseconds - first));
    const writer = new CaptureWriter({ bus, address, ...options, startedAt }, mostTextBytes);
    let text = writer.begin();
    for (const moment of moments) text += writer.add({ ...moment, t: moment.t - first });
    this.#captures.set(id, { capture: id, bus, startedAt, lines: text.trimEnd().split('\n') });
    const [oldest] = this.#captures.keys();
    if (this.#captures.size > mostCaptures && oldest !== undefined) this.#captures.delete(oldest);
  }

  #forgetOld(now: number): void {
    for (const [key, { atMilliseconds }] of this.#latest) {
      if (now - atMilliseconds >= againMilliseconds) this.#latest.delete(key);
    }
  }
}
