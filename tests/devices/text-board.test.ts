import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { BoardView } from '../../src/devices/capabilities.js';
import { proofOfLifeOf } from '../../src/devices/kind.js';
import { windowBoard } from '../../src/devices/window-board.js';
import { templateProfileSchema } from '../../src/protocols/template-profile.js';
import { simulatedAlphaSign } from '../../src/simulator/alpha-sign.js';
import { simulatedOnbonCard } from '../../src/simulator/onbon-card.js';
import { simulatedTemplateBoard } from '../../src/simulator/template-board.js';
import { bench, dice, makeDevice, parseDevice, serving, watch } from './bench.js';

const profile = (name: string) =>
  v.parse(
    templateProfileSchema,
    parse(readFileSync(new URL(`../../config/profiles/${name}.yaml`, import.meta.url), 'utf8')),
  );

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type Entry = Parameters<ReturnType<typeof bench>['add']>[2];

/** A line with one window board on it. */
function board(entry: Entry, options: Parameters<typeof bench>[0] = {}, vendor?: unknown) {
  const line = bench(options);
  stops.push(() => line.stop());
  const { device, reports } = line.add(windowBoard, 'board-12', { window: '12', ...entry }, vendor);
  const show = (view: BoardView) => watch(line.clock, device.capabilities.showsTicket!.show(view));
  return { ...line, device, reports, show };
}

function onbon(entry: Partial<Entry> = {}, options: Parameters<typeof bench>[0] = {}) {
  const made = board({ protocol: 'onbon5', width: 144, height: 16, ...entry }, options);
  const card = simulatedOnbonCard(made.farEnd, made.clock);
  stops.push(() => card.close());
  return { ...made, card };
}

function alpha(entry: Partial<Entry> = {}, sign: { address?: number; canAcknowledge?: boolean } = {}) {
  const made = board({ protocol: 'alpha', columns: 20, ...entry });
  const far = simulatedAlphaSign(made.farEnd, made.clock, sign);
  stops.push(() => far.close());
  return { ...made, sign: far };
}

/** Milliseconds until `done`, in steps of 5, at most `limit`. */
async function until(
  clock: ReturnType<typeof bench>['clock'],
  limit: number,
  done: () => boolean,
): Promise<number> {
  const start = clock.monotonicMilliseconds();
  while (!done() && clock.monotonicMilliseconds() - start < limit) await clock.advance(5);
  return clock.monotonicMilliseconds() - start;
}

const paused: BoardView = { ticket: null, number: null, state: 'paused' };

