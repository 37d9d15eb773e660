/** The pins of a Firmata board as lines of a chip. */
import { HallwardError } from '../../kernel/errors.js';
import type {
  GpioChip,
  GpioDrive,
  GpioEdges,
  GpioInputs,
  GpioOutputRequest,
  GpioWatch,
} from '../../transports/ports-gpio.js';
import type { BoardPins } from './board-pins.js';

/** What the lines know of the board. */
interface BoardSight {
  readonly address: string;
  /** Throws a `wire.…` error while the board is not ready. */
  pins(): BoardPins;
  /** Resolves when the board is ready, lost for another reason than before, or given up. */
  changed(): Promise<void>;
}

/**
 * Bias: `pull-up` is the board's own. It has nothing that pulls down: an input with `pull-down` or `disabled` is left
 * as it is, and its wiring must pull it.
 */
export function firmataLines(sight: BoardSight): GpioChip {
  let toldMessage: string | undefined;

  /** Each loss is said once; after that there is no answer until something has changed, so that no time is lost. */
  async function probe(): Promise<void> {
    for (;;) {
      try {
        sight.pins();
        toldMessage = undefined;
        return;
      } catch (thrown) {
        const { message } = thrown as HallwardError;
        if (message !== toldMessage) {
          toldMessage = message;
          throw thrown;
        }
        await sight.changed();
      }
    }
  }

  async function watch({ lines, bias, activeLow }: GpioInputs, edges: GpioEdges): Promise<GpioWatch> {
    const pins = sight.pins();
    const numbers = lines.map((line) => pins.pinOf(line));
    let over = false;
    let release = async () => {};
    release = await pins.watch(
      numbers,
      bias,
      (index, high) => {
        const line = lines[index];
        if (!over && line !== undefined) edges.level(line, high !== activeLow);
      },
      (error) => {
        if (over) return;
        over = true;
        void release();
        edges.closed(error);
      },
    );
    return {
      async close() {
        over = true;
        await release();
      },
    };
  }

  async function drive(
    { line, active, activeLow }: GpioOutputRequest,
    closed: (error: HallwardError) => void,
  ): Promise<GpioDrive> {
    const pins = sight.pins();
    let over = false;
    const held = await pins.drive(pins.pinOf(line), active !== activeLow, (error) => {
      if (over) return;
      over = true;
      closed(error);
    });
    return {
      async set(wanted) {
        if (over) throw new HallwardError('gpio.failed', 'refused', `line ${line} was lost`);
        await held.set(wanted !== activeLow);
      },
      async close() {
        if (over) return;
        over = true;
        // Inactive, as far as the board still hears.
        await held.set(activeLow).catch(() => {});
        await held.release();
      },
    };
  }

  return {
    address: sight.address,
    probe,
    present: async () => void sight.pins(),
    watch,
    drive,
  };
}
