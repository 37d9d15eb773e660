import { afterEach, describe, expect, it } from 'vitest';
import { hallButton } from '../../src/devices/hall-button.js';
import { gpioBench } from './gpio-bench.js';

const open: { stop(): Promise<string[]> }[] = [];
afterEach(async () => {
  for (const line of open.splice(0)) expect(await line.stop()).toEqual([]);
});

/** A contact on line 5 that joins it to ground. */
async function contact(options: Readonly<Record<string, unknown>>, before?: (line: { low(): void }) => void) {
  const bench = gpioBench();
  open.push(bench);
  const line = bench.panel.line(5);
  before?.(line);
  const { device, reports } = bench.add(hallButton, {
    protocol: 'gpio-contact',
    line: 5,
    activeLow: true,
    place: '大门口',
    ...options,
  });
  const input = device.capabilities.hallInput!;
  const told: [boolean, number][] = [];
  input.onChange((active, at) => told.push([active, at]));
  await bench.clock.advance(1000);
  const active = () => reports.shown.at(-1)?.active;
  return { ...bench, line, device, reports, input, told, active };
}

describe('a button in the hall', () => {
  it('says what it is for', async () => {
    const { input } = await contact({ does: 'priority-ticket', queue: 'general' });
    expect(input).toMatchObject({ does: 'ticket', queue: 'general', priority: true, place: '大门口' });
    const help = await contact({ does: 'help' });
    expect(help.input).toMatchObject({ does: 'help', queue: null, priority: false });
  });

  it('says a press at once, and its end; what it bounces is the same press', async () => {
    const { clock, line, told, active } = await contact({ does: 'ticket', queue: 'general' });
    expect(active()).toBe(false);
    line.low();
    await clock.advance(0);
    expect(told).toEqual([[true, 1000]]);
    await clock.advance(40);
    // It ends low, where it began.
    line.bounce(6, 5);
    await clock.advance(500);
    expect(active()).toBe(true);
    line.floats();
    await clock.advance(299);
    expect(told).toHaveLength(1);
    await clock.advance(1);
    expect(told).toEqual([
      [true, 1000],
      [false, 1540],
    ]);
    expect(active()).toBe(false);
    line.low();
    await clock.advance(10);
    expect(told.at(-1)).toEqual([true, 1840]);
  });

  it.each(['ticket', 'priority-ticket', 'help'])(
    'that is stuck (%s) is a fault and presses nothing',
    async (does) => {
      const queue = does === 'help' ? {} : { queue: 'general' };
      const { clock, line, told, reports } = await contact({ does, ...queue });
      line.low();
      await clock.advance(15_000);
      expect(reports.standing.get('device.stuck-input')).toEqual({ key: does, heldMilliseconds: 15_000 });
      expect(told).toHaveLength(1);
      line.floats();
      await clock.advance(2_000);
      expect(reports.standing.size).toBe(0);
    },
  );

  it('that is held when the controller starts has not been pressed', async () => {
    const { clock, line, told, active, reports } = await contact({ does: 'help' }, (it) => it.low());
    expect(told).toEqual([]);
    expect(active()).toBe(true);
    await clock.advance(15_000);
    expect(reports.standing.has('device.stuck-input')).toBe(true);
    line.floats();
    await clock.advance(3_000);
    line.low();
    await clock.advance(10);
    expect(told.map(([active]) => active)).toEqual([true]);
  });

  it('that blanks the boards may stay where it is put', async () => {
    const { clock, line, told, reports } = await contact({ does: 'blank' });
    line.low();
    await clock.advance(60_000);
    line.floats();
    await clock.advance(60_000);
    expect(told.map(([active]) => active)).toEqual([true, false]);
    expect(reports.faults.filter((said) => said.startsWith('raised'))).toEqual([]);
  });

  it('whose line is lost is pressed no more, is not known, and works again once it is back', async () => {
    const { clock, line, told, active, reports, panel } = await contact({ does: 'help' });
    line.low();
    await clock.advance(1_000);
    line.takenBy('another program');
    await clock.advance(100);
    expect(told.map(([now]) => now)).toEqual([true, false]);
    expect(active()).toBeNull();
    await clock.advance(1_000);
    expect(reports.standing.get('device.line-unavailable')).toMatchObject({ consumer: 'another program' });
    line.free();
    line.floats();
    await clock.advance(10_000);
    expect(reports.standing.size).toBe(0);
    expect(active()).toBe(false);
    panel.unplug();
    await clock.advance(100);
    expect([active(), reports.standing.size]).toEqual([null, 0]);
    panel.plug();
    await clock.advance(10_000);
    line.low();
    await clock.advance(10);
    expect(told.map(([now]) => now)).toEqual([true, false, true]);
  });

  it('may be the other way round, and have a line with a name', async () => {
    const { clock, panel, told } = await contact({ does: 'help', line: 'GPIO6', activeLow: false });
    panel.line(6).high();
    await clock.advance(10);
    expect(told).toEqual([[true, 1000]]);
  });
});

