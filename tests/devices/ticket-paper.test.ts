import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TicketPaper } from '../../src/devices/capabilities.js';
import { columnsOf, encodeText, printableText, wrapText } from '../../src/devices/printer-text.js';
import { defuse, rasterStrips, readLogo } from '../../src/devices/ticket-logo.js';
import {
  composeCheckSlip,
  composeFree,
  composeTicket,
  freeLinesLimit,
  type TicketLayout,
} from '../../src/devices/ticket-paper.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { type Slip, simulatedPrinter } from '../../src/simulator/index.js';

const { PNG } = createRequire(import.meta.url)('pngjs') as {
  PNG: {
    new (size: { width: number; height: number }): { data: Buffer };
    sync: { write(png: object, options?: object): Buffer };
  };
};

const layout: TicketLayout = { columns: 48, language: 'zh-CN', header: [], footer: [], cut: 'full' };
const ticket: TicketPaper = {
  ticket: 'general/2026-11-22/1',
  number: 'A001',
  matter: '户籍登记',
  priority: false,
  ahead: 3,
  issuedAt: '2026-11-22 09:03',
  copy: 1,
};

/** The slips that a printer makes of the parts, in whichever mode it was before. */
async function printed(parts: readonly Uint8Array[], columns = 48, startsInChinese = true): Promise<Slip[]> {
  const clock = new VirtualClock();
  let hear = (_: Uint8Array) => {};
  const answers: Uint8Array[] = [];
  const farEnd = {
    send: (bytes: Uint8Array) => void answers.push(bytes),
    onBytes: (listener: (bytes: Uint8Array) => void) => {
      hear = listener;
      return () => {};
    },
  };
  const printer = simulatedPrinter(farEnd, clock, { columns, startsInChinese, bufferBytes: 1e6 });
  for (const part of parts) hear(part);
  await clock.advance(600_000);
  expect(answers).toEqual([]);
  return [...printer.slips];
}
const textsOf = (slip: Slip | undefined) => slip?.lines.map(({ text }) => text).filter((text) => text !== '');
const bytesOf = (parts: readonly Uint8Array[]) => Buffer.concat([...parts]);

describe('a ticket', () => {
  it('says what it is to say, on a printer in either mode', async () => {
    const parts = composeTicket(ticket, {
      ...layout,
      header: ['金山区政务服务中心'],
      footer: ['请保管好号票'],
    });
    for (const startsInChinese of [true, false]) {
      const slips = await printed(parts, 48, startsInChinese);
      expect(slips).toHaveLength(1);
      expect(slips[0]).toMatchObject({ cut: 'full', complete: true, qr: [], pictures: [] });
      expect(textsOf(slips[0])).toEqual([
        '金山区政务服务中心',
        '您的号码 / Your number',
        'A001',
        '户籍登记',
        '前面还有 3 人 / 3 people ahead of you',
        '2026-11-22 09:03',
        '请保管好号票',
      ]);
    }
  });

  it('has its number as large as fits', async () => {
    const sizeOf = async (number: string, columns: 32 | 48) => {
      const [slip] = await printed(composeTicket({ ...ticket, number }, { ...layout, columns }), columns);
      const line = slip?.lines.find(({ text }) => text === number);
      return [line?.width, line?.height, line?.bold];
    };
    expect(await sizeOf('A001', 48)).toEqual([6, 6, true]);
    expect(await sizeOf('A001', 32)).toEqual([6, 6, true]);
    expect(await sizeOf('VIP-A1001', 32)).toEqual([3, 3, true]);
    expect(await sizeOf('X'.repeat(48), 48)).toEqual([1, 1, true]);
  });

  it('says priority, reprint, nobody ahead, and leaves out what is not known', async () => {
    const [slip] = await printed(
      composeTicket({ ...ticket, priority: true, copy: 2, ahead: 0, matter: null, issuedAt: null }, layout),
    );
    expect(textsOf(slip)).toEqual([
      '您的号码 / Your number',
      'A001',
      '优先 Priority',
      '补打 Reprint 2',
      '您是下一位 / You are next',
    ]);
    const [other] = await printed(
      composeTicket({ ...ticket, ahead: null, matter: null, issuedAt: null }, layout),
    );
    expect(textsOf(other)).toEqual(['您的号码 / Your number', 'A001']);
  });

  it('is in English, and narrow', async () => {
    const [english] = await printed(
      composeTicket({ ...ticket, matter: 'Registration', ahead: 1 }, { ...layout, language: 'en' }),
    );
    expect(textsOf(english)).toEqual([
      'Your number',
      'A001',
      'Registration',
      '1 person ahead of you',
      '2026-11-22 09:03',
    ]);
    const parts = composeTicket(ticket, { ...layout, columns: 32 });
    const [narrow] = await printed(parts, 32);
    expect(textsOf(narrow)?.slice(3, 5)).toEqual(['前面还有 3 人', '3 people ahead of you']);
  });

  it('has a QR code with its id, and asks for a rating', async () => {
    const [slip] = await printed(
      composeTicket(ticket, { ...layout, qr: 'https://example/r?t={ticket}&n={number}' }),
    );
    expect(slip?.qr).toEqual(['https://example/r?t=general%2F2026-11-22%2F1&n=A001']);
    expect(textsOf(slip)?.at(-1)).toBe('请为我们的服务评价 / Please rate our service');
  });

  it('is cut as the printer can, without feeding more than to the knife', () => {
    expect([...composeTicket(ticket, layout).at(-1)!]).toEqual([0x1d, 0x56, 0x41, 0]);
    expect([...composeTicket(ticket, { ...layout, cut: 'partial' }).at(-1)!]).toEqual([0x1d, 0x56, 0x42, 0]);
    expect([...composeTicket(ticket, { ...layout, cut: 'none' }).at(-1)!]).toEqual([0x1b, 0x64, 5]);
  });

  it('begins from known modes, and is made of whole commands', async () => {
    const parts = composeTicket(ticket, { ...layout, qr: 'https://example/{ticket}' });
    expect([...parts[0]!.subarray(0, 4)]).toEqual([0x1b, 0x40, 0x1c, 0x2e]);
    // A status question between any two parts changes nothing on paper.
    const clock = new VirtualClock();
    let hear = (_: Uint8Array) => {};
    const farEnd = {
      send: () => {},
      onBytes: (listener: typeof hear) => {
        hear = listener;
        return () => {};
      },
    };
    const printer = simulatedPrinter(farEnd, clock);
    for (const part of parts) {
      hear(part);
      hear(Uint8Array.of(0x10, 0x04, 0x01));
    }
    await clock.advance(60_000);
    expect(printer.slips).toEqual(await printed(parts));
  });

  it('carries no command that somebody hid in its texts', async () => {
    const evil = 'a\x1d\x56\x00b\x10\x04\x01\x1b@\n\u202e\u0000c';
    const parts = composeTicket(
      { ...ticket, number: 'A\x1b@1', matter: evil },
      { ...layout, header: [evil] },
    );
    const slips = await printed(parts);
    expect(slips).toHaveLength(1);
    expect(textsOf(slips[0])).toEqual(expect.arrayContaining(['aVb@ c', 'A@1']));
  });
});

