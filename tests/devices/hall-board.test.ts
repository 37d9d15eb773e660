import { afterEach, describe, expect, it } from 'vitest';
import type { HallBoardView } from '../../src/devices/capabilities.js';
import { hallBoard } from '../../src/devices/hall-board.js';
import { windowBoard } from '../../src/devices/window-board.js';
import { simulatedAlphaSign } from '../../src/simulator/alpha-sign.js';
import { simulatedOnbonCard } from '../../src/simulator/onbon-card.js';
import { bench, serving, watch } from './bench.js';

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function line() {
  const made = bench();
  stops.push(() => made.stop());
  return made;
}

const view: HallBoardView = {
  calls: [
    { ticket: '1', number: 'A023', window: '12', priority: false },
    { ticket: '2', number: 'B007', window: '5', priority: true },
  ],
  notice: null,
};

describe('a board for the whole hall', () => {
  it('shows the last calls on an Onbon card, which confirms them', async () => {
    const made = line();
    const card = simulatedOnbonCard(made.farEnd, made.clock);
    stops.push(() => card.close());
    const { device, reports } = made.add(hallBoard, 'hall', { protocol: 'onbon5', width: 192, height: 64 });
    await made.clock.advance(500);
    const result = watch(made.clock, device.capabilities.showsHall!.show(view));
    await made.clock.advance(500);
    expect(result.result).toBe('confirmed');
    expect(card.shows()).toBe('A023 请到12号窗口 / B007 优先 请到5号窗口');
    expect(reports.shown.at(-1)).toEqual({ shown: 'A023 请到12号窗口 / B007 优先 请到5号窗口' });
    void device.capabilities.showsHall!.show({ ...view, notice: '午休 11:30 - 13:30' });
    await made.clock.advance(500);
    expect(card.shows()).toBe('A023 请到12号窗口 / B007 优先 请到5号窗口 / 午休 11:30 - 13:30');
    void device.capabilities.showsHall!.show({ ...view, over: { kind: 'blank' } });
    await made.clock.advance(500);
    expect(card.shows()).toBe('');
    expect(device.capabilities.showsTicket).toBeUndefined();
  });

  it('on an Alpha sign of two lines says it in English', async () => {
    const made = line();
    const sign = simulatedAlphaSign(made.farEnd, made.clock);
    stops.push(() => sign.close());
    const { device } = made.add(hallBoard, 'hall', { protocol: 'alpha', columns: 20 });
    const result = watch(made.clock, device.capabilities.showsHall!.show({ ...view, blink: true }));
    await made.clock.advance(500);
    expect(result.result).toBe('sent');
    expect(sign.shows()).toBe('A023 to window 12 / B007 to window 5');
    expect(sign.manner).toBe('blinking');
  });

  it('shares a card with the boards of windows, each in its own area', async () => {
    const made = line();
    const card = simulatedOnbonCard(made.farEnd, made.clock);
    stops.push(() => card.close());
    const hall = made.add(hallBoard, 'hall', { protocol: 'onbon5', width: 192, height: 32 });
    const window = made.add(windowBoard, 'board-5', {
      ...{ protocol: 'onbon5', window: '5', area: 1 },
      ...{ y: 32, width: 192, height: 16 },
    });
    await made.clock.advance(500);
    void hall.device.capabilities.showsHall!.show(view);
    void window.device.capabilities.showsTicket!.show(serving('B007'));
    await made.clock.advance(500);
    expect(card.areas.get(0)?.text).toContain('A023');
    expect(card.areas.get(1)).toMatchObject({ y: 32, text: 'B007 请到5号窗口' });
  });
});
