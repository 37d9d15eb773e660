import type { HallwardError } from '../../kernel/errors.js';
import type { PrinterPicture } from '../../protocols/printer-picture.js';
import type { BusBase } from '../../transports/ports.js';
import type { Device, DeviceContext } from '../kind.js';
import { failedLooks } from '../parts/part.js';
import { PolledPart } from '../parts/polled-part.js';
import { watchedPrinterFaults } from '../printer-faults.js';
import { StandingFaults } from '../standing-faults.js';
import { SupplyBook, type SupplyBookOptions } from '../supplies/supply-book.js';
import { faultsOfPicture } from './picture-faults.js';
import { readingsOf, unknownReadings } from './printer-readings.js';

interface PictureWatchOptions extends SupplyBookOptions {
  readonly pollMilliseconds: number;
}

/** A printer that gives a whole picture of itself at each look: over SNMP, over IPP. */
export class PictureWatch implements Device {
  readonly capabilities;
  readonly #book: SupplyBook;
  readonly #faults: StandingFaults;
  readonly #polled: PolledPart<PrinterPicture>;
  /** An earlier life of the device may have raised it. */
  #saidGarbled = true;
  /** Names that the options watch have been looked for. */
  #compared = false;

  constructor(
    private readonly options: PictureWatchOptions,
    private readonly context: DeviceContext,
    bus: BusBase,
    look: () => Promise<PrinterPicture>,
  ) {
    const { reports } = context;
    this.#book = new SupplyBook(options, context);
    this.#faults = new StandingFaults(reports, watchedPrinterFaults);
    this.capabilities = {
      maintained: { supplyReplaced: (supply: string | null) => this.#book.replaced(supply) },
    };
    const guarded = (run: () => void): void => {
      try {
        run();
      } catch (error) {
        reports.crashed(error);
      }
    };
    this.#polled = new PolledPart(
      context,
      bus,
      options.pollMilliseconds,
      { look },
      {
        values: (picture) => guarded(() => this.#seen(picture)),
        unknown: (error) => guarded(() => this.#unknown(error, bus)),
        crashed: (error) => reports.crashed(error),
      },
    );
  }

  start(): void {
    this.#polled.start();
  }

  async stop(): Promise<void> {
    this.#polled.stop();
  }

  #seen(picture: PrinterPicture): void {
    const { reports, language } = this.context;
    reports.alive();
    this.#garbled(null);
    const supplies = this.#book.look(picture.supplies);
    const watched = { ...picture, supplies, watchesAll: this.options.supplies === 'all' };
    const faults = faultsOfPicture(watched);
    reports.readings(readingsOf(watched, faults, language));
    this.#faults.become(faults);
    this.#compareNames(picture);
  }

  /** Three looks in a row gave nothing; or the bus is lost, which has a fault of its own. */
  #unknown(error: HallwardError, bus: BusBase): void {
    const { reports } = this.context;
    reports.readings(unknownReadings);
    this.#faults.become(new Map());
    const isBus = bus.state !== 'open';
    const isGarbled = !isBus && error.kind === 'garbled';
    this.#garbled(isGarbled ? error : null);
    if (isBus || isGarbled) {
      // Whose fault it is has become clear: the bus's, or that of what it says.
      reports.clear('device.unresponsive');
      return;
    }
    const { evidence, message, code } = error;
    reports.silent({ ...evidence, polls: failedLooks, reason: message, code });
  }

  #garbled(error: HallwardError | null): void {
    const { reports } = this.context;
    if (error !== null) {
      reports.raise('device.bad-reading', { ...error.evidence, reason: error.message, code: error.code });
    } else if (this.#saidGarbled) {
      reports.clear('device.bad-reading');
    }
    this.#saidGarbled = error !== null;
  }

  /** A name that the printer does not have watches nothing. */
  #compareNames({ supplies }: PrinterPicture): void {
    const { supplies: wanted } = this.options;
    if (this.#compared || wanted === 'all' || supplies.length === 0) return;
    this.#compared = true;
    const names = supplies.map(({ name }) => name);
    const missing = wanted.filter((name) => !names.includes(name));
    if (missing.length > 0)
      this.context.log.warn({ missing, names }, 'the printer has no supplies of these names');
  }
}
