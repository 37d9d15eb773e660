/**
 * Ticket printer (取号机打印机): prints the number tickets, and says before the paper runs out that it will.
 *
 * Over ESC/POS: Epson, "ESC/POS Command Reference" (https://download4.epson.biz/sec_pubs/pos/reference_en/escpos/),
 * which the makers of clones follow in part. What a printer does not answer is unknown, not well.
 */
import * as v from 'valibot';
import { escposModelNames, modelDefaults } from '../protocols/escpos-models.js';
import { EscposPrinter } from './escpos-printer.js';
import { byteBuses, type DeviceKind } from './kind.js';
import { definedOptions, milliseconds } from './options.js';
import { printerFaults } from './printer-faults.js';

const line = v.pipe(v.string(), v.maxLength(200));
const lines = (about: string) =>
  v.optional(v.pipe(v.array(line), v.maxLength(10), v.description(`${about} At most 10 lines.`)), []);

const optionEntries = {
  model: v.optional(
    v.pipe(
      v.picklist(escposModelNames),
      v.description('Sets the defaults of columns, cut and nearEnd, and which questions are asked'),
    ),
  ),
  columns: v.optional(
    v.pipe(
      v.picklist([32, 42, 48]),
      v.description("Characters in a row: 48 on 80 mm (some: 42), 32 on 58 mm. The model's, else 48"),
    ),
  ),
  language: v.optional(
    v.pipe(
      v.picklist(['zh-CN', 'en']),
      v.description("Language of the ticket, the hall's if absent; zh-CN has short lines in both"),
    ),
  ),
  header: lines('Lines above the number, such as the name of the hall.'),
  footer: lines('Lines at the end of the ticket.'),
  qr: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(250),
      v.description('QR code for ratings: an address, {ticket} and {number} stand for what varies'),
    ),
  ),
  logo: v.optional(
    v.pipe(v.string(), v.description('A PNG file printed on top: at most 576 x 400 dots and 64 KiB')),
  ),
  cut: v.optional(
    v.pipe(
      v.picklist(['full', 'partial', 'none']),
      v.description("How a ticket is cut off. The model's, else full"),
    ),
  ),
  pollMilliseconds: milliseconds('How often the status is asked for.', 1000, 300, 60_000),
  asb: v.optional(
    v.pipe(v.boolean(), v.description('Ask the printer to tell changes by itself (GS a); true if absent')),
  ),
  confirm: v.optional(
    v.pipe(
      v.picklist(['buffered', 'realtime']),
      v.description(
        'How a ticket is known to be printed: by the answer to GS r (buffered, if absent), or, for printers without it, by the status alone',
      ),
    ),
  ),
  nearEnd: v.optional(
    v.pipe(
      v.picklist(['epson', 'bits23']),
      v.description('Bits that mean "near end" in the answer to GS r. The model\'s, else epson'),
    ),
  ),
  checkSlip: v.optional(
    v.pipe(
      v.boolean(),
      v.description('After a new roll print a slip that shows whether the roll is the right way round'),
    ),
    true,
  ),
} as const;

const optionsSchema = v.object({ ...optionEntries, place: v.optional(v.string()) });

const paperStates = 'ok, low, empty';

export const ticketPrinter: DeviceKind = {
  kind: 'ticket-printer',
  title: { 'zh-CN': '号票打印机', en: 'Ticket printer' },
  about: { 'zh-CN': '打印排队号票的热敏打印机', en: 'Thermal printer that prints the number tickets' },
  options: {},
  protocols: {
    escpos: {
      about: {
        'zh-CN': 'ESC/POS 打印机：爱普生及兼容机型',
        en: 'ESC/POS: Epson printers and those that follow them',
      },
      buses: byteBuses,
      proofOfLife: 'answers',
      options: optionEntries,
      // Status answers carry no address and a ticket no checksum: nobody else may talk on this wire.
      claims: () => [{ path: ['bus'], text: 'the whole wire of a printer' }],
    },
  },
  readings: {
    paper: { about: { 'zh-CN': `纸：${paperStates}`, en: `Paper: ${paperStates}` } },
    cover: { about: { 'zh-CN': '上盖：open, closed', en: 'Cover: open, closed' } },
    online: { about: { 'zh-CN': '联机', en: 'Online' } },
    printed: {
      about: { 'zh-CN': '启动以来打印的号票数', en: 'Papers printed since the controller started' },
    },
  },
  faults: printerFaults,
  create(config, context) {
    const { model, ...options } = v.parse(optionsSchema, config);
    const chosen = { ...modelDefaults(model), ...definedOptions(options) };
    return new EscposPrinter({ ...chosen, language: options.language ?? context.language }, context);
  },
};