describe('an Onbon card as a window board', () => {
  it('shows a call within its frame, and says so when the card does', async () => {
    const { clock, card, show, reports } = onbon();
    await clock.advance(500);
    const result = show(serving('A023'));
    const took = await until(clock, 1_000, () => result.result !== 'pending');
    expect(result.result).toBe('confirmed');
    expect(card.shows()).toBe('A023 请到12号窗口');
    expect(card.manner).toBe('still');
    expect(took).toBeLessThan(200); // 82 bytes at 9600 baud take 85 ms
    expect(reports.shown.at(-1)).toEqual({ shown: 'A023 请到12号窗口' });
    expect(card.areas.get(0)).toMatchObject({ x: 0, y: 0, width: 144, height: 16, font: '000', effect: 1 });
    expect(reports.faults).toEqual([]);
  });

  it('is dark until there is something to show', async () => {
    const { clock, card, show } = onbon();
    await clock.advance(1_000);
    expect(card.areas.size).toBe(1);
    expect(card.shows()).toBe('');
    show(paused);
    await clock.advance(300);
    expect(card.shows()).toBe('暂停服务');
  });

  it('without power is found within 3 s, and painted when it returns', async () => {
    const { clock, card, show, reports } = onbon();
    show(serving('A023'));
    await clock.advance(5_000);
    card.power.off();
    const took = await until(clock, 5_000, () => reports.silences.length > 0);
    expect(took).toBeLessThanOrEqual(3_000);
    expect(reports.shown.at(-1)).toEqual({ shown: null });
    const failed = show(serving('A024'));
    await clock.advance(3_000);
    expect(failed.result).toBe('failed');
    card.power.on();
    expect(await until(clock, 10_000, () => card.shows() === 'A024 请到12号窗口')).toBeLessThanOrEqual(5_000);
  });

  it('that was without power between two questions is painted again', async () => {
    const { clock, card, show, reports } = onbon();
    show(serving('A023'));
    await clock.advance(5_000);
    card.power.off();
    await until(
      clock,
      3_000,
      () => card.history.length > 100 || reports.alives.at(-1)! + 1_100 < clock.monotonicMilliseconds(),
    );
    card.power.on();
    await clock.advance(2_000);
    expect(card.shows()).toBe('A023 请到12号窗口');
    expect(reports.silences).toEqual([]);
  });

  it('on a cut wire fails at once, and is painted when the wire returns', async () => {
    const { clock, card, cable, show } = onbon();
    await clock.advance(500);
    cable.cut();
    await clock.advance(10);
    const result = show(serving('A023'));
    await clock.advance(10);
    expect(result.result).toBe('failed');
    cable.join();
    await clock.advance(2_000);
    expect(card.shows()).toBe('A023 请到12号窗口');
  });

  it('behind a far end that takes nothing fails each call, and is painted when it takes again', async () => {
    const { clock, cable, card, show } = onbon();
    await clock.advance(500);
    cable.stall(true);
    await clock.advance(10_000); // a write is given up after five seconds
    for (let call = 0; call < 10; call++) {
      const result = show(serving(`A${100 + call}`));
      await clock.advance(1_100);
      expect(result.result).toBe('failed');
    }
    cable.stall(false);
    await clock.advance(5_000);
    expect(card.shows()).toBe('A109 请到12号窗口');
  });

  it('that hears but cannot answer shows its number all the same, unconfirmed', async () => {
    const { clock, card, show, reports } = onbon();
    card.mute();
    const result = show(serving('A023'));
    await clock.advance(5_000);
    expect(card.shows()).toBe('A023 请到12号窗口');
    expect(result.result).toBe('failed');
    expect(reports.silences.length).toBeGreaterThan(0);
  });

  it('that refuses is alive, and people are told why', async () => {
    const { clock, card, show, reports } = onbon();
    await clock.advance(500);
    card.refuse(0xa3, 0x06);
    const result = show(serving('A023'));
    await clock.advance(5_000);
    expect(result.result).toBe('failed');
    expect(reports.standing.get('board.refused')).toMatchObject({ group: 0xa0, command: 1, status: 1 });
    expect(reports.silences).toEqual([]);
    card.refuse(0xa3, 0x06, false);
    const again = show(serving('A024'));
    await clock.advance(500);
    expect(again.result).toBe('confirmed');
    expect(reports.standing.size).toBe(0);
  });

  it('that refuses to be asked lives, and is painted all the same', async () => {
    const { clock, card, show, reports } = onbon();
    card.refuse(0xa2, 0x00);
    const result = show(serving('A023'));
    await clock.advance(1_000);
    expect(result.result).toBe('confirmed');
    expect(card.shows()).toBe('A023 请到12号窗口');
    await clock.advance(5_000);
    expect(reports.silences).toEqual([]);
  });

  it('is tried again after a refusal, but not at each question', async () => {
    const { clock, card, show } = onbon();
    await clock.advance(500);
    card.refuse(0xa3, 0x06);
    show(serving('A023'));
    await clock.advance(30_000);
    card.refuse(0xa3, 0x06, false);
    await clock.advance(1_000);
    expect(card.shows()).toBe('');
    await clock.advance(35_000);
    expect(card.shows()).toBe('A023 请到12号窗口');
  });

  it('shows the newest of many calls, and tells each of the others that it failed', async () => {
    const { clock, card, show } = onbon();
    await clock.advance(500);
    const results = Array.from({ length: 300 }, (_, index) =>
      show(serving(`A${String(index).padStart(3, '0')}`)),
    );
    await clock.advance(2_000);
    expect(card.shows()).toBe('A299 请到12号窗口');
    expect(results.at(-1)?.result).toBe('confirmed');
    expect(results.slice(0, -1).every(({ result }) => result === 'failed')).toBe(true);
    expect(card.history.length).toBeLessThan(6);
  });

  it('draws attention to a call that no voice says, and moves what is too long', async () => {
    const { clock, card, show } = onbon();
    show({ ...serving('A023'), blink: true });
    await clock.advance(1_000);
    expect(card.areas.get(0)).toMatchObject({ effect: 5 });
    show({ ...paused, over: { kind: 'text', text: '今天下午三点停止取号，请明天再来' } });
    await clock.advance(1_000);
    expect(card.areas.get(0)).toMatchObject({ effect: 3, text: '今天下午三点停止取号，请明天再来' });
  });

  it('takes no command out of a text', async () => {
    const { clock, card, show, reports } = onbon();
    show({ ...paused, over: { kind: 'text', text: 'a\\C1b\\nc' } });
    await clock.advance(1_000);
    expect(card.shows()).toBe('a?C1b?nc');
    expect(reports.standing.has('board.cannot-show')).toBe(true);
  });

  it('has its brightness by the hour, also after it was without power', async () => {
    const { clock, card } = onbon({ brightnessPercent: 80, brightnessByHour: { '09:00-11:00': 20 } });
    await clock.advance(1_000);
    expect(card.brightness).toBe(3); // 10:00 in the test's hall: 20 % of 15
    card.power.off();
    await clock.advance(4_000);
    card.power.on();
    expect(card.brightness).toBe(15);
    await clock.advance(6_000);
    expect(card.brightness).toBe(3);
  });

  it('that refuses brightness alone keeps its own and shows all the same', async () => {
    const { clock, card, show, reports } = onbon({ brightnessPercent: 50 });
    card.refuse(0xa3, 0x02);
    const result = show(serving('A023'));
    await clock.advance(3_000);
    expect(result.result).toBe('confirmed');
    expect(reports.crashes).toEqual([]);
    expect(reports.silences).toEqual([]);
  });

  it('is not taken for confirmed by an adapter that echoes while the card is dead', async () => {
    const { clock, card, show, reports } = onbon();
    card.echo(true);
    const result = show(serving('A023'));
    await clock.advance(1_000);
    expect(result.result).toBe('confirmed');
    card.power.off();
    await clock.advance(3_000);
    expect(reports.silences.length).toBeGreaterThan(0);
    const dead = show(serving('A024'));
    await clock.advance(4_000);
    expect(dead.result).toBe('failed');
  });

  it('lives through noise, never shows a wrong number, and is right when it is quiet', async () => {
    const { clock, card, cable, show, reports } = onbon();
    cable.noise(0.01, dice(7));
    for (let index = 0; index < 60; index++) {
      show(serving(`A${String(index).padStart(3, '0')}`));
      await clock.advance(2_000);
    }
    const allowed = new Set(
      Array.from({ length: 60 }, (_, index) => `A${String(index).padStart(3, '0')} 请到12号窗口`),
    );
    expect(card.history.every(({ lines }) => lines.length === 0 || allowed.has(lines.join()))).toBe(true);
    expect(card.history.length).toBeGreaterThan(30);
    cable.noise(0);
    await clock.advance(5_000);
    expect(card.shows()).toBe('A059 请到12号窗口');
    expect(reports.crashes).toEqual([]);
  });

  it('answered by garbage is found dead, and nothing crashes', async () => {
    const { clock, card, reports } = onbon();
    const random = dice(5);
    card.answerWith(Uint8Array.from({ length: 300 }, () => Math.floor(random() * 256)));
    await clock.advance(10_000);
    expect(reports.silences.length).toBeGreaterThan(0);
    expect(reports.crashes).toEqual([]);
  });

  it('says no word for word from the answers of another card', async () => {
    const { clock, card, reports, farEnd } = onbon({ address: 2 });
    const other = simulatedOnbonCard(farEnd, clock, { address: 2 });
    stops.push(() => other.close());
    await clock.advance(3_000);
    expect(card.areas.size).toBe(0);
    expect(other.areas.size).toBe(1);
    expect(reports.silences).toEqual([]);
  });

  it('leaves no timer and no listener behind', async () => {
    const { clock, card, device, show, listenerCount } = onbon();
    const result = show(serving('A023'));
    await clock.advance(300);
    await device.stop();
    card.close();
    await clock.advance(5_000);
    expect(listenerCount()).toBe(0);
    expect(clock.pending().filter((name) => name.includes('board-12'))).toEqual([]);
    expect(await device.capabilities.showsTicket!.show(paused)).toBe('failed');
    expect(result.result).not.toBe('pending');
  });
});

