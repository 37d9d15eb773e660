import { describe, expect, it } from 'vitest';
import { scenario } from './support/scenario.js';
import { pause, waitFor } from './support/waiting.js';
import type { Payload } from './support/watcher.js';

const inBothLanguages = {
  'zh-CN': expect.stringMatching(/\p{Script=Han}/u),
  en: expect.stringMatching(/\w/),
};

describe('an adapter that is unplugged', () => {
  const test = scenario();

  it('is one fault, and the boards show what is true now when it is back under another name', async () => {
    const { hall, watcher } = await test.all({ debounceMilliseconds: 0 });
    for (let issued = 0; issued < 4; issued++) await watcher.issue();
    hall.keys5.press('next');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    const { row } = hall.cables;
    const port = row.port;
    row.cable.cut();
    const cutAt = Date.now();
    const fault = await watcher.see('fault/row/bus.lost', 'raised');
    console.info(`bus.lost after ${Date.parse(fault.since) - cutAt} ms`);
    expect(Date.parse(fault.since) - cutAt).toBeLessThan(10_000);
    expect(fault).toMatchObject({
      device: 'row',
      code: 'bus.lost',
      status: 'failure',
      affected: ['board-5', 'board-6'],
      text: inBothLanguages,
      action: inBothLanguages,
    });
    for (const board of ['device/board-5', 'device/board-6']) {
      const state = await watcher.see(board, 'down', ({ status }) => status === 'failure');
      expect(state).toMatchObject({
        cause: 'row/bus.lost',
        faults: [],
        verified: false,
        readings: { shown: null },
      });
    }
    expect(watcher.latest('device/caller-5')).toMatchObject({ status: 'good' });

    hall.keys6.press('next');
    const called = await watcher.event('ticket.called', 'calling goes on', ({ data }) => data.window === '6');
    const shown = await watcher.event(
      'ticket.shown',
      'of it',
      ({ data }) => data.ticket === called.data.ticket,
    );
    expect(shown.data).toMatchObject({ device: 'board-6', result: 'failed', afterMilliseconds: null });
    hall.keys5.press('next');
    await watcher.see('window/5', 'A003', ({ number }) => number === 'A003');
    hall.panels.panel(5).power.off();
    hall.panels.panel(5).power.on();
    expect(watcher.standing('fault/')).toEqual(['fault/row/bus.lost']);

    row.cable.join();
    expect(row.port).not.toBe(port);
    await waitFor('both boards are repainted', () => hall.shows(5) === '003' && hall.shows(6) === '002');
    await watcher.seeCleared('fault/row/bus.lost');
    for (const board of ['device/board-5', 'device/board-6']) {
      const state = await watcher.see(board, 'well', ({ status }) => status === 'good');
      expect(state.cause).toBeUndefined();
    }
    expect(watcher.standing('fault/')).toEqual([]);
    const faults = (await watcher.settled()).filter(({ type }) => type.startsWith('fault.'));
    expect(faults.map(({ type, subject }) => `${type} ${subject}`)).toEqual([
      'fault.raised row',
      'fault.cleared row',
    ]);
  });

  it('takes only its own keypad away, whose keys work again after it', async () => {
    const { hall, watcher } = await test.all({ debounceMilliseconds: 0 });
    await watcher.issue();
    await watcher.issue();
    const cable = hall.cables['keys-5'].cable;
    for (const [round, number] of [
      [1, '001'],
      [2, '002'],
    ] as const) {
      cable.cut();
      const fault = await watcher.see('fault/keys-5/bus.lost', 'raised');
      expect(fault.affected).toEqual(['caller-5']);
      await watcher.see('device/caller-5', 'down', ({ cause }) => cause === 'keys-5/bus.lost');
      hall.keys5.press('next'); // nobody hears it
      cable.join();
      await watcher.seeCleared('fault/keys-5/bus.lost');
      expect(watcher.rawEvents('ticket.called')).toHaveLength(round - 1);
      hall.keys5.press('next');
      await waitFor(`${number} is shown`, () => hall.shows(5) === number);
      await watcher.event('ticket.called', number, ({ data }) => data.number === `A${number}`);
    }
    await watcher.settled();
  });

  it('may be missing at the start: the rest of the hall works', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    hall.cables.row.cable.cut();
    test.start(hall);
    const fault: Payload = await watcher.see('fault/row/bus.lost', 'raised');
    expect(fault.affected).toEqual(['board-5', 'board-6']);
    await watcher.issue();
    hall.keys5.press('next');
    await watcher.event('ticket.called', 'calling works');
    hall.cables.row.cable.join();
    await waitFor('the board shows it', () => hall.shows(5) === '001');
    await watcher.seeCleared('fault/row/bus.lost');
  });
});

