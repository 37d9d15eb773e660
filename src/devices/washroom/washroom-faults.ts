import type { FaultDeclaration } from '../kind.js';

export const washroomFaults: readonly FaultDeclaration[] = [
  {
    code: 'washroom.cleaning-due',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 需要清洁', en: '{device} has to be cleaned' },
    action: {
      'zh-CN': '请清洁；完成后按住门口按键 1 秒，指示灯熄灭',
      en: 'Clean it; then hold the button at the door for a second: the lamp goes out',
    },
  },
  {
    code: 'washroom.cleaning-overdue',
    status: 'out-of-specification',
    severity: 'high',
    audience: 'duty',
    text: {
      'zh-CN': '{device} 需要清洁已超过 {minutes} 分钟，仍未清洁',
      en: '{device} has waited for cleaning for more than {minutes} minutes',
    },
    action: {
      'zh-CN': '联系保洁员或另派人；若已清洁，按住门口按键 1 秒，或在系统中登记',
      en: 'Call the cleaner, or send somebody else; if it is clean, hold the button at the door or report it as cleaned',
    },
  },
  {
    code: 'washroom.floor-wet',
    status: 'out-of-specification',
    severity: 'high',
    audience: 'duty',
    text: {
      'zh-CN': '{device} 地面有水，小心滑倒',
      en: 'The floor of {device} is wet: slippery',
    },
    action: {
      'zh-CN': '放置“小心地滑”警示牌，拖干，查看是否漏水；若地面是干的，擦净并检查探头',
      en: 'Put up a warning sign, dry the floor and look for a leak; if it is dry, wipe and check the probe',
    },
  },
  {
    code: 'washroom.cubicle-long',
    status: 'out-of-specification',
    severity: 'high',
    audience: 'duty',
    text: {
      'zh-CN':
        '{device} {cubicles} 号隔间占用已超过 {minutes} 分钟，里面的人可能需要帮助，也可能是空隔间被锁上',
      en: '{device}: cubicle {cubicles} has been taken for more than {minutes} minutes: somebody may need help, or it is empty and locked',
    },
    action: {
      'zh-CN': '马上去敲门询问；没有回应就从外面开锁查看；若无人，检查门锁和门锁触点',
      en: 'Go and knock now; if nobody answers open it from outside; if nobody is in, check the lock and its contact',
    },
  },
  {
    code: 'washroom.supplies-empty',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 洗手或厕纸用品已用完', en: '{device} has run out of soap or paper' },
    action: { 'zh-CN': '请补充；补好后自动解除', en: 'Fill it up; it ends by itself' },
  },
];
