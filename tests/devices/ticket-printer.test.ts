import { afterEach, describe, expect, it } from 'vitest';
import type { FreePaper, PrintResult, TicketPaper } from '../../src/devices/capabilities.js';
import { ticketPrinter } from '../../src/devices/ticket-printer.js';
import type { SimulatedPrinterOptions } from '../../src/simulator/escpos-panel.js';
import { simulatedPrinter } from '../../src/simulator/escpos-printer.js';
import type { MemoryCableOptions } from '../../src/simulator/memory-cable.js';
import { bench } from './bench.js';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

interface StandOptions {
  readonly printer?: SimulatedPrinterOptions;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly cable?: Omit<MemoryCableOptions, 'clock'>;
}

const ticket = (number: string): TicketPaper => ({
  ticket: `ticket ${number}`,
  number,
  matter: '户籍登记',
  priority: false,
  ahead: 3,
  issuedAt: '2026-11-22 09:03',
  copy: 1,
});

/** A printer with its device on a wire of 9600 baud. */
function stand({ printer: far = {}, options = {}, cable = {} }: StandOptions = {}) {
  const line = bench(cable);
  const printer = simulatedPrinter(line.farEnd, line.clock, far);
  const { device, reports } = line.add(ticketPrinter, 'tickets', { protocol: 'escpos', ...options });
  const prints = device.capabilities.printsTickets!;
  const print = (paper: TicketPaper | FreePaper) => {
    const watched: { result: PrintResult | 'pending'; at: number } = { result: 'pending', at: Number.NaN };
    void prints.print(paper).then((result) => {
      watched.result = result;
      watched.at = line.clock.monotonicMilliseconds();
    });
    return watched;
  };
  const made = {
    ...line,
    printer,
    device,
    reports,
    prints,
    print,
    /** What is known now of every reading. */
    readings: () => Object.assign({}, ...reports.shown) as Record<string, unknown>,
    standing: () => [...reports.standing.keys()],
    supplies: () => reports.events.map(({ state }) => state),
    /** The numbers on paper, whole slips only. */
    numbers: () =>
      printer.slips.map(({ lines, complete }) => {
        const number = lines.find(({ width }) => width > 2)?.text ?? lines[0]?.text.slice(0, 5);
        return complete ? number : `cut ${number}`;
      }),
  };
  open.push(made);
  return made;
}

type Stand = ReturnType<typeof stand>;

async function until({ clock }: Stand, limit: number, done: () => boolean): Promise<number> {
  const start = clock.monotonicMilliseconds();
  while (!done() && clock.monotonicMilliseconds() - start < limit) await clock.advance(5);
  return clock.monotonicMilliseconds() - start;
}

