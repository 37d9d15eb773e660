import { afterEach, describe, expect, it } from 'vitest';
import type { BoardView } from '../../src/devices/capabilities.js';
import { windowBoard } from '../../src/devices/window-board.js';
import type { PanelProfile } from '../../src/protocols/panel-profile.js';
import type { MemoryCableOptions } from '../../src/simulator/memory-cable.js';
import { simulatedPanels } from '../../src/simulator/modbus-panels.js';
import { bench, dice, dm36b06, serving, watch } from './bench.js';

const dark = ' '.repeat(6);
const singleWrites: PanelProfile = { ...dm36b06, write: 'single' };
const paused: BoardView = { ticket: null, number: null, state: 'paused' };

interface RowOptions {
  readonly addresses?: readonly number[];
  readonly profile?: PanelProfile;
  readonly cable?: Omit<MemoryCableOptions, 'clock'>;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly answerAfterMilliseconds?: number;
}

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const row of open.splice(0)) await row.stop();
});

/** A row of boards on one line, each with the real device kind, bus and wire before it. */
function row({
  addresses = [5],
  profile = dm36b06,
  cable = {},
  options = {},
  answerAfterMilliseconds = 5,
}: RowOptions = {}) {
  const line = bench(cable);
  const panels = simulatedPanels(line.farEnd, line.clock, { addresses, answerAfterMilliseconds });
  const heard: { at: number; bytes: Uint8Array }[] = [];
  line.farEnd.onBytes((bytes) =>
    heard.push({ at: line.clock.monotonicMilliseconds(), bytes: bytes.slice() }),
  );
  const boards = new Map(
    addresses.map((address) => {
      const entry = {
        protocol: 'modbus-panel',
        profile: 'dm36b06',
        window: `${address}`,
        address,
        ...options,
      };
      return [address, line.add(windowBoard, `board-${address}`, entry, profile)];
    }),
  );
  const board = (address = 5) => boards.get(address)!;
  const show = (view: BoardView, address = 5) => {
    const { showsTicket } = board(address).device.capabilities;
    return watch(line.clock, showsTicket!.show(view));
  };
  const made = { ...line, panels, panel: (address = 5) => panels.panel(address), board, show, heard };
  open.push(made);
  return made;
}

/** Steps on until `done`, in steps of a millisecond; gives the milliseconds it took, at most `limit`. */
async function until(
  clock: ReturnType<typeof row>['clock'],
  limit: number,
  done: () => boolean,
): Promise<number> {
  const start = clock.monotonicMilliseconds();
  while (!done() && clock.monotonicMilliseconds() - start < limit) await clock.advance(1);
  return clock.monotonicMilliseconds() - start;
}

