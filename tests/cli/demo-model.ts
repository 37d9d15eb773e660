/** Demo models for the tests of the view. */
import type { DemoModel, HallEvent, Told } from '../../src/cli/demo/model.js';
import type { FaultState } from '../../src/protocols/hub/payloads.js';
import { faultCatalogue } from '../../src/supervisor/fault-catalogue.js';

const now = Date.parse('2026-11-21T01:10:30.000Z');

export function at(seconds: number): string {
  return new Date(now + seconds * 1_000).toISOString();
}

export function fault(
  device: string,
  code: string,
  seconds: number,
  change: Partial<FaultState> = {},
): FaultState {
  const declaration = faultCatalogue.get(code)!;
  const fill = (text: string) =>
    text.replaceAll('{device}', device).replaceAll('{reason}', 'the cable is cut');
  return {
    id: `${device}-${code}`,
    device,
    code,
    status: declaration.status,
    severity: declaration.severity,
    audience: declaration.audience,
    text: { 'zh-CN': fill(declaration.text['zh-CN']), en: fill(declaration.text.en) },
    action: declaration.action,
    since: at(seconds),
    acknowledged: null,
    count: 1,
    evidence: {},
    session: 1,
    ...change,
  };
}

let sequence = 0;

function told(seconds: number, event: Pick<HallEvent, 'type' | 'data'>): Told {
  sequence++;
  const whole = { ...event, sequence, time: at(seconds), subject: 'caller-1' } as HallEvent;
  return { atMilliseconds: now + seconds * 1_000, event: whole };
}

const call = { queue: 'insurance', staff: '0317', rule: 'order', waitedSeconds: 21 } as const;
const end = { queue: 'insurance', staff: '0317', servedSeconds: 12 } as const;

const events: readonly Told[] = [
  told(-30, { type: 'window.opened', data: { window: '1', staff: '0317' } }),
  told(-25, {
    type: 'ticket.issued',
    data: {
      ...{ ticket: 't13', number: 'A013', day: '2026-11-21', queue: 'insurance', matter: null },
      ...{ priority: true, ahead: 6, waitMinutes: { low: 2, median: 3, high: 5 } },
    },
  }),
  told(-21, { type: 'ticket.called', data: { ...call, ticket: 't7', number: 'A007', window: '2' } }),
  told(-20, {
    type: 'ticket.shown',
    data: { ticket: 't7', device: 'board-2', result: 'confirmed', afterMilliseconds: 37 },
  }),
  told(-18, { type: 'command.done', data: { name: 'ticket.issue', id: 'x', by: null } }),
  told(-15, { type: 'ticket.served', data: { ...end, ticket: 't4', number: 'A004', window: '1' } }),
  told(-14, {
    type: 'rating.submitted',
    data: {
      ...{ session: 's', level: 5, reasons: [], window: '1', unit: 'u', staff: '0317', matter: 'm' },
      ...{ ticket: 't4', channel: 'key', invitedAt: at(-15) },
    },
  }),
  told(-12, { type: 'ticket.recalled', data: { ...call, ticket: 't6', number: 'A006', window: '3' } }),
  told(-9, { type: 'ticket.skipped', data: { ...end, ticket: 't6', number: 'A006', window: '3' } }),
  told(-8, { type: 'ticket.returned', data: { ...end, ticket: 't2', number: 'B002', window: null } }),
  told(-7, {
    type: 'ticket.called',
    data: { ...call, ticket: 't8', number: 'A008', window: '1', rule: 'priority' },
  }),
  { atMilliseconds: now - 6_500, heard: '请优先A零零八号到一号窗口办理', complete: true },
  told(-7, {
    type: 'ticket.shown',
    data: { ticket: 't8', device: 'board-1', result: 'failed', afterMilliseconds: null },
  }),
];