describe('a free paper', () => {
  it('has its lines and its code', async () => {
    const [slip] = await printed(
      composeFree({ lines: ['第一行', 'line 2'], qr: '中文 https://例子' }, layout),
    );
    expect(textsOf(slip)).toEqual(['第一行', 'line 2']);
    expect(slip?.lines[0]?.align).toBe('left');
    expect(slip?.qr).toEqual(['中文 https://例子']);
  });

  it('is limited, and says so', async () => {
    const [slip] = await printed(
      composeFree({ lines: Array.from({ length: 10_000 }, (_, at) => `line ${at}`) }, layout),
    );
    expect(textsOf(slip)).toHaveLength(freeLinesLimit + 1);
    expect(textsOf(slip)?.at(-1)).toBe('（以下省略）');
    const [long] = await printed(composeFree({ lines: ['x'.repeat(1e6)], qr: 'q'.repeat(5000) }, layout));
    expect(textsOf(long)?.slice(0, 3)).toEqual(['x'.repeat(48), 'x'.repeat(48), `${'x'.repeat(45)}...`]);
    expect(long?.qr).toEqual([]);
  });
});

describe('the check slip', () => {
  it('says what a blank one means', async () => {
    const [slip] = await printed(composeCheckSlip({ ...layout, columns: 32, language: 'en' }), 32);
    expect(textsOf(slip)?.join(' ')).toContain('如果此条空白，纸卷装反了');
    expect(textsOf(slip)?.join(' ')).toContain('Paper replaced');
    expect(slip).toMatchObject({ complete: true });
  });
});

describe('text for a printer', () => {
  const decode = (bytes: Uint8Array) => new TextDecoder('gb18030').decode(bytes);

  it('is framed by Chinese mode where it needs it', () => {
    // 中 is D6 D0 in GB2312.
    expect([...encodeText('A中')]).toEqual([0x1c, 0x26, 0x41, 0xd6, 0xd0, 0x1c, 0x2e]);
    expect([...encodeText('A1')]).toEqual([0x41, 0x31]);
  });

  it('has a question mark for what no printer has', () => {
    expect(decode(encodeText('笑😀𠮷'))).toBe('\x1c&笑??\x1c.');
    expect(decode(encodeText('\u3400é€'))).toBe('\x1c&\u3400é€\x1c.');
    expect(decode(encodeText('\ud83d'))).toBe('?');
  });

  it('comes back as it was meant, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'中文号票㐀A1 -é，。\x1b\x10\n') }), (text) => {
        const bytes = [...encodeText(text)];
        const inner = bytes[0] === 0x1c ? bytes.slice(2, -2) : bytes;
        expect(decode(Uint8Array.from(inner))).toBe(printableText(text));
        expect(inner.every((byte) => byte >= 0x20)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeText(text).some((byte) => byte < 0x20 && byte !== 0x1c)).toBe(false);
      }),
    );
  });

  it('is broken into lines that fit', () => {
    expect(wrapText('one two three', 8, 3)).toEqual(['one two', 'three']);
    expect(wrapText('一二三四五', 4, 3)).toEqual(['一二', '三四', '五']);
    expect(wrapText('', 8, 3)).toEqual(['']);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'中 aB') }),
        fc.integer({ min: 4, max: 48 }),
        (text, columns) => {
          const lines = wrapText(text, columns, 3);
          expect(lines.length).toBeLessThanOrEqual(3);
          for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});