describe('a window board', () => {
  it('is read before it is written to', async () => {
    const { clock, show, heard, panel } = row();
    const result = show(serving('A001'));
    await clock.advance(90);
    expect(heard.map(({ bytes }) => bytes[1])).toEqual([3, 16]);
    expect(result.result).toBe('confirmed');
    expect(panel().shows()).toBe('   001');
  });

  it('shows what its window does', async () => {
    const { clock, show, panel } = row();
    panel().overwrite('888888');
    await clock.advance(500);
    expect(panel().shows()).toBe(dark);
    show(serving('A001'));
    await clock.advance(100);
    expect(panel().shows()).toBe('   001');
    show(paused);
    await clock.advance(100);
    expect(panel().shows()).toBe('------');
    show({ ticket: null, number: null, state: 'open' });
    await clock.advance(100);
    expect(panel().shows()).toBe(dark);
    show(serving('12345'));
    await clock.advance(100);
    expect(panel().shows()).toBe(' 12345');
  });

  it('shows words over everything else as far as digits can, and says when they can not', async () => {
    const { clock, show, panel, board } = row();
    const blank = show({ ...serving('A001'), over: { kind: 'blank' } });
    await clock.advance(500);
    expect([blank.result, panel().shows()]).toEqual(['confirmed', dark]);
    const digits = show({ ...serving('A001'), over: { kind: 'text', text: '11-30' } });
    await clock.advance(500);
    expect([digits.result, panel().shows()]).toEqual(['confirmed', ' 11-30']);
    const words = show({ ...serving('A001'), over: { kind: 'text', text: '火警', urgent: true } });
    await clock.advance(500);
    expect([words.result, panel().shows()]).toEqual(['failed', '------']);
    expect(board().reports.faults).toEqual([]);
    const back = show(serving('A001'));
    await clock.advance(500);
    expect([back.result, panel().shows()]).toEqual(['confirmed', '   001']);
  });

  it('says what it shows, as read back', async () => {
    const { clock, show, board } = row();
    show(serving('A001'));
    await clock.advance(2500);
    expect(board().reports.shown.at(-1)).toEqual({ shown: '   001' });
    expect(board().reports.faults).toEqual([]);
  });

  it.each(['multiple', 'single'] as const)('is painted by writes of the sort "%s"', async (write) => {
    const { clock, show, panel, heard } = row({ profile: { ...dm36b06, write } });
    await clock.advance(500);
    const result = show(serving('B042'));
    await clock.advance(500);
    expect(result.result).toBe('confirmed');
    expect(panel().shows()).toBe('   042');
    expect(heard.filter(({ bytes }) => bytes[1] === 6)).toHaveLength(write === 'single' ? 6 : 0);
  });

  it('is painted though every byte comes alone', async () => {
    const { clock, show, panel } = row({ cable: { chunking: 'single-bytes' } });
    const result = show(serving('A001'));
    await clock.advance(500);
    expect(result.result).toBe('confirmed');
    expect(panel().shows()).toBe('   001');
  });

  it('that hears but cannot answer still shows its number, and is never confirmed', async () => {
    const { clock, panel, board, show } = row();
    panel().mute();
    const shown = show(serving('A001'));
    await clock.advance(4_000);
    expect(panel().shows()).toBe('   001');
    expect(shown.result).toBe('failed');
    expect(board().reports.silences.length).toBeGreaterThan(0);
  });

  it('needs no timing from the configuration where the profile has it', async () => {
    const { clock, panel, board, show } = row({ profile: { ...dm36b06, timeoutMilliseconds: 900 } });
    panel().mute();
    const result = show(serving('A001'));
    await clock.advance(880);
    expect(result.result).toBe('pending');
    await clock.advance(100);
    expect(result.result).toBe('failed');
    expect(board().reports.silences).toEqual([]);
  });
});

describe('a board that lost its text', () => {
  it('is painted again after a power cut', async () => {
    const { clock, show, panel, board } = row();
    show(serving('A001'));
    await clock.advance(1500);
    panel().power.off();
    await clock.advance(300);
    panel().power.on();
    expect(panel().shows()).toBe(dark);
    expect(await until(clock, 5000, () => panel().shows() === '   001')).toBeLessThan(2000);
    await clock.advance(5000);
    expect(board().reports.faults).toEqual([]);
  });

  it('is painted again after the cable was cut and joined', async () => {
    const { clock, show, panel, cable, board } = row();
    show(serving('A001'));
    await clock.advance(1500);
    cable.cut();
    await clock.advance(60_000);
    panel().power.off();
    panel().power.on();
    const late = show(serving('A002'));
    await clock.advance(100);
    expect(late.result).toBe('failed');
    expect(board().reports.silences).toEqual([]); // the wire is at fault, not the board
    cable.join();
    expect(await until(clock, 5000, () => panel().shows() === '   002')).toBeLessThan(5000);
  });

  it('fails a call that was on its way when the cable was cut', async () => {
    const { clock, show, cable } = row();
    await clock.advance(500);
    const result = show(serving('A001'));
    await clock.advance(10);
    cable.cut();
    await clock.advance(100);
    expect(result.result).toBe('failed');
  });

  it('is painted again where somebody else wrote on it', async () => {
    const { clock, show, panel, board } = row();
    show(serving('A001'));
    await clock.advance(1500);
    panel().overwrite('888888');
    expect(await until(clock, 3000, () => panel().shows() === '   001')).toBeLessThan(1200);
    await clock.advance(5000);
    expect(board().reports.faults).toEqual([]);
  });

  it('that keeps showing something else is a fault, until it shows the right thing', async () => {
    const { clock, show, panel, board } = row();
    show(serving('A001'));
    await clock.advance(500);
    panel().freeze();
    show(serving('A002'));
    await clock.advance(6000);
    expect(board().reports.faults).toEqual(['raised device.bad-reading']);
    expect(board().reports.standing.get('device.bad-reading')).toEqual({
      reason: 'shows "001" instead of "002"',
    });
    panel().freeze(false);
    await clock.advance(3000);
    expect(panel().shows()).toBe('   002');
    expect(board().reports.faults).toEqual(['raised device.bad-reading', 'cleared device.bad-reading']);
  });

  it('that refuses to be written to is a fault as well', async () => {
    const { clock, show, panel, board } = row();
    await clock.advance(500);
    panel().refuse(0x10, 1);
    const result = show(serving('A001'));
    await clock.advance(6000);
    expect(result.result).toBe('failed');
    expect([...board().reports.standing.keys()]).toEqual(['device.bad-reading']);
    expect(board().reports.silences).toEqual([]);
  });
});