/** A hall on an ordinary morning. */
export const calm: DemoModel = {
  nowMilliseconds: now,
  startedMilliseconds: now - 300_000,
  timezone: 'Asia/Shanghai',
  hall: 'demo',
  controller: 'row-a',
  port: 41883,
  pages: 'http://127.0.0.1:41884/',
  box: { state: 'running', sinceMilliseconds: now - 300_000, pid: 4711 },
  queues: [
    { queue: 'insurance', prefix: 'A' },
    { queue: 'property', prefix: 'B' },
  ],
  windows: [
    {
      window: '1',
      unit: { 'zh-CN': '社会保险', en: 'Pensions' },
      board: { text: '   008', powered: true, wrong: false },
    },
    {
      window: '2',
      unit: { 'zh-CN': '医疗保障', en: 'Health care' },
      board: { text: '   007', powered: true, wrong: false },
    },
    {
      window: '3',
      unit: { 'zh-CN': '不动产登记', en: 'Property' },
      board: { text: '------', powered: true, wrong: false },
    },
    {
      window: '4',
      unit: { 'zh-CN': '税务', en: 'Tax' },
      board: { text: '      ', powered: true, wrong: false },
    },
  ],
  voice: { powered: true, saying: '请优先A零零八号到一号窗口办理', said: '请A零零七号到二号窗口办理' },
  fire: false,
  late: { skipped: 3, returned: 1 },
  atKiosk: 1,
  machine: {
    roll: 'in',
    slips: ['A009', 'A010', 'A011', 'A012', 'A013'].map((number) => ({ number, whole: true, again: false })),
  },
  seats: [...[true, false, true, true, false, false, true, true], ...Array<boolean>(6).fill(false)],
  inside: 12,
  washroomLamp: false,
  wet: false,
  tonerOut: false,
  lamps: { fault: false, invitation: true },
  numbers: { issued: 13, twice: 0 },
  hub: {
    connected: true,
    sinceMilliseconds: now - 300_000,
    controller: 'online',
    windows: new Map([
      ['1', { state: 'serving', number: 'A008', priority: true, staff: '0317' }],
      ['2', { state: 'serving', number: 'A007', priority: false, staff: '0321' }],
      ['3', { state: 'paused', number: null, priority: false, staff: '0325' }],
      ['4', { state: 'open', number: null, priority: false, staff: '0329' }],
    ]),
    queues: new Map([
      ['insurance', { waiting: 5, lastCalled: 'A008', waitMinutes: { low: 2, median: 3, high: 5 } }],
      ['property', { waiting: 0, lastCalled: null, waitMinutes: null }],
    ]),
    faults: [],
    channelsDown: [],
    paper: 'ok',
    room: {
      ...{ seats: 14, taken: 5 },
      people: { low: 9, median: 11, high: 13 },
      standing: { low: 2, median: 4, high: 6 },
    },
    things: {
      washroom: { visits: 5, smell: 104, due: false },
      printer: { toner: 62, paper: 'ok' },
      rollPercent: 48,
      water: true,
    },
    ratings: new Map([
      ['1', 5],
      ['2', 1],
    ]),
    events: { sequence: 57, lost: 0, doubled: 0, again: 0 },
    unreadable: 0,
  },
  eventsKept: 0,
  told: events,
  row: { cut: false, noisy: false },
  keypadPulled: false,
  broker: { up: true },
  tried: new Set(),
};

/** As much as possible is broken. */
export const broken: DemoModel = {
  ...calm,
  windows: calm.windows.map((row, index) =>
    index === 0
      ? { ...row, board: { text: '      ', powered: false, wrong: true } }
      : index === 1
        ? { ...row, board: { text: '   005', powered: true, wrong: true } }
        : row,
  ),
  hub: {
    ...calm.hub,
    faults: [
      fault('row', 'bus.noisy', -75),
      fault('board-1', 'device.unresponsive', -12),
      fault('board-3', 'device.unresponsive', -11),
      fault('keys-1', 'bus.lost', -5, { affected: ['caller-1'] }),
      fault('washroom-n', 'washroom.floor-wet', -4),
      fault('water', 'facility.attention', -31),
    ],
    events: { sequence: 1057, lost: 2, doubled: 1, again: 3 },
    paper: 'empty',
    room: null,
    things: {
      washroom: { visits: 9, smell: null, due: true },
      printer: { toner: 0, paper: 'ok' },
      rollPercent: null,
      water: false,
    },
    unreadable: 4,
  },
  machine: {
    roll: 'out',
    slips: [
      { number: 'A011', whole: true, again: false },
      { number: 'A012', whole: false, again: false },
      { number: null, whole: true, again: false },
      { number: 'A012', whole: true, again: true },
      { number: 'A013', whole: false, again: true },
    ],
  },
  lamps: { fault: true, invitation: false },
  numbers: { issued: 13, twice: 1 },
  told: [
    ...events,
    {
      atMilliseconds: now - 5_000,
      note: { 'zh-CN': '你拔掉了 1 号窗口呼叫器的转接器', en: 'You pulled the keypad adapter of window 1' },
    },
    told(-5, { type: 'fault.raised', data: fault('keys-1', 'bus.lost', -5) }),
    told(-2, {
      type: 'fault.cleared',
      data: { ...fault('board-4', 'device.unresponsive', -40), durationSeconds: 38 },
    }),
  ],
  row: { cut: false, noisy: true },
  washroomLamp: true,
  wet: true,
  tonerOut: true,
  voice: { powered: false, saying: undefined, said: '请A零零七号到二号窗口办理' },
  keypadPulled: true,
};

