/** The ticket printers of the hall, and which of them a ticket goes to. */
import type { PrintsTickets } from '../devices/capabilities.js';

export class Printers {
  readonly #printers = new Map<string, PrintsTickets>();

  /**
   * A printer joins. Returns the function that takes it away.
   * @param changed told when it may be able to print (again)
   */
  add(device: string, printer: PrintsTickets, changed: () => void): () => void {
    this.#printers.set(device, printer);
    const stop = printer.onReadiness(changed);
    return () => {
      stop();
      if (this.#printers.get(device) === printer) this.#printers.delete(device);
    };
  }

  get(device: string): PrintsTickets | undefined {
    return this.#printers.get(device);
  }

  get all(): readonly (readonly [device: string, PrintsTickets])[] {
    return [...this.#printers];
  }

  get size(): number {
    return this.#printers.size;
  }

  /**
   * The printer to take, or `undefined` where none can print: the near one before the others, one that says that it
   * can before one that says nothing.
   * @param at name of a printer, or the place where the visitor stands
   * @param tried printers that have failed this ticket just now
   */
  choose(
    at: string | null,
    tried: ReadonlySet<string>,
  ): readonly [device: string, PrintsTickets] | undefined {
    const able = [...this.#printers].filter(
      ([device, printer]) => printer.readiness !== 'unable' && !tried.has(device),
    );
    const isNear = ([device, printer]: readonly [string, PrintsTickets]) =>
      at !== null && (device === at || printer.place === at);
    const isReady = ([, printer]: readonly [string, PrintsTickets]) => printer.readiness === 'ready';
    return (
      able.find((one) => isNear(one) && isReady(one)) ?? able.find(isReady) ?? able.find(isNear) ?? able[0]
    );
  }
}
