import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { SimulatedPrinter, SimulatedPrinterOptions } from '../../src/simulator/escpos-panel.js';
import { simulatedPrinter } from '../../src/simulator/escpos-printer.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const ascii = (text: string) => Buffer.from(text, 'latin1').toString('hex');

async function printer(options: SimulatedPrinterOptions = {}) {
  const clock = new VirtualClock();
  const { carrier, farEnd } = memoryCable({ clock });
  const made = simulatedPrinter(farEnd, clock, options);
  let heard = '';
  const connection = await carrier.open({
    bytes: (chunk) => {
      heard += Buffer.from(chunk).toString('hex').toUpperCase();
    },
    closed: () => {},
  });
  /** What it sends within two seconds of these bytes. */
  const ask = async (bytes: string, milliseconds = 2000) => {
    heard = '';
    if (bytes !== '') await connection.write(hex(bytes));
    await clock.advance(milliseconds);
    return heard;
  };
  const texts = () => made.slips.map(({ lines }) => lines.map(({ text }) => text));
  return { clock, printer: made, ask, texts };
}

const questions = '10 04 01 10 04 02 10 04 03 10 04 04';

describe('the status of the simulated printer', () => {
  it('is fine at first, bit by bit', async () => {
    const { ask, printer: far } = await printer();
    expect(await ask(questions)).toBe('12121212');
    far.drawer.open();
    expect(await ask(questions)).toBe('16121212');
  });

  const matters: Readonly<Record<string, [(far: SimulatedPrinter) => void, string]>> = {
    cover: [(far) => far.cover.open(), '1A161212'],
    'paper low': [(far) => far.paper.runLow(), '1212121E'],
    'paper out': [(far) => far.paper.runOut(), '1A32127E'],
    'hot head': [(far) => far.head.overheat(), '1A525212'],
    mechanics: [(far) => far.hardware.breakMechanically(), '1A521612'],
    broken: [(far) => far.hardware.breakForGood(), '1A523212'],
    button: [(far) => far.button.hold(), '5A1A1212'],
  };
  it.each(Object.keys(matters))('tells: %s', async (name) => {
    const { ask, printer: far } = await printer();
    const [act, answers] = matters[name]!;
    act(far);
    expect(await ask(questions)).toBe(answers);
  });

  it('comes by itself once asked for, at each change, and after power-on only by a DIP switch', async () => {
    const { ask, printer: far } = await printer();
    expect(await ask('1D 61 FF')).toBe('10000000');
    far.cover.open();
    far.cover.open();
    expect(await ask('')).toBe('38000000');
    far.paper.runOut();
    expect(await ask('')).toBe('38000F00');
    far.power.off();
    far.power.on();
    far.cover.close();
    expect(await ask('')).toBe('');
    const other = await printer({ quirks: { asbFromPowerOn: true } });
    other.printer.cover.open();
    expect(await other.ask('')).toBe('38000000');
  });

  it('through the buffer comes in its turn, and not while it is offline', async () => {
    const { ask, printer: far } = await printer();
    expect(await ask('1D 72 01')).toBe('00');
    far.paper.runLow();
    expect(await ask('1D 72 01')).toBe('03');
    far.cover.open();
    expect(await ask('1D 72 01 10 04 01')).toBe('1A');
    far.cover.close();
    expect(await ask('')).toBe('03');
    const clone = await printer({ quirks: { nearEndBits23: true } });
    clone.printer.paper.runLow();
    expect(await clone.ask('1D 72 01')).toBe('0C');
  });

  it('is asked by any bytes that look like the question, also in a picture, which prints all the same', async () => {
    const { ask, printer: far } = await printer();
    const picture = '1D 76 30 00 03 00 02 00  00 10 04  01 00 00';
    expect(await ask(`${picture} 1D 56 00`)).toBe('12');
    expect(far.slips[0]?.pictures).toEqual([
      { widthDots: 24, heightDots: 2, dots: hex('00 10 04 01 00 00') },
    ]);
  });

  it('has its quirks', async () => {
    expect(await (await printer({ quirks: { answers: [1, 4] } })).ask(questions)).toBe('1212');
    expect(await (await printer({ quirks: { silent: true } })).ask(`${questions} 1D 72 01 1D 61 FF`)).toBe(
      '',
    );
    expect(await (await printer({ quirks: { asb: false } })).ask('1D 61 FF')).toBe('');
    expect(await (await printer({ quirks: { answersGsR: false } })).ask('1D 72 01')).toBe('');
    const fine = await printer({ quirks: { alwaysFine: true } });
    fine.printer.cover.open();
    expect(await fine.ask(questions)).toBe('12121212');
    const busy = await printer({ quirks: { answersAfterPrinting: true }, lineMilliseconds: 500 });
    expect(await busy.ask('41 0A 10 04 01', 400)).toBe('');
    expect(await busy.ask('', 200)).toBe('12');
  });

  it('is nothing without power', async () => {
    const { ask, printer: far } = await printer();
    far.power.off();
    expect(await ask(questions)).toBe('');
    far.power.on();
    expect(await ask(questions)).toBe('12121212');
  });
});

