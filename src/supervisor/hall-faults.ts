/** Faults of the hall: what the duty manager (大厅值班长) or the staff must see to. */
import type { FaultDeclaration } from '../devices/kind.js';

export const hallFaults: readonly FaultDeclaration[] = [
  {
    code: 'queue.pressure',
    status: 'out-of-specification',
    severity: 'medium',
    audience: 'duty',
    text: {
      'zh-CN': '“{queue}”排队过长：{waiting} 人等候，{windowsOpen} 个窗口在办理',
      en: 'Queue {queue} is too long: {waiting} people wait, {windowsOpen} windows are open',
    },
    action: {
      'zh-CN': '可增开窗口：{couldOpen}',
      en: 'Windows that could help: {couldOpen}',
    },
  },
  {
    code: 'service.overlong',
    status: 'out-of-specification',
    severity: 'low',
    audience: 'duty',
    text: {
      'zh-CN': '{window} 号窗口的 {number} 号已办理 {servedMinutes} 分钟',
      en: 'Window {window} has been serving {number} for {servedMinutes} minutes',
    },
    action: {
      'zh-CN': '请到窗口看看是否需要协助，或是否忘了按办结',
      en: 'See whether the window needs help, or forgot to press done',
    },
  },
  {
    code: 'hall.seats-short',
    status: 'out-of-specification',
    severity: 'medium',
    audience: 'duty',
    text: {
      'zh-CN': '等候座位紧张：{seats} 个座位已占 {taken} 个，约 {standing} 人站立',
      en: 'Seats run short: {taken} of {seats} are taken, about {standing} people stand',
    },
    action: {
      'zh-CN': '增加临时座椅，增开窗口，引导一部分人到别处等候',
      en: 'Bring chairs, open windows, and lead some people to wait elsewhere',
    },
  },
  {
    code: 'hall.help-wanted',
    status: 'function-check',
    severity: 'high',
    audience: 'duty',
    text: { 'zh-CN': '有人求助：{device}', en: 'Somebody asks for help: {device}' },
    action: { 'zh-CN': '请立即过去', en: 'Please go there now' },
  },
  {
    code: 'hall.fire-alarm',
    status: 'failure',
    severity: 'high',
    audience: 'duty',
    text: { 'zh-CN': '消防报警：{device}', en: 'Fire alarm: {device}' },
    action: {
      'zh-CN': '叫号已停止，屏幕显示疏散提示；请组织疏散，报警解除后自动恢复',
      en: 'Calling has stopped and screens show the way out; it goes on when the alarm is over',
    },
  },
  {
    code: 'hall.leader-lost',
    status: 'failure',
    severity: 'high',
    audience: 'duty',
    text: {
      'zh-CN': '叫号主机 {leader} 中断，{waiting} 人等候：{numbers}（名单已打印：{list}）',
      en: '{leader}, which leads the calling, is away; {waiting} people wait: {numbers} (list printed: {list})',
    },
    action: {
      'zh-CN':
        '按名单口头叫号；新来的人发放 {prefix} 字头的人工号，按“下一位”叫号；请检查 {leader}，或在备用机上执行 calling.adopt',
      en: 'Call out the list; give newcomers numbers with {prefix} and press next; see to {leader}, or send calling.adopt to the standby',
    },
  },
  {
    code: 'hall.hand-lost',
    status: 'out-of-specification',
    severity: 'high',
    audience: 'duty',
    text: {
      'zh-CN': '控制器 {hand} 不听指挥（断开，或正在人工叫号）',
      en: 'The controller {hand} takes no orders: it is away, or calls numbers by hand',
    },
    action: {
      'zh-CN': '它的窗口请口头叫号；检查该控制器的电源和网络，恢复后自动继续',
      en: 'Call out the numbers at its windows; check its power and network; it goes on by itself afterwards',
    },
  },
  {
    code: 'calling.claimed-twice',
    status: 'failure',
    severity: 'high',
    audience: 'admin',
    text: {
      'zh-CN': '队列“{queue}”同时由 {other} 负责（自 {since}）；现在只由 {issues} 发号',
      en: 'Queue {queue} is led by {other}, too (since {since}); only {issues} gives out its tickets now',
    },
    action: {
      'zh-CN': '一个大厅的一个队列只能由一台控制器负责：在其中一台的配置中删去该队列，或改为 leader',
      en: 'One controller leads a queue: take it out of the configuration of one of them, or give that one a leader',
    },
  },
  {
    code: 'calling.adopted-elsewhere',
    status: 'maintenance-required',
    severity: 'medium',
    audience: 'duty',
    text: {
      'zh-CN': '{other} 已接管叫号，本机只执行它的指令；只有本机知道的号码：{numbers}',
      en: '{other} has taken over the calling, this controller is its hand; numbers known only here: {numbers}',
    },
    action: {
      'zh-CN': '请口头叫这些号码，或给他们重新取号；要由本机重新负责，请向本机发送 calling.adopt',
      en: 'Call these numbers out, or give those people new ones; to lead here again, send calling.adopt to this controller',
    },
  },
];
