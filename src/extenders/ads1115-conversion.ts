/** One conversion of an ADS1115: started, waited for, and read until it can be believed. */
import { formatHex } from '../kernel/bytes.js';
import { type Clock, sleep } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import {
  type Ads1115FullScale,
  type Ads1115Input,
  type Ads1115Rate,
  type Ads1115Result,
  type Ads1115Setup,
  ads1115ConversionMilliseconds,
  ads1115ResultRegister,
  ads1115Start,
  ads1115StateRegister,
  readAds1115,
  readAds1115State,
} from '../protocols/ads1115.js';
import type { I2cBus } from '../transports/ports-i2c.js';
import { hexAddress } from './chip-search.js';

export interface AdsOptions {
  /** 0x48 to 0x4B. */
  readonly address: number;
  /** No input may be above the chip's supply, whatever stands here. */
  readonly fullScaleVolts: Ads1115FullScale;
  readonly samplesPerSecond: Ads1115Rate;
}

/** How often it is looked whether a conversion is done that should be, and how long in between. */
const stateLooks = 5;
const stateMilliseconds = 2;
/** Reads of a result until two in a row are alike. */
const resultReads = 4;

export class Ads1115Conversions {
  constructor(
    private readonly name: string,
    private readonly i2c: I2cBus,
    private readonly options: AdsOptions,
    private readonly clock: Clock,
  ) {}

  /** Resolves where the chip answers. */
  async look(): Promise<void> {
    await this.#read(ads1115StateRegister);
  }

  /** One conversion of one input, from its begin to a result that was read twice alike. */
  async convert(input: Ads1115Input): Promise<Ads1115Result> {
    const { address, fullScaleVolts, samplesPerSecond } = this.options;
    const setup: Ads1115Setup = { input, fullScaleVolts, samplesPerSecond };
    await this.i2c.transfer({ address, write: ads1115Start(setup) }, 'poll');
    await sleep(this.clock, `${this.name}: conversion`, ads1115ConversionMilliseconds(samplesPerSecond));
    await this.#done(setup);
    let last: string | undefined;
    for (let read = 0; read < resultReads; read++) {
      const bytes = await this.#read(ads1115ResultRegister);
      const text = formatHex(bytes);
      if (text === last) return readAds1115(fullScaleVolts, bytes);
      last = text;
    }
    throw new HallwardError('analog.garbled', 'garbled', 'its result reads differently each time', {
      address: hexAddress(address),
    });
  }

  /** Resolves when the chip says that the conversion is done. */
  async #done(setup: Ads1115Setup): Promise<void> {
    const address = hexAddress(this.options.address);
    let strange = 0;
    for (let look = 0; look < stateLooks; look++) {
      const bytes = await this.#read(ads1115StateRegister);
      const state = readAds1115State(setup, bytes);
      if (state === 'done') return;
      if (state === 'other' && ++strange > 1) {
        const [, ...written] = ads1115Start(setup);
        const expected = formatHex(Uint8Array.from(written));
        const text = `the chip at ${address} does not keep what is written to it (${formatHex(bytes)} instead of ${expected}); is it an ADS1115?`;
        throw new HallwardError('analog.wrong-chip', 'garbled', text, {
          address,
          read: formatHex(bytes),
          expected,
        });
      }
      await sleep(this.clock, `${this.name}: conversion`, stateMilliseconds);
    }
    throw new HallwardError('analog.not-done', 'timeout', `the chip at ${address} does not finish`, {
      address,
    });
  }

  #read(register: Uint8Array): Promise<Uint8Array> {
    return this.i2c.transfer({ address: this.options.address, write: register, readLength: 2 }, 'poll');
  }
}
