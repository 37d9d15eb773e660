import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { type SimulatedFirmataOptions, simulatedFirmataBoard } from '../../src/simulator/firmata-board.js';

const hex = (chunk: readonly number[]) =>
  chunk.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');

/** A board with nobody's code at the other end: bytes in, bytes out. */
async function bench(options: SimulatedFirmataOptions = {}) {
  const clock = new VirtualClock();
  const said: number[] = [];
  let hear: (bytes: Uint8Array) => void = () => {};
  const farEnd = {
    send: (bytes: Uint8Array) => void said.push(...bytes),
    onBytes: (listener: (bytes: Uint8Array) => void) => {
      hear = listener;
      return () => {};
    },
  };
  const board = simulatedFirmataBoard(farEnd, clock, options);
  await clock.advance(100);
  const takeSaid = () => hex(said.splice(0));
  const ask = (text: string) => {
    hear(Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex')));
    return takeSaid();
  };
  return { clock, board, ask, takeSaid };
}

describe('a simulated Firmata board', () => {
  it('says version and firmware when it has booted', async () => {
    const { takeSaid } = await bench();
    expect(takeSaid()).toBe('F9 02 05 F0 79 02 05 53 00 69 00 6D 00 F7');
  });

  it.each([
    ['version', 'F9', 'F9 02 05'],
    ['firmware', 'F0 79 F7', 'F0 79 02 05 53 00 69 00 6D 00 F7'],
    [
      'analogue mapping (vector of firmata.js, Uno)',
      'F0 69 F7',
      `F0 6A ${'7F '.repeat(14)}00 01 02 03 04 05 F7`,
    ],
    [
      'capabilities',
      'F0 6B F7',
      `F0 6C 7F 7F ${'00 01 01 01 0B 01 7F '.repeat(12)}${'00 01 01 01 0B 01 02 0A 7F '.repeat(6)}F7`,
    ],
    ['the state of a pin', 'F4 07 0B F0 6D 07 F7', 'F0 6E 07 0B 01 F7'],
    ['a message that it does not know', 'F0 01 02 F7 A1 B2 00 55', ''],
    ['a message that is cut off by another', 'F0 6B F9', 'F9 02 05'],
  ])('answers: %s', async (_, question, answer) => {
    const { ask, takeSaid } = await bench();
    takeSaid();
    expect(ask(question)).toBe(answer);
  });

  it('as before 2.5 has no mode for a pull-up, but switches one on by a write to an input', async () => {
    const { ask, takeSaid } = await bench({ isOld: true });
    takeSaid();
    // As the image of StandardFirmata 2.4 answered: its text, and a pin that stays an output.
    expect(ask('F4 07 0B F0 6D 07 F7')).toBe(
      'F0 71 55 00 6E 00 6B 00 6E 00 6F 00 77 00 6E 00 20 00 70 00 69 00 6E 00 20 00 6D 00 6F 00 64 00 65 00 F7 F0 6E 07 01 00 F7',
    );
    expect(ask('F4 07 00 F0 6D 07 F7')).toBe('F0 6E 07 00 00 F7');
    expect(ask('90 00 01 F0 6D 07 F7')).toBe('F0 6E 07 00 01 F7');
    expect(ask('D0 01')).toBe('90 00 01');
  });

  it('tells a port at once when that is switched on, then each change of its inputs, until it is off', async () => {
    const { board, ask, takeSaid } = await bench();
    takeSaid();
    expect(ask('F4 07 0B D0 01')).toBe('90 00 01');
    board.pin(7).low();
    board.pin(7).low();
    expect(takeSaid()).toBe('90 00 00');
    board.pin(6).high(); // still an output
    board.pin(7).high();
    expect(takeSaid()).toBe('90 00 01');
    ask('D0 00');
    board.pin(7).low();
    expect(takeSaid()).toBe('');
  });

  it('drives what it is told, by port and by pin', async () => {
    const { board, ask } = await bench();
    ask('F4 0D 01 91 20 00');
    expect(board.output(13)).toBe('high');
    ask('F5 0D 00');
    expect(board.output(13)).toBe('low');
    ask('F4 0D 00');
    expect(board.output(13)).toBeUndefined();
  });

  it('tells analogue values at the sampling interval', async () => {
    const { clock, board, ask, takeSaid } = await bench();
    takeSaid();
    board.analog(0).set(511 / 1023);
    expect(ask('C0 01')).toBe('E0 7F 03'); // 511, a vector of firmata.js
    await clock.advance(19);
    expect(takeSaid()).toBe('E0 7F 03');
    ask('F0 7A 64 00 F7');
    await clock.advance(99);
    expect(takeSaid()).toBe('');
    await clock.advance(1);
    expect(takeSaid()).toBe('E0 7F 03');
    ask('C0 00');
    await clock.advance(500);
    expect(takeSaid()).toBe('');
  });

  it('forgets everything at a reset, by its button or by a message', async () => {
    const { clock, board, ask, takeSaid } = await bench();
    ask('F4 07 0B D0 01 F4 0D 01 F5 0D 01');
    board.reset();
    expect(board.output(13)).toBeUndefined();
    takeSaid();
    expect(ask('F9')).toBe('');
    await clock.advance(100);
    expect(takeSaid()).toBe('F9 02 05 F0 79 02 05 53 00 69 00 6D 00 F7');
    board.pin(7).low();
    expect(takeSaid()).toBe('');
    ask('F4 0D 01 F5 0D 01 FF');
    expect(board.output(13)).toBe('low');
  });

  it('is dead without power, silent when mute, and no Firmata when it babbles', async () => {
    const { clock, board, ask, takeSaid } = await bench();
    board.power.off();
    takeSaid();
    expect(ask('F9')).toBe('');
    board.power.on();
    await clock.advance(100);
    takeSaid();
    board.mute(true);
    expect(ask('F9')).toBe('');
    expect(ask('F4 0D 01 F5 0D 01')).toBe('');
    expect(board.output(13)).toBe('high');
    board.mute(false);
    board.babble(true);
    expect(ask('F9')).toBe('24 47 50 47 47 41 0D 0A');
    board.babble(false);
    expect(ask('F9')).toBe('F9 02 05');
  });

  it('leaves no timer when it has no power', async () => {
    const { clock, board } = await bench();
    board.babble(true);
    board.babble(false);
    board.power.off();
    expect(clock.pending()).toEqual([]);
  });
});
