/**
 * Washroom (卫生间): who uses it, what it smells of, whether its floor is wet, which cubicles are taken; when it has to be
 * cleaned by that, and how long it then takes until it is. Nothing here identifies a person.
 */

import * as v from 'valibot';
import type { DeviceConfig, DeviceKind } from '../kind.js';
import { Parts } from '../parts/parts.js';
import { smellProblems } from '../parts/smell-part.js';
import { floorProblems } from './floor-part.js';
import { washroomFaults } from './washroom-faults.js';
import { WashroomMonitor } from './washroom-monitor.js';
import { washroomOptionEntries, washroomOptionsSchema } from './washroom-options.js';
import { dueParts, floorNames, washroomParts } from './washroom-parts.js';

export const washroom: DeviceKind = {
  kind: 'washroom',
  title: { 'zh-CN': '卫生间', en: 'Washroom' },
  about: {
    'zh-CN':
      '卫生间：人次、隔间、异味、地面积水、温湿度；按人次、时间、异味或积水提示清洁，门口亮灯，保洁员按键后熄灭，并记录用时',
    en: 'Visits, cubicles, smell, wet floor, temperature and humidity; cleaning is due by visits, hours, smell or water; a lamp at the door, and a button that puts it out',
  },
  options: washroomOptionEntries,
  protocols: {},
  parts: washroomParts,
  problems: partProblems,
  readings: {
    visitsToday: { about: { 'zh-CN': '今日人次', en: 'Visits counted today' } },
    visitsSinceCleaned: { about: { 'zh-CN': '上次清洁后的人次', en: 'Visits counted since it was cleaned' } },
    inside: { about: { 'zh-CN': '里面有人', en: 'Somebody is inside' } },
    cubicles: { about: { 'zh-CN': '隔间数', en: 'Cubicles' } },
    cubiclesTaken: { about: { 'zh-CN': '占用的隔间', en: 'Cubicles taken' } },
    smellIndex: {
      about: {
        'zh-CN': '异味指数：100 为平时，越高越差',
        en: 'Smell: 100 is usual here, higher is worse; in steps of 5',
      },
      range: [0, 500],
    },
    ammoniaPartsPerMillion: {
      about: {
        'zh-CN': '氨气浓度；只有电化学传感器才有',
        en: 'Ammonia; only by a cell that is made to measure it',
      },
      unit: 'partsPerMillion',
      range: [0, 5000],
    },
    temperatureCelsius: {
      about: { 'zh-CN': '温度', en: 'Temperature of the air' },
      unit: 'celsius',
      range: [-45, 130],
    },
    humidityPercent: {
      about: { 'zh-CN': '相对湿度', en: 'Relative humidity of the air' },
      unit: 'percent',
      range: [0, 100],
    },
    wet: { about: { 'zh-CN': '地面有水', en: 'The floor is wet' } },
    due: { about: { 'zh-CN': '需要清洁', en: 'It has to be cleaned' } },
    dueBecause: {
      about: {
        'zh-CN': '需要清洁的原因：visits 人次，hours 时间，smell 异味，water 积水；nothing 不需要',
        en: 'Why: visits, hours, smell, water; nothing where it has not to be',
      },
    },
    lastCleanedAt: {
      about: { 'zh-CN': '上次清洁的时间（RFC 3339）', en: 'When it was cleaned last (RFC 3339)' },
    },
  },
  faults: washroomFaults,
  create(config, context) {
    const options = v.parse(washroomOptionsSchema, config);
    return new WashroomMonitor(options, new Parts(washroom, config, context), config, context);
  },
};

function partProblems({ parts = {} }: DeviceConfig): { path: string[]; message: string }[] {
  const problems: { path: string[]; message: string }[] = [];
  if (!dueParts.some((part) => parts[part] !== undefined)) {
    const message = `missing: expected at least one by which cleaning becomes due: ${dueParts.join(', ')}`;
    problems.push({ path: ['parts'], message });
  }
  const inPart = (part: string, found: ReturnType<typeof smellProblems>) => {
    for (const { path, message } of found) problems.push({ path: ['parts', part, ...path], message });
  };
  if (parts.smell !== undefined) inPart('smell', smellProblems(parts.smell));
  for (const probe of floorNames) {
    const entry = parts[probe];
    if (entry !== undefined) inPart(probe, floorProblems(entry));
  }
  return problems;
}
