/**
 * Gas sensors of Sensirion that smell volatile organic compounds: SGP40, and SGP41 which also measures nitrogen oxides.
 * Sources: data sheets "SGP40" version 1.2 (section 4) and "SGP41" version 1.0 (section 3). The feature set, which the
 * data sheets leave out, as Sensirion's and ESPHome's drivers read it.
 */
import { HallwardError } from '../kernel/errors.js';
import { type ChipRequest, readWords, sensirionCommand, wordsLength, wordsText } from './sensirion.js';
import type { AirValues } from './sht.js';

export const sgp4xAddress = 0x59;

export type SgpModel = 'SGP40' | 'SGP41';

export const sgpSerial: ChipRequest = {
  write: sensirionCommand(0x3682),
  waitMilliseconds: 1,
  readLength: wordsLength(3),
};

export const sgpFeatureSet: ChipRequest = {
  write: sensirionCommand(0x202f),
  waitMilliseconds: 2,
  readLength: wordsLength(1),
};

export const sgpSelfTest: ChipRequest = {
  write: sensirionCommand(0x280e),
  waitMilliseconds: 330,
  readLength: wordsLength(1),
};

/** The heater off, which ends conditioning too; the next measurement switches it on again. */
export const sgpHeaterOff: ChipRequest = {
  write: sensirionCommand(0x3615),
  waitMilliseconds: 1,
  readLength: 0,
};

/** What the chip assumes of the air where nothing is known of it. */
export const usualAir: AirValues = { temperatureCelsius: 25, humidityPercent: 50 };

/** An SGP41 is conditioned after power-on for no longer than this, or its nitrogen oxide pixel suffers. */
export const conditioningMilliseconds = 10_000;

/** One raw measurement, compensated for the air's temperature and humidity. */
export function sgpMeasure(model: SgpModel, air: AirValues = usualAir): ChipRequest {
  return model === 'SGP40'
    ? { write: sensirionCommand(0x260f, airTicks(air)), waitMilliseconds: 32, readLength: wordsLength(1) }
    : { write: sensirionCommand(0x2619, airTicks(air)), waitMilliseconds: 55, readLength: wordsLength(2) };
}

/** Instead of a measurement, during the first seconds of an SGP41; answers as an SGP40 does. */
export function sgpCondition(air: AirValues = usualAir): ChipRequest {
  return { write: sensirionCommand(0x2612, airTicks(air)), waitMilliseconds: 55, readLength: wordsLength(1) };
}

/** Humidity and temperature as the chip wants them; what is out of its range is cut. */
export function airTicks({ temperatureCelsius, humidityPercent }: AirValues): readonly [number, number] {
  return [cut((humidityPercent * 65_535) / 100), cut(((temperatureCelsius + 45) * 65_535) / 175)];
}

const cut = (ticks: number) => Math.min(65_535, Math.max(0, Math.round(ticks)));

/** @throws `sensor.checksum`, `sensor.short` */
export function readSgpSerial(answer: Uint8Array): string {
  return wordsText(readWords(answer, 3));
}

/**
 * Which one it is; `null` for a chip that is neither.
 * @throws `sensor.checksum`, `sensor.short`
 */
export function readSgpModel(answer: Uint8Array): SgpModel | null {
  const [features = 0] = readWords(answer, 1);
  // The upper bits are the product's version and reserved.
  const type = features & 0x1ff;
  return type === 0x20 ? 'SGP40' : type === 0x40 ? 'SGP41' : null;
}

/**
 * Whether hotplate and sensing layers are well: D400 from an SGP40; of an SGP41 only the two lowest bits count, one for
 * each layer. 4B00 is a fault of either.
 * @throws `sensor.checksum`, `sensor.short`
 */
export function readSgpSelfTest(model: SgpModel, answer: Uint8Array): { passed: boolean; word: string } {
  const [result = 0] = readWords(answer, 1);
  const passed = model === 'SGP40' ? result === 0xd400 : result !== 0x4b00 && (result & 0x3) === 0;
  return { passed, word: wordsText([result]) };
}

/**
 * The raw signal of organic compounds: the lower, the more there is.
 * @param words 1, or 2 from an SGP41 that measures
 * @throws `sensor.checksum`, `sensor.short`, `sensor.out-of-range` (all garbled)
 */
export function readSgpRaw(answer: Uint8Array): number {
  const [raw = 0] = readWords(answer, answer.length > wordsLength(1) ? 2 : 1);
  if (raw === 0 || raw >= impossibleRaw) {
    const text = `a raw signal of ${raw} is impossible: the sensing layer or its heater is broken`;
    throw new HallwardError('sensor.out-of-range', 'garbled', text, { raw });
  }
  return raw;
}

/** Sensirion's algorithm leaves out everything from here up, too. */
const impossibleRaw = 65_000;
