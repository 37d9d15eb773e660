/**
 * An ADS1115 on I2C as a bus of analogue inputs: one conversion after the other, only of inputs that somebody wants and
 * only as often as that.
 */
import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import { type Ads1115Input, type Ads1115Result, ads1115Addresses } from '../protocols/ads1115.js';
import type { AnalogBus, AnalogEvents, AnalogRequest } from '../transports/ports-analog.js';
import type { WireState } from '../transports/ports-bus.js';
import type { I2cBus } from '../transports/ports-i2c.js';
import { Ads1115Conversions, type AdsOptions } from './ads1115-conversion.js';
import { ChipSearch, wireLost } from './chip-search.js';

const inputs: readonly Ads1115Input[] = ['0', '1', '2', '3'];
/** Failed conversions in a row until the chip counts as lost. */
const failedConversions = 3;
/** After a failed conversion the next is tried at least this soon. */
const doubtMilliseconds = 500;
const firstPauseMilliseconds = 200;
const longestPauseMilliseconds = 2_000;
/**
 * Makes the one owner of the converter at `address`; looks at once whether it is there.
 *
 * Every result is read twice, for the chip has no checksum, and taken only where the config register reads as it was
 * written: otherwise `analog.wrong-chip` (garbled). A chip that fails three times in a row is lost: `wire.absent` where
 * nothing answers (with the address where something does, as `expanderChip`), `wire.lost` with its bus. While it is, it
 * is looked for after 0.2 s to 2 s.
 *
 * @param random for the pauses, 0 (inclusive) to 1 (exclusive)
 */
export function adsAnalogBus(
  name: string,
  i2c: I2cBus,
  options: AdsOptions,
  clock: Clock,
  random: () => number = Math.random,
): AnalogBus {
  return new AdsBus(name, i2c, options, clock, random);
}

/** Somebody who wants a channel. */
interface Want {
  readonly request: AnalogRequest;
  readonly events: AnalogEvents;
  /** Code of the loss that was told last. */
  told: string | undefined;
}

class AdsBus implements AnalogBus {
  readonly type = 'analog';
  state: WireState = 'opening';
  lostBecause: HallwardError | undefined;
  sent = 0;
  readonly #changed = new Listeners<[]>();
  readonly #wants = new Set<Want>();
  /** When each channel that is wanted is due; monotonic. */
  readonly #due = new Map<number, number>();
  readonly #conversions: Ads1115Conversions;
  readonly #search: ChipSearch;
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #working = false;
  #failures = 0;