describe('a dead board', () => {
  it('is found within 3 s, whenever it died', async () => {
    for (let moment = 0; moment < 1100; moment += 50) {
      const { clock, show, panel, board, stop } = row();
      show(serving('A001'));
      await clock.advance(2000 + moment);
      panel().power.off();
      const diedAt = clock.monotonicMilliseconds();
      await clock.advance(4000);
      const [first] = board().reports.silences;
      expect(first?.evidence).toMatchObject({ polls: 3 });
      expect(first!.at - diedAt).toBeLessThan(3000);
      expect(board().reports.alives.filter((at) => at > diedAt + 50)).toEqual([]);
      await stop();
    }
  });

  it('is found within 3 s also where calls go to it all the time, whenever they come', async () => {
    for (const between of [100, 205, 300]) {
      for (let moment = 0; moment < 1000; moment += 90) {
        const { clock, show, panel, board, stop } = row();
        await clock.advance(1000 + moment);
        panel().power.off();
        const diedAt = clock.monotonicMilliseconds();
        for (let call = 1; call * between <= 4_000; call++) {
          const result = show(serving(`A${100 + call}`));
          await clock.advance(between);
          if (call > 10) expect(result.result).not.toBe('confirmed');
        }
        expect(board().reports.silences[0]!.at - diedAt).toBeLessThan(3000);
        await stop();
      }
    }
  });

  it('shows what is true now within 5 s of its return, however long it was away', async () => {
    for (const away of [5_000, 60_000, 3_600_000]) {
      const { clock, show, panel, board, stop } = row();
      show(serving('A001'));
      await clock.advance(2000);
      panel().power.off();
      await clock.advance(away);
      const result = show(serving('A002'));
      await clock.advance(500);
      expect(result.result).toBe('failed');
      panel().power.on();
      const backAt = clock.monotonicMilliseconds();
      expect(await until(clock, 10_000, () => panel().shows() === '   002')).toBeLessThan(5000);
      expect(board().reports.alives.at(-1)).toBeGreaterThanOrEqual(backAt);
      await stop();
    }
  });

  it('that hears but cannot answer counts as dead, and its calls as failed', async () => {
    const { clock, show, panel, board } = row();
    await clock.advance(1000);
    panel().mute();
    const result = show(serving('A001'));
    await clock.advance(3000);
    expect(panel().shows()).toBe('   001');
    expect(result.result).toBe('failed');
    expect(board().reports.silences.length).toBeGreaterThan(0);
  });

  it('is what a board counts as that refuses to be read, and the reason is told', async () => {
    const { clock, panel, board } = row();
    await clock.advance(1000);
    panel().refuse(0x03, 2);
    await clock.advance(3000);
    expect(board().reports.silences[0]!.evidence).toMatchObject({
      polls: 3,
      exception: 2,
      meaning: 'illegal data address',
    });
  });

  it('is what a board counts as within 3 s that sends nothing but rubbish', async () => {
    const { clock, panel, board } = row();
    await clock.advance(1990);
    panel().halfDead(1, dice(3));
    const diedAt = clock.monotonicMilliseconds();
    await clock.advance(4000);
    expect(board().reports.silences[0]!.at - diedAt).toBeLessThan(3000);
    expect(board().reports.crashes).toEqual([]);
  });

  it('is not what a board counts as that sends rubbish now and then', async () => {
    const { clock, show, panel, board } = row();
    panel().halfDead(0.2, dice(4));
    for (let call = 1; call <= 100; call++) {
      const number = `A${String(call).padStart(3, '0')}`;
      show(serving(number));
      expect(await until(clock, 2000, () => panel().shows() === `   ${number.slice(1)}`)).toBeLessThan(1000);
      await clock.advance(1500);
    }
    expect(board().reports.silences).toEqual([]);
    expect(board().reports.faults).toEqual([]);
  });
});