describe('a board that loses its power', () => {
  const test = scenario();

  it('is told with what to do, calling goes on, and it is repainted when it is back', async () => {
    const { hall, watcher } = await test.all();
    for (let issued = 0; issued < 3; issued++) await watcher.issue();
    hall.keys5.press('next');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    hall.panels.panel(5).power.off();
    const offAt = Date.now();
    const fault = await watcher.see('fault/board-5/device.unresponsive', 'raised');
    console.info(`device.unresponsive after ${Date.parse(fault.since) - offAt} ms`);
    expect(Date.parse(fault.since) - offAt).toBeLessThan(15_000);
    expect(fault).toMatchObject({
      device: 'board-5',
      status: 'failure',
      severity: 'high',
      audience: 'maintenance',
      text: inBothLanguages,
      action: inBothLanguages,
      acknowledged: null,
      session: 1,
    });
    expect(fault.text.en).toContain('board-5');
    const state = await watcher.see('device/board-5', 'down', ({ status }) => status === 'failure');
    expect(state).toMatchObject({ faults: ['device.unresponsive'], readings: { shown: null } });
    expect(state.cause).toBeUndefined();

    hall.keys6.press('next');
    await waitFor('the other board shows its call', () => hall.shows(6) === '002');
    hall.keys5.press('next');
    const called = await watcher.event('ticket.called', 'also here', ({ data }) => data.number === 'A003');
    const shown = await watcher.event('ticket.shown', 'it', ({ data }) => data.ticket === called.data.ticket);
    expect(shown.data).toMatchObject({ device: 'board-5', result: 'failed' });
    expect(watcher.latest('device/board-6')).toMatchObject({ status: 'good' });

    const acknowledged = { device: 'board-5', code: 'device.unresponsive', by: '0317', note: 'on my way' };
    expect(await watcher.command('fault.acknowledge', acknowledged)).toMatchObject({ ok: true });
    await watcher.see('fault/board-5/device.unresponsive', 'seen', (now) => now.acknowledged?.by === '0317');

    hall.panels.panel(5).power.on();
    await waitFor('what is true now', () => hall.shows(5) === '003');
    await watcher.seeCleared('fault/board-5/device.unresponsive');
    await watcher.see('device/board-5', 'well', ({ status }) => status === 'good');
    const cleared = await watcher.event('fault.cleared', 'its end');
    expect(cleared.data).toMatchObject({ id: fault.id, durationSeconds: expect.any(Number) });
    await watcher.settled();
  });
});

describe('a wire with noise on it', () => {
  const test = scenario();

  it('calls for whole frames only, however they are cut, glued and disturbed', async () => {
    const { hall, watcher } = await test.all({ debounceMilliseconds: 0 });
    for (let issued = 0; issued < 8; issued++) await watcher.issue();
    const send = (hex: string) =>
      hall.keys5.garbage(Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16)));
    const shows = (number: string) => waitFor(`${number} is shown`, () => hall.shows(5) === number);

    hall.keys5.press('next');
    await shows('001');
    send('FF 00 AA 05 07 AA 05 01 B0 13'); // noise before and after
    await shows('002');
    send('AA 05');
    await pause(1); // after 50 ms of silence they would not belong together
    send('01 B0'); // cut
    await shows('003');
    send('AA 05 01 B0 AA 05 01 B0'); // glued
    await shows('005');
    send('AA 05 01 AA 05 01 B0'); // one that broke off, and a whole one
    await shows('006');
    for (let run = 0; run < 12; run++) {
      send('AA 05 01 B1 AA AA 05 00 01 B0 05 01 B0');
      await pause(80);
    }
    const fault = await watcher.see('fault/keys-5/bus.noisy', 'raised');
    expect(fault).toMatchObject({
      status: 'maintenance-required',
      text: inBothLanguages,
      action: inBothLanguages,
    });
    expect(fault).toMatchObject({ affected: ['caller-5'] });
    expect(fault.evidence.discardedPercent).toBeGreaterThan(0);
    expect(fault.evidence.sample).toMatch(/[0-9A-F]{2}/i);
    const events = await watcher.settled();
    expect(events.filter(({ type }) => type === 'ticket.called').map(({ data }) => data.number)).toEqual([
      'A001',
      'A002',
      'A003',
      'A004',
      'A005',
      'A006',
    ]);
    hall.keys5.press('next');
    await shows('007');
  });

  it('with wrong answers on it never takes one for a right one, and the other boards go on', async () => {
    const { hall, watcher } = await test.all({ debounceMilliseconds: 0 });
    for (let issued = 0; issued < 20; issued++) await watcher.issue();
    hall.panels.panel(5).halfDead(0.5, Math.random);
    const fault = await watcher.see('fault/row/bus.noisy', 'raised');
    expect(fault.affected).toEqual(['board-5', 'board-6']);
    for (let call = 1; call <= 10; call++) {
      hall.keys6.press('next');
      const number = String(call).padStart(3, '0');
      await waitFor(`${number} is shown`, () => hall.shows(6) === number);
      await waitFor('it is told', () => watcher.rawEvents('ticket.shown').length === call);
    }
    const confirmed = (await watcher.settled()).filter(({ type }) => type === 'ticket.shown');
    expect(confirmed).toHaveLength(10);
    expect(confirmed.every(({ data }) => data.result === 'confirmed')).toBe(true);
    hall.keys5.press('next');
    await waitFor('it obeys, though its answers are rubbish', () => hall.shows(5) === '011');
    hall.panels.panel(5).halfDead(0, Math.random);
    await watcher.see(
      'device/board-5',
      'well',
      ({ status, readings }) => status === 'good' && readings.shown === '   011',
    );
    expect(hall.shows(6)).toBe('010');
  });
});
