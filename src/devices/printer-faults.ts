/** Faults of a ticket printer (contract, section 4), and which of them a status means. */
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

export const printerFaults: readonly FaultDeclaration[] = [
  {
    code: 'printer.media-low',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 纸快用完', en: '{device} is nearly out of paper' },
    action: {
      'zh-CN': '准备新纸卷，趁没有人取号时更换',
      en: 'Fetch a new roll and put it in when nobody is waiting for a ticket',
    },
  },
  failure({
    code: 'printer.media-empty',
    text: { 'zh-CN': '{device} 缺纸，取不了号', en: '{device} is out of paper: no tickets come out' },
    action: {
      'zh-CN': '打开上盖，装入新纸卷（热敏面朝打印头），合上盖；会自动打印一张检查条',
      en: 'Open the cover, put in a new roll (coated side to the head), close it; a check slip comes out',
    },
  }),
  failure({
    code: 'printer.cover-open',
    text: {
      'zh-CN': '{device} 上盖打开，取不了号',
      en: 'The cover of {device} is open: no tickets come out',
    },
    action: { 'zh-CN': '合上上盖，直到两侧都卡住', en: 'Close the cover until both sides click' },
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
      'zh-CN': '关电源等一分钟再开；若仍报错，联系维修并使用其他取号机',
      en: 'Switch it off for a minute; if the error stays call the service and use another printer',
    },
  }),
  failure({
    code: 'printer.offline',
    text: { 'zh-CN': '{device} 脱机：{reason}', en: '{device} is offline: {reason}' },
    action: {
      'zh-CN': '按联机（FEED/ONLINE）键；打印头过热时等几分钟会自动恢复',
      en: 'Press its online key; after a hot print head it comes back by itself in a few minutes',
    },
  }),
];

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
      return status.mechanicalError === true ? 'mechanical error' : 'error of an unknown sort';
    default:
      if (status.autoRecoverable === true) return 'auto-recoverable error (print head too hot)';
      return status.feeding === true ? 'paper feed button held' : 'no reason given';
  }
}