describe('on a line whose adapter echoes', () => {
  for (const [name, profile] of Object.entries({ 'function 16': dm36b06, 'function 06': singleWrites })) {
    it(`a board works (${name})`, async () => {
      const { clock, show, panels, panel } = row({ profile });
      panels.echo(true);
      const result = show(serving('A001'));
      await clock.advance(1000);
      expect(result.result).toBe('confirmed');
      expect(panel().shows()).toBe('   001');
    });

    it(`a dead board is never confirmed, alone or beside a living one (${name})`, async () => {
      for (const addresses of [[6], [5, 6]]) {
        const { clock, show, panels, panel, board, stop } = row({ profile, addresses });
        panels.echo(true);
        panel(6).power.off();
        const results = [show(serving('A001'), 6)];
        for (let call = 1; call <= 20; call++) {
          await clock.advance(170 * call);
          results.push(show(serving(`A${100 + call}`), 6));
        }
        await clock.advance(5000);
        expect(results.map(({ result }) => result)).toEqual(results.map(() => 'failed'));
        expect(board(6).reports.alives).toEqual([]);
        expect(board(6).reports.silences.length).toBeGreaterThan(0);
        await stop();
      }
    });

    it(`a board that dies is not confirmed any more, nor after the line was opened anew (${name})`, async () => {
      const { clock, show, panels, panel, board, cable } = row({ profile, addresses: [5, 6] });
      panels.echo(true);
      show(serving('A001'), 6);
      await clock.advance(1500);
      expect(panel(6).shows()).toBe('   001');
      panel(6).power.off();
      const diedAt = clock.monotonicMilliseconds();
      const before = show(serving('A002'), 6);
      await clock.advance(2500);
      cable.cut();
      await clock.advance(1000);
      cable.join();
      const joining = show(serving('A003'), 6);
      await clock.advance(300);
      const after = show(serving('A004'), 6);
      await clock.advance(3000);
      expect([before.result, joining.result, after.result]).toEqual(['failed', 'failed', 'failed']);
      expect(board(6).reports.alives.filter((at) => at > diedAt + 50)).toEqual([]);
    });
  }
});

describe('on a line whose echo was damaged just when it could have been noticed', () => {
  it('a board that dies is not confirmed by its echoed writes', async () => {
    const { clock, show, panel, farEnd } = row({ profile: singleWrites });
    let isFirst = true;
    farEnd.onBytes((bytes) => {
      const echo = bytes.slice();
      if (isFirst) echo[2]! ^= 0x10;
      isFirst = false;
      farEnd.send(echo);
    });
    await clock.advance(45); // the first read is answered
    panel().power.off();
    const result = show(serving('A001'));
    await clock.advance(3000);
    expect(result.result).toBe('failed');
  });
});