describe('the contact of a fire alarm', () => {
  it('counts once it has lasted, as long as it lasts, and is never stuck', async () => {
    const { clock, line, told, active, reports } = await contact({ does: 'fire' });
    line.low();
    await clock.advance(299);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([[true, 1000]]);
    await clock.advance(3_600_000);
    expect(reports.faults.filter((said) => said.startsWith('raised'))).toEqual([]);
    expect(active()).toBe(true);
    line.floats();
    await clock.advance(300);
    expect(told.map(([now]) => now)).toEqual([true, false]);
  });

  it('that only flickers, as a long wire beside a lift does, is none', async () => {
    const { clock, line, told } = await contact({ does: 'fire' });
    for (let time = 0; time < 50; time++) {
      line.low();
      await clock.advance(100);
      line.floats();
      await clock.advance(100);
    }
    expect(told).toEqual([]);
  });

  it('that stands when the controller starts is told then', async () => {
    const { told } = await contact({ does: 'fire' }, (it) => it.low());
    expect(told.map(([active]) => active)).toEqual([true]);
  });

  it('that is normally closed alarms when it opens, and when its wire is cut', async () => {
    const { clock, line, told } = await contact({ does: 'fire', normallyClosed: true }, (it) => it.low());
    await clock.advance(10_000);
    expect(told).toEqual([]);
    line.floats();
    await clock.advance(300);
    expect(told.map(([active]) => active)).toEqual([true]);
    line.low();
    await clock.advance(300);
    expect(told.map(([active]) => active)).toEqual([true, false]);
  });

  it('that is joined to the supply alarms for a cut wire, too', async () => {
    const closed = (line: unknown) => (line as { high(): void }).high();
    const { clock, line, told } = await contact(
      { does: 'fire', normallyClosed: true, activeLow: false },
      closed,
    );
    expect(told).toEqual([]);
    line.floats();
    await clock.advance(300);
    expect(told.map(([active]) => active)).toEqual([true]);
  });

  it('stands while its line is lost: nobody has said that it is over', async () => {
    const { clock, line, told, active } = await contact({ does: 'fire' });
    line.low();
    await clock.advance(1_000);
    line.takenBy('another program');
    await clock.advance(5_000);
    expect(told.map(([now]) => now)).toEqual([true]);
    expect(active()).toBeNull();
    line.free();
    line.floats();
    await clock.advance(10_000);
    expect(told.map(([now]) => now)).toEqual([true, false]);
  });
});

describe('the options of a hall button', () => {
  const problems = (options: object) =>
    hallButton.protocols['gpio-contact']!.problems?.({
      kind: 'hall-button',
      bus: 'gpio',
      protocol: 'gpio-contact',
      line: 5,
      activeLow: false,
      normallyClosed: false,
      debounceMilliseconds: 300,
      ...options,
    }).map(({ path, message }) => `${path.join('.')}: ${message}`);

  it('name a queue for tickets and for nothing else, and only fire is normally closed', () => {
    expect(problems({ does: 'ticket', queue: 'general' })).toEqual([]);
    expect(problems({ does: 'fire', normallyClosed: true })).toEqual([]);
    for (const does of ['ticket', 'priority-ticket']) {
      expect(problems({ does })).toEqual([
        `queue: missing: expected the queue that "${does}" gives tickets of`,
      ]);
    }
    for (const does of ['help', 'blank', 'fire']) {
      expect(problems({ does, queue: 'general' })).toEqual([
        `queue: "${does}" gives no ticket: leave the queue out`,
      ]);
    }
    expect(problems({ does: 'help', normallyClosed: true })).toEqual([
      'normallyClosed: only fire may be normally closed, not "help"',
    ]);
  });
});