describe('the status of a ticket printer', () => {
  it('is known soon, and good', async () => {
    const one = stand();
    await one.clock.advance(1500);
    expect(one.readings()).toEqual({ paper: 'ok', cover: 'closed', online: true, printed: 0 });
    expect(one.standing()).toEqual([]);
    expect(one.supplies()).toEqual(['ok']);
    expect(one.prints.readiness).toBe('ready');
    expect(one.reports.alives.length).toBeGreaterThan(0);
  });

  const matters: Readonly<
    Record<string, [(far: Stand['printer']) => void, (far: Stand['printer']) => void, string]>
  > = {
    'low paper': [(far) => far.paper.runLow(), (far) => far.paper.load(), 'printer.media-low'],
    'no paper': [(far) => far.paper.runOut(), (far) => far.paper.load(), 'printer.media-empty'],
    'an open cover': [(far) => far.cover.open(), (far) => far.cover.close(), 'printer.cover-open'],
    'broken mechanics': [
      (far) => far.hardware.breakMechanically(),
      (far) => far.hardware.repair(),
      'printer.hardware-error',
    ],
    'a broken head': [
      (far) => far.hardware.breakForGood(),
      (far) => far.hardware.repair(),
      'printer.hardware-error',
    ],
    'a hot head': [(far) => far.head.overheat(), (far) => far.head.cool(), 'printer.offline'],
    'a held button': [(far) => far.button.hold(), (far) => far.button.release(), 'printer.offline'],
  };

  it.each(
    Object.keys(matters).flatMap((name) => [
      [name, true],
      [name, false],
    ]),
  )('finds %s, as one fault, within 2 s, and that it is over (asb: %s)', async (name, asb) => {
    const [happen, mend, code] = matters[String(name)]!;
    const one = stand({ printer: { quirks: { asb: asb === true } }, options: { asb } });
    await one.clock.advance(2_050);
    happen(one.printer);
    expect(await until(one, 5_000, () => one.standing().length > 0)).toBeLessThan(2_000);
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual([code]);
    expect(one.prints.readiness).toBe(code === 'printer.media-low' ? 'ready' : 'unable');
    expect(one.reports.faults).toEqual([`raised ${code}`]);
    if (code === 'printer.media-low') {
      // A roll is changed with the cover open; without that there is not more paper than there was.
      one.printer.cover.open();
      await one.clock.advance(2_000);
      expect(one.standing()).toContain('printer.cover-open');
    }
    mend(one.printer);
    expect(await until(one, 5_000, () => one.standing().length === 0)).toBeLessThan(2_000);
    await one.clock.advance(5_000);
    expect(one.reports.faults).toContain(`cleared ${code}`);
    expect(one.standing()).toEqual([]);
    expect(one.prints.readiness).toBe('ready');
  });

  it('does not believe a near-end sensor that flickers, but for ten minutes', async () => {
    const one = stand({ printer: { quirks: { asb: true } }, options: { asb: true } });
    await one.clock.advance(2_000);
    for (let turn = 0; turn < 5; turn++) {
      one.printer.paper.runLow();
      await one.clock.advance(3_000);
      one.printer.paper.endAfterLines(1_000);
      await one.clock.advance(3_000);
    }
    expect(one.reports.faults).toEqual(['raised printer.media-low']);
    expect(one.reports.events.map(({ state }) => state)).toEqual(['ok', 'low']);
    await one.clock.advance(600_000);
    expect(one.standing()).toEqual([]);
  });

  it('believes it at once after somebody has said that there is another roll', async () => {
    const one = stand({ printer: { quirks: { asb: true } }, options: { asb: true } });
    await one.clock.advance(2_000);
    one.printer.paper.runLow();
    await one.clock.advance(3_000);
    one.printer.paper.endAfterLines(1_000);
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual(['printer.media-low']);
    const supplyReplaced = one.device.capabilities.maintained!.supplyReplaced!;
    expect(supplyReplaced('toner', null)).toBe(false);
    expect(supplyReplaced('paper', 'wang')).toBe(true);
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual([]);
    expect(supplyReplaced(null, null)).toBe(true);
  });

  it('clears what an earlier life of it has left', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    expect(one.reports.clears).toContain('printer.media-empty');
    expect(one.reports.faults).toEqual([]);
  });

  it('finds a stuck cutter', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    one.printer.cutter.jam();
    const result = one.print(ticket('A001'));
    await one.clock.advance(5_000);
    expect(one.standing()).toEqual(['printer.cutter-error']);
    expect(result.result).toEqual({ result: 'failed', reason: 'printer.cutter-error' });
    one.printer.cutter.free();
    await one.clock.advance(2_000);
    expect(one.standing()).toEqual([]);
  });

  it('tells changes at once where the printer does', async () => {
    const one = stand({ options: { pollMilliseconds: 60_000 } });
    await one.clock.advance(5_000);
    one.printer.cover.open();
    await one.clock.advance(50);
    expect(one.standing()).toEqual(['printer.cover-open']);
    expect(one.readings()).toMatchObject({ cover: 'open', online: false });
  });

  it('takes a cover that is closed between two questions for no fault of its own', async () => {
    for (let at = 0; at < 1_100; at += 10) {
      const one = stand({ options: { asb: false } });
      await one.clock.advance(2_000);
      one.printer.cover.open();
      await one.clock.advance(2_000 + at);
      one.printer.cover.close();
      await one.clock.advance(3_000);
      expect(one.reports.faults, `closed after ${at} ms`).toEqual([
        'raised printer.cover-open',
        'cleared printer.cover-open',
      ]);
      await one.stop();
    }
  });

  it('understands what a DIP switch makes a printer say unasked', async () => {
    const one = stand({
      printer: { quirks: { asbFromPowerOn: true } },
      options: { asb: false, pollMilliseconds: 60_000 },
    });
    await one.clock.advance(5_000);
    one.printer.cover.open();
    await one.clock.advance(50);
    expect(one.standing()).toEqual(['printer.cover-open']);
  });

  it('tells each state of the paper once', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    one.printer.paper.runLow();
    await one.clock.advance(3_000);
    one.printer.paper.runOut();
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual(['printer.media-empty']);
    one.printer.paper.load();
    await one.clock.advance(3_000);
    expect(one.supplies()).toEqual(['ok', 'low', 'empty', 'ok']);
    expect(one.reports.events[1]).toEqual({
      type: 'supply.changed',
      supply: 'paper',
      state: 'low',
      levelPercent: null,
      daysLeft: null,
    });
  });

  it('does not care about the drawer', async () => {
    const one = stand();
    one.printer.drawer.open();
    await one.clock.advance(5_000);
    expect(one.standing()).toEqual([]);
    expect(one.prints.readiness).toBe('ready');
  });

  it('is unknown after three rounds of silence, and known again after power-on, also by itself', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    one.printer.paper.runLow();
    await one.clock.advance(2_000);
    one.printer.power.off();
    expect(await until(one, 10_000, () => one.reports.silences.length > 0)).toBeLessThan(3_500);
    expect(one.readings()).toMatchObject({ paper: null, cover: null, online: null });
    expect(one.standing()).toEqual([]);
    expect(one.supplies().at(-1)).toBe('unknown');
    // What paper it has is not known; that it would take none now is.
    expect(one.prints.readiness).toBe('unable');
    one.printer.power.on();
    expect(await until(one, 10_000, () => one.prints.readiness === 'ready')).toBeLessThan(5_000);
    await one.clock.advance(2_500);
    expect(one.standing()).toEqual(['printer.media-low']);
    const polls = one.printer.asked.length;
    one.printer.cover.open();
    await one.clock.advance(20);
    expect(one.standing()).toContain('printer.cover-open');
    expect(one.printer.asked.length).toBe(polls);
  });

  it('is unknown, never good, for a printer that never answered', async () => {
    const one = stand({ printer: { quirks: { silent: true } } });
    await one.clock.advance(20_000);
    expect(one.reports.silences.length).toBeGreaterThan(0);
    expect(one.reports.alives).toEqual([]);
    expect(one.readings()).toMatchObject({ paper: null, cover: null, online: null });
    expect(one.supplies()).toEqual([]);
    expect(one.prints.readiness).toBe('unknown');
  });

  it('is unknown while the wire is gone: it can print nothing, and says when it may again', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    const told: string[] = [];
    one.prints.onReadiness(() => told.push(one.prints.readiness));
    one.cable.cut();
    await one.clock.advance(10);
    expect(one.readings()).toMatchObject({ paper: null, online: null });
    expect(one.prints.readiness).toBe('unable');
    one.cable.join();
    expect(await until(one, 10_000, () => one.prints.readiness === 'ready')).toBeLessThan(5_000);
    expect(told).toEqual(['unable', 'unknown', 'ready']);
  });

  it('is that of a printer that can not print, where its wire was lost before it began', async () => {
    const line = bench();
    line.cable.cut();
    await line.clock.advance(10);
    const { device } = line.add(ticketPrinter, 'tickets', { protocol: 'escpos' });
    expect(line.bus.state).toBe('lost');
    expect(device.capabilities.printsTickets?.readiness).toBe('unable');
    await line.stop();
  });

  it('leaves no timer and no listener behind', async () => {
    for (const milliseconds of [0, 3, 10, 400, 1_234]) {
      const one = stand({ printer: { lineMilliseconds: 500 } });
      const result = one.print(ticket('A001'));
      await one.clock.advance(milliseconds);
      await one.stop();
      await one.clock.advance(20_000);
      expect(result.result).toMatchObject({ result: 'failed', reason: 'device.disabled' });
      expect(one.listenerCount()).toBe(0);
      expect(one.clock.pending()).toEqual([]);
      expect(one.reports.crashes).toEqual([]);
    }
  });
});

