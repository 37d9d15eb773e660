/** The hall that the demo shows: four windows in a row, one queue, and the controller's configuration for it. */
import type { Language, Text } from '../../kernel/text.js';

export const hallName = 'demo';
export const controllerName = 'row-a';
export const queueName = 'general';
/** The bus with all the boards; each caller and the rating line have a bus of their own. */
export const rowBus = 'row';
export const ratingBus = 'rates';

/** 9600 baud with start and stop bit, as the configuration's serial ports have it. */
export const byteMicroseconds = 1_042;

/** What each key of the demo's keypads sends; keypads have no standard, and these are as good as any. */
export const keypadKeys = {
  next: 'AA 05 01 B0',
  recall: 'AA 05 02 B1',
  skip: 'AA 05 03 B2',
  pause: 'AA 05 04 B3',
  done: 'AA 05 05 B4',
} as const;

export type KeypadKey = keyof typeof keypadKeys;

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

export interface DocumentOptions {
  readonly language: Language;
  /** IANA name. */
  readonly timezone: string;
  readonly brokerPort: number;
  readonly storagePath: string;
}

/** The configuration document of the hall, as `hallward run` would read it; its serial ports are only names. */
export function demoDocument({ language, timezone, brokerPort, storagePath }: DocumentOptions): object {
  const serial = (name: string) => ({
    type: 'serial',
    path: `/dev/serial/by-id/demo-${name}`,
    baudRate: 9600,
  });
  const buses = [...demoWindows.map((window) => window.keysBus), ratingBus, rowBus];
  const devices = demoWindows.flatMap(({ name, keysBus, address }) => [
    [
      `caller-${name}`,
      { kind: 'caller', window: name, bus: keysBus, protocol: 'serial-keys', keys: keypadKeys },
    ],
    [
      `board-${name}`,
      {
        kind: 'window-board',
        window: name,
        bus: rowBus,
        protocol: 'modbus-panel',
        profile: 'dm36b06',
        address,
      },
    ],
  ]);
  return {
    hall: hallName,
    controller: controllerName,
    language,
    timezone,
    hub: { url: `mqtt://127.0.0.1:${brokerPort}` },
    storage: { path: storagePath, maxMegabytes: 16 },
    buses: Object.fromEntries(buses.map((bus) => [bus, serial(bus)])),
    devices: {
      ...Object.fromEntries(devices),
      ratings: { kind: 'evaluator', bus: ratingBus, protocol: 'serial-lines', pattern: 'E,{window},{level}' },
    },
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
