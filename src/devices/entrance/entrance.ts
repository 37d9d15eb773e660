/**
 * Entrance (大门客流): who comes in and goes out through the doors of the hall, and how many people are inside by that,
 * with the bounds within which that holds. One device for all doors of a hall: people come in by one and leave by another.
 */
import * as v from 'valibot';
import type { DeviceKind } from '../kind.js';
import { passagePart } from '../parts/passage-part.js';
import { EntranceMonitor } from './entrance-monitor.js';
import { entranceOptionsSchema } from './entrance-options.js';

/** The part of each door. */
const entranceDoors = {
  passage: passagePart({ 'zh-CN': '大门', en: 'The door' }, true),
  'passage-2': passagePart({ 'zh-CN': '第二个门', en: 'A second door' }),
  'passage-3': passagePart({ 'zh-CN': '第三个门', en: 'A third door' }),
  'passage-4': passagePart({ 'zh-CN': '第四个门', en: 'A fourth door' }),
} as const;

const mostPeople = 100_000;

export const entrance: DeviceKind = {
  kind: 'entrance',
  title: { 'zh-CN': '大门客流', en: 'Entrance' },
  about: {
    'zh-CN': '统计进出大厅的人数，估算在场人数及误差范围；一个大厅的所有门配成一个设备',
    en: 'Counts people in and out, and how many are inside, with bounds; all doors of a hall are one device',
  },
  options: {
    errorPercent: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(50),
        v.description(
          'Share of the passages that are counted wrong: count by hand for an hour and compare. Percent, 0 to 50.',
        ),
      ),
      3,
    ),
    zeroAt: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as "03:00"'),
        v.description('Local time at which the hall is empty: the day begins anew'),
      ),
      '03:00',
    ),
    capacity: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(mostPeople),
        v.description('People with whom the hall is full; more is a fault for the staff'),
      ),
    ),
    startsWith: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.maxValue(mostPeople),
        v.description(
          'People inside where it starts in an open hall and remembers nothing of the day; if absent nobody knows until the night',
        ),
      ),
    ),
    quietMinutes: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.maxValue(1_440),
        v.description(
          'Minutes of business hours without one passage after which the sensors are to be looked at; 0 for never',
        ),
      ),
      120,
    ),
  },
  protocols: {},
  parts: entranceDoors,
  readings: {
    enteredToday: { about: { 'zh-CN': '今日进入人数', en: 'People counted in today' } },
    leftToday: { about: { 'zh-CN': '今日离开人数', en: 'People counted out today' } },
    unknownDirectionToday: {
      about: {
        'zh-CN': '今日方向不明的通过人次',
        en: 'Passages of today past sensors that do not know the direction',
      },
    },
    occupancy: { about: { 'zh-CN': '在场人数', en: 'People inside' } },
    occupancyLow: { about: { 'zh-CN': '在场人数下限', en: 'People inside, at least' } },
    occupancyHigh: { about: { 'zh-CN': '在场人数上限', en: 'People inside, at most' } },
  },
  faults: [
    {
      code: 'entrance.crowded',
      status: 'out-of-specification',
      severity: 'high',
      audience: 'duty',
      text: {
        'zh-CN': '{device} 大厅内约 {people} 人（{low} 至 {high}），已达上限 {capacity} 人',
        en: '{device}: about {people} people inside ({low} to {high}); {capacity} is full',
      },
      action: {
        'zh-CN': '在门口引导等候，增开窗口；人数降到上限的九成以下自动解除',
        en: 'Have people wait outside and open more windows; it ends by itself below nine tenths of that',
      },
    },
    {
      code: 'entrance.nothing-counted',
      status: 'maintenance-required',
      severity: 'medium',
      audience: 'maintenance',
      text: {
        'zh-CN': '{device} 营业时间内 {minutes} 分钟没有人通过',
        en: '{device}: nobody has passed in {minutes} minutes of business hours',
      },
      action: {
        'zh-CN': '走过门口试一次；若不计数，检查传感器电源、对准和接线，两光电开关间距应为 5 至 20 厘米',
        en: 'Walk through once; if that is not counted check power, aim and wires, and that the barriers stand 5 to 20 cm apart',
      },
    },
    {
      code: 'entrance.unbalanced',
      status: 'maintenance-required',
      severity: 'medium',
      audience: 'maintenance',
      text: {
        'zh-CN': '{device} 进出人数不符：进 {entered} 人，出 {left} 人',
        en: '{device}: {entered} people in and {left} out do not fit',
      },
      action: {
        'zh-CN': '核对内外两个光电开关是否接反、雷达方向是否正确，是否有未计数的门',
        en: 'Check that outer and inner are not swapped, the way the radar looks, and whether a door is not counted',
      },
    },
  ],
  create(config, context) {
    return new EntranceMonitor(v.parse(entranceOptionsSchema, config), entrance, config, context);
  },
};
