/**
 * Ammonia by an electrochemical cell with a linear transmitter on an analogue input: 0.4 to 2.0 V, or 4 to 20 mA over a
 * shunt (100 Ω: 0.4 to 2.0 V). It gives a concentration, told in steps of what the cell can tell apart.
 * Sources: NAMUR NE 43 (what a transmitter's current beyond its ends means); data sheets of such cells (Winsen ME3-NH3,
 * Membrapor NH3/MR-100) for range and resolution.
 */
import * as v from 'valibot';
import { HallwardError } from '../../kernel/errors.js';
import type { PartConfig, ProtocolDeclaration } from '../kind.js';
import { analogProtocol, sampledPart, type Voltage } from './analog-part.js';
import { FadingAverage, judgedVoltage } from './judged-voltage.js';
import type { Part, PartContext, PartEvents } from './part.js';
import type { Smell } from './smell.js';

const everyMilliseconds = 1_000;
const averageMilliseconds = 10_000;
/** Further below zero than this share of the span is no drift of the zero, but a broken wire. */
const brokenShare = -0.1;
/** NE 43: 21 mA and more is a failure, 20 mA the end of the range. */
const overShare = 1.06;

const volts = (text: string) => v.pipe(v.number(), v.minValue(0), v.maxValue(24), v.description(text));
const partsPerMillion = (text: string) =>
  v.pipe(v.number(), v.minValue(0.001), v.maxValue(5_000), v.description(text));

export const ammoniaCellProtocol: ProtocolDeclaration = analogProtocol(
  {
    'zh-CN': '电化学氨气传感器，线性变送器（如 0.4–2.0 V，或 4–20 mA 加采样电阻）',
    en: 'Electrochemical ammonia cell with a linear transmitter (0.4 to 2.0 V, or 4 to 20 mA over a shunt)',
  },
  {
    zeroVolts: v.optional(volts('Voltage at 0 ppm'), 0.4),
    spanVolts: v.optional(volts('Voltage at the end of the range'), 2),
    spanPartsPerMillion: partsPerMillion(
      'The end of the range, as it stands on the transmitter: 10, 50, 100',
    ),
    resolutionPartsPerMillion: v.optional(
      partsPerMillion('What the cell can tell apart, by its data sheet; readings are rounded to it'),
      1,
    ),
    doublePartsPerMillion: v.optional(
      partsPerMillion('What counts as twice as bad as clean air (index 200); 5 can be smelled by everybody'),
      5,
    ),
  },
);

const optionsSchema = v.object({
  zeroVolts: v.number(),
  spanVolts: v.number(),
  spanPartsPerMillion: v.number(),
  resolutionPartsPerMillion: v.number(),
  doublePartsPerMillion: v.number(),
});

/** What the options mean together. */
export function ammoniaCellProblems(config: PartConfig): { path: string[]; message: string }[] {
  const { zeroVolts, spanVolts, spanPartsPerMillion, resolutionPartsPerMillion } = v.parse(
    optionsSchema,
    config,
  );
  const problems: { path: string[]; message: string }[] = [];
  if (spanVolts <= zeroVolts) {
    const message = `found ${spanVolts}, expected more than zeroVolts (${zeroVolts})`;
    problems.push({ path: ['spanVolts'], message });
  }
  if (resolutionPartsPerMillion > spanPartsPerMillion) {
    const message = `found ${resolutionPartsPerMillion}, expected less than the whole range (${spanPartsPerMillion})`;
    problems.push({ path: ['resolutionPartsPerMillion'], message });
  }
  return problems;
}

export function ammoniaCell(config: PartConfig, context: PartContext, events: PartEvents<Smell>): Part {
  const options = v.parse(optionsSchema, config);
  const { zeroVolts, spanVolts, spanPartsPerMillion, resolutionPartsPerMillion } = options;
  const average = new FadingAverage(averageMilliseconds);

  /** @throws `sensor.broken-wire`, `sensor.out-of-range` (garbled) */
  const read = ({ volts: measured, fraction }: Voltage, at: number): Smell => {
    const share = (measured - zeroVolts) / (spanVolts - zeroVolts);
    const evidence = { volts: measured, zeroVolts, spanVolts };
    if (!(share >= brokenShare)) {
      const text = `${measured.toFixed(3)} V is far below zero: broken wire, no supply, or the cell is used up`;
      throw new HallwardError('sensor.broken-wire', 'garbled', text, evidence);
    }
    if (share > overShare || fraction >= 1) {
      const text = `${measured.toFixed(2)} V is beyond the range of ${spanPartsPerMillion} ppm: very much ammonia, or a transmitter that reports its own fault`;
      throw new HallwardError('sensor.out-of-range', 'garbled', text, evidence);
    }
    const concentration = average.take(Math.max(0, share) * spanPartsPerMillion, at);
    return {
      smellIndex: Math.min(500, Math.round(100 * (1 + concentration / options.doublePartsPerMillion))),
      ammoniaPartsPerMillion: rounded(concentration, resolutionPartsPerMillion),
      learned: null,
    };
  };
  return sampledPart(
    config,
    everyMilliseconds,
    context,
    judgedVoltage(read, {
      values: (values, at) => events.values(values, at),
      unknown(error) {
        average.forget();
        events.unknown(error);
      },
      crashed: (error) => events.crashed(error),
    }),
  );
}

/** To whole steps, without the digits that binary fractions leave behind: 0.3, not 0.30000000000000004. */
function rounded(value: number, step: number): number {
  return Number((Math.round(value / step) * step).toPrecision(6));
}
