/**
 * Faults of printers (contract, section 4), and which of them the status of an ESC/POS printer means. One text a code, for
 * ticket printers as for those of kiosks and offices.
 */
import type { Evidence } from '../kernel/errors.js';
import type { FaultDeclaration } from './kind.js';
import { hindrances, type PrinterStatus } from './printer-status.js';

type Declared = Pick<FaultDeclaration, 'code' | 'text' | 'action'>;

const failure = (fault: Declared): FaultDeclaration => ({
  ...fault,
  status: 'failure',
  severity: 'high',
  audience: 'maintenance',
});

/** What every printer may raise. */
export const printerFaults: readonly FaultDeclaration[] = [
  {
    code: 'printer.media-low',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 纸快用完', en: '{device} is nearly out of paper' },
    action: {
      'zh-CN': '准备新纸，趁没有人使用时装入',
      en: 'Fetch paper and put it in when nobody is using it',
    },
  },
  failure({
    code: 'printer.media-empty',
    text: { 'zh-CN': '{device} 缺纸，打印不了', en: '{device} is out of paper: nothing comes out' },
    action: {
      'zh-CN': '打开上盖或纸盒，装入新纸（热敏纸卷：热敏面朝打印头），合好；取号机随后自动打印一张检查条',
      en: 'Open it, put in paper (a thermal roll: coated side to the head), close it; a ticket printer then prints a check slip',
    },
  }),
  failure({
    code: 'printer.cover-open',
    text: {
      'zh-CN': '{device} 的盖子、门或纸盒没有合好，打印不了',
      en: 'A cover, door or tray of {device} is open: nothing comes out',
    },
    action: {
      'zh-CN': '合上盖子、门和纸盒，直到卡住',
      en: 'Close cover, doors and trays until they click',
    },
  }),
  failure({
    code: 'printer.cutter-error',
    text: { 'zh-CN': '{device} 切刀卡住', en: 'The cutter of {device} is stuck' },
    action: {
      'zh-CN': '关电源，打开上盖，取出卡住的纸，合上盖后再开电源',
      en: 'Switch it off, open the cover, take out the jammed paper, close it and switch it on again',
    },
  }),
  failure({
    code: 'printer.hardware-error',
    text: { 'zh-CN': '{device} 硬件故障：{reason}', en: '{device} has a hardware error: {reason}' },
    action: {
      'zh-CN': '关电源等一分钟再开；若仍报错，联系维修，请群众使用其他机器',
      en: 'Switch it off for a minute; if the error stays call the service and use another printer',
    },
  }),
  failure({
    code: 'printer.offline',
    text: { 'zh-CN': '{device} 脱机：{reason}', en: '{device} is offline: {reason}' },
    action: {
      'zh-CN':
        '按联机（FEED/ONLINE）键，或在打印机、打印服务器上恢复暂停的队列；打印头过热时等几分钟会自动恢复',
      en: 'Press its online key, or resume its paused queue; after a hot print head it comes back by itself in a few minutes',
    },
  }),
];

/** What only printers of kiosks and offices can tell. */
const officePrinterFaults: readonly FaultDeclaration[] = [
  {
    code: 'printer.marker-supply-low',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 耗材快用完：{supplies}', en: '{device} is low on ink or toner: {supplies}' },
    action: {
      'zh-CN': '备好同型号耗材，用尽时更换',
      en: 'Have the same cartridge at hand, and change it when it is empty',
    },
  },
  failure({
    code: 'printer.marker-supply-empty',
    text: { 'zh-CN': '{device} 耗材用尽：{supplies}', en: '{device} is out of ink or toner: {supplies}' },
    action: {
      'zh-CN': '更换该耗材；装好后会自动恢复',
      en: 'Change this cartridge; it is well again as soon as it is in',
    },
  }),
  failure({
    code: 'printer.media-jam',
    text: { 'zh-CN': '{device} 卡纸', en: 'Paper is jammed in {device}' },
    action: {
      'zh-CN': '打开盖子和纸盒，顺着走纸方向慢慢取出全部纸张，再合好',
      en: 'Open covers and trays, draw all paper out slowly the way it runs, and close them',
    },
  }),
  {
    code: 'printer.waste-almost-full',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 废粉（废墨）盒快满', en: 'The waste container of {device} is nearly full' },
    action: { 'zh-CN': '备好新的废粉（废墨）盒', en: 'Have a new waste container at hand' },
  },
  failure({
    code: 'printer.waste-full',
    text: { 'zh-CN': '{device} 废粉（废墨）盒已满', en: 'The waste container of {device} is full' },
    action: {
      'zh-CN': '更换废粉（废墨）盒，不要倒空重用',
      en: 'Change the waste container; do not empty and reuse it',
    },
  }),
  failure({
    code: 'printer.output-full',
    text: { 'zh-CN': '{device} 出纸口已满', en: 'The output tray of {device} is full' },
    action: { 'zh-CN': '取走出纸口的纸张', en: 'Take the sheets away' },
  }),
  {
    code: 'printer.service-needed',
    status: 'maintenance-required',
    severity: 'low',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 需要保养：{reason}', en: '{device} needs service: {reason}' },
    action: {
      'zh-CN': '联系维修更换到期部件；目前仍可打印',
      en: 'Ask the service to change the worn part; it still prints',
    },
  },
];

/** All that a printer that is watched may raise. */
export const watchedPrinterFaults: readonly FaultDeclaration[] = [...printerFaults, ...officePrinterFaults];

/** The faults that stand by `status`, each with its evidence. One cause has one fault. */
export function faultsOf(status: PrinterStatus): Map<string, Evidence> {
  const faults = new Map<string, Evidence>();
  for (const code of hindrances(status)) faults.set(code, { reason: reasonOf(code, status) });
  if (status.paper === 'low') faults.set('printer.media-low', { reason: 'near end of paper' });
  return faults;
}

/** The printer's own word, as the makers' manuals have it. */
function reasonOf(code: string, status: PrinterStatus): string {
  switch (code) {
    case 'printer.media-empty':
      return 'paper end';
    case 'printer.cover-open':
      return 'cover open';
    case 'printer.cutter-error':
      return 'auto-cutter error';
    case 'printer.hardware-error':
      if (status.unrecoverable === true) return 'unrecoverable error';
      if (status.blackMarkError === true) return 'black mark not found: other paper, or put in askew';
      return status.mechanicalError === true ? 'mechanical error' : 'error of an unknown sort';
    default:
      if (status.autoRecoverable === true) return 'auto-recoverable error (print head too hot)';
      return status.feeding === true ? 'paper feed button held' : 'no reason given';
  }
}
