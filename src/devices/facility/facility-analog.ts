/** A facility that is measured: a level, a temperature, a current, a voltage, by way of a sensor with a straight scale. */
import * as v from 'valibot';
import { HallwardError } from '../../kernel/errors.js';
import { AnalogInputs, type InputFault } from '../analog-inputs.js';
import type { Device, DeviceConfig, DeviceContext, FaultWords, ProtocolDeclaration } from '../kind.js';
import { PacedReadings } from '../paced-readings.js';
import { analogProtocol, type Voltage } from '../parts/analog-part.js';
import { type FacilityFault, FacilityFaults } from './facility-faults.js';
import { wordsOf } from './facility-options.js';
import { PatientAlarm } from './patient-alarm.js';

const everyMilliseconds = 1_000;
const publishMilliseconds = 5_000;
/** So far outside the points of the scale a sensor that works can't be: a share of their span. */
const slackShare = 0.05;
/** Of the span of values, where nothing else is said. */
const hysteresisShare = 0.02;
const mostVolts = 24;
const mostValue = 1e6;

const finite = (text: string) =>
  v.pipe(v.number(), v.minValue(-mostValue), v.maxValue(mostValue), v.description(text));
const point = v.tuple([
  v.pipe(v.number(), v.minValue(0), v.maxValue(mostVolts)),
  v.pipe(v.number(), v.minValue(-mostValue), v.maxValue(mostValue)),
]);

export const facilityAnalog: ProtocolDeclaration = {
  ...analogProtocol(
    {
      'zh-CN': '一个模拟输入上的测量值（水位、温度、电流、电压），两点线性换算',
      en: 'A measured value on one analogue input (level, temperature, current, voltage), by a straight scale',
    },
    {
      points: v.pipe(
        v.tuple([point, point]),
        v.description(
          'Two points of the scale, [[volts, value], [volts, value]]; more than 5 % beyond them is a bad reading',
        ),
      ),
      unit: v.optional(
        v.pipe(
          v.string(),
          v.trim(),
          v.maxLength(12),
          v.regex(/^\P{Cc}*$/u, 'a unit such as °C, without control characters'),
          v.description('Unit of the value, as people read it: °C, %, A'),
        ),
        '',
      ),
      low: v.optional(finite('Below this value it is too low; none if absent')),
      high: v.optional(finite('Above this value it is too high; none if absent')),
      hysteresis: v.optional(
        v.pipe(
          v.number(),
          v.minValue(0),
          v.maxValue(mostValue),
          v.description('So far inside a limit it is well again; 2 % of the scale if absent'),
        ),
      ),
      afterSeconds: v.optional(
        v.pipe(
          v.number(),
          v.minValue(0),
          v.maxValue(86_400),
          v.description('It must be beyond, or back, for so long. Seconds, 0 to 86400.'),
        ),
        10,
      ),
      decimals: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(0),
          v.maxValue(4),
          v.description('Digits behind the point'),
        ),
        1,
      ),
    },
  ),
  problems: analogProblems,
};

const optionsSchema = v.object({
  channel: v.number(),
  points: v.tuple([v.tuple([v.number(), v.number()]), v.tuple([v.number(), v.number()])]),
  unit: v.string(),
  low: v.optional(v.number()),
  high: v.optional(v.number()),
  hysteresis: v.optional(v.number()),
  afterSeconds: v.number(),
  decimals: v.number(),
});
type Options = v.InferOutput<typeof optionsSchema>;

function analogProblems(config: DeviceConfig): { path: string[]; message: string }[] {
  const { points, low, high, hysteresis = 0 } = v.parse(optionsSchema, config);
  const [[volts, value], [otherVolts, otherValue]] = points;
  const problems: { path: string[]; message: string }[] = [];
  const tell = (path: string, message: string) => problems.push({ path: [path], message });
  if (volts === otherVolts || value === otherValue) {
    tell('points', 'expected two points with different volts and different values');
    return problems;
  }
  const [least, most] = [Math.min(value, otherValue), Math.max(value, otherValue)];
  for (const [name, limit] of [
    ['low', low],
    ['high', high],
  ] as const) {
    if (limit !== undefined && (limit < least || limit > most)) {
      tell(name, `found ${limit}, but the scale goes from ${least} to ${most}`);
    }
  }
  if (low !== undefined && high !== undefined && low + hysteresis >= high - hysteresis) {
    tell(
      'high',
      `found ${high}, expected more than low (${low}), with room for the hysteresis (${hysteresis}) twice`,
    );
  } else if (hysteresis >= most - least) {
    tell('hysteresis', `found ${hysteresis}, expected less than the scale (${most - least})`);
  }
  return problems;
}

export function createFacilityAnalog(config: DeviceConfig, context: DeviceContext): Device {
  return new MeasuredFacility(v.parse(optionsSchema, config), wordsOf(config), context);
}

type Limit = 'low' | 'high';

class MeasuredFacility implements Device {
  readonly capabilities = {};
  readonly #inputs: AnalogInputs<number>;
  readonly #faults: FacilityFaults;
  readonly #readings: PacedReadings;
  readonly #limits: readonly LimitWatch[];
  #value = 0;