describe('an Alpha sign that says nothing', () => {
  it('is sent a call, and nothing is called confirmed', async () => {
    const { clock, sign, show, reports } = alpha();
    await clock.advance(500);
    const result = show(serving('A023'));
    await clock.advance(300);
    expect(result.result).toBe('sent');
    expect(sign.shows()).toBe('A023 to window 12');
    expect(sign.mode).toBe('b');
    expect(reports.alives).toEqual([]);
    expect(reports.shown).toEqual([]);
  });

  it('is sent the same again from time to time, for it may have been without power', async () => {
    const { clock, sign, show } = alpha({ repaintMilliseconds: 30_000 });
    show(serving('A023'));
    await clock.advance(1_000);
    sign.power.off();
    await clock.advance(1_000);
    sign.power.on();
    await clock.advance(5_000);
    expect(sign.shows()).toBe('');
    await clock.advance(30_000);
    expect(sign.shows()).toBe('A023 to window 12');
    expect(sign.history.length).toBe(3);
  });

  it('shows the newest of many calls, one behind the other', async () => {
    const { clock, sign, show } = alpha();
    await clock.advance(500);
    const results = Array.from({ length: 300 }, (_, index) =>
      show(serving(`A${String(index).padStart(3, '0')}`)),
    );
    await clock.advance(1_000);
    expect(sign.shows()).toBe('A299 to window 12');
    expect(results.at(-1)?.result).toBe('sent');
    expect(sign.history.length).toBeLessThan(6);
  });

  it('behind a far end that takes nothing fails within 3 s, and is right when it takes again', async () => {
    const { clock, cable, sign, show } = alpha();
    await clock.advance(500);
    cable.stall(true);
    const first = show(serving('A023'));
    await clock.advance(3_100);
    expect(first.result).toBe('failed');
    const results = Array.from({ length: 300 }, () => show(serving('A024')));
    await clock.advance(3_100);
    expect(results.every(({ result }) => result === 'failed')).toBe(true);
    cable.stall(false);
    await clock.advance(2_000);
    expect(sign.shows()).toBe('A024 to window 12');
    expect(sign.history.length).toBeLessThan(4);
  });

  it('flashes what no voice says, and rotates what is too long', async () => {
    const { clock, sign, show } = alpha();
    show({ ...serving('A023'), blink: true });
    await clock.advance(300);
    expect([sign.mode, sign.manner]).toEqual(['c', 'blinking']);
    show({ ...paused, over: { kind: 'text', text: 'Please leave the hall by the north door' } });
    await clock.advance(300);
    expect([sign.mode, sign.shows()]).toEqual(['a', 'Please leave the hall by the north door']);
  });

  it('that is closed does not go back to what is in its memory', async () => {
    const { clock, sign, show } = alpha();
    await clock.advance(500);
    expect(sign.mode).toBe('b');
    show({ ticket: null, number: null, state: 'closed' });
    await clock.advance(500);
    expect(sign.shows()).toBe('');
    expect(sign.mode).toBe('b'); // the priority file stands, with a blank in it
  });

  it('on a cut wire fails at once, and is painted when the wire returns', async () => {
    const { clock, cable, sign, show } = alpha();
    await clock.advance(500);
    cable.cut();
    await clock.advance(10);
    const result = show(serving('A023'));
    await clock.advance(1);
    expect(result.result).toBe('failed');
    cable.join();
    await clock.advance(2_000);
    expect(sign.shows()).toBe('A023 to window 12');
  });

  it('drops what arrives with a wrong checksum', async () => {
    const { clock, cable, sign, show } = alpha();
    cable.noise(0.02, dice(11));
    for (let index = 0; index < 200; index++) {
      show(serving(`A${String(index).padStart(3, '0')}`));
      await clock.advance(300);
    }
    expect(sign.brokenFrames).toBeGreaterThan(50);
    // A checksum is optional: where its mark is spoilt the sign takes the rest for text.
    const spoilt = sign.history.filter(({ lines }) => !/^(A\d{3} to window 12)?$/.test(lines.join()));
    expect(spoilt.length).toBeLessThan(10);
  });

  it('is sent a new text twice, so that what noise spoilt is right soon', async () => {
    const { clock, sign, show, farEnd } = alpha();
    await clock.advance(500);
    let packets = 0;
    farEnd.onBytes((bytes) => {
      packets += Buffer.from(bytes).toString('latin1').split('A023').length - 1;
    });
    sign.deafen();
    show(serving('A023'));
    await clock.advance(500);
    sign.deafen(false);
    expect(sign.shows()).toBe('');
    await clock.advance(600);
    expect(sign.shows()).toBe('A023 to window 12');
    await clock.advance(30_000);
    expect(packets).toBe(2);
  });

  it('leaves no timer and no listener behind', async () => {
    const { clock, device, show, listenerCount } = alpha();
    show(serving('A023'));
    await clock.advance(300);
    await device.stop();
    expect(listenerCount()).toBe(0);
    expect(clock.pending().filter((name) => name.includes('board-12'))).toEqual([]);
  });
});