describe('picture data', () => {
  const dots = fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => bytes.map((byte) => (byte % 3 === 0 ? 0x10 : byte % 32)));
  const triggers = [/10 04/, /10 05/, /10 14/];
  const hex = (bytes: Uint8Array) =>
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

  it('has no real-time command in it, for one dot more each', () => {
    expect(hex(defuse(Uint8Array.of(0x10, 0x04, 0x01, 0x10, 0x10, 0x05, 0x10)))).toBe('18 04 01 10 18 05 18');
    fc.assert(
      fc.property(dots, (data) => {
        const safe = defuse(data);
        for (const trigger of triggers) expect(hex(safe)).not.toMatch(trigger);
        data.forEach((byte, at) => {
          const isTrigger = byte === 0x10 && [0x04, 0x05, 0x14, undefined].includes(data[at + 1]);
          expect(safe[at]).toBe(isTrigger ? 0x18 : byte);
        });
      }),
    );
  });

  it('is cut into strips that print the same', () => {
    const data = Uint8Array.from({ length: 72 * 100 }, (_, at) => (at * 7) & 0x0f);
    const strips = rasterStrips(Uint8Array.from([0x1d, 0x76, 0x30, 48, 72, 0, 100, 0, ...data]));
    expect(strips.every(({ length }) => length <= 1032)).toBe(true);
    expect(Buffer.concat(strips.map((strip) => strip.subarray(8)))).toEqual(Buffer.from(data));
    expect(strips.reduce((rows, strip) => rows + strip[6]!, 0)).toBe(100);
  });
});

describe('a logo', () => {
  function file(bytes: Uint8Array): string {
    const directory = mkdtempSync(join(tmpdir(), 'hallward-logo-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'logo.png'), bytes);
    return join(directory, 'logo.png');
  }
  /** Columns of black (1) and white (0) dots, the same in each row. */
  function png(row: string, height: number): Buffer {
    const picture = new PNG({ width: row.length, height });
    for (let at = 0; at < row.length * height; at++) {
      const black = row[at % row.length] === '1';
      picture.data.set([black ? 0 : 255, black ? 0 : 255, black ? 0 : 255, 255], 4 * at);
    }
    return PNG.sync.write(picture);
  }

  it('is printed on top, and asks the printer nothing', async () => {
    // Dots 10 04 01 in each row, and 10 at the end of it.
    const row = ['00010000', '00000100', '00000001', '00010000'].join('');
    const logo = await readLogo(file(png(row, 50)));
    const parts = composeTicket(ticket, { ...layout, logo });
    const [slip] = await printed(parts); // fails on any answer
    expect(slip?.pictures.map(({ widthDots }) => widthDots)).toEqual([32]);
    expect([...slip!.pictures[0]!.dots.subarray(0, 8)]).toEqual([0x18, 4, 1, 0x10, 0x18, 4, 1, 0x10]);
    expect(bytesOf(logo).includes(Buffer.from([0x10, 0x04]))).toBe(false);
  });

  it('of an odd width is filled up', async () => {
    const [strip] = await readLogo(file(png('111111111', 2)));
    expect([...strip!]).toEqual([0x1d, 0x76, 0x30, 48, 2, 0, 2, 0, 0xff, 0x80, 0xff, 0x80]);
  });

  it('that is not there, no picture, damaged or too large is refused with a word', async () => {
    const small = png('1'.repeat(8), 8);
    await expect(readLogo('/none/logo.png')).rejects.toMatchObject({ code: 'logo.unreadable' });
    await expect(readLogo(tmpdir())).rejects.toMatchObject({ code: 'logo.unreadable' });
    for (const bytes of [
      Buffer.from(''),
      Buffer.from('GIF89a'),
      small.subarray(0, 40),
      png('1'.repeat(600), 8),
      png('1'.repeat(8), 401),
      Buffer.concat([small, Buffer.alloc(70_000)]),
    ]) {
      await expect(readLogo(file(bytes))).rejects.toMatchObject({ code: 'logo.unusable' });
    }
    // A head that promises more than anybody has room for.
    const bomb = Buffer.from(small);
    bomb.writeUInt32BE(0x7fffffff, 16);
    await expect(readLogo(file(bomb))).rejects.toMatchObject({ code: 'logo.unusable' });
  });
});
