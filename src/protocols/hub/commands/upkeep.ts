/** Commands to faults and devices: of whoever keeps the hall's equipment going. */
import * as v from 'valibot';
import { by, type CommandDeclaration, count, gives, minutes, name, reason, takes } from './declaration.js';

const device = takes({ device: name });
const keeps = ['maintenance'] as const;
const time = v.pipe(v.string(), v.maxLength(40));
const part = v.optional(v.pipe(name, v.description("one of the fault's parts")));
const reading = v.nullable(v.union([v.string(), v.number(), v.boolean()]));

/** `already`: it was so before. */
const switched = gives({ device: name, disabled: v.boolean(), already: v.boolean() });

/** What became of a device's test. */
const tested = {
  device: name,
  result: v.pipe(
    v.picklist(['confirmed', 'sent', 'failed', 'passive']),
    v.description(
      'confirmed: the device says so; sent: it cannot tell, look or listen; passive: it can do nothing, it only measures',
    ),
  ),
  what: v.picklist(['board', 'voice', 'paper', 'lamp', 'page', 'reading']),
  reason: v.exactOptional(name),
  afterMilliseconds: v.nullable(v.number()),
  readings: v.exactOptional(v.record(v.string(), reading)),
};

export const upkeepCommands = {
  'fault.acknowledge': {
    about: { 'zh-CN': '确认故障：有人在处理', en: 'Says that somebody knows of a fault and sees to it' },
    arguments: takes({
      device: name,
      code: name,
      part,
      by,
      note: v.optional(v.pipe(v.string(), v.maxLength(200))),
    }),
    result: null,
    who: ['duty', ...keeps],
    examples: [{ device: 'tickets', code: 'printer.media-low', by: 'wang', note: '纸在路上' }],
  },
  'fault.shelve': {
    about: {
      'zh-CN': '暂时搁置故障：指示灯和蜂鸣器不再提示，到时自动恢复',
      en: 'Puts a fault out of sight for a while: lamps and buzzers leave it out, and it comes back by itself (ISA-18.2)',
    },
    arguments: takes({ device: name, code: name, part, by, minutes, reason }),
    result: gives({ until: v.nullable(time) }),
    who: keeps,
    examples: [{ device: 'board-5', code: 'device.unresponsive', by: 'wang', minutes: 60, reason: '等配件' }],
  },
  'device.test': {
    about: {
      'zh-CN': '测试一台设备：让人能看到或听到，并回复结果',
      en: 'Has a device do something that a person can see or hear, and says what became of it',
    },
    arguments: device,
    result: gives(tested),
    who: keeps,
    paper: true,
    examples: [{ device: 'board-5' }],
  },
  'device.identify': {
    about: {
      'zh-CN': '让一台设备表明自己的位置',
      en: 'Has a device show itself, for whoever stands before ten alike',
    },
    arguments: takes({
      device: name,
      seconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(60)), 10),
    }),
    result: gives(tested),
    who: keeps,
    paper: true,
    examples: [{ device: 'board-5', seconds: 20 }],
  },
  'device.disable': {
    about: { 'zh-CN': '停用一台设备', en: 'Takes a device out of service, also over a restart' },
    arguments: takes({ device: name, reason }),
    result: switched,
    who: ['admin'],
    examples: [{ device: 'board-5', reason: '返厂维修', by: 'wang' }],
  },
  'device.enable': {
    about: { 'zh-CN': '重新启用一台设备', en: 'Puts a device back into service' },
    arguments: device,
    result: switched,
    who: ['admin'],
    examples: [{ device: 'board-5' }],
  },
  'hall.test': {
    about: {
      'zh-CN': '开门前逐台测试全部设备',
      en: 'Tests all devices, one after the other, before the hall opens',
    },
    arguments: takes({}),
    result: gives({
      ok: v.pipe(v.boolean(), v.description('none has failed')),
      devices: v.array(gives(tested)),
    }),
    who: ['duty'],
    paper: true,
    examples: [{}],
  },
  'supply.replaced': {
    about: {
      'zh-CN': '已换上新的耗材（纸、墨、皂液）',
      en: 'Somebody has put in new paper, ink or soap: what was learned of the old one is over',
    },
    arguments: takes({ device: name, supply: v.optional(name) }),
    result: gives({ device: name, supply: v.nullable(name) }),
    who: keeps,
    examples: [{ device: 'soap-n', supply: 'soap', by: 'wang' }],
  },
  'washroom.cleaned': {
    about: { 'zh-CN': '卫生间已打扫', en: 'A washroom was cleaned' },
    arguments: device,
    result: gives({ device: name }),
    who: keeps,
    examples: [{ device: 'washroom-n', by: 'li' }],
  },
  'capture.get': {
    about: {
      'zh-CN': '取出故障前后线路上的数据（evidence.capture）',
      en: 'What went over a wire around a fault (evidence.capture)',
    },
    arguments: takes({ capture: name }),
    result: gives({
      capture: name,
      bus: name,
      startedAt: v.nullable(time),
      lines: v.pipe(v.array(v.string()), v.description('JSON lines, as hallward learn --record writes them')),
    }),
    who: keeps,
    asks: true,
    examples: [{ capture: 'row-3' }],
  },
  'events.resend': {
    about: {
      'zh-CN': '重发已送达的事件，一次最多一万条',
      en: 'Sends events once more that were delivered before, at most 10,000 at once',
    },
    arguments: takes({
      store: name,
      from: v.pipe(v.number(), v.integer(), v.minValue(1)),
      to: v.pipe(v.number(), v.integer(), v.minValue(1)),
    }),
    result: gives({ events: count }),
    who: ['hub'],
    examples: [{ store: '5f3c9a0e', from: 1000, to: 1042 }],
  },
} as const satisfies Record<string, CommandDeclaration>;