describe('a view', () => {
  it('that a newer one supersedes has failed, and only the newest is shown', async () => {
    const { clock, show, panel } = row();
    await clock.advance(500);
    const results = ['A001', 'A002', 'A003'].map((number) => show(serving(number)));
    await clock.advance(500);
    expect(results.map(({ result }) => result)).toEqual(['failed', 'failed', 'confirmed']);
    expect(panel().history.map(({ text }) => text)).not.toContain('   002');
    expect(panel().shows()).toBe('   003');
  });

  it.each(['multiple', 'single'] as const)(
    'is confirmed whenever it comes, also amid a poll or an older view (writes "%s")',
    async (write) => {
      for (let moment = 0; moment < 120; moment += 1) {
        const { clock, show, panel, stop } = row({ profile: { ...dm36b06, write } });
        await clock.advance(990);
        const older = show(serving('A001'));
        await clock.advance(moment);
        const newer = show(serving('A002'));
        await clock.advance(300);
        expect([moment, older.result === 'pending', newer.result, panel().shows()]).toEqual([
          moment,
          false,
          'confirmed',
          '   002',
        ]);
        await stop();
      }
    },
  );

  it.each(['multiple', 'single'] as const)(
    'is confirmed amid any part of a poll (writes "%s")',
    async (write) => {
      for (let moment = 980; moment < 1120; moment += 1) {
        const { clock, show, panel, stop } = row({ profile: { ...dm36b06, write } });
        await clock.advance(moment);
        const result = show(serving('A001'));
        await clock.advance(300);
        expect([moment, result.result, panel().shows()]).toEqual([moment, 'confirmed', '   001']);
        await stop();
      }
    },
  );

  it('is written once, though a poll under way still reads the old one', async () => {
    const { clock, show, heard } = row();
    await clock.advance(500);
    heard.length = 0;
    await until(clock, 2000, () => heard.length > 0); // the poll's request is there, its answer is not
    const result = show(serving('A001'));
    await clock.advance(500);
    expect(heard.map(({ bytes }) => bytes[1])).toEqual([3, 16]);
    expect(result.result).toBe('confirmed');
  });

  it('is confirmed though the poll before it was answered with rubbish', async () => {
    const { clock, show, heard, panel } = row();
    await clock.advance(500);
    heard.length = 0;
    panel().halfDead(1, dice(8));
    await until(clock, 2000, () => heard.length > 0);
    const result = show(serving('A001'));
    await clock.advance(20);
    panel().halfDead(0, dice(8));
    await clock.advance(500);
    expect(result.result).toBe('confirmed');
    expect(panel().shows()).toBe('   001');
  });

  it('with a number too long for the panel fails, is told, and leaves no old number there', async () => {
    const { clock, show, panel, board } = row();
    show(serving('A001'));
    await clock.advance(500);
    const tooLong = show(serving('A1234567'));
    await clock.advance(500);
    expect(tooLong.result).toBe('failed');
    expect(panel().shows()).toBe(dark);
    expect(board().reports.standing.get('device.bad-reading')?.reason).toMatch(/room for 6/);
    const fits = show(serving('A002'));
    await clock.advance(1500);
    expect(fits.result).toBe('confirmed');
    expect(board().reports.faults).toEqual(['raised device.bad-reading', 'cleared device.bad-reading']);
  });

  it('after the board was stopped has failed', async () => {
    const { clock, show, board, stop } = row();
    await clock.advance(500);
    await stop();
    const result = show(serving('A001'));
    await clock.advance(0);
    expect(result.result).toBe('failed');
    expect(board().reports.crashes).toEqual([]);
  });
});

