import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { FarEnd } from '../../src/simulator/far-end.js';
import { simulatedPanels } from '../../src/simulator/modbus-panels.js';

const bytes = (hex: string) => Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16));
const hex = (chunk: Uint8Array) =>
  Array.from(chunk, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');

/** A row of panels whose line is played by hand, with bytes that are written here as they stand in the sources. */
function row(addresses: readonly number[] = [1], answerAfterMilliseconds = 5) {
  const clock = new VirtualClock();
  const listeners = new Set<(chunk: Uint8Array) => void>();
  const sent: string[] = [];
  const farEnd: FarEnd = {
    send: (chunk) => void sent.push(hex(chunk)),
    onBytes(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const panels = simulatedPanels(farEnd, clock, { addresses, answerAfterMilliseconds });
  const hear = (text: string) => {
    for (const listener of listeners) listener(bytes(text));
  };
  /** Sends a request, waits a while, and gives all that came back. */
  const ask = async (request: string) => {
    sent.length = 0;
    hear(request);
    await clock.advance(100);
    return [...sent];
  };
  return { clock, panels, panel: panels.panel(addresses[0]!), hear, ask, sent, listeners };
}

// Requests with a source: [A] lamaPLC's register table for the DM36B06 with the checksum by the rule of "MODBUS over
// Serial Line V1.02"; [N] tests of node-modbus-serial; [M] Applent AT381x manual, section Modbus. The other ones
// were made from these by the specification; their checksums were computed by pymodbus, not by Hallward.
const write123 = '01 06 00 07 00 7B 78 28'; // [A]
const write123ToAll = '00 06 00 07 00 7B 79 F9';
const write001To5 = {
  request: '05 10 00 00 00 06 0C 00 20 00 20 00 20 00 30 00 30 00 31 69 FB',
  answer: '05 10 00 00 00 06 41 8F',
};
const read6Of5 = {
  request: '05 03 00 00 00 06 C4 4C',
  answer: '05 03 0C 00 20 00 20 00 20 00 30 00 30 00 31 05 6F',
};

describe('a panel on its line', () => {
  it('shows the unsigned number written to register 7, and answers with the request', async () => {
    const { ask, panel } = row();
    expect(await ask(write123)).toEqual([write123]);
    expect(panel.shows()).toBe('   123');
  });

  it('shows the characters written to registers 0 to 5', async () => {
    const { ask, panel } = row([5]);
    expect(await ask(write001To5.request)).toEqual([write001To5.answer]);
    expect(panel.shows()).toBe('   001');
    expect(await ask(read6Of5.request)).toEqual([read6Of5.answer]);
  });

  it.each([
    ['[N] 64 registers, of which it has 8: exception 2', '01 03 00 00 00 40 44 3A', '01 83 02 C0 F1'],
    ['[M] a register it does not have', '01 03 30 00 00 01 8B 0A', '01 83 02 C0 F1'],
    ['[M] a write to a register it does not have', '01 10 30 03 00 01 02 00 01 57 A0', '01 90 02 CD C1'],
    ['[N] a coil: function 5 is none of its own', '01 05 00 01 FF 00 DD FA', '01 85 01 83 50'],
    ['a write beyond its last register', '01 06 00 08 00 01 C9 C8', '01 86 02 C3 A1'],
    ['a read of no register', '01 03 00 00 00 00 45 CA', '01 83 03 01 31'],
    [
      'a count of bytes that is not that of its registers',
      '01 10 00 00 00 02 03 00 20 00 8C 46',
      '01 90 03 0C 01',
    ],
    ['a function that nobody here knows, once the line is silent', '01 2B 0E 01 00 70 77', '01 AB 01 9E F0'],
  ])('refuses %s', async (_, request, answer) => {
    const { ask, panel } = row();
    expect(await ask(request)).toEqual([answer]);
    expect(panel.shows()).toBe('      ');
  });

  it.each([
    ['[M] a wrong checksum in print', '01 10 30 0C 00 01 02 00 01 FA C8'],
    ['[M] another one', '01 10 30 00 00 01 AF 09'],
    ['[M] a third one', '01 03 30 0D 00 01 79 84'],
    ['[N] another address', '11 03 00 6B 00 03 76 87'],
    ['a flipped bit', '01 06 00 07 00 7A 78 28'],
    ['half a request', '01 06 00 07'],
    ['one byte', '01'],
    ['a request behind noise without a pause', '20 54 54 FF 01 06 00 07 00 7B 78 28'],
  ])('is silent to %s', async (_, request) => {
    const { ask, panel } = row();
    expect(await ask(request)).toEqual([]);
    expect(panel.shows()).toBe('      ');
    expect(await ask(write123)).toEqual([write123]);
  });

  it('throws a broken frame away when the line was silent, not before', async () => {
    const { clock, hear, sent, panels, panel } = row();
    hear('01 06 00 07');
    await clock.advance(10);
    hear('00 7B 78 28');
    await clock.advance(10);
    expect(sent).toEqual([write123]);
    hear('01 06 00 07');
    await clock.advance(30);
    hear('00 C8 39 9D');
    await clock.advance(30);
    expect(sent).toHaveLength(1);
    expect(panels.brokenFrames).toBe(2);
    expect(panel.shows()).toBe('   123');
  });

  it('bears far more than any frame is long', async () => {
    const { clock, hear, ask, sent } = row();
    for (let chunk = 0; chunk < 100; chunk++) hear(Array(100).fill('01').join(' '));
    await clock.advance(100);
    expect(sent).toEqual([]);
    expect(await ask(write123)).toEqual([write123]);
  });

  it('answers after its time, one byte after another or all at once', async () => {
    const { clock, hear, sent } = row([1], 40);
    for (const byte of write123.split(' ')) {
      hear(byte);
      await clock.advance(1);
    }
    await clock.advance(38);
    expect(sent).toEqual([]);
    await clock.advance(1);
    expect(sent).toEqual([write123]);
  });

  it('obeys what is said to all, without an answer', async () => {
    const { ask, panels } = row([1, 5]);
    expect(await ask(write123ToAll)).toEqual([]);
    expect(panels.panel(1).shows()).toBe('   123');
    expect(panels.panel(5).shows()).toBe('   123');
  });
});

describe('the front panel', () => {
  it('switches power: the panel is dark and deaf, and forgets', async () => {
    const { ask, panel, clock, hear, sent } = row();
    await ask(write123);
    panel.power.off();
    expect(panel.shows()).toBe('      ');
    expect(await ask(write123)).toEqual([]);
    panel.power.on();
    expect(panel.shows()).toBe('      ');
    expect(await ask(write123)).toEqual([write123]);
    sent.length = 0;
    hear(write123);
    panel.power.off();
    await clock.advance(100);
    expect(sent).toEqual([]); // its answer was on the way
  });

  it('makes it mute: it obeys and does not answer', async () => {
    const { ask, panel } = row();
    panel.mute();
    expect(await ask(write123)).toEqual([]);
    expect(panel.shows()).toBe('   123');
    panel.mute(false);
    expect(await ask(write123)).toEqual([write123]);
  });

  it('makes it half dead: some answers are rubbish', async () => {
    const { ask, panel } = row();
    let turn = 0;
    panel.halfDead(0.5, () => (turn++ % 11) / 11);
    const answers: string[] = [];
    for (let time = 0; time < 40; time++) answers.push(...(await ask(write123)));
    expect(answers).toHaveLength(40);
    const good = answers.filter((answer) => answer === write123).length;
    expect(good).toBeGreaterThan(5);
    expect(good).toBeLessThan(35);
  });

  it('makes it refuse, freeze, or be written on by somebody else', async () => {
    const { ask, panel } = row();
    panel.refuse(0x06, 4);
    expect(await ask(write123)).toEqual(['01 86 04 43 A3']);
    panel.refuse(0x06);
    panel.overwrite('HALLO');
    expect(panel.shows()).toBe('HALLO ');
    panel.freeze();
    expect(await ask(write123)).toEqual([write123]);
    expect(panel.shows()).toBe('HALLO ');
  });

  it('gives back what is sent where the adapter echoes', async () => {
    const { ask, panels } = row();
    panels.echo(true);
    expect(await ask(write123)).toEqual([write123, write123]);
    expect(await ask('11 03 00 6B 00 03 76 87')).toEqual(['11 03 00 6B 00 03 76 87']);
    panels.echo(false);
    expect(await ask(write123)).toEqual([write123]);
  });

  it('remembers what was shown when, not for ever, and tells it', async () => {
    const { ask, panel, clock } = row();
    const told: string[] = [];
    const stop = panel.onShown(({ text }) => told.push(text));
    await clock.advance(1000);
    await ask(write123);
    await ask(write123);
    expect(panel.history).toEqual([{ text: '   123', atMilliseconds: 1000 }]);
    panel.power.off();
    expect(told).toEqual(['   123', '      ']);
    stop();
    for (let time = 0; time < 3000; time++) {
      panel.power.on();
      panel.overwrite(String(time));
    }
    expect(told).toHaveLength(2);
    expect(panel.history).toHaveLength(1000);
    expect(panel.history.at(-1)!.text).toBe('2999  ');
  });

  it('knows only the panels that are there, and leaves nothing behind', async () => {
    const { panels, hear, clock, listeners } = row();
    expect(() => panels.panel(2)).toThrow('no panel 2');
    hear(write123);
    hear('01 06');
    panels.close();
    expect(clock.pending()).toEqual([]);
    expect(listeners.size).toBe(0);
  });
});
