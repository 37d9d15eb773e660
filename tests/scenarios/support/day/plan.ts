/** The hall of the whole day: four queues, twelve windows, who works there and when, and its configuration. */
import { callerKeys } from '../virtual-hall.js';

export const hallName = 'day';
export const controllerName = 'front-desk';
export const root = `hallward/v1/${hallName}/${controllerName}`;
/** A Monday; times of day below are those of Shanghai (UTC+8). */
export const date = '2026-11-23';
export const utcOffsetHours = 8;
export const priorityOneIn = 3;
export const mostCalls = 3;
export const returnPlaces = 3;
export const ratingSeconds = 60;
export const holdSeconds = 5;

export type QueueName = 'social' | 'medical' | 'property' | 'tax';

export interface DayQueue {
  readonly prefix: string;
  readonly windows: readonly string[];
  /** Minutes that a service takes with quick staff, on average. */
  readonly serviceMinutes: number;
  /** Share of the visitors. */
  readonly share: number;
}

export const queues: Readonly<Record<QueueName, DayQueue>> = {
  social: { prefix: 'A', windows: ['1', '2', '3', '4', '12'], serviceMinutes: 4.5, share: 0.4 },
  medical: { prefix: 'B', windows: ['5', '6', '7', '12'], serviceMinutes: 4, share: 0.27 },
  property: { prefix: 'C', windows: ['7', '8', '9'], serviceMinutes: 7, share: 0.15 },
  tax: { prefix: 'D', windows: ['10', '11'], serviceMinutes: 3.5, share: 0.18 },
};
export const queueNames = Object.keys(queues) as QueueName[];

export interface DayWindow {
  readonly name: string;
  /** Queues by time of day from which they hold, besides those that name the window. */
  readonly schedule?: Readonly<Record<string, readonly QueueName[]>>;
  readonly staff: string;
  /** Who takes over at lunch; without one the window pauses. */
  readonly substitute?: string;
  /** Times of day. */
  readonly opens: string;
  readonly lunch: string;
  readonly closes: string;
  /** How much longer than quick ones its staff take. */
  readonly slowness: number;
}

const slow = 1.45;
const lunchTimes = ['11:20', '11:55', '12:30'];

export const windows: readonly DayWindow[] = Array.from({ length: 12 }, (_, index) => {
  const name = String(index + 1);
  const window: DayWindow = {
    name,
    staff: `03${10 + index}`,
    opens: index < 9 ? '08:28' : '08:55',
    lunch: lunchTimes[index % 3] as string,
    closes: '17:30',
    slowness: index % 3 === 1 ? slow : 1,
  };
  if (name === '4') return { ...window, schedule: { '12:00': ['tax', 'social'] } };
  if (name === '2' || name === '8') return { ...window, substitute: `0${400 + index}` };
  // Opened for the peak.
  if (name === '12') return { ...window, opens: '09:10', closes: '11:15' };
  // Somebody always leaves in time; whoever still waits there is told so.
  if (name === '9') return { ...window, closes: '16:40' };
  return window;
});
export const windowNames = windows.map(({ name }) => name);

/** The queues that a window calls from at a time of day (`HH:MM`), where nobody ordered otherwise. */
export function plannedQueues(window: string, time: string): QueueName[] {
  const { schedule } = windows.find(({ name }) => name === window) as DayWindow;
  const from = Object.keys(schedule ?? {})
    .filter((one) => one <= time)
    .sort()
    .at(-1);
  const planned = from === undefined ? undefined : schedule?.[from];
  return [...(planned ?? queueNames.filter((queue) => queues[queue].windows.includes(window)))];
}

/** Unix milliseconds of a time of day. */
export function timeOfDay(time: string): number {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  return Date.parse(`${date}T00:00:00Z`) + ((hours - utcOffsetHours) * 60 + minutes) * 60_000;
}

/** `HH:MM` in the hall. */
export function clockTime(wallMilliseconds: number): string {
  return new Date(wallMilliseconds + utcOffsetHours * 3_600_000).toISOString().slice(11, 16);
}

/** What each member of staff's card makes the keypad send. */
export function loginBytes(staff: string): string {
  const number = Number(staff);
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(2, '0');
  return `AA 06 ${hex(number >> 8)} ${hex(number & 0xff)} C0`;
}
export const keypadKeys: Readonly<Record<string, string>> = {
  ...callerKeys,
  ...Object.fromEntries(
    windows
      .flatMap(({ staff, substitute }) => (substitute === undefined ? [staff] : [staff, substitute]))
      .map((staff) => [staff, loginBytes(staff)]),
  ),
};

