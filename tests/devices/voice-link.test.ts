/** What a module's few bytes mean, with its side played by hand. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { VoiceLink } from '../../src/devices/voice-link.js';
import { syn6288 } from '../../src/protocols/syn6288.js';
import { hex } from '../protocols/stream.js';
import { bench } from './bench.js';

function stand() {
  const { clock, bus, farEnd, cable, stop } = bench();
  const link = new VoiceLink(bus, syn6288, clock, 'voice', () => {});
  link.start();
  const frames: string[] = [];
  /** What is answered to the next frame: bytes in hex, or a pause in milliseconds. */
  const script: (string | number)[][] = [];
  farEnd.onBytes((bytes) => {
    frames.push(Buffer.from(bytes).toString('hex'));
    let at = 0;
    for (const step of script.shift() ?? []) {
      if (typeof step === 'number') at += step;
      else clock.after('the module answers', at, () => farEnd.send(hex(step)));
    }
  });
  onTestFinished(async () => {
    link.stop();
    await stop();
    expect(clock.pending()).toEqual([]);
  });
  const settle = async <Answer>(asked: Promise<Answer>, milliseconds = 2_500) => {
    let answer: Answer | undefined;
    void asked.then((given) => {
      answer = given;
    });
    await clock.advance(milliseconds);
    return answer;
  };
  return { clock, link, frames, script, settle, cable };
}

describe('a status query', () => {
  it.each([
    ['41 4F', 'idle'],
    ['41 4E', 'busy'],
    // Unasked, a moment before the answer: of what was, not of what is.
    ['4F 41 4E', 'busy'],
    ['4F 4F 4F 41 4E', 'busy'],
    // The first byte of the answer was lost.
    ['4E', 'busy'],
    ['4F', 'idle'],
    ['45', 'refused'],
    ['41', 'silent'],
    ['4A', 'silent'],
    ['', 'silent'],
    ['00 FF 41 13 4E', 'busy'],
  ])('that is answered by %j says %s', async (answer, meaning) => {
    const { script, link, settle, clock } = stand();
    await clock.advance(10);
    script.push(answer === '' ? [] : [5, answer]);
    expect(await settle(link.status('poll'))).toBe(meaning);
  });

  it('takes the end of speech that comes before its own answer for no answer', async () => {
    const { script, link, settle, clock } = stand();
    await clock.advance(10);
    script.push(['4F', 60, '41', 60, '4E']);
    expect(await settle(link.status('poll'))).toBe('busy');
  });

  it('is not confused by a module that never stops talking', async () => {
    const { script, link, settle, clock } = stand();
    await clock.advance(10);
    script.push(Array.from({ length: 400 }, () => [1, '4F 4A 4F']).flat());
    expect(await settle(link.status('poll'))).toBe('idle');
  });
});

describe('a command', () => {
  it('is accepted, refused, or not answered', async () => {
    const { script, link, settle, clock } = stand();
    await clock.advance(10);
    script.push([3, '41'], [3, '4F 45'], []);
    expect(await settle(link.command(syn6288.stop, 'call'))).toBe('accepted');
    expect(await settle(link.command(syn6288.stop, 'call'))).toBe('refused');
    expect(await settle(link.command(syn6288.stop, 'call'))).toBe('silent');
  });

  it('piles up nothing behind a frame that does not go out', async () => {
    const { link, settle, cable, frames, clock } = stand();
    await clock.advance(10);
    cable.stall(true);
    for (let turn = 0; turn < 20; turn++) {
      expect(await settle(link.command(syn6288.stop, 'call'), 3_000)).toBe('silent');
    }
    cable.stall(false);
    await clock.advance(1_000);
    expect(frames).toEqual(['fd000202fd']);
  });

  it('is over at once when the link is stopped, and sends nothing any more', async () => {
    const { link, settle, frames, clock } = stand();
    await clock.advance(10);
    link.stop();
    expect(await settle(link.command(syn6288.stop, 'call'), 1)).toBe('silent');
    await clock.advance(100);
    expect(frames).toEqual([]);
  });
});