  constructor(
    readonly name: string,
    private readonly i2c: I2cBus,
    options: AdsOptions,
    private readonly clock: Clock,
    random: () => number,
  ) {
    this.#conversions = new Ads1115Conversions(name, i2c, options, clock);
    this.#search = new ChipSearch(i2c, 'ADS1115', options.address, ads1115Addresses);
    this.#backoff = new Backoff({
      firstMilliseconds: firstPauseMilliseconds,
      maximumMilliseconds: longestPauseMilliseconds,
      random,
    });
    this.#work(() => this.#probe());
  }

  onChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  sample(request: AnalogRequest, events: AnalogEvents): () => void {
    const want: Want = { request, events, told: undefined };
    const problem = this.#problem(request.channel);
    if (problem !== undefined) {
      queueMicrotask(() => events.lost(problem));
      return () => {};
    }
    this.#wants.add(want);
    const { channel } = request;
    this.#due.set(channel, Math.min(this.#due.get(channel) ?? Number.POSITIVE_INFINITY, this.#now));
    queueMicrotask(() => {
      if (this.state === 'lost' && this.lostBecause !== undefined) this.#tellLost(want, this.lostBecause);
    });
    if (this.state === 'open') this.#next();
    return () => {
      this.#wants.delete(want);
      if (!this.#isWanted(channel)) this.#due.delete(channel);
      if (this.state === 'open') this.#next();
    };
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.#timer?.cancel();
    this.#wants.clear();
    this.#due.clear();
    this.#become('closed', undefined);
  }

  #problem(channel: number): HallwardError | undefined {
    if (this.state === 'closed')
      return new HallwardError('bus.closed', 'cancelled', `${this.name} is closed`);
    if (inputs[channel] !== undefined) return undefined;
    const text = `an ADS1115 has no input ${channel}, only 0 to ${inputs.length - 1}`;
    return new HallwardError('analog.channel-unknown', 'usage', text, { channel });
  }

  get #now(): number {
    return this.clock.monotonicMilliseconds();
  }

  #isWanted(channel: number): boolean {
    return [...this.#wants].some(({ request }) => request.channel === channel);
  }

  /** Does one thing at a time with the chip. */
  #work(task: () => Promise<void>): void {
    this.#timer?.cancel();
    if (this.#working || this.state === 'closed') return;
    this.#working = true;
    void task()
      .catch((thrown: unknown) => this.#failed(asHallwardError(thrown, 'analog.failed')))
      .finally(() => {
        this.#working = false;
        this.#next();
      });
  }

  /** What is to be done next, and when. */
  #next(): void {
    if (this.#working || this.state === 'closed') return;
    this.#timer?.cancel();
    if (this.state !== 'open') {
      this.#timer = this.clock.after(`${this.name}: look for the chip`, this.#backoff.next(), () =>
        this.#work(() => this.#probe()),
      );
      return;
    }
    const [first] = [...this.#due].sort(([, one], [, other]) => one - other);
    if (first === undefined) return;
    const [channel, at] = first;
    this.#timer = this.clock.after(`${this.name}: input ${channel}`, Math.max(0, at - this.#now), () =>
      this.#work(() => this.#measure(channel)),
    );
  }

  /** Looks whether it is there; where somebody waits for an input, by a conversion of that. */
  async #probe(): Promise<void> {
    const [channel] = this.#due.keys();
    if (channel === undefined) await this.#conversions.look();
    else await this.#convert(channel);
    this.#answered();
    this.#backoff.reset();
    for (const wanted of this.#due.keys()) this.#due.set(wanted, this.#now);
    this.#become('open', undefined);
  }

  async #measure(channel: number): Promise<void> {
    const began = this.#now;
    const every = Math.min(
      ...[...this.#wants].flatMap(({ request }) =>
        request.channel === channel ? [request.everyMilliseconds] : [],
      ),
    );
    const later = (pause: number) => {
      if (this.#isWanted(channel)) this.#due.set(channel, began + pause);
    };
    later(Math.min(every, doubtMilliseconds)); // where it fails
    const { volts, fraction } = await this.#convert(channel);
    later(every);
    this.#answered();
    const at = this.#now;
    for (const want of [...this.#wants]) {
      if (want.request.channel !== channel || !this.#wants.has(want)) continue;
      want.told = undefined;
      want.events.value(volts, fraction, at);
    }
  }

  #convert(channel: number): Promise<Ads1115Result> {
    this.sent++;
    return this.#conversions.convert(inputs[channel] ?? '0');
  }

  #answered(): void {
    this.#failures = 0;
    this.#search.found();
  }

  async #failed(error: HallwardError): Promise<void> {
    if (this.state === 'closed') return;
    if (this.i2c.state !== 'open') {
      this.#lose(wireLost(this.i2c, error));
      return;
    }
    this.#failures++;
    const isOver = this.#failures >= failedConversions;
    if (!isOver && this.state === 'open') return;
    if (error.code !== 'i2c.no-answer') this.#lose(error);
    else this.#lose(isOver ? await this.#search.search(error) : this.#search.missing(error));
  }

  #lose(error: HallwardError): void {
    this.#become('lost', error);
    for (const want of [...this.#wants]) this.#tellLost(want, error);
  }

  #tellLost(want: Want, error: HallwardError): void {
    if (want.told === error.code || !this.#wants.has(want)) return;
    want.told = error.code;
    want.events.lost(error);
  }

  #become(state: WireState, because: HallwardError | undefined): void {
    if (this.state === 'closed') return;
    const told = state !== this.state || because?.message !== this.lostBecause?.message;
    this.state = state;
    this.lostBecause = because;
    if (told) this.#changed.tell();
  }
}