/** Boards hang on two lines, six on each. */
export const rowOf = (window: string) => (Number(window) <= 6 ? 'row-1' : 'row-2');
export const rows = ['row-1', 'row-2'] as const;
/** A voice for the windows of each line, on a wire of its own. */
const voiceOf = (row: string) => `voice-${row.at(-1)}`;
export const voiceBusOf = (row: string) => `speech-${row.at(-1)}`;
export const qrStart = 'https://day.example/t/';

/** A six character panel that can show letters, unlike the one that comes with Hallward. */
export const lettersProfile = `model: letters
source: made for tests
triedOnHardware: false
serial: { baudRate: 9600, dataBits: 8, parity: none, stopBits: 1 }
factoryAddress: 1
write: multiple
display: { digits: 6, firstRegister: 0, charactersPerRegister: 1, align: right, characters: "0123456789ABCD- " }
texts: { closed: "", open: "", paused: "------" }
`;

export interface DocumentOptions {
  /** The path of a bus's port. */
  readonly port: (bus: string) => string;
  readonly hub: string;
  readonly storage: string;
  /** How often boards are read back. */
  readonly pollMilliseconds: number;
  /** How long a board may take to answer. */
  readonly timeoutMilliseconds?: number;
}

/** The buses of the hall. */
export const buses = [
  ...windowNames.map((window) => `keys-${window}`),
  ...rows,
  ...rows.map(voiceBusOf),
  'rate-line',
  'printer',
] as const;

/** The configuration, as `hallward run` reads it. */
export function dayDocument(options: DocumentOptions): Record<string, unknown> {
  const { port, hub, storage, pollMilliseconds, timeoutMilliseconds } = options;
  const timeout = timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds };
  const keys = Object.fromEntries(Object.entries(callerKeys));
  return {
    hall: hallName,
    controller: controllerName,
    hours: { 'mon-fri': ['08:30-17:30'] },
    hub: { url: hub },
    storage: { path: storage },
    buses: Object.fromEntries(buses.map((name) => [name, { type: 'serial', path: port(name) }])),
    devices: {
      ...Object.fromEntries(
        windows.flatMap(({ name, staff, substitute }) => {
          const logins = Object.fromEntries(
            [staff, substitute].flatMap((one) => (one === undefined ? [] : [[one, loginBytes(one)]])),
          );
          const caller = { kind: 'caller', window: name, bus: `keys-${name}`, protocol: 'serial-keys' };
          const board = { kind: 'window-board', window: name, bus: rowOf(name), protocol: 'modbus-panel' };
          const address = Number(name);
          return [
            [`caller-${name}`, { ...caller, keys, logins }],
            [`board-${name}`, { ...board, profile: 'letters', address, pollMilliseconds, ...timeout }],
          ];
        }),
      ),
      ...Object.fromEntries(
        rows.map((row) => {
          const spoken = windowNames.filter((window) => rowOf(window) === row);
          const voice = {
            kind: 'voice',
            bus: voiceBusOf(row),
            protocol: 'xfs5152',
            windows: spoken,
            repeat: 1,
          };
          return [voiceOf(row), voice];
        }),
      ),
      rates: { kind: 'evaluator', bus: 'rate-line', protocol: 'serial-lines', pattern: 'E,{window},{level}' },
      tickets: {
        kind: 'ticket-printer',
        bus: 'printer',
        protocol: 'escpos',
        qr: `${qrStart}{ticket}`,
        pollMilliseconds,
      },
    },
    calling: {
      queues: Object.fromEntries(
        queueNames.map((queue) => {
          const { prefix, windows: served } = queues[queue];
          return [queue, { prefix, matter: queue, windows: served }];
        }),
      ),
      matters: Object.fromEntries(queueNames.map((queue) => [queue, { unit: `Department of ${queue}` }])),
      windows: Object.fromEntries(
        windows.map(({ name, schedule }) => [name, schedule === undefined ? {} : { schedule }]),
      ),
      priorityOneIn,
      mostCalls,
      returnPlaces,
      holdSeconds,
      ratingSeconds,
      lastTicketMinutes: 5,
      ticketsOutsideHours: true,
    },
  };
}