describe('a board that is stopped', () => {
  it('leaves no timer, no listener, and nothing on the line', async () => {
    for (const moment of [0, 3, 15, 40, 400, 1007, 1020]) {
      const { clock, bus, show, board, panels, heard, listenerCount } = row();
      await clock.advance(moment);
      const result = show(serving('A001'));
      await clock.advance(2);
      await board().device.stop();
      await clock.advance(0);
      expect(listenerCount()).toBe(0);
      expect(result.result).not.toBe('pending');
      await clock.advance(500);
      const sent = heard.length;
      const alives = board().reports.alives.length;
      await clock.advance(5000);
      expect(heard.length).toBe(sent);
      expect(board().reports.alives.length).toBe(alives);
      expect(clock.pending().filter((name) => name.startsWith('poll'))).toEqual([]);
      await bus.close();
      panels.close();
      await clock.advance(10);
      expect(clock.pending()).toEqual([]);
    }
  });

  it('does not wake up when the wire comes back', async () => {
    const { clock, board, cable, heard } = row();
    await clock.advance(500);
    await board().device.stop();
    cable.cut();
    await clock.advance(100);
    cable.join();
    heard.length = 0;
    await clock.advance(5000);
    expect(heard).toEqual([]);
  });
});

describe('on a noisy line with a half-dead neighbour', () => {
  it('boards have their calls within a second and never show what was not called', async () => {
    const addresses = [1, 2, 3, 4, 5, 6, 7, 8];
    const { clock, show, panel, panels, board, cable, bus } = row({ addresses });
    await clock.advance(2000);
    const random = dice(7);
    cable.noise(0.003, random);
    panel(3).halfDead(0.5, random);
    const called = new Set([dark]);
    for (let call = 0; call < 200; call++) {
      const address = [1, 2, 4, 5, 6, 7, 8][call % 7]!;
      const text = `   ${100 + call}`;
      called.add(text);
      const result = show(serving(`A${100 + call}`), address);
      expect([call, (await until(clock, 2000, () => panel(address).shows() === text)) < 1000]).toEqual([
        call,
        true,
      ]);
      expect(await until(clock, 1000, () => result.result !== 'pending')).toBeLessThan(1000);
    }
    for (const address of addresses) {
      expect(panel(address).history.filter(({ text }) => !called.has(text))).toEqual([]);
      expect(board(address).reports.crashes).toEqual([]);
    }
    expect(bus.noise.noisy).toBe(true);
    expect(panels.brokenFrames).toBeGreaterThan(0);
    cable.noise(0);
    panel(3).halfDead(0, random);
    await clock.advance(10_000);
    for (const address of addresses) expect(board(address).reports.faults).toEqual([]);
  });
});

describe('whatever happens', () => {
  it('each view gets its result, a confirmed one was on the board, and in the end the newest is', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = dice(seed);
      const below = (limit: number) => Math.floor(random() * limit);
      const line = row({
        addresses: [5, 6],
        profile: random() < 0.5 ? dm36b06 : singleWrites,
        cable: { chunking: (['as-sent', 'merged', 'single-bytes'] as const)[below(3)]! },
      });
      const { clock, panel, panels, cable, show, board } = line;
      if (random() < 0.3) panels.echo(true);
      const views: { text: string; begin: number; watched: ReturnType<typeof show> }[] = [];
      for (let step = 0; step < 150; step++) {
        const what = below(12);
        if (what < 6) {
          const text = `   ${100 + step}`;
          const begin = clock.monotonicMilliseconds();
          views.push({ text, begin, watched: show(serving(`A${100 + step}`)) });
        } else if (what === 6) panel().power.off();
        else if (what === 7) panel().power.on();
        else if (what === 8) cable.noise(random() < 0.5 ? 0 : 0.01, random);
        else if (what === 9) cable.cut();
        else if (what === 10) cable.join();
        else panel(below(2) + 5).halfDead(random() < 0.5 ? 0 : 0.5, random);
        await clock.advance(below(random() < 0.5 ? 40 : 1500));
      }
      panel().power.on();
      cable.join();
      cable.noise(0);
      for (const address of [5, 6]) panel(address).halfDead(0, random);
      await clock.advance(5000);

      const last = views.at(-1)!;
      expect([seed, panel().shows()]).toEqual([seed, last.text]);
      for (const { text, begin, watched } of views) {
        expect([seed, watched.result]).not.toEqual([seed, 'pending']);
        if (watched.result !== 'confirmed') continue;
        const { history } = panel();
        const seen = history.some(
          (shown, index) => shown.text === text && (history[index + 1]?.atMilliseconds ?? Infinity) >= begin,
        );
        expect([seed, text, seen]).toEqual([seed, text, true]);
        expect(watched.at - begin).toBeLessThan(4000);
      }
      expect([board().reports.crashes, board(6).reports.crashes]).toEqual([[], []]);
      expect([...board().reports.standing.keys()]).toEqual([]);
      await line.stop();
      panels.close();
      await clock.advance(100);
      expect(clock.pending()).toEqual([]);
    }
  });
});

