/** Faults that any device can have. */
import type { FaultDeclaration } from './kind.js';

export const deviceFaults: readonly FaultDeclaration[] = [
  {
    code: 'device.unresponsive',
    status: 'failure',
    severity: 'high',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 无应答', en: '{device} does not answer' },
    action: {
      'zh-CN': '检查设备电源和接线，核对地址；恢复后会自动显示当前内容',
      en: 'Check its power, cable and address; it shows what is true now as soon as it is back',
    },
  },
  {
    code: 'device.bad-reading',
    status: 'failure',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 数据异常：{reason}', en: '{device} gives impossible readings: {reason}' },
    action: { 'zh-CN': '检查设备，必要时断电重启', en: 'Check the device; switch it off and on if needed' },
  },
  {
    code: 'device.stuck-input',
    status: 'failure',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 按键 {key} 卡住', en: 'Key {key} of {device} is stuck' },
    action: {
      'zh-CN': '检查并松开按键，必要时更换键盘',
      en: 'Free the key; replace the keypad if it sticks again',
    },
  },
  {
    code: 'device.line-unavailable',
    status: 'failure',
    severity: 'medium',
    audience: 'admin',
    text: {
      'zh-CN': '{device} 的 GPIO 引脚无法使用：{reason}',
      en: 'A GPIO line of {device} cannot be used: {reason}',
    },
    action: {
      'zh-CN': '核对配置中的引脚，用 gpioinfo 查看被哪个程序占用；释放后会自动恢复',
      en: 'Check the line in the configuration, and with gpioinfo who holds it; it comes back by itself once free',
    },
  },
  {
    code: 'device.disabled',
    status: 'function-check',
    severity: 'low',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 已停用：{reason}', en: '{device} is out of service: {reason}' },
    action: {
      'zh-CN': '工作完成后用 device.enable 恢复使用',
      en: 'Send device.enable when the work is done',
    },
  },
  {
    code: 'device.restarting',
    status: 'failure',
    severity: 'medium',
    audience: 'admin',
    text: {
      'zh-CN': '{device} 驱动反复出错：{reason}',
      en: 'The driver of {device} keeps failing: {reason}',
    },
    action: {
      'zh-CN': '系统会自动重试；若持续出现，请导出日志并联系供应商',
      en: 'It is tried again by itself; if it goes on, send the log to the supplier',
    },
  },
];
