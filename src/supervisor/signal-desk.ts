/**
 * Lamps and buzzers that say that faults stand: new ones differ from those that somebody has acknowledged. Those that
 * somebody has put aside for a while call nobody.
 */
import type { Signals } from '../devices/capabilities.js';
import type { FaultBook } from './fault-book.js';
import { isAcknowledged, isShelved } from './shelf.js';

export class SignalDesk {
  readonly #signals = new Map<string, Signals>();
  /** What a test has them show instead: on or off. */
  readonly #signs = new Map<string, boolean>();

  constructor(private readonly faults: Pick<FaultBook, 'standing' | 'onChange'>) {
    faults.onChange(() => {
      for (const [device, signals] of this.#signals) this.#look(device, signals);
    });
  }

  /** A signal joins and shows what is true now. Returns the function that takes it away. */
  add(device: string, signals: Signals): () => void {
    this.#signals.set(device, signals);
    this.#look(device, signals);
    return () => {
      if (this.#signals.get(device) === signals) this.#signals.delete(device);
    };
  }

  /** Has one go on or off whatever stands, so that a person sees or hears it; `null`: it shows what is true again. */
  sign(device: string, lit: boolean | null): void {
    if (lit === null) this.#signs.delete(device);
    else this.#signs.set(device, lit);
    const signals = this.#signals.get(device);
    if (signals !== undefined) this.#look(device, signals);
  }

  #look(device: string, signals: Signals): void {
    const sign = this.#signs.get(device);
    if (sign !== undefined) {
      signals.show(sign ? 'new' : 'off');
      return;
    }
    const meant = this.faults
      .standing()
      .map(({ standing }) => standing.state)
      .filter((fault) => isMeant(signals, fault.device, fault.code) && !isShelved(fault));
    if (meant.length === 0) signals.show('off');
    else signals.show(meant.every(isAcknowledged) ? 'acknowledged' : 'new');
  }
}

function isMeant({ faults, devices }: Signals, device: string, code: string): boolean {
  if (devices.length > 0 && !devices.includes(device)) return false;
  return faults.some((wanted) =>
    wanted.endsWith('*') ? code.startsWith(wanted.slice(0, -1)) : code === wanted,
  );
}
