/** The hall that the demo shows: four windows, a ticket machine, seats, and the controller's configuration for it. */
import type { Language, Text } from '../../kernel/text.js';

export const hallName = 'demo';
export const controllerName = 'row-a';
export const queueName = 'general';

/** The bus with all the boards; each caller, the rating line and the printer have a bus of their own. */
export const rowBus = 'row';
export const ratingBus = 'rates';
export const printerBus = 'printer';
export const gpioBus = 'gpio';
export const seatsBus = 'i2c1';

/** Names of devices that the view speaks of. */
export const printerName = 'tickets';
export const seatsName = 'seats';

/** 9600 baud with start and stop bit, as the configuration's serial ports have it. */
export const byteMicroseconds = 1_042;
/** The printer's port: 38400 baud. */
export const printerByteMicroseconds = 260;

/** What each key of the demo's keypads sends; keypads have no standard, and these are as good as any. */
export const keypadKeys = {
  next: 'AA 05 01 B0',
  recall: 'AA 05 02 B1',
  skip: 'AA 05 03 B2',
  pause: 'AA 05 04 B3',
  done: 'AA 05 05 B4',
} as const;

export type KeypadKey = keyof typeof keypadKeys;

/** Window 1 has rating buttons of its own on GPIO lines, with a lamp that invites; the others share a line of text. */
export const buttonWindow = '1';
export const gpio = {
  label: 'demo-gpio',
  lines: 28,
  /** Of each level's button, which joins it to ground. */
  buttons: { 5: 17, 4: 27, 3: 22, 2: 23, 1: 24 } as Readonly<Record<number, number>>,
  invitationLamp: 5,
  faultLamp: 25,
} as const;

export const seats = {
  address: 0x20,
  /** Pins of the chip, in the order of the seats. */
  pins: [0, 1, 2, 3, 4, 5, 6, 8],
} as const;

/** What the ticket's QR code says; the ticket's id stands behind it. */
export const qrPrefix = 'https://hall.example/r?t=';

export interface DemoWindow {
  readonly name: string;
  readonly unit: Text;
  readonly staff: string;
  readonly keysBus: string;
  /** The board's Modbus address. */
  readonly address: number;
}

const units: readonly Text[] = [
  { 'zh-CN': '社会保险', en: 'Social insurance' },
  { 'zh-CN': '医疗保障', en: 'Health insurance' },
  { 'zh-CN': '不动产登记', en: 'Land registry' },
  { 'zh-CN': '户政管理', en: 'Residence' },
];

export const demoWindows: readonly DemoWindow[] = units.map((unit, index) => ({
  name: String(index + 1),
  unit,
  staff: `03${17 + 4 * index}`,
  keysBus: `keys-${index + 1}`,
  address: index + 1,
}));

const matter: Text = { 'zh-CN': '综合业务', en: 'General services' };
const header: Text = { 'zh-CN': '演示政务大厅', en: 'Demo service hall' };

export interface DocumentOptions {
  readonly language: Language;
  /** IANA name. */
  readonly timezone: string;
  readonly brokerPort: number;
  readonly storagePath: string;
}

/** The configuration document of the hall, as `hallward run` would read it; its ports are only names. */
export function demoDocument({ language, timezone, brokerPort, storagePath }: DocumentOptions): object {
  const serial = (name: string, baudRate = 9600) => ({
    type: 'serial',
    path: `/dev/serial/by-id/demo-${name}`,
    baudRate,
  });
  const lines = [...demoWindows.map((window) => window.keysBus), ratingBus, rowBus];
  return {
    hall: hallName,
    controller: controllerName,
    language,
    timezone,
    hub: { url: `mqtt://127.0.0.1:${brokerPort}` },
    storage: { path: storagePath, maxMegabytes: 16 },
    buses: {
      ...Object.fromEntries(lines.map((bus) => [bus, serial(bus)])),
      [printerBus]: serial(printerBus, 38_400),
      [gpioBus]: { type: 'gpio', chip: gpio.label },
      [seatsBus]: { type: 'i2c', number: 1 },
    },
    devices: { ...windowDevices(language), ...hallDevices(language) },
    calling: {
      queues: {
        [queueName]: { prefix: 'A', matter: matter[language], windows: demoWindows.map((one) => one.name) },
      },
      windows: Object.fromEntries(
        demoWindows.map(({ name, unit, staff }) => [name, { unit: unit[language], staff }]),
      ),
    },
  };
}

/** What people call a device, which is what its faults say. */
const labels = {
  caller: (window: string): Text => ({ 'zh-CN': `${window}号窗口呼叫器`, en: `keypad ${window}` }),
  board: (window: string): Text => ({ 'zh-CN': `${window}号窗口屏`, en: `board ${window}` }),
  tickets: { 'zh-CN': '取号机', en: 'the ticket machine' },
  seats: { 'zh-CN': '等候座椅', en: 'the seats' },
} as const;

function windowDevices(language: Language): Record<string, object> {
  const boardOptions = {
    kind: 'window-board',
    bus: rowBus,
    protocol: 'modbus-panel',
    profile: 'dm36b06',
  };
  const devices = demoWindows.flatMap(({ name, keysBus, address }) => [
    [
      `caller-${name}`,
      {
        kind: 'caller',
        window: name,
        bus: keysBus,
        protocol: 'serial-keys',
        keys: keypadKeys,
        label: labels.caller(name)[language],
      },
    ],
    [`board-${name}`, { ...boardOptions, window: name, address, label: labels.board(name)[language] }],
  ]);
  return Object.fromEntries(devices);
}

function hallDevices(language: Language): Record<string, object> {
  return {
    ratings: { kind: 'evaluator', bus: ratingBus, protocol: 'serial-lines', pattern: 'E,{window},{level}' },
    [`rate-${buttonWindow}`]: {
      kind: 'evaluator',
      window: buttonWindow,
      bus: gpioBus,
      protocol: 'gpio-buttons',
      activeLow: true,
      buttons: gpio.buttons,
      lamp: gpio.invitationLamp,
    },
    'fault-lamp': {
      kind: 'signal',
      bus: gpioBus,
      protocol: 'gpio-output',
      line: gpio.faultLamp,
      faults: ['*'],
      // A view that blinks is not calm.
      style: 'steady',
    },
    [printerName]: {
      kind: 'ticket-printer',
      bus: printerBus,
      protocol: 'escpos',
      label: labels.tickets[language],
      header: [header[language]],
      qr: `${qrPrefix}{ticket}`,
    },
    [seatsName]: {
      kind: 'seating',
      label: labels.seats[language],
      bus: seatsBus,
      protocol: 'mcp23017',
      address: seats.address,
      pins: seats.pins,
      // Shorter than in a real hall, where somebody who only moves shall not count twice.
      takenAfterMilliseconds: 500,
      freeAfterMilliseconds: 500,
      publishMilliseconds: 1_000,
    },
  };
}
