/**
 * A distance: of the surface of a paper roll, a stack of forms, the water in a tank. By a time-of-flight chip on I2C, or by
 * any sensor whose voltage stands for a distance.
 */
import * as v from 'valibot';
import type { Clock } from '../../kernel/clock.js';
import { vl53l0xAddress } from '../../protocols/vl53l0x.js';
import { vl53l1xAddress } from '../../protocols/vl53l1x.js';
import type { OptionEntries, PartConfig, ProtocolDeclaration } from '../kind.js';
import { milliseconds } from '../options.js';
import { analogProtocol, sampledPart } from './analog-part.js';
import { addressText } from './asked-chip.js';
import { ChipWires } from './chip-wires.js';
import { type CurvePoint, curveProblem, millimetresAt } from './distance-curve.js';
import { FrozenGuard } from './frozen-guard.js';
import type { Part, PartContext, PartEvents, SensorPart } from './part.js';
import { PolledPart } from './polled-part.js';
import type { RangeFinder } from './range-finder.js';
import { Vl53l0xSensor } from './vl53l0x-sensor.js';
import { Vl53l1xSensor } from './vl53l1x-sensor.js';

export interface Distance {
  /** The median of some measurements; `null` where most of them found nothing in range. */
  readonly distanceMillimetres: number | null;
  readonly outOfRange: boolean;
  /** When the first of them was begun, monotonic: what happened after that may not be in it. */
  readonly fromMilliseconds: number;
}

/** The very same light is counted again and again for this long, and for so many looks: then it is no measurement. */
const frozenMilliseconds = 600_000;
const frozenLooks = 10;

const pace = {
  pollMilliseconds: milliseconds('How often the distance is measured.', 10_000, 500, 600_000),
  samples: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(25),
      v.description('Of so many measurements the median counts, 1 to 25'),
    ),
    5,
  ),
} satisfies OptionEntries;

const point = v.pipe(
  v.tuple([
    v.pipe(v.number(), v.minValue(0), v.maxValue(10)),
    v.pipe(v.number(), v.minValue(0), v.maxValue(5000)),
  ]),
  v.description('[volts, millimetres]'),
);
const points = v.pipe(
  v.array(point),
  v.minLength(2),
  v.maxLength(64),
  v.check(
    (list) => curveProblem(list) === undefined,
    (issue) => curveProblem(issue.input as readonly CurvePoint[]) ?? '',
  ),
  v.description(
    'What which voltage means: [[volts, millimetres], ...]; between two points it is a straight line, beyond them out of range',
  ),
);

/** The protocol of a chip that stands at an address. */
function chipProtocol(about: ProtocolDeclaration['about'], standard: number): ProtocolDeclaration {
  return {
    about,
    buses: ['i2c'],
    proofOfLife: 'answers',
    options: {
      address: v.optional(
        v.pipe(v.number(), v.integer(), v.minValue(0x08), v.maxValue(0x77), v.description('I2C address')),
        standard,
      ),
      ...pace,
    },
    claims: ({ address = standard }) =>
      typeof address === 'number' ? [{ path: ['address'], text: `address ${addressText(address)}` }] : [],
  };
}

const chipSchema = v.object({ address: v.number(), pollMilliseconds: v.number(), samples: v.number() });
const analogSchema = v.object({ pollMilliseconds: v.number(), samples: v.number(), points });

export const distancePart: SensorPart<Distance> = {
  about: {
    'zh-CN': '测距传感器：到纸卷表面、纸堆或水面的距离',
    en: 'Distance sensor: how far away the surface of a roll, a stack or a liquid is',
  },
  protocols: {
    vl53l0x: chipProtocol(
      {
        'zh-CN': 'VL53L0X 激光测距芯片，3 厘米至 1.2 米',
        en: 'Time-of-flight chip VL53L0X, 3 cm to 1.2 m',
      },
      vl53l0xAddress,
    ),
    vl53l1x: chipProtocol(
      {
        'zh-CN': 'VL53L1X 激光测距芯片，4 厘米至 4 米',
        en: 'Time-of-flight chip VL53L1X, 4 cm to 4 m',
      },
      vl53l1xAddress,
    ),
    'analog-distance': analogProtocol(
      {
        'zh-CN': '模拟电压输出的测距传感器，如夏普 GP2Y0A21、GP2Y0A41',
        en: 'A sensor whose voltage stands for a distance, such as Sharp GP2Y0A21 and GP2Y0A41',
      },
      { points, ...pace },
    ),
  },
  create(config, context, events) {
    if (config.protocol === 'analog-distance') return analogDistance(config, context, events);
    const { address, ...rest } = v.parse(chipSchema, config);
    const wires = new ChipWires(context);
    const Sensor = config.protocol === 'vl53l1x' ? Vl53l1xSensor : Vl53l0xSensor;
    const finder: RangeFinder = new Sensor(wires, address);
    const look = looks(finder, rest, context.clock);
    const polled = new PolledPart(context, wires.bus, rest.pollMilliseconds, look, events);
    return {
      start: () => polled.start(),
      stop() {
        polled.stop();
        wires.stop();
        finder.leave?.();
      },
    };
  },
};

/** Looks at a chip: some measurements in a row, after it was set up again where its power was away. */
function looks(
  finder: RangeFinder,
  { pollMilliseconds, samples }: { readonly pollMilliseconds: number; readonly samples: number },
  clock: Clock,
): { begin(): Promise<void>; look(): Promise<Distance> } {
  const guard = new FrozenGuard(Math.max(frozenMilliseconds, frozenLooks * pollMilliseconds));
  return {
    begin: () => finder.begin(),
    async look() {
      if (!(await finder.ready())) await finder.begin();
      const fromMilliseconds = clock.monotonicMilliseconds();
      const measured: (number | null)[] = [];
      const raw: Uint8Array[] = [];
      for (let count = 0; count < samples; count++) {
        const sample = await finder.measure();
        measured.push(sample.millimetres);
        raw.push(sample.raw);
      }
      const distance = summed(measured, fromMilliseconds);
      // A distance at rest may well be the same for days. The light that is counted never is, where something reflects it;
      // where nothing does, there may be none to count.
      if (distance.outOfRange) guard.reset();
      else guard.check(Buffer.concat(raw), clock.monotonicMilliseconds());
      return distance;
    },
  };
}

/** A sensor with a voltage: its measurements are spread over the time between two looks. */
function analogDistance(config: PartConfig, context: PartContext, events: PartEvents<Distance>): Part {
  const { pollMilliseconds, samples, points: curve } = v.parse(analogSchema, config);
  let measured: (number | null)[] = [];
  let from = 0;
  return sampledPart(config, Math.max(20, Math.round(pollMilliseconds / samples)), context, {
    values({ volts, fraction }, at) {
      if (measured.length === 0) from = at;
      measured.push(fraction >= 1 ? null : millimetresAt(curve, volts));
      if (measured.length < samples) return;
      const distance = summed(measured, from);
      measured = [];
      events.values(distance, at);
    },
    unknown(error) {
      measured = [];
      events.unknown(error);
    },
  });
}

/** The median of those that found something, where that is more than half of them. */
function summed(measured: readonly (number | null)[], fromMilliseconds: number): Distance {
  const found = measured.filter((one) => one !== null).sort((a, b) => a - b);
  const outOfRange = found.length * 2 <= measured.length;
  const middle = found.length >> 1;
  const [low = 0, high = 0] = [found[found.length % 2 === 0 ? middle - 1 : middle], found[middle]];
  return { distanceMillimetres: outOfRange ? null : (low + high) / 2, outOfRange, fromMilliseconds };
}