describe('an Alpha sign that acknowledges', () => {
  const entry = { acknowledge: true, address: 3 };

  it('is told to, and confirms', async () => {
    const { clock, sign, show, reports } = alpha(entry, { address: 3 });
    await clock.advance(500);
    const result = show(serving('A023'));
    await clock.advance(300);
    expect(result.result).toBe('confirmed');
    expect(sign.shows()).toBe('A023 to window 12');
    expect(reports.alives.length).toBeGreaterThan(0);
  });

  it('without power is found within 3 s, told to acknowledge again and painted when it returns', async () => {
    const { clock, sign, show, reports } = alpha(entry, { address: 3 });
    show(serving('A023'));
    await clock.advance(3_000);
    sign.power.off();
    expect(await until(clock, 5_000, () => reports.silences.length > 0)).toBeLessThanOrEqual(3_000);
    sign.power.on();
    expect(await until(clock, 8_000, () => sign.shows() !== '')).toBeLessThanOrEqual(5_000);
    const result = show(serving('A024'));
    await clock.advance(500);
    expect(result.result).toBe('confirmed');
  });

  it('of an older protocol is found to say nothing', async () => {
    const { clock, reports } = alpha(entry, { address: 3, canAcknowledge: false });
    await clock.advance(5_000);
    expect(reports.silences.length).toBeGreaterThan(0);
  });

  it('that refuses says why; one that received rubbish is sent it again', async () => {
    const { clock, sign, show, reports } = alpha(entry, { address: 3 });
    await clock.advance(1_000);
    sign.garble();
    const garbled = show(serving('A023'));
    await clock.advance(300);
    expect(garbled.result).toBe('failed');
    sign.garble(false);
    await clock.advance(1_500);
    expect(sign.shows()).toBe('A023 to window 12');
    sign.refuse(0x20);
    expect((await Promise.all([show(serving('A024')), clock.advance(500)]))[0].result).toBe('failed');
    expect(reports.standing.get('board.refused')).toMatchObject({ complaint: 'illegal command or file' });
  });
});

