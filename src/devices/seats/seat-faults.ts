import type { Evidence } from '../../kernel/errors.js';
import type { DeviceReports, FaultDeclaration } from '../kind.js';

const look = {
  'zh-CN': '查看该座位：拿走放置的物品；若无物品，检查座下开关和接线',
  en: 'Look at these seats: take away what lies there; if nothing does, check switch and wire',
};

export const seatFaults = [
  {
    code: 'seating.stuck-seat',
    status: 'maintenance-required',
    severity: 'low',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 座位 {seats} 连续 {minutes} 分钟显示有人，暂不计入',
      en: '{device}: seats {seats} say taken for {minutes} minutes on end and are not counted',
    },
    action: look,
  },
  {
    code: 'seating.night-seat',
    status: 'maintenance-required',
    severity: 'low',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 座位 {seats} 闭馆后整夜（01:00 至 05:00）显示有人',
      en: '{device}: seats {seats} said taken all night (01:00 to 05:00), with the hall closed',
    },
    action: look,
  },
  {
    code: 'seating.restless-seat',
    status: 'maintenance-required',
    severity: 'low',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 座位 {seats} 的信号不停跳动，暂不计入',
      en: '{device}: the sensors of seats {seats} never keep still; these are not counted',
    },
    action: {
      'zh-CN': '检查该座位的接线和插头是否松动；必要时更换开关或坐垫',
      en: 'Check their wires and plugs for a loose one; replace the switch or mat if needed',
    },
  },
] as const satisfies readonly FaultDeclaration[];

type SeatFault = (typeof seatFaults)[number]['code'];

/** Says each fault of seats when other seats than before are concerned. */
export class SeatFaults {
  readonly #said = new Map<SeatFault, string>();

  constructor(private readonly reports: Pick<DeviceReports, 'raise' | 'clear'>) {}

  /** @param numbers of the seats, from 1; none: it is over */
  say(code: SeatFault, numbers: readonly number[], evidence: Evidence = {}): void {
    const seats = numbers.join(', ');
    if (this.#said.get(code) === seats) return;
    this.#said.set(code, seats);
    if (numbers.length > 0) this.reports.raise(code, { seats, ...evidence }, numbers.map(String));
    else this.reports.clear(code);
  }
}
