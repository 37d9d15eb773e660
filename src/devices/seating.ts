/**
 * Seating (等候区座椅): how many of the waiting area's seats are taken, by a switch or a pressure mat for each. What looks at
 * them differs (`seats/…-seats.ts`); what is made of it does not (`seats/seat-monitor.ts`).
 */
import type { DeviceKind } from './kind.js';
import { createLineSeats, lineSeats } from './seats/line-seats.js';
import { createMatSeats, matSeats } from './seats/mat-seats.js';
import { createMcp23017Seats, mcp23017Seats } from './seats/mcp23017-seats.js';
import { seatFaults } from './seats/seat-faults.js';

export const seating: DeviceKind = {
  kind: 'seating',
  title: { 'zh-CN': '等候座椅', en: 'Seating' },
  about: {
    'zh-CN': '等候区座椅占用情况，每个座位下有一个开关或压力坐垫',
    en: 'How many seats of the waiting area are taken, by a switch or a pressure mat for each',
  },
  options: {},
  protocols: {
    mcp23017: mcp23017Seats,
    lines: lineSeats,
    mats: matSeats,
  },
  readings: {
    seats: { about: { 'zh-CN': '座位总数', en: 'All seats' } },
    taken: {
      about: {
        'zh-CN': '有人的座位数；未计入有人、空闲、异常的座位状态未知',
        en: 'Seats taken; seats that are neither taken, free nor stuck are not known',
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
  faults: seatFaults,
  create(config, context) {
    if (config.protocol === 'lines') return createLineSeats(config, context);
    if (config.protocol === 'mats') return createMatSeats(config, context);
    return createMcp23017Seats(config, context);
  },
};
