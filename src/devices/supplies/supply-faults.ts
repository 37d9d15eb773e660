/** Faults of a supply sensor. Those of printers are the printers' own; the words of each supply are in `supply-words.ts`. */
import type { FaultDeclaration } from '../kind.js';
import { watchedPrinterFaults } from '../printer-faults.js';

const printersOwn: readonly string[] = [
  'printer.media-low',
  'printer.media-empty',
  'printer.marker-supply-low',
  'printer.marker-supply-empty',
];

export const supplyFaults: readonly FaultDeclaration[] = [
  ...watchedPrinterFaults.filter(({ code }) => printersOwn.includes(code)),
  {
    code: 'supply.low',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 快用完', en: '{device} is nearly empty' },
    action: {
      'zh-CN': '准备补充，趁没有人使用时更换',
      en: 'Fetch a new filling and put it in when nobody is waiting',
    },
  },
  {
    code: 'supply.empty',
    status: 'failure',
    severity: 'high',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 已用完', en: '{device} is empty' },
    action: { 'zh-CN': '补充或更换', en: 'Fill it up or put a new one in' },
  },
  {
    code: 'supply.not-calibrated',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 余量传感器未校准，余量不可知',
      en: 'The supply sensor {device} is not calibrated: nobody knows what is left',
    },
    action: {
      'zh-CN': '装入新的一卷，按住“满”键 2 秒；装入空芯，按住“空”键 2 秒',
      en: 'Put a new one in and hold the button "full" for 2 seconds; put an empty core in and hold "empty" for 2 seconds',
    },
  },
  {
    code: 'supply.out-of-range',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 余量传感器前面测不到东西，余量不可知',
      en: 'The supply sensor {device} sees nothing in its range: nobody knows what is left',
    },
    action: {
      'zh-CN': '打开机柜：装好纸卷；擦净传感器，检查它是否对准纸卷、有没有松动',
      en: 'Open the cabinet: put a roll in; wipe the sensor, look whether it points at the roll and sits tight',
    },
  },
  {
    code: 'supply.door-open',
    status: 'maintenance-required',
    severity: 'low',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 柜门已打开超过 {minutes} 分钟，期间不判断余量',
      en: 'The cabinet of {device} has been open for more than {minutes} minutes; meanwhile nobody knows what is left',
    },
    action: {
      'zh-CN': '关好柜门；若已关好，检查门磁和接线',
      en: 'Close the door; if it is closed, check its contact and wire',
    },
  },
];
