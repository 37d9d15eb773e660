/**
 * Seating (等候区座椅): how many of the waiting area's seats are taken, by a switch under each.
 * The switches hang on an MCP23017 (`protocols/mcp23017.ts`), each between its pin and ground.
 */
import * as v from 'valibot';
import { mcp23017Addresses, mcp23017InputPins } from '../protocols/mcp23017.js';
import type { DeviceKind } from './kind.js';
import { milliseconds } from './options.js';
import { SeatMonitor } from './seat-monitor.js';

const mostSeats = mcp23017InputPins.length;

const optionsSchema = v.object({
  address: v.number(),
  seats: v.optional(v.number()),
  pins: v.optional(v.array(v.number())),
  activeLow: v.boolean(),
  pollMilliseconds: v.number(),
  takenAfterMilliseconds: v.number(),
  freeAfterMilliseconds: v.number(),
  stuckAfterMinutes: v.number(),
  publishMilliseconds: v.number(),
});

const pins = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(15))),
  v.minLength(1),
  v.maxLength(mostSeats),
  v.description(
    "The chip's pin of each seat, in the order of the seats, instead of seats: 0 to 6 are GPA0 to GPA6, 8 to 14 are GPB0 to GPB6",
  ),
);

function pinProblems(list: readonly number[]): string | undefined {
  const output = list.find((pin) => !mcp23017InputPins.includes(pin));
  if (output !== undefined) return `pin ${output} can only be an output (GPA7, GPB7); use 0 to 6 and 8 to 14`;
  const double = list.find((pin, index) => list.indexOf(pin) !== index);
  return double === undefined ? undefined : `pin ${double} is named twice`;
}

export const seating: DeviceKind = {
  kind: 'seating',
  title: { 'zh-CN': '等候座椅', en: 'Seating' },
  about: {
    'zh-CN': '等候区座椅占用情况，每个座位下有一个开关',
    en: 'How many seats of the waiting area are taken, by a switch under each',
  },
  options: {},
  protocols: {
    mcp23017: {
      about: {
        'zh-CN': 'MCP23017 扩展芯片，最多 14 个座位开关',
        en: 'I/O expander MCP23017 with up to 14 seat switches',
      },
      buses: ['i2c'],
      proofOfLife: 'answers',
      options: {
        address: v.pipe(
          v.number(),
          v.integer(),
          v.minValue(mcp23017Addresses.first, 'an address from 0x20 to 0x27'),
          v.maxValue(mcp23017Addresses.last, 'an address from 0x20 to 0x27'),
          v.description('I2C address, 0x20 to 0x27'),
        ),
        seats: v.optional(
          v.pipe(
            v.number(),
            v.integer(),
            v.minValue(1),
            v.maxValue(mostSeats),
            v.description('How many seats, in order on pins GPA0 to GPA6 and GPB0 to GPB6'),
          ),
        ),
        pins: v.optional(pins),
        activeLow: v.optional(
          v.pipe(
            v.boolean(),
            v.description('true: a taken seat connects its pin to ground; false: to the supply'),
          ),
          true,
        ),
        pollMilliseconds: milliseconds('How often the switches are read.', 250, 50, 5000),
        takenAfterMilliseconds: milliseconds(
          'A seat counts as taken once its switch was closed this long.',
          2000,
          0,
          60_000,
        ),
        freeAfterMilliseconds: milliseconds(
          'A seat counts as free once its switch was open this long.',
          5000,
          0,
          60_000,
        ),
        stuckAfterMinutes: v.optional(
          v.pipe(
            v.number(),
            v.integer(),
            v.minValue(5),
            v.maxValue(1440),
            v.description(
              'A seat taken this long without a break is stuck and not counted. Minutes, 5 to 1440.',
            ),
          ),
          240,
        ),
        publishMilliseconds: milliseconds('Readings are published at most this often.', 2000, 100, 60_000),
      },
      claims: ({ address }) =>
        typeof address === 'number' ? [{ path: ['address'], text: `address 0x${address.toString(16)}` }] : [],
      problems: (config) => {
        const { seats, pins: list } = v.parse(optionsSchema, config);
        if (seats === undefined && list === undefined) {
          return [
            { path: ['seats'], message: `missing: expected how many seats, 1 to ${mostSeats}, or pins` },
          ];
        }
        if (seats !== undefined && list !== undefined) {
          return [
            { path: ['pins'], message: 'name either seats or pins; the pins say how many seats there are' },
          ];
        }
        const message = pinProblems(list ?? []);
        return message === undefined ? [] : [{ path: ['pins'], message }];
      },
    },
  },
  readings: {
    seats: { about: { 'zh-CN': '座位总数', en: 'All seats' } },
    taken: {
      about: {
        'zh-CN': '有人的座位数；未计入有人、空闲、异常的座位状态未知',
        en: 'Seats taken; seats that are neither taken, free nor stuck are not known yet',
      },
    },
    free: { about: { 'zh-CN': '空闲的座位数', en: 'Seats free' } },
    stuck: {
      about: {
        'zh-CN': '长时间不变、不计入的座位数',
        en: 'Seats taken for so long that they are not counted',
      },
    },
  },
  faults: [
    {
      code: 'seating.stuck-seat',
      status: 'maintenance-required',
      severity: 'low',
      audience: 'maintenance',
      text: {
        'zh-CN': '{device} 座位 {seats} 连续 {minutes} 分钟显示有人，暂不计入',
        en: '{device}: seats {seats} say taken for {minutes} minutes on end and are not counted',
      },
      action: {
        'zh-CN': '查看该座位：拿走放置的物品；若无物品，检查座下开关和接线',
        en: 'Look at these seats: take away what lies there; if nothing does, check switch and wire',
      },
    },
  ],
  create(config, context) {
    const { seats, pins: list, stuckAfterMinutes, ...options } = v.parse(optionsSchema, config);
    const stuckAfterMilliseconds = stuckAfterMinutes * 60_000;
    return new SeatMonitor(
      { ...options, stuckAfterMilliseconds, pins: list ?? mcp23017InputPins.slice(0, seats) },
      context,
    );
  },
};
