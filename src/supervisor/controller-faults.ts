/** Faults of the controller itself. */
import type { FaultDeclaration } from '../devices/kind.js';

export const controllerFaults: readonly FaultDeclaration[] = [
  {
    code: 'controller.hub-lost',
    status: 'out-of-specification',
    severity: 'medium',
    audience: 'admin',
    text: { 'zh-CN': '与中心的连接中断：{reason}', en: 'The hub cannot be reached: {reason}' },
    action: {
      'zh-CN': '叫号不受影响，数据会在恢复后补传；检查网络和 MQTT 服务',
      en: 'Calling goes on and nothing is lost; check the network and the broker',
    },
  },
  {
    code: 'controller.hub-refused',
    status: 'out-of-specification',
    severity: 'medium',
    audience: 'admin',
    text: { 'zh-CN': '中心拒收或无人接收：{reason}', en: 'The hub refuses, or nobody listens: {reason}' },
    action: {
      'zh-CN': '数据已保存；检查账号、权限（ACL）和订阅程序',
      en: 'Events are kept; check the account, the ACL, and that a program subscribes',
    },
  },
  {
    code: 'controller.certificate-expiring',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'admin',
    text: {
      'zh-CN': '连接中心用的证书（{file}）还有 {days} 天到期（{expiresAt}）',
      en: 'A certificate for the hub ({file}) ends in {days} days ({expiresAt})',
    },
    action: {
      'zh-CN': '签发新证书，覆盖该文件即可，不用重启；到期后将连不上中心，叫号不受影响',
      en: 'Make a new one and put it in the place of the file, no restart needed; once it has ended the hub is out of reach, and calling goes on',
    },
  },
  {
    code: 'controller.storage-low',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'admin',
    text: {
      'zh-CN': '待传数据接近存储上限，已丢弃 {dropped} 条',
      en: 'Events waiting for the hub nearly fill the storage; {dropped} let go so far',
    },
    action: {
      'zh-CN': '尽快恢复与中心的连接，或调大 storage.maxMegabytes',
      en: 'Bring the hub back, or raise storage.maxMegabytes',
    },
  },
  {
    code: 'controller.storage-failed',
    status: 'failure',
    severity: 'high',
    audience: 'maintenance',
    text: {
      'zh-CN': '无法写入存储：{reason}；叫号继续，数据暂存内存',
      en: 'The storage cannot be written: {reason}; calling goes on in memory',
    },
    action: {
      'zh-CN': '检查磁盘空间和存储卡；断电前请先恢复，否则最新数据会丢失',
      en: 'Check disk space and the SD card before switching off, or the newest events are lost',
    },
  },
  {
    code: 'controller.clock-untrusted',
    status: 'out-of-specification',
    severity: 'medium',
    audience: 'admin',
    text: { 'zh-CN': '系统时间不可信', en: 'The clock cannot be trusted' },
    action: {
      'zh-CN': '检查网络对时；号码不会重置，时间恢复前的时长记为未知',
      en: 'Check time synchronisation; numbers go on, durations stay unknown until it is right',
    },
  },
  {
    code: 'controller.duplicate-identity',
    status: 'failure',
    severity: 'high',
    audience: 'admin',
    text: {
      'zh-CN': '网络上有另一台同名控制器',
      en: 'Another controller with the same name is at the hub',
    },
    action: {
      'zh-CN': '可能是复制的存储卡：给其中一台改名（controller:）后重启',
      en: 'Probably a copied SD card: give one of them another name (controller:) and restart it',
    },
  },
  {
    code: 'controller.board-key-unusable',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'admin',
    text: {
      'zh-CN': '本机签名密钥无法使用：{reason}',
      en: "The board's own key cannot be used: {reason}",
    },
    action: {
      'zh-CN': '评价照常记录，只是暂不签名；检查存储目录中的 board.key 的权限（应为 600）和内容，改正后重启',
      en: 'Ratings are recorded all the same, without a seal; mend board.key in the storage folder, then restart',
    },
  },
  {
    code: 'controller.config-rolled-back',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'admin',
    text: {
      'zh-CN': '新配置未生效，仍在使用原来的配置：{reason}',
      en: 'A new configuration is not in force, the one before goes on: {reason}',
    },
    action: {
      'zh-CN':
        '运行 hallward check 或 hallward config get --reported 查看全部错误，改正后重新推送，或发送 SIGHUP',
      en: 'See every mistake with `hallward check` or `hallward config get --reported`; mend it, then push it anew or send SIGHUP',
    },
  },
  {
    code: 'rating.unmapped',
    status: 'out-of-specification',
    severity: 'medium',
    audience: 'admin',
    text: {
      'zh-CN': '{device} 有评价无法对应到单位、人员和事项（窗口 {window}）',
      en: 'A rating on {device} cannot be tied to unit, staff and matter (window {window})',
    },
    action: {
      'zh-CN': '在 calling.windows 中补全该窗口的 unit、staff，在队列中补全 matter，或让工作人员登录',
      en: 'Give the window its unit and staff and the queue its matter, or have staff log in',
    },
  },
];
