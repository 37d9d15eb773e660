/** The far ends by the bytes of the data sheets: none of this knows the codecs. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import { simulatedSyn6288 } from '../../src/simulator/syn6288.js';
import { simulatedXfs5152 } from '../../src/simulator/xfs5152.js';

async function stand(make: typeof simulatedSyn6288) {
  const clock = new VirtualClock();
  const { carrier, farEnd, cable } = memoryCable({ clock });
  const voice = make(farEnd, clock);
  let answers = '';
  const opening = carrier.open({
    bytes: (bytes) => {
      answers += `${Buffer.from(bytes).toString('hex')} `;
    },
    closed: () => {},
  });
  await clock.advance(1);
  const connection = await opening;
  /** Sends bytes, and gives what came back within `milliseconds`. */
  const tell = async (hex: string, milliseconds = 20) => {
    answers = '';
    void connection.write(new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex')));
    await clock.advance(milliseconds);
    return answers.trim();
  };
  return { clock, voice, tell, cable, answers: () => answers.trim() };
}

describe('a simulated SYN6288', () => {
  it('says 宇音天下 in each encoding, tells that it is busy meanwhile, and that it has ended', async () => {
    const { clock, voice, tell, answers } = await stand(simulatedSyn6288);
    for (const frame of [
      'FD 00 0B 01 00 D3 EE D2 F4 CC EC CF C2 C1',
      'FD 00 0B 01 01 D3 EE D2 F4 CC EC CF C2 C0',
    ]) {
      expect(await tell(frame)).toBe('41');
      expect(await tell('FD 00 02 21 DE')).toBe('41 4e');
      await clock.advance(2_000);
      expect(answers()).toBe('41 4e 4f');
    }
    expect(await tell('FD 00 0B 01 03 8B ED 97 F3 59 29 4E 0B C3', 2_000)).toBe('41 4f');
    expect(voice.heard.map(({ text }) => text)).toEqual(['宇音天下', '宇音天下', '语音天下']);
    expect(await tell('FD 00 02 21 DE')).toBe('41 4f');
  });

  it('refuses a wrong checksum, an impossible length, an unknown command and half a frame', async () => {
    const { voice, tell } = await stand(simulatedSyn6288);
    expect(await tell('FD 00 02 21 DF')).toBe('45');
    expect(await tell('FD 01 00')).toBe('45');
    expect(await tell('FD 00 02 55 AA')).toBe('45');
    expect(await tell('FD 00 0B 01 00 D3', 100)).toBe('45');
    expect(await tell('55 AA 00')).toBe('');
    expect(voice.badFrames).toBe(4);
    expect(await tell('FD 00 02 21 DE')).toBe('41 4f');
  });

  it('keeps a volume until its power was off, and starts with 4A', async () => {
    const { clock, voice, tell, answers } = await stand(simulatedSyn6288);
    const speak = 'FD 00 0B 01 01 D3 EE D2 F4 CC EC CF C2 C0';
    await tell('FD 00 08 01 01 5B 76 31 31 5D 85', 200);
    await tell(speak, 2_000);
    voice.power.off();
    expect(await tell('FD 00 02 21 DE')).toBe('');
    voice.power.on();
    await clock.advance(1_000);
    expect(answers()).toBe('4a');
    await tell(speak, 2_000);
    expect(voice.heard.filter(({ text }) => text !== '').map(({ volume }) => volume)).toEqual([11, 10]);
  });

  it('cuts off what it says when it is told something new, or to stop, or its power fails', async () => {
    const { voice, tell } = await stand(simulatedSyn6288);
    const speak = 'FD 00 0B 01 01 D3 EE D2 F4 CC EC CF C2 C0';
    await tell(speak);
    await tell(speak);
    expect(await tell('FD 00 02 02 FD')).toBe('41');
    await tell(speak);
    voice.power.off();
    expect(voice.heard.map(({ complete }) => complete)).toEqual([false, false, false]);
    expect(voice.interruptions).toBe(1);
  });

  it('sleeps after 88, is woken by any byte, and loses that', async () => {
    const { tell } = await stand(simulatedSyn6288);
    expect(await tell('FD 00 02 88 77')).toBe('41');
    expect(await tell('FD 00 02 21 DE', 30)).toBe('');
    expect(await tell('FD 00 02 21 DE')).toBe('41 4f');
  });
});

describe('a simulated XFS5152CE', () => {
  it('takes frames without a checksum, and is woken by FF alone', async () => {
    const { voice, tell } = await stand(simulatedXfs5152);
    expect(await tell('FD 00 0A 01 00 D3 EE D2 F4 CC EC CF C2', 2_000)).toBe('41 4f');
    expect(voice.heard[0]).toMatchObject({ text: '宇音天下', volume: 5, complete: true });
    expect(await tell('FD 00 01 21')).toBe('41 4f');
    expect(await tell('FD 00 01 88')).toBe('41');
    expect(await tell('FD 00 01 21', 50)).toBe('');
    expect(await tell('FD 00 01 FF', 50)).toBe('');
    expect(await tell('FD 00 01 21')).toBe('41 4f');
    // Unicode is little-endian here: 宇 is 5B87.
    await tell('FD 00 04 01 03 87 5B', 1_000);
    expect(voice.heard.at(-1)!.text).toBe('宇');
  });
});