describe('answers that nobody asked for', () => {
  it('make no wrong reading, whenever they come', async () => {
    for (let at = 0; at < 1_100; at += 5) {
      const one = stand({ options: { asb: false } });
      await one.clock.advance(2_000 + at);
      one.farEnd.send(Uint8Array.of(0x16)); // "drawer" if answered to question 1, "cover open" to 2
      await one.clock.advance(3_000);
      expect(one.reports.faults, `after ${at} ms`).toEqual([]);
      expect(one.readings()).toMatchObject({ cover: 'closed', paper: 'ok', online: true });
      await one.stop();
    }
  });

  it('that come without end are no status', async () => {
    const one = stand({ options: { asb: false } });
    await one.clock.advance(2_000);
    for (let at = 0; at < 500; at++) {
      one.farEnd.send(Uint8Array.of(0x12, 0x16));
      await one.clock.advance(20);
    }
    expect(one.reports.faults).toEqual([]);
    expect(one.reports.silences.length).toBeGreaterThan(0);
    expect(one.readings()).toMatchObject({ cover: null });
    await one.clock.advance(5_000);
    expect(one.readings()).toMatchObject({ cover: 'closed' });
  });

  it('because they are late are not taken for another question', async () => {
    const one = stand({ options: { asb: false }, printer: { quirks: { asb: false } } });
    await one.clock.advance(2_000);
    one.printer.paper.runLow(); // 1E to question 4, which would be "feeding, cover open" to 2
    await one.clock.advance(2_000);
    for (const late of [290, 310, 350, 500, 590]) {
      one.printer.answerAfter(late);
      await one.clock.advance(10_000);
      const wrong = one.reports.faults.filter((fault) => !fault.endsWith('printer.media-low'));
      expect(wrong, `${late} ms late`).toEqual([]);
    }
    one.printer.answerAfter(1);
    await one.clock.advance(5_000);
    expect(one.standing()).toEqual(['printer.media-low']);
  });

  it('of garbage end nothing', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    let state = 7;
    for (let at = 0; at < 300; at++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      one.farEnd.send(Uint8Array.from({ length: 40 }, (_, index) => (state >>> (index % 24)) & 0xff));
      await one.clock.advance(17);
    }
    await one.clock.advance(20_000);
    expect(one.reports.crashes).toEqual([]);
    expect(one.standing()).toEqual([]);
    expect(one.prints.readiness).toBe('ready');
  });
});

