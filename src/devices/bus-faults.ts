/**
 * Faults that any bus can have, in words that fit what carries it. Besides the evidence of the loss, its place in the
 * configuration may be filled in: `{path}`, `{host}` and `{port}`, `{chip}`, `{number}`, `{card}`, `{bus}`.
 */
import type { BusFaultVariant, FaultDeclaration } from './kind.js';

/** The most special first. */
const lostVariants: readonly BusFaultVariant[] = [
  {
    buses: ['serial', 'firmata', 'usb-printer', 'gpio', 'i2c'],
    because: 'wire.denied',
    text: { 'zh-CN': '{device} 没有访问权限：{reason}', en: '{device} may not be used: {reason}' },
    action: {
      'zh-CN': '把运行程序的用户加入所需的用户组，再重启 hallward 服务（hallward doctor 会给出命令）',
      en: 'Put the user of the service into that group and restart it (hallward doctor gives the command)',
    },
  },
  {
    buses: ['serial', 'firmata', 'usb-printer'],
    because: 'wire.busy',
    text: { 'zh-CN': '{device} 无法打开：{reason}', en: '{device} cannot be opened: {reason}' },
    action: {
      'zh-CN': '关闭占用它的程序（fuser -v {path} 可查看）；释放后会自动恢复',
      en: 'End the program that holds it (fuser -v {path} shows it); it comes back by itself',
    },
  },
  {
    buses: ['serial', 'firmata', 'usb-printer', 'gpio', 'i2c'],
    because: 'wire.unusable',
    text: { 'zh-CN': '{device} 无法使用：{reason}', en: '{device} cannot be used: {reason}' },
    action: {
      'zh-CN': '在主机上运行 hallward doctor，按它给出的命令处理',
      en: 'Run hallward doctor on the board: it says what is missing, and the command that mends it',
    },
  },
  {
    buses: ['serial'],
    action: {
      'zh-CN': '检查转接器是否插好（{path}）；插好后会自动恢复',
      en: 'Check that the adapter is plugged in ({path}); it comes back by itself',
    },
  },
  {
    buses: ['firmata'],
    text: { 'zh-CN': '采集板 {device} 断开：{reason}', en: 'The board {device} is gone: {reason}' },
    action: {
      'zh-CN': '检查采集板的 USB 线是否插好（{path}）；插好后会自动恢复',
      en: 'Check that the USB cable of the board is plugged in ({path}); it comes back by itself',
    },
  },
  {
    buses: ['usb-printer'],
    text: { 'zh-CN': 'USB 打印机 {device} 断开：{reason}', en: 'The USB printer {device} is gone: {reason}' },
    action: {
      'zh-CN': '检查打印机是否开机、USB 线是否插好（{path}）；之后会自动恢复',
      en: 'Check that the printer is on and its USB cable plugged in ({path}); it comes back by itself',
    },
  },
  {
    buses: ['tcp'],
    because: 'wire.refused',
    text: { 'zh-CN': '{device} 连接不上：{reason}', en: 'No connection to {device}: {reason}' },
    action: {
      'zh-CN': '{host} 在网络上，但没有开放端口 {port}：核对它设置的端口，或将它重启；之后会自动重连',
      en: '{host} is there, but not listening on port {port}: check its settings, or restart it; we connect again by ourselves',
    },
  },
  {
    buses: ['tcp'],
    text: { 'zh-CN': '{device} 网络连接断开：{reason}', en: 'The connection to {device} is gone: {reason}' },
    action: {
      'zh-CN': '检查 {host} 的电源和网线（端口 {port}）；恢复后会自动重连',
      en: 'Check power and network cable of {host} (port {port}); we connect again by ourselves',
    },
  },
  {
    buses: ['gpio'],
    text: {
      'zh-CN': 'GPIO 芯片 {device} 不可用：{reason}',
      en: 'The GPIO chip {device} cannot be used: {reason}',
    },
    action: {
      'zh-CN': '运行 gpiodetect，核对其中有没有 {chip}；恢复后会自动继续',
      en: 'Run gpiodetect and look for {chip} there; it goes on by itself',
    },
  },
  {
    buses: ['i2c'],
    because: 'wire.absent',
    text: { 'zh-CN': '主机没有 I2C 总线 {device}：{reason}', en: 'There is no I2C bus {device}: {reason}' },
    action: {
      'zh-CN': '打开 I2C（config.txt 加 dtparam=i2c_arm=on，/etc/modules 加 i2c-dev），然后重启主机',
      en: 'Switch I2C on (dtparam=i2c_arm=on in config.txt, i2c-dev in /etc/modules) and restart the board',
    },
  },
  {
    buses: ['i2c'],
    text: {
      'zh-CN': 'I2C 总线 {device} 不可用：{reason}',
      en: 'The I2C bus {device} cannot be used: {reason}',
    },
    action: {
      'zh-CN': '检查 SDA、SCL 接线和各芯片的电源（i2cdetect -y {number} 可查看）；恢复后会自动继续',
      en: 'Check SDA, SCL and the power of its chips (i2cdetect -y {number} shows who answers); it goes on by itself',
    },
  },
  {
    buses: ['expander', 'adc'],
    text: { 'zh-CN': '{device} 芯片不可用：{reason}', en: 'The chip {device} cannot be used: {reason}' },
    // A chip is looked for at its address, not at a plug.
    action: {
      'zh-CN': '检查芯片的电源、接线和地址跳线（i2cdetect -y 可查看）；恢复后会自动继续',
      en: 'Check power, wires and address jumpers of the chip (i2cdetect -y shows who is there); it goes on by itself',
    },
  },
  {
    buses: ['audio'],
    because: 'audio.unusable',
    text: { 'zh-CN': '{device} 缺少播放程序：{reason}', en: '{device} lacks a program: {reason}' },
    action: {
      'zh-CN': '安装缺少的程序：sudo apt install alsa-utils espeak-ng；之后会自动恢复',
      en: 'Install what is missing: sudo apt install alsa-utils espeak-ng; it comes back by itself',
    },
  },
  {
    buses: ['audio'],
    text: {
      'zh-CN': '声卡 {device} 不可用：{reason}',
      en: 'The sound card {device} cannot be used: {reason}',
    },
    action: {
      'zh-CN': '检查声卡是否插好，用 aplay -L 核对名称 {card}；恢复后会自动继续',
      en: 'Check that the card is plugged in, and its name {card} with aplay -L; it goes on by itself',
    },
  },
  {
    // A host that is away is its devices' fault: only what this controller lacks makes the bus lost.
    buses: ['snmp'],
    text: { 'zh-CN': '{device} 无法使用 SNMP：{reason}', en: 'SNMP cannot be used for {device}: {reason}' },
    action: {
      'zh-CN': '按原因安装软件包或改正配置，再重启 hallward 服务',
      en: 'Install what the reason names or correct the configuration, and restart the service',
    },
  },
  {
    buses: ['page'],
    text: { 'zh-CN': '屏幕页面无法打开：{reason}', en: 'Pages cannot be served: {reason}' },
    // Pages hang on no cable.
    action: {
      'zh-CN': '检查端口和地址（配置 http 部分）；改正或释放后会自动恢复，叫号不受影响',
      en: 'Check port and address in the section http; pages come back by themselves, and calling goes on',
    },
  },
];