/** The example's board: reads `AA 55 … 0D` and answers as the profile says, both written from its text alone. */
function exampleBoard(line: ReturnType<typeof bench>, address = '30 35') {
  const bytes = (text: string) => Uint8Array.from(text.split(' '), (pair) => Number.parseInt(pair, 16));
  const plain = (frame: Uint8Array) => {
    const found: number[] = [];
    for (let at = 0; at < frame.length; at++) {
      found.push(frame[at] === 0xa9 ? [0xaa, 0xa9, 0x0d][frame[++at]! - 1]! : frame[at]!);
    }
    return Buffer.from(found);
  };
  const far = simulatedTemplateBoard(line.farEnd, line.clock, {
    read: (raw) => {
      const frame = plain(raw);
      if (frame[0] !== 0xaa || frame[1] !== 0x55 || frame.at(-1) !== 0x0d) return undefined;
      if (frame.length === 10 && frame[6] === 0x01) return 'kept';
      if (frame.readUInt16LE(2) !== 22 || frame.length !== 29 || frame[7] !== 0x10) return undefined;
      const text = new TextDecoder('gb18030');
      const lines = [frame.subarray(10, 18), frame.subarray(18, 26)].map((part) => text.decode(part).trim());
      return { lines: lines.filter((each) => each !== ''), manner: frame[8] === 2 ? 'blinking' : 'still' };
    },
    answer: () => bytes(`AA 56 ${address} 06 0D`),
  });
  stops.push(() => far.close());
  return far;
}

