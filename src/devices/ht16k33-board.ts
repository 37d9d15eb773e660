/**
 * Window board of LED digits on an HT16K33, an I2C driver that stands on cheap "backpack" boards behind four digits.
 * Source: Holtek, "HT16K33 RAM Mapping 16*8 LED Controller Driver with keyscan", rev. 1.10; see `protocols/ht16k33.ts`.
 *
 * What it shows is read back at each look: that confirms a call, and proves that it lives. What its commands have set
 * (awake, lit, brightness) can't be read, and is lost with its power even where the RAM is not: so it is written again at
 * each look.
 */
import * as v from 'valibot';
import type { Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import {
  type Ht16k33Blink,
  ht16k33Addresses,
  ht16k33Brightness,
  ht16k33Characters,
  ht16k33Layouts,
  ht16k33Ram,
  ht16k33RamLength,
  ht16k33RamStart,
  ht16k33SetUp,
  ht16k33Write,
  readHt16k33,
} from '../protocols/ht16k33.js';
import type { DigitDisplay } from '../protocols/panel-profile.js';
import type { Priority } from '../transports/ports-bus.js';
import type { I2cBus } from '../transports/ports-i2c.js';
import type { BoardView, ShowResult } from './capabilities.js';
import {
  busOf,
  type Device,
  type DeviceConfig,
  type DeviceContext,
  type ProtocolDeclaration,
} from './kind.js';
import { milliseconds } from './options.js';
import { brightnessAt, brightnessOptions } from './text-options.js';
import { WantedDigits } from './wanted-digits.js';

/** After a look that failed the next comes soon: a dead board is found within 3 s. */
const doubtMilliseconds = 100;
/** Failed looks in a row until the board counts as dead. */
const failedLooks = 3;
/** A dead board is tried this often; a try costs a tenth of a millisecond. */
const deadMilliseconds = 1_000;
/** Looks in a row at a board that shows something else just after it was written, until that is a fault. */
const wrongLooks = 3;

const addressWords = 'an address from 0x70 to 0x77';

const optionsSchema = v.object({
  window: v.string(),
  address: v.number(),
  digits: v.number(),
  layout: v.picklist(['backpack', 'plain']),
  pollMilliseconds: v.number(),
});

export const ht16k33Protocol: ProtocolDeclaration = {
  about: {
    'zh-CN': 'HT16K33 I2C 数码管模块，装在控制器旁',
    en: 'LED digits on an HT16K33, on I2C beside the controller',
  },
  buses: ['i2c'],
  proofOfLife: 'answers',
  options: {
    address: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(ht16k33Addresses.first, addressWords),
      v.maxValue(ht16k33Addresses.last, addressWords),
      v.description('I2C address, 0x70 to 0x77'),
    ),
    digits: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8), v.description('How many digits it has')),
      4,
    ),
    layout: v.optional(
      v.pipe(
        v.picklist(['backpack', 'plain']),
        v.description(
          'backpack: four digits with a colon between them (columns 0, 1, 3, 4); plain: one column after the other',
        ),
      ),
      'backpack',
    ),
    ...brightnessOptions,
    pollMilliseconds: milliseconds('How often the board is read back.', 1000, 100, 60_000),
  },
  claims: ({ address }) =>
    typeof address === 'number' ? [{ path: ['address'], text: `address 0x${address.toString(16)}` }] : [],
  problems: (config) => {
    const { digits, layout } = v.parse(optionsSchema, config);
    const most = ht16k33Layouts[layout].length;
    return digits <= most
      ? []
      : [
          {
            path: ['digits'],
            message: `a ${layout} has ${most} digits; found ${digits}; is it layout: plain?`,
          },
        ];
  },
};

/** A window board on an HT16K33: one look after the other, each of which paints where that is needed. */
export class Ht16k33Board implements Device {
  readonly capabilities;
  readonly #options: v.InferOutput<typeof optionsSchema>;
  readonly #bus: I2cBus;
  readonly #wanted: WantedDigits;
  #waiting: ((result: ShowResult) => void) | undefined;
  #timer: Timer | undefined;
  #stopWatching = () => {};
  #stopped = false;
  #looking = false;
  /** Somebody wants another look as soon as the one that is under way has ended. */
  #again = false;
  /** What it should show was not seen on it yet. */
  #unpainted = true;
  #failures = 0;
  #wrong = 0;

