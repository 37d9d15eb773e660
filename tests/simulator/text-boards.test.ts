/** The far ends of boards of letters, driven by bytes as documents and captures print them. */
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedAlphaSign } from '../../src/simulator/alpha-sign.js';
import type { FarEnd } from '../../src/simulator/far-end.js';
import { simulatedOnbonCard } from '../../src/simulator/onbon-card.js';
import type { SimulatedTextBoard } from '../../src/simulator/shown-text.js';
import { simulatedTemplateBoard } from '../../src/simulator/template-board.js';

const boards: SimulatedTextBoard[] = [];
afterEach(() => {
  for (const board of boards.splice(0)) board.close();
});

const bytes = (text: string) => Uint8Array.from(text.split(' '), (pair) => Number.parseInt(pair, 16));
const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

/** A wire whose other end is this test. */
function wire() {
  const clock = new VirtualClock();
  const listeners = new Set<(bytes: Uint8Array) => void>();
  const heard: string[] = [];
  const farEnd: FarEnd = {
    send: (sent) => heard.push(Buffer.from(sent).toString('hex').toUpperCase().replace(/../g, '$& ').trim()),
    onBytes: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const say = async (sent: Uint8Array) => {
    for (const listener of listeners) listener(sent);
    await clock.advance(50);
  };
  const on = <Board extends SimulatedTextBoard>(board: Board) => {
    boards.push(board);
    return board;
  };
  return { clock, farEnd, heard, say, on, listeners };
}

describe('the simulated Onbon card', () => {
  const head = 'A5 A5 A5 A5 A5 A5 A5 A5';
  const toCard = `${head} 01 00 00 80 00 00 00 00 00 00`;
  const acknowledge = `${head} 00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A`;
  const humidity = `${toCard} FE 02 33 00 A3 06 02 00 00 00 01 2A 00 00 00 00 18 00 40 00 0C 00 01 0A 01 02 00 00 00 00 01 01 01 00 17 02 0F 00 00 00 5C 46 4F 30 30 30 48 55 4D 3A 36 36 25 52 48 36 7A 5A`;
  const temperature = `${toCard} FE 02 35 00 A3 06 02 00 00 00 01 2C 00 00 00 00 0C 00 40 00 0C 00 01 0A 01 02 00 00 00 00 01 01 01 00 17 02 11 00 00 00 5C 46 4F 30 30 30 54 45 4D 50 45 52 3A 32 31 A1 E6 82 DA 5A`;

  it('answers the captured ping by the captured acknowledgement', async () => {
    const { clock, farEnd, heard, say, on } = wire();
    on(simulatedOnbonCard(farEnd, clock));
    await say(bytes(`${toCard} FE 02 05 00 A2 00 01 00 00 68 F8 5A`));
    expect(heard).toEqual([acknowledge]);
  });

  it('shows the captured text, and says nothing where no answer is wanted', async () => {
    const { clock, farEnd, heard, say, on } = wire();
    const card = on(simulatedOnbonCard(farEnd, clock));
    await say(bytes(temperature));
    expect(card.shows()).toBe('TEMPER:21℃');
    expect(card.areas.get(1)).toEqual({
      ...{ x: 0, y: 12, width: 512, height: 12 },
      ...{ text: 'TEMPER:21℃', effect: 1, font: '000' },
    });
    await say(bytes(humidity));
    expect(card.shows()).toBe('HUM:66%RH');
    expect(heard).toEqual([]);
    await say(bytes(`${toCard} FE 02 07 00 A3 06 01 02 00 FF 00 67 CC 5A`));
    expect([card.shows(), heard]).toEqual(['', [acknowledge]]);
  });

  it('takes the captured brightness', async () => {
    const { clock, farEnd, say, on } = wire();
    const card = on(simulatedOnbonCard(farEnd, clock));
    await say(bytes(`${toCard} FE 02 07 00 A3 02 01 02 00 01 0C 26 2D 5A`));
    expect(card.brightness).toBe(12);
  });

  it('throws away what a reseller misprints, half frames and one without power', async () => {
    const { clock, farEnd, heard, say, on } = wire();
    const card = on(simulatedOnbonCard(farEnd, clock));
    await say(bytes(humidity.replace('40 00', '80 00')));
    await say(bytes(humidity).subarray(0, 30));
    await say(bytes(humidity));
    expect(card.brokenFrames).toBe(2);
    expect(card.shows()).toBe('HUM:66%RH');
    card.power.off();
    await say(bytes(`${toCard} FE 02 05 00 A2 00 01 00 00 68 F8 5A`));
    card.power.on();
    expect([card.shows(), heard]).toEqual(['', []]);
  });

  it('refuses what it does not know', async () => {
    const { clock, farEnd, heard, say, on } = wire();
    const card = on(simulatedOnbonCard(farEnd, clock));
    card.refuse(0xa2, 0x00);
    await say(bytes(`${toCard} FE 02 05 00 A2 00 01 00 00 68 F8 5A`));
    expect(heard[0]).toContain('FE 02 05 00 A0 01 01 00 00');
  });
});

describe('the simulated Alpha sign', () => {
  const start = '\0\0\0\0\0\x01Z00\x02';

  it('shows a text as the document writes it, and nothing of one that is not for it', async () => {
    const { clock, farEnd, heard, say, on } = wire();
    const sign = on(simulatedAlphaSign(farEnd, clock, { address: 0x1f }));
    await say(latin(`${start}AA\x1b bHELLO\x04`));
    expect([sign.shows(), sign.mode]).toEqual(['HELLO', 'b']);
    await say(latin('\0\0\0\0\0\x01Z1F\x02A0\x1b cA023\x04'));
    expect([sign.shows(), sign.mode, sign.manner]).toEqual(['A023', 'c', 'blinking']);
    await say(latin('\0\0\0\0\0\x01Z1E\x02A0\x1b bA024\x04'));
    expect(sign.shows()).toBe('A023');
    expect(heard).toEqual([]);
  });

  it('goes back to its own text when the priority file is emptied', async () => {
    const { clock, farEnd, say, on } = wire();
    const sign = on(simulatedAlphaSign(farEnd, clock));
    await say(latin(`${start}AA\x1b bHELLO\x04`));
    await say(latin(`${start}A0\x1b0bA\rB\x04`));
    expect(sign.shows()).toBe('A / B');
    await say(latin(`${start}A0\x04`));
    expect(sign.shows()).toBe('HELLO');
  });

  it('believes the checksum of the rule, and no other', async () => {
    const { clock, farEnd, heard, say, on } = wire();
    const sign = on(simulatedAlphaSign(farEnd, clock));
    await say(latin(`${start}Es1\x04`));
    expect(heard).toEqual(['06 40']);
    await say(latin(`${start}Atest\x030206\x04`)); // a right checksum; the content is no text
    await say(latin(`${start}A0\x1b bA023\x030000\x04`));
    await say(latin(`${start}A0\x1b bA023\x03\x04`));
    expect(heard).toEqual(['06 40', '06 40', '15 50', '15 50']);
    expect([sign.shows(), sign.brokenFrames]).toEqual(['', 2]);
    await say(latin(`${start}Q\x04`));
    expect(heard.at(-1)).toBe('15 60');
  });

  it('forgets with its power, and hears nothing with a dead receiver', async () => {
    const { clock, farEnd, heard, say, on } = wire();
    const sign = on(simulatedAlphaSign(farEnd, clock));
    await say(latin(`${start}Es1\x04`));
    sign.power.off();
    sign.power.on();
    await say(latin(`${start}A0\x1b bA023\x04`));
    expect(heard).toEqual(['06 40']);
    sign.deafen();
    await say(latin(`${start}A0\x1b bA024\x04`));
    expect(sign.shows()).toBe('A023');
  });
});

// The packets of prusnak/alphasign (alphasign.py, 1778ace); control codes: 9708-8061, "Control codes in text".
describe('the simulated Alpha sign, told by others', () => {
  const sync = '\x00\x00\x00\x00\x00\x01Z00\x02';

  it.each([
    ['b\x1c1A001', 'A001', 'b', 'still'],
    ['b\x1c1\x1c2A002 \x1cZFF00A0to 5', 'A002 to 5', 'b', 'still'],
    ['c\x1c1\x1d01wide\x1d00 narrow', 'wide narrow', 'c', 'blinking'],
    ['a\x15\x1a3\x09A\x0800\x1e1B', 'A0B', 'a', 'moving'],
    ['n6\x1c1A003', 'A003', 'n6', 'moving'],
    ['nS\x1c1', '', 'nS', 'moving'],
  ])('shows of %j what is no control code', async (data, shows, mode, manner) => {
    const { clock, farEnd, say, on } = wire();
    const sign = on(simulatedAlphaSign(farEnd, clock));
    await say(latin(`${sync}AA\x1b ${data}\x04`));
    expect([sign.shows(), sign.mode, sign.manner, sign.brokenFrames]).toEqual([shows, mode, manner, 0]);
  });
});

describe('the simulated board without a document', () => {
  it('keeps what it hears, and shows what a person could read', async () => {
    const { clock, farEnd, heard, say, on } = wire();
    const board = on(simulatedTemplateBoard(farEnd, clock));
    await say(bytes('02 C7 EB B5 BD 35 0D'));
    expect(board.shows()).toBe('请到5');
    expect(board.frames).toHaveLength(1);
    expect(heard).toEqual([]);
    board.answerWith(bytes('06'));
    await say(latin('@\x05A023\r'));
    expect(board.shows()).toBe('@ A023');
    expect(heard).toEqual(['06']);
  });

  it('takes bytes without a pause for one frame', async () => {
    const { clock, farEnd, say, listeners, on } = wire();
    const board = on(simulatedTemplateBoard(farEnd, clock));
    for (const listener of listeners) listener(latin('@\x05A0'));
    await say(latin('23\r'));
    expect(board.frames).toHaveLength(1);
    board.close();
    expect(listeners.size).toBe(0);
    expect(clock.pending()).toEqual([]);
  });
});
