/**
 * What stands on a ticket, as bytes for an ESC/POS printer. Commands are made by node-thermal-printer (which is given
 * no interface: it opens nothing); text goes in as GB18030 of our own, because the package would send it in code
 * pages that Chinese printers do not have.
 *
 * The result is a list of parts, none of which ends inside a command: between two of them the printer's status may be
 * asked for, which would spoil the command elsewhere.
 */
import { HallwardError } from '../kernel/errors.js';
import { requirePackage } from '../kernel/require.js';
import type { Language } from '../kernel/text.js';
import type { FreePaper, TicketPaper } from './capabilities.js';
import { columnsOf, encodeText, printableText, wrapText } from './printer-text.js';

export type Cut = 'full' | 'partial' | 'none';

export interface TicketLayout {
  /** Characters in a row: 48 on 80 mm, 32 on 58 mm. */
  readonly columns: number;
  readonly language: Language;
  readonly header: readonly string[];
  readonly footer: readonly string[];
  /** What the QR code says; `{ticket}` and `{number}` are filled in. None without it. */
  readonly qr?: string;
  readonly cut: Cut;
  /** Commands of a picture above everything. */
  readonly logo?: readonly Uint8Array[];
}

/** Lines that a free text may have; more are left out, and the paper says so. */
export const freeLinesLimit = 60;
/** What one QR code holds on the printers that hold the least. */
const qrBytesLimit = 300;
const wrappedLinesLimit = 3;
/** 18 mm: larger digits need more paper than they are seen further. */
const largestSize = 6;

const lineFeed = 0x0a;
/** ESC @: all modes as after power-on. FS . : not in Chinese mode, in which many printers start. */
const begin = [0x1b, 0x40, 0x1c, 0x2e];
/**
 * GS V 65 0 and GS V 66 0: feed just as far as the cutter, and cut. The package's own `cut` feeds eight lines first.
 * Without a cut five lines bring the text to where it can be torn off (ESC d 5).
 */
const endings: Readonly<Record<Cut, readonly number[]>> = {
  full: [0x1d, 0x56, 0x41, 0x00],
  partial: [0x1d, 0x56, 0x42, 0x00],
  none: [0x1b, 0x64, 0x05],
};

/** What cuts a paper off, or brings it to where it can be torn off. */
export const cutCommand = (cut: Cut): Uint8Array => Uint8Array.from(endings[cut]);

const words = {
  number: { 'zh-CN': '您的号码', en: 'Your number' },
  priority: { 'zh-CN': '优先 Priority', en: 'PRIORITY' },
  copy: { 'zh-CN': '补打 Reprint', en: 'REPRINT' },
  rate: { 'zh-CN': '请为我们的服务评价', en: 'Please rate our service' },
  changed: { 'zh-CN': '纸卷已更换', en: 'Paper replaced' },
  blank: { 'zh-CN': '如果此条空白，纸卷装反了', en: 'If this slip is blank the roll is upside down' },
  more: { 'zh-CN': '（以下省略）', en: '(more was left out)' },
} as const;

/** The bytes of a ticket. */
export function composeTicket(paper: TicketPaper, layout: TicketLayout): Uint8Array[] {
  const sheet = new Sheet(layout);
  sheet.begin();
  for (const line of layout.header) sheet.line(line);
  if (layout.header.length > 0) sheet.line('');
  sheet.both(words.number);
  sheet.large(paper.number);
  if (paper.priority) sheet.line(words.priority[layout.language], { bold: true, size: 2 });
  if (paper.copy > 1) sheet.line(`${words.copy[layout.language]} ${paper.copy}`, { bold: true });
  if (paper.matter !== null) sheet.line(paper.matter, { bold: true });
  if (paper.ahead !== null) sheet.both(aheadText(paper.ahead));
  if (paper.waitMinutes !== undefined) sheet.both(waitText(paper.waitMinutes));
  if (paper.issuedAt !== null) sheet.line(paper.issuedAt);
  const address = layout.qr ?? paper.qr;
  const code = address === undefined ? '' : fillAddress(address, paper);
  if (code !== '') {
    sheet.qr(code);
    sheet.both(words.rate);
  }
  for (const line of layout.footer) sheet.line(line);
  return sheet.end();
}

/** The bytes of a free text. */
export function composeFree(paper: FreePaper, layout: TicketLayout): Uint8Array[] {
  const sheet = new Sheet(layout);
  sheet.begin();
  sheet.left();
  const lines = paper.lines
    .slice(0, freeLinesLimit + 1)
    .flatMap((line) => wrapText(line, layout.columns, wrappedLinesLimit));
  for (const line of lines.slice(0, freeLinesLimit)) sheet.line(line);
  if (lines.length > freeLinesLimit) sheet.line(words.more[layout.language]);
  if (paper.qr !== undefined && paper.qr !== '') sheet.qr(paper.qr);
  return sheet.end();
}

/** The bytes of the slip that is printed after a new roll was put in, so that nobody's ticket comes out blank. */
export function composeCheckSlip(layout: TicketLayout): Uint8Array[] {
  const sheet = new Sheet({ ...layout, language: 'zh-CN' });
  sheet.start();
  sheet.both(words.changed);
  sheet.both(words.blank);
  return sheet.end();
}

