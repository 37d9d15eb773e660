/**
 * The hall that the demo shows: four windows with two queues, a ticket machine, a voice, seats, pages on screens, what
 * else stands there (`things-plan.ts`), and the controller's configuration for it.
 */
import type { Language, Text } from '../../kernel/text.js';
import { thingBuses, thingDevices } from './things-plan.js';

export const hallName = 'demo';
export const controllerName = 'row-a';

/** The bus with all the boards; each caller, the rating line, the voice and the printer have a bus of their own. */
export const rowBus = 'row';
export const ratingBus = 'rates';
export const printerBus = 'printer';
export const voiceBus = 'speech';
export const gpioBus = 'gpio';
export const seatsBus = 'i2c1';

/** Names of devices that the view speaks of. */
export const printerName = 'tickets';
const seatsName = 'seats';
export const fireName = 'fire-alarm';

/** Pages by the names of their devices, which are their paths. */
export const pageNames = {
  display: 'hall-display',
  kiosk: 'ticket-kiosk',
  window: 'window-1',
  rating: 'rating-4',
} as const;

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

/**
 * Window 1 has rating buttons of its own on GPIO lines, with a lamp that invites; at window 4 a tablet has the rating
 * page open; the others share a line of text.
 */
export const buttonWindow = '1';
export const tabletWindow = '4';
export const gpio = {
  label: 'demo-gpio',
  lines: 28,
  /** Of each level's button, which joins it to ground. */
  buttons: { 5: 17, 4: 27, 3: 22, 2: 23, 1: 24 } as Readonly<Record<number, number>>,
  invitationLamp: 5,
  /** The contact of the fire panel, closed while all is well, to ground. */
  fireContact: 6,
  faultLamp: 25,
} as const;

export const seats = {
  address: 0x20,
  /** Pins of the chip, in the order of the seats. */
  pins: [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14],
} as const;

/** What the ticket's QR code says; the ticket's id stands behind it. */
export const qrPrefix = 'https://hall.example/r?t=';

interface DemoQueue {
  readonly name: string;
  /** Letter before its numbers. */
  readonly prefix: string;
  readonly label: Text;
}

/** A board of digits could not tell two queues apart at one window: each has windows of its own. */
export const demoQueues = [
  { name: 'insurance', prefix: 'A', label: { 'zh-CN': '社保医保', en: 'Insurance' } },
  { name: 'property', prefix: 'B', label: { 'zh-CN': '房产办税', en: 'Property and tax' } },
] as const satisfies readonly DemoQueue[];

interface DemoWindow {
  readonly name: string;
  readonly queue: DemoQueue;
  readonly unit: Text;
  readonly staff: string;
  readonly keysBus: string;
  /** The board's Modbus address. */
  readonly address: number;
}

const [insurance, property] = demoQueues;
const plan: readonly (readonly [queue: DemoQueue, unit: Text])[] = [
  [insurance, { 'zh-CN': '社会保险', en: 'Pensions' }],
  [insurance, { 'zh-CN': '医疗保障', en: 'Health care' }],
  [property, { 'zh-CN': '不动产登记', en: 'Property' }],
  [property, { 'zh-CN': '税务', en: 'Tax' }],
];

export const demoWindows: readonly DemoWindow[] = plan.map(([queue, unit], index) => ({
  name: String(index + 1),
  queue,
  unit,
  staff: `03${17 + 4 * index}`,
  keysBus: `keys-${index + 1}`,
  address: index + 1,
}));

const header: Text = { 'zh-CN': '演示政务大厅', en: 'Demo service hall' };
const entrance: Text = { 'zh-CN': '门口', en: 'Entrance' };

interface DocumentOptions {
  readonly language: Language;
  /** IANA name. */
  readonly timezone: string;
  readonly brokerPort: number;
  /** Where the controller serves its pages to this machine. */
  readonly pagesPort: number;
  /** Where the kiosk's printer answers on this machine. */
  readonly printerPort: number;
  readonly storagePath: string;
}