/** The hub is away. */
export const away: DemoModel = {
  ...broken,
  atKiosk: 4,
  hub: {
    ...calm.hub,
    connected: false,
    sinceMilliseconds: now - 83_000,
    faults: [fault('board-1', 'device.unresponsive', -112)],
  },
  eventsKept: 34,
  voice: { ...calm.voice, saying: undefined },
  row: { cut: true, noisy: false },
  keypadPulled: false,
  broker: { up: false },
};

/** A way of telling people that does not work. */
function boardDown(window: string): DemoModel['hub']['channelsDown'][number] {
  return {
    channel: 'board',
    at: window,
    text: { 'zh-CN': `${window}号窗口屏不显示`, en: `The board of window ${window} shows nothing` },
    action: {
      'zh-CN': '叫号由语音继续；请引导等候的人看其他屏幕，并检修窗口屏',
      en: 'Calls go on by the voice; point people to other screens, and have the board seen to',
    },
  };
}

/** The cable of all the boards is cut. */
export const cut: DemoModel = {
  ...calm,
  row: { cut: true, noisy: false },
  lamps: { fault: true, invitation: false },
  hub: {
    ...calm.hub,
    faults: [fault('row', 'bus.lost', -6, { affected: ['board-1', 'board-2', 'board-3', 'board-4'] })],
    channelsDown: ['1', '2', '3', '4'].map(boardDown),
  },
};

/** The fire contact stands. */
export const alarm: DemoModel = {
  ...calm,
  fire: true,
  windows: calm.windows.map((row) => ({ ...row, board: { text: '------', powered: true, wrong: false } })),
  atKiosk: 3,
  lamps: { fault: true, invitation: false },
  voice: { powered: true, saying: '请立即从安全出口离开', said: '请A零零七号到二号窗口办理' },
  hub: { ...calm.hub, faults: [fault('fire-alarm', 'hall.fire-alarm', -4)] },
  told: [
    ...events,
    {
      atMilliseconds: now - 4_000,
      note: { 'zh-CN': '消防干接点断开：火警', en: 'The fire contact opened: alarm' },
    },
    told(-4, { type: 'hall.alarm', data: { kind: 'fire', active: true, device: 'fire-alarm' } }),
    told(-4, { type: 'fault.raised', data: fault('fire-alarm', 'hall.fire-alarm', -4) }),
  ],
};

/** The voice has no power, and staff are told what carries on. */
export const mute: DemoModel = {
  ...calm,
  voice: { powered: false, saying: undefined, said: '请A零零七号到二号窗口办理' },
  lamps: { fault: true, invitation: false },
  hub: {
    ...calm.hub,
    faults: [fault('voice', 'device.unresponsive', -9)],
    channelsDown: [
      {
        channel: 'voice',
        at: 'hall',
        text: { 'zh-CN': '语音叫号不响', en: 'The voice is silent' },
        action: {
          'zh-CN': '叫号由窗口屏、大厅叫号屏继续；请提醒看不见屏幕的人，并检修语音',
          en: 'Calls go on by the window boards, Hall display; help those who cannot see them, and have the voice seen to',
        },
      },
    ],
  },
};

/** The controller has no power. */
export const dark: DemoModel = {
  ...calm,
  box: { state: 'off', sinceMilliseconds: now - 12_000, pid: undefined },
  atKiosk: 4,
  lamps: { fault: false, invitation: false },
  hub: { ...calm.hub, controller: 'lost' },
  eventsKept: null,
  told: [
    ...events,
    {
      atMilliseconds: now - 12_000,
      note: {
        'zh-CN': '你拔掉了控制器的电（kill -9）',
        en: 'You pulled the power of the controller (kill -9)',
      },
    },
  ],
  tried: new Set(['paper', 'power']),
};