describe('32 boards on one line of 9600 baud', () => {
  const addresses = Array.from({ length: 32 }, (_, index) => index + 1);

  /** Calls to random boards for a minute; gives the time of each until its board shows it. */
  async function minute(line: ReturnType<typeof row>, to: readonly number[], random: () => number) {
    const took: number[] = [];
    for (let call = 0; call < 100; call++) {
      const address = to[Math.floor(random() * to.length)]!;
      const number = String(100 + call);
      const begin = line.clock.monotonicMilliseconds();
      const panel = line.panel(address);
      const end = panel.onShown(({ text, atMilliseconds }) => {
        if (text === `   ${number}`) took.push(atMilliseconds - begin);
      });
      line.show(serving(`A${number}`), address);
      await line.clock.advance(600 * (0.5 + random()));
      end();
    }
    return took;
  }

  it('each have their call within a quarter of a second', async () => {
    const line = row({ addresses });
    await line.clock.advance(3000);
    const took = await minute(line, addresses, dice(5));
    expect(took).toHaveLength(100);
    expect(Math.max(...took)).toBeLessThan(250);
  });

  it('have their calls later by no more than a time-out while three of them are dead', async () => {
    const line = row({ addresses });
    await line.clock.advance(3000);
    for (const dead of [7, 8, 9]) line.panel(dead).power.off();
    const living = addresses.filter((address) => ![7, 8, 9].includes(address));
    const took = await minute(line, living, dice(6));
    expect(took).toHaveLength(100);
    expect(Math.max(...took)).toBeLessThan(250 + 200 + 20);
  });

  it('all called at once have their calls within two seconds, but for the dead one', async () => {
    const line = row({ addresses });
    await line.clock.advance(3000);
    line.panel(9).power.off();
    const begin = line.clock.monotonicMilliseconds();
    const results = addresses.map((address) => line.show(serving(`A${100 + address}`), address));
    await line.clock.advance(2500);
    for (const [index, { result, at }] of results.entries()) {
      const address = index + 1;
      expect([address, result]).toEqual([address, address === 9 ? 'failed' : 'confirmed']);
      if (address !== 9) expect(at - begin).toBeLessThan(2000);
    }
  });

  it('have a dead one found within 3 s, though they are slow', async () => {
    for (const moment of [0, 300, 600, 900, 1200]) {
      const line = row({ addresses, answerAfterMilliseconds: 20 });
      await line.clock.advance(4000 + moment);
      line.panel(9).power.off();
      const diedAt = line.clock.monotonicMilliseconds();
      await line.clock.advance(4000);
      expect(line.board(9).reports.silences[0]!.at - diedAt).toBeLessThan(3000);
      for (const address of addresses) {
        if (address !== 9) expect(line.board(address).reports.silences).toEqual([]);
      }
      await line.stop();
    }
  });

  it('are all found dead within 25 s of a power cut of the whole row, and painted soon after it', async () => {
    const line = row({ addresses });
    for (const address of addresses) line.show(serving(`A${100 + address}`), address);
    await line.clock.advance(4000);
    for (const address of addresses) line.panel(address).power.off();
    await line.clock.advance(25_000);
    for (const address of addresses) {
      expect([address, line.board(address).reports.silences.length > 0]).toEqual([address, true]);
    }
    for (const address of addresses) line.panel(address).power.on();
    const all = () => addresses.every((address) => line.panel(address).shows() === `   ${100 + address}`);
    expect(await until(line.clock, 20_000, all)).toBeLessThan(8000);
  });
});
