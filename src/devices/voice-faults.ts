/** Faults of a voice. While one of them stands boards and pages carry the calls alone. */
import type { FaultDeclaration } from './kind.js';

export const voiceFaults: readonly FaultDeclaration[] = [
  {
    code: 'voice.stuck-busy',
    status: 'failure',
    severity: 'high',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 一直处于播报状态，叫号没有声音：{reason}',
      en: '{device} does not come to the end of what it says, and calls are not heard: {reason}',
    },
    action: {
      'zh-CN': '系统会自动尝试停止和唤醒；仍不恢复时，给语音模块断电再上电。其间请看屏幕叫号',
      en: 'It is stopped and woken by itself; if it stays so, switch the module off and on. Boards show the calls meanwhile',
    },
  },
  {
    code: 'voice.refused',
    status: 'failure',
    severity: 'high',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 不接受播报内容：{reason}',
      en: '{device} does not take what it should say: {reason}',
    },
    action: {
      'zh-CN': '检查到模块 RXD 的接线、共地和波特率（9600）；用声卡时检查声卡是否被其他程序占用',
      en: 'Check the wire to its RXD, the common ground and the baud rate (9600); with a sound card, who else uses it',
    },
  },
  {
    code: 'voice.restarts',
    status: 'failure',
    severity: 'medium',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 播报时反复重启：{reason}',
      en: '{device} starts anew while it speaks: {reason}',
    },
    action: {
      'zh-CN': '供电不足：给模块单独供电（功放 1 A 以上），或把音量调低',
      en: 'Its supply is too weak: give it one of its own (1 A and more with an amplifier), or lower the volume',
    },
  },
];