/** The configuration document of the hall, as `hallward run` would read it; its ports are only names. */
export function demoDocument(options: DocumentOptions): object {
  const { language, timezone, brokerPort, pagesPort, printerPort, storagePath } = options;
  const serial = (name: string, baudRate = 9600) => ({
    type: 'serial',
    path: `/dev/serial/by-id/demo-${name}`,
    baudRate,
  });
  const lines = [...demoWindows.map((window) => window.keysBus), ratingBus, rowBus, voiceBus];
  return {
    hall: hallName,
    controller: controllerName,
    language,
    timezone,
    hub: { url: `mqtt://127.0.0.1:${brokerPort}` },
    http: { address: '127.0.0.1', port: pagesPort },
    storage: { path: storagePath, maxMegabytes: 16 },
    buses: {
      ...Object.fromEntries(lines.map((bus) => [bus, serial(bus)])),
      [printerBus]: serial(printerBus, 38_400),
      [gpioBus]: { type: 'gpio', chip: gpio.label },
      [seatsBus]: { type: 'i2c', number: 1 },
      ...thingBuses(printerPort),
    },
    devices: {
      ...windowDevices(language),
      ...hallDevices(language),
      ...thingDevices(language, gpioBus, seatsBus),
      ...pageDevices(language),
    },
    calling: {
      queues: Object.fromEntries(
        demoQueues.map(({ name, prefix, label }) => [
          name,
          { prefix, matter: label[language], windows: windowsOf(name) },
        ]),
      ),
      windows: Object.fromEntries(
        demoWindows.map(({ name, unit, staff }) => [name, { unit: unit[language], staff }]),
      ),
    },
  };
}

function windowsOf(queue: string): string[] {
  return demoWindows.filter((window) => window.queue.name === queue).map(({ name }) => name);
}

/** What people call a device, which is what its faults say. */
const labels = {
  caller: (window: string): Text => ({ 'zh-CN': `${window}号窗口呼叫器`, en: `keypad ${window}` }),
  board: (window: string): Text => ({ 'zh-CN': `${window}号窗口屏`, en: `board ${window}` }),
  tickets: { 'zh-CN': '取号机', en: 'the ticket machine' },
  seats: { 'zh-CN': '等候座椅', en: 'the seats' },
  voice: { 'zh-CN': '大厅语音', en: 'the voice' },
  fire: { 'zh-CN': '消防干接点', en: 'the fire contact' },
  display: { 'zh-CN': '大厅叫号屏', en: 'Hall display' },
  kiosk: { 'zh-CN': '触摸取号屏', en: 'the ticket kiosk' },
  windowPage: { 'zh-CN': '1号窗口工作页', en: 'the page of window 1' },
  ratingPage: { 'zh-CN': '4号窗口评价平板', en: 'the tablet of window 4' },
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
      place: entrance[language],
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
    voice: {
      kind: 'voice',
      bus: voiceBus,
      label: labels.voice[language],
      // Four windows of the demo call more often than a hall does.
      chime: false,
      repeat: 1,
      ...voiceModules[language],
    },
    [fireName]: {
      kind: 'hall-button',
      bus: gpioBus,
      protocol: 'gpio-contact',
      line: gpio.fireContact,
      activeLow: true,
      normallyClosed: true,
      does: 'fire',
      label: labels.fire[language],
    },
  };
}

/** The SYN6288 speaks no English; the XFS5152CE does. */
const voiceModules = {
  'zh-CN': { protocol: 'syn6288' },
  en: { protocol: 'xfs5152', language: 'en' },
} as const;

function pageDevices(language: Language): Record<string, object> {
  return {
    [pageNames.display]: { kind: 'hall-display', label: labels.display[language] },
    [pageNames.kiosk]: {
      kind: 'ticket-kiosk',
      label: labels.kiosk[language],
      place: entrance[language],
    },
    [pageNames.window]: {
      kind: 'window-page',
      window: '1',
      label: labels.windowPage[language],
    },
    [pageNames.rating]: {
      kind: 'rating-page',
      window: tabletWindow,
      label: labels.ratingPage[language],
    },
  };
}