describe('a clone', () => {
  it.each([[[1]], [[2]], [[4]], [[1, 4]], [[3]]])(
    'that answers only %s is alive, the rest unknown',
    async (answers) => {
      const one = stand({ printer: { quirks: { answers, asb: false } } });
      await one.clock.advance(15_000);
      expect(one.reports.silences).toEqual([]);
      expect(one.prints.readiness).toBe('ready');
      expect(one.readings()).toMatchObject({
        online: answers.includes(1) ? true : null,
        cover: answers.includes(2) ? 'closed' : null,
        paper: answers.includes(4) || answers.includes(2) ? 'ok' : null,
      });
      // What is never answered is asked every tenth round only.
      const unanswered = [1, 2, 3, 4].find((question) => !answers.includes(question));
      expect(one.printer.asked.filter((question) => question === unanswered).length).toBeLessThanOrEqual(3);
      one.printer.paper.runOut();
      await one.clock.advance(5_000);
      expect(one.standing()).toEqual(
        answers.includes(4) || answers.includes(2)
          ? ['printer.media-empty']
          : answers.includes(1)
            ? ['printer.offline']
            : [],
      );
    },
  );

  it('that says only by itself how it is, is heard', async () => {
    const one = stand({ printer: { quirks: { answers: [] } } });
    await one.clock.advance(15_000);
    expect(one.reports.silences).toEqual([]);
    expect(one.readings()).toMatchObject({ paper: 'ok', cover: 'closed', online: true });
    one.printer.power.off();
    expect(await until(one, 20_000, () => one.reports.silences.length > 0)).toBeLessThan(15_000);
  });

  it('that answers 12 to everything is never in trouble', async () => {
    const one = stand({ printer: { quirks: { alwaysFine: true, asb: false } } });
    one.printer.cover.open();
    await one.clock.advance(5_000);
    expect(one.standing()).toEqual([]);
    expect(one.readings()).toMatchObject({ paper: 'ok', cover: 'closed', online: true });
  });

  it('whose paper sensor is silent, tells that it was stopped by the end of the paper', async () => {
    const one = stand({ printer: { quirks: { answers: [1, 2, 3], asb: false } } });
    await one.clock.advance(3_000);
    one.printer.paper.runOut();
    await one.clock.advance(3_000);
    expect(one.standing()).toEqual(['printer.media-empty']);
  });
});

