/** What else stands in the demo's hall: the door, the washroom, a kiosk with its printer and roll, drinking water. */
import type { Language, Text } from '../../kernel/text.js';

/** The printer on the network, and where it answers on this machine. */
const kioskBus = 'kiosk-net';

/** Names of the devices. */
export const thingNames = {
  entrance: 'entrance',
  washroom: 'washroom-n',
  printer: 'kiosk-printer',
  roll: 'kiosk-paper',
  water: 'water',
} as const;

/** Lines of the GPIO chip. */
export const thingLines = {
  /** Light barriers in the door: low while they are broken. */
  outerBeam: 7,
  innerBeam: 8,
  /** The reed contact at the washroom's door: to ground while the door is closed. */
  washroomDoor: 9,
  /** The probe on the floor: to ground while it is wet. */
  floor: 10,
  /** To ground while they are taken. */
  cubicles: [11, 12],
  washroomLamp: 13,
  cleanerButton: 16,
  /** The opto fork where the kiosk draws its paper: to ground while there is some. */
  fork: 18,
  /** The float in the water dispenser: to ground while it is empty. */
  water: 19,
} as const;

/** Addresses on the I2C bus, beside the seats. */
export const thingAddresses = { distance: 0x29, climate: 0x44, smell: 0x59 } as const;

/** The kiosk's roll on its spindle: distances of its surface from the sensor, and the diameter of its core. */
export const roll = { fullMillimetres: 30, emptyMillimetres: 130, coreMillimetres: 12.7 } as const;

const labels = {
  entrance: { 'zh-CN': '大门', en: 'the door' },
  washroom: { 'zh-CN': '北侧卫生间', en: 'the washroom' },
  printer: { 'zh-CN': '自助打印机', en: 'the kiosk printer' },
  roll: { 'zh-CN': '自助机纸卷', en: 'the roll of the kiosk' },
  water: { 'zh-CN': '饮水机', en: 'the water dispenser' },
} as const satisfies Record<string, Text>;

export function thingBuses(printerPort: number): Record<string, object> {
  return { [kioskBus]: { type: 'snmp', host: '127.0.0.1', port: printerPort } };
}

/** The devices; times are shorter than in a real hall, so that all of it is to be seen. */
export function thingDevices(language: Language, gpio: string, i2c: string): Record<string, object> {
  const { outerBeam, innerBeam, washroomDoor, floor, cubicles, washroomLamp, cleanerButton } = thingLines;
  const toGround = { bus: gpio, activeLow: true };
  return {
    [thingNames.entrance]: {
      kind: 'entrance',
      label: labels.entrance[language],
      // Nobody is inside when the demo begins.
      startsWith: 0,
      parts: { passage: { ...toGround, protocol: 'beam-pair', lines: [outerBeam, innerBeam] } },
    },
    [thingNames.washroom]: {
      kind: 'washroom',
      label: labels.washroom[language],
      dueAfterVisits: 8,
      wetAfterSeconds: 2,
      settleMinutes: 1,
      parts: {
        // Closed, its magnet joins the line to ground; open, the pull-up has it.
        visitors: {
          bus: gpio,
          protocol: 'door-contact',
          line: washroomDoor,
          bias: 'pull-up',
          quietMilliseconds: 300,
        },
        cubicles: { ...toGround, protocol: 'contacts', lines: cubicles },
        smell: { bus: i2c, protocol: 'sgp40' },
        climate: { bus: i2c, protocol: 'sht4x', address: thingAddresses.climate },
        floor: { ...toGround, protocol: 'wet-contact', line: floor },
        lamp: { bus: gpio, protocol: 'gpio-output', line: washroomLamp },
        button: { ...toGround, protocol: 'contact', line: cleanerButton },
      },
    },
    [thingNames.printer]: {
      kind: 'printer',
      label: labels.printer[language],
      bus: kioskBus,
      protocol: 'snmp',
      pollMilliseconds: 2_000,
      supplies: ['toner-1', 'tray-2'],
    },
    [thingNames.roll]: {
      kind: 'supply-sensor',
      label: labels.roll[language],
      ...roll,
      parts: {
        distance: {
          bus: i2c,
          protocol: 'vl53l0x',
          address: thingAddresses.distance,
          pollMilliseconds: 4_000,
          samples: 3,
        },
        fork: { ...toGround, protocol: 'contact', line: thingLines.fork },
      },
    },
    [thingNames.water]: {
      kind: 'facility',
      label: labels.water[language],
      ...toGround,
      protocol: 'contact',
      line: thingLines.water,
      weight: 'maintenance',
      text: { 'zh-CN': '{device}没水了', en: '{device} is empty' },
      action: { 'zh-CN': '换上一桶水，看看漏不漏', en: 'Put a full bottle on, and look whether it drips' },
    },
  };
}