describe('the paper of the simulated printer', () => {
  it('has text in the mode that the printer is in', async () => {
    const { ask, texts } = await printer({ startsInChinese: false });
    // D6 D0 CE C4 is 中文 in GB2312; outside Chinese mode a printer takes each byte for one of its code page.
    await ask('1B 40 D6 D0 CE C4 0A 1C 26 D6 D0 CE C4 0A 1C 2E D6 0A 1D 56 00');
    expect(texts()).toEqual([['╓╨╬─', '中文', '╓']]);
    const chinese = await printer();
    await chinese.ask('D6 D0 1C 2E 0A 1B 40 D6 D0 82 30 81 36 0A 1D 56 00');
    expect(chinese.texts()[0]?.[0]).toBe('中');
    expect(chinese.texts()[0]?.[1]).toMatch(/^中.$/u);
  });

  it('has sizes, and breaks long lines', async () => {
    const { ask, printer: far } = await printer({ columns: 32 });
    await ask(
      `1B 61 01 1D 21 33 1B 45 01 ${ascii('A001')} 0A 1D 21 00 1B 45 00 ${ascii('x'.repeat(40))} 0A 1D 56 41 00`,
    );
    expect(far.slips[0]?.lines).toEqual([
      { text: 'A001', width: 4, height: 4, bold: true, align: 'center' },
      { text: 'x'.repeat(32), width: 1, height: 1, bold: false, align: 'center' },
      { text: 'x'.repeat(8), width: 1, height: 1, bold: false, align: 'center' },
    ]);
    expect(far.slips[0]).toMatchObject({ cut: 'full', complete: true });
  });

  it('has QR codes', async () => {
    const { ask, printer: far } = await printer();
    await ask(`1D 28 6B 06 00 31 50 30 ${ascii('abc')} 1D 28 6B 03 00 31 51 30 1D 56 42 00`);
    expect(far.slips[0]).toMatchObject({ qr: ['abc'], cut: 'partial' });
  });

  it('ends in the middle of a ticket, the rest of which comes on the next roll', async () => {
    const { ask, printer: far, texts } = await printer();
    far.paper.endAfterLines(2);
    expect(await ask('31 0A 32 0A 33 0A 1D 56 00 1D 72 01')).toBe('');
    expect(texts()).toEqual([['1', '2']]);
    expect(far.slips[0]).toMatchObject({ cut: null, complete: false });
    expect(await ask(questions)).toBe('1A32127E');
    far.paper.load();
    expect(await ask('')).toBe('00');
    expect(texts()).toEqual([['1', '2'], ['3']]);
    expect(far.slips[1]).toMatchObject({ cut: 'full', complete: false });
    await ask('34 0A 1D 56 00');
    expect(far.slips[2]).toMatchObject({ cut: 'full', complete: true });
  });

  it('is not cut by a knife that sticks, until it is freed', async () => {
    const { ask, printer: far } = await printer();
    far.cutter.jam();
    expect(await ask('31 0A 1D 56 00')).toBe('');
    expect(await ask(questions)).toBe('1A521A12');
    expect(far.slips).toEqual([]);
    far.cutter.free();
    expect(await ask(questions)).toBe('12121212');
    expect(far.slips[0]?.complete).toBe(true);
  });

  it('takes its time', async () => {
    const { ask, printer: far } = await printer({ lineMilliseconds: 100 });
    await ask('31 0A 32 0A 1D 56 00', 150);
    expect(far.current.lines.map(({ text }) => text)).toEqual(['1']);
    await ask('', 100);
    expect(far.slips).toHaveLength(1);
  });

  it('loses what the power was cut off from, and what the buffer has no room for', async () => {
    const { ask, printer: far, clock } = await printer({ lineMilliseconds: 100, bufferBytes: 8 });
    await ask('31 0A 32 0A 33 0A 1D 56 00', 150);
    expect(far.lostBytes).toBe(1);
    far.power.off();
    await clock.advance(1000);
    far.power.on();
    expect(await ask('1D 72 01')).toBe('00');
    expect(far.slips.map(({ complete }) => complete)).toEqual([false]);
  });
});
