/** Lamps and buzzers that say that faults stand: new ones differ from those that somebody has acknowledged. */
import type { Signals } from '../devices/capabilities.js';
import type { FaultBook } from './fault-book.js';

export class SignalDesk {
  readonly #signals = new Map<string, Signals>();

  constructor(private readonly faults: Pick<FaultBook, 'standing' | 'onChange'>) {
    faults.onChange(() => {
      for (const signals of this.#signals.values()) this.#look(signals);
    });
  }

  /** A signal joins and shows what is true now. Returns the function that takes it away. */
  add(device: string, signals: Signals): () => void {
    this.#signals.set(device, signals);
    this.#look(signals);
    return () => {
      if (this.#signals.get(device) === signals) this.#signals.delete(device);
    };
  }

  #look(signals: Signals): void {
    const meant = this.faults
      .standing()
      .map(({ standing }) => standing.state)
      .filter(({ device, code }) => isMeant(signals, device, code));
    if (meant.length === 0) signals.show('off');
    else signals.show(meant.every((fault) => fault.acknowledged !== null) ? 'acknowledged' : 'new');
  }
}

function isMeant({ faults, devices }: Signals, device: string, code: string): boolean {
  if (devices.length > 0 && !devices.includes(device)) return false;
  return faults.some((wanted) =>
    wanted.endsWith('*') ? code.startsWith(wanted.slice(0, -1)) : code === wanted,
  );
}