describe('a board that a template describes', () => {
  const example = profile('example-template');
  const at = profile('ascii-at');
  const entry = { protocol: 'template', profile: 'example-template', address: 5 };

  it('confirms where its profile says what it answers', async () => {
    const made = board(entry, {}, example);
    const far = exampleBoard(made);
    await made.clock.advance(1_000);
    const result = made.show({ ...serving('A023'), priority: true, blink: true });
    await made.clock.advance(300);
    expect(result.result).toBe('confirmed');
    expect(far.shows()).toBe('A023 / 优先');
    expect(far.manner).toBe('blinking');
    expect(far.brokenFrames).toBe(0);
  });

  it('is found dead within 3 s by its probe, and painted when it returns', async () => {
    const made = board(entry, {}, example);
    const far = exampleBoard(made);
    made.show(serving('A023'));
    await made.clock.advance(3_000);
    far.power.off();
    expect(await until(made.clock, 5_000, () => made.reports.silences.length > 0)).toBeLessThanOrEqual(3_000);
    far.power.on();
    expect(await until(made.clock, 8_000, () => far.shows() === 'A023')).toBeLessThanOrEqual(5_000);
  });

  it('without a probe is asked by its text, which never brings an old one back', async () => {
    const { probe: _, ...withoutProbe } = example;
    const made = board({ ...entry, pollMilliseconds: 200 }, {}, withoutProbe);
    const far = exampleBoard(made);
    await made.clock.advance(1_000);
    for (let index = 0; index < 100; index++) {
      made.show(serving(`A${String(index).padStart(3, '0')}`));
      await made.clock.advance(37 + index);
    }
    await made.clock.advance(1_000);
    expect(far.shows()).toBe('A099');
    const numbers = far.history.flatMap(({ lines }) => lines).filter((line) => line.startsWith('A'));
    expect(numbers).toEqual([...numbers].sort());
    far.power.off();
    expect(await until(made.clock, 5_000, () => made.reports.silences.length > 0)).toBeLessThanOrEqual(3_000);
  });

  it('without a probe says what it shows once it has returned', async () => {
    const { probe: _, ...withoutProbe } = example;
    const made = board(entry, {}, withoutProbe);
    const far = exampleBoard(made);
    made.show(serving('A023'));
    await made.clock.advance(3_000);
    far.power.off();
    await made.clock.advance(5_000);
    expect(made.reports.now).toEqual({ shown: null });
    far.power.on();
    await made.clock.advance(5_000);
    expect(far.shows()).toBe('A023');
    expect(made.reports.now).toEqual({ shown: 'A023' });
  });

  it('without an answer is sent its text, and nothing more is claimed', async () => {
    const made = board({ protocol: 'template', profile: 'ascii-at', address: 7 }, {}, at);
    const far = simulatedTemplateBoard(made.farEnd, made.clock);
    stops.push(() => far.close());
    const result = made.show(serving('A023'));
    await made.clock.advance(500);
    expect(result.result).toBe('sent');
    expect(far.shows()).toBe('@ A023');
    expect(Buffer.from(far.frames.at(-1)!).toString('latin1')).toBe('@\x07A023\r');
    expect(made.reports.alives).toEqual([]);
  });

  it('says by its profile how it proves that it lives', () => {
    const config = parseDevice(windowBoard, { window: '12', bus: 'row', ...entry });
    expect(proofOfLifeOf(windowBoard, config, example)).toBe('answers');
    expect(proofOfLifeOf(windowBoard, config, at)).toBe('none');
    const sign = (acknowledge: boolean) =>
      proofOfLifeOf(
        windowBoard,
        parseDevice(windowBoard, { window: '1', bus: 'row', protocol: 'alpha', acknowledge }),
        undefined,
      );
    expect([sign(true), sign(false)]).toEqual(['answers', 'none']);
  });

  it('is told of a number that it cannot show, and shows nobody', async () => {
    const made = board({ protocol: 'template', profile: 'ascii-at', address: 7 }, {}, at);
    const far = simulatedTemplateBoard(made.farEnd, made.clock);
    stops.push(() => far.close());
    made.show(serving('A023'));
    await made.clock.advance(500);
    const result = made.show(serving('A023456789'));
    await made.clock.advance(500);
    expect(result.result).toBe('failed');
    expect(Buffer.from(far.frames.at(-1)!).toString('latin1')).toBe('@\x07\r');
    expect(made.reports.standing.get('board.cannot-show')).toEqual({ text: 'A023456789' });
    made.show(serving('A024'));
    await made.clock.advance(500);
    expect(made.reports.standing.size).toBe(0);
  });
});