const noisyVariants: readonly BusFaultVariant[] = [
  {
    buses: ['tcp'],
    text: {
      'zh-CN': '{device} 收到不属于任何设备的数据',
      en: 'Bytes arrive on {device} that belong to no device',
    },
    action: {
      'zh-CN': '{host} 若是串口服务器，检查其串口线的屏蔽、接地、终端电阻和波特率；否则核对设备和协议',
      en: 'If {host} is a serial server, check its line (shield, ground, termination, baud rate); else device and protocol',
    },
  },
  {
    buses: ['usb-printer'],
    text: {
      'zh-CN': '{device} 收到不属于任何设备的数据',
      en: 'Bytes arrive on {device} that belong to no device',
    },
    action: {
      'zh-CN': '核对配置中的打印机型号和协议；仍出现时更换 USB 线',
      en: 'Compare model and protocol with the configuration; if it goes on replace the USB cable',
    },
  },
];

export const busFaults: readonly FaultDeclaration[] = [
  {
    code: 'bus.lost',
    status: 'failure',
    severity: 'high',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 线路断开：{reason}',
      en: 'The wire {device} is gone: {reason}',
    },
    action: {
      'zh-CN': '检查它的电源和接线；恢复后会自动继续',
      en: 'Check its power and cable; it goes on by itself',
    },
    variants: lostVariants,
  },
  {
    code: 'bus.noisy',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 线路干扰大，收到无法识别的数据',
      en: 'The wire {device} is noisy: bytes arrive that belong to no device',
    },
    action: {
      'zh-CN': '检查屏蔽、接地、终端电阻（仅两端各 120 Ω）和波特率',
      en: 'Check shield, ground, termination (120 Ω at both ends only) and baud rate',
    },
    variants: noisyVariants,
  },
];
