/**
 * Temperature and humidity sensors of Sensirion: SHT3x (SHT30, SHT31, SHT35) and SHT4x (SHT40, SHT41, SHT43, SHT45).
 * Sources: data sheets "SHT3x-DIS" version 7 (tables 4 to 18) and "SHT4x" version 6.5 (table 8, section 4.6).
 */
import { HallwardError } from '../kernel/errors.js';
import { type ChipRequest, readWords, sensirionCommand, wordsLength, wordsText } from './sensirion.js';

export interface AirValues {
  readonly temperatureCelsius: number;
  /** Relative, 0 to 100. */
  readonly humidityPercent: number;
}

export interface ShtFamily {
  readonly name: 'SHT3x' | 'SHT4x';
  readonly addresses: readonly number[];
  /** What only a chip of this family answers in its own way. */
  readonly identify: ChipRequest;
  /** Ends whatever it was set to before (heater, periodic measuring). */
  readonly reset: ChipRequest;
  /** One measurement with the highest repeatability. */
  readonly measure: ChipRequest;
  /**
   * Its serial number, or its status where it may have none.
   * @throws `sensor.checksum`, `sensor.short`
   */
  readIdentity(answer: Uint8Array): string;
  /**
   * @throws `sensor.checksum`, `sensor.short`, `sensor.out-of-range` (all garbled)
   */
  readMeasurement(answer: Uint8Array): AirValues;
}

const request = (command: number, waitMilliseconds: number, words = 0): ChipRequest => ({
  write: sensirionCommand(command),
  waitMilliseconds,
  readLength: wordsLength(words),
});

/** Measuring takes at most 15.5 ms, at low supply. Not all have a serial number (3682), so the status stands for it. */
export const sht3x: ShtFamily = {
  name: 'SHT3x',
  addresses: [0x44, 0x45],
  identify: request(0xf32d, 1, 1),
  reset: request(0x30a2, 2),
  measure: request(0x2400, 18, 2),
  readIdentity: (answer) => wordsText(readWords(answer, 1)),
  readMeasurement: (answer) => readAir(answer, (ticks) => (100 * ticks) / fullScale),
};

/** Measuring takes at most 8.3 ms. A sealed type has its address by its order number. */
export const sht4x: ShtFamily = {
  name: 'SHT4x',
  addresses: [0x44, 0x45, 0x46],
  identify: request(0x89, 1, 2),
  reset: request(0x94, 2),
  measure: request(0xfd, 10, 2),
  readIdentity: (answer) => wordsText(readWords(answer, 2)),
  readMeasurement: (answer) => readAir(answer, (ticks) => -6 + (125 * ticks) / fullScale),
};

const fullScale = 65_535;
/** What both families are made for. */
const coldest = -40;
const hottest = 125;

function readAir(answer: Uint8Array, humidityOf: (ticks: number) => number): AirValues {
  const [temperatureTicks = 0, humidityTicks = 0] = readWords(answer, 2);
  const temperatureCelsius = -45 + (175 * temperatureTicks) / fullScale;
  if (temperatureCelsius < coldest || temperatureCelsius > hottest) {
    const text = `${temperatureCelsius.toFixed(1)} °C is impossible: the sensor measures ${coldest} to ${hottest}`;
    throw new HallwardError('sensor.out-of-range', 'garbled', text, { temperatureTicks, humidityTicks });
  }
  // Beyond its ends the humidity is noise around dry or wet, as the data sheets say.
  return { temperatureCelsius, humidityPercent: Math.min(100, Math.max(0, humidityOf(humidityTicks))) };
}
