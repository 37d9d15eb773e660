/**
 * Reasons in Chinese. Errors carry one English sentence and a stable code; whoever stands before the device reads
 * Chinese. What has no words here stays English: better than nothing.
 */
import type { Evidence } from '../kernel/errors.js';

const byCode: Readonly<Record<string, string>> = {
  'wire.absent': '找不到设备（没有插好，或名称已变）',
  'wire.lost': '连接已断开',
  'wire.denied': '没有访问权限',
  'wire.busy': '被其他程序占用',
  'wire.refused': '对方拒绝连接',
  'wire.full': '设备长时间不接收数据',
  'gpio.line-busy': '引脚被其他程序占用',
  'gpio.line-unknown': '没有这个引脚',
  'gpio.failed': '引脚操作失败',
  'i2c.line-stuck': 'SDA 或 SCL 被拉低',
  'i2c.hung': '总线没有反应',
  'helper.hung': '系统没有反应',
  'audio.absent': '找不到声卡：用 aplay -L 查看名称，检查 USB 声卡是否插好',
  'audio.failed': '播放失败',
  'audio.timeout': '播放没有结束，已强制停止',
};

/** The first that fits. */
const byPhrase: readonly (readonly [phrase: string, words: string])[] = [
  ['no serial adapter is plugged in', '没有插上串口转接器'],
  ['no USB printer is plugged in', '没有插上 USB 打印机，或没有开机'],
  [
    'another program listens on',
    '端口被其他程序占用：用 ss -ltnp 查看并关闭它，或修改 http.port；会自动重试',
  ],
  ['this board does not have the address', '本机没有这个地址：检查网络，或修改 http.address；会自动重试'],
  ['no right to listen on port', '没有权限使用这个端口：http.port 应为 1024 以上'],
  ['group dialout', '没有权限：把运行用户加入 dialout 组'],
  ['group lp', '没有权限：把运行用户加入 lp 组'],
  ['group gpio', '没有权限：把运行用户加入 gpio 组'],
  ['usermod -aG i2c', '没有权限：把运行用户加入 i2c 组'],
  ['switch I2C on', '没有启用 I2C：在 /boot/firmware/config.txt 加上 dtparam=i2c_arm=on 后重启'],
  ['no GPIO chip is called', '没有这个标签的 GPIO 芯片：用 gpiodetect 查看标签'],
  ['apt install gpiod', '缺少 gpiod 工具：sudo apt install gpiod'],
  ['apt install espeak-ng alsa-utils', '缺少语音软件：sudo apt install espeak-ng alsa-utils'],
  ['is in use by another program', '被其他程序占用'],
  ['earlier programs hang in the system', '之前的播放程序停不下来：重启控制器或重新插拔声卡'],
  ['with one sentence', '一句话一直播不完'],
  ['does not obey a stop', '一直忙，停止命令无效'],
  ['nobody has asked it to speak', '没有播报任务却一直忙'],
  ['neither a stop nor sleep ends it', '停止和休眠都不能使它恢复'],
  ['it refuses an announcement', '不接受播报内容'],
  ['it refuses even a status query', '连状态查询也不接受'],
  ['it starts anew while it speaks', '播报中途重启'],
  ['no answer to the status query', '状态查询没有应答'],
  ['npm install onoff', '缺少软件包 onoff：npm install onoff'],
  ['npm install serialport', '缺少软件包 serialport：npm install serialport'],
  ['package i2c-bus', '缺少软件包 i2c-bus，或没有编译好：npm rebuild i2c-bus'],
  ['nothing listens there', '对方没有开放这个端口'],
  ['no matching subscribers', '没有程序订阅这些消息'],
  ['bad user name or password', '用户名或密码错误'],
  ['not authorized', '没有权限'],
  ['no answer', '没有应答'],
  ['host name', '找不到主机名'],
  ['there is no network', '网络不通'],
  ['no way to that host', '网络不通'],
  ['the connection was', '连接被断开'],
  ['certificate has expired', '证书已过期（或本机时钟不对）'],
  ['certificate', '证书不被信任'],
  ['does not keep its setting', '芯片不保存设置，可能不是 MCP23017'],
  ['unrecoverable error', '不可恢复的错误'],
  ['mechanical error', '机械故障'],
  ['error of an unknown sort', '未知错误'],
  ['print head too hot', '打印头过热，稍后自动恢复'],
  ['feed button held', '走纸键被按住'],
  ['no reason given', '没有说明原因'],
];

/** The evidence's `reason` in Chinese, or as it is where nobody has put it into words. */
export function chineseReason({ code, reason }: Evidence): string | undefined {
  if (typeof reason !== 'string') return undefined;
  const known = typeof code === 'string' && Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  // The most telling of several: a lost wire often says why.
  return byPhrase.find(([phrase]) => reason.includes(phrase))?.[1] ?? known ?? reason;
}