  constructor(
    private readonly options: Options,
    words: FaultWords,
    private readonly context: DeviceContext,
  ) {
    const { channel, unit } = options;
    const limits = (['low', 'high'] as const).flatMap((side) => {
      const limit = options[side];
      return limit === undefined ? [] : [{ side, limit, code: `facility.${side}` as FacilityFault }];
    });
    const beforehand = limits.map(({ code, limit }) => [code, { value: null, limit, unit }] as const);
    this.#faults = new FacilityFaults(new Map(beforehand), words, context);
    this.#limits = limits.map((one) => this.#watched(one));
    this.#readings = new PacedReadings(publishMilliseconds, context);
    this.#inputs = new AnalogInputs<number>(
      {
        channels: [channel],
        everyMilliseconds,
        read: (_index, voltage) => scaled(voltage, options),
        words: inputWords,
      },
      context,
      {
        value: (_index, value) => this.#measured(value),
        unknown: () => this.#unknown(),
        lost: () => this.#unknown(),
        silent: (evidence) => {
          this.#unknown();
          context.reports.silent(evidence);
        },
      },
    );
  }

  start(): void {
    this.#faults.start();
    this.context.reports.readings(this.#reading(null));
    this.#inputs.start();
  }

  async stop(): Promise<void> {
    this.#inputs.stop();
    this.#readings.stop();
    for (const { alarm } of this.#limits) alarm.unknown();
  }

  #watched({ side, limit, code }: { side: Limit; limit: number; code: FacilityFault }): LimitWatch {
    const { clock, name, reports } = this.context;
    const alarm = new PatientAlarm(`${name} ${side}`, clock, {
      afterMilliseconds: this.options.afterSeconds * 1_000,
      holdMilliseconds: 0,
      stood: this.#faults.stands(code),
      changed: (stands) => this.#faults.set(code, stands, { value: this.#rounded(this.#value) }),
      crashed: (error) => reports.crashed(error),
    });
    return { side, limit, alarm, beyond: alarm.stands };
  }

  #measured(value: number): void {
    this.#value = value;
    for (const watch of this.#limits) {
      watch.beyond = isBeyond(value, watch, this.#hysteresis);
      watch.alarm.is(watch.beyond);
    }
    this.#readings.tell(this.#reading(this.#rounded(value)));
  }

  /** What stood goes on standing: unknown is not well. The next value is told at once. */
  #unknown(): void {
    for (const { alarm } of this.#limits) alarm.unknown();
    this.#readings.forget();
    this.context.reports.readings(this.#reading(null));
  }

  #reading(value: number | null) {
    const { unit } = this.options;
    return { value, unit: unit === '' ? null : unit };
  }

  #rounded(value: number): number {
    // Without the sign of a zero.
    return Number(value.toFixed(this.options.decimals)) + 0;
  }

  get #hysteresis(): number {
    const [[, value], [, other]] = this.options.points;
    return this.options.hysteresis ?? hysteresisShare * Math.abs(other - value);
  }
}

interface LimitWatch {
  readonly side: Limit;
  readonly limit: number;
  readonly alarm: PatientAlarm;
  beyond: boolean;
}

/** Near the limit it is as it was. */
function isBeyond(value: number, { side, limit, beyond }: LimitWatch, hysteresis: number): boolean {
  const slack = beyond ? hysteresis : 0;
  return side === 'low' ? value < limit + slack : value > limit - slack;
}

/**
 * The value of a voltage; a little beyond the points it goes on straight.
 * @throws `facility.out-of-scale` (garbled)
 */
function scaled({ volts, fraction }: Voltage, { points }: Options): number {
  const [[fromVolts, fromValue], [toVolts, toValue]] = points;
  const share = (volts - fromVolts) / (toVolts - fromVolts);
  const rounded = Math.round(volts * 1_000) / 1_000;
  if (!(share >= -slackShare && share <= 1 + slackShare)) {
    const text = `${rounded} V is outside the scale (${fromVolts} V to ${toVolts} V): a cut wire, a short, or no supply`;
    throw new HallwardError('facility.out-of-scale', 'garbled', text, { volts: rounded });
  }
  const most = Math.max(fromVolts, toVolts);
  const slack = slackShare * Math.abs(toVolts - fromVolts);
  if (fraction >= 1 && volts < most - slack) {
    const text = `more than ${rounded} V can't be measured here, but the scale goes up to ${most} V`;
    throw new HallwardError('facility.out-of-scale', 'garbled', text, { volts: rounded });
  }
  return fromValue + share * (toValue - fromValue);
}

function inputWords(fault: InputFault): FaultWords {
  return fault === 'device.bad-reading'
    ? {
        text: {
          'zh-CN': '{device} 测量信号超出量程（{volts} V）：断线、短路或没有供电',
          en: '{device}: {reason}',
        },
        action: {
          'zh-CN': '检查传感器电源和接线，核对配置中的 points；恢复后自动解除',
          en: "Check the sensor's supply and wires, and points in the configuration; it ends by itself",
        },
      }
    : {
        text: {
          'zh-CN': '{device} 的模拟输入 {channels} 没有数值',
          en: '{device}: the analogue input {channels} gives no value: {reason}',
        },
        action: {
          'zh-CN': '核对配置中的 channel 与接线；ADS1115 只有 0 至 3',
          en: 'Check channel in the configuration and the wiring; an ADS1115 has only 0 to 3',
        },
      };
}
