/**
 * Seats with a pressure mat each on an analogue input: a film whose resistance falls under weight (FSR), with a fixed
 * resistor a divider of the supply. Without weight such a film is as good as open (more than 10 MΩ, Interlink FSR 406 data
 * sheet), so that a cut wire looks like a free seat; a resistor across the film and one in series with it, both at the
 * mat's end of the cable, tell them apart.
 */
import * as v from 'valibot';
import { HallwardError } from '../../kernel/errors.js';
import { AnalogInputs, type InputFault } from '../analog-inputs.js';
import {
  analogBuses,
  type DeviceConfig,
  type DeviceContext,
  type FaultWords,
  type ProtocolDeclaration,
} from '../kind.js';
import { milliseconds } from '../options.js';
import { channelOption } from '../parts/analog-part.js';
import { SeatLevels } from './seat-levels.js';
import { SeatMonitor } from './seat-monitor.js';
import { seatMonitorOptions, seatTimeEntries, seatTimeOptions } from './seat-options.js';
import type { SeatEvents, SeatSource } from './seat-source.js';

const volts = (text: string) =>
  v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(24), v.description(text)));

const optionsSchema = v.object({
  channels: v.array(v.number()),
  takenAboveVolts: v.optional(v.number()),
  takenBelowVolts: v.optional(v.number()),
  hysteresisVolts: v.number(),
  brokenBelowVolts: v.optional(v.number()),
  brokenAboveVolts: v.optional(v.number()),
  pollMilliseconds: v.number(),
  ...seatTimeEntries,
});
type Options = v.InferOutput<typeof optionsSchema>;

export const matSeats: ProtocolDeclaration = {
  about: {
    'zh-CN': '每个座位一块压力坐垫（FSR 薄膜），接模拟输入：ADS1115 或 Arduino',
    en: 'A pressure mat (FSR film) on each seat on an analogue input: ADS1115 or Arduino',
  },
  buses: analogBuses,
  proofOfLife: 'answers',
  options: {
    channels: v.pipe(
      v.array(channelOption),
      v.minLength(1),
      v.maxLength(16),
      v.check((list) => new Set(list).size === list.length, 'each channel once'),
      v.description('The analogue input of each seat, in the order of the seats'),
    ),
    takenAboveVolts: volts('A seat is taken above this voltage (mat between supply and input). Or:'),
    takenBelowVolts: volts('A seat is taken below this voltage (mat between input and ground)'),
    hysteresisVolts: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(5),
        v.description('A taken seat is free again this far on the other side of the limit. Volts, 0 to 5.'),
      ),
      0.1,
    ),
    brokenBelowVolts: volts('Below this voltage a wire is cut, or shorted: the seat is unknown'),
    brokenAboveVolts: volts('Above this voltage, too'),
    pollMilliseconds: milliseconds('How often each mat is measured.', 500, 100, 5000),
    ...seatTimeOptions,
  },
  claims: ({ channels }) =>
    Array.isArray(channels)
      ? channels.flatMap((channel, index) =>
          typeof channel === 'number'
            ? [{ path: ['channels', String(index)], text: `analogue input ${channel}` }]
            : [],
        )
      : [],
  problems: matProblems,
};

function matProblems(config: DeviceConfig): { path: string[]; message: string }[] {
  const options = v.parse(optionsSchema, config);
  const { takenAboveVolts: above, takenBelowVolts: below, hysteresisVolts } = options;
  const { brokenBelowVolts = Number.NEGATIVE_INFINITY, brokenAboveVolts = Number.POSITIVE_INFINITY } =
    options;
  const limit = above ?? below;
  if (limit === undefined) {
    return [{ path: ['takenAboveVolts'], message: 'missing: expected takenAboveVolts or takenBelowVolts' }];
  }
  if (above !== undefined && below !== undefined) {
    return [{ path: ['takenBelowVolts'], message: 'name either takenAboveVolts or takenBelowVolts' }];
  }
  // Voltages of a free and of a taken seat must both be left.
  const [low, high] =
    above === undefined ? [limit, limit + hysteresisVolts] : [limit - hysteresisVolts, limit];
  const problems: { path: string[]; message: string }[] = [];
  if (low <= Math.max(0, brokenBelowVolts)) {
    const path = options.brokenBelowVolts === undefined ? 'hysteresisVolts' : 'brokenBelowVolts';
    const message = `no voltage is left below ${low} V, where a seat is ${above === undefined ? 'taken' : 'free'}`;
    problems.push({ path: [path], message });
  }
  if (high >= brokenAboveVolts) {
    const message = `no voltage is left above ${high} V, where a seat is ${above === undefined ? 'free' : 'taken'}`;
    problems.push({ path: ['brokenAboveVolts'], message });
  }
  return problems;
}