describe('whatever happens to a board of letters that answers', () => {
  it.each(['onbon5', 'template'] as const)(
    'each view gets its result, and in the end the newest is shown (%s)',
    async (protocol) => {
      const { probe: _, ...withoutProbe } = profile('example-template');
      for (let seed = 1; seed <= 40; seed++) {
        const random = dice(seed);
        const below = (limit: number) => Math.floor(random() * limit);
        const card = protocol === 'onbon5' ? onbon() : undefined;
        const made = card ?? board({ protocol, profile: 'example-template', address: 5 }, {}, withoutProbe);
        const far = card?.card ?? exampleBoard(made);
        const { clock, cable, reports } = made;
        const results: ReturnType<typeof made.show>[] = [];
        for (let step = 0; step < 100; step++) {
          const what = below(12);
          if (what < 6) results.push(made.show(serving(`A${100 + results.length}`)));
          else if (what === 6) far.power.off();
          else if (what === 7) far.power.on();
          else if (what === 8) cable.noise(random() < 0.5 ? 0 : 0.01, random);
          else if (what === 9) cable.cut();
          else if (what === 10) cable.join();
          else far.mute(random() < 0.5);
          await clock.advance(below(random() < 0.5 ? 40 : 1_500));
        }
        cable.join();
        cable.noise(0);
        far.mute(false);
        // For so long that a question finds out.
        far.power.off();
        await clock.advance(2_500);
        far.power.on();
        await clock.advance(5_000);
        expect([seed, far.shows().slice(0, 4)]).toEqual([seed, `A${99 + results.length}`]);
        expect(results.map(({ result }) => result)).not.toContain('pending');
        expect(reports.crashes).toEqual([]);
      }
    },
  );
});

