/**
 * Printer (打印机) of a kiosk or an office, that somebody else prints on: watched for paper, ink and what hinders it.
 *
 * Over SNMP (Printer MIB, RFC 3805; Host Resources MIB, RFC 2790), IPP (RFC 8011), or ESC/POS (Epson, "ESC/POS Command
 * Reference"), where the printer has a second port for us. One vocabulary: IPP's `printer-state-reasons`.
 */
import * as v from 'valibot';
import { escposModelNames, modelDefaults } from '../../protocols/escpos-models.js';
import { busOf, byteBuses, type DeviceKind, type ProtocolDeclaration } from '../kind.js';
import { definedOptions, milliseconds } from '../options.js';
import { watchedPrinterFaults } from '../printer-faults.js';
import { EscposWatch } from './escpos-watch.js';
import { lookByIpp, newIppMemory } from './ipp-look.js';
import { PictureWatch } from './picture-watch.js';
import { printerReadings } from './printer-readings.js';
import { lookBySnmp } from './snmp-look.js';

const percent = (about: string, standard: number, most: number) =>
  v.optional(
    v.pipe(v.number(), v.minValue(0), v.maxValue(most), v.description(`${about} Percent, 0 to ${most}.`)),
    standard,
  );

const supplyName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]{1,40}$/, 'a supply as `supply.changed` names it, such as toner-1 or tray-2'),
);

const pictureOptions = {
  pollMilliseconds: milliseconds(
    'How often it is asked: paper that is out is found within that time, so shorter where visitors stand before it.',
    30_000,
    1_000,
    600_000,
  ),
  supplies: v.optional(
    v.pipe(
      v.union([v.literal('all'), v.pipe(v.array(supplyName), v.minLength(1), v.maxLength(16))]),
      v.description(
        'Which supplies count, by their names in supply.changed: [toner-1, tray-2]. A tray that is named here counts by itself; of all of them one may be empty as long as another has paper',
      ),
    ),
    'all',
  ),
  lowPercent: percent('At or below this a supply is low.', 10, 90),
  emptyPercent: percent('At or below this a supply is empty.', 1, 50),
};

const pictureSchema = v.object(pictureOptions);

const escposOptions = {
  pollMilliseconds: milliseconds('How often the status is asked for.', 2_000, 300, 600_000),
  model: v.optional(
    v.pipe(
      v.picklist(escposModelNames),
      v.description('Sets which questions are asked, and how the answers are read'),
    ),
  ),
  asb: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Ask the printer to tell changes by itself (GS a); true if absent. False where another computer prints through the same port',
      ),
    ),
  ),
};

const escposSchema = v.object(escposOptions);

/** Two that ask one printer for the same would raise everything twice. */
const claims: ProtocolDeclaration['claims'] = () => [{ path: ['bus'], text: 'the printer of this bus' }];

const limits: ProtocolDeclaration['problems'] = (config) => {
  const { lowPercent, emptyPercent } = v.parse(pictureSchema, config);
  if (emptyPercent < lowPercent || lowPercent === 0) return [];
  return [
    { path: ['emptyPercent'], message: `${emptyPercent} is not below lowPercent, which is ${lowPercent}` },
  ];
};

export const printer: DeviceKind = {
  kind: 'printer',
  title: { 'zh-CN': '自助机与办公打印机', en: 'Kiosk or office printer' },
  about: {
    'zh-CN': '自助终端和办公室的打印机：只监测纸张、耗材和故障，不由本系统打印',
    en: 'A printer of a kiosk or an office: watched for paper, ink and errors; others print on it',
  },
  options: {},
  protocols: {
    snmp: {
      about: {
        'zh-CN': '网络打印机，SNMP（Printer MIB）',
        en: 'A printer on the network, by SNMP (Printer MIB)',
      },
      buses: ['snmp'],
      proofOfLife: 'answers',
      options: pictureOptions,
      claims,
      problems: limits,
    },
    ipp: {
      about: {
        'zh-CN': '网络打印机或打印服务器，IPP',
        en: 'A printer on the network or of a print server, by IPP',
      },
      buses: ['ipp'],
      proofOfLife: 'answers',
      options: pictureOptions,
      claims,
      problems: limits,
    },
    escpos: {
      about: {
        'zh-CN': 'ESC/POS 热敏打印机，只查询状态',
        en: 'A thermal printer that speaks ESC/POS; only its status is asked for',
      },
      buses: byteBuses,
      proofOfLife: 'answers',
      options: escposOptions,
      claims: () => [{ path: ['bus'], text: 'the whole wire of a printer' }],
    },
  },
  readings: printerReadings,
  faults: watchedPrinterFaults,
  create(config, context) {
    if (config.protocol === 'escpos') {
      const { model, ...options } = v.parse(escposSchema, config);
      return new EscposWatch({ ...modelDefaults(model), ...definedOptions(options) }, context);
    }
    const options = v.parse(pictureSchema, config);
    if (config.protocol === 'ipp') {
      const bus = busOf(context, 'ipp');
      const memory = newIppMemory();
      return new PictureWatch(options, context, bus, () => lookByIpp(bus, memory));
    }
    const bus = busOf(context, 'snmp');
    return new PictureWatch(options, context, bus, () => lookBySnmp(bus));
  },
};