describe('printing', () => {
  it('is confirmed, in order', async () => {
    const one = stand();
    const results = ['A001', 'A002', 'B001'].map((number) => one.print(ticket(number)));
    await one.clock.advance(20_000);
    expect(results.map(({ result }) => result)).toEqual(Array(3).fill({ result: 'confirmed' }));
    expect(results[0]!.at).toBeLessThan(results[1]!.at);
    expect(one.numbers()).toEqual(['A001', 'A002', 'B001']);
    expect(one.readings()).toMatchObject({ printed: 3 });
    expect(one.printer.lostBytes).toBe(0);
  });

  it('asks for the status between its pieces, and the paper is the same', async () => {
    const lines = Array.from({ length: 50 }, (_, at) => `${at} 一二三四五六七八九十`);
    const one = stand();
    await one.clock.advance(2_000);
    const asked = one.printer.asked.length;
    const result = one.print({ lines, qr: 'https://example/a' });
    await until(one, 20_000, () => one.printer.current.lines.length > 40);
    expect(one.printer.asked.length - asked).toBeGreaterThan(3);
    await one.clock.advance(10_000);
    expect(result.result).toEqual({ result: 'confirmed' });
    expect(one.printer.slips[0]?.lines.map(({ text }) => text).slice(0, 50)).toEqual(lines);
    expect(one.printer.slips[0]?.qr).toEqual(['https://example/a']);
  });

  it('is refused at once while the printer says that it can not', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    one.printer.cover.open();
    await one.clock.advance(2_000);
    const result = one.print(ticket('A001'));
    await one.clock.advance(1);
    expect(result.result).toEqual({ result: 'failed', reason: 'printer.cover-open', begun: false });
    one.printer.cover.close();
    await one.clock.advance(5_000);
    expect(one.printer.slips).toEqual([]);
  });

  it('waits for the first word of a printer that has just been started', async () => {
    const one = stand();
    one.printer.paper.runOut();
    const result = one.print(ticket('A001'));
    await one.clock.advance(3_000);
    expect(result.result).toEqual({ result: 'failed', reason: 'printer.media-empty', begun: false });
  });

  it.each([true, false])('that the roll ends in is cut short (asb: %s)', async (asb) => {
    for (const lines of [1, 3, 8, 11, 12]) {
      const one = stand({ options: { asb } });
      await one.clock.advance(2_000);
      one.printer.paper.endAfterLines(lines);
      const result = one.print(ticket('A001'));
      await one.clock.advance(12_000);
      expect(result.result, `${lines} lines`).toEqual({ result: 'failed', reason: 'printer.media-empty' });
      expect(one.standing()).toEqual(['printer.media-empty']);
      expect(one.readings()).toMatchObject({ printed: 0 });
      await one.stop();
    }
  });

  it('that the cover is opened in has failed', async () => {
    const one = stand({ printer: { lineMilliseconds: 200 } });
    await one.clock.advance(2_000);
    const result = one.print(ticket('A001'));
    await one.clock.advance(700);
    one.printer.cover.open();
    await one.clock.advance(1_500);
    expect(result.result).toEqual({ result: 'failed', reason: 'printer.cover-open' });
  });

  it('that the wire vanishes in has failed, and the next paper is whole', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    const cut = one.print({
      lines: Array.from({ length: 30 }, (_, at) => `line ${at}`),
      qr: 'x'.repeat(250),
    });
    await one.clock.advance(300);
    one.cable.cut();
    await one.clock.advance(100);
    expect(cut.result).toMatchObject({ result: 'failed', reason: 'bus.lost' });
    const refused = one.print(ticket('A002'));
    await one.clock.advance(10);
    expect(refused.result).toEqual({ result: 'failed', reason: 'bus.lost', begun: false });
    one.cable.join();
    await one.clock.advance(5_000);
    const next = one.print(ticket('A003'));
    await one.clock.advance(15_000);
    expect(next.result).toEqual({ result: 'confirmed' });
    expect(one.numbers().at(-1)).toBe('A003');
    expect(one.printer.slips).toHaveLength(2);
  });

  it('that the wire vanishes in the middle of a command does not swallow the next paper', async () => {
    for (const milliseconds of [60, 120, 180, 240, 300]) {
      const one = stand({ cable: { chunking: 'single-bytes' } });
      await one.clock.advance(2_000);
      const cut = one.print({ lines: [], qr: 'x'.repeat(250) });
      await one.clock.advance(milliseconds);
      one.cable.cut();
      await one.clock.advance(100);
      expect(cut.result).toMatchObject({ result: 'failed', reason: 'bus.lost' });
      one.cable.join();
      await one.clock.advance(3_000);
      const next = one.print(ticket('A003'));
      await one.clock.advance(15_000);
      expect(next.result).toEqual({ result: 'confirmed' });
      expect(one.numbers().at(-1), `${milliseconds} ms`).toBe('A003');
      await one.stop();
    }
  });

  it('that the power goes in has failed, also where it is back before anybody notices', async () => {
    for (const milliseconds of [1_500, 60_000]) {
      const one = stand({ printer: { lineMilliseconds: 200 } });
      await one.clock.advance(2_000);
      const result = one.print(ticket('A001'));
      await one.clock.advance(600);
      one.printer.power.off();
      await one.clock.advance(milliseconds);
      one.printer.power.on();
      await one.clock.advance(20_000);
      expect(result.result, `${milliseconds} ms`).toEqual({
        result: 'failed',
        reason: 'device.unresponsive',
      });
      const next = one.print(ticket('A002'));
      await one.clock.advance(10_000);
      expect(next.result).toEqual({ result: 'confirmed' });
      await one.stop();
    }
  });

  it('is not begun on a printer that used to answer and does not any more', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    one.printer.power.off();
    await one.clock.advance(10_000);
    const result = one.print(ticket('A001'));
    await one.clock.advance(10);
    expect(result.result).toEqual({ result: 'failed', reason: 'device.unresponsive', begun: false });
  });

  it('is not hindered by a printer that answers nothing while it prints', async () => {
    const one = stand({
      printer: { lineMilliseconds: 150, quirks: { answersAfterPrinting: true } },
      options: { asb: false },
    });
    await one.clock.advance(2_000);
    const results = ['A001', 'A002'].map((number) => one.print(ticket(number)));
    await one.clock.advance(30_000);
    expect(results.map(({ result }) => result)).toEqual(Array(2).fill({ result: 'confirmed' }));
    expect(one.reports.silences).toEqual([]);
    expect(one.reports.faults).toEqual([]);
  });

  it('takes no answer to an earlier paper for its own', async () => {
    const one = stand({ options: { checkSlip: false }, printer: { lineMilliseconds: 300 } });
    await one.clock.advance(2_000);
    one.printer.paper.endAfterLines(3);
    const first = one.print(ticket('A001'));
    await one.clock.advance(6_000);
    expect(first.result).toMatchObject({ result: 'failed' });
    one.printer.paper.load();
    // Enough for the rest of A001, which the printer has in its buffer and answers for, but not for A002.
    one.printer.paper.endAfterLines(18);
    await until(one, 5_000, () => one.prints.readiness === 'ready');
    const second = one.print(ticket('A002'));
    await one.clock.advance(30_000);
    expect(one.numbers()).toEqual(['cut 您的号码 ', 'cut A001', 'cut 您的号码 ']);
    expect(second.result).toMatchObject({ result: 'failed', reason: 'printer.media-empty' });
  });

  it('is sent, no more, where the printer can not tell', async () => {
    const silent = stand({ printer: { quirks: { silent: true } }, options: { confirm: 'realtime' } });
    const result = silent.print(ticket('A001'));
    await silent.clock.advance(40_000);
    expect(result.result).toEqual({ result: 'sent' });
    expect(silent.numbers()).toEqual(['A001']);
    const deaf = stand({ printer: { quirks: { silent: true } } });
    const failed = deaf.print(ticket('A001'));
    await deaf.clock.advance(60_000);
    expect(failed.result).toEqual({ result: 'failed', reason: 'device.unresponsive' });
  });

  it('is known by the status alone where the printer does not know GS r', async () => {
    const one = stand({ printer: { quirks: { answersGsR: false } }, options: { confirm: 'realtime' } });
    const results = ['A001', 'A002'].map((number) => one.print(ticket(number)));
    await one.clock.advance(20_000);
    expect(results.map(({ result }) => result)).toEqual(Array(2).fill({ result: 'confirmed' }));
    one.printer.paper.endAfterLines(6);
    const cut = one.print(ticket('A003'));
    await one.clock.advance(10_000);
    expect(cut.result).toEqual({ result: 'failed', reason: 'printer.media-empty' });
  });

  it('learns that a printer does not know GS r', async () => {
    const one = stand({ printer: { quirks: { answersGsR: false } } });
    const results = ['A001', 'A002', 'A003'].map((number) => one.print(ticket(number)));
    await one.clock.advance(60_000);
    expect(results.map(({ result }) => result)).toEqual([
      { result: 'sent' },
      { result: 'sent' },
      { result: 'confirmed' },
    ]);
  });

  it('goes on without a logo that can not be read', async () => {
    const one = stand({ options: { logo: '/none/logo.png' } });
    const result = one.print(ticket('A001'));
    for (let turn = 0; turn < 5_000 && result.result === 'pending'; turn++) {
      await new Promise((resolve) => setImmediate(resolve)); // the file system is a real one
      await one.clock.advance(500);
    }
    expect(result.result).toEqual({ result: 'confirmed' });
  });

  it('reads the answer of a clone with other bits as its option says', async () => {
    for (const nearEnd of ['bits23', 'epson']) {
      const one = stand({
        printer: { quirks: { nearEndBits23: true, answers: [1], asb: false } },
        options: { nearEnd },
      });
      await one.clock.advance(2_000);
      one.printer.paper.runLow();
      one.print(ticket('A001'));
      await one.clock.advance(10_000);
      expect(one.standing()).toEqual([nearEnd === 'bits23' ? 'printer.media-low' : 'printer.media-empty']);
      await one.stop();
    }
  });

  it('of a thousand papers at once is bounded', async () => {
    const one = stand();
    const results = Array.from({ length: 1000 }, (_, at) => one.print(ticket(`A${at}`)));
    await one.clock.advance(200_000);
    const count = (wanted: string) =>
      results.filter(({ result }) => result !== 'pending' && result.result === wanted).length;
    expect(count('confirmed')).toBeGreaterThanOrEqual(32);
    expect(count('confirmed') + count('failed')).toBe(1000);
    expect(results.at(-1)?.result).toEqual({ result: 'failed', reason: 'bus.queue-full', begun: false });
  });

  it('fails in time where the printer takes nothing', async () => {
    const one = stand({ options: { asb: false } });
    await one.clock.advance(2_000);
    one.cable.stall(true);
    const result = one.print(ticket('A001'));
    await one.clock.advance(25_000);
    expect(result.result).toMatchObject({ result: 'failed', reason: 'device.unresponsive' });
    one.cable.stall(false);
    await one.clock.advance(10_000);
    const next = one.print(ticket('A002'));
    await one.clock.advance(15_000);
    expect(next.result).toEqual({ result: 'confirmed' });
    expect(one.numbers().at(-1)).toBe('A002');
  });
});