  constructor(
    private readonly config: DeviceConfig,
    private readonly context: DeviceContext,
  ) {
    this.#options = v.parse(optionsSchema, config);
    this.#bus = busOf(context, 'i2c');
    const { digits, window } = this.#options;
    const display: DigitDisplay = {
      display: { digits, characters: ht16k33Characters, align: 'right' },
      texts: { closed: '', open: '', paused: '-'.repeat(digits) },
    };
    this.#wanted = new WantedDigits(display, context.reports);
    this.capabilities = { showsTicket: { window, show: (view: BoardView) => this.#show(view) } };
  }

  start(): void {
    let { state } = this.#bus;
    this.#stopWatching = this.#bus.onChange(() => {
      if (state === this.#bus.state) return;
      state = this.#bus.state;
      this.#failures = 0;
      if (state === 'open') this.#lookAfter(0);
      else if (!this.#looking) this.#settle('failed');
    });
    this.#lookAfter(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopWatching();
    this.#timer?.cancel();
    this.#settle('failed');
  }

  /** The newest view counts; an older one that was not seen on the board yet has failed. */
  #show(view: BoardView): Promise<ShowResult> {
    this.#settle('failed');
    if (this.#stopped) return Promise.resolve('failed');
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#unpainted = true;
      this.#wrong = 0;
      if (!this.#wanted.take(view)) this.#settle('failed');
      this.#lookAfter(0);
    });
  }

  /** Tells the waiting caller; with `only`, not a newer one. */
  #settle(result: ShowResult, only = this.#waiting): void {
    if (only === undefined || only !== this.#waiting) return;
    this.#waiting = undefined;
    only(result);
  }

  #lookAfter(pause: number): void {
    this.#timer?.cancel();
    if (this.#stopped) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#timer = this.context.clock.after(`look at ${this.context.name}`, pause, () => {
      this.#look().catch((error: unknown) => this.context.reports.crashed(error));
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#again = false;
    const { clock } = this.context;
    const began = clock.monotonicMilliseconds();
    const waiting = this.#waiting;
    let pause = this.#options.pollMilliseconds;
    try {
      const isRight = await this.#keep(waiting === undefined ? 'poll' : 'call');
      if (this.#stopped) return;
      if (isRight) this.#settle('confirmed', waiting);
      else if (this.#wrong >= wrongLooks) this.#settle('failed', waiting);
      if (!isRight) pause = Math.min(pause, doubtMilliseconds);
    } catch (error) {
      if (!(error instanceof HallwardError) || error.kind === 'usage') throw error;
      if (this.#stopped) return;
      pause = this.#missed(error, pause);
      if (this.#failures === 0 || this.#failures >= failedLooks) this.#settle('failed', waiting);
    } finally {
      this.#looking = false;
    }
    this.#lookAfter(this.#again ? 0 : Math.max(0, began + pause - clock.monotonicMilliseconds()));
  }

  /** Brings the board to what it should show, where it is not. False where it shows something else all the same. */
  async #keep(priority: Priority): Promise<boolean> {
    const { layout, digits } = this.#options;
    const ram = ht16k33Ram(layout, this.#wanted.text);
    // The RAM first: a chip that has just got its power would light up with nonsense.
    const write = () => this.#inOneGo([ht16k33Write(ram), ...this.#setUp()], priority);
    const read = () => this.#inOneGo(this.#setUp(), priority);
    let seen = await (this.#unpainted ? write() : read());
    // Read wrong, or written wrong: both are mended by doing it once more.
    if (!sameBytes(seen, ram)) seen = await write();
    if (this.#stopped || this.#again) return false;
    this.#failures = 0;
    this.context.reports.alive();
    const isRight = sameBytes(seen, ram);
    this.#unpainted = !isRight;
    const shown = readHt16k33(layout, digits, seen);
    this.context.reports.readings({ shown });
    if (isRight) {
      this.#wrong = 0;
      this.#wanted.settle('content');
    } else if (++this.#wrong >= wrongLooks && !this.#wanted.hasComplaint) {
      this.#wanted.complain(
        'content',
        `shows "${shown.trim()}" instead of "${this.#wanted.text.trim()}"; is it an HT16K33?`,
      );
    }
    return isRight;
  }

  /** What wakes the chip and lights it; does nothing to one that is so already. */
  #setUp(): Uint8Array[] {
    const percent = brightnessAt(this.config, this.context.localMinutes());
    return ht16k33SetUp({ blink: this.#blink, brightness: ht16k33Brightness(percent ?? 100) });
  }

  /** A call that no voice says, and a warning, blink. Priority does not: its number would be dark half of the time. */
  get #blink(): Ht16k33Blink {
    const { blink, number, state, over } = this.#wanted.view;
    if (over !== undefined) return over.kind === 'text' && over.urgent === true ? '2Hz' : 'off';
    return blink === true && number !== null && state === 'serving' ? '2Hz' : 'off';
  }

  /** Writes, and reads the RAM after that; all of it waits for the wires together, so that no poll comes in between. */
  async #inOneGo(writes: readonly Uint8Array[], priority: Priority): Promise<Uint8Array> {
    const { address } = this.#options;
    const written = Promise.all(writes.map((write) => this.#bus.transfer({ address, write }, priority)));
    const read = { address, write: ht16k33RamStart, readLength: ht16k33RamLength };
    const [, ram] = await Promise.all([written, this.#bus.transfer(read, priority)]);
    return ram;
  }

  /** A look failed. Gives the pause until the next one. */
  #missed(error: HallwardError, pause: number): number {
    this.#unpainted = true;
    if (this.#bus.state !== 'open') {
      // The wire's fault, and told for the wire; a look is also what finds that it is free again.
      this.#failures = 0;
      this.context.reports.readings({ shown: null });
      return Math.min(pause, deadMilliseconds);
    }
    if (error.kind === 'cancelled') return pause;
    if (++this.#failures < failedLooks) return Math.min(pause, doubtMilliseconds);
    const address = `0x${this.#options.address.toString(16)}`;
    const evidence = { polls: this.#failures, address, reason: error.message, code: error.code };
    this.context.reports.silent(evidence);
    return Math.min(pause, deadMilliseconds);
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
