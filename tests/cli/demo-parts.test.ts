import { describe, expect, it } from 'vitest';
import type { HallEvent } from '../../src/cli/demo/model.js';
import { NumberCheck } from '../../src/cli/demo/number-check.js';
import { PaperFront } from '../../src/cli/demo/paper.js';
import { seededRandom } from '../../src/cli/demo/random.js';
import { Seated } from '../../src/cli/demo/seated.js';
import { Listeners } from '../../src/kernel/listeners.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { Slip } from '../../src/simulator/escpos-slips.js';

function issued(number: string, ticket: string, day = '2026-11-21'): HallEvent {
  return {
    type: 'ticket.issued',
    sequence: 1,
    time: '2026-11-21T01:00:00.000Z',
    subject: 'controller',
    data: {
      ...{ ticket, number, day, queue: 'general', matter: null },
      ...{ priority: false, ahead: 0, waitMinutes: null },
    },
  };
}

describe('the check of numbers', () => {
  it('finds a number that two people have, at the hub or on paper, once', () => {
    const check = new NumberCheck();
    check.event(issued('A001', 'one'));
    check.paper('A001', 'one');
    check.paper('A001', 'one');
    check.event(issued('A002', 'two'));
    expect([check.issued, check.twice]).toEqual([2, 0]);
    check.event(issued('A002', 'three'));
    check.event(issued('A002', 'four'));
    expect(check.twice).toBe(1);
    check.paper('A001', 'five');
    expect([check.issued, check.twice]).toEqual([4, 2]);
  });

  it('begins anew each day', () => {
    const check = new NumberCheck();
    check.event(issued('A001', 'one'));
    check.event(issued('A001', 'two', '2026-11-22'));
    check.paper('A001', 'two');
    expect([check.issued, check.twice]).toEqual([2, 0]);
  });
});

/** A printer by what its front shows. */
function front() {
  const slips = new Listeners<[Slip]>();
  const done: string[] = [];
  const clock = new VirtualClock();
  const found: string[] = [];
  const paper = {
    runLow: () => {},
    runOut: () => {},
    endAfterLines: (lines: number) => void done.push(`end after ${lines}`),
    load: () => void done.push('load'),
  };
  const cover = { open: () => void done.push('open'), close: () => void done.push('close') };
  const line = { width: 1, height: 1, bold: false, align: 'center' } as const;
  const piece = (texts: readonly string[], complete: boolean, qr: readonly string[] = []): Slip => ({
    ...{ lines: texts.map((text) => ({ text, ...line })), qr, pictures: [] },
    ...{ cut: complete ? 'full' : null, complete },
  });
  let current = piece([], false);
  const machine = new PaperFront(
    {
      onSlip: (listener) => slips.add(listener),
      get current() {
        return current;
      },
      paper,
      cover,
    },
    clock,
    (...one) => found.push(one.join(' ')),
  );
  const print = (texts: readonly string[], complete = true, qr: readonly string[] = []) => {
    current = piece([], false);
    slips.tell(piece(texts, complete, qr));
  };
  const begin = (text: string) => {
    current = piece([text], false);
  };
  return { machine, print, begin, done, clock, found };
}

describe('the front of the ticket machine', () => {
  it('shows number, tear and reprint of the newest slips, and reads the id of whole tickets', () => {
    const { machine, print, found } = front();
    print(['演示政务大厅', '', '  A001  '], true, ['https://hall.example/r?t=id%201']);
    print(['演示政务大厅', 'A002'], false, ['https://hall.example/r?t=id2']);
    print(['', ' ']);
    print(['没有号码的残条'], false);
    print(['纸卷已更换 / Paper replaced']);
    print(['A002', '补打 Reprint 2'], true, ['https://elsewhere.example/?t=id3']);
    expect(machine.slips).toEqual([
      { number: 'A001', whole: true, again: false },
      { number: 'A002', whole: false, again: false },
      { number: null, whole: true, again: false },
      { number: 'A002', whole: true, again: true },
    ]);
    expect(found).toEqual(['A001 id 1']);
    for (let number = 100; number < 150; number++) print([`A${number}`]);
    expect(machine.slips).toHaveLength(12);
    expect(machine.slips.at(-1)?.number).toBe('A149');
  });

  it('lets the roll end within the next slip, and somebody put in a new one', async () => {
    const { machine, print, begin, done, clock } = front();
    print(['A001']);
    begin('A009');
    machine.end();
    expect(machine.roll).toBe('ending');
    // This one is not torn, however little of it was still to come.
    expect(done).toEqual(['close', 'end after 114']);
    print(['A009']);
    await clock.advance(1);
    expect(done.splice(0)).toEqual(['close', 'end after 114', 'end after 14']);
    expect(machine.roll).toBe('ending');
    print(['A002'], false);
    expect(machine.roll).toBe('out');
    machine.load();
    expect(machine.roll).toBe('in');
    expect(done).toEqual(['open']);
    await clock.advance(5_000);
    expect(done.at(-1)).toBe('load');
    machine.load();
    machine.end();
    machine.stop();
    expect(clock.pending()).toEqual([]);
  });
});

describe('people on seats', () => {
  it('sit while they wait, no more than there are seats, and stay where nobody knows', async () => {
    const clock = new VirtualClock();
    let waiting: number | undefined = 5;
    const switches = Array.from({ length: 8 }, () => false);
    const seats = switches.map((_, seat) => ({
      setTaken: (taken: boolean) => {
        expect(switches[seat]).toBe(!taken);
        switches[seat] = taken;
      },
    }));
    const seated = new Seated({ clock, random: seededRandom(3), seats, waiting: () => waiting });
    const sitting = () => switches.filter(Boolean).length;
    seated.start();
    for (const [people, expected] of [
      [5, 5],
      [20, 8],
      [undefined, 8],
      [2, 2],
      [0, 0],
      [undefined, 0],
    ] as const) {
      waiting = people;
      await clock.advance(30_000);
      expect(sitting()).toBe(expected);
      expect(seated.taken).toEqual(switches);
    }
    seated.stop();
    expect(clock.pending()).toEqual([]);
  });
});