describe('a new roll', () => {
  const slipOf = (one: Stand) =>
    one.printer.slips.map(({ lines }) => lines.find(({ text }) => text.trim() !== '')?.text ?? '');

  it('is tried with a slip, before any ticket', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    one.printer.paper.runOut();
    await one.clock.advance(2_000);
    const results: { result: unknown }[] = [];
    one.prints.onReadiness(() => {
      if (one.prints.readiness === 'ready') results.push(one.print(ticket('A001')));
    });
    one.printer.paper.load();
    await one.clock.advance(10_000);
    expect(slipOf(one)).toEqual(['纸卷已更换 / Paper replaced', '您的号码 / Your number']);
    expect(results.map(({ result }) => result)).toEqual([{ result: 'confirmed' }]);
    expect(one.readings()).toMatchObject({ printed: 1 });
    await one.clock.advance(10_000);
    expect(one.printer.slips).toHaveLength(2);
  });

  it('is tried with a slip also where the printer was off meanwhile', async () => {
    const one = stand();
    await one.clock.advance(2_000);
    one.printer.paper.runOut();
    await one.clock.advance(2_000);
    one.printer.power.off();
    await one.clock.advance(10_000);
    one.printer.paper.load();
    one.printer.power.on();
    await one.clock.advance(10_000);
    expect(slipOf(one)).toEqual(['纸卷已更换 / Paper replaced']);
  });

  it('is not where nobody wants that, nor after the cover alone', async () => {
    const one = stand({ options: { checkSlip: false } });
    const other = stand();
    for (const each of [one, other]) await each.clock.advance(2_000);
    one.printer.paper.runOut();
    other.printer.cover.open();
    for (const each of [one, other]) await each.clock.advance(2_000);
    one.printer.paper.load();
    other.printer.cover.close();
    for (const each of [one, other]) await each.clock.advance(10_000);
    expect([...one.printer.slips, ...other.printer.slips]).toEqual([]);
  });
});