function aheadText(ahead: number): Readonly<Record<Language, string>> {
  if (ahead === 0) return { 'zh-CN': '您是下一位', en: 'You are next' };
  const people = ahead === 1 ? 'person' : 'people';
  return { 'zh-CN': `前面还有 ${ahead} 人`, en: `${ahead} ${people} ahead of you` };
}

function waitText(wait: TicketPaper['waitMinutes']): Readonly<Record<Language, string>> {
  if (wait == null) return { 'zh-CN': '等候时间暂无法估计', en: 'No estimate of the wait' };
  const span = wait.low === wait.high ? `${wait.low}` : `${wait.low}-${wait.high}`;
  return { 'zh-CN': `预计等候 ${span} 分钟`, en: `Expected wait ${span} min` };
}

function fillAddress(template: string, { ticket, number }: TicketPaper): string {
  const values: Readonly<Record<string, string>> = { ticket, number };
  return template.replace(/\{(ticket|number)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
}

interface Style {
  readonly bold?: boolean;
  /** 1 normal, 2 twice as wide and as high ... 8. */
  readonly size?: number;
}

type Printer = import('node-thermal-printer').ThermalPrinter;

/** One paper in the making. */
class Sheet {
  readonly #parts: Uint8Array[] = [];
  readonly #printer: Printer;

  constructor(private readonly layout: TicketLayout) {
    const { ThermalPrinter, PrinterTypes, BreakLine } = requirePackage(
      'node-thermal-printer',
    ) as typeof import('node-thermal-printer');
    this.#printer = new ThermalPrinter({
      type: PrinterTypes.EPSON,
      interface: '',
      width: layout.columns,
      breakLine: BreakLine.NONE,
    });
  }

  /** All modes as they should be, then the picture. */
  begin(): void {
    this.start();
    for (const part of this.layout.logo ?? []) this.#parts.push(part);
  }

  start(): void {
    this.#part((printer) => {
      printer.append(Buffer.from(begin));
      printer.alignCenter();
    });
  }

  left(): void {
    this.#part((printer) => printer.alignLeft());
  }

  line(text: string, { bold = false, size = 1 }: Style = {}): void {
    for (const each of wrapText(text, Math.floor(this.layout.columns / size), wrappedLinesLimit)) {
      this.#part((printer) => {
        if (bold) printer.bold(true);
        if (size > 1) printer.setTextSize(size - 1, size - 1);
        printer.append(Buffer.from([...encodeText(each), lineFeed]));
        if (size > 1) printer.setTextSize(0, 0);
        if (bold) printer.bold(false);
      });
    }
  }

  /** As large as it fits. */
  large(text: string): void {
    const columns = Math.max(1, columnsOf(text));
    const size = Math.max(1, Math.min(largestSize, Math.floor(this.layout.columns / columns)));
    this.line(text, { bold: true, size });
  }

  /** In Chinese halls both languages, on one line where they fit; else English alone. */
  both(text: Readonly<Record<Language, string>>): void {
    const together = `${text['zh-CN']} / ${text.en}`;
    if (this.layout.language === 'en') {
      this.line(text.en);
    } else if (columnsOf(together) <= this.layout.columns) {
      this.line(together);
    } else {
      this.line(text['zh-CN']);
      this.line(text.en);
    }
  }

  qr(text: string): void {
    const content = printableText(text);
    const bytes = Buffer.from(content, 'utf8');
    if (bytes.length === 0) return;
    if (bytes.length > qrBytesLimit) {
      this.line(content); // a code of a part of an address leads nowhere; a person may read it
      return;
    }
    this.#part((printer) => {
      printer.printQR(content, { cellSize: bytes.length > 100 ? 4 : 6, correction: 'M', model: 2 });
      printer.setBuffer(withByteLength(printer.getBuffer(), bytes.length));
      printer.newLine();
    });
  }

  end(): Uint8Array[] {
    this.#parts.push(cutCommand(this.layout.cut));
    return this.#parts;
  }

  #part(compose: (printer: Printer) => void): void {
    this.#printer.clear();
    compose(this.#printer);
    // The package gives `null` where nothing was added.
    const bytes = this.#printer.getBuffer() as Buffer | null;
    if (bytes !== null) this.#parts.push(Uint8Array.from(bytes));
  }
}

/**
 * The package counts characters where GS ( k 80 wants bytes; with anything but ASCII the printer would take the end of
 * the text for commands.
 */
function withByteLength(command: Buffer, textBytes: number): Buffer {
  const fixed = Buffer.from(command);
  // GS ( k pL pH 49 80 48: store the data of a QR code.
  for (let at = 0; at + 8 <= fixed.length; at++) {
    const isStore = fixed.subarray(at, at + 3).equals(Buffer.from([0x1d, 0x28, 0x6b]));
    if (!isStore || fixed[at + 5] !== 0x31 || fixed[at + 6] !== 0x50 || fixed[at + 7] !== 0x30) continue;
    fixed.writeUInt16LE(textBytes + 3, at + 3);
    return fixed;
  }
  throw new HallwardError('ticket.no-qr', 'internal', 'the package made no command that stores a QR code');
}