describe('a text on its way to a board that counts as dead', () => {
  /**
   * A card that was found dead just now, on a line that has others to ask: the text waits for its turn.
   * @param callMilliseconds it is called on all the time meanwhile, so often
   */
  async function dead(callMilliseconds: number) {
    const made = onbon();
    const { clock, bus, card, show, reports } = made;
    show(serving('A023'));
    await clock.advance(5_000);
    const silent = { decoder: () => ({ feed: () => [], idle: () => [] }), timeoutMilliseconds: 40 };
    const ask = (): void =>
      void bus
        .transact({
          address: 9,
          priority: 'poll',
          request: Uint8Array.of(1),
          retries: 0,
          backOff: false,
          ...silent,
        })
        .catch(({ code }) => code === 'bus.timeout' && ask());
    ask();
    card.power.off();
    for (let passed = 1; reports.silences.length === 0; passed++) {
      if (passed % callMilliseconds === 0) show(serving('A023'));
      await clock.advance(1);
    }
    card.power.on();
    return made;
  }
  const moments = Array.from({ length: 60 }, (_, index) => index * 4);

  it.each([37, 130, Infinity])(
    'never comes after a newer one, whenever the board returns (%d)',
    async (often) => {
      for (const moment of moments) {
        const { clock, card, show } = await dead(often);
        await clock.advance(moment);
        show(serving('A024'));
        await clock.advance(2_000);
        expect([moment, card.shows()]).toEqual([moment, 'A024 请到12号窗口']);
      }
    },
  );

  it.each([37, 130, Infinity])(
    'is not answered in place of a newer one that got lost (%d)',
    async (often) => {
      for (const moment of moments) {
        const { clock, card, show, farEnd } = await dead(often);
        await clock.advance(moment);
        const result = show(serving('A024'));
        // It hears one question, and nothing after it.
        farEnd.onBytes(({ length }) => void (length > 1 && length < 40 && card.deafen()));
        await clock.advance(2_000);
        const wasShown = card.history.some(({ lines }) => lines.join().startsWith('A024'));
        expect([moment, result.result]).toEqual([moment, wasShown ? 'confirmed' : 'failed']);
      }
    },
  );
});

describe('several boards on one wire', () => {
  it('keep their calls though one of them is dead', async () => {
    const line = bench();
    stops.push(() => line.stop());
    const cards = [1, 2, 3].map((address) => simulatedOnbonCard(line.farEnd, line.clock, { address }));
    stops.push(() => {
      for (const card of cards) card.close();
    });
    const boards = [1, 2, 3].map((address) =>
      line.add(windowBoard, `board-${address}`, {
        protocol: 'onbon5',
        window: `${address}`,
        address,
        width: 160,
        height: 16,
      }),
    );
    await line.clock.advance(3_000);
    cards[1]!.power.off();
    await line.clock.advance(4_000);
    expect(boards[1]!.reports.silences.length).toBeGreaterThan(0);
    for (let index = 0; index < 20; index++) {
      const result = watch(
        line.clock,
        boards[2]!.device.capabilities.showsTicket!.show(serving(`A0${10 + index}`)),
      );
      expect(await until(line.clock, 2_000, () => result.result !== 'pending')).toBeLessThan(1_000);
      expect(result.result).toBe('confirmed');
      await line.clock.advance(777);
    }
    expect(boards[0]!.reports.silences).toEqual([]);
    expect(boards[2]!.reports.silences).toEqual([]);
  });
});

describe('a numeric panel', () => {
  it('is made as before beside the boards of letters', () => {
    const line = bench();
    stops.push(() => line.stop());
    expect(() =>
      makeDevice(windowBoard, 'board', { protocol: 'alpha', bus: 'row', window: '1' }, line.bus, line.clock),
    ).not.toThrow();
    expect(Object.keys(windowBoard.protocols)).toEqual([
      'modbus-panel',
      'ht16k33',
      'alpha',
      'onbon5',
      'template',
    ]);
  });
});