export function createMatSeats(config: DeviceConfig, context: DeviceContext): SeatMonitor {
  const options = v.parse(optionsSchema, config);
  return new SeatMonitor(seatMonitorOptions(options, options.channels.length), context, (events) =>
    measuredSeats(options, context, events),
  );
}

function measuredSeats(options: Options, context: DeviceContext, events: SeatEvents): SeatSource {
  const { channels, pollMilliseconds, takenAfterMilliseconds, freeAfterMilliseconds } = options;
  const settling = Math.max(takenAfterMilliseconds, freeAfterMilliseconds);
  const levels = new SeatLevels(channels.length, settling, context, (looks) => events.saw(looks));
  const taken: boolean[] = channels.map(() => false);
  const inputs = new AnalogInputs<boolean>(
    {
      channels,
      everyMilliseconds: pollMilliseconds,
      partOf: (index) => String(index + 1),
      words: matWords,
      read(index, { volts: measured }) {
        checkBroken(measured, options);
        taken[index] = isTaken(measured, taken[index] === true, options);
        return taken[index];
      },
    },
    context,
    {
      value: (index, closed) => levels.level(index, closed),
      unknown(index) {
        taken[index] = false;
        levels.level(index, null);
      },
      lost() {
        taken.fill(false);
        levels.forget();
        events.unknown();
      },
      silent(evidence) {
        taken.fill(false);
        levels.forget();
        events.silent(evidence);
      },
    },
  );
  return {
    start: () => inputs.start(),
    stop() {
      inputs.stop();
      levels.stop();
    },
  };
}

/** Between the two voltages of the hysteresis a seat is as it was. */
function isTaken(measured: number, before: boolean, options: Options): boolean {
  const { takenAboveVolts: above, takenBelowVolts: below, hysteresisVolts } = options;
  const slack = before ? hysteresisVolts : 0;
  if (above !== undefined) return measured > above - slack;
  return below !== undefined && measured < below + slack;
}

/** @throws `seating.mat-broken` (garbled) */
function checkBroken(measured: number, { brokenBelowVolts, brokenAboveVolts }: Options): void {
  const isLow = brokenBelowVolts !== undefined && measured < brokenBelowVolts;
  const isHigh = brokenAboveVolts !== undefined && measured > brokenAboveVolts;
  if (!isLow && !isHigh && Number.isFinite(measured)) return;
  const rounded = Math.round(measured * 1_000) / 1_000;
  const limit = isLow ? brokenBelowVolts : (brokenAboveVolts ?? null);
  const text = `${rounded} V is ${isLow ? 'below' : 'above'} ${limit} V: a cut wire or a short`;
  throw new HallwardError('seating.mat-broken', 'garbled', text, { volts: rounded, limit });
}

function matWords(fault: InputFault): FaultWords {
  return fault === 'device.bad-reading'
    ? {
        text: {
          'zh-CN': '{device} 座位 {parts} 的坐垫断线或短路（{volts} V），暂不计入',
          en: '{device}: the mat of seat {parts} has a cut wire or a short ({volts} V); it is not counted',
        },
        action: {
          'zh-CN': '检查该座位的坐垫、插头和接线；恢复后自动计入',
          en: 'Check mat, plug and wire of that seat; it counts again by itself',
        },
      }
    : {
        text: {
          'zh-CN': '{device} 座位 {parts} 的模拟输入 {channels} 没有数值',
          en: '{device}: the analogue inputs {channels} of seats {parts} give no value: {reason}',
        },
        action: {
          'zh-CN': '核对配置中的 channels 与接线；ADS1115 只有 0 至 3',
          en: 'Check channels in the configuration and the wiring; an ADS1115 has only 0 to 3',
        },
      };
}
