/**
 * Supply sensor (耗材余量传感器): how much paper is left in a kiosk whose printer can't say, for it hangs by USB inside a
 * closed cabinet: by the distance to the roll, an opto fork where the paper is drawn in, a contact at the cabinet's door.
 */
import * as v from 'valibot';
import type { DeviceConfig, DeviceKind } from '../kind.js';
import { Parts } from '../parts/parts.js';
import { supplyFaults } from './supply-faults.js';
import { isPlausible, leastSpanMillimetres, supplyShapes } from './supply-level.js';
import { SupplyMonitor } from './supply-monitor.js';
import { supplyParts } from './supply-parts.js';
import { supplyChoices } from './supply-words.js';

const percent = (about: string, standard: number, maximum: number) =>
  v.optional(
    v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(maximum),
      v.description(`${about} Percent, 0 to ${maximum}.`),
    ),
    standard,
  );
const millimetres = (about: string) =>
  v.optional(
    v.pipe(v.number(), v.minValue(1), v.maxValue(5000), v.description(`${about} Millimetres, 1 to 5000.`)),
  );

const optionEntries = {
  supply: v.optional(
    v.pipe(
      v.picklist(supplyChoices),
      v.description(
        'What is measured; paper, labels and cards raise printer.media-*, ink, toner and ribbon printer.marker-supply-*, the others supply.*',
      ),
    ),
    'paper',
  ),
  shape: v.optional(
    v.pipe(
      v.picklist(supplyShapes),
      v.description(
        'roll: on a spindle; lying-roll: dropped into a bucket, measured from above; stack: sheets, fan fold, a liquid',
      ),
    ),
    'roll',
  ),
  coreMillimetres: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(200),
      v.description('Outer diameter of the core of a roll. Millimetres, 0 to 200.'),
    ),
    12.7,
  ),
  fullMillimetres: millimetres('Distance with a new one in, instead of the button "full".'),
  emptyMillimetres: millimetres(
    'Distance with the last layer, or an empty core, in, instead of the button "empty".',
  ),
  lowPercent: percent('At this level it is low.', 15, 90),
  emptyPercent: percent('At this level it is empty, where no fork says otherwise.', 2, 50),
  hysteresisPercent: percent('So much above a limit it is over it again.', 3, 20),
  doorOpenMinutes: v.optional(
    v.pipe(
      v.number(),
      v.minValue(1),
      v.maxValue(1440),
      v.description('A cabinet open for longer is a fault. Minutes, 1 to 1440.'),
    ),
    10,
  ),
};
const optionsSchema = v.object(optionEntries);
/** A new roll is seldom as full as the one that was calibrated with. */
const fullestPercent = 95;

export const supplySensor: DeviceKind = {
  kind: 'supply-sensor',
  title: { 'zh-CN': '耗材余量传感器', en: 'Supply sensor' },
  about: {
    'zh-CN': '测量自助机内纸卷等耗材的余量：激光测距、出纸口光电开关、柜门触点，用“满”“空”两键校准',
    en: 'How much paper or another supply is left in a kiosk: distance to the roll, opto fork, cabinet door; calibrated by a full and an empty press',
  },
  options: optionEntries,
  protocols: {},
  parts: supplyParts,
  problems: optionProblems,
  readings: {
    levelPercent: {
      about: { 'zh-CN': '余量', en: 'How much is left' },
      unit: 'percent',
      range: [0, 100],
    },
    distanceMillimetres: {
      about: { 'zh-CN': '到表面的距离', en: 'Distance to its surface' },
      unit: 'millimetres',
      range: [0, 5000],
    },
    paper: { about: { 'zh-CN': '出纸口：present 有，absent 无', en: 'At the fork: present or absent' } },
    door: { about: { 'zh-CN': '柜门：open 开，closed 关', en: 'Cabinet: open or closed' } },
    state: {
      about: {
        'zh-CN': 'ok 充足，low 快用完，empty 用完，some 有但不知多少，unknown 未知',
        en: 'ok, low, empty, some (nobody knows how much), unknown',
      },
    },
    daysLeft: {
      about: { 'zh-CN': '预计还能用的营业日数', en: 'Open days it will probably last' },
      unit: 'days',
    },
    calibrated: {
      about: {
        'zh-CN': '校准：no 未校准，full only / empty only 只校准了一端，yes 已校准，measuring … 正在测量',
        en: 'no, full only, empty only, yes; measuring full or measuring empty after a press',
      },
    },
    fullMillimetres: {
      about: { 'zh-CN': '满时的距离', en: 'Distance when full' },
      unit: 'millimetres',
      range: [0, 5000],
    },
    emptyMillimetres: {
      about: { 'zh-CN': '空时的距离', en: 'Distance when empty' },
      unit: 'millimetres',
      range: [0, 5000],
    },
  },
  faults: supplyFaults,
  create(config, context) {
    return new SupplyMonitor(
      v.parse(optionsSchema, config),
      new Parts(supplySensor, config, context),
      context,
    );
  },
};

function optionProblems(config: DeviceConfig): { path: string[]; message: string }[] {
  const options = v.parse(optionsSchema, config);
  const {
    fullMillimetres: full,
    emptyMillimetres: empty,
    lowPercent,
    emptyPercent,
    hysteresisPercent,
  } = options;
  const { parts = {} } = config;
  const problems: { path: string[]; message: string }[] = [];
  const hasDistance = parts.distance !== undefined;
  if (!hasDistance && parts.fork === undefined) {
    problems.push({ path: ['parts'], message: 'missing: expected at least one of distance and fork' });
  }
  for (const end of ['full', 'empty'] as const) {
    const option = `${end}Millimetres` as const;
    const isSet = options[option] !== undefined;
    const hasButton = parts[end] !== undefined;
    if (!hasDistance && (isSet || hasButton)) {
      const path = hasButton ? ['parts', end] : [option];
      problems.push({ path, message: 'means nothing without the part distance' });
    } else if (isSet && hasButton) {
      problems.push({ path: [option], message: `either this or the button parts.${end}, not both` });
    } else if (hasDistance && !isSet && !hasButton) {
      problems.push({
        path: [option],
        message: `missing: expected the distance when ${end}, or a button for it under parts.${end}`,
      });
    }
  }
  if (full !== undefined && empty !== undefined && !isPlausible({ full, empty })) {
    problems.push({
      path: ['emptyMillimetres'],
      message: `has to be at least ${leastSpanMillimetres} mm more than fullMillimetres: the less is left, the farther it is away`,
    });
  }
  if (emptyPercent >= lowPercent) {
    problems.push({ path: ['emptyPercent'], message: 'has to be less than lowPercent' });
  }
  if (lowPercent + hysteresisPercent >= fullestPercent) {
    problems.push({
      path: ['hysteresisPercent'],
      message: `lowPercent and this together have to be less than ${fullestPercent}: a full one would stay low`,
    });
  }
  return problems;
}
