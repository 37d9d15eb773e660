/**
 * Smell by a heated metal-oxide cell (MQ-135, MQ-137 and their like) on an analogue input.
 *
 * The cell hangs between supply and input, a load resistor between input and ground: what stands at the input grows with
 * what is in the air. It is no measure of any gas: it answers to many, drifts with temperature and age, and differs from
 * piece to piece. So it is only compared with what the same cell says in clean air, and never told as a concentration.
 * Sources: Hanwei data sheets MQ-135 and MQ-137 (circuit, heating of 24 to 48 hours before use).
 */
import * as v from 'valibot';
import { HallwardError } from '../../kernel/errors.js';
import type { PartConfig, ProtocolDeclaration } from '../kind.js';
import { analogProtocol, sampledPart, type Voltage } from './analog-part.js';
import { CleanAirLearner, cleanAirSchema } from './clean-air.js';
import { FrozenGuard } from './frozen-guard.js';
import { FadingAverage, judgedVoltage } from './judged-voltage.js';
import type { Part, PartContext, PartEvents } from './part.js';
import type { Smell, SmellHelp } from './smell.js';

const everyMilliseconds = 1_000;
const averageMilliseconds = 20_000;
/** Also a coarse converter sees the day's warmth in it. */
const frozenMilliseconds = 24 * 3_600_000;
/** Below this share of the supply nothing comes from the cell; above that, nothing can be told apart. */
const lowestShare = 0.002;
const highestShare = 0.98;
const usualIndex = 100;
const highestIndex = 500;
const memoryMilliseconds = 7 * 24 * 3_600_000;

export const relativeSmellProtocol: ProtocolDeclaration = analogProtocol(
  {
    'zh-CN': '加热式气敏元件（MQ-135、MQ-137 等），模拟量输入，只给相对值',
    en: 'Heated gas cell (MQ-135, MQ-137 ...) on an analogue input; relative only',
  },
  {
    supplyVolts: v.optional(
      v.pipe(
        v.number(),
        v.minValue(1),
        v.maxValue(24),
        v.description(
          'Supply of cell and load resistor as the input sees it: 5; with a divider from 5 V to 3.3 V, 3.3',
        ),
      ),
      5,
    ),
    warmUpMinutes: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(1440),
        v.description('Heating after each start until the cell says anything. Minutes, 0 to 1440.'),
      ),
      10,
    ),
    burnInHours: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(96),
        v.description(
          'Heating of a new cell until it is learned from; counted once, over restarts too. Hours, 0 to 96.',
        ),
      ),
      24,
    ),
  },
);

const optionsSchema = v.object({
  supplyVolts: v.number(),
  warmUpMinutes: v.number(),
  burnInHours: v.number(),
});

export function relativeSmell(
  config: PartConfig,
  help: SmellHelp,
  context: PartContext,
  events: PartEvents<Smell>,
): Part {
  const { supplyVolts, warmUpMinutes, burnInHours } = v.parse(optionsSchema, config);
  const { clock } = context;
  const learner = new CleanAirLearner(remembered(help, context));
  const average = new FadingAverage(averageMilliseconds);
  const frozen = new FrozenGuard(frozenMilliseconds);
  let heatedSince: number | undefined;

  const read = (voltage: Voltage, at: number): Smell => {
    const strength = strengthOf(voltage, supplyVolts);
    frozen.check(new Uint8Array(Float64Array.of(voltage.volts).buffer), at);
    heatedSince ??= at;
    const isWarm = at - heatedSince >= warmUpMinutes * 60_000 && learner.heatedMinutes >= burnInHours * 60;
    learner.take(strength, at, isWarm);
    const now = average.take(strength, at);
    const { clean } = learner;
    return {
      smellIndex: isWarm && clean !== null ? indexOf(now / clean) : null,
      ammoniaPartsPerMillion: null,
      learned: learner.heatedMinutes > 0 ? learner.learned(clock.wallMilliseconds()) : null,
    };
  };
  const forget = (): void => {
    average.forget();
    learner.interrupted();
    frozen.reset();
    heatedSince = undefined;
  };
  return sampledPart(
    config,
    everyMilliseconds,
    context,
    judgedVoltage(read, {
      values: (values, at) => events.values(values, at),
      unknown(error) {
        // A frozen cell must not look alive again by being forgotten.
        if (error.code !== 'sensor.frozen') forget();
        events.unknown(error);
      },
      crashed: (error) => events.crashed(error),
    }),
  );
}

/**
 * The cell's conductance in units of the load resistor's, which need not be known.
 * @throws `sensor.no-signal`, `sensor.out-of-range` (garbled)
 */
function strengthOf({ volts, fraction }: Voltage, supplyVolts: number): number {
  const share = volts / supplyVolts;
  const evidence = { volts, supplyVolts };
  if (!(share >= lowestShare)) {
    const text = `${volts.toFixed(3)} V: nothing comes from the cell; check its 5 V supply and the wire to the input`;
    throw new HallwardError('sensor.no-signal', 'garbled', text, evidence);
  }
  if (share > highestShare || fraction >= 1) {
    const text = `${volts.toFixed(2)} V is too much to tell anything apart; check load resistor, divider and supplyVolts`;
    throw new HallwardError('sensor.out-of-range', 'garbled', text, evidence);
  }
  return share / (1 - share);
}

const indexOf = (ratio: number) => Math.min(highestIndex, Math.max(1, Math.round(usualIndex * ratio)));

function remembered(help: SmellHelp, { clock }: PartContext) {
  const kept = v.safeParse(cleanAirSchema, help.memory());
  if (!kept.success) return undefined;
  const age = clock.wallMilliseconds() - kept.output.at;
  // A clock that woke up in 1970 says nothing of its age: better an old idea of clean air than none for a day.
  return clock.quality() === 'untrusted' || (age >= 0 && age <= memoryMilliseconds) ? kept.output : undefined;
}
